"""Where a session can be."""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """Where the coach is. Every event is judged by it."""

    IDLE = "idle"  # nothing has been started
    EXPLAINING = "explaining"  # the setup cue is being said
    WAITING = "waiting"  # for "ready"
    LEAD_IN = "lead_in"  # from "ready" to the start tone
    HOLD = "hold"  # a position is kept for a known time
    REP = "rep"  # a repetition: paced by a tempo, or counted by "done"
    REST = "rest"  # between reps, sides, sets or movements
    PAUSED = "paused"
    ASKING = "asking"  # a question is open
    DONE = "done"  # a session has ended


INACTIVE = frozenset({Phase.IDLE, Phase.DONE})
"""Phases in which no session runs."""

ACTIVE = frozenset(Phase) - INACTIVE
"""Phases in which a session runs."""

TIMED = frozenset({Phase.LEAD_IN, Phase.HOLD, Phase.REP, Phase.REST, Phase.ASKING})
"""The only phases that may have a deadline (a repetition has one only at a tempo)."""


class Question(StrEnum):
    """What the coach may be asking."""

    FINISH = "finish"
    PAIN = "pain"
    STEP_UP = "step_up"
    STEP_DOWN = "step_down"
    # A routine that is told, see telling.py
    MOVEMENT = "movement"
    KEEP_ROUTINE = "keep_routine"
    DELETE_ROUTINE = "delete_routine"
    RED_FLAG = "red_flag"  # may this pain be something worse?
    RELIEF = "relief"  # after pain: easier, skip or finish
    SCREENING = "screening"  # what should be left out?
    WELCOME = "welcome"  # shall the first session begin, or go on?
    LOUDNESS = "loudness"
    TRYING = "trying"  # a command to be tried
    BEGINNING = "beginning"  # shall the first routine begin?
    KEEP = "keep"  # whether what was changed by voice is to stay so
    TAKE_UP = "take_up"  # shall the session that was cut off go on?


@dataclass(frozen=True, slots=True)
class Suspended:
    """Where a session was when it was paused."""

    phase: Phase
    elapsed_s: float
    """How much of the segment had passed."""
