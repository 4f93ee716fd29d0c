"""Progress is earned: what a person stands at in each movement, folded from the facts.

A session counts for a movement that was done as planned with pain of at most 3 of 10; three of
them earn a step up. Pain of 4 and more, or pain without a number, begins the count anew and calls
for a step down; told outside a session, pain of 4 and more begins the count of every movement anew.
Two weeks without a movement take it back a level. The rules are ours, after McGill's advice to add
repetitions before time and never through pain; docs/coach-memory.md has them for people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assistant.coach.actions import (
    Fact,
    HoldEnded,
    LevelSet,
    PainReported,
    SessionBegan,
    SessionEnded,
    StepDeclined,
)
from assistant.coach.plan import PlannedMovement

EARNED_BY = 3
"""Sessions done as planned that earn a step up."""
MILD_PAIN = 3
"""Pain of 10 up to which a session counts."""
SEVERE_PAIN = 6
"""Pain of 10 from which a movement is left out of what the coach composes."""
APART_S = 8 * 3600.0
"""Sessions closer to each other count as one: a body grows stronger between them."""
BREAK_S = 14 * 86_400.0
"""After so long without a movement it begins one level lower. Strength lasts for about three
weeks without training (Mujika & Padilla 2000); two are on the safe side."""
AS_PLANNED_SHARE = 0.99
"""Share of the planned time that counts as all of it: a "stop" at the last tick is no failure."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person is in one movement. Times are seconds since 1970, UTC."""

    level: int | None = None
    """From 1; None where the person was never given one of their own."""
    done_utc_s: tuple[float, ...] = ()
    """Sessions at this level that were done as planned, since the last step or pain."""
    last_utc_s: float | None = None
    """When it was done last, or its level was set."""
    longest_s: float = 0.0
    """The longest hold, seconds."""
    pained_utc_s: float | None = None
    """When it last hurt too much to count."""
    severe_utc_s: float | None = None
    """When it last hurt so much that it was left."""
    wants_easier: bool = False
    """Whether it hurt in the last session in which it was done."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """What has happened since a session began."""

    movements: tuple[PlannedMovement, ...] = ()
    works: Mapping[str, int] = field(default_factory=dict)
    """Holds kept to their end, by movement."""
    held_s: Mapping[str, float] = field(default_factory=dict)
    pains: tuple[tuple[str, int | None], ...] = ()
    """Movement and number; None where no number was given, or not yet."""

    def is_as_planned(self, exercise: str, *, completed: bool) -> bool:
        """Whether all that was planned of a movement was done; what has no clock counts as done
        where the session was completed."""
        planned = [m for m in self.movements if m.exercise == exercise]
        works, work_s = sum(m.works for m in planned), sum(m.work_s for m in planned)
        if works == 0:
            return completed
        held_s = self.held_s.get(exercise, 0.0)
        return self.works.get(exercise, 0) >= works and held_s >= AS_PLANNED_SHARE * work_s

    def worst_pain(self, exercise: str) -> int:
        """0 to 10; pain without a number counts as too much for progress."""
        told = [score for name, score in self.pains if name == exercise]
        return max((MILD_PAIN + 1 if score is None else score for score in told), default=0)

    def with_pain(self, exercise: str, score: int | None) -> "_UnderWay":
        kept = self.pains
        if score is not None and kept and kept[-1] == (exercise, None):
            kept = kept[:-1]
        return replace(self, pains=(*kept, (exercise, score)))


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a person is in each movement."""

    standings: Mapping[str, Standing] = field(default_factory=dict)
    done_last: tuple[str, ...] = ()
    """The movements of the last session that ended, in order."""
    under_way: _UnderWay = field(default_factory=_UnderWay)

    def of(self, exercise: str) -> Standing:
        """Where the person is in a movement."""
        return self.standings.get(exercise, Standing())

    def has_earned(self, exercise: str) -> bool:
        """Whether a step up is earned."""
        return len(self.of(exercise).done_utc_s) >= EARNED_BY

    def has_lapsed(self, exercise: str, now_utc_s: float) -> bool:
        """Whether a movement was not done for so long that it should begin lower."""
        last = self.of(exercise).last_utc_s
        return last is not None and now_utc_s - last >= BREAK_S

    def blocked(self, now_utc_s: float) -> frozenset[str]:
        """Movements to leave out for now, since they hurt much in the last two weeks."""
        return frozenset(
            name
            for name, at in self.standings.items()
            if at.severe_utc_s is not None and now_utc_s - at.severe_utc_s < BREAK_S
        )

    def after(self, fact: Fact, utc_s: float) -> "Progress":
        """The progress with one more fact, which happened at `utc_s`."""
        now = self.under_way
        match fact:
            case SessionBegan():
                return replace(self, under_way=_UnderWay(fact.movements))
            case HoldEnded(exercise=name):
                held = {**now.held_s, name: now.held_s.get(name, 0.0) + fact.held_s}
                works = {**now.works, name: now.works.get(name, 0) + fact.completed}
                stood = self.of(name)
                longest = replace(stood, longest_s=max(stood.longest_s, fact.held_s))
                changed = replace(now, held_s=held, works=works)
                return replace(self._with(name, longest), under_way=changed)
            case PainReported(exercise=str(name)):
                return replace(self, under_way=now.with_pain(name, fact.score))
            case PainReported(score=int(score)) if score > MILD_PAIN:
                return self._begun_anew()
            case SessionEnded():
                return self._after_session(fact, utc_s)
            case LevelSet(exercise=name):
                fresh = replace(
                    self.of(name),
                    level=fact.level,
                    done_utc_s=(),
                    last_utc_s=utc_s,
                    wants_easier=False,
                )
                return self._with(name, fresh)
            case StepDeclined(exercise=name):
                kept = replace(self.of(name), done_utc_s=(), wants_easier=False)
                return self._with(name, kept)
            case _:
                return self

    def _with(self, name: str, standing: Standing) -> "Progress":
        return replace(self, standings={**self.standings, name: standing})

    def _begun_anew(self) -> "Progress":
        """After pain outside a session, which may have come from any movement."""
        anew = {name: replace(at, done_utc_s=()) for name, at in self.standings.items()}
        return replace(self, standings=anew)

    def _after_session(self, ended: SessionEnded, utc_s: float) -> "Progress":
        now = self.under_way
        after = self
        for movement in now.movements:
            after = after._after_movement(movement, utc_s, completed=ended.completed)
        done = tuple(dict.fromkeys(m.exercise for m in now.movements))
        return replace(after, done_last=done, under_way=_UnderWay())

    def _after_movement(
        self, planned: PlannedMovement, utc_s: float, *, completed: bool
    ) -> "Progress":
        now, name = self.under_way, planned.exercise
        before = self.of(name)
        pain = now.worst_pain(name)
        is_as_planned = now.is_as_planned(name, completed=completed)
        if not (pain or is_as_planned or now.held_s.get(name)):
            return self  # it was not reached
        after = replace(before, last_utc_s=utc_s, wants_easier=pain > MILD_PAIN)
        if pain > MILD_PAIN:
            severe = utc_s if pain >= SEVERE_PAIN else before.severe_utc_s
            after = replace(after, done_utc_s=(), pained_utc_s=utc_s, severe_utc_s=severe)
        elif is_as_planned and planned.level == (before.level or planned.level) is not None:
            done = before.done_utc_s
            if not done or utc_s - done[-1] >= APART_S:
                done = (*done, utc_s)
            after = replace(after, level=planned.level, done_utc_s=done)
        return self._with(name, after)
