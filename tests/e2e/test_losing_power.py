"""Power cuts, full disks and cards that became read-only: real processes, files and mounts."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from coach_rig import LINES, Rig, library_of

from assistant.coach.actions import SessionBegan, SessionEnded
from assistant.coach.events import HistoryFault, HistoryLost
from assistant.errors import HistoryError
from assistant.history.journal import Journal
from assistant.history.keeper import Keeper
from assistant.history.memory import recall, remembered
from assistant.history.records import Remembered
from assistant.history.store import SqliteStore
from assistant.library import Dose

NOON = 1_768_219_200.0
CUTS = 200
TESTS = Path(__file__).resolve().parents[1]


def session(number: int) -> list[Remembered]:
    """What a session of nothing leaves."""
    at_utc_s = NOON + 86_400.0 * number
    return [
        Remembered(at_utc_s, SessionBegan(0.0, "short", ())),
        Remembered(at_utc_s + 600, SessionEnded(600.0, "short", completed=True)),
    ]


@pytest.mark.slow
def test_power_that_is_cut_two_hundred_times_loses_no_session_and_does_nothing_twice(
    tmp_path: Path,
) -> None:
    """A kill leaves what was handed to the system, so files in memory serve as well, and sooner."""
    shared = Path("/dev/shm")
    folder = shared / f"earshot-{os.getpid()}" if os.access(shared, os.W_OK) else tmp_path / "data"
    command = [sys.executable, str(TESTS / "power_cuts.py"), str(folder), str(CUTS), "7"]
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    try:
        result = subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
    finally:
        for kept in folder.glob("*"):
            kept.unlink()
        if folder.exists():
            folder.rmdir()
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout.splitlines()[-1])
    print(found)
    assert found["problems"] == []
    assert found["cuts"] == CUTS
    assert found["offered"] > CUTS / 2  # most cuts were in the middle of a session
    assert found["sessions"] > CUTS / 20


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A small file system in memory; skips the test where none can be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"there is no mount: {error}")
    if refused.returncode:
        pytest.skip(f"no file system may be mounted here: {refused.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no byte free."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return filler


def test_full_disk_is_told_once_and_what_waited_is_written_when_there_is_room(
    tmp_path: Path,
) -> None:
    with mounted(tmp_path / "disk", "size=512k") as folder:
        told: list[HistoryError] = []
        keeper = Keeper(lambda: SqliteStore(folder), told.append)
        keeper.remember(session(0))
        keeper.close()
        filler = fill(folder)
        keeper = Keeper(lambda: SqliteStore(folder), told.append)
        journal = Journal(folder)
        for number in range(1, 40):
            keeper.remember(session(number))
            journal.note(HistoryLost(at=1.0, fault=HistoryFault.NOT_KEPT))
        while not told:
            pass
        journal.close()
        assert "full" in str(told[0]) or "disk I/O" in str(told[0]), told
        # A start meanwhile knows the person all the same, and says that it cannot write.
        warned: list[str] = []
        found = recall(folder, warned.append)
        assert len(found.profile.sessions) >= 1
        assert len(warned) == (found.fault is HistoryFault.NOT_KEPT)
        filler.unlink()
        keeper.remember(session(40))
        keeper.close()
        assert len(told) == 1
        assert len(recall(folder, warned.append).profile.sessions) == 41


def test_read_only_card_is_read_and_told_and_coached_with(tmp_path: Path) -> None:
    with mounted(tmp_path / "card", "size=1m") as folder:
        keeper = Keeper(lambda: SqliteStore(folder), lambda error: pytest.fail(str(error)))
        keeper.remember(session(0))
        keeper.close()
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        warned: list[str] = []
        found = recall(folder, warned.append)
        assert found.fault is HistoryFault.NOT_KEPT
        assert len(warned) == 1
        assert [s.routine for s in found.profile.sessions] == ["short"]
        assert len(remembered(folder, warned.append)) == 2
        told: list[HistoryError] = []
        keeper = Keeper(lambda: SqliteStore(folder), told.append)
        journal = Journal(folder)
        for number in range(1, 5):
            keeper.remember(session(number))
            journal.note(HistoryLost(at=1.0, fault=HistoryFault.NOT_KEPT))
        keeper.close()
        journal.close()
        assert journal.dropped_events == 4
        assert len(told) == 1
        assert "data_dir" in told[0].mend


@pytest.mark.parametrize("fault", HistoryFault)
def test_what_happened_to_the_notes_is_said(fault: HistoryFault) -> None:
    rig = Rig(library_of(Dose(hold_s=8)))
    rig.send(HistoryLost(at=rig.now, fault=fault))
    rig.run(10)
    assert rig.last_words == LINES.say(f"history_{fault}")
