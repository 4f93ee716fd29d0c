"""All that is kept of a person, in one list, and its end."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import HistoryError
from assistant.history import journal, safekeeping
from assistant.history.store import FILE_NAME, stored


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted."""

    entries: int
    """Facts of the history."""
    files: tuple[Path, ...]
    """Files that are gone. The history itself stays, empty, for a coach that has it open."""


def kept_files(folder: Path) -> list[Path]:
    """Every file that tells of the person: history, copy, what was set aside, journal."""
    history = folder / FILE_NAME
    own = [history] if history.exists() else []
    return [*own, *safekeeping.files_beside(history), *journal.files_of(folder)]


def forget_all(folder: Path) -> Forgotten:
    """Delete everything that is kept in a folder. Raises HistoryError where something cannot be."""
    before = kept_files(folder)
    history = folder / FILE_NAME
    entries = 0
    try:
        with stored(folder) as store:
            entries = 0 if store is None else store.forget()
    except HistoryError:
        if not history.is_file():
            raise
        _delete([history, *safekeeping.followers_of(history)])  # it cannot be opened, but it can go
    _delete(path for path in kept_files(folder) if path != history)
    return Forgotten(entries, tuple(path for path in before if not path.exists()))


def _delete(paths: Iterable[Path]) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            mend = "See whose file it is, or delete it by hand."
            problem = f"it cannot be deleted: {error}"
            raise HistoryError(problem, place=str(path), mend=mend) from error
