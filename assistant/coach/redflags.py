"""Warning signs: what pain may mean, asked in plain words, and how urgent each is.

After the NHS's page on back pain ("when to get help") and NICE NG59, Low back pain and sciatica;
dizziness after the NHS's page on it. Each has two lines: `flag_NAME` asks, `flag_NAME_yes` is the
advice. The words are ours, and no clinician has reviewed them yet.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from assistant.coach.intents import Symptom

PAIN_MODERATE, PAIN_SEVERE = 4, 6
"""From here the easier way is offered; from here the movement is left and warning signs are asked
about. Ours, as docs/coaching.md says: no guideline gives such figures for exercise at home."""

ASKED_AGAIN_AFTER_S = 12 * 3600.0
"""What calls for no hurry is asked once a day: so long after its last answer, seconds. Ours."""


class Urgency(StrEnum):
    """How soon someone should be seen."""

    NOW = "now"  # call for emergency help
    SOON = "soon"  # see someone within days


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A warning sign."""

    name: str
    urgency: Urgency

    @property
    def question(self) -> str:
        """Name of the line that asks."""
        return f"flag_{self.name}"

    @property
    def advice(self) -> str:
        """Name of the line that says what to do."""
        return f"flag_{self.name}_yes"


LEGS = RedFlag("legs", Urgency.NOW)
GROIN = RedFlag("groin", Urgency.NOW)
BLADDER = RedFlag("bladder", Urgency.NOW)
CHEST = RedFlag("chest", Urgency.NOW)
ACCIDENT = RedFlag("accident", Urgency.NOW)
ONE_SIDED = RedFlag("one_sided", Urgency.NOW)

RED_FLAGS = (
    LEGS,
    GROIN,
    BLADDER,
    CHEST,
    ACCIDENT,
    ONE_SIDED,
    RedFlag("fever", Urgency.SOON),
    RedFlag("weight", Urgency.SOON),
    RedFlag("lump", Urgency.SOON),
    RedFlag("night", Urgency.SOON),
    RedFlag("cough", Urgency.SOON),
)
"""Every warning sign, in the order of asking: what cannot wait comes first."""

_NERVES = frozenset({LEGS, GROIN, BLADDER})
_OF_SYMPTOM = {
    Symptom.NUMBNESS: _NERVES,
    Symptom.WEAKNESS: _NERVES,
    Symptom.DIZZINESS: frozenset({CHEST, ONE_SIDED}),
}
_OF_SEVERE_PAIN = frozenset(RED_FLAGS) - {ONE_SIDED}


def flags_to_ask(
    symptom: Symptom | None, score: int | None, asked_lately: Collection[str]
) -> tuple[RedFlag, ...]:
    """The warning signs that an answer calls for, in the order of asking.

    `asked_lately` are names of signs that need not be asked about again, except those that cannot
    wait.
    """
    wanted = _OF_SYMPTOM[symptom] if symptom is not None else frozenset[RedFlag]()
    if score is not None and score >= PAIN_SEVERE:
        wanted |= _OF_SEVERE_PAIN
    return tuple(
        flag
        for flag in RED_FLAGS
        if flag in wanted and (flag.urgency is Urgency.NOW or flag.name not in asked_lately)
    )
