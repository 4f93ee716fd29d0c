"""Exercises, routines and spoken lines: what can be done, and how it is put into words."""

from assistant.library.knowledge import Knowledge, Tip, Topic
from assistant.library.lines import Lines, load_lines
from assistant.library.loader import Library, check_file, dose_of, load_library, with_item
from assistant.library.models import (
    Breath,
    Contraindication,
    Cue,
    CueTime,
    Dose,
    Exercise,
    Group,
    Level,
    Mode,
    Routine,
    Sides,
    Step,
    Tempo,
)

__all__ = [
    "Breath",
    "Contraindication",
    "Cue",
    "CueTime",
    "Dose",
    "Exercise",
    "Group",
    "Knowledge",
    "Level",
    "Library",
    "Lines",
    "Mode",
    "Routine",
    "Sides",
    "Step",
    "Tempo",
    "Tip",
    "Topic",
    "check_file",
    "dose_of",
    "load_library",
    "load_lines",
    "with_item",
]
