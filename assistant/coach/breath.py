"""Breaths laid into a hold: what sounds when, and how they move when the hold is changed.

A paced hold begins with an in-breath and ends after a full out-breath. It is a row of breaths, each
with its own pattern, so a pattern that changes in the middle of a hold begins with the next breath.

- **A hold measured in breaths** lasts as long as they do. A slower pattern makes it longer.
- **A hold measured in seconds** keeps its length: breaths are fitted into it, so many that none is
  slower than the pattern.
- **A pause in the middle of a breath** takes that breath back. The hold goes on at its start and is
  longer by what had passed of it: it has a little too much in seconds, never too few breaths.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from assistant.coach.actions import Air, Tone
from assistant.coach.plan import Plan, PlannedStep, Segment
from assistant.coach.prompts import Parts, Prompts, Talk
from assistant.coach.timeline import Sound
from assistant.library.models import Breath, Group

WORDED_BREATHS = 2
"""So many breaths have words beside their sounds."""
WORD_AFTER_S = 0.25
"""From the start of a phase to its word, seconds: the start tone rings for 0.2 s. Ours."""
LEAST_PHASE_S = 1.0
"""No breath is fitted in whose in or out would be shorter; the bound of a library's file."""
SAME_S = 1e-6
"""Times closer than this are the same, seconds."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """The breaths of a hold. Times in seconds from its start."""

    breaths: tuple[Breath, ...]
    ends_s: float
    """When the last of them is over: the hold's end."""
    from_s: float = 0.0
    """When the first of them begins."""
    done: int = 0
    """Whole breaths that were held before that."""
    is_by_breaths: bool = True
    """Whether their number is the dose; else the hold's length is."""

    @property
    def starts_s(self) -> tuple[float, ...]:
        """When each breath begins."""
        lengths = (breath.total_s for breath in self.breaths[:-1])
        return tuple(accumulate(lengths, initial=self.from_s))

    def begun(self, at_s: float) -> int:
        """How many of the breaths have begun at a time."""
        return sum(1 for start in self.starts_s if start <= at_s + SAME_S)

    def whole(self, at_s: float) -> int:
        """How many whole breaths of the hold are over at a time."""
        ends = (start + b.total_s for start, b in zip(self.starts_s, self.breaths, strict=True))
        return self.done + sum(1 for end in ends if end <= at_s + SAME_S)

    def taken_up(self, at_s: float) -> "Pacing":
        """The hold was interrupted: it goes on at the start of the breath that was broken off."""
        begun = self.begun(at_s)
        if begun == 0:
            return self
        lost_s = at_s - self.starts_s[begun - 1]
        return replace(
            self,
            breaths=self.breaths[begun - 1 :],
            ends_s=self.ends_s + lost_s,
            from_s=at_s,
            done=self.done + begun - 1,
        )

    def changed_by(self, breaths: int, at_s: float) -> "Pacing":
        """The hold with more breaths, or fewer; those that have begun are breathed to their end."""
        kept = self.breaths
        if breaths > 0:
            kept += kept[-1:] * breaths
        elif breaths < 0:
            kept = kept[: max(self.begun(at_s), len(kept) + breaths, 1)]
        length = sum(b.total_s for b in kept) - sum(b.total_s for b in self.breaths)
        return replace(self, breaths=kept, ends_s=self.ends_s + length)

    def patterned(self, pattern: Breath, at_s: float) -> "Pacing":
        """The hold with another pattern from the next breath on."""
        begun = self.begun(at_s)
        kept, left = self.breaths[:begun], len(self.breaths) - begun
        next_s = [*self.starts_s, self.ends_s][begun]
        if self.is_by_breaths:
            following: tuple[Breath, ...] = (pattern,) * left
            ends_s = next_s + left * pattern.total_s
        else:
            following, ends_s = _fitting(self.ends_s - next_s, pattern), self.ends_s
        if left == 0 or not following:
            return self
        return replace(self, breaths=(*kept, *following), ends_s=ends_s)


def by_breaths(count: int, pattern: Breath) -> Pacing:
    """A hold of so many breaths."""
    return Pacing((pattern,) * count, count * pattern.total_s)


def by_seconds(from_s: float, until_s: float, pattern: Breath) -> Pacing | None:
    """The breaths of a hold measured in seconds, from a time in it on; None where it has no room
    for one."""
    breaths = _fitting(until_s - from_s, pattern)
    return Pacing(breaths, until_s, from_s, is_by_breaths=False) if breaths else None


def _fitting(length_s: float, pattern: Breath) -> tuple[Breath, ...]:
    """Breaths that fill a length, each as long as the pattern or quicker; none where they would
    have to be too quick."""
    count = max(1, math.ceil(length_s / pattern.total_s - SAME_S))
    share = length_s / count / pattern.total_s
    if abs(share - 1) < SAME_S:
        return (pattern,) * count
    if min(pattern.in_s, pattern.out_s) * share < LEAST_PHASE_S:
        return ()
    phases = {name: length * share for name, length in pattern}
    return (Breath(**phases),) * count


@dataclass
class Breathing:
    """What the person wants of the breathing cues, for the session."""

    pattern: Breath | None = None
    """The pattern they asked for; None: each movement's own."""
    is_off: bool = False
    asked_in: int | None = None
    """The movement, by its place in the plan, in which they asked to be paced."""

    def begin(self) -> None:
        """A new session: the pattern stays, as the pace does."""
        self.is_off, self.asked_in = False, None

    def pacing(self, segment: Segment, planned: PlannedStep) -> Pacing | None:
        """How a hold is paced from its start; None where it is not.

        Slow breaths are never forced on work: holds of the strengthening movements are paced only
        where the person asked for it in that movement.
        """
        is_asked = segment.step == self.asked_in
        if segment.seconds is None or not segment.is_hold or (self.is_off and not is_asked):
            return None
        pattern = planned.dose.breath
        if segment.breaths is None:
            wanted = self.pattern or pattern
            return by_seconds(0.0, segment.seconds, wanted) if is_asked else None
        if not is_asked and planned.exercise.group is Group.STRENGTH:
            return None
        whole = by_breaths(segment.breaths, pattern)
        if abs(whole.ends_s - segment.seconds) < SAME_S:
            return whole
        return by_seconds(0.0, segment.seconds, pattern)  # it was changed in seconds


def breath_sounds(pacing: Pacing, prompts: Prompts, *, is_worded: bool) -> list[Sound]:
    """What sounds in a paced hold: in, out, and the end tone; for the first breaths with words.

    No tick and no halfway tone: the breaths tell where it is.
    """
    sounds = [Sound(pacing.ends_s, Tone.END)]
    for number, (start, breath) in enumerate(zip(pacing.starts_s, pacing.breaths, strict=True)):
        out_at = start + breath.in_s + breath.top_s
        sounds.append(Sound(start, air=Air.IN, length_s=breath.in_s))
        sounds.append(Sound(out_at, air=Air.OUT, length_s=breath.out_s))
        if is_worded and number < WORDED_BREATHS:
            sounds += _word(prompts, "breath_in", start, breath.in_s)
            sounds += _word(prompts, "breath_out", out_at, breath.out_s)
    return sounds


def _word(prompts: Prompts, name: str, from_s: float, length_s: float) -> Iterator[Sound]:
    parts: Parts = prompts.fitting([prompts.say(name)], length_s - WORD_AFTER_S)
    if parts:
        yield Sound(from_s + WORD_AFTER_S, parts=parts)


def first_breath(pacing: Pacing | None, done_s: float, offset_s: float) -> list[Sound]:
    """The in-breath that begins a hold, `done_s` of which have passed, at an offset in what leads
    to it: ordered ahead, as the start tone is, so that it is there to the sample."""
    if pacing is None or abs(pacing.from_s - done_s) > SAME_S:
        return []
    return [Sound(offset_s, air=Air.IN, length_s=pacing.breaths[0].in_s)]


def is_worded(plan: Plan, index: int, pacing: Pacing, prompts: Prompts) -> bool:
    """Whether a hold's breaths have words: a movement's first on each side, and after a break."""
    segment = plan.segments[index]
    is_first = segment.set_no == 1 and segment.rep_no == 1
    return prompts.talk >= Talk.NORMAL and (is_first or pacing.from_s > 0.0)
