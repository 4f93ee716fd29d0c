"""What a person changed by voice, until they are asked whether it is to stay so.

A wish is noted as the change is made, against what the movement was before. At the session's end
keeping.py asks once about all of them; what is agreed becomes a fact, and `with_agreed` applies it
the next time the movement is planned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from assistant.coach.actions import DoseAgreed
from assistant.coach.plan import Kind, PlannedStep
from assistant.coach.profile import Profile
from assistant.coach.suiting import against
from assistant.library import Library
from assistant.library.models import Dose

REST_FIELDS = {
    Kind.RESET: "reset_s",
    Kind.SWITCH: "switch_s",
    Kind.REST: "rest_s",
    Kind.CHANGE: "rest_after_s",
}
"""The field of a dose that gives each kind of gap its length."""


class Change(StrEnum):
    """What was asked for. The value is part of the name of the line that asks to keep it."""

    LONGER = "longer"
    SHORTER = "shorter"
    EASIER = "easier"
    HARDER = "harder"
    SWAPPED = "swapped"
    RESTED = "rested"
    SLOWER = "slower"
    FASTER = "faster"
    PACE_SLOWER = "pace_slower"
    PACE_FASTER = "pace_faster"


RAISING = frozenset({Change.LONGER, Change.HARDER, Change.FASTER})
"""Changes that are not kept of a movement in which something hurt."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A movement's changes."""

    before: PlannedStep
    """What it was before the first of them."""
    exercise: str
    """Spoken name of what is done now."""
    fields: Mapping[str, Any]
    """What it is to be: fields of DoseAgreed."""
    changes: Mapping[str, Change]
    """What was asked for, by the field that it set."""

    def agreed(self, at_s: float) -> DoseAgreed:
        """The fact that it is agreed, at a time."""
        return DoseAgreed(at_s, self.before.routine_id, **self.fields)


@dataclass(slots=True)
class Wishes:
    """The changes of the session under way, or of the one that has just ended."""

    by_movement: dict[str, Wish] = field(default_factory=dict)
    """By the id of the movement that the routine names."""
    pained: set[str] = field(default_factory=set)
    """Ids of the movements in which something hurt."""
    pace_before: float | None = None
    """The pace of rests before it was changed; None where it was not."""
    is_due: bool = False
    """Whether the session is over, and the question not asked yet."""

    def clear(self) -> None:
        """Forget them all."""
        self.by_movement.clear()
        self.pained.clear()
        self.pace_before = None
        self.is_due = False

    def note(
        self,
        planned: PlannedStep,
        change: Change,
        fields: Mapping[str, float | int | str],
        *,
        exercise: str | None = None,
    ) -> None:
        """Note a change of a movement, `planned` as it was; `fields` are those of DoseAgreed.

        `exercise` is the spoken name of what is done in its place. What is back to what it was
        before is no wish any more.
        """
        named = planned.routine_id
        known = self.by_movement.get(named)
        before = planned if known is None else known.before
        # Another form has lengths of its own.
        is_other_form = "level" in fields or "instead" in fields
        carried = {"instead", *REST_FIELDS.values()}
        values: dict[str, Any] = {} if known is None else dict(known.fields)
        if is_other_form:
            values = {name: value for name, value in values.items() if name in carried}
        values |= fields
        # Of another movement nothing can be as it was.
        is_same = values.get("instead", before.exercise.id) == before.exercise.id
        if is_same:
            values = {name: v for name, v in values.items() if v != _was(before, name)}
        changes = {} if known is None else dict(known.changes)
        changes |= dict.fromkeys(fields, change)
        if values:
            spoken = exercise or planned.exercise.name
            kept = {name: changes[name] for name in values}
            self.by_movement[named] = Wish(before, spoken, values, kept)
        else:
            self.by_movement.pop(named, None)

    def note_pain(self, exercise: str | None) -> None:
        """Something hurt in a movement: nothing that asks more of the body is kept of it."""
        if exercise is None:
            return
        self.pained.add(exercise)
        for named, wish in list(self.by_movement.items()):
            done = wish.fields.get("instead", named)
            if exercise in (named, done) and RAISING & set(wish.changes.values()):
                del self.by_movement[named]

    def note_pace(self, before: float) -> None:
        """The pace of rests is changed; `before` is what it was."""
        if self.pace_before is None:
            self.pace_before = before


def _was(before: PlannedStep, name: str) -> float | int | str | None:
    """What a field of DoseAgreed would have said of a movement as it was."""
    match name:
        case "instead":
            return before.exercise.id
        case "level":
            return before.level
        case "hold_s":
            return before.dose.work_s
        case "tempo_share":
            return before.tempo_share
        case _:
            seconds: float = getattr(before.dose, name)
            return seconds


def with_agreed(planned: PlannedStep, library: Library, profile: Profile) -> PlannedStep:
    """A movement of a routine as it was agreed, but for what the library lacks by now and for what
    does not suit the person any more."""
    agreed = profile.agreed_for(planned.exercise.id)
    if agreed is None:
        return planned
    step = planned
    instead = library.exercises.get(agreed.instead or "")
    suits = instead is not None and against(instead, profile) is None
    if instead is not None and suits and instead.id != planned.exercise.id:
        dose = instead.levels[0].dose
        step = PlannedStep(instead.at_level(1), dose, 1, named=planned.exercise.id)
    exercise = library.exercises[step.exercise.id]
    if agreed.level is not None and agreed.level <= len(exercise.levels):
        step = at_level(step, library, agreed.level)
    return replace(
        step,
        dose=_agreed_dose(step.dose, agreed),
        tempo_share=agreed.tempo_share if step.dose.tempo and agreed.tempo_share else 1.0,
    )


def at_level(planned: PlannedStep, library: Library, level: int) -> PlannedStep:
    """The same movement at another level, with that level's dose."""
    exercise = library.exercises[planned.exercise.id]
    dose = exercise.levels[level - 1].dose
    return replace(
        planned, exercise=exercise.at_level(level), dose=dose, level=level, tempo_share=1.0
    )


def at_tempo(planned: PlannedStep, share: float) -> PlannedStep:
    """The same movement with another factor on its tempo."""
    dose = _scaled(planned.dose, share / planned.tempo_share)
    return replace(planned, dose=dose, tempo_share=share)


def _scaled(dose: Dose, by: float) -> Dose:
    if dose.tempo is None:
        return dose
    phases = {name: seconds * by for name, seconds in dose.tempo.phases_s.items()}
    return dose.model_copy(update={"tempo": dose.tempo.model_copy(update=phases)})


def _agreed_dose(dose: Dose, agreed: DoseAgreed) -> Dose:
    update: dict[str, float | int] = {}
    for name in REST_FIELDS.values():
        seconds = getattr(agreed, name)
        if seconds is not None:
            update[name] = seconds
    if agreed.hold_s is not None and dose.hold_breaths is not None:
        update["hold_breaths"] = max(1, round(agreed.hold_s / dose.breath.total_s))
    elif agreed.hold_s is not None and dose.hold_s is not None:
        update["hold_s"] = agreed.hold_s
    return _scaled(dose.model_copy(update=update), agreed.tempo_share or 1.0)
