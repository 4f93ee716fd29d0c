"""A sound server of one's own, with loudspeakers that nobody hears and that can be recorded."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np

from assistant.errors import DeviceError
from assistant.sound import Int16

RATE_HZ = 48_000
"""Sample rate of the loudspeakers and of what is recorded of them."""

PROGRAMS = ("pulseaudio", "pactl", "parec", "paplay")
_START_LIMIT_S = 10.0
_BYTES_A_SAMPLE = 2
_ALSA = """pcm.!default { type pulse hint { show on description default } }
ctl.!default { type pulse }
"""
_APLAY = '#!/bin/sh\nexec paplay "$1"\n'
"""pyttsx3 plays by ALSA's aplay; where that is not installed PulseAudio's own player does it."""


class SoundServer:
    """PulseAudio with one silent loudspeaker for each name. A context manager.

    Raises DeviceError where PulseAudio is missing or does not start.
    """

    def __init__(self, loudspeakers: tuple[str, ...]) -> None:
        missing = [name for name in PROGRAMS if shutil.which(name) is None]
        if missing:
            raise DeviceError(
                f"{missing[0]} is not installed",
                place="earshot bench",
                mend="On Debian: sudo apt-get install pulseaudio pulseaudio-utils",
            )
        # In the short folder for temporary files: a socket's path has at most 108 characters.
        self._temporary = tempfile.TemporaryDirectory(prefix="earshot-")
        self.folder = Path(self._temporary.name)
        self._first = loudspeakers[0]
        (self.folder / ".asoundrc").write_text(_ALSA, encoding="utf-8")
        arguments = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--log-level=error"]
        modules = [
            f"module-null-sink sink_name={x} rate={RATE_HZ} channels=2" for x in loudspeakers
        ]
        for module in ("module-native-protocol-unix", *modules):
            arguments += ["-L", module]
        self._process = subprocess.Popen(["pulseaudio", *arguments], env=self._base())

    def _base(self) -> dict[str, str]:
        kept = {name: x for name, x in os.environ.items() if not name.startswith("PULSE_")}
        return kept | {"XDG_RUNTIME_DIR": str(self.folder), "HOME": str(self.folder)}

    def surroundings(self, loudspeaker: str, *, microphone: str | None = None) -> Mapping[str, str]:
        """The environment of a program whose default loudspeaker is the named one; what it hears is
        what `microphone`, a loudspeaker too, plays."""
        env = self._base() | {"PULSE_SINK": loudspeaker}
        if microphone is not None:
            env["PULSE_SOURCE"] = f"{microphone}.monitor"
        if shutil.which("aplay") is None:
            path = self.folder / "aplay"
            path.write_text(_APLAY, encoding="utf-8")
            path.chmod(0o700)
            env["PATH"] = f"{self.folder}{os.pathsep}{env.get('PATH', os.defpath)}"
        return env

    def __enter__(self) -> Self:
        end_s = time.monotonic() + _START_LIMIT_S
        command = ["pactl", "set-default-sink", self._first]
        while subprocess.run(
            command, env=self._base(), capture_output=True, check=False
        ).returncode:
            if time.monotonic() > end_s or self._process.poll() is not None:
                self.close()
                raise DeviceError(
                    "the sound server did not start",
                    place="pulseaudio",
                    mend="Try it by hand: pulseaudio -n --daemonize=no -L module-null-sink",
                )
            time.sleep(0.1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server and remove its folder."""
        self._process.terminate()
        self._process.wait()
        self._temporary.cleanup()

    def play(self, loudspeaker: str, path: Path) -> None:
        """Play a WAV file; returns when it has been heard. Raises DeviceError."""
        command = ["paplay", f"--device={loudspeaker}", str(path)]
        ended = subprocess.run(command, env=self._base(), capture_output=True, check=False)
        if ended.returncode:
            raise DeviceError(f"{path.name} cannot be played", place="paplay")

    @contextlib.contextmanager
    def awake(self, loudspeaker: str) -> Iterator[None]:
        """Keep a loudspeaker's blocks short, as a sound card's are: a virtual one of which nobody
        asks for more works in blocks of two seconds."""
        command = ["parec", f"--device={loudspeaker}.monitor", "--latency-msec=20", "--raw"]
        process = subprocess.Popen(command, env=self._base(), stdout=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    @contextlib.contextmanager
    def recording(self, loudspeaker: str) -> Iterator["Recording"]:
        """Record what a loudspeaker plays until the block ends. Raises DeviceError."""
        device = f"--device={loudspeaker}.monitor"
        command = ["parec", device, "--format=s16le", f"--rate={RATE_HZ}", "--channels=1", "--raw"]
        process = subprocess.Popen(
            # Short blocks here make short blocks at the loudspeaker, as a sound card has them.
            [*command, "--latency-msec=5"],
            env=self._base(),
            stdout=subprocess.PIPE,
        )
        recording = Recording(process, self.folder / f"{loudspeaker}.raw")
        try:
            recording.wait_until_running()
            yield recording
        finally:
            recording.stop()


class Recording:
    """What a loudspeaker plays, written to a file as it comes: ten megabytes a minute would not
    fit into a small computer's memory for long."""

    def __init__(self, process: "subprocess.Popen[bytes]", path: Path) -> None:
        self._process = process
        self._path = path
        self._size = 0
        self.origin_s = float("inf")
        """Monotonic time of the first sample, at the latest: no sample arrives before it is
        played, so the earliest arrival bounds it."""
        self._thread = threading.Thread(target=self._collect, name=f"record-{path.stem}")
        self._thread.start()

    def _collect(self) -> None:
        with self._path.open("wb") as file:
            stdout = self._process.stdout
            while stdout is not None and (chunk := self._read(stdout)):
                file.write(chunk)

    def _read(self, stdout: IO[bytes]) -> bytes:
        chunk = os.read(stdout.fileno(), 65536)
        self._size += len(chunk)
        first_s = time.monotonic() - self._size / _BYTES_A_SAMPLE / RATE_HZ
        self.origin_s = min(self.origin_s, first_s)
        return chunk

    def wait_until_running(self) -> None:
        """Wait for the first samples. Raises DeviceError."""
        end_s = time.monotonic() + _START_LIMIT_S
        while not self._size:
            if time.monotonic() > end_s:
                raise DeviceError("nothing comes from the loudspeaker", place="parec")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the recording; `samples` is whole afterwards."""
        self._process.terminate()
        self._thread.join()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def samples(self) -> Int16:
        """int16 mono, shape (n,), `RATE_HZ`; a view of the file."""
        samples: Int16 = np.memmap(self._path, dtype="<i2", mode="r")
        return samples
