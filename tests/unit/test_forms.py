"""Easier, harder, on the knees, something else: what becomes of the movement under way."""

from collections import Counter

import pytest
from coach_rig import LINES, Rig, at_level, exercise, library_of, with_forms

from assistant.coach.actions import DoseAgreed, ScreeningAnswered, Tone
from assistant.coach.intents import Intent, Side
from assistant.coach.phases import Phase
from assistant.coach.plan import Kind, lay_out
from assistant.coach.plan import PlannedStep as Step
from assistant.coach.profile import NOBODY
from assistant.library import Contraindication, Dose, Library, Sides

LEFT, RIGHT = Side.LEFT, Side.RIGHT
LOW, MIDDLE, HIGH = (
    Dose(hold_s=5, reps=2, sides=Sides.PER_SET),
    Dose(hold_s=5, reps=4, sides=Sides.PER_SET),
    Dose(hold_s=10, reps=3, sides=Sides.PER_SET),
)


def forms(level: int, *doses: Dose, knees: int = 0) -> Library:
    return at_level(with_forms(library_of(doses[0]), *doses, knees=knees), level)


def held(rig: Rig, side: Side | None) -> list[float]:
    return [h.held_s for h in rig.holds if h.side is side]


def test_easier_in_a_hold_shortens_it_while_its_clock_runs():
    rig = Rig(forms(2, Dose(hold_s=10), Dose(hold_s=30)))
    rig.hold()
    began_s = rig.now
    rig.run(4)
    rig.hear(Intent.EASIER)
    assert rig.phase is Phase.HOLD
    assert rig.left_s == pytest.approx(6)
    assert [s.text for s in rig.speech(rig.now)] == ["Way into form 1."]
    rig.run_until(Phase.DONE)
    assert (Tone.END, 10.0) in rig.tones(began_s)


def test_easier_ends_a_hold_that_is_longer_already_and_says_how_to_go_on_in_the_rest():
    easy, hard = (Dose(hold_s=s, reps=2, reset_s=6) for s in (3, 10))
    rig = Rig(forms(2, easy, hard))
    rig.hold()
    rig.run(5)
    rig.hear(Intent.EASIER)
    assert rig.phase is Phase.REST
    assert any("Way into form 1." in s.text for s in rig.speech(rig.now))
    rig.play_through()
    assert held(rig, None) == [pytest.approx(5), 3]


def test_harder_lengthens_the_hold_under_way_and_the_other_side_gets_the_same():
    rig = Rig(forms(1, LOW, Dose(hold_s=10, reps=2, sides=Sides.PER_SET)))
    rig.hold()
    rig.run(2)
    rig.hear(Intent.HARDER)
    rig.play_through()
    assert held(rig, LEFT) == held(rig, RIGHT) == [10, 10]


def test_harder_on_the_second_side_keeps_what_the_first_side_did():
    rig = Rig(forms(2, LOW, MIDDLE, HIGH))
    rig.hold()
    while rig.coach.view(rig.now).side is LEFT or rig.phase is not Phase.HOLD:
        rig.run(0.5)
    rig.hear(Intent.HARDER)
    rig.play_through()
    assert held(rig, LEFT) == held(rig, RIGHT) == [5, 5, 5, 5]


@pytest.mark.parametrize("sides", [Sides.ALTERNATE, Sides.PER_SET])
def test_work_that_is_done_counts_for_its_side(sides: Sides):
    easy, hard = (Dose(hold_s=5, reps=n, sides=sides) for n in (2, 4))
    rig = Rig(forms(2, easy, hard))
    rig.hold()
    while len(rig.holds) < 5:
        rig.run(0.5)
    rig.hear(Intent.EASIER)
    rig.play_through()
    assert Counter(h.side for h in rig.holds) == (
        {LEFT: 4, RIGHT: 4} if sides is Sides.PER_SET else {LEFT: 3, RIGHT: 3}
    )


def test_easier_while_waiting_tells_the_new_way_in_and_waits_on():
    rig = Rig(forms(2, Dose(hold_s=5), Dose(hold_s=10)))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.EASIER)
    assert rig.phase is Phase.WAITING
    assert rig.last_words == "Easier from here. Way into form 1. Say ready."


def test_easier_in_the_rest_keeps_the_rest_and_eases_what_follows():
    rig = Rig(forms(2, Dose(hold_s=5, reps=2), Dose(hold_s=8, reps=2)))
    rig.hold()
    rig.run_until(Phase.REST)
    left = rig.left_s
    rig.hear(Intent.EASIER)
    assert (rig.phase, rig.left_s) == (Phase.REST, left)
    rig.play_through()
    assert held(rig, None) == [8, 5]


def test_easier_while_paused_leaves_something_of_the_hold_to_go_on_with():
    rig = Rig(forms(2, Dose(hold_s=3), Dose(hold_s=10)))
    rig.hold()
    rig.run(6)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.EASIER)
    assert rig.phase is Phase.PAUSED
    rig.play_through()
    assert held(rig, None) == [pytest.approx(8)]


def test_below_the_lowest_level_comes_the_movement_that_is_linked():
    rig = Rig(forms(1, Dose(hold_s=5), Dose(hold_s=10)))
    rig.hold()
    rig.hear(Intent.EASIER)
    assert rig.phase is Phase.EXPLAINING
    assert rig.last_words.startswith("In its place. Fifth movement.")
    rig.play_through()
    assert rig.holds[-1].exercise == "fifth_movement"


def test_where_nothing_is_easier_it_says_so_and_goes_on():
    rig = Rig(library_of(Dose(hold_s=20)))
    rig.hold()
    rig.run(2)
    rig.hear(Intent.EASIER)
    assert rig.last_words == "This is the easiest I have."
    assert rig.left_s == pytest.approx(18)


def test_on_my_knees_takes_the_hardest_form_on_the_knees():
    rig = Rig(forms(4, *(Dose(hold_s=s) for s in (5, 6, 7, 20)), knees=2))
    rig.hold()
    rig.run(1)
    rig.hear(Intent.ON_KNEES)
    assert rig.left_s == pytest.approx(5)
    assert "Way into form 2." in rig.last_words
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.ON_KNEES)
    assert rig.last_words == "You are on your knees already."


def test_on_my_knees_is_answered_where_there_is_no_such_form():
    rig = Rig(library_of(Dose(hold_s=30)))
    rig.hold()
    rig.hear(Intent.ON_KNEES)
    assert rig.last_words == "This one has no form on the knees."


def test_nothing_gets_harder_after_pain_in_this_session():
    rig = Rig(forms(1, Dose(hold_s=20), Dose(hold_s=30)))
    rig.hold()
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER, count=2)
    rig.hear(Intent.READY)
    rig.hear(Intent.HARDER)
    assert rig.last_words == "Not after pain. We keep this one gentle."


def test_swap_takes_a_movement_that_the_session_lacks():
    rig = Rig(forms(1, Dose(hold_s=20)))
    rig.hold()
    rig.hear(Intent.SWAP)
    assert rig.last_words.startswith("In its place. Fifth movement.")
    rig.hear(Intent.SWAP)
    assert "First movement" in rig.last_words


def test_swap_with_nothing_left_is_answered():
    rig = Rig(library_of(Dose(hold_s=20)))
    rig.hold()
    rig.hear(Intent.SWAP)
    assert rig.last_words == "I have nothing else like it. Say skip to leave it."


def with_knee_trouble() -> Rig:
    """Somebody with knee trouble, whom the only other movement does not suit, in a hold."""
    library = forms(1, Dose(hold_s=20))
    spare = library.exercises["fifth_movement"]
    reason = Contraindication(tag="knee_trouble", say="It bends the knees deeply.")
    spare = spare.model_copy(update={"contraindications": (reason,)})
    library = Library({**library.exercises, spare.id: spare}, library.routines)
    rig = Rig(
        library, profile=NOBODY.after(ScreeningAnswered(0.0, "knee_trouble", is_so=True), 0.0)
    )
    rig.hold()
    return rig


@pytest.mark.parametrize(
    ("intent", "answer"),
    [
        (Intent.SWAP, "nothing_to_swap"),
        (Intent.EASIER, "easiest"),
        (Intent.HARDER, "hardest"),
    ],
)
def test_movement_that_does_not_suit_the_person_takes_no_place(intent: Intent, answer: str):
    rig = with_knee_trouble()
    rig.hear(intent)
    assert (rig.phase, rig.last_words) == (Phase.HOLD, LINES.say(answer))


def test_movement_with_another_way_of_sides_is_begun_anew():
    rig = Rig(forms(2, Dose(hold_s=5), Dose(hold_s=10, sides=Sides.PER_SET)))
    rig.hold()
    rig.run(3)
    rig.hear(Intent.EASIER)
    assert rig.phase is Phase.EXPLAINING
    rig.play_through()
    assert held(rig, None) == [5]


@pytest.mark.parametrize("others", [(), (Dose(hold_s=20),)])
@pytest.mark.parametrize("intent", [Intent.EASIER, Intent.SWAP])
def test_movement_with_fewer_parts_is_begun_anew_after_half_of_the_old_one(
    others: tuple[Dose, ...], intent: Intent
):
    """In the hold of the last side, which the other movement or form does not have."""
    easy, hard = Dose(hold_s=5), Dose(hold_s=10, sides=Sides.PER_SET)
    library = at_level(with_forms(library_of(hard, *others), easy, hard), 2)
    rig = Rig(library)
    rig.hold()
    rig.run(1)
    rig.run_until(Phase.REST)
    rig.run_until(Phase.HOLD)
    rig.run(1)
    rig.hear(intent)
    where = rig.coach.view(rig.now)
    named = "first_movement" if intent is Intent.EASIER else "fifth_movement"
    assert (where.phase, where.exercise, where.side) == (
        Phase.EXPLAINING,
        named.replace("_", " "),
        None,
    )
    rig.play_through()
    assert [h.held_s for h in rig.holds if h.exercise == named and h.side is None] == [5]


def test_left_only_stays_so_in_another_form():
    rig = Rig(forms(2, LOW, MIDDLE))
    rig.hold()
    rig.hear(Intent.ONLY_SIDE, side=LEFT)
    rig.hear(Intent.EASIER)
    rig.play_through()
    assert held(rig, RIGHT) == []
    assert held(rig, LEFT) == [5, 5]


def test_doses_that_treat_sides_differently_cannot_be_joined():
    plan = lay_out("test", "test", (Step(exercise(0, LOW), LOW),))
    other = Dose(hold_s=5)
    with pytest.raises(ValueError, match="another form"):
        plan.relaid(0, Step(exercise(0, other), other))


def test_sets_to_come_are_those_of_the_new_dose():
    old, new = Dose(hold_s=5, sets=(5, 3, 1)), Dose(hold_s=5, sets=(2, 2, 2, 2))
    plan = lay_out("test", "test", (Step(exercise(0, old), old),))
    again = plan.relaid(10, Step(exercise(0, new), new))  # the first of the second set
    works = [s for s in again.segments if s.kind is Kind.WORK]
    assert Counter(s.set_no for s in works) == {1: 5, 2: 2, 3: 2, 4: 2}
    assert {s.sets for s in works[5:]} == {4}


def test_movement_agreed_on_that_does_not_suit_the_person_any_more_is_not_planned():
    agreed = DoseAgreed(0.0, "first_movement", instead="fifth_movement")
    rig = with_knee_trouble()
    profile = rig.profile.after(agreed, 0.0)
    again = Rig(rig.library, profile=profile)
    again.hold()
    assert again.coach.view(again.now).exercise == "first movement"
    suited = Rig(rig.library, profile=NOBODY.after(agreed, 0.0))
    suited.hold()
    assert suited.coach.view(suited.now).exercise == "fifth movement"
