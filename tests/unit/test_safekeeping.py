"""A damaged history: set aside, a good copy in its place, and the newer facts that can be read."""

import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from assistant import cli
from assistant.coach.actions import Fact, HoldEnded, SessionEnded
from assistant.coach.events import HistoryFault, ListeningBegan
from assistant.errors import HistoryError
from assistant.history.journal import Journal
from assistant.history.keeper import Keeper
from assistant.history.memory import recall, remembered
from assistant.history.records import Remembered, Row, as_row
from assistant.history.safekeeping import copy_of, make_copy, salvaged, set_aside
from assistant.history.store import FILE_NAME, SqliteStore

NOON = 1_768_219_200.0


def never(message: object) -> None:
    pytest.fail(f"told {message}")


def row(number: int, fact: Fact | None = None) -> Row:
    return as_row(
        Remembered(NOON + number, fact or HoldEnded(1.0, "plank", None, 9.0, 9.0, completed=True))
    )


def ended(number: int) -> Row:
    return row(number, SessionEnded(1.0, "short", completed=True))


def filled(folder: Path, *batches: list[Row]) -> Path:
    with closing(SqliteStore(folder)) as store:
        for rows in batches:
            store.append(rows)
    return folder / FILE_NAME


def rows_of(path: Path) -> list[Row]:
    with closing(sqlite3.connect(path)) as db:
        return [Row(*found) for found in db.execute("SELECT at_utc_s, kind, data FROM fact")]


def test_copy_is_made_with_the_first_fact_and_when_a_session_has_ended(tmp_path: Path):
    path = filled(tmp_path, [row(1)])
    assert rows_of(copy_of(path)) == [row(1)]
    filled(tmp_path, [row(2)])
    assert rows_of(copy_of(path)) == [row(1)]
    filled(tmp_path, [row(3), ended(4)])
    assert rows_of(copy_of(path)) == [row(1), row(2), row(3), ended(4)]
    assert copy_of(path).stat().st_mode & 0o777 == 0o600


def test_copy_that_turns_out_damaged_does_not_replace_the_good_one(tmp_path: Path):
    path = filled(tmp_path, [row(n) for n in range(400)], [ended(401)])
    with path.open("r+b") as file:
        file.seek(-4096 * 2, os.SEEK_END)
        file.write(os.urandom(4096))
    good = copy_of(path).read_bytes()
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.DatabaseError):
        make_copy(db, path)
    assert copy_of(path).read_bytes() == good
    assert list(tmp_path.glob("*.new")) == []


@pytest.mark.parametrize("size", [0, 50, 4096, 5000, 8192])
def test_file_that_was_cut_is_restored_from_the_copy(tmp_path: Path, size: int):
    rows = [*(row(n) for n in range(50)), ended(50)]
    path = filled(tmp_path, rows)
    os.truncate(path, size)
    told: list[str] = []
    found = recall(tmp_path, told.append)
    assert found.fault is HistoryFault.RESTORED
    assert len(found.profile.sessions) == 1
    assert rows_of(path) == rows
    aside = next(tmp_path.glob("history-damaged-*.db"))
    assert aside.stat().st_size == size
    assert str(aside) in told[0]
    assert recall(tmp_path, never).fault is None


def test_facts_newer_than_the_copy_are_saved_where_they_can_be_read(tmp_path: Path):
    old = [*(row(n) for n in range(60)), ended(60)]
    new = [row(n) for n in range(100, 110)]
    path = filled(tmp_path, old, new)
    assert rows_of(copy_of(path)) == old
    with path.open("r+b") as file:  # the index alone: the facts are all there
        file.seek(4096 * 2)
        file.write(os.urandom(4096))
    assert recall(tmp_path, lambda _: None).fault is HistoryFault.RESTORED
    with closing(SqliteStore(tmp_path)) as store:
        assert store.rows() == [*old, *new]


def test_without_a_copy_what_can_be_read_is_kept(tmp_path: Path):
    rows = [row(n) for n in range(60)]
    path = filled(tmp_path, rows)
    copy_of(path).unlink()
    with path.open("r+b") as file:
        file.seek(4096 * 2)
        file.write(os.urandom(4096))
    assert recall(tmp_path, lambda _: None).fault is HistoryFault.RESTORED
    with closing(SqliteStore(tmp_path)) as store:
        assert store.rows() == rows


def test_copy_that_is_damaged_too_is_set_aside_as_well(tmp_path: Path):
    path = filled(tmp_path, [row(1), ended(2)])
    path.write_bytes(b"no database " * 1000)
    copy_of(path).write_bytes(b"nor this " * 1000)
    assert recall(tmp_path, lambda _: None).fault is HistoryFault.SET_ASIDE
    kept = sorted(p.read_bytes()[:8] for p in tmp_path.glob("history-damaged-*"))
    assert kept == [b"no datab", b"nor this"]
    assert recall(tmp_path, never).profile.sessions == ()


def test_file_whose_facts_were_taken_out_by_hand_is_restored(tmp_path: Path):
    path = filled(tmp_path, [row(1), ended(2)])
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE fact")
    assert recall(tmp_path, lambda _: None).fault is HistoryFault.RESTORED
    assert rows_of(path) == [row(1), ended(2)]


def test_later_schema_is_read_though_it_cannot_be_written(tmp_path: Path):
    path = filled(tmp_path, [row(1), ended(2)])
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    told: list[str] = []
    found = recall(tmp_path, told.append)
    assert found.fault is HistoryFault.NOT_KEPT
    assert len(found.profile.sessions) == 1
    assert "later Earshot" in told[0]


def test_file_that_is_gone_is_restored_from_its_copy(tmp_path: Path):
    path = filled(tmp_path, [row(1), ended(2)])
    path.unlink()
    assert recall(tmp_path, lambda _: None).fault is HistoryFault.RESTORED
    assert rows_of(path) == [row(1), ended(2)]


def test_two_files_set_aside_in_one_second_keep_their_own_names(tmp_path: Path):
    asides = []
    for text in ("one", "two", "three"):
        (tmp_path / FILE_NAME).write_text(text)
        asides.append(set_aside(tmp_path / FILE_NAME, NOON))
    assert [path.read_text() for path in asides] == ["one", "two", "three"]


def test_what_is_no_history_gives_nothing(tmp_path: Path):
    assert salvaged(tmp_path / "absent.db") == []
    (tmp_path / "empty.db").touch()
    assert salvaged(tmp_path / "empty.db") == []


def test_damage_while_the_coach_runs_is_told_and_mended_by_the_next_fact(tmp_path: Path):
    class Failing(SqliteStore):
        """Finds damage in the file when it is to write, the first time."""

        is_first = True

        def append(self, rows: Sequence[Row]) -> None:
            if Failing.is_first:
                Failing.is_first = False
                self.path.write_bytes(b"no database " * 1000)
                raise HistoryError("database disk image is malformed")
            super().append(rows)

    path = filled(tmp_path, [row(1), ended(2)])
    told = threading.Event()
    keeper = Keeper(lambda: Failing(tmp_path), lambda _: told.set())
    keeper.remember([Remembered(NOON + 3, SessionEnded(1.0, "short", completed=True))])
    assert told.wait(5.0)
    keeper.remember([Remembered(NOON + 4, SessionEnded(1.0, "short", completed=True))])
    keeper.close()
    assert rows_of(path) == [row(1), ended(2), ended(3), ended(4)]


def test_coach_that_runs_follows_the_file_that_takes_the_place_of_its_own(tmp_path: Path):
    path = filled(tmp_path, [row(1), ended(2)])
    with closing(SqliteStore(tmp_path)) as running:
        running.append([row(3)])
        path.write_bytes(b"no database " * 1000)
        assert recall(tmp_path, lambda _: None).fault is HistoryFault.RESTORED
        running.append([row(4)])
        assert [r for r in running.rows() if r != row(3)] == [row(1), ended(2), row(4)]
        path.unlink()
        running.append([row(5)])
    assert rows_of(path)[-1] == row(5)


# Forgetting ------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EARSHOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("EARSHOT_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "data"


def everything_in(home: Path) -> None:
    path = filled(home, [row(1), ended(2)])
    path.write_bytes(b"damaged " * 1000)
    recall(home, lambda _: None)
    journal = Journal(home, max_bytes=10)
    journal.note(ListeningBegan(at=1.0))
    journal.close()
    journal = Journal(home)
    journal.note(ListeningBegan(at=1.0))
    journal.close()


def test_forget_deletes_every_file_and_says_so(home: Path, capsys: pytest.CaptureFixture[str]):
    everything_in(home)
    before = {path.name for path in home.iterdir()}
    assert len(before) == 5
    assert cli.main(["history", "forget", "--yes"]) == 0
    said = capsys.readouterr().out
    assert [path.name for path in home.iterdir()] == [FILE_NAME]
    assert remembered(home, never) == []
    assert "deleted 2 entries" in said
    for name in before - {FILE_NAME}:
        assert f"deleted {home / name}" in said


def test_forget_deletes_what_cannot_be_opened(home: Path):
    path = filled(home, [row(1)])
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    assert cli.main(["history", "forget", "--yes"]) == 0
    assert list(home.iterdir()) == []
