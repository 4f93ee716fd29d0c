"""Kinds of phrases: what a classifier of whole phrases can tell apart."""

from functools import lru_cache

from assistant.coach.intents import Command, Intent

OPEN = ":#"
"""Marks a kind whose phrases name a number, a movement or a routine: many meanings in one."""

_NAMING = tuple(
    f"{intent.value}{OPEN}"
    for intent in (
        Intent.START_ROUTINE,
        Intent.START_EXERCISE,
        Intent.ADD_MOVEMENT,
        Intent.DELETE_ROUTINE,
        Intent.LONGEST_HOLD,
        Intent.MAKE_ROUTINE,
    )
)


def is_naming(kind: str) -> bool:
    """Whether the phrases of a kind name a movement or a routine, which may be one of the user's
    own: no classifier has heard that."""
    return kind in _NAMING


def intent_of(kind: str) -> str:
    """Return the intent of the phrases of a kind."""
    return kind.partition(":")[0]


@lru_cache(maxsize=4096)
def kind_of(command: Command) -> str:
    """Return the kind of a phrase that means this: its intent, its side or topic, and `OPEN`."""
    slots = command.slots
    names = (
        *(slots.routine, slots.exercise, slots.seconds, slots.count, slots.in_s, slots.breaths),
        *(slots.habit, slots.minutes, slots.clock),
    )
    is_open = any(name is not None for name in names)
    side = f":{slots.side.value}" if slots.side is not None else ""
    topic = f":{slots.topic}" if slots.topic is not None else ""
    return f"{command.intent.value}{OPEN if is_open else ''}{side}{topic}"
