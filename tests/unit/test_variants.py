"""Lines with several wordings: they take turns, by no chance, and their lengths are known."""

from itertools import pairwise

import pytest
from coach_rig import Rig, library_of

from assistant.coach.actions import HoldEnded, Prepare, Say
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase
from assistant.coach.profile import NOBODY, PastSession, Profile
from assistant.coach.prompts import Prompts
from assistant.errors import LibraryError
from assistant.library import Dose, load_library, load_lines
from assistant.library.lines import Lines, read_lines

LINES = load_lines()
PRAISE = LINES.wordings("encouragement")
THREE = (Dose(hold_s=8),) * 3


def rig_of(*doses: Dose, profile: Profile = NOBODY) -> Rig:
    return Rig(library_of(*doses), lines=LINES, profile=profile)


def played(rig: Rig) -> Rig:
    rig.start()
    rig.play_through()
    return rig


def said(rig: Rig) -> list[str]:
    return [part for _, a in rig.orders if isinstance(a, Say) for part in a.parts]


# The file ------------------------------------------------------------------------------------


def test_variants_follow_each_other_and_begin_anew():
    lines = Lines({"a": "one {n}"}, {"a": ("two {n}", "three {n}")})
    assert [lines.say("a", turn, n=5) for turn in range(4)] == [
        "One 5",
        "Two 5",
        "Three 5",
        "One 5",
    ]
    assert lines.plain().wordings("a") == ("one {n}",)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('a: ["One {n}.", Two.]', "f:1", "other places in 'Two.'"),
        ("b: Fine.\na: []", "f:2", "the line a has no wording"),
        ("a: 5", "f:1", "the line a is 5"),
        ("a: [One., ]\nb: {c: d}", "f:2", "the line b is a mapping"),
        ("a: 'One {n.'", "f:1", "the line a is 'One {n.'"),
        ("a: 'One'\na: 'Two'", "f:2", "a"),
        ("", "f", "empty"),
    ],
)
def test_wrong_file_of_lines_is_refused_with_its_place(text: str, place: str, message: str):
    with pytest.raises(LibraryError) as caught:
        read_lines(text.encode(), "f")
    assert caught.value.place == place
    assert message in caught.value.problem
    assert caught.value.mend


def test_every_wording_can_be_said():
    for name in LINES.texts:
        places = dict.fromkeys(LINES.places(name), "x")
        wordings = LINES.wordings(name)
        assert len({LINES.say(name, turn, **places) for turn in range(len(wordings))}) == len(
            wordings
        )


def test_safety_lines_and_commands_have_one_wording():
    for name in ("pain", "pain_question", "emergency", "safety_opening", "ready_hint_first"):
        assert len(LINES.wordings(name)) == 1


# In a session --------------------------------------------------------------------------------


def test_transitions_of_one_session_differ():
    rig = played(rig_of(*THREE))
    announced = [t for t in said(rig) if t.endswith((" second movement.", " third movement."))]
    shapes = [" ".join(text.split()[:-2]) for text in announced]
    assert len(shapes) == 2
    assert all(one != other for one, other in pairwise(shapes))


def test_sessions_after_each_other_end_in_other_words():
    closings = []
    for past in range(3):
        profile = Profile(sessions=(PastSession(0.0, "test", True),) * past)
        rig = played(rig_of(Dose(hold_s=8), profile=profile))
        closings.append(rig.last_words)
    played(rig)
    assert len(set(closings)) == 3
    assert rig.last_words == closings[0]


def test_answers_repeated_take_turns():
    rig = rig_of(Dose(hold_s=8))
    rig.start()
    rig.run_until(Phase.WAITING)
    spoken = []
    for _ in range(2):
        rig.hear(Intent.NOT_YET)
        spoken.append(rig.last_words)
    assert set(spoken) == set(LINES.wordings("take_your_time"))


def test_same_events_give_the_same_words():
    one, other = played(rig_of(*THREE)), played(rig_of(*THREE))
    assert one.orders == other.orders


@pytest.mark.parametrize("routine", load_library().routines)
@pytest.mark.parametrize("past", [0, 1, 2, 7])
def test_whatever_a_session_says_by_itself_was_rendered_ahead(routine: str, past: int):
    profile = Profile(sessions=(PastSession(0.0, "test", True),) * past)
    rig = Rig(load_library(), lines=LINES, profile=profile)
    rig.hear(Intent.START_ROUTINE, routine=routine)
    opening = len(said(rig))
    [prepared] = [set(a.texts) for _, a in rig.orders if isinstance(a, Prepare)]
    rig.play_through(within_s=7200)
    assert [text for text in said(rig)[opening:] if text not in prepared] == []


# Praise --------------------------------------------------------------------------------------


def praises(rig: Rig) -> list[str]:
    return [text for text in said(rig) if text in PRAISE]


def test_movement_done_to_its_end_is_praised_once_each_in_other_words():
    rig = played(rig_of(*(Dose(hold_s=8, reps=2, rest_after_s=15) for _ in range(4))))
    assert praises(rig) == list(PRAISE[:3])  # the last is closed with "well done"


def test_movement_gone_back_to_is_not_praised_again():
    rig = rig_of(Dose(hold_s=8, rest_after_s=15), Dose(hold_s=8))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.PREVIOUS)
    rig.hear(Intent.PREVIOUS)
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run_until(Phase.WAITING)
    assert len(rig.facts(HoldEnded)) == 2
    assert len(praises(rig)) == 1


@pytest.mark.parametrize("word", [Intent.RELEASE, Intent.PAIN, Intent.NEXT])
def test_what_was_left_early_or_hurt_is_not_praised(word: Intent):
    rig = rig_of(Dose(hold_s=20, rest_after_s=15), Dose(hold_s=8))
    rig.hold()
    rig.run(3)
    rig.hear(word)
    if word is Intent.PAIN:
        rig.hear(Intent.NUMBER, count=2)
        rig.hear(Intent.READY)  # the same movement, gently
        rig.hear(Intent.READY)
    rig.run_until(Phase.EXPLAINING)
    assert praises(rig) == []


def test_praise_is_left_out_where_there_is_no_room_or_less_talk():
    rig = played(rig_of(Dose(hold_s=8, rest_after_s=4.5), Dose(hold_s=8)))
    assert praises(rig) == []
    rig = rig_of(Dose(hold_s=8, rest_after_s=15), Dose(hold_s=8))
    rig.hear(Intent.LESS_TALKING)
    played(rig)
    assert praises(rig) == []


# Numbers -------------------------------------------------------------------------------------


def test_numbers_are_said_in_the_right_number():
    prompts = Prompts(LINES)
    for seconds in range(1, 1000):
        words = prompts.duration(seconds).split()
        for count, unit in zip(words[::2], words[1::2], strict=True):
            assert unit.endswith("s") == (count != "1"), words
