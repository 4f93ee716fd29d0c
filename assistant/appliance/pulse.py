"""The service's pulse: beats of the live audio path become systemd's watchdog and the health file.

A beat has come from the listener's thread through the inbox to the runner's, so both turn. It feeds
the watchdog (WATCHDOG=1) where frames come from the microphone. Where they do not, the microphone
is being looked for, once a second, and the question is whether a new start would help:

- in the first minute the search is given its time, so the watchdog is fed;
- then a fresh process tries the microphone, as a new start would (`earshot devices --hears`). While
  that hears nothing either (it is unplugged), a restart would only lose the session: fed;
- where the fresh process hears and this one still does not 5 s later, something in this process is
  broken (PortAudio reads its list of devices once): systemd is asked to start it anew.

A thread that hangs sends no beats, whatever the others do: systemd's time runs out.
"""

import logging
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from assistant import __version__
from assistant.appliance import health
from assistant.appliance.health import Health, State
from assistant.appliance.notify import Notifier
from assistant.runner import Beat

log = logging.getLogger(__name__)

HEARS_S = 2.0
"""A frame that is older was none of the last beat's."""

WRITE_S = 5.0
"""How often the health file is written where nothing changes; the folder lies in memory."""

GRACE_S = 60.0
"""How long the search for a lost microphone is left alone."""

PROBE_S = 60.0
"""How long after one try of a fresh process the next begins."""

CONFIRM_S = 5.0
"""How long our own search has, once a fresh process has heard the microphone."""

PROBE_LIMIT_S = 20.0
"""A fresh process that took longer hangs, and has heard nothing. It takes 1 to 3 s on x86-64."""

STATUS = {
    State.STARTING: "starting",
    State.LISTENING: "listening",
    State.SEARCHING: "the microphone is gone; looking for it",
}


class Probe(Protocol):
    """Tries, beside everything else, whether a new start would hear the microphone."""

    def start(self, now_s: float) -> None:
        """Begin a try."""

    def outcome(self, now_s: float) -> bool | None:
        """Whether it heard; None: not known yet, or nothing was begun. Told once."""

    def close(self) -> None:
        """End the try that is under way."""


class Pulse:
    """Takes beats, tells systemd, keeps the health file. Owned by one thread at a time."""

    def __init__(
        self,
        notifier: Notifier,
        file: Path,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float] = time.time,
        probe: Probe | None = None,
    ) -> None:
        """`clock` is monotonic, `wall_clock` gives seconds since 1970. `probe` is asked while the
        microphone is lost; None: nobody could start us anew."""
        self._notifier = notifier
        self._file = file
        self._clock = clock
        self._wall_clock = wall_clock
        self._probe = probe
        self._state = State.STARTING
        self._state_s = clock()
        self._since_utc_s = wall_clock()
        self._next_write_s = 0.0
        self._next_probe_s = 0.0
        self._heard_elsewhere_s: float | None = None
        """Since when it is known that a fresh process hears the microphone."""
        self._is_unwritable = False
        self._tell_state(None)

    def beat(self, beat: Beat) -> None:
        """Take a beat."""
        now = beat.at_s
        if beat.last_frame_s is not None and now - beat.last_frame_s <= HEARS_S:
            self._enter(State.LISTENING, beat)
            self._heard_elsewhere_s = None
            self._notifier.tell("WATCHDOG=1")
        elif self._state is not State.STARTING:  # that has a limit of its own, TimeoutStartSec
            self._enter(State.SEARCHING, beat)
            self._search(now)
        if now >= self._next_write_s:
            self._write(beat)

    def end(self) -> None:
        """The service ends, as it was told to."""
        self._notifier.tell("STOPPING=1", "STATUS=ending")
        self._notifier.close()
        if self._probe is not None:
            self._probe.close()
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be removed: %s", self._file, error)

    def _search(self, now: float) -> None:
        if self._probe is not None:
            found = self._probe.outcome(now)
            if found is not None:
                self._next_probe_s = now + PROBE_S
                self._heard_elsewhere_s = now if found else None
            elif now - self._state_s >= GRACE_S and now >= self._next_probe_s:
                self._next_probe_s = now + PROBE_S
                self._probe.start(now)
        if self._heard_elsewhere_s is None or now - self._heard_elsewhere_s < CONFIRM_S:
            self._notifier.tell("WATCHDOG=1")
            return
        log.warning("a fresh process hears the microphone, and this one does not: starting anew")
        self._notifier.tell("WATCHDOG=trigger")
        self._heard_elsewhere_s = None

    def _enter(self, state: State, beat: Beat) -> None:
        if state is self._state:
            return
        if self._state is State.STARTING:
            self._notifier.tell("READY=1")
        self._state, self._state_s, self._since_utc_s = state, beat.at_s, self._wall_clock()
        self._tell_state(beat)

    def _tell_state(self, beat: Beat | None) -> None:
        self._notifier.tell(f"STATUS={STATUS[self._state]}")
        self._write(beat)

    def _write(self, beat: Beat | None) -> None:
        now = self._clock()
        self._next_write_s = now + WRITE_S
        told = Health(
            state=self._state,
            since_utc_s=self._since_utc_s,
            written_s=now,
            last_frame_s=None if beat is None else beat.last_frame_s,
            dropped_frames=0 if beat is None else beat.dropped_frames,
            overflows=0 if beat is None else beat.overflows,
            dropped_events=0 if beat is None else beat.dropped_events,
            memory_mb=health.memory_mb(),
            pid=os.getpid(),
            version=__version__,
        )
        try:
            health.write(told, self._file)
        except OSError as error:
            if not self._is_unwritable:
                log.warning("the health cannot be written to %s: %s", self._file, error)
            self._is_unwritable = True
        else:
            self._is_unwritable = False


class FreshProcess:
    """A Probe that runs a command, whose exit code 0 means that it heard the microphone."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._limit_s = 0.0

    def start(self, now_s: float) -> None:
        """Begin a try, where none is under way."""
        if self._process is None:
            self._limit_s = now_s + PROBE_LIMIT_S
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def outcome(self, now_s: float) -> bool | None:
        """Whether it heard, once it has ended or has taken too long."""
        if self._process is None:
            return None
        code = self._process.poll()
        if code is None and now_s < self._limit_s:
            return None
        self.close()
        return code == 0

    def close(self) -> None:
        """End the try that is under way, and leave no process behind."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
