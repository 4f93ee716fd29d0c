"""The exercises and routines that ship: doses, wording, names, and how they load."""

import re
import time
from itertools import chain, pairwise
from pathlib import Path

import pytest
import vosk

from assistant.coach.plan import Kind, PlannedStep, lay_out, remaining_s
from assistant.errors import LibraryError
from assistant.library import (
    CueTime,
    Dose,
    Exercise,
    Group,
    Library,
    Mode,
    Sides,
    Step,
    check_file,
    dose_of,
    load_library,
)

OWN_DIR = Path(__file__).parent.parent / "data" / "library"
LIBRARY = load_library()
EXERCISES = list(LIBRARY.exercises.values())
by_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)


def plan_of(routine_id: str):
    routine = LIBRARY.routines[routine_id]
    steps = (
        PlannedStep(LIBRARY.exercises[step.exercise], dose_of(step, LIBRARY))
        for step in routine.steps
    )
    return lay_out(routine.id, routine.name, tuple(steps))


def words(text: str) -> int:
    return len(text.split())


def sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[.!?]", text) if part.strip()]


def spoken_texts(exercise: Exercise) -> list[str]:
    cues = chain.from_iterable((cue.text, cue.short) for cue in exercise.cues)
    warnings = (warning.say for warning in exercise.contraindications)
    return [text for text in (*cues, *warnings, exercise.why, *exercise.self_checks) if text]


# What ships


def test_eight_movements_a_breathing_exercise_and_four_routines_ship():
    assert set(LIBRARY.exercises) == {
        "glute_bridge", "bird_dog", "plank", "side_plank", "drawing_in",
        "knee_to_chest", "kneeling_stretch", "side_straddle", "breathing",
    }  # fmt: skip
    assert set(LIBRARY.routines) == {"stretches", "strengthening", "full", "short"}


def test_stretches_routine_holds_the_stretches_and_strengthening_the_rest():
    def group(name: str) -> set[str]:
        return {step.exercise for step in LIBRARY.routines[name].steps}

    assert group("stretches") == {e.id for e in EXERCISES if e.group is Group.STRETCH}
    assert group("strengthening") == {e.id for e in EXERCISES if e.group is Group.STRENGTH}
    assert group("full") == {e.id for e in EXERCISES if e.group is not Group.BREATH}
    groups = {LIBRARY.exercises[name].group for name in group("short")}
    assert groups == {Group.STRETCH, Group.STRENGTH}


@pytest.mark.parametrize(
    ("routine", "shortest_s", "longest_s"),
    [("stretches", 210, 270), ("short", 270, 330), ("strengthening", 300, 480), ("full", 540, 780)],
)
def test_routine_takes_as_long_as_it_should(routine, shortest_s, longest_s):
    assert shortest_s <= remaining_s(plan_of(routine), 0, {}) <= longest_s


# Doses: mode, sides, and (hold_s or breaths, reps of each set) of the first and the last level.

RANGES = {
    "glute_bridge": (Sides.NONE, (5, (5,)), (5, (10,))),
    "bird_dog": (Sides.ALTERNATE, (5, (5,)), (8, (5, 3, 1))),
    "plank": (Sides.NONE, (5, (3,)), (10, (3,))),
    "side_plank": (Sides.PER_SET, (5, (2,)), (10, (3,))),
    "drawing_in": (Sides.NONE, (5, (5,)), (10, (10,))),
    "knee_to_chest": (Sides.ALTERNATE, (5, (2,)), (30, (2,))),
    "kneeling_stretch": (Sides.NONE, (30, (1,)), (100, (1,))),
    "side_straddle": (Sides.ALTERNATE, (15, (2,)), (30, (2,))),
    "breathing": (Sides.NONE, (120, (1,)), (120, (1,))),
}


@by_exercise
def test_doses_run_from_the_start_to_the_target_of_the_guidance(exercise):
    sides, start, target = RANGES[exercise.id]
    first, last = exercise.levels[0].dose, exercise.levels[-1].dose
    assert (first.work_s, first.set_reps) == start
    assert (last.work_s, last.set_reps) == target
    for level in exercise.levels:
        assert level.dose.mode is Mode.HOLD
        assert level.dose.sides is sides
        assert level.source


@by_exercise
def test_levels_add_repetitions_before_time(exercise):
    doses = [level.dose for level in exercise.levels]
    for easier, harder in pairwise(doses):
        assert harder.work_s >= easier.work_s
        if harder.work_s == easier.work_s:
            # Equal doses differ in form: from the knees, then from the feet.
            assert sum(harder.set_reps) >= sum(easier.set_reps)
    if exercise.id not in ("kneeling_stretch", "breathing"):  # one long hold, in breaths
        assert doses[1].work_s == doses[0].work_s
        assert sum(doses[1].set_reps) > sum(doses[0].set_reps)


def test_no_plank_is_held_over_30_s():
    for name in ("plank", "side_plank"):
        assert all(level.dose.hold_s <= 30 for level in LIBRARY.exercises[name].levels)


@by_exercise
def test_both_sides_get_the_same_work(exercise):
    for level in exercise.levels:
        plan = lay_out(exercise.id, exercise.name, (PlannedStep(exercise, level.dose),))
        per_side: dict[str | None, list[float | None]] = {}
        for segment in plan.segments:
            if segment.kind is Kind.WORK:
                per_side.setdefault(segment.side, []).append(segment.seconds)
        if level.dose.sides is Sides.NONE:
            assert set(per_side) == {None}
        else:
            assert per_side["left"] == per_side["right"]


# Wording

CUE_WORDS = {
    CueTime.SETUP: 25,
    CueTime.START: 12,
    CueTime.DURING: 7,
    CueTime.HALFWAY: 7,
    CueTime.SWITCH: 5,
    CueTime.EXIT: 12,
}


@by_exercise
def test_cues_keep_to_their_number_of_words(exercise):
    for cue in exercise.cues:
        assert words(cue.text) <= CUE_WORDS[cue.when], cue.text
        for sentence in sentences(cue.text):
            assert words(sentence) <= 14, sentence
        if cue.short:
            assert words(cue.short) < words(cue.text)


@by_exercise
def test_every_time_has_a_cue_at_every_level(exercise):
    expected = set(CueTime)
    if exercise.levels[0].dose.sides is Sides.NONE:
        expected.remove(CueTime.SWITCH)
    for level in range(1, len(exercise.levels) + 1):
        cues = exercise.at_level(level).cues
        assert {cue.when for cue in cues} == expected
        assert len(cues) == len(expected)
    assert exercise.cue(CueTime.SETUP) == exercise.at_level(1).cue(CueTime.SETUP)


@pytest.mark.parametrize("name", ["plank", "side_plank"])
def test_planks_rest_on_the_knees_until_the_last_level(name):
    exercise = LIBRARY.exercises[name]
    *lower, last = (
        exercise.at_level(level).cue(CueTime.SETUP).text
        for level in range(1, len(exercise.levels) + 1)
    )
    assert all("knees" in text for text in lower)
    assert "legs long" in last


@by_exercise
def test_no_cue_names_a_side_since_the_coach_does(exercise):
    for cue in exercise.cues:
        for text in filter(None, (cue.text, cue.short)):
            assert not re.search(r"\b(left|right)\b", text, re.IGNORECASE), text


@by_exercise
def test_nothing_said_is_a_command_by_itself(exercise):
    for text in spoken_texts(exercise):
        for clause in re.split(r"[.,!?]", text):
            assert clause.strip().lower() not in LIBRARY.reserved, text


@by_exercise
def test_nothing_said_is_aggressive_or_hard_to_speak(exercise):
    for text in spoken_texts(exercise):
        assert not re.search(r"\b(burn|push through|harder|crush|force|as far as)\b", text), text
        assert re.fullmatch(r"[A-Z][A-Za-z ,.'?]*[.?]", text), text


@by_exercise
def test_why_is_at_most_two_sentences_and_checks_are_questions(exercise):
    assert len(sentences(exercise.why)) <= 2
    assert all(check.endswith("?") and words(check) <= 12 for check in exercise.self_checks)
    assert exercise.muscles


def test_drawing_in_is_called_awareness_and_bracing_stronger():
    drawing_in = LIBRARY.exercises["drawing_in"]
    assert "notice" in drawing_in.why
    assert "bracing does far more" in drawing_in.why
    assert any("Grenier" in source for source in drawing_in.sources)


@pytest.mark.parametrize("name", ["knee_to_chest", "kneeling_stretch"])
def test_bending_stretches_are_tagged_and_offer_a_straight_swap(name):
    warnings = {w.tag: w for w in LIBRARY.exercises[name].contraindications}
    bending = warnings["flexion"]
    assert "hurts tomorrow" in bending.say
    assert "waking" in bending.say
    swap = LIBRARY.exercises[bending.instead]
    assert "flexion" not in {w.tag for w in swap.contraindications}


def test_kneeling_stretch_warns_of_knees_ankles_and_pregnancy():
    warnings = {w.tag: w for w in LIBRARY.exercises["kneeling_stretch"].contraindications}
    for tag in ("knee_trouble", "ankle_trouble", "pregnancy"):
        swap = LIBRARY.exercises[warnings[tag].instead]
        assert swap.position not in ("kneeling", "hands_and_knees")


@by_exercise
def test_no_swap_has_the_trouble_it_is_to_avoid(exercise):
    for warning in exercise.contraindications:
        swap = LIBRARY.exercises[warning.instead]
        assert warning.tag not in {w.tag for w in swap.contraindications}


@by_exercise
def test_easier_and_harder_links_agree(exercise):
    if exercise.harder:
        assert LIBRARY.exercises[exercise.harder].easier == exercise.id
    if exercise.easier:
        assert LIBRARY.exercises[exercise.easier].harder == exercise.id


# Names


def test_bundled_recogniser_knows_every_word_of_every_name():
    vosk.SetLogLevel(-1)
    root = Path(__file__).parents[2]
    model = vosk.Model(str(root / "assistant/stt/data/vosk-model-small-coach-en"))
    named = chain(LIBRARY.exercises.values(), LIBRARY.routines.values())
    spoken = {word for item in named for name in item.spoken_names for word in name.split()}
    assert {word for word in spoken if model.vosk_model_find_word(word) < 0} == set()


def test_no_name_begins_with_an_article():
    named = chain(LIBRARY.exercises.values(), LIBRARY.routines.values())
    for name in chain.from_iterable(item.spoken_names for item in named):
        assert name.split()[0] not in ("the", "a", "an")


# Loading


def test_library_loads_in_under_150_ms():
    load_library()
    started = time.process_time()  # its own, whatever else the machine does
    load_library()
    assert time.process_time() - started < 0.150


def test_library_cannot_be_changed():
    with pytest.raises(TypeError):
        LIBRARY.exercises["plank"] = LIBRARY.exercises["bird_dog"]


def test_users_files_add_to_ours():
    library = load_library(user_dir=OWN_DIR)
    assert set(library.exercises) == {*LIBRARY.exercises, "leg_lift"}
    assert library.routines["evening"].steps[0].exercise == "leg_lift"


def test_users_file_replaces_ours_of_the_same_id(tmp_path):
    folder = tmp_path / "routines"
    folder.mkdir()
    text = "id: short\nname: tiny\nsummary: One movement.\nsteps: [{exercise: plank}]\n"
    (folder / "short.yaml").write_text(text, encoding="utf-8")
    library = load_library(user_dir=tmp_path)
    assert library.routines["short"].name == "tiny"
    assert len(library.routines) == len(LIBRARY.routines)


def test_users_folder_that_does_not_exist_counts_as_empty(tmp_path):
    assert load_library(user_dir=tmp_path / "nowhere") == LIBRARY


def test_hidden_files_and_notes_are_passed_over(tmp_path):
    folder = tmp_path / "exercises"
    folder.mkdir()
    (folder / ".plank.yaml").write_text("half-written", encoding="utf-8")
    (folder / "notes.txt").write_text("buy a mat", encoding="utf-8")
    assert load_library(user_dir=tmp_path) == LIBRARY


def test_unknown_language_is_refused_with_those_there_are():
    with pytest.raises(LibraryError, match=r"no library for language 'xx'\. Choose one of: en"):
        load_library("xx")
    with pytest.raises(LibraryError, match="no library for language"):
        load_library("../library/en")


def test_check_file_returns_what_the_file_holds():
    library = load_library(user_dir=OWN_DIR)
    exercise = check_file(OWN_DIR / "exercises" / "leg_lift.yaml", LIBRARY)
    routine = check_file(OWN_DIR / "routines" / "evening.yaml", library)
    assert exercise == library.exercises["leg_lift"]
    assert routine == library.routines["evening"]


def test_byte_order_mark_and_windows_line_ends_are_taken(tmp_path):
    text = (OWN_DIR / "exercises" / "leg_lift.yaml").read_text(encoding="utf-8")
    path = tmp_path / "leg_lift.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert check_file(path, LIBRARY).id == "leg_lift"


# Doses of steps


def test_step_gets_the_dose_of_its_level():
    dose = dose_of(Step(exercise="plank", level=3), LIBRARY)
    assert dose == LIBRARY.exercises["plank"].levels[2].dose


def test_step_with_its_own_dose_keeps_it():
    own = Dose(hold_s=12)
    assert dose_of(Step(exercise="plank", dose=own), LIBRARY) is own


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Step(exercise="planck"), "no exercise 'planck'. Did you mean 'plank'?"),
        (Step(exercise="plank", level=9), "plank has no level 9. Use a level from 1 to 4."),
    ],
)
def test_step_that_the_library_cannot_serve_is_refused(step, message):
    with pytest.raises(LibraryError) as caught:
        dose_of(step, LIBRARY)
    assert str(caught.value) == message


def test_library_needs_no_reserved_words():
    assert Library({}, {}).reserved == frozenset()
