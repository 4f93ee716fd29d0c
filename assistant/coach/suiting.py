"""A routine made to suit a person: what they should not do is swapped or left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.coach.actions import SwapExplained
from assistant.coach.profile import Profile
from assistant.library import Contraindication, Exercise, Library, Step


@dataclass(frozen=True, slots=True)
class Swap:
    """A movement that does not suit the person."""

    exercise: Exercise
    reason: Contraindication
    instead: Exercise | None
    """What takes its place; None where it is left out."""


@dataclass(frozen=True, slots=True)
class Suited:
    """Steps that suit the person, and what was changed for that."""

    steps: tuple[Step, ...]
    swaps: tuple[Swap, ...] = ()

    def unexplained(self, profile: Profile, at_s: float) -> tuple[SwapExplained, ...]:
        """The facts of what has yet to be told in full."""
        told = profile.explained_swaps
        return tuple(
            SwapExplained(at_s, x.exercise.id, x.reason.tag)
            for x in self.swaps
            if (x.exercise.id, x.reason.tag) not in told
        )


def against(exercise: Exercise, profile: Profile) -> Contraindication | None:
    """What rules a movement out for a person; the first in its file."""
    left_out = profile.left_out
    return next((x for x in exercise.contraindications if x.tag in left_out), None)


def suit(steps: Sequence[Step], library: Library, profile: Profile) -> Suited:
    """Swap what the person should not do for what the library names in its place.

    A movement is left out where nothing suits in its place, or where what would take it is in the
    routine anyway.
    """
    planned = {step.exercise for step in steps}
    kept: list[Step] = []
    swaps: list[Swap] = []
    for step in steps:
        exercise = library.exercises[step.exercise]
        reason = against(exercise, profile)
        if reason is None:
            kept.append(step)
            continue
        instead = _in_place_of(exercise, library, profile)
        if instead is not None and instead.id not in planned:
            planned.add(instead.id)
            kept.append(Step(exercise=instead.id))
            swaps.append(Swap(exercise, reason, instead))
        else:
            swaps.append(Swap(exercise, reason, None))
    return Suited(tuple(kept), tuple(swaps))


def _in_place_of(exercise: Exercise, library: Library, profile: Profile) -> Exercise | None:
    """The first movement down the chain of replacements that nothing rules out."""
    seen = {exercise.id}
    reason = against(exercise, profile)
    while reason is not None and reason.instead is not None and reason.instead not in seen:
        exercise = library.exercises[reason.instead]
        seen.add(exercise.id)
        reason = against(exercise, profile)
        if reason is None:
            return exercise
    return None
