"""Pain, warning signs, what to leave out, emergencies: what is asked, said, kept and done."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from coach_rig import LINES, Rig, exercise, library_of

from assistant.coach.actions import (
    AdviceGiven,
    PainReported,
    PhaseEntered,
    Record,
    RedFlagAnswered,
    RunEmergencyCommand,
    ScreeningAnswered,
    SessionEnded,
    SwapExplained,
)
from assistant.coach.events import ClockSet, EmergencyCommandEnded
from assistant.coach.intents import Intent, Symptom
from assistant.coach.phases import Phase
from assistant.coach.plan import PlannedStep
from assistant.coach.profile import NOBODY, Profile
from assistant.coach.redflags import RED_FLAGS, Urgency, flags_to_ask
from assistant.coach.relief import easier_form
from assistant.coach.screening import ASK_FIRST, CLEARED, OF_MOVEMENTS, TAGS
from assistant.coach.suiting import suit
from assistant.library import Contraindication, Dose, Library, Step, load_library

line = LINES.say
DAY_S = 86400.0
SHIPPED = load_library()


def in_pain(*doses: Dose, symptom: Symptom | None = None, **about) -> Rig:
    rig = Rig(library_of(*doses or (Dose(hold_s=15, reps=4), Dose(hold_s=5))), **about)
    rig.hold()
    rig.run(4)
    rig.hear(Intent.PAIN, symptom=symptom)
    return rig


def flags_asked(rig: Rig) -> Iterator[str]:
    """Say no to every warning sign; which were asked about."""
    names = {line(flag.question): flag.name for flag in RED_FLAGS}
    while (question := next((q for q in names if rig.last_words.endswith(q)), None)) is not None:
        yield names[question]
        rig.hear(Intent.NO)


# Warning signs --------------------------------------------------------------------------------


def test_severe_pain_is_asked_about_what_cannot_wait_first_and_then_leaves_the_movement():
    rig = in_pain()
    rig.hear(Intent.NUMBER, count=6)
    asked = list(flags_asked(rig))
    assert asked == [f.name for f in RED_FLAGS if f.name != "one_sided"]
    assert rig.last_words == line("relief_severe")
    assert [f.flag for f in rig.facts(RedFlagAnswered)] == asked
    rig.hear(Intent.READY)
    assert (rig.phase, rig.last_words) == (Phase.ASKING, line("relief_severe"))
    rig.hear(Intent.EASIER)
    assert (rig.phase, rig.last_words) == (Phase.ASKING, line("relief_severe"))
    rig.hear(Intent.NEXT)
    assert rig.coach.view(rig.now).exercise == "second movement"


@pytest.mark.parametrize(
    ("symptom", "expected"),
    [
        (Symptom.NUMBNESS, ["legs", "groin", "bladder"]),
        (Symptom.WEAKNESS, ["legs", "groin", "bladder"]),
        (Symptom.DIZZINESS, ["chest", "one_sided"]),
    ],
)
def test_what_is_felt_beside_mild_pain_decides_what_is_asked(symptom, expected):
    rig = in_pain(symptom=symptom)
    rig.hear(Intent.NUMBER, count=2)
    assert list(flags_asked(rig)) == expected
    assert rig.last_words == line("relief_mild")
    assert {f.symptom for f in rig.facts(PainReported)} == {symptom}


def test_symptom_told_before_the_second_cry_is_not_forgotten():
    rig = in_pain(symptom=Symptom.NUMBNESS)
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER, count=1)
    assert list(flags_asked(rig)) == ["legs", "groin", "bladder"]


@pytest.mark.parametrize("flag", RED_FLAGS, ids=lambda f: f.name)
def test_each_warning_sign_has_its_own_advice_and_its_urgency(flag):
    rig = in_pain(symptom=Symptom.DIZZINESS)
    rig.hear(Intent.NUMBER, count=8)
    while not rig.last_words.endswith(line(flag.question)):
        rig.hear(Intent.NO)
    rig.hear(Intent.YES)
    assert rig.last_words.startswith(line(flag.advice))
    assert rig.facts(RedFlagAnswered)[-1].is_so
    is_urgent = flag.urgency is Urgency.NOW
    assert ("Call 1 1 2" in rig.last_words) is is_urgent
    assert rig.phase is (Phase.PAUSED if is_urgent else Phase.ASKING)
    if not is_urgent:
        rig.hear(Intent.YES)
        assert rig.phase is Phase.DONE


def test_advice_lines_differ_by_sign_and_name_no_other_number():
    advice = [line(f.advice) for f in RED_FLAGS if f.name not in ("groin", "bladder")]
    assert len(set(advice)) == len(advice)


def test_warning_signs_that_can_wait_are_asked_once_a_day_and_others_each_time():
    rig = in_pain()
    rig.hear(Intent.NUMBER, count=7)
    assert len(list(flags_asked(rig))) == 10
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER, count=7)
    assert list(flags_asked(rig)) == [
        f.name for f in RED_FLAGS if f.urgency is Urgency.NOW and f.name != "one_sided"
    ]


def test_skip_leaves_the_other_warning_signs_out():
    rig = in_pain()
    rig.hear(Intent.NUMBER, count=7)
    rig.hear(Intent.NEXT)
    assert rig.last_words == line("relief_severe")


def test_mild_pain_asks_nothing_more():
    assert flags_to_ask(None, 5, ()) == ()


# Easier, skip or finish ----------------------------------------------------------------------


def test_easier_after_pain_begins_an_easier_form_of_the_movement():
    rig = in_pain()
    rig.hear(Intent.NUMBER, count=4)
    rig.hear(Intent.EASIER)
    assert rig.phase is Phase.EXPLAINING
    assert rig.last_words.startswith(line("easier_form"))
    rig.hold()
    assert rig.coach.view(rig.now).reps == 2


def test_finish_after_pain_ends_the_session_at_once():
    rig = in_pain()
    rig.hear(Intent.NUMBER, count=5)
    rig.hear(Intent.FINISH)
    assert rig.phase is Phase.DONE
    assert [f.completed for f in rig.facts(SessionEnded)] == [False]


def test_offer_that_is_not_answered_leaves_the_session_paused():
    rig = in_pain()
    rig.hear(Intent.NUMBER, count=5)
    rig.run(40)
    assert rig.phase is Phase.PAUSED


def test_yes_to_a_choice_asks_again():
    rig = in_pain()
    rig.hear(Intent.NUMBER, count=5)
    rig.hear(Intent.YES)
    assert (rig.phase, rig.last_words) == (Phase.ASKING, line("relief_moderate"))
    rig.hear(Intent.HELP)
    assert rig.last_words == line("help_relief")


@pytest.mark.parametrize("words", [Intent.EASIER, Intent.NEXT])
def test_who_gives_no_number_may_say_what_comes_after_it(words):
    rig = in_pain()
    rig.hear(words)
    assert rig.phase is Phase.EXPLAINING


def planned(name: str, level: int) -> PlannedStep:
    exercise = SHIPPED.exercises[name]
    dose = exercise.levels[level - 1].dose
    return PlannedStep(exercise.at_level(level), dose, level)


def test_easier_form_is_a_level_below_then_the_easier_movement_then_half():
    below = easier_form(planned("plank", 3), SHIPPED, NOBODY)
    assert below == planned("plank", 2)
    other = easier_form(planned("plank", 1), SHIPPED, NOBODY)
    assert other == replace(planned("bird_dog", 1), named="plank")
    kneeless = Profile(contraindications=frozenset({"knee_trouble"}))
    halved = easier_form(planned("plank", 1), SHIPPED, kneeless)
    assert halved is not None
    assert (halved.exercise.id, halved.dose.set_reps) == ("plank", (1,))


def test_there_is_an_end_to_easier():
    rig = Rig(library_of(Dose(hold_s=2)))
    rig.hold()
    rig.hear(Intent.EASIER)
    assert rig.phase is Phase.HOLD
    step = PlannedStep(exercise(0, Dose(hold_s=2)), Dose(hold_s=2))
    assert easier_form(step, Library({}, {}), NOBODY) is None


# Neither a number nor nothing -------------------------------------------------------------------


def test_no_said_twice_is_no_pain_and_the_session_goes_on_by_voice():
    """Whoever was misheard says "no", and again "no": it must come to an end."""
    rig = in_pain(Dose(hold_s=20))
    rig.hear(Intent.NO)
    assert rig.last_words == line("pain_number")
    rig.hear(Intent.NO)
    assert rig.last_words == line("relief_mild")
    assert [fact.score for fact in rig.facts(PainReported)] == [None, 0]
    rig.hear(Intent.NO)
    assert rig.phase is Phase.PAUSED
    rig.hear(Intent.RESUME)
    rig.play_through()
    assert rig.phase is Phase.DONE


def test_yes_said_twice_is_pain_of_which_nobody_knows_how_much():
    rig = in_pain(Dose(hold_s=20))
    rig.hear(Intent.YES)
    rig.hear(Intent.YES)
    assert rig.last_words == line("relief_moderate")
    assert [fact.score for fact in rig.facts(PainReported)] == [None]


def test_numbness_of_which_no_number_is_told_is_asked_about_all_the_same():
    rig = in_pain(Dose(hold_s=20), symptom=Symptom.NUMBNESS)
    rig.hear(Intent.NO)
    rig.hear(Intent.NO)
    assert rig.last_words.startswith(line("flags_intro"))


def test_pain_that_is_told_anew_is_asked_about_anew():
    rig = in_pain(Dose(hold_s=20))
    rig.hear(Intent.NO)
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NO)
    assert rig.last_words == line("pain_number")
    rig.hear(Intent.NUMBER, count=2)
    assert [fact.score for fact in rig.facts(PainReported)] == [None, None, 2]


# Outside a session ----------------------------------------------------------------------------


def test_pain_where_nothing_runs_is_asked_about_and_kept():
    rig = Rig(library_of(Dose(hold_s=5)))
    rig.hear(Intent.PAIN)
    assert rig.last_words.endswith(line("pain_question"))
    rig.hear(Intent.NUMBER, count=3)
    assert (rig.phase, rig.last_words) == (Phase.IDLE, line("pain_idle"))
    assert rig.facts(PainReported)[-1] == PainReported(rig.now, None, 3)


def test_chest_pain_where_nothing_runs_says_whom_to_call():
    rig = Rig(library_of(Dose(hold_s=5)))
    rig.hear(Intent.PAIN, symptom=Symptom.DIZZINESS)
    rig.hear(Intent.NUMBER, count=1)
    rig.hear(Intent.YES)
    assert rig.phase is Phase.IDLE
    assert rig.last_words.startswith(line("flag_chest_yes"))
    assert "Call 1 1 2" in rig.last_words


# Recurrence and progress -----------------------------------------------------------------------


def after(*history: tuple[float, PainReported | SessionEnded]) -> Profile:
    profile = NOBODY
    for day, fact in history:
        profile = profile.after(fact, day * DAY_S)
    return profile


def hurt(score: int | None = 5, name: str | None = "plank") -> PainReported:
    return PainReported(0.0, name, score)


def ended(*, completed: bool = True) -> SessionEnded:
    return SessionEnded(0.0, "short", completed)


def test_pain_in_three_sessions_within_four_weeks_recurs():
    twice = [(1.0, hurt()), (1.1, ended()), (9.0, hurt()), (9.1, ended())]
    assert not after(*twice).pain_recurs(20 * DAY_S)
    thrice = after(*twice, (20.0, hurt()))
    assert thrice.pain_recurs(20 * DAY_S)
    assert not thrice.pain_recurs(29.5 * DAY_S)


def test_pain_thrice_in_one_session_or_of_zero_does_not_recur():
    assert not after(*[(1.0 + n / 100, hurt()) for n in range(3)]).pain_recurs(2 * DAY_S)
    zeros = [(float(n), fact) for n in range(4) for fact in (hurt(0), ended())]
    assert not after(*zeros).pain_recurs(5 * DAY_S)


def test_recurring_pain_leads_to_the_advice_once():
    profile = after((1.0, hurt()), (1.1, ended()), (2.0, hurt()), (2.1, ended()), (2.2, ended()))
    rig = Rig(library_of(Dose(hold_s=15), Dose(hold_s=5)), profile=profile)
    rig.send(ClockSet(at=rig.now, utc_s=10 * DAY_S))
    rig.hold()
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER, count=4)
    assert rig.last_words.startswith(line("pain_recurs"))
    assert len(rig.facts(AdviceGiven)) == 1
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER, count=4)
    assert rig.last_words == line("relief_moderate")


# What to leave out ----------------------------------------------------------------------------


def test_every_tag_of_the_shipped_movements_is_asked_about():
    tags = {x.tag for e in SHIPPED.exercises.values() for x in e.contraindications}
    assert tags <= set(TAGS)
    for tag in (*TAGS, CLEARED):
        assert line(f"screen_{tag}").endswith("?")


def newcomer(**about) -> Rig:
    return Rig(SHIPPED, welcomes=True, **about)


def test_first_session_asks_what_to_leave_out_once_and_then_begins():
    rig = newcomer()
    rig.hear(Intent.START_ROUTINE, routine="stretches")
    for tag in TAGS:
        assert rig.last_words.endswith(line(f"screen_{tag}"))
        rig.hear(Intent.NO)
    assert rig.phase is Phase.EXPLAINING
    assert [f.tag for f in rig.facts(ScreeningAnswered)] == list(TAGS)
    rig.hear(Intent.FINISH)
    rig.hear(Intent.YES)
    rig.hear(Intent.START_ROUTINE, routine="stretches")
    assert rig.phase is Phase.EXPLAINING


def test_answers_given_before_a_restart_are_not_asked_for_again():
    rig = newcomer(profile=Profile(screened=frozenset(TAGS[:-1])))
    rig.hear(Intent.START_EXERCISE, exercise="plank")
    assert rig.last_words.endswith(line(f"screen_{TAGS[-1]}"))


def test_nobody_is_asked_where_the_settings_say_so():
    rig = Rig(SHIPPED)
    rig.hear(Intent.START_ROUTINE, routine="stretches")
    assert rig.phase is Phase.EXPLAINING


@pytest.mark.parametrize("tag", ASK_FIRST)
def test_who_should_ask_first_is_asked_whether_they_did(tag):
    rig = newcomer(profile=Profile(screened=frozenset(TAGS) - {tag}))
    rig.hear(Intent.START_ROUTINE, routine="strengthening")
    rig.hear(Intent.YES)
    assert rig.last_words == line("screen_cleared")
    rig.hear(Intent.NO)
    assert (rig.phase, rig.last_words) == (Phase.IDLE, line("screen_ask_first"))
    rig.hear(Intent.START_ROUTINE, routine="strengthening")
    assert rig.last_words.endswith(line("screen_cleared"))
    rig.hear(Intent.YES)
    assert rig.phase is Phase.EXPLAINING


def test_answers_can_be_given_anew():
    rig = newcomer(
        profile=Profile(screened=frozenset(TAGS), contraindications=frozenset({"flexion"}))
    )
    rig.hear(Intent.SCREENING)
    for _ in TAGS:
        rig.hear(Intent.NO)
    assert (rig.phase, rig.last_words) == (Phase.IDLE, line("screen_thanks"))
    rig.hear(Intent.START_EXERCISE, exercise="knee_to_chest")
    assert "Knee to chest." in rig.last_words


def test_skip_leaves_the_questions_for_another_time():
    rig = newcomer()
    rig.hear(Intent.START_ROUTINE, routine="stretches")
    rig.hear(Intent.NO)
    rig.hear(Intent.NEXT)
    assert rig.phase is Phase.EXPLAINING
    assert len(rig.facts(ScreeningAnswered)) == 1


def test_silence_is_asked_once_more_and_then_lets_be():
    rig = newcomer()
    rig.hear(Intent.START_ROUTINE, routine="stretches")
    rig.run(100)
    asked = [s for s in rig.speech() if s.text.endswith(line("screen_pregnancy"))]
    assert (len(asked), rig.phase) == (2, Phase.IDLE)
    assert rig.last_words == line("another_time")


# Swaps ------------------------------------------------------------------------------------------


def person(*tags: str) -> Profile:
    return Profile(contraindications=frozenset(tags))


@pytest.mark.parametrize("tag", OF_MOVEMENTS)
@pytest.mark.parametrize("routine", SHIPPED.routines.values(), ids=lambda r: r.id)
def test_no_routine_holds_what_does_not_suit(routine, tag):
    suited = suit(routine.steps, SHIPPED, person(tag))
    kept = [SHIPPED.exercises[s.exercise] for s in suited.steps]
    assert tag not in {x.tag for e in kept for x in e.contraindications}
    assert len({e.id for e in kept}) == len(kept)
    assert kept


def test_brittle_bones_bear_no_deep_bending():
    suited = suit(SHIPPED.routines["stretches"].steps, SHIPPED, person("osteoporosis"))
    assert {s.exercise for s in suited.steps} == {"glute_bridge", "bird_dog", "side_straddle"}


def test_what_would_stand_twice_or_leads_in_a_circle_is_left_out():
    suited = suit(SHIPPED.routines["short"].steps, SHIPPED, person("pregnancy", "knee_trouble"))
    assert [s.exercise for s in suited.steps] == ["drawing_in", "side_straddle"]
    assert [s.instead for s in suited.swaps[:2]] == [None, None]


def test_reason_of_a_swap_is_told_in_full_once():
    rig = Rig(SHIPPED, profile=person("flexion"))
    reason = SHIPPED.exercises["knee_to_chest"].contraindications[0].say
    rig.hear(Intent.START_EXERCISE, exercise="knee_to_chest")
    said = line("swapped", exercise="knee to chest", instead="glute bridge")
    assert said in rig.last_words
    assert reason in rig.last_words
    assert rig.facts(SwapExplained) == [SwapExplained(rig.now, "knee_to_chest", "flexion")]
    rig.hear(Intent.FINISH)
    rig.hear(Intent.YES)
    rig.hear(Intent.START_EXERCISE, exercise="knee_to_chest")
    assert said in rig.last_words
    assert reason not in rig.last_words


def test_nothing_is_begun_where_nothing_suits():
    warned = exercise(0, Dose(hold_s=5)).model_copy(
        update={"contraindications": (Contraindication(tag="flexion", say="It bends you."),)}
    )
    library = Library({warned.id: warned}, library_of(Dose(hold_s=5)).routines)
    rig = Rig(library, profile=person("flexion"))
    rig.start()
    assert rig.phase is Phase.IDLE
    assert rig.last_words.endswith(line("nothing_suits"))
    assert suit((Step(exercise=warned.id),), library, NOBODY).swaps == ()


# The notice, and emergencies --------------------------------------------------------------------


def test_notice_is_short_in_a_hold_and_names_what_the_movement_asks_to_mind_before_it():
    rig = Rig(SHIPPED)
    rig.hear(Intent.START_EXERCISE, exercise="side_straddle")
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.SAFETY)
    assert rig.last_words == f"{line('safety_notice')} {line('safety_reviewed')}"
    rig.hold()
    rig.run(1)
    rig.hear(Intent.SAFETY)
    assert rig.last_words == line("safety_short")
    rig = Rig(SHIPPED)
    rig.hear(Intent.START_EXERCISE, exercise="plank")
    rig.hear(Intent.SAFETY)
    assert SHIPPED.exercises["plank"].contraindications[0].say in rig.last_words


@pytest.mark.parametrize("is_set", [False, True])
def test_emergency_runs_the_users_command_only_where_one_is_set(is_set: bool):
    rig = Rig(library_of(Dose(hold_s=15)), has_emergency_command=is_set)
    rig.hold()
    rig.hear(Intent.EMERGENCY)
    assert "I cannot phone" in rig.last_words
    assert ("your command" in rig.last_words) is is_set
    ordered = [a for _, a in rig.orders if isinstance(a, RunEmergencyCommand)]
    assert len(ordered) == int(is_set)


@pytest.mark.parametrize(
    ("is_done", "name"), [(True, "emergency_done"), (False, "emergency_failed")]
)
def test_how_the_command_went_is_said_aloud(is_done: bool, name: str):
    rig = Rig(library_of(Dose(hold_s=15)), has_emergency_command=True)
    rig.hold()
    rig.hear(Intent.EMERGENCY)
    rig.run(20)
    rig.send(EmergencyCommandEnded(at=rig.now, is_done=is_done))
    assert rig.last_words == line(name, number="1 1 2")
    assert rig.phase is Phase.PAUSED


# How it is worded -------------------------------------------------------------------------------

SPOKEN = (
    "flag_",
    "screen_",
    "relief_",
    "safety_",
    "emergency",
    "try_",
    "about_",
    "pain",
)


@pytest.mark.parametrize("name", [n for n in LINES.texts if n.startswith(SPOKEN)])
def test_sentences_about_safety_have_at_most_twelve_words(name: str):
    for sentence in re.split(r"[.!?]", LINES.texts[name]):
        words = len(sentence.split())
        assert words <= 12, f"{words} words: {sentence}"


def test_what_is_recorded_is_kept_by_the_profile_as_it_was_answered():
    rig = newcomer()
    rig.hear(Intent.START_EXERCISE, exercise="plank")
    for tag in TAGS:
        rig.hear(Intent.YES if tag == "shoulder_trouble" else Intent.NO)
    facts = [a.fact for _, a in rig.orders if isinstance(a, Record)]
    profile = NOBODY
    for fact in facts:
        if not isinstance(fact, PhaseEntered):
            profile = profile.after(fact, 1.0)
    assert profile.contraindications == {"shoulder_trouble"}
    assert profile.screened == set(TAGS)
    assert rig.coach.view(rig.now).exercise == "glute bridge"
