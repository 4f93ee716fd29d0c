"""`earshot run` as systemd and monitors see it: a real sound server, a real NOTIFY_SOCKET."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from server import REPOSITORY, SoundServer, running

pytestmark = [pytest.mark.audio_server, pytest.mark.timeout(400)]

EARSHOT = (sys.executable, "-m", "assistant.cli")


@dataclass
class Told:
    """A line that systemd was told."""

    at_s: float
    line: str


@dataclass
class Service:
    """A running `earshot run` whose systemd is this test."""

    process: subprocess.Popen[bytes]
    env: dict[str, str]
    log: Path
    told: list[Told] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def listen(self, systemd: socket.socket) -> None:
        """Take what comes until the socket is shut."""
        while message := systemd.recv(4096):
            with self._news:
                self.told += [Told(time.monotonic(), x) for x in message.decode().splitlines()]
                self._news.notify_all()

    def wait_for(self, line: str, *, since: int = 0, count: int = 1, timeout_s: float = 60) -> None:
        """Wait until the line has come so often, from line number `since` on."""
        with self._news:
            came = self._news.wait_for(
                lambda: sum(x.line == line for x in self.told[since:]) >= count, timeout_s
            )
        assert came, f"no {line} in {timeout_s} s after {self.told[since:]}: {self.log.read_text()}"

    def health(self) -> tuple[int, dict[str, Any]]:
        """`earshot health --json`: its exit code and what it tells."""
        asked = subprocess.run(
            [*EARSHOT, "health", "--json"],
            env=self.env,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        return asked.returncode, json.loads(asked.stdout)

    def wait_until_health(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Ask until the answer is as wanted."""
        end_s = time.monotonic() + 20
        while True:
            code, told = self.health()
            if is_so(told):
                assert code == (0 if told["healthy"] else 1)
                return told
            assert time.monotonic() < end_s, told


@contextlib.contextmanager
def service(server: SoundServer) -> Iterator[Service]:
    with tempfile.TemporaryDirectory(prefix="earshot-") as folder:  # a socket's path is short
        place = Path(folder)
        systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        systemd.bind(str(place / "notify"))
        log = place / "earshot.log"
        log.touch()
        env = server.env | {"NOTIFY_SOCKET": str(place / "notify")}
        process = subprocess.Popen(
            [*EARSHOT, "--config-dir", folder, "run", "--log-file", str(log)],
            env=env,
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        made = Service(process, server.env, log)
        reader = threading.Thread(target=made.listen, args=[systemd])
        reader.start()
        try:
            yield made
        finally:
            process.kill()
            process.wait()
            systemd.shutdown(socket.SHUT_RDWR)
            reader.join()
            systemd.close()


def test_systemd_and_monitors_follow_it_from_its_start_over_a_loss_to_its_end() -> None:
    with running() as server, service(server) as coach:
        with server.awake_microphone(), server.record_speaker():
            coach.wait_for("READY=1")
            coach.wait_for("WATCHDOG=1", count=3)
            told = coach.wait_until_health(lambda x: x["state"] == "listening")
            assert told["healthy"]
            assert told["last_frame_age_s"] < 8
            assert 50 < told["memory_mb"] < 250
            assert told["pid"] == coach.process.pid
            lines = [x.line for x in coach.told]
            assert lines.index("STATUS=starting") < lines.index("READY=1")
            assert lines.index("READY=1") < lines.index("WATCHDOG=1")

            # The sound server goes, and the microphone with it.
            since = len(coach.told)
            gone_s = time.monotonic()
            server.close()
        coach.wait_for("STATUS=the microphone is gone; looking for it", since=since)
        noticed_s = coach.told[-1].at_s - gone_s
        told = coach.wait_until_health(lambda x: x["state"] == "looking_for_the_microphone")
        assert told["reasons"] == ["the microphone is gone; it is looking for it"]
        # A new start would not help: nobody hears here.
        coach.wait_for("WATCHDOG=1", since=len(coach.told), count=2)
        since = len(coach.told)
        again = SoundServer(server.folder)
        try:
            with again.awake_microphone(), again.record_speaker():
                coach.wait_for("STATUS=listening", since=since)
                coach.wait_until_health(lambda x: x["healthy"])
                coach.process.send_signal(signal.SIGTERM)
                assert coach.process.wait(15) == 0
        finally:
            again.close()
        coach.wait_for("STOPPING=1")
        assert coach.health() == (1, {"healthy": False, "reasons": ["Earshot is not running"]})
        entries = [json.loads(line) for line in coach.log.read_text().splitlines()]
        assert {x["level"] for x in entries} <= {"warning", "error"}
        assert any(x["message"] == "the microphone is back" for x in entries)
        print(f"\nthe loss was told {noticed_s:.1f} s after it; log of {len(entries)} entries")


def test_what_hangs_is_fed_no_more_and_what_is_killed_is_found_dead() -> None:
    with running() as server, service(server) as coach, server.awake_microphone():
        coach.wait_for("READY=1")
        # The sound server stands still: no frame comes, and the library may not even let go.
        since = len(coach.told)
        stood_s = time.monotonic()
        server.stand_still()
        time.sleep(5.0)
        told = list(coach.told[since:])
        server.go_on()
        fed_s = [x.at_s - stood_s for x in told if x.line == "WATCHDOG=1"]
        print(f"\nfed {fed_s} s after the sound server stood still")
        is_loss_told = any("microphone is gone" in x.line for x in told)
        assert is_loss_told or max(fed_s, default=0.0) < 3.5
        coach.process.kill()
        coach.process.wait()
        code, told = coach.health()
        assert (code, told["reasons"]) == (1, ["Earshot has ended without a word"])


def test_a_fresh_process_tells_whether_the_microphone_hears() -> None:
    def exit_code(server: SoundServer, *options: str) -> int:
        command = [*EARSHOT, "devices", "--hears", *options]
        tried = subprocess.run(
            command, env=server.env, cwd=REPOSITORY, check=False, capture_output=True
        )
        return tried.returncode

    with running() as server:
        with server.awake_microphone():
            assert exit_code(server) == 0
            assert exit_code(server, "--microphone", "Kitchen") == 2
        server.close()
        assert exit_code(server) != 0
