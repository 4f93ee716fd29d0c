"""How a person gets on: weeks, pain, and the longest holds, from the sessions and the facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from assistant.coach.actions import HoldEnded, LevelSet
from assistant.history.records import Remembered
from assistant.history.report import SessionReport, counted, sessions_of

WEEKS = 12
"""How many weeks are looked at, the one that runs among them."""


@dataclass(frozen=True, slots=True)
class Week:
    """A week from Monday on."""

    begins: date
    sessions: int
    days: int
    """On which there was a session."""
    held_min: float
    """Held in all, minutes."""
    pain: float | None
    """The average of each session's worst pain, 0 where none was told; None without a session."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What was reached in a movement."""

    exercise: str
    first_s: float
    """The longest hold of the first day on which it was held, seconds."""
    longest_s: float
    level: int | None
    """The level it is done at; None where none was ever set."""


@dataclass(frozen=True, slots=True)
class Growth:
    """All of it."""

    weeks: tuple[Week, ...]
    """Oldest first, those without a session too."""
    movements: tuple[Movement, ...]
    """In the order in which they were first held."""
    streak_days: int
    """Days in a row with a session, up to today or yesterday."""

    @property
    def summary(self) -> str:
        """All of it in one line."""
        sessions = counted(sum(week.sessions for week in self.weeks), "session")
        weeks, days = counted(len(self.weeks), "week"), counted(self.streak_days, "day")
        return f"{sessions} in {weeks}, {days} in a row"


def growth_of(
    remembered: Sequence[Remembered], now_utc_s: float, zone: tzinfo | None, weeks: int = WEEKS
) -> Growth:
    """How a person got on up to a time (seconds since 1970, UTC), by the days of a time zone."""
    sessions = sessions_of(remembered)
    return Growth(
        tuple(_weeks(sessions, datetime.fromtimestamp(now_utc_s, zone).date(), zone, weeks)),
        tuple(_movements(remembered)),
        _streak(sessions, datetime.fromtimestamp(now_utc_s, zone).date(), zone),
    )


def _day(session: SessionReport, zone: tzinfo | None) -> date:
    return datetime.fromtimestamp(session.ended_utc_s, zone).date()


def _weeks(
    sessions: Iterable[SessionReport], today: date, zone: tzinfo | None, count: int
) -> Iterable[Week]:
    monday = today - timedelta(days=today.weekday())
    dated = [(_day(session, zone), session) for session in sessions]
    for ago in range(count - 1, -1, -1):
        begins = monday - timedelta(weeks=ago)
        ends = begins + timedelta(weeks=1)
        done = [(day, session) for day, session in dated if begins <= day < ends]
        pains = [session.worst_pain or 0 for _, session in done]
        yield Week(
            begins,
            sessions=len(done),
            days=len({day for day, _ in done}),
            held_min=sum(session.held_s for _, session in done) / 60,
            pain=sum(pains) / len(pains) if pains else None,
        )


def _streak(sessions: Iterable[SessionReport], today: date, zone: tzinfo | None) -> int:
    days = {_day(session, zone) for session in sessions}
    last = today if today in days else today - timedelta(days=1)
    length = 0
    while last - timedelta(days=length) in days:
        length += 1
    return length


def _movements(remembered: Iterable[Remembered]) -> Iterable[Movement]:
    first: dict[str, tuple[float, float]] = {}
    longest: dict[str, float] = {}
    levels: dict[str, int] = {}
    for entry in remembered:
        match entry.fact:
            case HoldEnded(exercise=name, held_s=held_s):
                day, before_s = first.setdefault(name, (entry.at_utc_s // 86_400, held_s))
                if entry.at_utc_s // 86_400 == day:
                    first[name] = (day, max(before_s, held_s))
                longest[name] = max(longest.get(name, 0.0), held_s)
            case LevelSet(exercise=name, level=level):
                levels[name] = level
            case _:
                pass
    for name, (_, first_s) in first.items():
        yield Movement(name, first_s, longest[name], levels.get(name))
