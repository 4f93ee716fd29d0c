"""What an exercise and a routine are: the models behind the YAML files.

Every model forbids unknown fields, so that a slip of the pen is an error and not a silence.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

IDENTIFIER_PATTERN = r"^[a-z][a-z0-9_]*$"
SPOKEN_PATTERN = r"^\p{Ll}[\p{Ll}']*( \p{Ll}[\p{Ll}']*)*$"

Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER_PATTERN, max_length=40)]
"""Lower-case letters, digits and underscores; the name of the file without its ending."""
SpokenName = Annotated[str, StringConstraints(pattern=SPOKEN_PATTERN, min_length=2, max_length=40)]
"""What people say: lower-case words with single spaces, no digits and no hyphens."""
SENTENCE_PATTERN = r"^\p{Lu}[^.?!]*[.?!]$"
Sentence = Annotated[str, StringConstraints(pattern=SENTENCE_PATTERN, max_length=120)]
"""Exactly one sentence, from its capital letter to its full stop or question mark."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]
Seconds = Annotated[float, Field(ge=0, le=600)]


class Model(BaseModel):
    """A frozen model that refuses unknown fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False
    )


def _wrong(problem: str, mend: str) -> PydanticCustomError:
    """An error of several fields together; the loader shows `problem` and `mend` as they are."""
    return PydanticCustomError("rule", "{problem}", {"problem": problem, "mend": mend})


class Group(StrEnum):
    """What a movement is for."""

    STRENGTH = "strength"
    STRETCH = "stretch"
    BREATH = "breath"


class CueTime(StrEnum):
    """When a cue is spoken."""

    SETUP = "setup"  # before the movement, while the person gets into position
    START = "start"  # as the work begins
    DURING = "during"  # in the hold, one focus
    HALFWAY = "halfway"
    SWITCH = "switch"  # as sides change
    EXIT = "exit"  # leaving the position


class Cue(Model):
    """A line that the coach may say."""

    when: CueTime
    text: Line
    short: Line | None = None
    """What to say where `text` does not fit."""
    priority: int = Field(default=2, ge=1, le=3)
    """1 is said first, 3 is dropped first."""
    droppable: bool = True
    """Whether the cue may be left out when it is late."""
    levels: tuple[Annotated[int, Field(ge=1, le=10)], ...] = ()
    """The levels that the cue is meant for, where the form changes with them; empty: all."""


class Sides(StrEnum):
    """How a movement treats the two sides of the body."""

    NONE = "none"
    ALTERNATE = "alternate"  # left and right in turn, each rep
    PER_SET = "per_set"  # all reps of a set on one side, then on the other


class Breath(Model):
    """The phases of one breath, seconds."""

    in_s: float = Field(default=4, ge=1, le=12)
    top_s: float = Field(default=0, ge=0, le=12)
    out_s: float = Field(default=6, ge=1, le=12)
    bottom_s: float = Field(default=0, ge=0, le=12)

    @property
    def total_s(self) -> float:
        """Length of one breath, seconds."""
        return self.in_s + self.top_s + self.out_s + self.bottom_s


class Tempo(Model):
    """The phases of one repetition, seconds."""

    up_s: float = Field(ge=0, le=30)
    pause_s: float = Field(default=0, ge=0, le=30)
    down_s: float = Field(ge=0, le=30)
    reset_s: float = Field(default=0, ge=0, le=30)
    spoken: bool = True
    """Whether "up", "hold" and "down" are said in the first repetitions of a set; else tones alone
    pace them."""

    @property
    def phases_s(self) -> dict[str, float]:
        """The lengths by the names of their fields, seconds."""
        return {
            "up_s": self.up_s,
            "pause_s": self.pause_s,
            "down_s": self.down_s,
            "reset_s": self.reset_s,
        }

    @property
    def work_s(self) -> float:
        """Length of one repetition without the reset, seconds."""
        return self.up_s + self.pause_s + self.down_s


class Mode(StrEnum):
    """How a movement is measured."""

    HOLD = "hold"  # a position is kept for a time
    REPS = "reps"  # it is repeated, at a tempo or counted by "done"
    OPEN = "open"  # until the person says "done"


class Dose(Model):
    """How much of a movement, in what order, with what rests."""

    mode: Mode = Mode.HOLD
    hold_s: float | None = Field(default=None, ge=1, le=120)
    """Length of a hold, seconds. Either this or `hold_breaths` where mode is hold."""
    hold_breaths: int | None = Field(default=None, ge=1, le=20)
    breath: Breath = Breath()
    reps: int = Field(default=1, ge=1, le=50)
    """Repetitions in a set; on each side where there are sides."""
    sets: int | tuple[Annotated[int, Field(ge=1, le=50)], ...] = 1
    """A number of equal sets, or the reps of each set: a pyramid such as [5, 3, 1]."""
    tempo: Tempo | None = None
    sides: Sides = Sides.NONE
    first_side: Literal["left", "right"] = "left"
    prepare_s: Seconds = 5
    """From "ready" to the start tone: time to get into position."""
    reset_s: Seconds = 3
    """Between two reps on the same side."""
    switch_s: Seconds = 5
    """Between the sides."""
    rest_s: Seconds = 15
    """Between sets."""
    rest_after_s: Seconds = 10
    """After the movement, before the next is explained."""

    @model_validator(mode="after")
    def _is_whole(self) -> "Dose":
        if self.mode is Mode.HOLD and (self.hold_s is None) == (self.hold_breaths is None):
            found = "neither hold_s nor hold_breaths" if self.hold_s is None else "both"
            raise _wrong(f"a hold with {found}", "Give either hold_s or hold_breaths.")
        if self.mode is not Mode.HOLD and (self.hold_s or self.hold_breaths):
            raise _wrong(
                f"hold_s or hold_breaths in mode {self.mode}", "Leave it out, or set mode: hold."
            )
        if self.mode is not Mode.REPS and self.tempo is not None:
            raise _wrong(f"tempo in mode {self.mode}", "Leave it out, or set mode: reps.")
        if isinstance(self.sets, int) and not 1 <= self.sets <= 20:
            raise _wrong(f"sets is {self.sets}", "Use 1 to 20 sets.")
        if isinstance(self.sets, tuple) and not 1 <= len(self.sets) <= 20:
            raise _wrong(f"a pyramid of {len(self.sets)} sets", "Use 1 to 20 sets.")
        return self

    @property
    def set_reps(self) -> tuple[int, ...]:
        """Repetitions of each set, in order."""
        return (self.reps,) * self.sets if isinstance(self.sets, int) else self.sets

    @property
    def work_s(self) -> float | None:
        """Length of one hold or one paced repetition, seconds; None where it is not timed."""
        match self.mode:
            case Mode.HOLD:
                if self.hold_s is not None:
                    return self.hold_s
                assert self.hold_breaths is not None  # proven by _is_whole
                return self.hold_breaths * self.breath.total_s
            case Mode.REPS:
                return self.tempo.work_s if self.tempo else None
            case Mode.OPEN:
                return None


class LaidDose(Dose):
    """A dose as a session that runs has it by now: bargaining goes further than a file may."""

    hold_s: float | None = Field(default=None, ge=1, le=3600)
    hold_breaths: int | None = Field(default=None, ge=1, le=1000)


class Level(Model):
    """A dose and where its figures come from; levels rise from easiest to hardest."""

    dose: Dose
    source: Line
    on_knees: bool = False
    """Whether this form is done on the knees, where harder ones are not: "on my knees"."""


class Contraindication(Model):
    """When not to do a movement."""

    tag: Identifier
    say: Line
    instead: Identifier | None = None
    """Id of the exercise to use in its place."""


class Exercise(Model):
    """One movement."""

    id: Identifier
    name: SpokenName
    aliases: tuple[SpokenName, ...] = ()
    group: Group
    position: Identifier
    """Starting position: supine, hands_and_knees, prone, side_lying, kneeling, seated."""
    muscles: tuple[Line, ...] = Field(min_length=1)
    why: Line
    feel: Line | None = None
    """Where it should be felt, and where not, in one or two sentences; None: in its muscles."""
    self_checks: tuple[Line, Line]
    """Two questions to ask, since the coach cannot see."""
    easier: Identifier | None = None
    harder: Identifier | None = None
    contraindications: tuple[Contraindication, ...] = ()
    sources: tuple[Line, ...] = Field(min_length=1)
    cues: tuple[Cue, ...] = Field(min_length=1)
    levels: tuple[Level, ...] = Field(min_length=1)

    @property
    def spoken_names(self) -> tuple[str, ...]:
        """Every way to name the movement, the usual one first."""
        return (self.name, *self.aliases)

    def cue(self, when: CueTime) -> Cue | None:
        """The most important cue for a time, or None; of equals, the first in the file."""
        return min((c for c in self.cues if c.when is when), key=lambda c: c.priority, default=None)

    def at_level(self, level: int) -> "Exercise":
        """The exercise with the cues of a level (from 1), and without those of other levels."""
        cues = tuple(c for c in self.cues if not c.levels or level in c.levels)
        return self.model_copy(update={"cues": cues})

    @model_validator(mode="after")
    def _has_setup(self) -> "Exercise":
        known = range(1, len(self.levels) + 1)
        for cue in self.cues:
            for level in cue.levels:
                if level not in known:
                    raise _wrong(
                        f"the {cue.when} cue is for level {level}, of {len(known)}",
                        f"Use levels 1 to {len(known)}, or add the level.",
                    )
        for level in known:
            if self.at_level(level).cue(CueTime.SETUP) is None:
                raise _wrong(f"level {level} has no setup cue", "Add a cue with when: setup.")
        return self


class Step(Model):
    """One movement of a routine: an exercise at a level, or with a dose of its own."""

    exercise: Identifier
    level: int = Field(default=1, ge=1, le=10)
    dose: Dose | None = None


class Routine(Model):
    """Movements in order."""

    id: Identifier
    name: SpokenName
    aliases: tuple[SpokenName, ...] = ()
    summary: Line
    steps: tuple[Step, ...] = Field(min_length=1, max_length=50)

    @property
    def spoken_names(self) -> tuple[str, ...]:
        """Every way to name the routine, the usual one first."""
        return (self.name, *self.aliases)
