"""What a start finds: the facts of all runs before, folded; and what was wrong with them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.coach.events import HistoryFault
from assistant.coach.profile import NOBODY, Profile
from assistant.errors import HistoryError
from assistant.history.records import Remembered, profile_of, remembered_of
from assistant.history.store import stored


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is known at the start."""

    profile: Profile = NOBODY
    fault: HistoryFault | None = None
    """What has to be told to the person; None where all is well."""


def remembered(folder: Path, warn: Callable[[str], None]) -> list[Remembered]:
    """Every fact that is kept in a folder, in order; a damaged file is set aside and told.

    Raises HistoryError.
    """
    with stored(folder) as store:
        if store is None:
            return []
        if store.set_aside is not None:
            warn(f"the history was damaged: it was set aside as {store.set_aside}")
        return list(remembered_of(store.rows()))


def recall(folder: Path, warn: Callable[[str], None]) -> Recalled:
    """Whom the coach knows from before. Never fails: without its notes it coaches all the same."""
    warned: list[str] = []

    def told(message: str) -> None:
        warned.append(message)
        warn(message)

    try:
        profile = profile_of(remembered(folder, told))
    except HistoryError as error:
        warn(f"{error}")
        return Recalled(fault=HistoryFault.NOT_KEPT)
    return Recalled(profile, HistoryFault.SET_ASIDE if warned else None)
