"""What is known of the person: everything that was recorded, folded into what the coach asks of it.

The profile is a fold over facts: `profile.after(fact, utc_s)`. A store outside the core keeps the
facts with the wall clock's time and folds them again at the next start, so that the coach itself
knows no file and no clock.
"""

from dataclasses import dataclass, field, replace

from assistant.coach.actions import Fact, PainReported, SessionEnded, TipTold


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
    tips: tuple[str, ...] = field(default=())
    """Ids of the tips that were told since all had been told last."""

    def after(self, fact: Fact, utc_s: float) -> "Profile":
        """The profile with one more fact, which happened at `utc_s` (seconds since 1970, UTC)."""
        match fact:
            case SessionEnded():
                past = PastSession(utc_s, fact.routine, fact.completed)
                return replace(self, sessions=(*self.sessions, past))
            case PainReported():
                return self._with_pain(PastPain(utc_s, fact.exercise, fact.score))
            case TipTold():
                return self._with_tip(fact.tip)
            case _:
                return self

    def _with_pain(self, pain: PastPain) -> "Profile":
        """The number, which is asked after pain was told, replaces the entry without one."""
        kept = self.pains
        if pain.score is not None and kept and kept[-1].score is None:
            kept = kept[:-1] if kept[-1].exercise == pain.exercise else kept
        return replace(self, pains=(*kept, pain))

    def _with_tip(self, tip: str) -> "Profile":
        """A tip that was told before begins a new round: then all others had been told too."""
        return replace(self, tips=(tip,) if tip in self.tips else (*self.tips, tip))


NOBODY = Profile()
"""Of whom nothing is known yet."""
