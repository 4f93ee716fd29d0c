"""Where a session is, as it is kept: what a start after a power cut needs to go on from there.

A session is a plan and a cursor, so that is what is kept: movements by their ids, the segments as
they are laid out by now, and the one under way. resuming.py makes the mark and takes it up again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.coach.intents import Side
from assistant.coach.plan import Segment
from assistant.library.models import LaidDose


@dataclass(frozen=True, slots=True)
class MarkedStep:
    """A movement of the plan."""

    exercise: str
    """Its id."""
    form: int
    """The level whose cues it has, from 1."""
    dose: LaidDose
    level: int | None = None
    """As in `PlannedStep`, with the rest."""
    named: str | None = None
    only_side: Side | None = None
    tempo_share: float = 1.0


@dataclass(frozen=True, slots=True)
class MarkedWish:
    """A change that was asked for, as in `Wish`."""

    before: MarkedStep
    exercise: str
    fields: Mapping[str, float | int | str]
    changes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PlaceReached:
    """A fact to record: where the session under way is. Only the last one counts."""

    at_s: float
    routine: str
    name: str
    """The routine's spoken name."""
    steps: tuple[MarkedStep, ...]
    segments: tuple[Segment, ...]
    index: int
    """The segment under way; in a lead-in or before it, the work that comes."""
    hurts: bool = False
    """Whether the movement under way hurt, and it is not settled how to go on."""
    pace: float = 1.0
    done: tuple[str, ...] = ()
    """The movements that were recorded as done in this session."""
    pained: tuple[str, ...] = ()
    wishes: Mapping[str, MarkedWish] | None = None
    """By the id of the movement that the routine names."""
    pace_before: float | None = None
    is_unpaced: bool = False
    """Whether the person stopped the breathing."""
    paced_step: int | None = None
    """The movement in which they asked to be paced by breaths."""
