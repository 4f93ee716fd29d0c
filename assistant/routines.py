"""`earshot routines new`, `check`, `export` and `import`: a user's own files, checked as the coach
will read them, and against what can be said."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from assistant.app import World, world_of
from assistant.coach.commands import plan_of
from assistant.coach.plan import remaining_s
from assistant.config import Settings
from assistant.errors import LibraryError
from assistant.library import (
    Dose,
    Exercise,
    Library,
    Routine,
    Sides,
    check_file,
    dose_of,
    load_library,
    with_item,
)
from assistant.library.shelf import import_file, named, source_of, write_schema, write_whole
from assistant.library.template import routine_template
from assistant.stt.engines import chosen_model_dir
from assistant.stt.sphinx_engine import SphinxRecogniser
from assistant.stt.vosk_engine import VoskRecogniser

Item = Exercise | Routine


def new_routine(settings: Settings, name: str, where: Path | None) -> Path:
    """Write a commented routine that is valid as it stands; return its file.

    `where` is a folder or a file; None is the user's own folder. Raises LibraryError or
    IntentsError for a name that cannot be used, and LibraryError for a file that is there already.
    """
    id_, text = routine_template(name)
    folder = settings.config_dir / "routines" if where is None else where
    target = folder / f"{id_}.yaml"
    if where is not None and where.suffix == ".yaml":
        target = where
    place = f"earshot routines new {name!r}"
    if target.name != f"{id_}.yaml":
        raise LibraryError(
            f"the file {target.name!r} does not go with the id {id_!r}",
            place=place,
            mend=f"Call it {id_}.yaml, or name a folder.",
        )
    library = _library(settings)
    if target.exists() or id_ in library.routines:
        what = str(target) if target.exists() else f"the routine {id_!r}"
        raise LibraryError(f"there is {what} already", place=place, mend="Choose another name.")
    with tempfile.TemporaryDirectory() as trial:
        path = Path(trial) / target.name
        path.write_text(text, encoding="utf-8")
        try:
            item = check_file(path, library)
        except LibraryError as error:
            raise LibraryError(error.problem, place=place, mend=error.mend) from error
    world_of(settings, with_item(library, item))
    write_whole(target, text.encode())
    write_schema(target.parent)
    return target


def check_report(settings: Settings, path: Path) -> list[str]:
    """What a file comes to: its movements, its length, how it is started, and words that are hard
    to hear. Raises LibraryError or IntentsError, which names every problem found."""
    library = _library(settings)
    item = check_file(path, library)
    world = world_of(settings, with_item(library, item))
    kind = "routine" if isinstance(item, Routine) else "exercise"
    lines = [f"{path}: {kind} {item.id!r} is fine"]
    if isinstance(item, Routine):
        lines += describe_routine(world, item.id)
    ways = ", or ".join(f"“start {name}”" for name in item.spoken_names)
    return [*lines, f"say {ways}", *_hard_words(settings, item)]


def _hard_words(settings: Settings, item: Item) -> Iterator[str]:
    words = dict.fromkeys(word for name in item.spoken_names for word in name.split())
    unknown = _unknown(lambda: VoskRecogniser(chosen_model_dir(settings.model)), list(words))
    nowhere = _unknown(SphinxRecogniser, unknown) if unknown else []
    for word in unknown:
        if word in nowhere:
            yield f"note: no recogniser knows “{word}”; add an alias of other words"
        else:
            yield f"note: “{word}” is heard by the second recogniser alone, and less well"


def _unknown(make: Callable[[], VoskRecogniser | SphinxRecogniser], words: list[str]) -> list[str]:
    recogniser = make()
    try:
        return [word for word in words if not recogniser.knows(word)]
    finally:
        recogniser.close()


def export_routine(
    settings: Settings, name: str, target: Path | None, *, replaces: bool
) -> tuple[str, list[str]]:
    """The text of a routine's or an exercise's file, and notes on what else it needs; written to
    `target` where that is given. Raises LibraryError."""
    library = _library(settings)
    file_name, text = source_of(name, library, settings.language, settings.user_dir)
    notes = list(_needs(settings, library, Path(file_name).stem))
    if target is not None:
        path = target / file_name if target.is_dir() else target
        if path.exists() and not replaces:
            mend = "Name another file, or replace it with --replace."
            raise LibraryError("there is a file already", place=str(path), mend=mend)
        write_whole(path, text.encode())
        notes.insert(0, f"wrote {path}")
    return text, notes


def _needs(settings: Settings, library: Library, id_: str) -> Iterator[str]:
    """The user's own exercises that a routine is made of."""
    routine = library.routines.get(id_)
    steps = routine.steps if routine is not None else ()
    for exercise in dict.fromkeys(step.exercise for step in steps):
        if (settings.config_dir / "exercises" / f"{exercise}.yaml").is_file():
            yield f"note: it needs your exercise {exercise!r}: earshot routines export {exercise}"


def import_routine(settings: Settings, path: Path, *, replaces: bool) -> Path:
    """Check a file and copy it among the user's own. Raises LibraryError or IntentsError."""
    library = _library(settings)
    item = check_file(path, library, is_named_by_id=False)
    world_of(settings, with_item(library, item))
    return import_file(path, library, settings.config_dir, replaces=replaces)


def _library(settings: Settings) -> Library:
    return load_library(settings.language, settings.user_dir)


def routine_length_s(world: World, routine: str) -> float:
    """Estimated length of a routine with the talk in it, seconds."""
    return remaining_s(plan_of(world.library, world.library.routines[routine]), 0, {})


def describe_routine(world: World, name: str) -> list[str]:
    """A routine's movements with their doses, and its length. Raises LibraryError."""
    library = world.library
    routine = named(library, name)
    if not isinstance(routine, Routine):
        known = ", ".join(library.routines)
        problem = f"no routine {name!r}"
        raise LibraryError(problem, place="earshot routines show", mend=f"There are {known}.")
    minutes = routine_length_s(world, routine.id) / 60
    lines = [f"{routine.name}: {routine.summary}", f"about {minutes:.1f} minutes with the talk"]
    for number, step in enumerate(routine.steps, start=1):
        dose = dose_of(step, library)
        exercise = library.exercises[step.exercise]
        lines.append(f"{number:3}. {exercise.name:24} {dose_in_words(dose)}")
    return lines


def dose_in_words(dose: Dose) -> str:
    """A dose on one line."""
    reps = ", ".join(str(n) for n in dose.set_reps)
    if isinstance(dose.sets, int):
        reps = f"{dose.sets} x {dose.reps}" if dose.sets > 1 else str(dose.reps)
    each = {Sides.NONE: "", Sides.ALTERNATE: " a side", Sides.PER_SET: " a side"}[dose.sides]
    if dose.hold_breaths is not None:
        return f"{reps}{each}, {dose.hold_breaths} breaths ({dose.work_s:g} s) each"
    if dose.work_s is not None:
        return f"{reps}{each}, {dose.work_s:g} s each"
    return f"{reps}{each}, counted by “done”"
