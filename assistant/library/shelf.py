"""The user's own routines and exercises as files: written, deleted, copied out and in.

A file is written whole or not at all: to a hidden file beside it, which the loader leaves alone,
and then put in place of the old one.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml

from assistant.errors import LibraryError
from assistant.library.checks import Item
from assistant.library.explain import suggest
from assistant.library.loader import Library, check_file
from assistant.library.models import Exercise, Routine
from assistant.library.template import SCHEMA_COMMENT, SCHEMA_FILE, schema_text

FOLDERS: dict[type[Item], str] = {Exercise: "exercises", Routine: "routines"}
"""Folder of each kind in the user's folder and in a language's."""


@dataclass(frozen=True, slots=True)
class RoutineShelf:
    """Keeps routines that were told, as files that a person may edit."""

    user_dir: Path
    """The user's folder; made where it does not exist."""

    def keep(self, routine: Routine) -> None:
        """Write a routine's file, in place of an old one. Raises LibraryError."""
        write_whole(self._path(routine.id), routine_text(routine).encode())
        write_schema(self.user_dir / "routines")

    def delete(self, routine_id: str) -> None:
        """Delete a routine's file; one that is gone already is no error. Raises LibraryError."""
        path = self._path(routine_id)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            mend = "Check that you may write to the folder."
            raise LibraryError(f"cannot be deleted: {error}", place=str(path), mend=mend) from error

    def _path(self, routine_id: str) -> Path:
        return self.user_dir / "routines" / f"{routine_id}.yaml"


def routine_text(routine: Routine) -> str:
    """A routine as YAML, without what it leaves at its default."""
    content = routine.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    note = "# Told by voice. Change it as you like; the name is what you say to start it."
    return f"{SCHEMA_COMMENT}\n{note}\n{text}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, its folder too where there is none. Raises LibraryError."""
    hidden = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with hidden.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        hidden.replace(path)
    except OSError as error:
        with suppress(OSError):
            hidden.unlink()
        mend = "Check the folder's permissions and the room on the disk."
        raise LibraryError(f"cannot be written: {error}", place=str(path), mend=mend) from error


def write_schema(folder: Path) -> None:
    """Put the JSON Schema that the files refer to beside them, for editors. Raises LibraryError."""
    path = folder / SCHEMA_FILE
    content = schema_text(Routine).encode()
    if not path.is_file() or path.read_bytes() != content:
        write_whole(path, content)


def named(library: Library, name: str) -> Item | None:
    """The routine or exercise of an id or a spoken name; routines and ids go first."""
    items: list[Item] = [*library.routines.values(), *library.exercises.values()]
    by_id = (item for item in items if name == item.id)
    spoken = (item for item in items if name in item.spoken_names)
    return next(by_id, None) or next(spoken, None)


def source_of(name: str, library: Library, language: str, user_dir: Path | None) -> tuple[str, str]:
    """The file's name and text of a routine or exercise, by its id or spoken name; as it was
    written, comments and all. Raises LibraryError for one that the library does not have."""
    item = named(library, name)
    if item is None:
        mend = suggest(name, [*library.routines, *library.exercises])
        raise LibraryError(f"no routine or exercise {name!r}", mend=mend)
    folder, file_name = FOLDERS[type(item)], f"{item.id}.yaml"
    own = None if user_dir is None else user_dir / folder / file_name
    if own is not None and own.is_file():
        return file_name, own.read_text(encoding="utf-8-sig")
    shipped = files("assistant.library") / language / folder / file_name
    return file_name, shipped.read_text(encoding="utf-8")


def import_file(path: Path, library: Library, user_dir: Path, *, replaces: bool = False) -> Path:
    """Check a file and copy it among the user's own; return where it is.

    It may have any name. Raises LibraryError for a file that is not sound, for spoken names that
    are taken, and, unless it `replaces`, for an id that is.
    """
    item = check_file(path, library, is_named_by_id=False)
    known = library.routines if isinstance(item, Routine) else library.exercises
    kind = type(item).__name__.lower()
    target = user_dir / FOLDERS[type(item)] / f"{item.id}.yaml"
    if not replaces and (item.id in known or target.exists()):
        whose = f"your own {target}" if target.exists() else f"the {kind} that comes with Earshot"
        problem = f"the id {item.id!r} is taken by {whose}"
        mend = "Change the id, or replace it with --replace."
        raise LibraryError(problem, place=str(path), mend=mend)
    write_whole(target, path.read_bytes())
    if isinstance(item, Routine):
        write_schema(target.parent)
    return target
