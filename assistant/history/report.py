"""The history as a list of sessions: for people, as JSON, and as a table for a spreadsheet."""

import csv
import io
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from assistant.coach.actions import (
    HoldEnded,
    MovementDone,
    PainReported,
    RedFlagAnswered,
    SessionBegan,
    SessionEnded,
)
from assistant.history.records import Remembered

WEEK_S = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class SessionReport:
    """A session that is over."""

    ended_utc_s: float
    """Seconds since 1970, UTC."""
    routine: str
    is_completed: bool
    movements: int = 0
    """Movements that were done, in part at least."""
    holds: int = 0
    """Holds that were kept to their end."""
    held_s: float = 0.0
    """Held in all, seconds, also in holds that ended early."""
    worst_pain: int | None = None
    """0 to 10; None where none was told, or without a number."""
    warning_signs: tuple[str, ...] = ()
    """Those that were answered with yes."""
    exercises: tuple[str, ...] = field(default=())
    """Movements of which something was held, in order."""


@dataclass(slots=True)
class _Gathered:
    """What has come since a session began, or since the one before ended."""

    routine: str | None = None
    last_utc_s: float = 0.0
    done: set[str] = field(default_factory=set)
    held: list[HoldEnded] = field(default_factory=list)
    scores: list[int] = field(default_factory=list)
    signs: list[str] = field(default_factory=list)

    def over(self, at_utc_s: float, routine: str, *, is_completed: bool) -> SessionReport:
        return SessionReport(
            at_utc_s,
            routine,
            is_completed,
            movements=len(self.done | {hold.exercise for hold in self.held}),
            holds=sum(hold.completed for hold in self.held),
            held_s=round(sum(hold.held_s for hold in self.held), 1),
            worst_pain=max(self.scores, default=None),
            warning_signs=tuple(dict.fromkeys(self.signs)),
            exercises=tuple(dict.fromkeys(hold.exercise for hold in self.held)),
        )


def sessions_of(remembered: Iterable[Remembered]) -> list[SessionReport]:
    """The sessions that are over, oldest first. One that another followed without its end ended
    early, with what was done last in it; pain outside a session goes into the next."""
    sessions: list[SessionReport] = []
    now = _Gathered()
    for entry in remembered:
        match entry.fact:
            case SessionBegan(routine=routine):
                if now.routine is not None:
                    sessions.append(now.over(now.last_utc_s, now.routine, is_completed=False))
                    now = _Gathered()
                now.routine = routine
            case MovementDone(exercise=exercise):
                now.done.add(exercise)
            case HoldEnded() as hold:
                now.held.append(hold)
            case PainReported(score=int(score)):
                now.scores.append(score)
            case RedFlagAnswered(flag=flag, is_so=True):
                now.signs.append(flag)
            case SessionEnded(routine=routine, completed=completed):
                sessions.append(now.over(entry.at_utc_s, routine, is_completed=completed))
                now = _Gathered()
            case _:
                continue
        now.last_utc_s = entry.at_utc_s
    return sessions


def in_last_week(sessions: Iterable[SessionReport], now_utc_s: float) -> list[SessionReport]:
    """Those of the last seven days: what "how did I do this week" counts."""
    return [s for s in sessions if now_utc_s - WEEK_S < s.ended_utc_s <= now_utc_s]


def as_dict(session: SessionReport) -> dict[str, Any]:
    """For JSON; times as in RFC 3339, UTC."""
    ended = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(session.ended_utc_s))
    fields = asdict(session)
    del fields["ended_utc_s"]
    return {"ended": ended, **fields}


def as_csv(sessions: Iterable[SessionReport]) -> str:
    """A table with a line of names first (RFC 4180); several values of a cell by spaces."""
    names = list(as_dict(SessionReport(0.0, "", is_completed=False)))
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(names)
    for session in sessions:
        values = as_dict(session).values()
        table.writerow([" ".join(x) if isinstance(x, tuple) else x for x in values])
    return text.getvalue()


def as_text(session: SessionReport) -> str:
    """One line; local time."""
    ended = time.strftime("%Y-%m-%d %H:%M", time.localtime(session.ended_utc_s))
    fate = "" if session.is_completed else ", ended early"
    pain = "" if session.worst_pain is None else f", pain {session.worst_pain} of 10"
    signs = f", warning signs: {' '.join(session.warning_signs)}" if session.warning_signs else ""
    held = f"{session.holds} holds, {session.held_s:.0f} s held"
    return f"{ended}  {session.routine:16} {held}{pain}{signs}{fate}"


def total_as_text(sessions: Sequence[SessionReport]) -> str:
    """One line of them all; days are local ones."""
    days = {time.localtime(s.ended_utc_s)[:3] for s in sessions}
    held_s = sum(s.held_s for s in sessions)
    told = f"{counted(len(sessions), 'session')} on {counted(len(days), 'day')}"
    return f"{told}, {held_s / 60:.0f} min held"


def counted(number: int, what: str) -> str:
    """So many of something: "1 day", "2 days"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
