"""Kinds of phrases: which name something of a user's own."""

from assistant.nlu import Phrasebook
from assistant.nlu.kinds import OPEN, is_naming, kind_of


def test_every_kind_that_names_a_movement_or_a_routine_is_told(english: Phrasebook) -> None:
    for text, command in english.commands.items():
        kind, slots = kind_of(command), command.slots
        if OPEN in kind:
            assert is_naming(kind) == bool(slots.exercise or slots.routine), (text, kind)
