"""What is known of the person: everything that was recorded, folded into what the coach asks of it.

The profile is a fold over facts: `profile.after(fact, utc_s)`. A store outside the core keeps the
facts with the wall clock's time and folds them again at the next start, so that the coach itself
knows no file and no clock.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from assistant.coach.actions import (
    AdviceGiven,
    DetailWanted,
    DoseAgreed,
    Fact,
    IntroductionEnded,
    IntroductionReached,
    LevelSet,
    MovementDone,
    PaceAgreed,
    PainReported,
    RedFlagAnswered,
    ScreeningAnswered,
    SessionEnded,
    SpeakingSet,
    SwapExplained,
    TipTold,
)
from assistant.coach.marks import PlaceReached
from assistant.coach.progress import Progress
from assistant.coach.reminders import (
    NO_REMINDERS,
    QuietSet,
    ReminderEnded,
    Reminders,
    ReminderSet,
    RemindersSpoken,
)

RECURS_IN_SESSIONS, RECURS_WITHIN_S = 3, 28 * 86400.0
"""Pain in so many sessions within so many seconds (four weeks) keeps coming back. Ours, for the
NHS's "does not get better within a few weeks"."""
IMPLIED_BY = {"osteoporosis": "flexion"}
"""What a condition rules out besides: brittle bones bear no deep bending (Royal Osteoporosis
Society, on exercise and osteoporosis)."""


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
    screened: frozenset[str] = frozenset()
    """Tags of the contraindications that were asked about."""
    contraindications: frozenset[str] = frozenset()
    """Tags of those that apply, as answered."""
    explained_swaps: frozenset[tuple[str, str]] = frozenset()
    """Exercise and tag of what was told in full to be left out."""
    flags_asked_utc_s: tuple[tuple[str, float], ...] = ()
    """Warning signs that were asked about, with the time of the last answer."""
    advised_utc_s: float | None = None
    """When the person was last advised to see someone about pain that keeps coming back."""
    introduction: str | None = None
    """The part of the first session that was begun last; None before it and after its end."""
    is_introduced: bool = False
    """Whether the first session is over, or was declined."""
    place: PlaceReached | None = None
    """Where the session is that has begun and not ended; None where there is none."""
    place_utc_s: float = 0.0
    """When it got there."""

    # What the coach asks of it -----------------------------------------------------------------

    @property
    def left_out(self) -> frozenset[str]:
        """Tags of everything that this person should not do."""
        implied = (IMPLIED_BY[tag] for tag in self.contraindications if tag in IMPLIED_BY)
        return self.contraindications.union(implied)

    def pain_recurs(self, now_utc_s: float) -> bool:
        """Whether pain was told in RECURS_IN_SESSIONS sessions within RECURS_WITHIN_S, and nothing
        was advised for it. Pain outside a session counts with the session that follows."""
        ends = [s.ended_utc_s for s in self.sessions]
        since = now_utc_s - RECURS_WITHIN_S
        if self.advised_utc_s is not None:
            since = max(since, self.advised_utc_s)
        told_in = {
            bisect_left(ends, pain.at_utc_s)
            for pain in self.pains
            if since < pain.at_utc_s <= now_utc_s and pain.score != 0
        }
        return len(told_in) >= RECURS_IN_SESSIONS

    def flags_asked_since(self, utc_s: float) -> frozenset[str]:
        """The warning signs that were asked about after a time."""
        return frozenset(flag for flag, at_s in self.flags_asked_utc_s if at_s > utc_s)

    # Folding -----------------------------------------------------------------------------------
    agreed: tuple[DoseAgreed, ...] = field(default=())
    """How movements are to be done, where that was agreed; one entry a movement."""
    pace: float = 1.0
    """The factor on rests and preparations that was agreed."""
    speaking: SpeakingSet | None = None
    """How the coach is to speak, as it was asked for last; None: as the settings say."""
    tips: tuple[str, ...] = field(default=())
    """Ids of the tips that were told since all had been told last."""

    def after(self, fact: Fact, utc_s: float) -> "Profile":
        """The profile with one more fact, which happened at `utc_s` (seconds since 1970, UTC)."""
        progress = self.progress.after(fact, utc_s)
        known = self if progress is self.progress else replace(self, progress=progress)
        return known._after(fact, utc_s)

    def _after(self, fact: Fact, utc_s: float) -> "Profile":
        match fact:
            case SessionEnded():
                past = PastSession(utc_s, fact.routine, fact.completed)
                return replace(self, sessions=(*self.sessions, past), place=None)
            case PlaceReached():
                return replace(self, place=fact, place_utc_s=utc_s)
            case PainReported():
                return self._with_pain(PastPain(utc_s, fact.exercise, fact.score))
            case MovementDone(exercise=exercise):
                return self._with_times(exercise, self.times_done.get(exercise, 0) + 1)
            case DetailWanted(exercise=exercise):
                return self._with_times(exercise, 0)
            case ReminderSet() | RemindersSpoken() | ReminderEnded() | QuietSet():
                return replace(self, reminders=self.reminders.after(fact, utc_s))
            case _:
                return self._after_safety(fact, utc_s)

    def _after_safety(self, fact: Fact, utc_s: float) -> "Profile":
        match fact:
            case ScreeningAnswered(tag=tag):
                rest = self.contraindications - {tag}
                has = rest | {tag} if fact.is_so else rest
                return replace(self, screened=self.screened | {tag}, contraindications=has)
            case SwapExplained(exercise=exercise, tag=tag):
                return replace(self, explained_swaps=self.explained_swaps | {(exercise, tag)})
            case RedFlagAnswered(flag=flag):
                others = tuple(x for x in self.flags_asked_utc_s if x[0] != flag)
                return replace(self, flags_asked_utc_s=(*others, (flag, utc_s)))
            case AdviceGiven():
                return replace(self, advised_utc_s=utc_s)
            case IntroductionReached(part=part):
                return replace(self, introduction=part)
            case IntroductionEnded():
                return replace(self, introduction=None, is_introduced=True)
            case DoseAgreed():
                return self._with_agreed(fact)
            case LevelSet(exercise=exercise):  # the latest word counts
                agreed = tuple(a for a in self.agreed if a.exercise != exercise)
                return replace(self, agreed=agreed)
            case PaceAgreed():
                return replace(self, pace=fact.pace)
            case SpeakingSet():
                return replace(self, speaking=fact)
            case TipTold():
                return self._with_tip(fact.tip)
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

    def _with_tip(self, tip: str) -> "Profile":
        """A tip that was told before begins a new round: then all others had been told too."""
        return replace(self, tips=(tip,) if tip in self.tips else (*self.tips, tip))


NOBODY = Profile()
"""Of whom nothing is known yet."""
