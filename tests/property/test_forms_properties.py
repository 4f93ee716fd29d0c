"""Both sides of the body get the same, whatever form a movement goes on in."""

from collections import Counter

from coach_rig import Rig, at_level, exercise, library_of, with_forms
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.coach.intents import Intent, Side
from assistant.coach.phases import Phase
from assistant.coach.plan import Kind, PlannedStep, lay_out
from assistant.library import Dose, Sides

counts = st.integers(1, 4)
sets = st.lists(counts, min_size=1, max_size=4).map(tuple)
sided = st.sampled_from([Sides.ALTERNATE, Sides.PER_SET])
lengths_s = st.sampled_from([5.0, 10.0, 15.0])


@st.composite
def pairs_of_doses(draw) -> tuple[Dose, Dose]:
    sides, first = draw(sided), draw(st.sampled_from(["left", "right"]))
    one, other = (
        Dose(hold_s=draw(lengths_s), sets=draw(sets), sides=sides, first_side=first)
        for _ in range(2)
    )
    return one, other


@settings(max_examples=2000, deadline=None, derandomize=True)
@given(doses=pairs_of_doses(), share=st.floats(0, 1), is_harder=st.booleans())
def test_plan_gives_both_sides_the_same_count_in_every_set(
    doses: tuple[Dose, Dose], share: float, is_harder: bool
):
    old, new = doses
    plan = lay_out("test", "test", (PlannedStep(exercise(0, old), old),))
    index = int(share * (len(plan.segments) - 2))
    done = [s for s in plan.segments[:index] if s.kind is Kind.WORK]
    again = plan.relaid(index, PlannedStep(exercise(0, new), new), is_harder=is_harder)
    works = [s for s in again.segments if s.kind is Kind.WORK]
    assert works[: len(done)] == done
    per_set = Counter((s.set_no, s.side) for s in works)
    for set_no in {s.set_no for s in works}:
        assert per_set[set_no, Side.LEFT] == per_set[set_no, Side.RIGHT]
    assert len({s.place for s in works}) == len(works)
    work_then_gap = [s.kind is Kind.WORK for s in again.segments]
    assert work_then_gap == [True, False] * len(works)
    if is_harder and new.hold_s >= old.hold_s:
        by_place = {s.place: s.seconds for s in works}
        assert all(by_place[s.answered] == s.seconds for s in works)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    doses=st.lists(pairs_of_doses(), min_size=1, max_size=1),
    words=st.lists(
        st.tuples(
            st.floats(0.5, 40), st.sampled_from([Intent.EASIER, Intent.HARDER, Intent.PAUSE])
        ),
        max_size=5,
    ),
)
def test_session_gives_both_sides_the_same_count(doses, words):
    """Whoever asks for other forms, at any time, is led through as much on the left as on the
    right, and to the session's end."""
    low, high = doses[0]
    library = at_level(with_forms(library_of(low), low, high), 1)
    fixed = {e.id: e.model_copy(update={"easier": None, "harder": None}) for e in _all(library)}
    rig = Rig(type(library)(fixed, library.routines))
    rig.hold()
    for seconds, word in words:
        rig.run(seconds)
        if rig.phase is Phase.DONE:
            break
        rig.hear(word)
        if rig.phase is Phase.PAUSED:
            rig.hear(Intent.RESUME)
    rig.play_through()
    held = Counter(h.side for h in rig.holds)
    assert held[Side.LEFT] == held[Side.RIGHT] > 0


def _all(library):
    return library.exercises.values()
