"""What was changed by voice is kept where the person says yes, asked once after the session."""

import pytest
from coach_rig import Rig, at_level, library_of, with_forms

from assistant.coach.actions import DoseAgreed, PaceAgreed
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase
from assistant.coach.profile import NOBODY, Profile
from assistant.library import Dose, Library, Tempo

HOLD = library_of(Dose(hold_s=20, reps=2))


def asked(library: Library, *intents: Intent, **slots: int) -> Rig:
    """A session in whose first work something was said, at its question."""
    rig = Rig(library)
    rig.hold()
    rig.run(1)
    for intent in intents:
        rig.hear(intent, **slots)
    rig.play_through()
    rig.run_until(Phase.ASKING)
    return rig


def next_time(rig: Rig) -> Rig:
    """The same library on another day, with what was recorded."""
    profile: Profile = NOBODY
    for kind in (DoseAgreed, PaceAgreed):
        for fact in rig.facts(kind):
            profile = profile.after(fact, 0.0)
    return Rig(rig.library, profile=profile)


def test_longer_hold_that_is_kept_is_longer_next_time():
    rig = asked(HOLD, Intent.HOLD_LONGER, seconds=10)
    assert rig.last_words == "Keep the longer first movement next time?"
    rig.hear(Intent.YES)
    assert rig.phase is Phase.DONE
    assert rig.last_words == "Good. I will remember."
    later = next_time(rig)
    later.hold()
    later.play_through()
    assert [h.held_s for h in later.holds] == [30, 30]


def test_what_is_agreed_holds_in_the_next_session_of_the_same_run():
    rig = asked(HOLD, Intent.HOLD_SHORTER, seconds=5)
    rig.hear(Intent.YES)
    rig.hold()
    assert rig.left_s == 15


def test_no_keeps_nothing():
    rig = asked(HOLD, Intent.HOLD_LONGER)
    rig.hear(Intent.NO)
    assert rig.phase is Phase.DONE
    assert rig.facts(DoseAgreed) == []
    rig.hold()
    assert rig.left_s == 20


@pytest.mark.parametrize("word", [Intent.CANCEL, Intent.RESUME, Intent.FINISH, Intent.PAUSE])
def test_question_can_be_waved_away(word: Intent):
    rig = asked(HOLD, Intent.HOLD_LONGER)
    rig.hear(word)
    assert (rig.phase, rig.facts(DoseAgreed)) == (Phase.DONE, [])


def test_no_answer_keeps_nothing_and_is_not_asked_again():
    rig = asked(HOLD, Intent.HOLD_LONGER)
    rig.run_until(Phase.DONE)
    rig.run(120)
    assert (rig.phase, rig.facts(DoseAgreed)) == (Phase.DONE, [])


def test_question_waits_for_the_closing_words():
    rig = asked(HOLD, Intent.HOLD_LONGER)
    closing, question = rig.speech(rig.now - 5)[-2:]
    assert closing.text.endswith("Well done.")
    assert not closing.is_cut
    assert closing.end_s <= question.start_s


def test_session_without_changes_asks_nothing():
    rig = Rig(HOLD)
    rig.hold()
    rig.play_through()
    rig.run(60)
    assert rig.phase is Phase.DONE


def test_change_that_was_taken_back_is_not_asked_about():
    rig = Rig(HOLD)
    rig.hold()
    rig.run(1)
    rig.hear(Intent.HOLD_LONGER, seconds=10)
    rig.hear(Intent.HOLD_SHORTER, seconds=10)
    rig.play_through()
    rig.run(60)
    assert rig.phase is Phase.DONE


def test_stop_after_the_session_leaves_it_silent():
    rig = Rig(HOLD)
    rig.hold()
    rig.hear(Intent.HOLD_LONGER)
    rig.play_through()
    rig.hear(Intent.STOP)
    rig.run(60)
    assert rig.phase is Phase.DONE


def test_several_changes_are_one_question():
    rig = asked(HOLD, Intent.HOLD_LONGER, Intent.SLOWER)
    assert rig.last_words == "Keep today's changes next time?"
    rig.hear(Intent.YES)
    assert len(rig.facts(DoseAgreed)) == len(rig.facts(PaceAgreed)) == 1


def test_easier_form_is_kept_with_its_dose():
    forms = at_level(with_forms(HOLD, Dose(hold_s=5), Dose(hold_s=20)), 2)
    rig = asked(forms, Intent.EASIER)
    assert rig.last_words == "Keep the easier first movement next time?"
    rig.hear(Intent.YES)
    later = next_time(rig)
    later.hold()
    assert later.left_s == 5
    assert any("Way into form 1." in s.text for s in later.speech())


def test_movement_in_its_place_is_kept():
    rig = asked(with_forms(HOLD, Dose(hold_s=20)), Intent.HOLD_LONGER)
    rig.hear(Intent.NO)
    rig = Rig(rig.library)
    rig.hold()
    rig.hear(Intent.SWAP)
    rig.play_through()
    rig.run_until(Phase.ASKING)
    assert rig.last_words == "Keep fifth movement in its place next time?"
    rig.hear(Intent.YES)
    later = next_time(rig)
    later.hold()
    assert later.coach.view(later.now).exercise == "fifth movement"


def test_more_rest_is_kept():
    rig = asked(library_of(Dose(hold_s=20, reps=2, reset_s=4)), Intent.MORE_REST, seconds=6)
    assert rig.last_words == "Keep the longer rests next time?"
    rig.hear(Intent.YES)
    later = next_time(rig)
    later.hold()
    later.run_until(Phase.REST)
    assert later.left_s == pytest.approx(10)


def test_slower_pace_is_kept():
    rig = asked(library_of(Dose(hold_s=20, reps=2, reset_s=4)), Intent.SLOWER)
    rig.hear(Intent.YES)
    later = next_time(rig)
    later.hold()
    later.run_until(Phase.REST)
    assert later.left_s == pytest.approx(5)


def test_slower_pace_that_is_not_kept_is_over():
    rig = asked(library_of(Dose(hold_s=20, reps=2, reset_s=4)), Intent.SLOWER)
    rig.hear(Intent.NO)
    rig.hold()
    rig.run_until(Phase.REST)
    assert rig.left_s == pytest.approx(4)


def test_slower_tempo_is_kept():
    paced = library_of(Dose(mode="reps", reps=2, tempo=Tempo(up_s=2, down_s=2)))
    rig = asked(paced, Intent.SLOWER)
    assert rig.last_words == "Keep the slower first movement next time?"
    rig.hear(Intent.YES)
    later = next_time(rig)
    later.hold()
    assert later.left_s == pytest.approx(5)
    later.hear(Intent.FASTER)
    later.run_until(Phase.REST)
    later.run_until(Phase.REP)
    assert later.left_s == pytest.approx(4)


def test_longer_hold_is_not_kept_where_it_hurt():
    rig = Rig(HOLD)
    rig.hold()
    rig.hear(Intent.HOLD_LONGER)
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER, count=1)
    rig.play_through()
    rig.run(60)
    assert rig.phase is Phase.DONE


def test_breath_hold_is_kept_in_whole_breaths():
    rig = asked(library_of(Dose(hold_breaths=2)), Intent.HOLD_LONGER, count=2)
    rig.hear(Intent.YES)
    later = next_time(rig)
    later.hold()
    assert later.left_s == pytest.approx(40)


def test_what_is_agreed_anew_goes_before_what_was():
    profile = NOBODY.after(DoseAgreed(0, "plank", level=2, hold_s=12, rest_s=30), 0)
    profile = profile.after(DoseAgreed(0, "plank", level=3), 0)
    assert profile.agreed == (DoseAgreed(0, "plank", level=3, rest_s=30),)


def test_time_of_an_agreement_is_that_of_the_answer():
    rig = asked(HOLD, Intent.HOLD_LONGER)
    rig.hear(Intent.YES)
    assert rig.facts(DoseAgreed)[0].at_s == rig.now


def test_what_the_library_lacks_by_now_is_left_out():
    profile = NOBODY.after(DoseAgreed(0, "first_movement", instead="gone", level=7), 0)
    rig = Rig(HOLD, profile=profile)
    rig.hold()
    assert rig.left_s == pytest.approx(20)
