"""Everything that the coach may say, from wherever it is written."""

from collections.abc import Iterator

from assistant.library.lines import Lines
from assistant.library.loader import Library
from assistant.library.models import Exercise

WORD_NAMES = ("unit_", "side_", "list_")
"""How the names of lines begin that are words for others, and never said alone."""


def exercise_texts(exercise: Exercise) -> Iterator[str]:
    """What may be said of a movement."""
    for cue in exercise.cues:
        yield from (text for text in (cue.text, cue.short) if text)
    yield from (exercise.why, *exercise.self_checks)
    yield from (contraindication.say for contraindication in exercise.contraindications)
    if exercise.feel:
        yield exercise.feel


def library_texts(library: Library) -> Iterator[str]:
    """What may be said of the movements, and of backs."""
    for exercise in library.exercises.values():
        yield from exercise_texts(exercise)
    yield from library.knowledge.texts()


def line_texts(lines: Lines) -> Iterator[tuple[str, str]]:
    """Every wording of every line that is said alone, with its name; {places} not filled in."""
    return ((name, text) for name, text in lines.all_texts() if not name.startswith(WORD_NAMES))
