"""A real sound server with a virtual room: what the coach plays can be recorded, and what is
played into the room is heard by the coach's microphone."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.audio.wavfile import write_wav

RATE_HZ = 48_000
REPOSITORY = Path(__file__).parents[2]

SPEAKER = "module-null-sink sink_name=speaker rate=48000 channels=2"
MICROPHONE = "module-remap-source source_name=mic master=room.monitor"
SINKS = (SPEAKER, "module-null-sink sink_name=room rate=48000 channels=2", MICROPHONE)


class Recording:
    """What a loudspeaker played: grows while it is recorded."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._chunks: list[bytes] = []
        self._origins_s: list[float] = []
        self._size = 0
        self._thread = threading.Thread(target=self._collect)
        self._thread.start()

    def _collect(self) -> None:
        assert self._process.stdout is not None
        while chunk := os.read(self._process.stdout.fileno(), 65536):
            self._chunks.append(chunk)
            self._size += len(chunk)
            self._origins_s.append(time.monotonic() - self._size / 2 / RATE_HZ)

    @property
    def samples(self) -> np.ndarray:
        """float64 in [-1, 1], shape (n,), 48 000 Hz."""
        return np.frombuffer(b"".join(self._chunks), "<i2") / 32768

    @property
    def origin_s(self) -> float:
        """Monotonic time of the first sample, at the latest: no sample arrived before it was
        played, so the earliest arrival bounds it."""
        return min(self._origins_s)

    def wait_until_running(self, timeout_s: float = 10.0) -> None:
        """Wait for the first samples."""
        end_s = time.monotonic() + timeout_s
        while not self._size:
            if time.monotonic() > end_s:
                raise TimeoutError("nothing was recorded")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the recording; `samples` is whole afterwards."""
        self._process.terminate()
        self._thread.join()
        self._process.communicate()


class SoundServer:
    """A PulseAudio of its own, with the sinks `speaker` and `room` and the source `mic`.

    `env` makes a program find it: PulseAudio's clients by the runtime folder, PortAudio through
    ALSA's pulse plugin, which the .asoundrc in a home of their own makes the default.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".asoundrc").write_text(
            "pcm.!default { type pulse hint { show on description default } }\n"
            "ctl.!default { type pulse }\n"
        )
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PULSE_")}
        self.env = kept | {
            "XDG_RUNTIME_DIR": str(folder),
            "HOME": str(folder),
            "EARSHOT_INTRODUCTION": "false",  # every program here meets its user for the first time
        }
        arguments = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--log-level=error"]
        for module in ("module-native-protocol-unix", *SINKS):
            arguments += ["-L", module]
        self._process = subprocess.Popen(["pulseaudio", *arguments], env=self.env)
        self._wait_until_ready()
        self.control("set-default-sink", "speaker")
        self.control("set-default-source", "mic")

    @staticmethod
    def is_installed() -> bool:
        """Whether this machine has what a sound server needs."""
        return all(shutil.which(program) for program in ("pulseaudio", "pactl", "paplay", "parec"))

    def control(self, *arguments: str) -> str:
        """Run pactl and return what it prints."""
        return subprocess.run(
            ["pactl", *arguments], env=self.env, capture_output=True, text=True, check=True
        ).stdout

    def module_number(self, text: str) -> str:
        """Return the number of the loaded module whose name or arguments hold `text`."""
        lines = self.control("list", "short", "modules").splitlines()
        return next(line.split("\t")[0] for line in lines if text in line)

    def play_into_mic(self, path: Path) -> None:
        """Play a WAV file into the room; returns when it has been heard."""
        subprocess.run(["paplay", "--device=room", path], env=self.env, check=True)

    @contextlib.contextmanager
    def noise(self, level_dbfs: float) -> Iterator[None]:
        """Five minutes of noise in the room, or until the block ends; without it the microphone
        gives digital silence, as a muted one does."""
        samples = np.random.default_rng(1).normal(0.0, 10 ** (level_dbfs / 20), 300 * 16_000)
        path = self.folder / "noise.wav"
        write_wav(path, np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16))
        with subprocess.Popen(["paplay", "--device=room", path], env=self.env) as player:
            try:
                yield
            finally:
                player.terminate()

    @contextlib.contextmanager
    def record_speaker(self) -> Iterator[Recording]:
        """Record what the loudspeaker plays, from before the block begins until it ends."""
        command = ["parec", "--device=speaker.monitor", "--format=s16le", f"--rate={RATE_HZ}"]
        process = subprocess.Popen(
            [*command, "--channels=1", "--raw", "--latency-msec=5"],
            env=self.env,
            stdout=subprocess.PIPE,
        )
        recording = Recording(process)
        try:
            recording.wait_until_running()
            yield recording
        finally:
            recording.stop()

    @contextlib.contextmanager
    def awake_microphone(self) -> Iterator[None]:
        """Keep the room's blocks short until the block ends, as a sound card's are: a virtual
        sink of which nobody asks for more works in blocks of two seconds."""
        with self._awake("room.monitor", 20):
            yield

    @contextlib.contextmanager
    def awake_loudspeaker(self) -> Iterator[None]:
        """Keep the loudspeaker's blocks short likewise."""
        with self._awake("speaker.monitor", 5):
            yield

    @contextlib.contextmanager
    def _awake(self, source: str, latency_ms: int) -> Iterator[None]:
        command = ["parec", f"--device={source}", f"--latency-msec={latency_ms}", "--raw"]
        process = subprocess.Popen(
            command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=10)

    def python_command(self, code: str, *arguments: str) -> list[str]:
        """Return the command line of a program given as text."""
        return [sys.executable, "-W", "error", "-c", code, *arguments]

    def run_python(self, code: str, *arguments: str, timeout_s: float = 60.0) -> str:
        """Run a program against this server and return what it prints.

        In a process of its own, since PortAudio reads its surroundings once.
        """
        with self.start_python(code, *arguments) as process:
            printed, complaints = process.communicate(timeout=timeout_s)
        assert process.returncode == 0, complaints
        return printed

    @contextlib.contextmanager
    def start_python(self, code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Start a program against this server; it has ended after the block."""
        process = subprocess.Popen(
            self.python_command(code, *arguments),
            env=self.env,
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(timeout=5)
                    process.kill()

    def stand_still(self) -> None:
        """Let the server hang until `go_on`: its sockets stay, and nothing moves."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let the server go on."""
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End the server, as if every device were unplugged. May be called twice."""
        self._process.terminate()
        self._process.wait(timeout=10)

    def _wait_until_ready(self, timeout_s: float = 10.0) -> None:
        end_s = time.monotonic() + timeout_s
        while True:
            try:
                self.control("info")
            except subprocess.CalledProcessError:
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.05)
            else:
                return


@contextlib.contextmanager
def running() -> Iterator[SoundServer]:
    """A server until the block ends. Skips the test where this machine has none."""
    if not SoundServer.is_installed():
        pytest.skip("needs pulseaudio and pulseaudio-utils")
    # Not tmp_path: a socket's path may have no more than 108 characters.
    with tempfile.TemporaryDirectory(prefix="earshot-") as folder:
        server = SoundServer(Path(folder))
        try:
            yield server
        finally:
            server.close()


def tone_onsets_s(samples: np.ndarray, tone: np.ndarray, *, likeness: float = 0.9) -> np.ndarray:
    """Return where a tone begins, seconds into the samples: a matched filter.

    `likeness` is how much of the energy's root there must be the tone's, from 0 to 1: the tone
    alone gives 1 at any loudness.
    """
    size = 1 << (len(samples) + len(tone) - 1).bit_length()
    spectrum = np.fft.rfft(samples, size) * np.conj(np.fft.rfft(tone, size))
    match = np.fft.irfft(spectrum, size)[: len(samples) - len(tone) + 1]
    energy = np.concatenate([[0.0], np.cumsum(samples**2)])
    there = np.sqrt(np.maximum(energy[len(tone) :] - energy[: -len(tone)], 1e-6))
    found = match / (there * np.sqrt(np.sum(tone**2)))
    onsets = []
    while found.max() > likeness:
        best = int(found.argmax())
        onsets.append(best / RATE_HZ)
        found[max(0, best - len(tone)) : best + len(tone)] = 0.0
    return np.sort(onsets)


def onsets_s(samples: np.ndarray, *, level: float = 0.02, quiet_s: float = 0.1) -> np.ndarray:
    """Return where sound begins after at least `quiet_s` of silence, seconds into the samples."""
    loud = np.flatnonzero(np.abs(samples) > level)
    gaps = np.diff(loud, prepend=-RATE_HZ)
    return loud[gaps > quiet_s * RATE_HZ] / RATE_HZ
