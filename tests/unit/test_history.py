"""The history: facts to rows and back, the file they are kept in, and who writes it."""

import json
import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from assistant import cli
from assistant.coach.actions import Fact, HoldEnded, PainReported, PhaseEntered, SessionEnded
from assistant.coach.events import HistoryFault
from assistant.coach.intents import Side
from assistant.coach.phases import Phase
from assistant.errors import HistoryError
from assistant.history.keeper import Keeper
from assistant.history.memory import recall, remembered
from assistant.history.records import Remembered, Row, as_row, remembered_of
from assistant.history.report import as_text, sessions_of
from assistant.history.safekeeping import copy_of
from assistant.history.store import FILE_NAME, MIGRATIONS, MemoryStore, SqliteStore
from assistant.history.wall import JUMP_S, WallTime, WallWatch

NOON = 1_768_219_200.0  # 12 January 2026, 12:00 UTC
HOLD = HoldEnded(1.0, "plank", Side.LEFT, 10.0, 9.5, completed=True)
FACTS: tuple[Fact, ...] = (
    HOLD,
    PainReported(2.0, "plank"),
    PainReported(3.0, "plank", 4),
    SessionEnded(4.0, "short", completed=True),
)
REMEMBERED = [Remembered(NOON + i, fact) for i, fact in enumerate(FACTS)]
ROWS = [as_row(entry) for entry in REMEMBERED]


def never(message: object) -> None:
    pytest.fail(f"told {message}")


def filled(folder: Path, rows: list[Row] = ROWS) -> Path:
    with closing(SqliteStore(folder)) as store:
        store.append(rows)
    return folder / FILE_NAME


# Facts as rows ---------------------------------------------------------------------------------


def test_facts_come_back_as_they_were():
    assert list(remembered_of(ROWS)) == REMEMBERED


def test_every_kind_of_fact_but_a_phase_is_known(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    for kind in get_args(Fact):
        caplog.clear()
        assert list(remembered_of([Row(0.0, kind.__name__, "{}")])) == []
        assert ("does not know" in caplog.text) is (kind is PhaseEntered)


def test_data_of_a_row_is_json_that_a_person_can_read():
    assert json.loads(ROWS[0].data)["exercise"] == "plank"
    assert json.loads(ROWS[0].data)["side"] == "left"


def test_what_this_version_does_not_know_is_passed_over():
    later = [Row(NOON, "MoonPhase", "{}"), Row(NOON, "HoldEnded", '{"at_s": 1}')]
    known_with_more = Row(NOON, "PainReported", '{"at_s": 1, "exercise": "plank", "mood": 3}')
    read = list(remembered_of([*later, known_with_more]))
    assert [entry.fact for entry in read] == [PainReported(1.0, "plank")]


# The file --------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path):
    made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "data")
    yield made
    made.close()


def test_store_gives_back_what_was_added_in_order(store):
    store.append(ROWS[:2])
    store.append(ROWS[2:])
    assert store.rows() == ROWS


def test_store_forgets_everything(store):
    store.append(ROWS)
    assert store.forget() == len(ROWS)
    assert store.rows() == []


def test_file_keeps_its_facts_and_is_its_owners_alone(tmp_path: Path):
    path = filled(tmp_path / "data")
    with closing(SqliteStore(tmp_path / "data")) as store:
        store.append(ROWS)
        assert store.rows() == [*ROWS, *ROWS]
        for kept in path.parent.iterdir():
            assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_two_programs_may_keep_facts_in_one_file(tmp_path: Path):
    with closing(SqliteStore(tmp_path)) as one, closing(SqliteStore(tmp_path)) as other:
        one.append(ROWS[:1])
        other.append(ROWS[1:])
        assert one.rows() == ROWS


def test_forgotten_text_is_not_left_in_any_file(tmp_path: Path):
    secret = Row(NOON, "PainReported", '{"at_s": 1, "exercise": "a_word_to_be_found"}')
    running = SqliteStore(tmp_path)  # a coach that has the file open
    running.append([secret])
    with closing(SqliteStore(tmp_path)) as store:
        store.forget()
    for kept in tmp_path.iterdir():
        assert b"a_word_to_be_found" not in kept.read_bytes()
    running.append(ROWS)
    assert running.rows() == ROWS
    running.close()


def test_older_schema_is_migrated_and_keeps_its_facts(tmp_path: Path):
    filled(tmp_path)
    later = (*MIGRATIONS, "CREATE INDEX fact_kind ON fact (kind);")
    with closing(SqliteStore(tmp_path, migrations=later)) as store:
        assert store.rows() == ROWS
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(later),)


def test_failed_migration_leaves_the_file_as_it_was(tmp_path: Path):
    filled(tmp_path)
    broken = (*MIGRATIONS, "CREATE INDEX fact_kind ON fact (kind); DROP TABLE nothing;")
    with pytest.raises(HistoryError):
        SqliteStore(tmp_path, migrations=broken)
    with closing(SqliteStore(tmp_path)) as store:
        assert store.rows() == ROWS


def test_later_schema_is_refused_and_not_touched(tmp_path: Path):
    path = filled(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(HistoryError, match=r"schema version 99.*later Earshot"):
        SqliteStore(tmp_path)
    assert [p.name for p in tmp_path.glob("*damaged*")] == []


def _overwritten(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)


def _page_lost(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096))


@pytest.mark.parametrize("damage", [_overwritten, _page_lost])
def test_damaged_file_is_set_aside_and_told_and_a_new_one_begun(tmp_path: Path, damage):
    path = filled(tmp_path)
    copy_of(path).unlink()
    damage(path)
    damaged = path.read_bytes()
    told: list[str] = []
    found = recall(tmp_path, told.append)
    assert found.fault is HistoryFault.SET_ASIDE
    assert found.profile.sessions == ()
    aside = next(tmp_path.glob("history-damaged-*.db"))
    assert aside.read_bytes() == damaged
    assert str(aside) in told[0]
    filled(tmp_path)
    assert len(recall(tmp_path, never).profile.sessions) == 1


def test_start_folds_what_is_kept_into_the_profile(tmp_path: Path):
    filled(tmp_path)
    profile = recall(tmp_path, never).profile
    assert [s.routine for s in profile.sessions] == ["short"]
    assert [p.score for p in profile.pains] == [4]


def test_start_without_a_history_makes_no_file(tmp_path: Path):
    assert recall(tmp_path / "data", never).fault is None
    assert list(tmp_path.iterdir()) == []


def test_start_with_a_file_that_cannot_be_opened_coaches_without_it(tmp_path: Path):
    (tmp_path / FILE_NAME).mkdir()
    told: list[str] = []
    assert recall(tmp_path, told.append).fault is HistoryFault.NOT_KEPT
    assert len(told) == 1


# The keeper ------------------------------------------------------------------------------------


class Disk(MemoryStore):
    """A store whose disk may be full."""

    is_full = False

    def append(self, rows):
        if self.is_full:
            raise HistoryError("the disk is full", mend="Free some space.")
        super().append(rows)


def test_keeper_writes_on_its_own_thread_and_keeps_no_phases():
    threads = []

    class Watched(MemoryStore):
        def append(self, rows):
            threads.append(threading.current_thread())
            super().append(rows)

    disk = Watched()
    keeper = Keeper(lambda: disk, never)
    keeper.remember([Remembered(NOON, PhaseEntered(1.0, Phase.REST))])
    for entry in REMEMBERED:
        keeper.remember([entry])
    keeper.close()
    assert disk.rows() == ROWS
    assert threading.current_thread() not in threads


def test_keeper_opens_no_file_where_there_is_nothing_to_keep():
    keeper = Keeper(lambda: pytest.fail("opened"), never)
    keeper.remember([Remembered(NOON, PhaseEntered(1.0, Phase.REST))])
    keeper.close()


def test_full_disk_is_told_once_and_what_waited_is_kept_when_there_is_room():
    disk, told = Disk(), []
    disk.is_full = True
    tried = threading.Event()

    def on_loss(error: HistoryError) -> None:
        told.append(str(error))
        tried.set()

    keeper = Keeper(lambda: disk, on_loss)
    keeper.remember(REMEMBERED[:1])
    assert tried.wait(5.0)
    keeper.remember(REMEMBERED[1:2])
    disk.is_full = False
    for entry in REMEMBERED[2:]:
        keeper.remember([entry])
    keeper.close()
    assert disk.rows() == ROWS
    assert told == ["the disk is full. Free some space."]


def test_folder_that_cannot_be_made_is_told_with_its_name(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    told: list[HistoryError] = []
    keeper = Keeper(lambda: SqliteStore(tmp_path / "file"), told.append)
    keeper.remember(REMEMBERED[:1])
    keeper.close()
    assert "file" in str(told[0])
    assert "data_dir" in told[0].mend


# The wall clock --------------------------------------------------------------------------------


def test_wall_clock_is_told_at_the_start_and_after_a_jump_alone():
    walls = [WallTime(NOON, 0.0)]
    watch = WallWatch(lambda: walls[-1])
    first = watch.check(100.0)
    assert first is not None
    assert (first.at, first.utc_s) == (100.0, NOON)
    walls.append(WallTime(NOON + 60 + JUMP_S, 0.0))
    assert watch.check(160.0) is None
    walls.append(WallTime(NOON + 60 + JUMP_S + 0.1, 0.0))
    jumped = watch.check(160.0)
    assert jumped is not None
    assert jumped.utc_s == walls[-1].utc_s
    assert watch.check(160.0) is None
    assert watch.utc_s(161.0) == walls[-1].utc_s + 1


def test_summer_time_is_told_though_the_utc_goes_on():
    walls = [WallTime(NOON, 0.0)]
    watch = WallWatch(lambda: walls[-1])
    watch.check(0.0)
    walls.append(WallTime(NOON + 1, 3600.0))
    told = watch.check(1.0)
    assert told is not None
    assert told.utc_offset_s == 3600.0


# The command line ------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EARSHOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("EARSHOT_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "data"


def test_sessions_are_listed_with_what_was_held_and_how_it_hurt():
    (session,) = sessions_of(REMEMBERED)
    assert session.holds == 1
    assert session.held_s == 9.5
    assert session.worst_pain == 4
    assert session.exercises == ("plank",)
    assert "short" in as_text(session)
    assert "pain 4 of 10" in as_text(session)


def test_history_is_printed_as_json(home: Path, capsys: pytest.CaptureFixture[str]):
    filled(home)
    assert cli.main(["history", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ended"] == "2026-01-12T12:00:03Z"
    assert told["routine"] == "short"
    assert told["is_completed"] is True


def test_empty_history_is_said_and_no_file_made(home: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["history"]) == 0
    assert "no sessions" in capsys.readouterr().out
    assert cli.main(["history", "forget"]) == 0
    assert not home.exists()


@pytest.mark.parametrize(("answer", "is_kept"), [("no", True), ("", True), ("yes", False)])
def test_forgetting_asks_first(
    home: Path, monkeypatch: pytest.MonkeyPatch, answer: str, is_kept: bool
):
    filled(home)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert cli.main(["history", "forget"]) == (1 if is_kept else 0)
    assert bool(remembered(home, never)) is is_kept


def test_forgetting_without_a_terminal_needs_a_flag(home: Path, monkeypatch: pytest.MonkeyPatch):
    filled(home)

    def no_terminal(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", no_terminal)
    assert cli.main(["history", "forget"]) == 1
    assert remembered(home, never)
    assert cli.main(["history", "forget", "--yes"]) == 0
    assert not remembered(home, never)


def test_a_file_in_the_folders_place_is_named(tmp_path: Path):
    place = tmp_path / "notes"
    place.write_text("not a folder")
    with pytest.raises(HistoryError, match="this is a file, not a folder") as caught:
        remembered(place, never)
    assert caught.value.place == str(place)
    assert caught.value.mend
