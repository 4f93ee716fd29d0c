"""Where a sound server has put our streams, and whether anybody is there.

A sound server does not end a stream whose device is pulled: PulseAudio 16.1 moves a microphone's
stream to the loudspeaker's monitor, where the coach would hear itself, and a loudspeaker's stream
to a stand-in that nobody hears (`auto_null`, of PulseAudio and PipeWire alike). Both go on as if
all were well. So the server's own news are followed (`pactl subscribe`, which costs nothing while
nothing happens), and after each it is asked where our streams are.
"""

import json
import logging
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

log = logging.getLogger(__name__)

STAND_IN = "auto_null"
"""The loudspeaker that a server makes up where there is none."""

TOGETHER_S = 0.05
"""News come in bursts: so long after the first of them the server is asked, once."""

ASK_LIMIT_S = 2.0
"""How long an answer of the server may take."""

FIRST_RETRY_S, LAST_RETRY_S = 1.0, 32.0
"""How long a server that is not there is left alone: twice as long each time."""

_NEWS = (b"on source", b"on sink", b"on server")
"""What concerns us of what `pactl subscribe` prints: also source-output and sink-input."""


@dataclass(frozen=True, slots=True)
class Routes:
    """What is wrong with where our streams are; all well where nobody knows."""

    hears_itself: bool = False
    """The microphone's stream is fed by what a loudspeaker plays."""
    plays_to_nobody: bool = False
    """The loudspeaker's stream goes to a stand-in."""


def routes_of(listing: Mapping[str, Any], process_id: int, wanted_source: str = "") -> Routes:
    """Return where the streams of a process are, by what `pactl -f json list` tells.

    `wanted_source` is a source that was chosen by name and counts even if it is a monitor.
    Raises KeyError, TypeError or AttributeError for a listing of another shape.
    """
    monitors = {
        source["index"]
        for source in listing["sources"]
        if source["properties"].get("device.class") == "monitor" and source["name"] != wanted_source
    }
    stand_ins = {sink["index"] for sink in listing["sinks"] if sink["name"] == STAND_IN}
    ours = str(process_id)
    return Routes(
        hears_itself=any(x["source"] in monitors for x in _of(listing["source_outputs"], ours)),
        plays_to_nobody=any(x["sink"] in stand_ins for x in _of(listing["sink_inputs"], ours)),
    )


def _of(streams: Sequence[Mapping[str, Any]], process_id: str) -> list[Mapping[str, Any]]:
    return [x for x in streams if x["properties"].get("application.process.id") == process_id]


class RouteWatch:
    """Follows the sound server, on a thread of its own; does nothing where there is no `pactl`."""

    def __init__(self) -> None:
        self.routes = Routes()
        """Replaced, never changed: any thread may look."""
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False
        self._look_now = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound-server", daemon=True)
        if shutil.which("pactl") is not None:
            self._thread.start()

    def look_again(self) -> None:
        """A stream was opened: if the server was away, it may be back. From any thread."""
        self._look_now.set()

    def close(self) -> None:
        """End the thread and its program."""
        self._is_over = True
        self._look_now.set()
        process = self._process
        if process is not None:
            process.terminate()
        if self._thread.is_alive():
            self._thread.join(ASK_LIMIT_S)

    def _run(self) -> None:
        retry_s = FIRST_RETRY_S
        while not self._is_over:
            if self._follow():
                retry_s = FIRST_RETRY_S
            self.routes = Routes()
            if self._look_now.wait(retry_s):
                retry_s = FIRST_RETRY_S
            self._look_now.clear()
            retry_s = min(2 * retry_s, LAST_RETRY_S)

    def _follow(self) -> bool:
        """Follow the server until it ends; return whether it was there."""
        try:
            process = subprocess.Popen(
                ["pactl", "subscribe"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_plain(),
            )
        except OSError as error:
            log.debug("the sound server cannot be followed: %s", error)
            return False
        self._process = process
        if self._is_over:  # `close` came before it could see the program
            process.terminate()
        with process:
            was_there = self._ask()
            while process.stdout is not None and (news := _read(process.stdout)):
                if any(kind in news for kind in _NEWS) and not self._is_over:
                    time.sleep(TOGETHER_S)
                    self._ask()
        self._process = None
        return was_there

    def _ask(self) -> bool:
        """Learn where our streams are; return whether the server answered."""
        routes = ask()
        if routes is not None and routes != self.routes:
            log.info("the sound server has moved our streams: %s", routes)
            self.routes = routes
        return routes is not None


def ask() -> Routes | None:
    """Where the sound server has put the streams of this process; None where none answers."""
    try:
        answer = subprocess.run(
            ["pactl", "--format=json", "list"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_LIMIT_S,
            check=True,
            env=_plain(),
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        log.debug("the sound server does not answer: %s", error)
        return None
    try:
        return routes_of(json.loads(answer), os.getpid(), os.environ.get("PULSE_SOURCE", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.debug("the sound server's answer is of another form: %r", error)
        return Routes()


def _read(stdout: IO[bytes]) -> bytes:
    return os.read(stdout.fileno(), 65536)


def _plain() -> dict[str, str]:
    """The environment with numbers and words as a program expects them."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}
