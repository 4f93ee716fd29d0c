"""What is known of the person: everything that was recorded, folded into what the coach asks of it.

The profile is a fold over facts: `profile.after(fact, utc_s)`. A store outside the core keeps the
facts with the wall clock's time and folds them again at the next start, so that the coach itself
knows no file and no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assistant.coach.actions import DetailWanted, Fact, MovementDone, PainReported, SessionEnded
from assistant.coach.progress import Progress
from assistant.coach.reminders import (
    NO_REMINDERS,
    QuietSet,
    ReminderEnded,
    Reminders,
    ReminderSet,
    RemindersSpoken,
)


@dataclass(frozen=True, slots=True)
class WallClock:
    """What the wall clock said at a monotonic time."""

    at_s: float
    """Monotonic, seconds."""
    at_utc_s: float
    """Seconds since 1970, UTC."""
    utc_offset_s: float = 0.0
    """Local time less UTC, seconds."""

    def utc_s(self, monotonic_s: float) -> float:
        """The wall clock's time at a monotonic time, seconds since 1970, UTC."""
        return self.at_utc_s + monotonic_s - self.at_s


@dataclass(frozen=True, slots=True)
class PastSession:
    """A session that is over."""

    ended_utc_s: float
    routine: str
    is_completed: bool


@dataclass(frozen=True, slots=True)
class PastPain:
    """Pain that was told."""

    at_utc_s: float
    exercise: str | None
    score: int | None
    """0 to 10; None where no number was given."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of the person. Oldest first."""

    sessions: tuple[PastSession, ...] = field(default=())
    pains: tuple[PastPain, ...] = field(default=())
    reminders: Reminders = NO_REMINDERS
    progress: Progress = field(default_factory=Progress)
    """Where they are in each movement."""
    times_done: Mapping[str, int] = field(default_factory=dict)
    """Id of a movement to the sessions in which it was done, counted from the last time at which
    more detail of it was wanted."""

    def after(self, fact: Fact, utc_s: float) -> "Profile":
        """The profile with one more fact, which happened at `utc_s` (seconds since 1970, UTC)."""
        progress = self.progress.after(fact, utc_s)
        known = self if progress is self.progress else replace(self, progress=progress)
        return known._after(fact, utc_s)

    def _after(self, fact: Fact, utc_s: float) -> "Profile":
        match fact:
            case SessionEnded():
                past = PastSession(utc_s, fact.routine, fact.completed)
                return replace(self, sessions=(*self.sessions, past))
            case PainReported():
                return self._with_pain(PastPain(utc_s, fact.exercise, fact.score))
            case MovementDone(exercise=exercise):
                return self._with_times(exercise, self.times_done.get(exercise, 0) + 1)
            case DetailWanted(exercise=exercise):
                return self._with_times(exercise, 0)
            case ReminderSet() | RemindersSpoken() | ReminderEnded() | QuietSet():
                return replace(self, reminders=self.reminders.after(fact, utc_s))
            case _:
                return self

    def _with_times(self, exercise: str, times: int) -> "Profile":
        return replace(self, times_done={**self.times_done, exercise: times})

    def _with_pain(self, pain: PastPain) -> "Profile":
        """The number, which is asked after pain was told, replaces the entry without one."""
        kept = self.pains
        if pain.score is not None and kept and kept[-1].score is None:
            kept = kept[:-1] if kept[-1].exercise == pain.exercise else kept
        return replace(self, pains=(*kept, pain))


NOBODY = Profile()
"""Of whom nothing is known yet."""
