"""Steps up are earned and offered; steps back follow pain and long breaks."""

import pytest
from coach_rig import LINES, Rig, levelled, library_of, practised

from assistant.coach.actions import (
    HoldEnded,
    LevelReason,
    LevelSet,
    PainReported,
    SessionBegan,
    SessionEnded,
    StepDeclined,
)
from assistant.coach.commands import plan_of
from assistant.coach.events import ClockSet
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase
from assistant.coach.plan import PlannedMovement
from assistant.coach.profile import NOBODY, Profile
from assistant.coach.progress import APART_S, BREAK_S, EARNED_BY
from assistant.library import Dose, Routine, Step

NOON = 1_768_219_200.0
DAY = 86_400.0
MOVE = "first_movement"
LEVELLED = levelled(Dose(hold_s=8), Dose(hold_s=10), Dose(hold_s=12))
QUESTION = LINES.say("step_up_question", exercise="first movement")


def at_noon(profile: Profile, library=LEVELLED) -> Rig:
    rig = Rig(library, profile=profile)
    rig.send(ClockSet(at=rig.now, utc_s=NOON))
    return rig


def played(profile: Profile, library=LEVELLED) -> Rig:
    """A rig some time after a session was done as planned."""
    rig = at_noon(profile, library)
    rig.start()
    rig.play_through()
    rig.run(8)
    return rig


def known(rig: Rig) -> Profile:
    """What the coach knows after everything that was recorded."""
    return rig.coach._coaching.profile


def session_of(
    profile: Profile,
    at_utc_s: float,
    *,
    held_s: float = 8.0,
    completed: bool = True,
    pain: tuple[int | None, ...] = (),
    level: int | None = 1,
) -> Profile:
    facts = [
        SessionBegan(0.0, "test", (PlannedMovement(MOVE, level, 1, 8.0),)),
        HoldEnded(0.0, MOVE, None, 8.0, held_s, completed),
        *(PainReported(0.0, MOVE, score) for score in pain),
        SessionEnded(0.0, "test", completed=True),
    ]
    for fact in facts:
        profile = profile.after(fact, at_utc_s)
    return profile


def counted(profile: Profile) -> int:
    return len(profile.progress.of(MOVE).done_utc_s)


# What counts -----------------------------------------------------------------------------------


def test_three_sessions_as_planned_earn_a_step():
    profile = practised(EARNED_BY - 1, until_utc_s=NOON)
    assert not profile.progress.has_earned(MOVE)
    assert session_of(profile, NOON).progress.has_earned(MOVE)


@pytest.mark.parametrize("pain", [(0,), (3,), (None, 3)])
def test_mild_pain_does_not_stand_in_the_way(pain):
    assert counted(session_of(practised(1, until_utc_s=NOON), NOON, pain=pain)) == 2


@pytest.mark.parametrize("pain", [(4,), (None,), (None, 4), (9, 2)])
def test_more_pain_and_pain_without_a_number_begin_the_count_anew(pain):
    hurt = session_of(practised(2, until_utc_s=NOON), NOON, pain=pain)
    assert counted(hurt) == 0
    assert counted(session_of(hurt, NOON + DAY)) == 1


@pytest.mark.parametrize(("score", "left"), [(3, 2), (4, 0), (None, 2)])
def test_pain_outside_a_session_begins_the_count_of_every_movement_anew(score, left):
    told = practised(2, until_utc_s=NOON).after(PainReported(0.0, None, score), NOON)
    assert counted(told) == left


def test_hold_ended_early_does_not_count_and_takes_nothing_away():
    early = session_of(practised(1, until_utc_s=NOON), NOON, held_s=3.0, completed=False)
    assert counted(early) == 1


def test_sessions_on_one_morning_count_once():
    once = session_of(NOBODY, NOON)
    assert counted(session_of(once, NOON + APART_S - 1)) == 1
    assert counted(session_of(once, NOON + APART_S)) == 2


def test_dose_of_a_routines_own_earns_nothing():
    assert counted(session_of(NOBODY, NOON, level=None)) == 0


def test_session_that_never_ended_counts_for_nothing():
    profile = NOBODY.after(SessionBegan(0.0, "test", (PlannedMovement(MOVE, 1, 1, 8.0),)), NOON)
    profile = profile.after(HoldEnded(0.0, MOVE, None, 8.0, 8.0, completed=True), NOON)
    again = SessionBegan(0.0, "test", (PlannedMovement("second_movement", 1, 1, 8.0),))
    profile = profile.after(again, NOON).after(SessionEnded(0.0, "test", completed=True), NOON)
    assert counted(profile) == 0


def test_session_tells_what_it_has_planned():
    library = library_of(Dose(hold_s=5, reps=2, sets=2), Dose(mode="reps", reps=3))
    rig = Rig(library)
    rig.start()
    (began,) = rig.facts(SessionBegan)
    assert began.movements == (
        PlannedMovement("first_movement", 1, 4, 20.0),
        PlannedMovement("second_movement", 1, 0, 0.0),
    )


def test_movement_without_a_clock_counts_where_the_session_was_completed():
    library = library_of(Dose(mode="reps", reps=2))
    rig = played(NOBODY, library)
    assert counted(known(rig)) == 1


# Offers ----------------------------------------------------------------------------------------


def test_earned_step_is_offered_after_the_closing_words_and_taken_from_the_next_time_on():
    rig = played(practised(2, until_utc_s=NOON))
    assert rig.phase is Phase.ASKING
    closing, asked = rig.speech()[-2:]
    assert closing.text.endswith(LINES.texts["closing"])
    assert asked.text == QUESTION
    assert asked.start_s >= closing.end_s
    rig.hear(Intent.YES)
    assert rig.phase is Phase.DONE
    assert rig.last_words == LINES.say("step_up_taken", exercise="first movement")
    (step,) = rig.facts(LevelSet)
    assert (step.exercise, step.level, step.reason) == (MOVE, 2, LevelReason.EARNED)
    rig.start()
    rig.play_through()
    assert rig.holds[-1].planned_s == 10.0


def test_declined_step_changes_nothing_and_is_asked_again_when_it_is_earned_again():
    rig = played(practised(2, until_utc_s=NOON))
    rig.hear(Intent.NO)
    assert rig.phase is Phase.DONE
    assert rig.last_words == LINES.texts["step_left"]
    assert len(rig.facts(StepDeclined)) == 1
    assert plan_of(LEVELLED, LEVELLED.routines["test"], known(rig)).steps[0].level == 1
    for later in (1, 2):
        assert not session_of(known(rig), NOON + later * DAY).progress.has_earned(MOVE)
    profile = known(rig)
    for later in (1, 2, 3):
        profile = session_of(profile, NOON + later * DAY)
    assert profile.progress.has_earned(MOVE)


def test_unanswered_offer_lapses_into_done_and_is_not_repeated_at_once():
    rig = played(practised(2, until_utc_s=NOON))
    rig.run(60)
    assert rig.phase is Phase.DONE
    assert [s.text for s in rig.speech()].count(QUESTION) == 1
    assert known(rig).progress.has_earned(MOVE)


@pytest.mark.parametrize("intent", [Intent.CANCEL, Intent.FINISH, Intent.PAUSE, Intent.STOP])
def test_offer_can_be_waved_away(intent: Intent):
    rig = played(practised(2, until_utc_s=NOON))
    rig.hear(intent)
    assert rig.phase is Phase.DONE
    assert rig.facts(LevelSet) == []


def test_nothing_is_offered_before_it_is_earned_or_at_the_highest_level():
    assert played(practised(1, until_utc_s=NOON)).phase is Phase.DONE
    highest = practised(2, until_utc_s=NOON, level=3)
    assert highest.progress.of(MOVE).level == 3
    assert played(highest).phase is Phase.DONE


def test_only_one_step_is_offered_after_a_session():
    library = levelled(Dose(hold_s=8), Dose(hold_s=10))
    (one,) = library.exercises.values()
    other = one.model_copy(update={"id": "second_movement", "name": "second movement"})
    both = Routine(
        id="test",
        name="test routine",
        summary="Two.",
        steps=(Step(exercise=one.id), Step(exercise=other.id)),
    )
    library.exercises[other.id] = other
    library.routines["test"] = both
    profile = NOBODY
    for ago in (2, 1):
        planned = tuple(PlannedMovement(e.id, 1, 1, 8.0) for e in (one, other))
        facts = [
            SessionBegan(0.0, "test", planned),
            *(HoldEnded(0.0, e.id, None, 8.0, 8.0, completed=True) for e in (one, other)),
            SessionEnded(0.0, "test", completed=True),
        ]
        for fact in facts:
            profile = profile.after(fact, NOON - ago * DAY)
    rig = played(profile, library)
    rig.hear(Intent.YES)
    rig.run(30)
    assert rig.phase is Phase.DONE
    assert [fact.exercise for fact in rig.facts(LevelSet)] == ["first_movement"]


def test_offer_is_dropped_where_a_new_session_begins_first():
    rig = at_noon(practised(2, until_utc_s=NOON))
    rig.start()
    rig.play_through()
    rig.start()
    rig.run(8)
    assert rig.phase is not Phase.ASKING


def test_after_pain_the_easier_form_is_offered():
    rig = at_noon(practised(1, until_utc_s=NOON, level=2))
    rig.hold()
    rig.run(3)
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER, count=5)
    rig.play_through()
    rig.run(8)
    assert rig.last_words == LINES.say("step_down_question", exercise="first movement")
    rig.hear(Intent.YES)
    (step,) = rig.facts(LevelSet)
    assert (step.level, step.reason) == (1, LevelReason.PAIN)


def test_pain_at_the_lowest_level_offers_nothing():
    rig = at_noon(NOBODY)
    rig.hold()
    rig.run(3)
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER, count=5)
    rig.play_through()
    rig.run(8)
    assert rig.phase is Phase.DONE


# Breaks and levels -----------------------------------------------------------------------------


def test_long_break_takes_a_level_back_and_says_so_once():
    rig = at_noon(practised(1, until_utc_s=NOON, every_s=BREAK_S, level=3))
    rig.start()
    rig.run(10)
    assert LINES.texts["level_break"] in rig.speech()[0].text
    (step,) = rig.facts(LevelSet)
    assert (step.level, step.reason) == (2, LevelReason.BREAK)
    rig.play_through()
    assert rig.holds[-1].planned_s == 10.0
    rig.start()
    assert len(rig.facts(LevelSet)) == 1


@pytest.mark.parametrize(("every_s", "level"), [(BREAK_S - 60, 3), (BREAK_S, 1)])
def test_short_break_or_lowest_level_stays(every_s: float, level: int):
    rig = at_noon(practised(1, until_utc_s=NOON, every_s=every_s, level=level))
    rig.start()
    assert rig.facts(LevelSet) == []


def test_without_the_time_of_day_nothing_is_taken_back():
    rig = Rig(LEVELLED, profile=practised(1, until_utc_s=NOON, every_s=BREAK_S, level=3))
    rig.start()
    assert rig.facts(LevelSet) == []


def test_level_or_dose_that_a_routine_names_goes_before_the_persons():
    profile = practised(1, until_utc_s=NOON, level=3)
    steps = (
        Step(exercise=MOVE),
        Step(exercise=MOVE, level=2),
        Step(exercise=MOVE, dose=Dose(hold_s=20)),
    )
    routine = Routine(id="mine", name="mine", summary="Mine.", steps=steps)
    plan = plan_of(LEVELLED, routine, profile)
    assert [(s.level, s.dose.hold_s) for s in plan.steps] == [(3, 12.0), (2, 10.0), (None, 20.0)]


def test_level_beyond_what_the_library_has_is_its_highest():
    profile = NOBODY.after(LevelSet(0.0, MOVE, 9, LevelReason.EARNED), NOON)
    assert plan_of(LEVELLED, LEVELLED.routines["test"], profile).steps[0].level == 3
