"""The coach's voice by pyttsx3 (espeak-ng on Linux), rendered in a process of its own.

The process is there because pyttsx3 can hang, may be used from one thread only, and prints. It is
started with the first line, restarted when it hangs or dies, and ends with this process, however
that ends: it reads the end of its stdin. What goes wrong inside it is told in `worker`.

Its files hold nothing but the coach's own synthetic voice, in a folder that only this user can
read, and are deleted as soon as they are read.
"""

import contextlib
import json
import os
import re
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import numpy as np

from assistant.errors import VoiceError
from assistant.sound import Clip
from assistant.tts import loudness

DEFAULT_VOICE = "en-us"
OTHER_VOICES: Mapping[str, Sequence[str]] = MappingProxyType(
    {"en": ("en-us+f3", "en-gb", "en-gb+f2", "en-gb-scotland")}
)
"""What "another voice" leads through, by language: a woman's, and other accents."""
DEFAULT_RATE_WPM = 155
"""A calm pace, words per minute; espeak-ng's own default of 175 is hurried for instructions."""
LEVEL_DBFS = -20.0
"""Loudness of every line: RMS over its voiced parts."""

_RATES_WPM = range(80, 451)  # espeak-ng clips to this range
_LONGEST_TEXT = 2000  # also keeps an order within a pipe's buffer: writing never blocks
_ATTEMPTS = 5
"""Where one fails at once: espeak-ng's library was seen to end its process by signal 11, after
another attempt had failed, on a machine with no time left."""
_PATIENCES = 2.5
"""So many of a line's time limits all attempts may take together: a worker that hangs takes one."""
_START_LIMIT_S = 20.0  # a Raspberry Pi's cold SD card
_MISSING_MEND = "On Debian or Raspberry Pi OS: sudo apt-get install espeak-ng libespeak-ng1"


def engine_version() -> str:
    """Return the versions of pyttsx3 and espeak-ng, for a cache's key; part of it may be absent.

    Takes about 5 ms: it asks the program espeak-ng where that is installed.
    """
    versions = [metadata.version("pyttsx3")]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        told = subprocess.run(
            ["espeak-ng", "--version"], capture_output=True, text=True, timeout=5, check=False
        ).stdout
        versions += re.findall(r"\d+(?:\.\d+)+", told)[:1]
    return " ".join(versions)


class _LostError(Exception):
    """The worker hangs, or is gone."""


class _NoSoundError(Exception):
    """The worker answered, but there is no whole sound."""


class _Worker:
    """The process and the pipes to it."""

    def __init__(self, voice: str) -> None:
        self._voice = voice
        self._unread = b""
        self._folder = Path(tempfile.mkdtemp(prefix="earshot-voice-"))
        script = str(Path(__file__).with_name("worker.py"))
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        self._process = subprocess.Popen(
            # -P: a script's folder would go first on the path, before the standard library
            [sys.executable, "-P", script, voice, str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            bufsize=0,
            process_group=0,  # Ctrl-C is for the coach, which still says goodbye
        )

    @property
    def process_id(self) -> int:
        return self._process.pid

    def greet(self) -> None:
        """Wait until the voice is loaded. Raises VoiceError, _LostError."""
        reply = self._reply(_START_LIMIT_S)
        if reply["kind"] == "missing":
            raise VoiceError(
                f"the voice cannot be loaded ({reply['problem']})",
                place="espeak-ng",
                mend=_MISSING_MEND,
            )
        if reply["kind"] == "voice":
            raise VoiceError(
                f"espeak-ng has no voice {self._voice!r}",
                place="voice",
                mend=f"Near ones: {reply['problem']}. All: espeak-ng --voices",
            )

    def render(self, text: str, rate_wpm: int, limit_s: float) -> Clip:
        """Return the raw sound. Raises _LostError, _NoSoundError."""
        path = self._folder / "line.wav"
        order = json.dumps({"text": text, "rate_wpm": rate_wpm, "path": str(path)})
        try:
            os.write(self._stdin_fd(), order.encode() + b"\n")
        except BrokenPipeError as error:
            raise _LostError(self._epitaph()) from error
        try:
            reply = self._reply(limit_s)
            if reply["kind"] != "done":
                raise _NoSoundError(reply["problem"])
            return _read_wav(path)
        finally:
            path.unlink(missing_ok=True)

    def _stdin_fd(self) -> int:
        if self._process.stdin is None:
            raise _LostError("it has no stdin")
        return self._process.stdin.fileno()

    def _reply(self, limit_s: float) -> dict[str, str]:
        stdout = self._process.stdout
        if stdout is None:
            raise _LostError("it has no stdout")
        deadline_s = time.monotonic() + limit_s
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while b"\n" not in self._unread:
                if not selector.select(max(0.0, deadline_s - time.monotonic())):
                    raise _LostError(f"it said nothing for {limit_s:g} s")
                heard = os.read(stdout.fileno(), 65536)
                if not heard:
                    raise _LostError(self._epitaph())
                self._unread += heard
        line, _, self._unread = self._unread.partition(b"\n")
        reply: dict[str, str] = json.loads(line)
        return reply

    def _epitaph(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        end = max(0, self._complaints.seek(0, os.SEEK_END) - 300)
        self._complaints.seek(end)
        last_words = self._complaints.read().decode(errors="replace").strip()
        return f"it ended with code {self._process.returncode}; {last_words or 'no message'}"

    def end(self, *, patience_s: float = 0.0) -> None:
        """End the process, by force when it is not gone after a while, and remove its folder."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._complaints.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _read_wav(path: Path) -> Clip:
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth())
            rate_hz = file.getframerate()
            raw = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise _NoSoundError(f"its file cannot be read ({error})") from error
    if shape != (1, 2):
        raise _NoSoundError(f"its file has {shape[0]} channels of {shape[1]} bytes")
    samples = np.frombuffer(raw, dtype="<i2").astype(np.float32) / np.float32(32768)
    if not samples.any():
        raise _NoSoundError("its file is empty or silent")
    return Clip(samples, rate_hz)


class Pyttsx3Synthesiser:
    """A `Synthesiser` by pyttsx3. Not thread-safe: `CachedVoice` holds a lock around it.

    `voice` is a language ("en-gb"), a name ("English (America)") or an id ("gmw/en-us") of
    `espeak-ng --voices`, with a variant if wished ("en-us+f3"); None is `DEFAULT_VOICE`.
    `time_limit_s` is how long a line may take before the worker counts as hung.
    """

    def __init__(self, voice: str | None = None, *, time_limit_s: float = 10.0) -> None:
        self.voice = self._own_voice = voice or DEFAULT_VOICE
        """Which is loaded, or will be; and which where nobody asks for another."""
        self._time_limit_s = time_limit_s
        self._worker: _Worker | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def worker_process_id(self) -> int | None:
        """Process id of the worker; None before the first line and after `close`."""
        return self._worker.process_id if self._worker else None

    def check(self) -> None:
        """Load the voice now. Raises VoiceError where espeak-ng or the voice is missing."""
        try:
            self._started()
        except _LostError as error:
            raise VoiceError(
                f"the voice {self.voice!r} did not start: {error}",
                place="espeak-ng",
                mend=_MISSING_MEND,
            ) from error

    def render(self, text: str, *, rate_wpm: int = DEFAULT_RATE_WPM, voice: str = "") -> Clip:
        """Return the spoken line: 22 050 Hz, ends trimmed, voiced parts at `LEVEL_DBFS`.

        Another voice than that of the line before starts the worker anew, which takes a moment.
        An empty or broken sound is rendered anew, a hung or dead worker is replaced. Raises
        VoiceError where espeak-ng or the voice is missing, where the text or the rate cannot be
        spoken, and where up to five attempts gave no sound.
        """
        _check_order(text, rate_wpm)
        self._choose(voice or self._own_voice)
        reason = ""
        deadline_s = time.monotonic() + _PATIENCES * self._time_limit_s
        attempts = 0
        while attempts < _ATTEMPTS and time.monotonic() < deadline_s:
            attempts += 1
            try:
                raw = self._started().render(text, rate_wpm, self._time_limit_s)
            except _NoSoundError as error:
                reason = str(error)
            except _LostError as error:
                reason = f"the voice's process was lost: {error}"
                self._discard()
            else:
                return loudness.levelled(loudness.trimmed(raw), LEVEL_DBFS)
        raise VoiceError(
            f"no sound for {text!r} in {attempts} attempts ({reason})",
            place=f"voice {self.voice}",
            mend='Try: espeak-ng "hello". A line needs at least one word',
        )

    def close(self) -> None:
        """End the worker. A later `render` would start a new one."""
        if self._worker is not None:
            self._worker.end(patience_s=2.0)
            self._worker = None

    def _choose(self, voice: str) -> None:
        if voice != self.voice:
            self.close()
            self.voice = voice

    def _started(self) -> _Worker:
        if self._worker is None:
            try:
                self._worker = _Worker(self.voice)
            except OSError as error:
                raise VoiceError(
                    f"the voice's process cannot be started ({error})",
                    place=tempfile.gettempdir(),
                    mend="It needs a little room in the folder for temporary files",
                ) from error
            try:
                self._worker.greet()
            except (VoiceError, _LostError):
                self._discard()
                raise
        return self._worker

    def _discard(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None


def _check_order(text: str, rate_wpm: int) -> None:
    if not text.strip() or "\0" in text or len(text) > _LONGEST_TEXT:
        raise VoiceError(
            f"this line cannot be spoken: {text[:60]!r} ({len(text)} characters)",
            mend=f"A line has 1 to {_LONGEST_TEXT} characters, at least one word and no NUL",
        )
    if rate_wpm not in _RATES_WPM:
        raise VoiceError(
            f"the speech rate {rate_wpm} is out of range",
            mend=f"Choose {_RATES_WPM[0]} to {_RATES_WPM[-1]} words per minute",
        )
