"""What keeps the history's file safe: a check, a good copy, and what can be saved of a damaged one.

A power cut leaves SQLite's file whole. A card that wears out does not, nor does a hand that edits
it. So a copy is made when a session has ended, and a damaged file is set aside, never deleted.
"""

import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

RawRow = tuple[float, str, str]
"""A fact's time, kind and data, as in the file."""

_NEWEST_FIRST = "SELECT at_utc_s, kind, data FROM fact ORDER BY id DESC"


def copy_of(path: Path) -> Path:
    """Where the good copy of a history is."""
    return path.with_name(f"{path.stem}-copy{path.suffix}")


def files_beside(path: Path) -> list[Path]:
    """What there is beside a history: its copy, what was set aside, what was being written."""
    return sorted([*path.parent.glob(f"{path.stem}-*"), *path.parent.glob(f"{path.name}.new")])


def followers_of(path: Path) -> list[Path]:
    """The files that SQLite keeps beside its own, where they are there."""
    beside = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    return [follower for follower in beside if follower.exists()]


def check(db: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError for a file that is damaged."""
    found = db.execute("PRAGMA integrity_check").fetchall()
    if found != [("ok",)]:
        raise sqlite3.DatabaseError(str(found[0][0]))


def make_copy(db: sqlite3.Connection, path: Path) -> None:
    """Copy the history at `path`, open as `db`; only a good copy replaces the one before.

    Raises sqlite3.Error or OSError, and leaves the copy before as it was.
    """
    copy = copy_of(path)
    new = copy.with_name(copy.name + ".new")
    new.unlink(missing_ok=True)  # of a start that ended here
    os.close(os.open(new, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        with closing(sqlite3.connect(new)) as target:
            db.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # a file of its own, with no followers
            check(target)
        _put(new, copy)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def put_in_place(copy: Path, path: Path) -> None:
    """Put a copy of `copy` at `path`. Raises OSError."""
    new = path.with_name(path.name + ".new")
    os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
    shutil.copyfile(copy, new)
    _put(new, path)


def _put(new: Path, path: Path) -> None:
    """Move a file that was just written, so that a power cut leaves either the old or the new."""
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def set_aside(path: Path, now_utc_s: float) -> Path:
    """Give a damaged file and its followers names with the time in them; return the file's."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_utc_s))
    aside = path.with_name(f"{path.stem}-damaged-{stamp}{path.suffix}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.stem}-damaged-{stamp}-{number}{path.suffix}")
    followers = followers_of(path)
    path.rename(aside)
    for follower in followers:
        follower.rename(aside.with_name(follower.name.replace(path.name, aside.name)))
    return aside


def salvaged(path: Path) -> list[RawRow]:
    """What can still be read of a history, oldest first; the file is not touched. Never fails:
    where nothing can be read, there is nothing."""
    rows: list[RawRow] = []
    with suppress(sqlite3.Error, OSError), tempfile.TemporaryDirectory() as folder:
        beside = Path(folder, path.name)
        shutil.copyfile(path, beside)
        with suppress(FileNotFoundError):
            shutil.copyfile(
                path.with_name(path.name + "-wal"), beside.with_name(path.name + "-wal")
            )
        with closing(sqlite3.connect(beside)) as db:
            db.text_factory = _text
            for at_utc_s, kind, data in db.execute(_NEWEST_FIRST):
                if isinstance(at_utc_s, float) and isinstance(kind, str) and isinstance(data, str):
                    rows.append((at_utc_s, kind, data))
    return rows[::-1]


def _text(raw: bytes) -> str | None:
    """Text of a damaged file; None for what is none."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
