"""Reads exercises and routines: ours from the package, the user's own from a folder.

A user's file adds to ours or, with the same id, replaces one of ours. Files are read one by one,
then checked against each other, and every problem found is reported at once.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from assistant.errors import LibraryError
from assistant.library.checks import Item, check_links, check_names
from assistant.library.document import (
    SIZE_LIMIT_BYTES,
    Document,
    Problem,
    RefusedError,
    read_document,
    show_path,
)
from assistant.library.explain import explain, suggest
from assistant.library.knowledge import NOTHING_KNOWN, Knowledge, load_knowledge
from assistant.library.models import Dose, Exercise, Routine, Step

PROBLEMS_SHOWN = 20
"""Problems listed in one error; of more, only the number is told."""

_ENDING = ".yaml"
_FOLDERS: Mapping[str, type[Item]] = {"exercises": Exercise, "routines": Routine}
_MISPLACED: Mapping[type[Item], tuple[str, str, str]] = {
    Exercise: ("steps", "a routine among the exercises", "Move it to routines/."),
    Routine: ("levels", "an exercise among the routines", "Move it to exercises/."),
}
"""By kind: a field that only the other kind has, what is wrong then, and the mend."""


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that can be done in a session, by id. Links between entries are sound."""

    exercises: Mapping[str, Exercise]
    routines: Mapping[str, Routine]
    reserved: frozenset[str] = field(default=frozenset(), repr=False)
    """Commands that no exercise or routine may be called."""
    knowledge: Knowledge = field(default=NOTHING_KNOWN, repr=False)
    """What can be asked about besides the movements."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file that was read."""

    label: str
    item: Item
    document: Document


@dataclass(frozen=True, slots=True)
class _Found:
    """A problem and the file that it is in."""

    label: str
    problem: Problem


def load_library(language: str = "en", user_dir: Path | None = None) -> Library:
    """Load a language's library, with the exercises/ and routines/ of the user's folder.

    A user's folder that does not exist counts as empty. Raises LibraryError, which lists every
    problem with its file, line, field and mend.
    """
    package = _language_folder(language)
    entries: dict[tuple[type[Item], str], _Entry] = {}
    found: list[_Found] = []
    homes: list[Traversable] = [package] if user_dir is None else [package, user_dir]
    for home in homes:
        for folder, kind in _FOLDERS.items():
            for entry in _read_folder(home / folder, kind, found):
                entries.pop((kind, entry.item.id), None)  # so that the user's files come last
                entries[kind, entry.item.id] = entry
    _raise_if_any(found)
    library = _assemble(
        (entry.item for entry in entries.values()), reserved=_read_reserved(package)
    )
    _raise_if_any(_cross_check(entries.values(), library))
    return replace(library, knowledge=load_knowledge(language))


def check_file(path: Path, library: Library, *, is_named_by_id: bool = True) -> Item:
    """Check one file against a library, as if it were in the user's folder; return its content.

    A file with `steps` is a routine, any other an exercise. `is_named_by_id` False: it may have any
    name. Raises LibraryError.
    """
    label = str(path)
    try:
        document = read_document(_read_bytes(path))
        kind: type[Item] = Routine if "steps" in document.content else Exercise
        item = _validate(document, kind, path.name if is_named_by_id else None)
    except RefusedError as error:
        raise _as_error([_Found(label, problem) for problem in error.problems]) from error
    known: list[Item] = [*library.exercises.values(), *library.routines.values()]
    others = [other for other in known if (type(other), other.id) != (kind, item.id)]
    whole = with_item(library, item)
    taken = _spoken(others)
    entry = _Entry(label, item, document)
    _raise_if_any(_check_entry(entry, whole, taken))
    return item


def with_item(library: Library, item: Item) -> Library:
    """A library with one more exercise or routine, or with another in place of its id's."""
    known: list[Item] = [*library.exercises.values(), *library.routines.values()]
    others = [other for other in known if (type(other), other.id) != (type(item), item.id)]
    return _assemble((*others, item), reserved=library.reserved)


def dose_of(step: Step, library: Library) -> Dose:
    """The dose of a routine's step: its own, or that of the exercise at the step's level.

    Raises LibraryError where the library lacks the exercise or the level.
    """
    if step.dose is not None:
        return step.dose
    exercise = library.exercises.get(step.exercise)
    if exercise is None:
        mend = suggest(step.exercise, library.exercises)
        raise LibraryError(f"no exercise {step.exercise!r}", mend=mend)
    if step.level > len(exercise.levels):
        mend = f"Use a level from 1 to {len(exercise.levels)}."
        raise LibraryError(f"{step.exercise} has no level {step.level}", mend=mend)
    return exercise.levels[step.level - 1].dose


def _language_folder(language: str) -> Traversable:
    root = files("assistant.library")
    known = [
        folder.name
        for folder in root.iterdir()
        if folder.is_dir() and all((folder / name).is_dir() for name in _FOLDERS)
    ]
    if language not in known:
        problem, mend = f"no library for language {language!r}", suggest(language, known)
        raise LibraryError(problem, place="language in the settings", mend=mend)
    return root / language


def _read_folder(folder: Traversable, kind: type[Item], found: list[_Found]) -> Iterator[_Entry]:
    """Yield the good files of a folder; note the problems of the others in `found`."""
    try:
        items = sorted(folder.iterdir(), key=lambda item: item.name)
    except FileNotFoundError:
        return
    except OSError as error:
        problem = Problem(f"cannot be listed: {error.strerror}", "It must be a readable folder.")
        found.append(_Found(str(folder), problem))
        return
    for item in items:
        if item.name.startswith(".") or not item.name.endswith((_ENDING, ".yml")):
            continue
        label = str(item)
        try:
            document = read_document(_read_bytes(item))
            yield _Entry(label, _validate(document, kind, item.name), document)
        except RefusedError as error:
            found += [_Found(label, problem) for problem in error.problems]


def _read_bytes(item: Traversable) -> bytes:
    if item.is_dir():
        raise RefusedError(Problem("this is a folder", "Name a file in it, or take it away."))
    if not item.is_file():
        raise RefusedError(Problem("there is no such file", "Check its name."))
    try:
        with item.open("rb") as stream:
            return stream.read(SIZE_LIMIT_BYTES + 1)
    except OSError as error:
        mend = "Check that you may read it."
        raise RefusedError(Problem(f"cannot be read: {error.strerror}", mend)) from error


def _validate(document: Document, kind: type[Item], file_name: str | None) -> Item:
    """Turn a document into an exercise or a routine. Raises RefusedError."""
    field_of_other, text, mend = _MISPLACED[kind]
    if field_of_other in document.content:
        line = document.line_of((field_of_other,))
        raise RefusedError(Problem(text, mend, (field_of_other,), line))
    try:
        # As JSON, because only there does strict mode take lists for tuples and text for enums.
        item = kind.model_validate_json(json.dumps(document.content), strict=True)
    except ValidationError as error:
        raise RefusedError(*explain(error, document, kind)) from error
    if file_name is not None and file_name != item.id + _ENDING:
        mend = f"Call the file {item.id}{_ENDING}, or change the id."
        text = f"id is {item.id!r}, which is not the file's name"
        raise RefusedError(Problem(text, mend, ("id",), document.line_of(("id",))))
    return item


def _read_reserved(package: Traversable) -> frozenset[str]:
    document = read_document(_read_bytes(package / "reserved.yaml"))
    return frozenset(document.content["phrases"])


def _assemble(items: Iterable[Item], *, reserved: frozenset[str]) -> Library:
    exercises: dict[str, Exercise] = {}
    routines: dict[str, Routine] = {}
    for item in items:
        if isinstance(item, Exercise):
            exercises[item.id] = item
        else:
            routines[item.id] = item
    return Library(MappingProxyType(exercises), MappingProxyType(routines), reserved)


def _cross_check(entries: Iterable[_Entry], library: Library) -> list[_Found]:
    found: list[_Found] = []
    taken: dict[str, str] = {}
    for entry in entries:
        found += _check_entry(entry, library, taken)
        taken |= _spoken([entry.item])
    return found


def _check_entry(entry: _Entry, library: Library, taken: Mapping[str, str]) -> list[_Found]:
    problems = [
        *check_links(entry.item, library.exercises),
        *check_names(entry.item, taken, library.reserved),
    ]
    return [
        _Found(
            entry.label,
            Problem(p.text, p.mend, p.path, entry.document.line_of(p.path)),
        )
        for p in problems
    ]


def _spoken(items: Iterable[Item]) -> dict[str, str]:
    """Each spoken name of some items, with what it names."""
    return {
        name: f"the {type(item).__name__.lower()} {item.id}"
        for item in items
        for name in item.spoken_names
    }


def _raise_if_any(found: list[_Found]) -> None:
    if found:
        raise _as_error(found)


def _as_error(found: list[_Found]) -> LibraryError:
    errors = [
        LibraryError(f.problem.text, place=_place(f), mend=f.problem.mend)
        for f in found[:PROBLEMS_SHOWN]
    ]
    if len(found) == 1:
        return errors[0]
    lines = [f"{len(found)} problems in the library", *map(str, errors)]
    if len(found) > PROBLEMS_SHOWN:
        lines.append(f"and {len(found) - PROBLEMS_SHOWN} more")
    return LibraryError("\n".join(lines))


def _place(found: _Found) -> str:
    line = f":{found.problem.line}" if found.problem.line else ""
    where = show_path(found.problem.path)
    return f"{found.label}{line}, {where}" if where else f"{found.label}{line}"
