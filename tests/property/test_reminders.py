"""What holds for reminders whatever is asked for, said and done, over days."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from coach_rig import LINES, Rig, library_of
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.almanac import LocalAlmanac, quiet_hours
from assistant.coach import Coach
from assistant.coach.actions import PhaseEntered, Record, Say
from assistant.coach.events import ClockSet
from assistant.coach.habits import CHIME_S
from assistant.coach.intents import Habit, Half, Intent, Slots
from assistant.coach.phases import INACTIVE, Phase
from assistant.coach.profile import NOBODY
from assistant.coach.reminders import QuietSet, RemindersSpoken
from assistant.library import Dose

BERLIN = ZoneInfo("Europe/Berlin")
QUIET = quiet_hours("23:00-07:00")
ALMANAC = LocalAlmanac(BERLIN, QUIET)
DAYLIGHT_SAVING_UTC_S = datetime(2026, 3, 28, 12, tzinfo=BERLIN).timestamp()

asked = st.one_of(
    st.tuples(
        st.sampled_from([Intent.REMIND_EVERY, Intent.REMIND_IN]),
        st.builds(Slots, minutes=st.integers(5, 240), habit=st.none() | st.sampled_from(Habit)),
    ),
    st.tuples(
        st.sampled_from([Intent.REMIND_AT, Intent.REMIND_DAILY]),
        st.builds(
            Slots,
            clock=st.integers(0, 47).map(lambda n: n * 15),
            half=st.none() | st.sampled_from(Half),
            habit=st.sampled_from(Habit),
        ),
    ),
)
said = st.tuples(
    st.sampled_from(
        [
            *(Intent.SNOOZE, Intent.LIST_REMINDERS, Intent.CANCEL_REMINDERS, Intent.CANCEL),
            *(Intent.NO_REMINDERS, Intent.REMIND_AGAIN, Intent.UNMUTE, Intent.YES, Intent.HELP),
            *(Intent.START_ROUTINE, Intent.STOP, Intent.RESUME, Intent.READY, Intent.FINISH),
        ]
    ),
    st.just(Slots(routine="test")),
)
START_S = 100.0
"""The rig's monotonic time when the wall clock is told."""


def utc_s(monotonic_s: float) -> float:
    return DAYLIGHT_SAVING_UTC_S + monotonic_s - START_S


waits_s = st.sampled_from([1.0, 20.0, 600.0, 3600.0, 9000.0, 40_000.0])


@settings(max_examples=120, deadline=None, derandomize=True)
@given(steps=st.lists(st.tuples(st.one_of(asked, said), waits_s), min_size=1, max_size=12))
def test_reminders_are_spoken_where_they_may_be_and_nowhere_else(
    steps: list[tuple[tuple[Intent, Slots], float]],
) -> None:
    rig = Rig(library_of(Dose(hold_s=10)), now=START_S)
    rig.coach = Coach(rig.library, LINES, almanac=ALMANAC)
    rig.send(ClockSet(at=rig.now, utc_s=DAYLIGHT_SAVING_UTC_S))
    for (intent, slots), wait_s in steps:
        rig.hear(intent, slots)
        rig.run(wait_s)
    phase, is_unwanted, spoken_s, profile = Phase.IDLE, False, [], NOBODY
    for at_s, action in rig.orders:
        if not isinstance(action, Record):
            continue
        profile = profile.after(action.fact, utc_s(action.fact.at_s))
        match action.fact:
            case PhaseEntered(phase=entered):
                phase = entered
            case QuietSet(is_quiet=is_quiet):
                is_unwanted = is_quiet
            case RemindersSpoken():
                assert phase in INACTIVE
                assert not is_unwanted
                assert ALMANAC.quiet_until(utc_s(at_s)) is None
                spoken_s.append(at_s)
            case _:
                pass
    # Never a burst: what is due within a minute is one line. One asked for since may follow.
    assert all(later - earlier > 10.0 for earlier, later in pairwise(spoken_s))
    words_s = [a.at_s for _, a in rig.orders if isinstance(a, Say) and a.at_s is not None]
    assert all(at_s + CHIME_S in words_s for at_s in spoken_s)
    # Nothing that may be said stays behind.
    may_speak = not is_unwanted and ALMANAC.quiet_until(utc_s(rig.now)) is None
    if phase in INACTIVE and may_speak and not rig.sounding(rig.now):
        assert all(x.due_utc_s > utc_s(rig.now) for x in profile.reminders.standing)
