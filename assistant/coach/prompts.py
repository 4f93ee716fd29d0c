"""The coach's wording: lines of the library, filled in for where a session is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from assistant.coach.actions import PART_GAP_S
from assistant.coach.familiarity import setup_text
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

    BEEPS = 0  # tones; names and sides where nothing else tells them
    QUIET = 1  # names, sides and counts
    NORMAL = 2  # and the setup, exit and main cue
    FULL = 3  # and the halfway cue


@dataclass
class Prompts:
    """Words for a session. `lengths_s` grows as lines are rendered."""

    lines: Lines
    lengths_s: dict[str, float] = field(default_factory=dict)
    """Line to its rendered length, seconds."""
    rate_wpm: int = DEFAULT_RATE_WPM
    """The rate of speech, words per minute, that the lengths are for."""
    voice: str = ""
    """The name of the voice that they are for; "" is that of the settings."""
    talk: Talk = Talk.FULL
    times_done: Mapping[str, int] = field(default_factory=dict)
    """Id of a movement to the sessions in which it was done: what is known is explained less."""
    round: int = 0
    """How many sessions there were before: lines with variants go on from there."""
    _turns: dict[str, int] = field(default_factory=dict)
    """How often each line was answered with."""

    def length_s(self, parts: Iterable[str]) -> float:
        """Length of a prompt, seconds: rendered lengths where known, else an estimate."""
        lengths = [talk_s(part, self.lengths_s, self.rate_wpm) for part in parts]
        return sum(lengths) + PART_GAP_S * max(0, len(lengths) - 1)

    def fitting(self, alternatives: Iterable[Parts], room_s: float) -> Parts:
        """The first alternative that fits in `room_s` seconds, or () where none does."""
        return next((p for p in alternatives if p and self.length_s(p) <= room_s), ())

    def say(self, name: str, turn: int = 0, /, **places: str | int) -> Parts:
        """One line as a prompt. Of variants the one for `turn`, which counts the places in a
        session where the line may stand: the same place has the same words, so that they can be
        rendered ahead, and the next place, and the next session, others."""
        return (self.lines.say(name, self.round + turn, **places),)

    def say_next(self, name: str, **places: str | int) -> Parts:
        """One line as an answer; of variants the one after the last that was answered with."""
        turn = self._turns.get(name, 0)
        self._turns[name] = turn + 1
        return self.say(name, turn, **places)

    def duration(self, seconds: float) -> str:
        """A length of time in words: to the second below two minutes, else to the half minute."""
        whole = max(0, round(seconds))
        if whole < 60:
            return self.count("second", whole)
        if whole >= 120:
            whole = round(whole / 30) * 30
        minutes, rest = divmod(whole, 60)
        spoken = self.count("minute", minutes)
        return f"{spoken} {self.count('second', rest)}" if rest else spoken

    def breaths(self, n: int) -> str:
        """A number of breaths in words."""
        return self.count("breath", n)

    def count(self, unit: str, n: int) -> str:
        """So many of a unit in words, such as "one minute", "3 minutes"."""
        return self.lines.say(f"unit_{unit}" if n == 1 else f"unit_{unit}s", n=n)

    def side(self, side: Side) -> str:
        """A side in words, as in the middle of a sentence."""
        return self.lines.texts[f"side_{side.value}"]

    def choice(self, names: Iterable[str]) -> str:
        """Names joined as a choice: "a, b or c"."""
        *most, last = names
        return f"{', '.join(most)} {self.lines.texts['list_or']} {last}" if most else last

    def all_of(self, names: Iterable[str]) -> str:
        """Names joined as a sum: "a, b and c"."""
        *most, last = names
        return f"{', '.join(most)} {self.lines.texts['list_and']} {last}" if most else last

    def intro(self, plan: Plan, pace: float) -> Parts:
        """What opens a session: its name, size and length, and the safety line."""
        if self.talk is Talk.BEEPS:
            return self.say("safety_opening")
        length = remaining_s(plan, 0, self.lengths_s, pace)
        movements = self.count("movement", len(plan.steps))
        intro = self.lines.say(
            "routine_intro", routine=plan.name, movements=movements, duration=self.duration(length)
        )
        return (intro, *self.say("safety_opening"))

    def explanation(self, plan: Plan, step: int, *, first: bool) -> Parts:
        """What opens a movement: its name, how to get there, the side, and the word to say."""
        planned = plan.steps[step]
        side = plan.segments[plan.first_of(step)].side
        parts = list(self.say("movement_name", exercise=planned.exercise.name))
        parts += self._familiar_setup(planned)
        if side is not None:
            parts += self.say("sided_first", step, side=self.side(side))
        if self.talk is Talk.BEEPS:
            return tuple(parts)
        if planned.dose.work_s is None and planned.dose.mode is not Mode.HOLD:
            parts += self.say("open_hint")
        parts += self.say("ready_hint_first" if first else "ready_hint", step)
        return tuple(parts)

    def _familiar_setup(self, planned: PlannedStep) -> Parts:
        """How to get into a movement, as far as the level of talk and the times done want it."""
        times = self.times_done.get(planned.exercise.id, 0)
        text = setup_text(planned.exercise, times) if self.talk >= Talk.NORMAL else None
        return (text,) if text else ()

    def setup(self, planned: PlannedStep) -> Parts:
        """How to get into a movement, in full."""
        return tuple(self._cue_text(planned, CueTime.SETUP))

    def lead_in(self, planned: PlannedStep, segment: Segment) -> tuple[Parts, ...]:
        """What may be said between "ready" and the start tone, the best first."""
        if self.talk is Talk.BEEPS:
            return ()
        side: Parts = ()
        if segment.side:
            side = self.say("get_set_side", side=self.side(segment.side))
        cues = tuple((*side, text) for text in self.forms(planned, CueTime.START))
        return (*cues, side or self.get_set(segment))

    def forms(self, planned: PlannedStep, when: CueTime) -> tuple[str, ...]:
        """The cues for a time, where this level of talk has them: the most important first, each
        followed by its short form. One of them is to be said, the first that fits."""
        least = Talk.FULL if when is CueTime.HALFWAY else Talk.NORMAL
        if self.talk < least:
            return ()
        cues = sorted((c for c in planned.exercise.cues if c.when is when), key=_priority)
        return tuple(text for cue in cues for text in (cue.text, cue.short) if text)

    def cue(self, planned: PlannedStep, when: CueTime) -> Cue | None:
        """The cue for a time, where this level of talk has it."""
        least = Talk.FULL if when is CueTime.HALFWAY else Talk.NORMAL
        return planned.exercise.cue(when) if self.talk >= least else None

    def _cue_text(self, planned: PlannedStep, when: CueTime) -> list[str]:
        cue = planned.exercise.cue(when)
        return [cue.text] if cue else []

    def gap(self, plan: Plan, index: int, *, is_praised: bool = False) -> tuple[Parts, ...]:
        """What may be said in a gap, the best first, shorter ones after it. `is_praised`: after a
        movement, with a word of praise where there is room for it."""
        segment = plan.segments[index]
        planned = plan.steps[segment.step]
        if self.talk is Talk.BEEPS:
            needs_side = segment.kind in (Kind.SWITCH, Kind.REST)
            return (self._side_short(segment),) if needs_side else ()
        match segment.kind:
            case Kind.RESET if planned.dose.mode is Mode.REPS:
                return (self._count_done(segment),)
            case Kind.RESET:
                if segment.rep_no == 2:
                    return (self.say("relax", segment.step + segment.set_no - 1),)
                return (self.say("number_next", segment.rep_no, rep=segment.rep_no),)
            case Kind.SWITCH:
                return self._switch(planned, segment)
            case Kind.REST:
                turn = segment.set_no - 2  # the first such rest comes before the second set
                rest = self.say("set_rest", turn, set=segment.set_no, sets=segment.sets)
                if segment.side is not None:
                    sided = self.say("set_rest_side", turn, side=self.side(segment.side))
                    return ((*rest, *self._side(segment)), sided, self._side_short(segment))
                return (rest,)
            case Kind.CHANGE | Kind.WORK:
                praise = self.encouragement(segment) if is_praised else ()
                return self._change(plan, segment, praise)

    def _switch(self, planned: PlannedStep, segment: Segment) -> tuple[Parts, ...]:
        sides = (self._side(segment), self._side_short(segment))
        alternates = planned.dose.sides is Sides.ALTERNATE
        both_done = alternates and segment.rep_no > 1 and segment.side == planned.dose.first_side
        if both_done and planned.dose.mode is Mode.REPS:
            return ((*self._count_done(segment), *sides[0]), *sides)
        if planned.dose.sides is not Sides.PER_SET:
            return sides
        cues = self.forms(planned, CueTime.SWITCH)
        return (*((text, *sides[0]) for text in cues), *sides)

    def _count_done(self, segment: Segment) -> Parts:
        """How many repetitions are done before the one that a gap belongs to."""
        return self.say("reps_done", count=segment.rep_no - 1, reps=segment.reps)

    def names_phases(self, tempo: Tempo) -> bool:
        """Whether the phases of a paced repetition are named, as things stand."""
        return tempo.spoken and self.talk >= Talk.NORMAL

    def _side(self, segment: Segment) -> Parts:
        if segment.side is None:
            return ()
        turn = segment.set_no + segment.rep_no - 2
        return self.say("switch", turn, side=self.side(segment.side))

    def _side_short(self, segment: Segment) -> Parts:
        return self.say("switch_short", side=self.side(segment.side)) if segment.side else ()

    def get_set(self, segment: Segment) -> Parts:
        """The call into position before a piece of work."""
        return self.say("get_set", segment.set_no - 1)

    def encouragement(self, segment: Segment) -> Parts:
        """A word of praise for a movement that was done to its end, where there is much talk."""
        return self.say("encouragement", segment.step) if self.talk >= Talk.FULL else ()

    def _change(self, plan: Plan, segment: Segment, praise: Parts) -> tuple[Parts, ...]:
        exits = self.forms(plan.steps[segment.step], CueTime.EXIT)
        if segment.step + 1 >= len(plan.steps):
            return (*((text,) for text in exits), ())
        name = plan.steps[segment.step + 1].exercise.name
        rest = self.say("rest_next", segment.step, exercise=name)
        brief = self.say("next_is", segment.step, exercise=name)
        praised = (*exits[:1], *praise, *rest)
        return (
            *([praised] if praise else []),
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
                    needed.update(dict.fromkeys(self._side_short(segment)))
            if planned.dose.tempo is not None and self.names_phases(planned.dose.tempo):
                needed.update(dict.fromkeys(line for n in TEMPO_LINES for line in self.say(n)))
            for cue in planned.exercise.cues:
                needed.update(dict.fromkeys(t for t in (cue.text, cue.short) if t))
        for index, segment in enumerate(plan.segments):
            if segment.kind is not Kind.WORK:
                for parts in self.gap(plan, index):
                    needed.update(dict.fromkeys(parts))
            if segment.kind is Kind.CHANGE:
                needed.update(dict.fromkeys(self.encouragement(segment)))
        if any(segment.breaths for segment in plan.segments):
            needed.update(dict.fromkeys((*self.say("breath_in"), *self.say("breath_out"))))
        for name in ("get_set", "closing", "paused", "go_on", "pain", "pain_question"):
            for turn in range(len(self.lines.wordings(name))):
                needed.update(dict.fromkeys(self.say(name, turn)))
        return tuple(needed)


def _priority(cue: Cue) -> int:
    return cue.priority
