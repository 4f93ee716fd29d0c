"""What an intent's slots may hold: which it needs, which it may have, and their values."""

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from types import MappingProxyType

from assistant.coach.intents import Habit, Half, Intent, Side, Slots, Symptom

Value = tuple[str, str]
"""A slot's name and its value, as a template has them."""

SLOT_NAMES = frozenset(field.name for field in fields(Slots))
NEEDED: Mapping[Intent, frozenset[str]] = MappingProxyType(
    {
        Intent.START_ROUTINE: frozenset({"routine"}),
        Intent.START_EXERCISE: frozenset({"exercise"}),
        Intent.CHOOSE_SIDE: frozenset({"side"}),
        Intent.ONLY_SIDE: frozenset({"side"}),
        Intent.NUMBER: frozenset({"count"}),
        Intent.REMIND_EVERY: frozenset({"minutes"}),
        Intent.REMIND_IN: frozenset({"minutes"}),
        Intent.REMIND_AT: frozenset({"clock"}),
        Intent.REMIND_DAILY: frozenset({"clock"}),
        Intent.START_LENGTH: frozenset({"seconds"}),
        Intent.BREATH_PATTERN: frozenset({"in_s", "out_s"}),
        Intent.ADD_MOVEMENT: frozenset({"exercise"}),
        Intent.ASK_TOPIC: frozenset({"topic"}),
    }
)
POSSIBLE: Mapping[Intent, frozenset[str]] = MappingProxyType(
    {
        # A count is a number of breaths here.
        Intent.HOLD_LONGER: frozenset({"seconds", "count"}),
        Intent.HOLD_SHORTER: frozenset({"seconds", "count"}),
        Intent.MORE_REST: frozenset({"seconds"}),
        Intent.REMIND_EVERY: frozenset({"habit"}),
        Intent.REMIND_IN: frozenset({"habit"}),
        Intent.REMIND_AT: frozenset({"habit", "half"}),
        Intent.REMIND_DAILY: frozenset({"habit", "half"}),
        Intent.SNOOZE: frozenset({"minutes"}),
        Intent.NO_REMINDERS: frozenset({"minutes"}),
        Intent.CANCEL_REMINDERS: frozenset({"habit"}),
        Intent.LONGEST_HOLD: frozenset({"exercise"}),
        Intent.BREATHE: frozenset({"seconds"}),
        Intent.MAKE_ROUTINE: frozenset({"exercise"}),
        Intent.ADD_MOVEMENT: frozenset({"count", "seconds", "breaths"}),
        Intent.SET_DOSE: frozenset({"count", "seconds", "breaths"}),
        Intent.DELETE_ROUTINE: frozenset({"routine"}),
        Intent.PAIN: frozenset({"symptom"}),
        Intent.REDO_SIDE: frozenset({"side"}),
    }
)


@lru_cache(maxsize=1024)
def slots_of(values: tuple[Value, ...]) -> Slots:
    """The slots with such values. Raises ValueError for a value that a slot cannot have."""
    named = dict(values)
    return Slots(
        routine=named.get("routine"),
        exercise=named.get("exercise"),
        seconds=_whole(named.get("seconds"), 1, 3600),
        count=_whole(named.get("count"), 0, 50),
        side=Side(named["side"]) if "side" in named else None,
        in_s=_whole(named.get("in_s"), 1, 12),
        out_s=_whole(named.get("out_s"), 1, 12),
        habit=Habit(named["habit"]) if "habit" in named else None,
        minutes=_whole(named.get("minutes"), 1, 1440),
        clock=_whole(named.get("clock"), 0, 719),
        half=Half(named["half"]) if "half" in named else None,
        breaths=_whole(named.get("breaths"), 1, 20),
        symptom=Symptom(named["symptom"]) if "symptom" in named else None,
        topic=named.get("topic"),
    )


def _whole(text: str | None, least: int, most: int) -> int | None:
    if text is None:
        return None
    if not least <= (value := int(text)) <= most:
        raise ValueError(f"{value} is not from {least} to {most}")
    return value
