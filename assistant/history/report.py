"""The history as a list of sessions: for people, and as JSON."""

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from assistant.coach.actions import HoldEnded, PainReported, SessionEnded
from assistant.history.records import Remembered


@dataclass(frozen=True, slots=True)
class SessionReport:
    """A session that is over."""

    ended_utc_s: float
    """Seconds since 1970, UTC."""
    routine: str
    is_completed: bool
    holds: int = 0
    """Holds that were kept to their end."""
    held_s: float = 0.0
    """Held in all, seconds, also in holds that ended early."""
    worst_pain: int | None = None
    """0 to 10; None where none was told, or without a number."""
    exercises: tuple[str, ...] = field(default=())
    """Movements of which something was held, in order."""


def sessions_of(remembered: Iterable[Remembered]) -> list[SessionReport]:
    """The sessions, oldest first; one that never ended (the plug was pulled) goes into the next."""
    sessions: list[SessionReport] = []
    held: list[HoldEnded] = []
    scores: list[int] = []
    for entry in remembered:
        match entry.fact:
            case HoldEnded() as hold:
                held.append(hold)
            case PainReported(score=int(score)):
                scores.append(score)
            case SessionEnded() as ended:
                sessions.append(_report(entry.at_utc_s, ended, held, scores))
                held, scores = [], []
            case _:
                pass
    return sessions


def _report(
    at_utc_s: float, ended: SessionEnded, held: list[HoldEnded], scores: list[int]
) -> SessionReport:
    return SessionReport(
        at_utc_s,
        ended.routine,
        ended.completed,
        holds=sum(hold.completed for hold in held),
        held_s=round(sum(hold.held_s for hold in held), 1),
        worst_pain=max(scores, default=None),
        exercises=tuple(dict.fromkeys(hold.exercise for hold in held)),
    )


def as_dict(session: SessionReport) -> dict[str, Any]:
    """For JSON; times as in RFC 3339, UTC."""
    ended = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(session.ended_utc_s))
    fields = asdict(session)
    del fields["ended_utc_s"]
    return {"ended": ended, **fields}


def as_text(session: SessionReport) -> str:
    """One line; local time."""
    ended = time.strftime("%Y-%m-%d %H:%M", time.localtime(session.ended_utc_s))
    fate = "" if session.is_completed else ", ended early"
    pain = "" if session.worst_pain is None else f", pain {session.worst_pain} of 10"
    held = f"{session.holds} holds, {session.held_s:.0f} s held"
    return f"{ended}  {session.routine:16} {held}{pain}{fate}"
