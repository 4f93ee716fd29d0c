"""Answers that had no room: several may be owed, none gets lost, none runs into a countdown."""

import pytest
from coach_rig import LINES, Rig, library_of, spoken_s

from assistant.coach.actions import Tone
from assistant.coach.intents import Intent
from assistant.coach.owing import MOST_OWED, Answer, Owed
from assistant.coach.phases import Phase
from assistant.library import Dose, Library, load_library

line = LINES.say
KNOWLEDGE = load_library().knowledge
SLEEP, WALKING = (" ".join(KNOWLEDGE.topic(t).answer[:2]) for t in ("sleep", "walking"))
SET = "Set 1 of 1, number 1 of 2."


def near_the_end_of_a_hold(*doses: Dose) -> Rig:
    """Three and a half seconds before a hold of 10 s is over: no time for words."""
    made_up = library_of(*doses)
    rig = Rig(Library(made_up.exercises, made_up.routines, knowledge=KNOWLEDGE))
    rig.hold()
    rig.run(6.5)
    return rig


def ask(rig: Rig, *topics: str) -> None:
    for topic in topics:
        rig.hear(Intent.ASK_TOPIC, topic=topic)


def words_since(rig: Rig, since_s: float) -> str:
    return " ".join(sound.text for sound in rig.speech(since_s))


def test_two_answers_are_both_said_in_the_order_of_asking():
    rig = near_the_end_of_a_hold(Dose(hold_s=10, reps=2, reset_s=40))
    asked_s = rig.now
    ask(rig, "sleep", "walking")
    rig.hear(Intent.WHICH_SET)
    rig.run_until(Phase.REST)
    assert words_since(rig, asked_s) == f"{SLEEP} {WALKING} {SET} And relax."


def test_answer_that_does_not_keep_drops_none_that_does():
    rig = near_the_end_of_a_hold(Dose(hold_s=10, reps=2, reset_s=40))
    asked_s = rig.now
    ask(rig, "sleep")
    rig.hear(Intent.TIME_LEFT)
    rig.run_until(Phase.REST)
    assert words_since(rig, asked_s) == f"{SLEEP} And relax."


def test_same_question_twice_is_answered_once():
    rig = near_the_end_of_a_hold(Dose(hold_s=10, reps=2, reset_s=40))
    asked_s = rig.now
    ask(rig, "sleep", "sleep")
    rig.run_until(Phase.REST)
    assert words_since(rig, asked_s).count(SLEEP) == 1


def test_no_answer_runs_into_the_countdown_or_the_start_tone():
    rig = near_the_end_of_a_hold(Dose(hold_s=10, reps=3, reset_s=7))
    asked_s = rig.now
    ask(rig, "sleep", "walking")
    rig.run_until(Phase.DONE)
    marks = [at for kind, at in rig.tones(asked_s) if kind in (Tone.TICK, Tone.END, Tone.START)]
    for sound in rig.speech(asked_s):
        start, end = sound.start_s - asked_s, sound.end_s - asked_s
        assert not [at for at in marks if start < at < end], sound.text


def test_countdown_is_known_where_the_clock_cannot_tell_ten_seconds_from_a_hair_less():
    for now in (100.0, 100.1, 100.2, 100.7, 1e5 + 0.3):
        rig = Rig(library_of(Dose(hold_s=10, reps=2)), now=now)
        rig.hold()
        rig.run(6.7)
        rig.hear(Intent.WHICH_EXERCISE)
        assert rig.speech(rig.now) == []


def test_answer_that_fits_no_rest_is_said_before_the_next_movement_is_explained():
    doses = (Dose(hold_s=10, rest_after_s=0), Dose(hold_s=10))
    rig = near_the_end_of_a_hold(*doses)
    asked_s = rig.now
    ask(rig, "sleep")
    rig.run_until(Phase.EXPLAINING)
    assert words_since(rig, asked_s).startswith(f"{SLEEP} Second movement.")


def test_answer_about_the_movement_is_not_said_when_the_next_is_explained():
    rig = near_the_end_of_a_hold(Dose(hold_s=10, rest_after_s=0), Dose(hold_s=10))
    asked_s = rig.now
    rig.hear(Intent.WHICH_SET)
    rig.run_until(Phase.EXPLAINING)
    assert words_since(rig, asked_s).startswith("Second movement.")


def test_answer_owed_in_the_last_hold_is_said_before_the_closing_words():
    rig = near_the_end_of_a_hold(Dose(hold_s=10))
    asked_s = rig.now
    ask(rig, "sleep")
    rig.run_until(Phase.DONE)
    assert words_since(rig, asked_s) == f"Roll down slowly. {SLEEP} {line('closing')}"


def test_answer_owed_survives_a_pause():
    rig = near_the_end_of_a_hold(Dose(hold_s=10, reps=2, reset_s=20))
    ask(rig, "sleep")
    rig.hear(Intent.PAUSE)
    rig.run(5)
    rig.hear(Intent.RESUME)
    resumed_s = rig.now
    rig.run_until(Phase.REST)
    assert SLEEP in words_since(rig, resumed_s)


@pytest.mark.parametrize("word", [Intent.PAIN, Intent.FINISH])
def test_nothing_is_owed_after_pain_or_the_end(word: Intent):
    rig = near_the_end_of_a_hold(Dose(hold_s=10), Dose(hold_s=10))
    ask(rig, "sleep")
    asked_s = rig.now
    rig.hear(word)
    rig.hear(Intent.NUMBER, count=9) if word is Intent.PAIN else rig.hear(Intent.YES)
    rig.run(30)
    assert SLEEP not in words_since(rig, asked_s)


def test_answer_may_take_the_place_of_relax_but_not_of_a_side():
    both = Dose(hold_s=10, reps=1, sides="alternate", switch_s=6)
    rig = near_the_end_of_a_hold(both)
    asked_s = rig.now
    ask(rig, "sleep")
    rig.run_until(Phase.REST)
    assert "Now your right." in words_since(rig, asked_s)
    rig = near_the_end_of_a_hold(Dose(hold_s=10, reps=2, reset_s=1.6 + spoken_s(SLEEP, 155)))
    asked_s = rig.now
    ask(rig, "sleep")
    rig.run_until(Phase.REST)
    assert words_since(rig, asked_s) == SLEEP


def test_at_most_so_many_are_owed_and_the_newest_are_kept():
    owed = Owed()
    for number in range(MOST_OWED + 2):
        owed.add(Answer((f"{number}.",)))
    assert owed.take_all() == tuple(f"{n}." for n in range(2, MOST_OWED + 2))
    assert owed.take_all() == ()


def test_choices_say_as_much_as_possible_before_less():
    owed = Owed()
    owed.add(Answer(("One.", "Two."), ("Short.",)))
    owed.add(Answer(("Three.",)))
    assert owed.choices() == (
        ("One.", "Two.", "Three."),
        ("Short.", "Three."),
        ("One.", "Two."),
        ("Short.",),
    )
    owed.settle(("Before.", "Short.", "After."))
    assert owed.take_all() == ("Three.",)
