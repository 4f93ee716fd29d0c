"""What is known of the person: everything that was recorded, folded into what the coach asks of it.

The profile is a fold over facts: `profile.after(fact, utc_s)`. A store outside the core keeps the
facts with the wall clock's time and folds them again at the next start, so that the coach itself
knows no file and no clock.
"""

from dataclasses import asdict, dataclass, field, replace

from assistant.coach.actions import DoseAgreed, Fact, PaceAgreed, PainReported, SessionEnded


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
    agreed: tuple[DoseAgreed, ...] = field(default=())
    """How movements are to be done, where that was agreed; one entry a movement."""
    pace: float = 1.0
    """The factor on rests and preparations that was agreed."""

    def after(self, fact: Fact, utc_s: float) -> "Profile":
        """The profile with one more fact, which happened at `utc_s` (seconds since 1970, UTC)."""
        match fact:
            case SessionEnded():
                past = PastSession(utc_s, fact.routine, fact.completed)
                return replace(self, sessions=(*self.sessions, past))
            case PainReported():
                return self._with_pain(PastPain(utc_s, fact.exercise, fact.score))
            case DoseAgreed():
                return self._with_agreed(fact)
            case PaceAgreed():
                return replace(self, pace=fact.pace)
            case _:
                return self

    def _with_pain(self, pain: PastPain) -> "Profile":
        """The number, which is asked after pain was told, replaces the entry without one."""
        kept = self.pains
        if pain.score is not None and kept and kept[-1].score is None:
            kept = kept[:-1] if kept[-1].exercise == pain.exercise else kept
        return replace(self, pains=(*kept, pain))

    def agreed_for(self, exercise: str) -> DoseAgreed | None:
        """What was agreed about a movement that a routine names, or None."""
        return next((a for a in self.agreed if a.exercise == exercise), None)

    def _with_agreed(self, fact: DoseAgreed) -> "Profile":
        """What is agreed anew goes before what was; the length and tempo of another form or
        another movement do not carry over to it."""
        before = self.agreed_for(fact.exercise)
        merged = fact
        if before is not None:
            new = {k: v for k, v in asdict(fact).items() if v is not None}
            if "level" in new or "instead" in new:
                before = replace(before, level=None, hold_s=None, tempo_share=None)
            merged = replace(before, **new)
        others = tuple(a for a in self.agreed if a.exercise != fact.exercise)
        return replace(self, agreed=(*others, merged))


NOBODY = Profile()
"""Of whom nothing is known yet."""
