"""Repetitions: paced by words and tones, or counted by the person's word; sides done again."""

import pytest
from coach_rig import LINES, Rig, exercise, library_of

from assistant.coach.actions import Tone
from assistant.coach.intents import Intent, Side
from assistant.coach.phases import Phase
from assistant.coach.plan import Kind, PlannedStep, lay_out
from assistant.coach.prompts import Prompts, Talk
from assistant.coach.timeline import WORD_AFTER_S, tempo_words
from assistant.library import Dose, Sides, Tempo

LEFT, RIGHT = Side.LEFT, Side.RIGHT
TEMPO = Tempo(up_s=2, pause_s=1.5, down_s=3, reset_s=2)
PACED = Dose(mode="reps", reps=3, tempo=TEMPO, reset_s=0)
COUNTED = Dose(mode="reps", reps=4)


def words(dose: Dose, index: int = 0, talk: Talk = Talk.FULL) -> list[tuple[float, str]]:
    plan = lay_out("test", "test", (PlannedStep(exercise(0, dose), dose),))
    lengths = {"Up.": 0.5, "Hold.": 0.6, "Down.": 0.6}
    prompts = Prompts(LINES, lengths, talk=talk)
    return [(s.offset_s, s.parts[0]) for s in tempo_words(plan, index, prompts)]


def test_phases_of_a_paced_repetition_are_named_just_after_their_tones():
    expected = [(0, "Up."), (2, "Hold."), (3.5, "Down.")]
    assert words(PACED) == [(at + WORD_AFTER_S, text) for at, text in expected]


def test_third_repetition_is_paced_by_tones_alone():
    assert words(PACED, index=2) != []
    assert words(PACED, index=4) == []


def test_word_that_does_not_fit_its_phase_is_left_to_the_tone():
    tempo = Tempo(up_s=2, pause_s=0.5, down_s=2)
    assert [text for _, text in words(Dose(mode="reps", tempo=tempo))] == ["Up.", "Down."]


def test_tempo_may_be_paced_by_tones_alone():
    tones_only = TEMPO.model_copy(update={"spoken": False})
    assert words(Dose(mode="reps", tempo=tones_only)) == []
    assert words(PACED, talk=Talk.QUIET) == []


def test_paced_repetition_sounds_its_words_between_its_tones():
    rig = Rig(library_of(PACED))
    rig.hold()
    began_s = rig.now
    rig.run_until(Phase.REST)
    assert [s.text for s in rig.speech(began_s) if s.end_s < rig.now] == ["Up.", "Hold.", "Down."]
    assert (Tone.TICK, 2) in rig.tones(began_s)
    assert (Tone.TICK, 3.5) in rig.tones(began_s)


def test_paced_repetitions_reset_as_long_as_their_tempo_says():
    rig = Rig(library_of(PACED))
    rig.hold()
    rig.run_until(Phase.REST)
    assert rig.left_s == pytest.approx(2)


def test_slower_stretches_the_tempo_from_the_next_repetition_on():
    rig = Rig(library_of(PACED))
    rig.hold()
    rig.run(1)
    rig.hear(Intent.SLOWER)
    assert rig.last_words == "Slower from the next one."
    assert rig.left_s == pytest.approx(5.5)
    rig.run_until(Phase.REST)
    assert rig.left_s == pytest.approx(2 * 1.25)
    rig.run_until(Phase.REP)
    assert rig.left_s == pytest.approx(6.5 * 1.25)
    rig.hear(Intent.FASTER)
    rig.run_until(Phase.REST)
    rig.run_until(Phase.REP)
    assert rig.left_s == pytest.approx(6.5)


def test_tempo_has_an_end():
    rig = Rig(library_of(PACED))
    rig.hold()
    for _ in range(4):
        rig.hear(Intent.SLOWER)
    assert rig.last_words == "That is as far as the pace goes."


def test_slower_without_a_tempo_lengthens_the_rests():
    rig = Rig(library_of(Dose(hold_s=20, reps=2)))
    rig.hold()
    rig.hear(Intent.SLOWER)
    assert rig.last_words == "More time between holds."


def test_repetitions_are_counted_aloud():
    rig = Rig(library_of(COUNTED))
    rig.hold()
    for count in (1, 2, 3):
        rig.run(2)
        rig.hear(Intent.DONE)
        rig.run(1)
        assert rig.last_words == f"{count} of 4."
        rig.run_until(Phase.REP)
    rig.hear(Intent.DONE)
    assert rig.phase is Phase.DONE


def test_repetition_that_is_done_before_its_start_tone_counts():
    rig = Rig(library_of(COUNTED))
    rig.hold()
    rig.hear(Intent.DONE)
    rig.run(1)
    rig.hear(Intent.DONE)
    rig.run(1)
    assert rig.last_words == "2 of 4."
    rig.hear(Intent.DONE)
    rig.hear(Intent.DONE)
    assert rig.phase is Phase.DONE


def test_a_hold_is_not_counted_in_the_rest_before_it():
    rig = Rig(library_of(Dose(hold_s=10, reps=2)))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.hear(Intent.DONE)
    assert rig.last_words == "Nothing to count just now."


def test_alternating_repetitions_are_counted_when_both_sides_are_done():
    rig = Rig(library_of(Dose(mode="reps", reps=2, sides=Sides.ALTERNATE)))
    rig.hold()
    rig.hear(Intent.DONE)
    assert [s.text for s in rig.speech(rig.now)] == ["Now your right."]
    rig.run_until(Phase.REP)
    rig.hear(Intent.DONE)
    assert [s.text for s in rig.speech(rig.now)] == ["1 of 2. Now your left."]


# A side once more -----------------------------------------------------------------------------


def test_left_again_from_the_right_does_the_left_once_more_and_goes_on_where_it_was():
    rig = Rig(library_of(Dose(hold_s=5, reps=2, sides=Sides.PER_SET)))
    rig.hold()
    while len(rig.holds) < 3 or rig.phase is not Phase.HOLD:
        rig.run(0.5)
    rig.hear(Intent.REDO_SIDE, side=LEFT)
    assert rig.phase is Phase.LEAD_IN
    assert rig.last_words == "One more try on your left."
    rig.play_through()
    done = [h.side for h in rig.holds if h.completed]
    assert done == [LEFT, LEFT, RIGHT, LEFT, LEFT, RIGHT]


def test_left_again_after_the_movement_does_not_bring_the_right_again():
    dose = Dose(hold_s=5, reps=2, sides=Sides.PER_SET)
    rig = Rig(library_of(dose, Dose(hold_s=5)))
    rig.hold()
    while len(rig.holds) < 4:
        rig.run(0.5)
    rig.hear(Intent.REDO_SIDE, side=LEFT)
    rig.play_through()
    assert [h.side for h in rig.holds] == [LEFT, LEFT, RIGHT, RIGHT, LEFT, LEFT, None]


def test_left_again_where_sides_alternate_is_one_repetition():
    rig = Rig(library_of(Dose(hold_s=5, reps=2, sides=Sides.ALTERNATE)))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run_until(Phase.HOLD)
    rig.hear(Intent.REDO_SIDE, side=LEFT)
    rig.play_through()
    assert [h.side for h in rig.holds if h.completed] == [LEFT, LEFT, RIGHT, LEFT, RIGHT]


def test_side_that_is_still_to_come_cannot_be_done_again():
    rig = Rig(library_of(Dose(hold_s=20, sides=Sides.PER_SET)))
    rig.hold()
    rig.hear(Intent.REDO_SIDE, side=RIGHT)
    assert rig.last_words == "Your right is still to come."
    assert rig.phase is Phase.HOLD


def test_left_again_on_the_left_begins_that_side_anew():
    rig = Rig(library_of(Dose(hold_s=5, reps=2, sides=Sides.PER_SET)))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run_until(Phase.HOLD)
    rig.hear(Intent.REDO_SIDE, side=LEFT)
    rig.play_through()
    assert [h.side for h in rig.holds if h.completed] == [LEFT, LEFT, LEFT, RIGHT, RIGHT]


def test_movement_without_sides_has_none_to_do_again():
    rig = Rig(library_of(Dose(hold_s=20)))
    rig.hold()
    rig.hear(Intent.REDO_SIDE, side=LEFT)
    assert rig.last_words == "This one has no sides."


# More rest ------------------------------------------------------------------------------------


def test_more_rest_in_a_hold_lengthens_the_rest_after_it():
    rig = Rig(library_of(Dose(hold_s=20, reps=2, reset_s=4)))
    rig.hold()
    rig.run(1)
    rig.hear(Intent.MORE_REST)
    assert rig.last_words == "The rest gets 10 seconds more."
    assert rig.left_s == pytest.approx(19)
    rig.run_until(Phase.REST)
    assert rig.left_s == pytest.approx(14)


def test_more_rest_in_the_last_hold_has_no_rest_to_lengthen():
    rig = Rig(library_of(Dose(hold_s=20)))
    rig.hold()
    rig.hear(Intent.MORE_REST)
    assert rig.last_words == "No rest just now."


def test_longer_rest_still_calls_into_position_before_its_end():
    rig = Rig(library_of(Dose(hold_s=5, sets=2, rest_s=20)))
    rig.hold()
    rig.run_until(Phase.REST)
    began_s = rig.now
    rig.run(6)
    rig.hear(Intent.MORE_REST)
    calls = [s.start_s - began_s for s in rig.speech(began_s) if s.text == "Get into position."]
    assert calls == [pytest.approx(25)]


def test_plan_repeats_only_the_set_under_way():
    dose = Dose(hold_s=5, reps=2, sets=2, sides=Sides.PER_SET)
    plan = lay_out("test", "test", (PlannedStep(exercise(0, dose), dose),))
    works = [i for i, s in enumerate(plan.segments) if s.kind is Kind.WORK]
    again = plan.last_done(works[6], LEFT)
    assert [(s.set_no, s.rep_no, s.side) for s in again] == [(2, 1, LEFT), (2, 2, LEFT)]
