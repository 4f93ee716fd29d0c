"""Kinds of phrases: what a classifier of whole phrases can tell apart."""

from assistant.coach.intents import Command

OPEN = ":#"
"""Marks a kind whose phrases name a number, a movement or a routine: many meanings in one."""


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
