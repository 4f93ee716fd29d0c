"""The watchdog's food and the health file, from beats in made-up time to a real socket and file."""

import json
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.appliance.health import State
from assistant.appliance.notify import Notifier, notifier
from assistant.appliance.pulse import (
    CONFIRM_S,
    GRACE_S,
    HEARS_S,
    PROBE_LIMIT_S,
    PROBE_S,
    FreshProcess,
    Pulse,
)
from assistant.runner import Beat


class Systemd:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)

    def told(self) -> list[str]:
        """The lines that came since the last call."""
        lines: list[str] = []
        while True:
            try:
                lines += self._socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return lines

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    made = Systemd(tmp_path / "notify")
    yield made
    made.close()


@dataclass
class MadeUpProbe:
    """Answers at the next question with what it is set to."""

    hears: bool = False
    started: int = 0
    is_asked: bool = False

    def start(self, now_s: float) -> None:
        self.started += 1
        self.is_asked = True

    def outcome(self, now_s: float) -> bool | None:
        if not self.is_asked:
            return None
        self.is_asked = False
        return self.hears

    def close(self) -> None:
        pass


class Shelf:
    """A pulse with beats once a second."""

    def __init__(self, systemd: Systemd, file: Path, probe: MadeUpProbe | None = None) -> None:
        self.systemd = systemd
        self.file = file
        self.now = 1000.0
        self.frame_s: float | None = None
        self.pulse = Pulse(
            Notifier(str(systemd.path)),
            file,
            clock=lambda: self.now,
            wall_clock=lambda: 1_790_000_000.0 + self.now,
            probe=probe,
        )

    def beats(self, seconds: float, *, hears: bool) -> list[str]:
        """What systemd is told meanwhile, and was before."""
        told = self.systemd.told()
        for _ in range(round(seconds)):
            self.now += 1.0
            if hears:
                self.frame_s = self.now - 0.01
            self.pulse.beat(Beat(self.now, self.frame_s, 3, 2, 1))
            told += self.systemd.told()  # the kernel queues no more than ten
        return told

    def health(self) -> dict[str, object]:
        found = json.loads(self.file.read_text())
        assert isinstance(found, dict)
        return found


@pytest.fixture
def probe() -> MadeUpProbe:
    return MadeUpProbe()


@pytest.fixture
def shelf(systemd: Systemd, tmp_path: Path, probe: MadeUpProbe) -> Iterator[Shelf]:
    made = Shelf(systemd, tmp_path / "run" / "health.json", probe)
    yield made
    made.pulse.end()


def test_it_is_ready_with_the_first_frame_and_not_before(shelf: Shelf) -> None:
    assert shelf.beats(5, hears=False) == ["STATUS=starting"]
    told = shelf.beats(2, hears=True)
    assert told == ["READY=1", "STATUS=listening", "WATCHDOG=1", "WATCHDOG=1"]


def test_the_watchdog_is_fed_by_every_beat_that_hears(shelf: Shelf) -> None:
    shelf.beats(1, hears=True)
    assert shelf.beats(100, hears=True) == ["WATCHDOG=1"] * 100


def test_without_beats_nothing_feeds_it(shelf: Shelf) -> None:
    shelf.beats(1, hears=True)
    shelf.now += 60
    assert shelf.systemd.told() == []


def test_a_lost_microphone_is_told_and_has_its_grace(shelf: Shelf, probe: MadeUpProbe) -> None:
    shelf.beats(1, hears=True)
    told = shelf.beats(GRACE_S, hears=False)
    assert "STATUS=the microphone is gone; looking for it" in told
    assert told.count("WATCHDOG=1") == GRACE_S
    assert probe.started == 0


def test_where_a_new_start_would_hear_nothing_either_the_watchdog_stays_fed(
    shelf: Shelf, probe: MadeUpProbe
) -> None:
    shelf.beats(1, hears=True)
    told = shelf.beats(3600, hears=False)
    assert told.count("WATCHDOG=1") == 3600
    assert 3600 / PROBE_S - 3 <= probe.started <= 3600 / PROBE_S


def test_where_a_new_start_would_hear_systemd_is_asked_for_one(
    shelf: Shelf, probe: MadeUpProbe
) -> None:
    probe.hears = True
    shelf.beats(1, hears=True)
    told = shelf.beats(HEARS_S + GRACE_S + CONFIRM_S + 3, hears=False)
    assert "WATCHDOG=trigger" in told
    assert probe.started == 1


def test_a_microphone_that_comes_back_by_itself_costs_no_restart(
    shelf: Shelf, probe: MadeUpProbe
) -> None:
    probe.hears = True
    shelf.beats(1, hears=True)
    shelf.beats(HEARS_S + GRACE_S + 2, hears=False)
    assert probe.started == 1
    told = shelf.beats(30, hears=True)
    assert told == ["STATUS=listening", *["WATCHDOG=1"] * 30]


def test_the_end_is_told_and_leaves_no_file(shelf: Shelf) -> None:
    shelf.beats(1, hears=True)
    assert shelf.file.exists()
    shelf.pulse.end()
    assert shelf.systemd.told() == ["STOPPING=1", "STATUS=ending"]
    assert list(shelf.file.parent.iterdir()) == []


def test_health_is_written_at_each_change_and_every_few_seconds(shelf: Shelf) -> None:
    assert shelf.health()["state"] == State.STARTING
    shelf.beats(1, hears=True)
    first = shelf.health()
    assert first["state"] == State.LISTENING
    assert (first["dropped_frames"], first["overflows"], first["dropped_events"]) == (3, 2, 1)
    shelf.beats(9, hears=True)
    later = shelf.health()
    assert later["written_s"] >= shelf.now - 5
    assert later["since_utc_s"] == first["since_utc_s"]
    shelf.beats(HEARS_S + 1, hears=False)
    assert shelf.health()["state"] == State.SEARCHING


def test_a_health_file_that_cannot_be_written_is_told_once_and_stops_nothing(
    systemd: Systemd, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    shelf = Shelf(systemd, tmp_path / "file" / "health.json")
    assert shelf.beats(60, hears=True).count("WATCHDOG=1") == 60
    assert [record.message.split(":")[0] for record in caplog.records] == [
        f"the health cannot be written to {tmp_path}/file/health.json"
    ]
    shelf.pulse.end()


# Telling systemd -----------------------------------------------------------------------------


def test_nobody_is_told_where_systemd_did_not_ask(tmp_path: Path) -> None:
    silent = notifier({})
    assert not silent.is_heard
    silent.tell("READY=1")


def test_no_child_may_speak_in_its_name(systemd: Systemd) -> None:
    environment = {"NOTIFY_SOCKET": str(systemd.path), "HOME": "/root"}
    told = notifier(environment)
    told.tell("READY=1", "STATUS=fine")
    assert environment == {"HOME": "/root"}
    assert systemd.told() == ["READY=1", "STATUS=fine"]
    told.close()


def test_an_abstract_address_is_understood() -> None:
    name = f"earshot-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(f"\0{name}")
        teller = Notifier(f"@{name}")
        teller.tell("READY=1")
        assert receiver.recv(100) == b"READY=1"
        teller.close()


def test_a_systemd_that_does_not_read_never_holds_the_coach_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deaf = Systemd(tmp_path / "deaf")
    teller = Notifier(str(deaf.path))
    for _ in range(2000):  # the kernel queues a few datagrams, then sendto would block
        teller.tell("WATCHDOG=1")
    teller.close()
    deaf.close()
    assert len(caplog.records) == 1


# A fresh process ------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "hears"), [(0, True), (1, False), (2, False)])
def test_a_fresh_process_hears_by_its_exit_code(code: int, hears: bool) -> None:
    tried = FreshProcess([sys.executable, "-c", f"raise SystemExit({code})"])
    assert tried.outcome(0.0) is None
    tried.start(0.0)
    found = None
    end_s = time.monotonic() + 20
    while found is None and time.monotonic() < end_s:
        found = tried.outcome(1.0)
    assert found is hears
    assert tried.outcome(1.0) is None


def test_a_fresh_process_that_hangs_has_heard_nothing_and_is_ended() -> None:
    tried = FreshProcess(["sleep", "1000"])
    tried.start(0.0)
    assert tried.outcome(PROBE_LIMIT_S - 0.1) is None
    assert tried.outcome(PROBE_LIMIT_S) is False
