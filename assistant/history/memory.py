"""What a start finds: the facts of all runs before, folded; and what was wrong with them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.coach.events import HistoryFault
from assistant.coach.profile import NOBODY, Profile
from assistant.errors import HistoryError
from assistant.history.records import Remembered, Row, profile_of, remembered_of
from assistant.history.safekeeping import salvaged
from assistant.history.store import FILE_NAME, stored


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is known at the start."""

    profile: Profile = NOBODY
    fault: HistoryFault | None = None
    """What has to be told to the person; None where all is well."""


def kept_rows(folder: Path, warn: Callable[[str], None]) -> list[Row]:
    """Every row that is kept in a folder, in order, also those that this version cannot read.

    A damaged file is set aside and told. Raises HistoryError where nothing can be read.
    """
    rows, _ = _found(folder, warn)
    return rows


def remembered(folder: Path, warn: Callable[[str], None]) -> list[Remembered]:
    """Every fact that is kept in a folder, in order; likewise."""
    return list(remembered_of(kept_rows(folder, warn)))


def recall(folder: Path, warn: Callable[[str], None]) -> Recalled:
    """Whom the coach knows from before. Never fails: without its notes it coaches all the same."""
    try:
        rows, fault = _found(folder, warn)
    except HistoryError as error:
        warn(f"{error}")
        return Recalled(fault=HistoryFault.NOT_KEPT)
    return Recalled(profile_of(remembered_of(rows)), fault)


def _found(folder: Path, warn: Callable[[str], None]) -> tuple[list[Row], HistoryFault | None]:
    """The rows, and what has to be told of them. What cannot be opened to be written
    (a full disk, a card that became read-only) may be read all the same. Raises HistoryError."""
    try:
        with stored(folder) as store:
            if store is None:
                return [], None
            fault = None
            if store.set_aside is not None:
                fault = HistoryFault.RESTORED if store.is_restored else HistoryFault.SET_ASIDE
                end = "; what could be saved was put back" if store.is_restored else ""
                warn(f"the history was damaged: it was set aside as {store.set_aside}{end}")
            return store.rows(), fault
    except HistoryError as error:
        rows = [Row(*row) for row in salvaged(folder / FILE_NAME)]
        if not rows:
            raise
        warn(f"{error}")
        return rows, HistoryFault.NOT_KEPT
