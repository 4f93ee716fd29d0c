"""A routine laid out in time: the segments of work and rest, in order.

A plan is a tuple of segments. Everything that a person can ask for (skip, go back, the other
side, longer) is a move of the cursor over it or a copy with some segments changed, so that "both
sides get the same dose" is a property of one small function, `_step_segments`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from assistant.coach.intents import Side
from assistant.library.models import Breath, CueTime, Dose, Exercise, Mode, Sides

DEFAULT_RATE_WPM = 155
"""Rate of speech, words per minute."""
RATE_SHARE = 0.93
"""Share of that rate at which a line that was not rendered yet is assumed to be spoken: the
estimate shall be rather long than short."""
STOP_S = 0.25
"""How long a comma or a full stop within a line lasts at the default rate, at most, seconds:
measured over the library's cues."""
SAY_READY_S = 2.0
"""How long a person is assumed to take to say "ready", seconds."""
OPEN_REP_S = 5.0
"""How long a repetition that is counted by "done" is assumed to last, seconds."""


class Kind(StrEnum):
    """What a segment of a plan is for."""

    WORK = "work"  # a hold or a repetition
    RESET = "reset"  # between reps on one side
    SWITCH = "switch"  # between the sides
    REST = "rest"  # between sets
    CHANGE = "change"  # after a movement, before the next is explained


class Place(NamedTuple):
    """What a piece of work is within its movement: its set, its repetition, its side."""

    set_no: int
    rep_no: int
    side: Side | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a session."""

    kind: Kind
    step: int
    """Index of the movement in the plan."""
    seconds: float | None
    """Planned length; None where the person decides."""
    is_hold: bool
    """For work: whether a position is held, rather than a movement repeated."""
    side: Side | None
    set_no: int
    sets: int
    rep_no: int
    """Repetition within the set; on this side where there are sides."""
    reps: int
    breaths: int | None = None
    """For a hold that is measured in breaths: how many. `seconds` is their length."""

    @property
    def place(self) -> Place:
        """What this work is within its movement."""
        return Place(self.set_no, self.rep_no, self.side)

    @property
    def answered(self) -> Place:
        """The same work on the other side; itself where there are no sides."""
        return self.place._replace(side=self.side.other) if self.side else self.place


@dataclass(frozen=True, slots=True)
class PlannedMovement:
    """What a session has planned of a movement."""

    exercise: str
    level: int | None
    """From 1; None where the routine gives a dose of its own."""
    works: int
    """Timed holds, on all sides and in all sets."""
    work_s: float
    """Their length together, seconds."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A movement of a plan with the dose it gets."""

    exercise: Exercise
    dose: Dose
    level: int | None = None
    """The level that the dose is of, from 1; None where the dose is one of its own."""
    named: str | None = None
    """Id of the movement that the routine names, where this one is done in its place."""
    only_side: Side | None = None
    """The one side that is done, where the other was left out."""
    tempo_share: float = 1.0
    """The factor on the movement's tempo that is in `dose` already."""

    @property
    def routine_id(self) -> str:
        """Id of the movement that the routine names."""
        return self.named or self.exercise.id


@dataclass(frozen=True, slots=True)
class Plan:
    """A session laid out."""

    routine: str
    """Id of the routine, or of the single exercise."""
    name: str
    """Its spoken name."""
    steps: tuple[PlannedStep, ...]
    segments: tuple[Segment, ...]

    @property
    def movements(self) -> tuple[PlannedMovement, ...]:
        """What is planned of each movement, in order."""
        return tuple(self._planned(i, step) for i, step in enumerate(self.steps))

    def _planned(self, index: int, step: PlannedStep) -> PlannedMovement:
        lengths = [
            s.seconds
            for s in self.segments
            if s.step == index and s.kind is Kind.WORK and s.is_hold and s.seconds is not None
        ]
        return PlannedMovement(step.exercise.id, step.level, len(lengths), sum(lengths))

    def first_of(self, step: int) -> int:
        """Index of a movement's first segment."""
        return next(i for i, s in enumerate(self.segments) if s.step == step)

    def work_ahead(self, index: int) -> int | None:
        """Index of the first work of the same movement at or after `index`, or None."""
        step = self.segments[index].step
        for i in range(index, len(self.segments)):
            if self.segments[i].step != step:
                return None
            if self.segments[i].kind is Kind.WORK:
                return i
        return None

    def last_done(self, index: int, side: Side) -> tuple[Segment, ...]:
        """The work on a side before segment `index` that would be done again: the last repetition
        where sides alternate, else its last set."""
        step = self.segments[index].step
        before = [s for s in self.segments[:index] if s.step == step and s.kind is Kind.WORK]
        mine = [s for s in before if s.side is side]
        if not mine or self.steps[step].dose.sides is Sides.ALTERNATE:
            return tuple(mine[-1:])
        by_rep = {s.rep_no: s for s in mine if s.set_no == mine[-1].set_no}
        return tuple(by_rep[rep] for rep in sorted(by_rep))

    def with_segment(self, index: int, segment: Segment) -> "Plan":
        """A copy with one segment replaced."""
        changed = (*self.segments[:index], segment, *self.segments[index + 1 :])
        return replace(self, segments=changed)

    def with_other_side(self, index: int, seconds: float, breaths: int | None = None) -> "Plan":
        """A copy in which the hold that answers hold `index` on the other side, where it is still
        to come, gets a length too: both sides are to have the same. `breaths` None leaves their
        number as it is."""
        hold = self.segments[index]
        if hold.side is None:
            return self
        wanted = (hold.step, hold.kind, hold.side.other, hold.set_no, hold.rep_no)
        for i in range(index + 1, len(self.segments)):
            answer = self.segments[i]
            if (answer.step, answer.kind, answer.side, answer.set_no, answer.rep_no) == wanted:
                count = answer.breaths if breaths is None else breaths
                return self.with_segment(i, replace(answer, seconds=seconds, breaths=count))
        return self

    def with_breath(self, index: int, pattern: Breath) -> "Plan":
        """A copy in which a pattern of breathing holds from segment `index` on."""
        steps = tuple(
            replace(step, dose=step.dose.model_copy(update={"breath": pattern}))
            for step in self.steps
        )
        segments = tuple(
            replace(s, seconds=s.breaths * pattern.total_s) if s.breaths and i >= index else s
            for i, s in enumerate(self.segments)
        )
        return replace(self, steps=steps, segments=segments)

    def with_step(self, step: int, segments: tuple[Segment, ...]) -> "Plan":
        """A copy with a movement's segments replaced."""
        before = tuple(s for s in self.segments if s.step < step)
        after = tuple(s for s in self.segments if s.step > step)
        return replace(self, segments=(*before, *segments, *after))

    def with_first_side(self, step: int, side: Side) -> "Plan":
        """A copy in which a movement starts on a side; it is laid out anew."""
        planned = self.steps[step]
        dose = planned.dose.model_copy(update={"first_side": side.value})
        return self._with_planned(step, replace(planned, dose=dose)).with_step(
            step, _step_segments(step, dose)
        )

    def with_replaced(self, step: int, planned: PlannedStep) -> "Plan":
        """A copy with another movement, or another dose, in a movement's place, from its start."""
        return self._with_planned(step, planned).with_step(step, _step_segments(step, planned.dose))

    def _with_planned(self, step: int, planned: PlannedStep) -> "Plan":
        return replace(self, steps=(*self.steps[:step], planned, *self.steps[step + 1 :]))

    def with_only_side(self, index: int, side: Side) -> "Plan":
        """A copy in which, from segment `index` on, the movement is done on one side only."""
        step = self.segments[index].step
        kept = [s for i, s in enumerate(self.segments) if s.step == step and i < index]
        ahead = [s for i, s in enumerate(self.segments) if s.step == step and i >= index]
        works = [s for s in ahead if s.kind is Kind.WORK and s.side is side]
        dose = self.steps[step].dose
        for previous, work in zip([None, *works], works, strict=False):
            if previous is not None:
                kept.append(_gap_between(previous, work, dose))
            kept.append(work)
        kept.extend(s for s in ahead if s.kind is Kind.CHANGE)
        only = replace(self.steps[step], only_side=side)
        return self._with_planned(step, only).with_step(step, tuple(kept))

    def with_repeated(self, at: int, works: tuple[Segment, ...]) -> "Plan":
        """A copy in which pieces of work of the same movement come once more before segment `at`,
        which is work or the movement's end."""
        after = self.segments[at]
        dose = self.steps[after.step].dose
        added: list[Segment] = []
        following = (*works[1:], after)
        for work, then in zip(works, following, strict=True):
            added.append(work)
            if then.kind is Kind.WORK:
                added.append(_gap_between(work, then, dose))
        return replace(self, segments=(*self.segments[:at], *added, *self.segments[at:]))

    def relaid(self, index: int, planned: PlannedStep, *, is_harder: bool = False) -> "Plan":
        """A copy in which a movement goes on in another form, with another dose.

        The work before segment `index` stays and counts for its side. The set under way has as
        many repetitions on the second side as were done on the first; the sets to come are the new
        dose's. Where the new form is harder, work whose other side is done already keeps that
        side's length, so that both get the same. Raises ValueError where no work is ahead or the
        two doses treat sides differently.
        """
        step = self.segments[index].step
        at = self.work_ahead(index)
        old = self.steps[step].dose
        if at is None or not is_alike(old, planned.dose):
            raise ValueError(f"movement {step} cannot go on from segment {index} in another form")
        now = self.segments[at]
        kept = [s for i, s in enumerate(self.segments) if s.step == step and i < at]
        done = {s.place: s.seconds for s in kept if s.kind is Kind.WORK}
        sets = _sets_from(now, old, planned.dose, done)
        update = {"sets": sets, "first_side": old.first_side}
        dose = planned.dose.model_copy(update=update)
        works = [w for w in _works(step, dose) if w.place == now.place or w.place not in done]
        works = [w for w in works if planned.only_side in (None, w.side)]
        works.sort(key=lambda w: w.place != now.place)  # it comes first, also where it is redone
        if is_harder:
            works = [replace(w, seconds=done.get(w.answered, w.seconds)) for w in works]
        for previous, work in zip([None, *works], works, strict=False):
            if previous is not None:
                kept.append(_gap_between(previous, work, dose))
            kept.append(work)
        kept.append(replace(works[-1], kind=Kind.CHANGE, seconds=dose.rest_after_s))
        return self._with_planned(step, replace(planned, dose=dose)).with_step(step, tuple(kept))


def is_alike(one: Dose, other: Dose) -> bool:
    """Whether a movement can go on from one dose to the other: the same kind of work, the sides
    treated alike."""
    is_timed = (one.work_s is None) == (other.work_s is None)
    return (one.mode, one.sides) == (other.mode, other.sides) and is_timed


def _sets_from(
    now: Segment, old: Dose, new: Dose, done: Mapping[Place, float | None]
) -> tuple[int, ...]:
    """Repetitions of each set, where work `now` is the next one and its dose becomes `new`."""
    here = [place for place in done if place.set_no == now.set_no]
    other_done = any(place.side is not now.side for place in here)
    if new.sides is Sides.PER_SET and other_done:
        reps = now.reps
    else:
        wanted = new.set_reps[now.set_no - 1] if now.set_no <= len(new.set_reps) else 0
        reps = max(wanted, now.rep_no, *(place.rep_no for place in here))
    return (*old.set_reps[: now.set_no - 1], reps, *new.set_reps[now.set_no :])


def lay_out(routine: str, name: str, steps: tuple[PlannedStep, ...]) -> Plan:
    """Lay a routine's movements out as segments."""
    segments = [s for i, step in enumerate(steps) for s in _step_segments(i, step.dose)]
    return Plan(routine, name, steps, tuple(segments))


def _step_segments(step: int, dose: Dose) -> tuple[Segment, ...]:
    work = list(_works(step, dose))
    segments: list[Segment] = []
    for previous, current in zip([None, *work], work, strict=False):
        if previous is not None:
            segments.append(_gap_between(previous, current, dose))
        segments.append(current)
    change = replace(work[-1], kind=Kind.CHANGE, seconds=dose.rest_after_s, breaths=None)
    segments.append(change)
    return tuple(segments)


def _works(step: int, dose: Dose) -> Iterator[Segment]:
    first = Side(dose.first_side)
    for set_no, reps in enumerate(dose.set_reps, start=1):
        turns: list[tuple[Side | None, int]]
        match dose.sides:
            case Sides.NONE:
                turns = [(None, rep) for rep in range(1, reps + 1)]
            case Sides.ALTERNATE:
                turns = [(side, rep) for rep in range(1, reps + 1) for side in (first, first.other)]
            case Sides.PER_SET:
                turns = [(side, rep) for side in (first, first.other) for rep in range(1, reps + 1)]
        for side, rep in turns:
            yield Segment(
                kind=Kind.WORK,
                step=step,
                seconds=dose.work_s,
                is_hold=dose.mode is Mode.HOLD,
                side=side,
                set_no=set_no,
                sets=len(dose.set_reps),
                rep_no=rep,
                reps=reps,
                breaths=dose.hold_breaths,
            )


def _gap_between(before: Segment, after: Segment, dose: Dose) -> Segment:
    """The gap before a piece of work; it carries that work's side, set and rep."""
    if before.set_no != after.set_no:
        kind, seconds = Kind.REST, dose.rest_s
    elif before.side is not after.side:
        kind, seconds = Kind.SWITCH, dose.switch_s
    else:
        kind = Kind.RESET
        seconds = max(dose.reset_s, dose.tempo.reset_s if dose.tempo else 0.0)
    return replace(after, kind=kind, seconds=seconds, breaths=None)


def talk_s(text: str, lengths_s: Mapping[str, float], rate_wpm: int = DEFAULT_RATE_WPM) -> float:
    """Length of a line, seconds: as rendered, else an estimate from its words and its stops."""
    known = lengths_s.get(text)
    if known is not None:
        return known
    words = len(text.split())
    stops = sum(text.rstrip(".?").count(mark) for mark in ",.:?")
    return 0.4 + words * 60 / (rate_wpm * RATE_SHARE) + stops * STOP_S * DEFAULT_RATE_WPM / rate_wpm


def remaining_s(
    plan: Plan,
    index: int,
    lengths_s: Mapping[str, float],
    pace: float = 1.0,
    *,
    explained: bool = False,
) -> float:
    """Seconds from the start of segment `index` to the end of the session.

    Work and rests are exact; an untimed repetition counts OPEN_REP_S; each movement still to be
    explained counts its setup cue's length, its preparation and SAY_READY_S. `explained` says
    that the movement of segment `index` needs none of these any more.
    """
    total = 0.0
    last = len(plan.segments) - 1
    for i in range(index, len(plan.segments)):
        segment = plan.segments[i]
        if i == last and segment.kind is Kind.CHANGE:
            break
        seconds = segment.seconds if segment.seconds is not None else OPEN_REP_S
        total += seconds if segment.kind is Kind.WORK else seconds * pace
    first_step = plan.segments[index].step if index <= last else len(plan.steps)
    for step, planned in enumerate(plan.steps):
        opens = step == first_step and index == plan.first_of(step) and not explained
        if step > first_step or opens:
            setup = planned.exercise.cue(CueTime.SETUP)
            spoken = talk_s(setup.text, lengths_s) if setup else 0.0
            total += spoken + planned.dose.prepare_s * pace + SAY_READY_S
    return total
