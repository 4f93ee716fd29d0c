"""The calendar of the place where the person lives: days with daylight saving, and quiet hours.

The standard library does the arithmetic. python-dateutil, which did before, takes a tenth of a
second of each start on a slow machine to do the same; APScheduler brings threads and a clock of its
own, croniter counts in crontab lines. Nothing here reads a clock: every time is an argument, so
the coach, which is handed an almanac, stays as pure as without one.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

HOUR_MINUTES = 60
_QUIET = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) ?- ?([01]?\d|2[0-3]):([0-5]\d)")

SEARCHED_DAYS = 3
"""So many days from today on surely hold the next of a time: today's may be over, and tomorrow's
fall together with it where a zone left out a day (Samoa, 2011)."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of each day in which no reminder is spoken; minutes of the local day, 0 to 1439."""

    from_minute: int
    to_minute: int
    """May be the smaller one: then they go over midnight."""

    def __contains__(self, minute: int) -> bool:
        if self.from_minute < self.to_minute:
            return self.from_minute <= minute < self.to_minute
        return minute >= self.from_minute or minute < self.to_minute


def quiet_hours(text: str) -> QuietHours | None:
    """Quiet hours such as "23:00-07:00"; "" is none. Raises ValueError."""
    if not text.strip():
        return None
    found = _QUIET.fullmatch(text.strip())
    if found is None:
        raise ValueError("write quiet hours as '23:00-07:00', or '' for none")
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    quiet = QuietHours(from_hour * HOUR_MINUTES + from_minute, to_hour * HOUR_MINUTES + to_minute)
    if quiet.from_minute == quiet.to_minute:
        raise ValueError("quiet hours that end when they begin are none: write ''")
    return quiet


def zone_of(name: str | None) -> tzinfo | None:
    """The zone of a name such as "Europe/London"; None is this machine's, as it is for `datetime`.

    The machine's own is asked of the C library, which knows it with no zone files of Python's; a
    named one comes from the tzdata package where the machine has none. Raises ValueError.
    """
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"no time zone {name!r}; there is 'Europe/London', say") from error


class LocalAlmanac:
    """Days in one time zone, see `zone_of`. An `Almanac` as the coach wants it."""

    def __init__(self, zone: tzinfo | None, quiet: QuietHours | None = None) -> None:
        self._zone = zone
        self._quiet = quiet

    def next_at(self, minute: int, after_utc_s: float) -> float:
        """When a minute of the local day, 0 to 1439, comes next after a time: seconds since 1970,
        UTC. One that daylight saving leaves out comes as much later as the clock was put on; of
        one that comes twice the first counts."""
        today = datetime.fromtimestamp(after_utc_s, self._zone).date()
        on_the_wall = time(*divmod(minute, HOUR_MINUTES))
        days = (today + timedelta(days=count) for count in range(SEARCHED_DAYS))
        # `combine` says nothing of "fold": of two alike the first is meant, and one that is left
        # out is reckoned from the time before it (PEP 495).
        times = (datetime.combine(day, on_the_wall, self._zone).timestamp() for day in days)
        return next(at for at in times if at > after_utc_s)

    def quiet_until(self, utc_s: float) -> float | None:
        """When the quiet hours are over that hold at a time; None where none hold."""
        local = datetime.fromtimestamp(utc_s, self._zone)
        quiet = self._quiet
        if quiet is None or local.hour * HOUR_MINUTES + local.minute not in quiet:
            return None
        return self.next_at(quiet.to_minute, utc_s)
