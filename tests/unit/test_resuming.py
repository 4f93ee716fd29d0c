"""A session that was cut off: marked as it goes, offered at the next start, taken up or left."""

from collections import Counter

import pytest
from coach_rig import LINES, Rig, at_level, levelled, library_of, with_forms

from assistant.coach.actions import HoldEnded, MovementDone, PainReported, SessionEnded
from assistant.coach.events import ClockSet
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase
from assistant.coach.profile import Profile
from assistant.coach.resuming import OFFERED_WITHIN_S, plan_at
from assistant.history.records import Remembered, as_row, is_kept, profile_of, remembered_of
from assistant.library import Dose, Library, Sides, load_library

NOON = 1_768_219_200.0
SIDED = library_of(Dose(hold_s=10, sides=Sides.PER_SET, reps=2), Dose(hold_s=8))
SHIPPED = load_library()
HOUR_S = 3600.0
"""What a virtual clock gains at each start: another machine's monotonic time."""


def kept(rig: Rig) -> list[Remembered]:
    """What is in the history of a coach, as the file gives it back."""
    facts = [fact for fact in rig.recorded() if is_kept(fact)]
    return list(remembered_of(as_row(Remembered(NOON + fact.at_s, fact)) for fact in facts))


def restarted(
    rig: Rig, *, after_s: float = 60.0, knowing: Library | None = None, clock: bool = True
) -> Rig:
    """The same machine after its power was cut and came back."""
    before = rig.profile
    for entry in kept(rig):
        before = before.after(entry.fact, entry.at_utc_s)
    again = Rig(knowing or rig.library, voice=rig.voice, profile=before, now=rig.now + HOUR_S)
    if clock:
        wall = NOON + rig.now + after_s
        again.send(ClockSet(at=again.now, utc_s=wall))
    again.listen()
    return again


def test_session_that_was_cut_off_is_offered_by_the_name_of_the_movement():
    rig = Rig(SIDED)
    rig.hold()
    again = restarted(rig)
    assert again.phase is Phase.ASKING
    assert again.last_words == LINES.say("stopped_at", exercise="first movement")


def test_it_goes_on_at_the_hold_that_was_cut_off_and_each_side_gets_its_dose():
    rig = Rig(SIDED)
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run_until(Phase.HOLD)
    rig.run(4)  # in the middle of the second
    again = restarted(rig)
    again.hear(Intent.YES)
    assert again.phase is Phase.WAITING
    assert again.last_words.startswith("First movement. Now your left.")
    again.play_through()
    held = [*rig.facts(HoldEnded), *again.facts(HoldEnded)]
    per_side = Counter((h.exercise, h.side) for h in held if h.completed)
    assert sorted(per_side.values()) == [1, 2, 2]
    assert [s.completed for s in again.facts(SessionEnded)] == [True]
    assert len(profile_of([*kept(rig), *kept(again)]).sessions) == 1


def test_movement_that_was_not_begun_is_explained_again():
    rig = Rig(SIDED)
    rig.start()
    again = restarted(rig)
    again.hear(Intent.YES)
    assert again.phase is Phase.EXPLAINING
    assert "Lie down on your back" in again.last_words


@pytest.mark.parametrize("word", [Intent.RESUME, Intent.START, Intent.READY])
def test_other_words_for_yes(word: Intent):
    rig = Rig(SIDED)
    rig.hold()
    again = restarted(rig)
    again.hear(word)
    assert again.phase is Phase.EXPLAINING


@pytest.mark.parametrize("word", [Intent.NO, Intent.FINISH, Intent.CANCEL])
def test_declined_it_ended_when_it_was_cut_off_and_is_not_offered_again(word: Intent):
    rig = Rig(SIDED)
    rig.hold()
    again = restarted(rig, after_s=600.0)
    again.hear(word)
    assert (again.phase, again.last_words) == (Phase.IDLE, LINES.say("place_left"))
    (ended,) = again.facts(SessionEnded)
    assert not ended.completed
    assert again.now - ended.at_s == pytest.approx(600.0, abs=30.0)
    assert restarted(again).phase is Phase.IDLE


def test_unanswered_it_stands_and_resume_goes_on_with_it():
    rig = Rig(SIDED)
    rig.hold()
    again = restarted(rig)
    again.run(60)
    assert again.phase is Phase.IDLE
    assert restarted(again).phase is Phase.ASKING
    again.hear(Intent.RESUME)
    assert again.phase is Phase.EXPLAINING


def test_another_session_in_its_place_ends_it_first():
    rig = Rig(SIDED)
    rig.hold()
    again = restarted(rig)
    again.hear(Intent.START_ROUTINE, routine="test")
    assert again.phase is Phase.EXPLAINING
    again.play_through()
    assert [s.completed for s in again.facts(SessionEnded)] == [False, True]


@pytest.mark.parametrize(("after_s", "is_offered"), [(-60.0, True), (60.0, False)])
def test_what_is_too_old_is_let_be(after_s: float, is_offered: bool):
    rig = Rig(SIDED)
    rig.hold()
    again = restarted(rig, after_s=OFFERED_WITHIN_S + after_s)
    assert (again.phase is Phase.ASKING) is is_offered
    assert len(again.facts(SessionEnded)) == (not is_offered)


@pytest.mark.parametrize("after_s", [-30 * 365 * 86_400.0, -1000.0])
def test_clock_that_was_set_back_does_not_lose_it(after_s: float):
    rig = Rig(SIDED)
    rig.hold()
    again = restarted(rig, after_s=after_s)
    assert again.phase is Phase.ASKING
    again.hear(Intent.NO)
    assert again.facts(SessionEnded)[0].at_s == again.now


def test_without_a_clock_it_is_offered():
    rig = Rig(SIDED)
    rig.hold()
    assert restarted(rig, clock=False).phase is Phase.ASKING


def test_after_pain_it_goes_on_with_the_next_movement():
    rig = Rig(SIDED)
    rig.hold()
    rig.hear(Intent.PAIN)
    again = restarted(rig)
    assert again.last_words == LINES.say("stopped_at", exercise="second movement")
    again.hear(Intent.YES)
    assert "Second movement." in again.last_words


def test_pain_in_the_last_movement_is_no_place_to_go_on_from():
    rig = Rig(library_of(Dose(hold_s=8)))
    rig.hold()
    rig.hear(Intent.PAIN)
    again = restarted(rig)
    assert again.phase is Phase.IDLE
    assert [s.completed for s in again.facts(SessionEnded)] == [False]
    assert len(rig.facts(PainReported)) == 1


def test_pain_that_was_settled_does_not_hinder():
    rig = Rig(SIDED)
    rig.hold()
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER, count=1)
    rig.hear(Intent.READY)
    rig.hear(Intent.READY)
    rig.run_until(Phase.HOLD)
    assert restarted(rig).last_words == LINES.say("stopped_at", exercise="first movement")


def test_what_was_bargained_for_is_kept_and_asked_about_at_the_end():
    rig = Rig(levelled(Dose(hold_s=8), Dose(hold_s=10)))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.HOLD_LONGER, seconds=5)
    again = restarted(rig)
    again.hear(Intent.YES)
    again.play_through()
    assert [h.held_s for h in again.facts(HoldEnded)] == [13.0]
    again.run(20)
    assert again.last_words == LINES.say("keep_longer", exercise="first movement")


def test_easier_form_and_the_pace_of_rests_are_kept():
    library = at_level(with_forms(library_of(Dose(hold_s=8)), Dose(hold_s=4), Dose(hold_s=8)), 2)
    rig = Rig(library)
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.EASIER)
    rig.hear(Intent.SLOWER)
    again = restarted(rig)
    again.hear(Intent.YES)
    assert "Way into form 1." in again.last_words
    again.play_through()
    assert [h.held_s for h in again.facts(HoldEnded)] == [4.0]


def test_movement_is_counted_as_done_once():
    rig = Rig(SIDED)
    rig.hold()
    rig.run_until(Phase.REST)
    again = restarted(rig)
    again.hear(Intent.YES)
    again.play_through()
    facts = [*rig.recorded(), *again.recorded()]
    done = [fact.exercise for fact in facts if isinstance(fact, MovementDone)]
    assert sorted(done) == ["first_movement", "second_movement"]


def test_what_the_library_lacks_by_now_is_let_be():
    rig = Rig(SIDED)
    rig.hold()
    again = restarted(rig, knowing=SHIPPED)
    assert again.phase is Phase.IDLE
    assert len(again.facts(SessionEnded)) == 1


def test_what_does_not_suit_the_person_by_now_is_let_be():
    rig = Rig(SHIPPED)
    rig.hear(Intent.START_ROUTINE, routine="short")
    place = rig.known().place
    assert place is not None
    assert plan_at(place, SHIPPED, Profile()) is not None
    reasons = [x for s in place.steps for x in SHIPPED.exercises[s.exercise].contraindications]
    for reason in reasons:
        ruled_out = Profile(contraindications=frozenset({reason.tag}))
        assert plan_at(place, SHIPPED, ruled_out) is None


def test_breathing_of_any_length_goes_on():
    rig = Rig(SHIPPED)
    rig.hear(Intent.BREATHE, seconds=1200)
    rig.run(5)
    again = restarted(rig)
    again.hear(Intent.YES)
    again.play_through()
    assert [round(h.held_s) for h in again.facts(HoldEnded)] == [1200]
