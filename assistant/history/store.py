"""The store of facts: one SQLite file.

Facts are only ever added, or all forgotten; of a place in a session only the last is kept. The file
is made when there is something to keep. It belongs to its owner alone, since it tells of their
health. What keeps it safe is in safekeeping.py.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from assistant.coach.actions import SessionEnded
from assistant.errors import HistoryError
from assistant.history import safekeeping
from assistant.history.records import LATEST, Row, that_count

log = logging.getLogger(__name__)

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
    "CREATE INDEX fact_by_kind ON fact (kind);",
)
"""Script n brings a file of schema version n to version n + 1."""

_INSERT = "INSERT INTO fact (at_utc_s, kind, data) VALUES (?, ?, ?)"

BUSY_S = 5.0
"""How long another Earshot's writing is waited for, seconds."""


class HistoryStore(Protocol):
    """Keeps facts in the order in which they were added."""

    def rows(self) -> list[Row]:
        """Everything that is kept, in order. Raises HistoryError."""

    def append(self, rows: Sequence[Row]) -> None:
        """Keep all of these or none; a place in a session takes the place of the one before. Raises
        HistoryError."""

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
        self._rows = that_count([*self._rows, *rows])

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
        """Open the file in `folder`, made where it is not there. What is damaged is set aside, and
        the last good copy takes its place, with what can be read of the newer facts.

        Raises HistoryError where it cannot be opened, or was written by a later version.
        """
        self.path = folder / FILE_NAME
        self.set_aside: Path | None = None
        """Where the file was put that could not be read; None where all was well."""
        self.is_restored = False
        """Whether something of it could be saved."""
        self._inode = 0
        """Which file it is that is open."""
        self._migrations = migrations
        self._now_utc_s = now_utc_s
        with self._told("cannot be opened"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._db = self._sound()

    def rows(self) -> list[Row]:
        """Everything that is kept, in order. Raises HistoryError."""
        with self._told("cannot be read"):
            found = self._db.execute("SELECT at_utc_s, kind, data FROM fact ORDER BY id")
            return [Row(*row) for row in found]

    def append(self, rows: Sequence[Row]) -> None:
        """Keep all of these or none; they are on the disk on return. Raises HistoryError."""
        counting = that_count(rows)
        values = [(row.at_utc_s, row.kind, row.data) for row in counting]
        outdated = [(kind,) for kind in LATEST & {row.kind for row in counting}]
        with self._told("cannot be written"):
            self._follow_file()
            with self._db:
                self._db.executemany("DELETE FROM fact WHERE kind = ?", outdated)
                self._db.executemany(_INSERT, values)
        is_session_over = any(row.kind == SessionEnded.__name__ for row in rows)
        if is_session_over or not safekeeping.copy_of(self.path).exists():
            self._make_copy()

    def _follow_file(self) -> None:
        """Open the file anew where another stands in its place: another program has set it aside,
        or somebody has deleted it."""
        is_there = self.path.exists()
        if not is_there or self.path.stat().st_ino != self._inode:
            self._db.close()
            self._db = self._sound()

    def _make_copy(self) -> None:
        """Copy the file as it is now, where there is room: the facts are kept either way."""
        try:
            safekeeping.make_copy(self._db, self.path)
        except (sqlite3.Error, OSError) as error:
            log.warning("the history could not be copied: %s", error)

    def forget(self) -> int:
        """Forget everything, also the copy and what was set aside; return how many facts there
        were.

        The text is overwritten, and a coach that runs goes on with an empty file. Raises
        HistoryError.
        """
        with self._told("cannot be emptied"):
            self._db.execute("PRAGMA secure_delete = ON")
            with self._db:
                count = self._db.execute("DELETE FROM fact").rowcount
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for path in safekeeping.files_beside(self.path):
                path.unlink(missing_ok=True)
        return count

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _sound(self) -> sqlite3.Connection:
        """Open the file, mended where it is damaged."""
        try:
            return self._opened()
        except sqlite3.OperationalError:  # locked, full, read-only
            raise
        except sqlite3.DatabaseError as error:
            log.warning("the history is damaged: %s", error)
            return self._mended(self._now_utc_s())

    def _mended(self, now_utc_s: float) -> sqlite3.Connection:
        """Set the damaged file aside, and open the last good copy in its place, or a new file."""
        aside = safekeeping.set_aside(self.path, now_utc_s)
        self.set_aside = aside
        copy = safekeeping.copy_of(self.path)
        db: sqlite3.Connection | None = None
        if copy.exists():
            safekeeping.put_in_place(copy, self.path)
            try:
                db = self._opened()
                self.is_restored = True
            except sqlite3.DatabaseError as error:
                log.warning("the copy of the history is damaged too: %s", error)
                safekeeping.set_aside(self.path, now_utc_s)
                copy.unlink()  # it was set aside
        db = db or self._opened()
        known = set(db.execute("SELECT at_utc_s, kind, data FROM fact"))
        newer = [row for row in safekeeping.salvaged(aside) if row not in known]
        with db:
            db.executemany(_INSERT, newer)
        self.is_restored = self.is_restored or bool(newer)
        log.warning("%d facts that no copy had were saved from %s", len(newer), aside)
        return db

    def _opened(self) -> sqlite3.Connection:
        # Made here and not by SQLite, which would let others read it; its followers take after it.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        if not self.path.stat().st_size and safekeeping.copy_of(self.path).exists():
            raise sqlite3.DatabaseError("it is empty, and its copy is not")
        db = sqlite3.connect(self.path, timeout=BUSY_S)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            # Few facts come, and small machines are switched off by their plug: each is to last.
            db.execute("PRAGMA synchronous = FULL")
            safekeeping.check(db)
            self._migrate(db)
            _check_schema(db)
            self._inode = self.path.stat().st_ino
        except BaseException:
            db.close()
            raise
        return db

    def _migrate(self, db: sqlite3.Connection) -> None:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        newest = len(self._migrations)
        if version < 0:
            raise sqlite3.DatabaseError(f"it has schema version {version}")
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


def _check_schema(db: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError for a file that somebody has taken the facts out of."""
    try:
        db.execute("SELECT at_utc_s, kind, data FROM fact LIMIT 0")
    except sqlite3.OperationalError as error:
        raise sqlite3.DatabaseError(str(error)) from error


@contextmanager
def stored(folder: Path) -> Iterator[SqliteStore | None]:
    """The store in a folder, None where nothing was ever kept there. Raises HistoryError."""
    if folder.exists() and not folder.is_dir():
        mend = "Name a folder as data_dir."
        raise HistoryError("this is a file, not a folder", place=str(folder), mend=mend)
    if not (folder / FILE_NAME).exists() and not safekeeping.copy_of(folder / FILE_NAME).exists():
        yield None
        return
    with closing(SqliteStore(folder)) as store:
        yield store
