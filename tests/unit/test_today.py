"""Sessions adapted to the day, and spoken answers from the history."""

from dataclasses import replace

import pytest
from coach_rig import LINES, Rig, library_of, practised
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.coach.actions import HoldEnded, PainReported, SessionBegan, SessionEnded
from assistant.coach.commands import plan_of
from assistant.coach.composing import compose
from assistant.coach.events import ClockSet
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase
from assistant.coach.plan import remaining_s
from assistant.coach.profile import NOBODY, Profile
from assistant.library import Dose, Group, load_library

NOON = 1_768_219_200.0  # 12 January 2026
DAY = 86_400.0
LIBRARY = load_library("en", None)
LONGEST_S = 110.0
"""A single movement of the library with its talk takes no longer at its first level."""


def at_noon(profile: Profile = NOBODY, library=LIBRARY, *, offset_s: float = 0.0) -> Rig:
    rig = Rig(library, profile=profile)
    rig.send(ClockSet(at=rig.now, utc_s=NOON, utc_offset_s=offset_s))
    return rig


def ended(profile: Profile, at_utc_s: float, routine: str = "short", pain: int | None = None):
    if pain is not None:
        profile = profile.after(PainReported(0.0, "plank", pain), at_utc_s - 60)
    return profile.after(SessionEnded(0.0, routine, completed=True), at_utc_s)


def sessions(*days_ago: float, pain: int | None = None) -> Profile:
    profile = NOBODY
    for ago in days_ago:
        profile = ended(profile, NOON - ago * DAY, pain=pain)
    return profile


def asked(intent: Intent, profile: Profile, offset_s: float = 0.0, **slots) -> str:
    rig = at_noon(profile, offset_s=offset_s)
    rig.hear(intent, **slots)
    assert rig.phase is Phase.IDLE
    return rig.last_words


# A session of a length -------------------------------------------------------------------------


def composed(minutes: float, profile: Profile = NOBODY, avoid=frozenset()):
    routine = compose(
        LIBRARY, profile, minutes * 60, id_="minutes_1", name="for today", avoid=avoid
    )
    return [] if routine is None else [LIBRARY.exercises[s.exercise] for s in routine.steps]


@pytest.mark.parametrize("minutes", [5, 10, 15, 20, 30])
def test_session_takes_the_time_that_was_asked_for_and_hardly_more(minutes: int):
    rig = at_noon()
    rig.hear(Intent.START_LENGTH, seconds=minutes * 60)
    began = rig.now
    steps = len(rig.coach._coaching.session.running.steps)
    rig.play_through()
    took_s = rig.now - began + 2 * steps  # the rig says "ready" at once
    assert minutes * 60 - LONGEST_S - 30 <= took_s <= minutes * 60 + 30


def test_composing_is_deterministic_and_strength_comes_before_stretches():
    assert composed(10) == composed(10)
    groups = [e.group for e in composed(20)]
    assert groups == sorted(groups, key=lambda g: g is Group.STRETCH)


def test_what_waited_longest_comes_first():
    recent = practised(1, until_utc_s=NOON, exercise="bird_dog")
    fresh = [e.id for e in composed(5)]
    assert "bird_dog" in fresh
    assert "bird_dog" not in [e.id for e in composed(5, recent)]


def test_nothing_fits_into_no_time():
    assert composed(0.5) == []
    rig = at_noon()
    rig.hear(Intent.START_LENGTH, seconds=30)
    assert rig.phase is Phase.IDLE
    assert rig.last_words.startswith("No session is that short.")


@settings(max_examples=60, deadline=None)
@given(
    minutes=st.integers(2, 45),
    avoid=st.sets(st.sampled_from(sorted(LIBRARY.exercises)), max_size=7),
    levels=st.dictionaries(st.sampled_from(sorted(LIBRARY.exercises)), st.integers(1, 3)),
)
def test_composed_sessions_keep_the_length_balance_the_groups_and_leave_out_what_is_to_be(
    minutes: int, avoid: set[str], levels: dict[str, int]
):
    profile = NOBODY
    for exercise, level in levels.items():
        done = practised(1, until_utc_s=NOON, exercise=exercise, level=level)
        standings = {**profile.progress.standings, **done.progress.standings}
        profile = replace(profile, progress=replace(profile.progress, standings=standings))
    routine = compose(LIBRARY, profile, minutes * 60, id_="x", name="for today", avoid=avoid)
    if routine is None:
        return
    assert avoid.isdisjoint(step.exercise for step in routine.steps)
    plan = plan_of(LIBRARY, routine, profile)
    assert remaining_s(plan, 0, {}) <= minutes * 60
    spent = dict.fromkeys(Group, 0.0)
    longest_s = 0.0
    for step in routine.steps:
        alone = routine.model_copy(update={"steps": (step,)})
        length_s = remaining_s(plan_of(LIBRARY, alone, profile), 0, {}) + 4
        spent[LIBRARY.exercises[step.exercise].group] += length_s
        longest_s = max(longest_s, length_s)
    groups = {e.group for e in LIBRARY.exercises.values() if e.id not in avoid} - {Group.BREATH}
    if len(groups) == 2:
        assert abs(spent[Group.STRENGTH] - spent[Group.STRETCH]) <= longest_s


def test_what_hurt_much_is_left_out_for_two_weeks():
    facts = (
        SessionBegan(0.0, "short", at_noon_plan()),
        PainReported(0.0, "bird_dog", 7),
        SessionEnded(0.0, "short", completed=True),
    )
    profile = NOBODY
    for fact in facts:
        profile = profile.after(fact, NOON - DAY)
    rig = at_noon(profile)
    rig.hear(Intent.START_LENGTH, seconds=1800)
    steps = [s.exercise.id for s in rig.coach._coaching.session.running.steps]
    assert "bird_dog" not in steps
    assert "plank" in steps
    assert profile.progress.blocked(NOON + 14 * DAY) == frozenset()


def at_noon_plan():
    rig = at_noon()
    rig.hear(Intent.START_ROUTINE, routine="short")
    return rig.facts(SessionBegan)[0].movements


# The same as last time -------------------------------------------------------------------------


@pytest.mark.parametrize("routine", ["stretches", "plank", "minutes_10"])
def test_same_as_last_time_starts_what_was_done_last(routine: str):
    rig = at_noon(ended(sessions(3), NOON - DAY, routine))
    rig.hear(Intent.START_LIKE_LAST)
    assert rig.facts(SessionBegan)[0].routine == routine


def test_last_time_passes_over_what_is_not_there_any_more():
    rig = at_noon(ended(ended(NOBODY, NOON - 2 * DAY, "full"), NOON - DAY, "deleted_since"))
    rig.hear(Intent.START_LIKE_LAST)
    assert rig.facts(SessionBegan)[0].routine == "full"


def test_without_a_session_before_it_asks_which():
    assert asked(Intent.START_LIKE_LAST, NOBODY).startswith("I know of no session before.")


# Answers ---------------------------------------------------------------------------------------


def test_week_tells_sessions_and_days():
    profile = sessions(8, 3, 3.01, 1)
    assert asked(Intent.HOW_WAS_WEEK, profile) == "3 sessions in the last seven days, on 2 days."
    assert asked(Intent.HOW_WAS_WEEK, sessions(9)) == LINES.texts["week_none"]


@pytest.mark.parametrize(
    ("days_ago", "said"),
    [
        ((2, 1, 0), "3 days in a row."),
        ((3, 2, 1), "3 days in a row."),  # today is not over yet
        ((4, 1), "1 day in a row."),
        ((3, 2), LINES.texts["streak_none"]),
        ((), LINES.texts["streak_none"]),
    ],
)
def test_streak_counts_days_up_to_today_or_yesterday(days_ago: tuple[float, ...], said: str):
    assert asked(Intent.STREAK, sessions(*days_ago)) == said


def test_days_begin_at_local_midnight():
    profile = sessions(0.54, 0.46)  # 23:02 of the day before and 0:58, UTC
    assert asked(Intent.STREAK, profile) == "2 days in a row."
    assert asked(Intent.STREAK, profile, offset_s=3600.0) == "1 day in a row."


def test_pain_is_compared_with_the_two_weeks_before():
    def profile(before: int | None, now: int | None) -> Profile:
        known = NOBODY
        for ago in (20, 18):
            known = ended(known, NOON - ago * DAY, pain=before)
        for ago in (6, 4):
            known = ended(known, NOON - ago * DAY, pain=now)
        return known

    assert asked(Intent.PAIN_TREND, profile(5, 2)).startswith("Less than before. Now 2 of ten")
    assert asked(Intent.PAIN_TREND, profile(2, 5)).startswith("More than before. Now 5 of ten")
    assert asked(Intent.PAIN_TREND, profile(3, 3)).startswith("About the same")
    assert asked(Intent.PAIN_TREND, profile(3, None)) == LINES.texts["pain_none"]
    assert asked(Intent.PAIN_TREND, sessions(4, pain=3)) == LINES.texts["pain_unknown"]


def test_longest_hold_is_told_of_a_movement_and_of_all():
    profile = NOBODY
    for exercise, held_s in (("plank", 12.0), ("plank", 9.0), ("side_plank", 20.0)):
        fact = HoldEnded(0.0, exercise, None, held_s, held_s, completed=True)
        profile = profile.after(fact, NOON)
    said = asked(Intent.LONGEST_HOLD, profile, exercise="plank")
    assert said == "Your longest plank is 12 seconds."
    said = asked(Intent.LONGEST_HOLD, profile)
    assert said == "Your longest hold: 20 seconds, in the side plank."
    assert asked(Intent.LONGEST_HOLD, NOBODY) == LINES.texts["longest_none"]


def test_answer_in_a_hold_leaves_its_clock_alone():
    rig = at_noon(sessions(1), library_of(Dose(hold_s=20)))
    rig.hold()
    rig.run(2)
    before = rig.coach.next_deadline
    rig.hear(Intent.STREAK)
    assert rig.coach.next_deadline == before
    rig.run_until(Phase.DONE)
    assert rig.holds[0].held_s == 20.0
