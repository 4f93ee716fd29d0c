"""What happens in a home on a day: drawn by lot, the same for the same seed."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

SESSION_EVERY_S = 3 * 3600.0
"""A session for each of these: eight a day, more than anybody has."""

TALK_EVERY_S, TALK_S = 1800.0, 90.0
"""Others talk, or a television does, for so long each half hour: an hour and twelve minutes a
day."""

FAULT_EVERY_S = 2 * 3600.0
"""Something fails for each of these; every second time while a session runs."""

SESSION_S = 600.0
"""So much is kept free for a session."""

BEGINS_S = 15.0
"""When in its part of the day a session begins."""

LEAST_LOST_S, MOST_LOST_S = 20.0, 60.0
"""How long a device is away."""


class Kind(StrEnum):
    """What can happen."""

    SESSION = "session"
    """The person starts a session and leads it to its end."""
    TALK = "talk"
    """Others talk; nothing is meant for the coach."""
    MICROPHONE_LOST = "microphone lost"
    LOUDSPEAKER_LOST = "loudspeaker lost"
    RESTART = "restart"
    """The program is ended and started again."""


FAULTS = (Kind.MICROPHONE_LOST, Kind.LOUDSPEAKER_LOST)
"""What happens to devices, in a session and outside."""


@dataclass(frozen=True, slots=True, order=True)
class Happens:
    """Something that happens from `at_s` on, simulated seconds, for so long."""

    at_s: float
    kind: Kind
    length_s: float = 0.0
    """0.0: as long as it takes."""


def drawn_day(hours: float, seed: int) -> list[Happens]:
    """What happens in so many hours, in order. Of each kind at least one, however short the day."""
    rng = np.random.default_rng(seed)
    length_s = 3600 * hours
    slots = max(1, round(length_s / SESSION_EVERY_S))
    each_s = length_s / slots
    day: list[Happens] = []
    for slot in range(slots):
        begin_s = slot * each_s
        # A session early in each part; talk, faults and restarts in what is left of it.
        day.append(Happens(begin_s + BEGINS_S, Kind.SESSION))
        fault = FAULTS[slot % len(FAULTS)]
        day.append(Happens(begin_s + BEGINS_S + rng.uniform(30, 90), fault, _lost_s(rng)))
        free_s = begin_s + min(SESSION_S, 0.5 * each_s)
        left_s = begin_s + each_s - free_s
        talks = max(1, round(left_s / TALK_EVERY_S))
        for number in range(talks):
            at_s = free_s + (number + rng.uniform(0.0, 0.2)) * left_s / talks
            day.append(Happens(at_s, Kind.TALK, min(TALK_S, 0.3 * left_s / talks)))
        other = FAULTS[(slot + 1) % len(FAULTS)]
        faults = max(1, round(each_s / FAULT_EVERY_S / 2))
        for number in range(faults):
            at_s = free_s + (number + rng.uniform(0.5, 0.6)) * left_s / faults
            day.append(Happens(at_s, other, min(_lost_s(rng), 0.1 * left_s)))
        day.append(Happens(free_s + 0.9 * left_s, Kind.RESTART))
    return sorted(day)


def _lost_s(rng: np.random.Generator) -> float:
    return float(rng.uniform(LEAST_LOST_S, MOST_LOST_S))
