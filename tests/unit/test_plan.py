import pytest
from coach_rig import exercise

from assistant.coach.intents import Side
from assistant.coach.plan import Kind, Plan, PlannedStep, lay_out, remaining_s, talk_s
from assistant.library import Dose, Sides, Tempo

LEFT, RIGHT = Side.LEFT, Side.RIGHT


def plan_of(*doses: Dose) -> Plan:
    return lay_out(
        "test", "test", tuple(PlannedStep(exercise(i, d), d) for i, d in enumerate(doses))
    )


def works(plan: Plan):
    return [s for s in plan.segments if s.kind is Kind.WORK]


def test_pyramid_gives_every_set_its_own_number_of_reps():
    plan = plan_of(Dose(hold_s=8, sets=(5, 3, 1)))
    assert [(s.set_no, s.rep_no) for s in works(plan)] == [
        *((1, n) for n in range(1, 6)),
        *((2, n) for n in range(1, 4)),
        (3, 1),
    ]
    assert [(s.sets, s.reps) for s in works(plan)] == [(3, 5)] * 5 + [(3, 3)] * 3 + [(3, 1)]


@pytest.mark.parametrize("sides", [Sides.ALTERNATE, Sides.PER_SET])
def test_both_sides_get_the_same_dose(sides: Sides):
    plan = plan_of(Dose(hold_s=8, sets=(5, 3, 1), sides=sides))
    left = [(s.set_no, s.rep_no, s.seconds) for s in works(plan) if s.side is LEFT]
    right = [(s.set_no, s.rep_no, s.seconds) for s in works(plan) if s.side is RIGHT]
    assert left == right
    assert len(left) == 9


def test_alternate_changes_sides_with_every_rep():
    plan = plan_of(Dose(hold_s=5, reps=2, sides=Sides.ALTERNATE))
    assert [s.side for s in works(plan)] == [LEFT, RIGHT, LEFT, RIGHT]


def test_per_set_does_a_whole_set_on_one_side_then_on_the_other():
    plan = plan_of(Dose(hold_s=5, reps=2, sets=2, sides=Sides.PER_SET))
    assert [s.side for s in works(plan)] == [LEFT, LEFT, RIGHT, RIGHT] * 2


def test_gaps_between_reps_sides_sets_and_movements_have_their_own_lengths():
    dose = Dose(
        hold_s=5,
        reps=2,
        sets=2,
        sides=Sides.PER_SET,
        reset_s=3,
        switch_s=6,
        rest_s=20,
        rest_after_s=12,
    )
    gaps = [(s.kind, s.seconds) for s in plan_of(dose, dose).segments if s.kind is not Kind.WORK]
    one_set = [(Kind.RESET, 3), (Kind.SWITCH, 6), (Kind.RESET, 3)]
    assert gaps[:8] == [*one_set, (Kind.REST, 20), *one_set, (Kind.CHANGE, 12)]


def test_gap_belongs_to_the_work_after_it():
    plan = plan_of(Dose(hold_s=5, sides=Sides.ALTERNATE))
    gap = plan.segments[1]
    assert (gap.kind, gap.side) == (Kind.SWITCH, RIGHT)


def test_paced_reps_rest_at_least_as_long_as_their_tempo_says():
    dose = Dose(mode="reps", reps=2, tempo=Tempo(up_s=2, down_s=2, reset_s=4), reset_s=1)
    plan = plan_of(dose)
    assert plan.segments[0].seconds == 4
    assert plan.segments[1].seconds == 4


def test_open_movement_and_counted_reps_have_no_length():
    assert plan_of(Dose(mode="open")).segments[0].seconds is None
    assert plan_of(Dose(mode="reps", reps=3)).segments[0].seconds is None


def test_breath_hold_is_as_long_as_its_breaths():
    segment = plan_of(Dose(hold_breaths=3)).segments[0]
    assert (segment.seconds, segment.is_hold) == (30, True)


def test_first_side_can_be_changed_and_the_dose_stays():
    plan = plan_of(Dose(hold_s=5, reps=3, sides=Sides.PER_SET), Dose(hold_s=9))
    changed = plan.with_first_side(0, RIGHT)
    assert [s.side for s in works(changed)] == [RIGHT] * 3 + [LEFT] * 3 + [None]
    assert len(changed.segments) == len(plan.segments)


def test_only_one_side_drops_the_other_from_there_on_and_lays_the_gaps_anew():
    plan = plan_of(Dose(hold_s=5, reps=3, sides=Sides.ALTERNATE, reset_s=2), Dose(hold_s=9))
    changed = plan.with_only_side(4, LEFT)  # the second left hold
    sides = [s.side for s in works(changed)]
    assert sides == [LEFT, RIGHT, LEFT, LEFT, None]
    assert changed.segments[5].kind is Kind.RESET
    assert [s for s in changed.segments if s.step == 1] == [s for s in plan.segments if s.step == 1]


def test_work_ahead_stays_within_the_movement():
    plan = plan_of(Dose(hold_s=5), Dose(hold_s=6))
    assert plan.work_ahead(0) == 0
    assert plan.work_ahead(1) is None
    assert plan.first_of(1) == 2


def test_rendered_length_of_a_line_replaces_the_estimate():
    assert talk_s("roll down slowly", {"roll down slowly": 1.25}) == 1.25
    assert talk_s("roll down slowly", {}) == pytest.approx(0.4 + 3 * 60 / (155 * 0.93))


def test_remaining_time_counts_work_and_rests_exactly():
    dose = Dose(hold_s=10, reps=3, reset_s=4, rest_after_s=20)
    plan = plan_of(dose)
    assert remaining_s(plan, 1, {}) == 4 + 10 + 4 + 10  # the rest after the last is no part
    assert remaining_s(plan, 1, {}, pace=2.0) == 8 + 10 + 8 + 10
