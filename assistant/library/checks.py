"""What must hold between the files of a library: links, levels, and names told apart."""

from collections.abc import Iterator, Mapping

from assistant.library.document import FieldPath, Problem
from assistant.library.explain import suggest
from assistant.library.models import Exercise, Routine

Item = Exercise | Routine


def check_links(item: Item, exercises: Mapping[str, Exercise]) -> Iterator[Problem]:
    """Problems of what a file says of other exercises, by id."""
    if isinstance(item, Routine):
        yield from _check_steps(item, exercises)
        return
    links: list[tuple[FieldPath, str | None]]
    links = [(("easier",), item.easier), (("harder",), item.harder)]
    for i, contraindication in enumerate(item.contraindications):
        links.append((("contraindications", i, "instead"), contraindication.instead))
    for path, target in links:
        if target == item.id:
            yield Problem(f"{path[-1]} is {target!r}, itself", "Name another exercise.", path)
        elif target is not None and target not in exercises:
            yield Problem(f"no exercise {target!r}", suggest(target, exercises), path)


def _check_steps(routine: Routine, exercises: Mapping[str, Exercise]) -> Iterator[Problem]:
    for i, step in enumerate(routine.steps):
        exercise = exercises.get(step.exercise)
        if exercise is None:
            mend = suggest(step.exercise, exercises)
            yield Problem(f"no exercise {step.exercise!r}", mend, ("steps", i, "exercise"))
        elif step.level > len(exercise.levels):
            yield Problem(
                f"{step.exercise} has no level {step.level}",
                f"Use a level from 1 to {len(exercise.levels)}.",
                ("steps", i, "level"),
            )


def check_names(
    item: Item, taken: Mapping[str, str], reserved: frozenset[str]
) -> Iterator[Problem]:
    """Problems of an item's spoken names.

    `taken` maps each name of the other items to what it names; `reserved` are commands.
    """
    seen: set[str] = set()
    for i, name in enumerate(item.spoken_names):
        path = ("name",) if i == 0 else ("aliases", i - 1)
        if name in reserved:
            yield Problem(f"the name {name!r} is a command", "Add a word to it.", path)
        elif name in seen:
            yield Problem(f"the name {name!r} is there twice", "Keep one of them.", path)
        elif name in taken:
            mend = "Choose another, so that the two can be told apart."
            yield Problem(f"{name!r} already means {taken[name]}", mend, path)
        seen.add(name)
