"""The wall clock beside the monotonic one: read at the start, and where it was set anew.

A machine without a clock battery starts in the past until the network tells it the time, and a
machine that slept wakes with a wall clock that went on and a monotonic one that did not.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from assistant.coach.events import ClockSet
from assistant.coach.profile import WallClock

JUMP_S = 2.0
"""From here on a difference is a jump; below it is the drift that time servers mend little by
little, and the coarseness of two clocks read one after the other."""


@dataclass(frozen=True, slots=True)
class WallTime:
    """What the wall clock says."""

    utc_s: float
    """Seconds since 1970, UTC."""
    utc_offset_s: float
    """Local time less UTC, seconds."""


def read_wall() -> WallTime:
    """This machine's wall clock, now."""
    now = time.time()
    return WallTime(now, float(time.localtime(now).tm_gmtoff))


class WallWatch:
    """Tells when the wall clock has to be told anew."""

    def __init__(self, read: Callable[[], WallTime] = read_wall) -> None:
        self._read = read
        self._known: WallClock | None = None

    def check(self, monotonic_s: float) -> ClockSet | None:
        """What is to be told at this moment: the first time of all, and after a jump."""
        wall, known = self._read(), self._known
        if known is not None:
            jump_s = abs(wall.utc_s - known.utc_s(monotonic_s))
            if jump_s <= JUMP_S and wall.utc_offset_s == known.utc_offset_s:
                return None
        self._known = WallClock(monotonic_s, wall.utc_s, wall.utc_offset_s)
        return ClockSet(at=monotonic_s, utc_s=wall.utc_s, utc_offset_s=wall.utc_offset_s)

    def utc_s(self, monotonic_s: float) -> float:
        """The wall clock's time at a monotonic time, seconds since 1970, UTC. The same as the
        coach's, who was told the same. Before it was ever read: the monotonic time itself."""
        return monotonic_s if self._known is None else self._known.utc_s(monotonic_s)
