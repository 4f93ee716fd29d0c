"""A running `earshot run` in the virtual room, followed by its log, and who talks to it."""

import contextlib
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from server import REPOSITORY, SoundServer

from assistant.audio.wavfile import write_wav
from assistant.rehearsal.speakers import Speaker, mix

T = TypeVar("T")

TINY = """
id: tiny
name: {name}
summary: One stretch, once on each side.
steps:
  - exercise: knee_to_chest
    dose: {{hold_s: {hold_s}, sides: alternate, switch_s: 3, prepare_s: 3}}
"""


@dataclass
class Line:
    """A line of the log."""

    logged_s: float
    """Monotonic time at which it was written, to the millisecond."""
    name: str
    values: dict[str, Any]


@dataclass
class Earshot:
    """A running `earshot run` and what it has told."""

    process: subprocess.Popen[str]
    lines: list[Line] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def follow(self) -> list[threading.Thread]:
        readers = [
            threading.Thread(target=self._read, args=args)
            for args in ((self.process.stdout, self._take_print), (self.process.stderr, self._take))
        ]
        for reader in readers:
            reader.start()
        return readers

    def _read(self, stream: Any, take: Callable[[str], None]) -> None:
        for text in stream:
            with self._news:
                take(text.rstrip())
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def _take_print(self, text: str) -> None:
        self.printed.append(text)

    def _take(self, text: str) -> None:
        told = re.fullmatch(r"(\S+ \S+) INFO assistant\.display: (\w+) (\{.*\})", text)
        if told is None:
            self.complaints.append(text)
            return
        wall_s = datetime.strptime(told[1], "%Y-%m-%d %H:%M:%S,%f").timestamp()
        logged_s = wall_s - time.time() + time.monotonic()
        self.lines.append(Line(logged_s, told[2], json.loads(told[3])))

    def wait(self, is_there: Callable[[], Any], what: str, timeout_s: float = 20.0) -> None:
        with self._news:
            came = self._news.wait_for(is_there, timeout_s)
        last = "\n".join([*map(str, self.lines[-8:]), *self.complaints[-8:]])
        assert came, f"no {what} in {timeout_s} s, exit code {self.process.poll()}, after\n{last}"

    def wait_for(
        self, name: str, *, since: int = 0, timeout_s: float = 20.0, **values: Any
    ) -> Line:
        """The first such line from number `since` on."""
        self.wait(lambda: self.all(name, since=since, **values), f"{name} {values}", timeout_s)
        return self.all(name, since=since, **values)[0]

    def all(self, name: str, *, since: int = 0, **values: Any) -> list[Line]:
        return [
            line
            for line in self.lines[since:]
            if line.name == name and values.items() <= line.values.items()
        ]

    def let_greet(self) -> None:
        """Wait for the end of what it says at first: little may interrupt the first second."""
        greeting = self.wait_for("Spoke")
        time.sleep(greeting.values["duration_s"])

    def tell(self, intent: str, **slots: Any) -> None:
        """Have a command carried out; see `earshot_that_is_told`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([intent, slots]) + "\n")
        self.process.stdin.flush()

    def memory_mb(self, what: str) -> float:
        """VmRSS or VmHWM (the peak)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) / 1024


@contextlib.contextmanager
def earshot(server: SoundServer, folder: Path, *options: str) -> Iterator[Earshot]:
    """A program that runs until the block ends."""
    command = [sys.executable, "-m", "assistant.cli", "--verbose", "--config-dir", str(folder)]
    with _followed(server, [*command, "run", "--cache-dir", str(folder / "cache"), *options]) as it:
        yield it


TYPED = """
import json, logging, os, sys, threading, time
from assistant.app import load_world
from assistant.coach.events import Heard
from assistant.coach.intents import Intent, Slots
from assistant.config import load_settings
from assistant.display import Display
from assistant.service import Service

logging.basicConfig(
    level=logging.INFO,
    format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    stream=os.fdopen(os.dup(2), "w", buffering=1),  # apart, as `earshot run` has it
)
service = Service(
    load_world(load_settings(config_dir=sys.argv[1], cache_dir=sys.argv[1] + "/cache")),
    observe=Display(sys.stdout).observe,
    warn=print,
    on_listening=lambda: print("listening", flush=True),
)

def obey():
    for line in sys.stdin:
        intent, slots = json.loads(line)
        service.runner.post(Heard(at=time.monotonic(), intent=Intent(intent), slots=Slots(**slots)))
    service.stop()

threading.Thread(target=obey, daemon=True).start()
service.run()
"""


@contextlib.contextmanager
def earshot_that_is_told(server: SoundServer, folder: Path) -> Iterator[Earshot]:
    """The same with commands that come by `Earshot.tell`: what is tried does not depend on how
    well a busy machine carries a voice. It hears and speaks all the same."""
    with _followed(server, server.python_command(TYPED, str(folder))) as it:
        yield it


@contextlib.contextmanager
def _followed(server: SoundServer, command: list[str]) -> Iterator[Earshot]:
    process = subprocess.Popen(
        command,
        env=server.env,
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    program = Earshot(process)
    readers = program.follow()
    try:
        yield program
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for reader in readers:
            reader.join()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()


class NotHeardError(AssertionError):
    """A command was not understood: flite's voice over a virtual cable always is, where it comes
    whole. A busy machine plays it with gaps, and what follows a gap is another utterance."""


TRIES = 3


def in_tries(attempt: Callable[[], T], is_whole: Callable[[T], bool] = lambda _: True) -> T:
    """What an attempt gives; a new one where the machine was too busy to keep the sound whole.

    The last one stands, failed or not: whatever is measured, one attempt has to keep by itself.
    """
    for number in range(1, TRIES):
        try:
            found = attempt()
        except NotHeardError as missed:
            print(f"\nattempt {number} of {TRIES}: {missed}")
        else:
            if is_whole(found):
                return found
            print(f"\nattempt {number} of {TRIES}: the sound was not whole")
    return attempt()


@dataclass
class Person:
    """Speaks into the room and sees to it that a command was understood."""

    server: SoundServer
    program: Earshot
    folder: Path
    speaker: Speaker = field(default_factory=Speaker)

    def say(self, text: str, intent: str) -> Line:
        path = self.folder / f"{text.replace(' ', '-')}.wav"
        if not path.exists():
            write_wav(path, mix(self.speaker.speak(text, "slt"), 30.0, seed=1, before_s=0.2))
        since = len(self.program.lines)
        self.server.play_into_mic(path)
        try:
            return self.program.wait_for("Heard", since=since, intent=intent, timeout_s=5.0)
        except AssertionError as missed:
            if self.program.process.poll() is not None:
                raise
            raise NotHeardError(f"“{text}”: {missed}") from None


def with_tiny_routine(folder: Path, name: str, *, hold_s: int = 10) -> Path:
    """A settings folder with a routine of one movement, and a history of its own: what an attempt
    before has left there would be offered at the start."""
    (folder / "settings.toml").write_text(f'data_dir = "{folder / "data"}"\n')
    (folder / "routines").mkdir()
    (folder / "routines" / "tiny.yaml").write_text(TINY.format(name=name, hold_s=hold_s))
    return folder
