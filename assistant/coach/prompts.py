"""The coach's wording: lines of the library, filled in for where a session is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from assistant.coach.actions import PART_GAP_S
from assistant.coach.intents import Side
from assistant.coach.plan import (
    DEFAULT_RATE_WPM,
    Kind,
    Plan,
    PlannedStep,
    Segment,
    remaining_s,
    talk_s,
)
from assistant.library import Lines
from assistant.library.models import Cue, CueTime, Mode, Sides, Tempo

Parts = tuple[str, ...]

TEMPO_LINES = ("tempo_up", "tempo_pause", "tempo_down")
"""Names of the lines for the phases of a paced repetition."""


class Talk(IntEnum):
    """How much the coach says."""

    QUIET = 0  # names, sides and counts
    NORMAL = 1  # and the setup, exit and main cue
    FULL = 2  # and the halfway cue


@dataclass
class Prompts:
    """Words for a session. `lengths_s` grows as lines are rendered."""

    lines: Lines
    lengths_s: dict[str, float] = field(default_factory=dict)
    """Line to its rendered length, seconds."""
    rate_wpm: int = DEFAULT_RATE_WPM
    """The rate of speech, words per minute, that the lengths are for."""
    talk: Talk = Talk.FULL

    def length_s(self, parts: Iterable[str]) -> float:
        """Length of a prompt, seconds: rendered lengths where known, else an estimate."""
        lengths = [talk_s(part, self.lengths_s, self.rate_wpm) for part in parts]
        return sum(lengths) + PART_GAP_S * max(0, len(lengths) - 1)

    def fitting(self, alternatives: Iterable[Parts], room_s: float) -> Parts:
        """The first alternative that fits in `room_s` seconds, or () where none does."""
        return next((p for p in alternatives if p and self.length_s(p) <= room_s), ())

    def say(self, name: str, **places: str | int) -> Parts:
        """One line as a prompt."""
        return (self.lines.say(name, **places),)

    def duration(self, seconds: float) -> str:
        """A length of time in words: to the second below two minutes, else to the half minute."""
        whole = max(0, round(seconds))
        if whole < 60:
            return self._count("second", whole)
        if whole >= 120:
            whole = round(whole / 30) * 30
        minutes, rest = divmod(whole, 60)
        spoken = self._count("minute", minutes)
        return f"{spoken} {self._count('second', rest)}" if rest else spoken

    def _count(self, unit: str, n: int) -> str:
        return self.lines.say(f"unit_{unit}" if n == 1 else f"unit_{unit}s", n=n)

    def side(self, side: Side) -> str:
        """A side in words, as in the middle of a sentence."""
        return self.lines.texts[f"side_{side.value}"]

    def choice(self, names: Iterable[str]) -> str:
        """Names joined as a choice: "a, b or c"."""
        *most, last = names
        return f"{', '.join(most)} {self.lines.texts['list_or']} {last}" if most else last

    def intro(self, plan: Plan, pace: float) -> Parts:
        """What opens a session: its name, size and length, and the safety line."""
        length = remaining_s(plan, 0, self.lengths_s, pace)
        movements = self._count("movement", len(plan.steps))
        intro = self.lines.say(
            "routine_intro", routine=plan.name, movements=movements, duration=self.duration(length)
        )
        return (intro, *self.say("safety_opening"))

    def explanation(self, plan: Plan, step: int, *, first: bool) -> Parts:
        """What opens a movement: its name, how to get there, the side, and the word to say."""
        planned = plan.steps[step]
        side = plan.segments[plan.first_of(step)].side
        parts = list(self.say("movement_name", exercise=planned.exercise.name))
        if self.talk >= Talk.NORMAL:
            parts += self._cue_text(planned, CueTime.SETUP)
        if side is not None:
            parts += self.say("sided_first", side=self.side(side))
        if planned.dose.work_s is None and planned.dose.mode is not Mode.HOLD:
            parts += self.say("open_hint")
        parts += self.say("ready_hint_first" if first else "ready_hint")
        return tuple(parts)

    def setup(self, planned: PlannedStep) -> Parts:
        """How to get into a movement."""
        return tuple(self._cue_text(planned, CueTime.SETUP))

    def cue(self, planned: PlannedStep, when: CueTime) -> Cue | None:
        """The cue for a time, where this level of talk has it."""
        least = Talk.FULL if when is CueTime.HALFWAY else Talk.NORMAL
        return planned.exercise.cue(when) if self.talk >= least else None

    def _cue_text(self, planned: PlannedStep, when: CueTime) -> list[str]:
        cue = planned.exercise.cue(when)
        return [cue.text] if cue else []

    def gap(self, plan: Plan, index: int) -> tuple[Parts, ...]:
        """What may be said in a gap, the best first, shorter ones after it."""
        segment = plan.segments[index]
        planned = plan.steps[segment.step]
        match segment.kind:
            case Kind.RESET if planned.dose.mode is Mode.REPS:
                return (self._count_done(segment),)
            case Kind.RESET:
                first = segment.rep_no == 2
                return (
                    self.say("relax") if first else self.say("number_next", rep=segment.rep_no),
                )
            case Kind.SWITCH:
                return self._switch(planned, segment)
            case Kind.REST:
                rest = self.say("set_rest", set=segment.set_no, sets=segment.sets)
                if segment.side is not None:
                    sided = self.say("set_rest_side", side=self.side(segment.side))
                    return ((*rest, *self._side(segment)), sided)
                return (rest,)
            case Kind.CHANGE | Kind.WORK:
                return self._change(plan, segment)

    def _switch(self, planned: PlannedStep, segment: Segment) -> tuple[Parts, ...]:
        side = self._side(segment)
        alternates = planned.dose.sides is Sides.ALTERNATE
        both_done = alternates and segment.rep_no > 1 and segment.side == planned.dose.first_side
        if both_done and planned.dose.mode is Mode.REPS:
            return ((*self._count_done(segment), *side), side)
        cue = self.cue(planned, CueTime.SWITCH)
        return ((cue.text, *side), side) if cue and planned.dose.sides is Sides.PER_SET else (side,)

    def _count_done(self, segment: Segment) -> Parts:
        """How many repetitions are done before the one that a gap belongs to."""
        return self.say("reps_done", count=segment.rep_no - 1, reps=segment.reps)

    def names_phases(self, tempo: Tempo) -> bool:
        """Whether the phases of a paced repetition are named, as things stand."""
        return tempo.spoken and self.talk >= Talk.NORMAL

    def _side(self, segment: Segment) -> Parts:
        return self.say("switch", side=self.side(segment.side)) if segment.side else ()

    def _change(self, plan: Plan, segment: Segment) -> tuple[Parts, ...]:
        out = self.cue(plan.steps[segment.step], CueTime.EXIT)
        exits = [text for text in ((out.text, out.short) if out else ()) if text]
        if segment.step + 1 >= len(plan.steps):
            return (*((text,) for text in exits), ())
        name = plan.steps[segment.step + 1].exercise.name
        rest = self.say("rest_next", exercise=name)
        brief = self.say("next_is", exercise=name)
        return (
            *((text, *rest) for text in exits),
            *((text, *brief) for text in exits),
            rest,
            brief,
        )

    def ahead(self, plan: Plan) -> tuple[str, ...]:
        """Every line that the plan is known to need, in the order of need, none twice."""
        needed: dict[str, None] = {}
        for step, planned in enumerate(plan.steps):
            needed.update(dict.fromkeys(self.explanation(plan, step, first=step == 0)))
            for segment in plan.segments:
                if segment.step == step and segment.side is not None:
                    needed.update(dict.fromkeys(self._side(segment)))
            if planned.dose.tempo is not None and self.names_phases(planned.dose.tempo):
                needed.update(dict.fromkeys(line for n in TEMPO_LINES for line in self.say(n)))
            for cue in planned.exercise.cues:
                needed.update(dict.fromkeys(t for t in (cue.text, cue.short) if t))
        for index, segment in enumerate(plan.segments):
            if segment.kind is not Kind.WORK:
                for parts in self.gap(plan, index):
                    needed.update(dict.fromkeys(parts))
        for name in ("get_set", "closing", "paused", "go_on", "pain", "pain_question"):
            needed.update(dict.fromkeys(self.say(name)))
        return tuple(needed)
