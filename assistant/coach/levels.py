"""Which level of a movement a person is given."""

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.coach.actions import LevelReason, LevelSet
from assistant.coach.phases import Question
from assistant.coach.profile import Profile
from assistant.library import Library
from assistant.library.models import Exercise, Routine, Step


@dataclass(frozen=True, slots=True)
class Offer:
    """A level that may be taken from the next time on."""

    exercise: str
    level: int
    question: Question


def level_for(library: Library, step: Step, profile: Profile) -> int | None:
    """The level of a routine's step: the one that the routine names, else the person's own, else
    the first. None where the routine gives a dose of its own."""
    if step.dose is not None:
        return None
    if "level" in step.model_fields_set:
        return step.level
    own = profile.progress.of(step.exercise).level or step.level
    return min(own, len(library.exercises[step.exercise].levels))


def routine_of(exercise: Exercise) -> Routine:
    """A routine of one movement."""
    summary = f"{exercise.name} alone."
    steps = (Step(exercise=exercise.id),)
    return Routine(id=exercise.id, name=exercise.name, summary=summary, steps=steps)


def eased_after_break(
    library: Library, routine: Routine, profile: Profile, now_s: float, now_utc_s: float
) -> Iterator[LevelSet]:
    """A level less for each movement of a routine that was not done for long: facts to record at
    `now_s`. A level that the routine itself names is left alone."""
    for name in dict.fromkeys(step.exercise for step in routine.steps):
        step = Step(exercise=name)
        level = level_for(library, step, profile)
        if level is not None and level > 1 and profile.progress.has_lapsed(name, now_utc_s):
            yield LevelSet(now_s, name, level - 1, LevelReason.BREAK)
