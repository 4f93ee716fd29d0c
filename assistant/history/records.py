"""Facts as they are kept: a kind, the wall clock's time, and JSON.

A fact is a frozen dataclass of actions.py. Any that is added to `Fact` there is kept and read back
with nothing to change here. What this version does not know (a kind of a later one, a field
without which a fact can no longer be made) stays in the file and is passed over.
"""

import json
import logging
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, get_args

from pydantic import TypeAdapter

from assistant.coach.actions import Fact, PhaseEntered
from assistant.coach.marks import PlaceReached
from assistant.coach.profile import NOBODY, Profile
from assistant.history.plausible import LAST_UTC_S, is_plausible

log = logging.getLogger(__name__)

PASSING: tuple[type, ...] = (PhaseEntered,)
"""Facts of the moment, which are no history: a session enters hundreds of phases."""

LATEST: frozenset[str] = frozenset({PlaceReached.__name__})
"""Kinds of which only the last one counts: it takes the place of the one before, or a session would
leave a hundred of them."""

_KINDS: Mapping[str, type] = MappingProxyType(
    {kind.__name__: kind for kind in get_args(Fact) if kind not in PASSING}
)


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    """Made when it is needed: a start needs few of them, and a millisecond goes by for each."""
    return TypeAdapter(_KINDS[kind])


@dataclass(frozen=True, slots=True)
class Row:
    """A fact as it is kept."""

    at_utc_s: float
    """When it happened, seconds since 1970, UTC."""
    kind: str
    """The name of its class."""
    data: str
    """Its fields as a JSON object; their monotonic times mean nothing after the run."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A fact and when it happened."""

    at_utc_s: float
    """Seconds since 1970, UTC."""
    fact: Fact


def is_kept(fact: Fact) -> bool:
    """Whether a fact is history."""
    return not isinstance(fact, PASSING)


def as_row(remembered: Remembered) -> Row:
    """A fact that is kept, as it is kept."""
    kind = type(remembered.fact).__name__
    data = _adapter(kind).dump_json(remembered.fact).decode()
    return Row(remembered.at_utc_s, kind, data)


def that_count(rows: Sequence[Row]) -> list[Row]:
    """Rows without those that a later one takes the place of."""
    last = {row.kind: i for i, row in enumerate(rows) if row.kind in LATEST}
    return [row for i, row in enumerate(rows) if last.get(row.kind, i) == i]


def remembered_of(rows: Iterable[Row]) -> Iterator[Remembered]:
    """The facts that this version can read, in order; of the others the log tells how many."""
    unknown, unreadable = Counter[str](), Counter[str]()
    for row in rows:
        if row.kind not in _KINDS:
            unknown[row.kind] += 1
            continue
        try:
            fields = json.loads(row.data, parse_float=_finite, parse_constant=_finite)
            fact = _adapter(row.kind).validate_json(row.data)
        except (ValueError, RecursionError) as error:  # pydantic's are ValueErrors too
            unreadable[row.kind] += 1
            log.debug("history has a %s that cannot be read: %s", row.kind, error)
            continue
        if 0.0 <= row.at_utc_s < LAST_UTC_S and is_plausible(fields):
            yield Remembered(row.at_utc_s, fact)
        else:
            unreadable[row.kind] += 1
    if unknown:
        log.info("history has what this version does not know: %s", _counted(unknown))
    if unreadable:
        log.warning("history has what cannot be read, left as it is: %s", _counted(unreadable))


def _finite(number: str) -> float:
    """A number of JSON. Raises ValueError for one that is none, or larger than any."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is no number to reckon with")
    return value


def _counted(kinds: Counter[str]) -> str:
    """The most frequent kinds, each with its number."""
    named = [f"{count} {kind[:40]!r}" for kind, count in kinds.most_common(5)]
    return ", ".join([*named, *(["and others"] if len(kinds) > len(named) else [])])


def profile_of(remembered: Iterable[Remembered]) -> Profile:
    """What the facts say of the person."""
    profile = NOBODY
    for entry in remembered:
        profile = profile.after(entry.fact, entry.at_utc_s)
    return profile
