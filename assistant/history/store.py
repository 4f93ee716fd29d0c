"""The store of facts: one SQLite file.

Facts are only ever added, or all forgotten. The file is made when there is something to keep. It
belongs to its owner alone, since it tells of their health.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from assistant.errors import HistoryError
from assistant.history.records import Row

FILE_NAME = "history.db"
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE fact (
        id INTEGER PRIMARY KEY,
        at_utc_s REAL NOT NULL,
        kind TEXT NOT NULL,
        data TEXT NOT NULL
    ) STRICT;
    """,
)
"""Script n brings a file of schema version n to version n + 1."""

BUSY_S = 5.0
"""How long another Earshot's writing is waited for, seconds."""

_FOLLOWERS = ("-wal", "-shm")
"""Endings of the files that SQLite keeps beside its own."""


class HistoryStore(Protocol):
    """Keeps facts in the order in which they were added."""

    def rows(self) -> list[Row]:
        """Everything that is kept, in order. Raises HistoryError."""

    def append(self, rows: Sequence[Row]) -> None:
        """Keep all of these or none. Raises HistoryError."""

    def forget(self) -> int:
        """Forget everything; return how many facts there were. Raises HistoryError."""

    def close(self) -> None:
        """Free what is held."""


class MemoryStore:
    """A store that ends with the program."""

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        self._rows = list(rows)

    def rows(self) -> list[Row]:
        """Everything that is kept, in order."""
        return list(self._rows)

    def append(self, rows: Sequence[Row]) -> None:
        """Keep all of these."""
        self._rows.extend(rows)

    def forget(self) -> int:
        """Forget everything; return how many facts there were."""
        count = len(self._rows)
        self._rows.clear()
        return count

    def close(self) -> None:
        """Nothing to free."""


class SqliteStore:
    """A store in a file. Belongs to the thread that made it."""

    def __init__(
        self,
        folder: Path,
        *,
        migrations: Sequence[str] = MIGRATIONS,
        now_utc_s: Callable[[], float] = time.time,
    ) -> None:
        """Open the file in `folder`, made where it is not there; what is damaged is set aside.

        Raises HistoryError where it cannot be opened, or was written by a later version.
        """
        self.path = folder / FILE_NAME
        self.set_aside: Path | None = None
        """Where the file was put that could not be read; None where all was well."""
        self._migrations = migrations
        with self._told("cannot be opened"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._db = self._opened()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):  # locked, full, read-only
                    raise
                self.set_aside = _set_aside(self.path, now_utc_s())
                self._db = self._opened()

    def rows(self) -> list[Row]:
        """Everything that is kept, in order. Raises HistoryError."""
        with self._told("cannot be read"):
            found = self._db.execute("SELECT at_utc_s, kind, data FROM fact ORDER BY id")
            return [Row(*row) for row in found]

    def append(self, rows: Sequence[Row]) -> None:
        """Keep all of these or none; they are on the disk on return. Raises HistoryError."""
        values = [(row.at_utc_s, row.kind, row.data) for row in rows]
        with self._told("cannot be written"), self._db:
            self._db.executemany("INSERT INTO fact (at_utc_s, kind, data) VALUES (?, ?, ?)", values)

    def forget(self) -> int:
        """Forget everything, also what was set aside; return how many facts there were.

        The text is overwritten, and a coach that runs goes on with an empty file. Raises
        HistoryError.
        """
        with self._told("cannot be emptied"):
            self._db.execute("PRAGMA secure_delete = ON")
            with self._db:
                count = self._db.execute("DELETE FROM fact").rowcount
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for path in self.path.parent.glob(f"{self.path.stem}-damaged-*"):
                path.unlink()
        return count

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _opened(self) -> sqlite3.Connection:
        # Made here and not by SQLite, which would let others read it; its followers take after it.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(self.path, timeout=BUSY_S)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            # Few facts come, and small machines are switched off by their plug: each is to last.
            db.execute("PRAGMA synchronous = FULL")
            _check(db)
            self._migrate(db)
        except BaseException:
            db.close()
            raise
        return db

    def _migrate(self, db: sqlite3.Connection) -> None:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        newest = len(self._migrations)
        if version > newest:
            raise HistoryError(
                f"it has schema version {version}, and this Earshot knows up to {newest}",
                place=str(self.path),
                mend="Use the later Earshot that wrote it, or another data_dir.",
            )
        for number in range(version, newest):
            script = self._migrations[number]
            db.executescript(f"BEGIN; {script} PRAGMA user_version = {number + 1}; COMMIT;")

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise HistoryError(
                f"the history {what}: {error}",
                place=str(self.path),
                mend="Free some space, see whose folder it is, or name another data_dir.",
            ) from error


def _check(db: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError for a file that is damaged."""
    found = db.execute("PRAGMA integrity_check").fetchall()
    if found != [("ok",)]:
        raise sqlite3.DatabaseError(str(found[0][0]))


def _set_aside(path: Path, now_utc_s: float) -> Path:
    """Give a damaged file and its followers other names; return the file's."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_utc_s))
    aside = path.with_name(f"{path.stem}-damaged-{stamp}{path.suffix}")
    path.rename(aside)
    for ending in _FOLLOWERS:
        follower = path.with_name(path.name + ending)
        if follower.exists():
            follower.rename(aside.with_name(aside.name + ending))
    return aside


@contextmanager
def stored(folder: Path) -> Iterator[SqliteStore | None]:
    """The store in a folder, None where nothing was ever kept there. Raises HistoryError."""
    if folder.exists() and not folder.is_dir():
        mend = "Name a folder as data_dir."
        raise HistoryError("this is a file, not a folder", place=str(folder), mend=mend)
    if not (folder / FILE_NAME).exists():
        yield None
        return
    with closing(SqliteStore(folder)) as store:
        yield store
