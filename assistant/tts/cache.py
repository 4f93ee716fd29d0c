"""Spoken lines kept in memory and on disk, so that a cue is there when its time comes.

A file is a WAV of int16 mono, named by the SHA-256 of everything that shapes its sound, with a
checksum after its end: power cuts leave files of the right size with zeros in them.
"""

import hashlib
import io
import json
import logging
import os
import re
import tempfile
import threading
import wave
import zlib
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np

from assistant.errors import VoiceError
from assistant.sound import Clip
from assistant.tts.port import Synthesiser

_log = logging.getLogger(__name__)

_SOUND_VERSION = (
    2  # raise it when trimming, levelling or pace changes: old files are then not found
)
_OWN_FILE = re.compile(r"[0-9a-f]{64}(\.wav|\..{1,16}\.part)")
_CHECKSUM_TAG = b"crc4"
_TAIL_BYTES = len(_CHECKSUM_TAG) + 4

MEMORY_BYTES = 32 * 2**20
"""Default bound of the memory cache: about six minutes of speech at 22 050 Hz."""
DISK_BYTES = 64 * 2**20
"""Default bound of the disk cache: about 25 minutes of speech at 22 050 Hz."""


class CachedVoice:
    """A `Synthesiser` that renders each line once. May be called from any thread.

    `cache_dir` None keeps lines in memory only. `engine_name`, `engine_version` and `voice` are
    part of a line's key. A folder that cannot be written is logged once, and memory serves alone.
    Clips are shared and therefore read-only.
    """

    def __init__(
        self,
        synthesiser: Synthesiser,
        cache_dir: Path | None,
        engine_name: str,
        voice: str | None,
        *,
        engine_version: str = "",
        memory_bytes: int = MEMORY_BYTES,
        disk_bytes: int = DISK_BYTES,
    ) -> None:
        self._synthesiser = synthesiser
        self._voice = voice
        self._identity = (_SOUND_VERSION, engine_name, engine_version)
        self._memory = _Memory(memory_bytes)
        self._disk = _Disk(cache_dir, disk_bytes) if cache_dir else None
        self._engine_lock = threading.Lock()

    def check_writable(self) -> None:
        """Raise VoiceError where the cache folder cannot be written: for a folder that was named
        by the user, who then expects it to be used."""
        if self._disk is not None:
            self._disk.check_writable()

    def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
        """Return the spoken line, from memory, disk or the engine. Raises VoiceError."""
        key = self._key(text, rate_wpm, voice or self._voice)
        clip = self._memory.get(key)
        if clip is not None:
            return clip
        with self._engine_lock:
            clip = self._memory.get(key)  # another thread may have rendered it in the meantime
            if clip is None:
                clip = self._disk.load(key) if self._disk else None
            if clip is None:
                clip = _as_stored(self._synthesiser.render(text, rate_wpm=rate_wpm, voice=voice))
                if self._disk:
                    self._disk.store(key, clip)
            self._memory.put(key, clip)
        return clip

    def prepare(self, texts: Iterable[str], rate_wpm: int) -> dict[str, float]:
        """Render lines ahead and return the length of each, seconds. Raises VoiceError."""
        return {text: self.render(text, rate_wpm=rate_wpm).duration_s for text in texts}

    def close(self) -> None:
        """Free the engine, after the line under way."""
        with self._engine_lock:
            self._synthesiser.close()

    def _key(self, text: str, rate_wpm: int, voice: str | None) -> str:
        shape = json.dumps([*self._identity, voice, rate_wpm, text])
        return hashlib.sha256(shape.encode()).hexdigest()


def _as_stored(clip: Clip) -> Clip:
    """Return the clip as it will come back from disk, so that both sound the same."""
    return _from_int16(_to_int16(clip), clip.rate_hz)


def _to_int16(clip: Clip) -> bytes:
    scaled = np.clip(np.rint(clip.samples * 32767.0), -32767, 32767)
    return bytes(scaled.astype("<i2").tobytes())


def _from_int16(raw: bytes, rate_hz: int) -> Clip:
    samples = np.frombuffer(raw, dtype="<i2").astype(np.float32) / np.float32(32767)
    samples.flags.writeable = False
    return Clip(samples, rate_hz)


class _Memory:
    """The most recently used clips, bounded in bytes. Thread-safe."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._clips: OrderedDict[str, Clip] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Clip | None:
        with self._lock:
            if key in self._clips:
                self._clips.move_to_end(key)
            return self._clips.get(key)

    def put(self, key: str, clip: Clip) -> None:
        with self._lock:
            self._clips[key] = clip
            self._bytes += clip.samples.nbytes
            while self._bytes > self._most_bytes:
                _, dropped = self._clips.popitem(last=False)
                self._bytes -= dropped.samples.nbytes


class _Disk:
    """Clips as files. Called from one thread at a time."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._bytes: int | None = None  # unknown until the first file is stored
        self._is_writable = True

    def check_writable(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(b"\0")
        except OSError as error:
            raise VoiceError(
                f"the folder for spoken lines cannot be written ({error.strerror})",
                place=str(self._folder),
                mend="Name a folder in which you may write, or leave the setting out",
            ) from error

    def load(self, key: str) -> Clip | None:
        path = self._path(key)
        try:
            packed = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._give_up("read", error)
            return None
        try:
            return _unpacked(packed)
        except (ValueError, EOFError, wave.Error) as error:
            _log.warning("%s is damaged (%s): this line is rendered anew", path, error)
            return None

    def store(self, key: str, clip: Clip) -> None:
        if not self._is_writable:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            packed = _packed(clip)
            if self._bytes is None:
                self._bytes = sum(size for _, size, _ in self._own_files())
            self._write(self._path(key), packed)
            self._bytes += len(packed)
            if self._bytes > self._most_bytes:
                self._drop_oldest()
        except OSError as error:
            self._give_up("written", error)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.wav"

    def _write(self, path: Path, packed: bytes) -> None:
        handle, part = tempfile.mkstemp(prefix=f"{path.stem}.", suffix=".part", dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(packed)
            Path(part).replace(path)
        except OSError:
            Path(part).unlink(missing_ok=True)
            raise

    def _own_files(self) -> list[tuple[float, int, Path]]:
        """Files of this cache as (time of writing, bytes, path); a user's folder may hold more."""
        files = []
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):  # another process may drop files too
                if _OWN_FILE.fullmatch(path.name):
                    status = path.stat()
                    files.append((status.st_mtime, status.st_size, path))
        return files

    def _drop_oldest(self) -> None:
        files = sorted(self._own_files())
        self._bytes = sum(size for _, size, _ in files)
        for _, size, path in files:
            if self._bytes <= self._most_bytes * 0.9:  # room for a while, not for one line
                break
            path.unlink(missing_ok=True)
            self._bytes -= size

    def _give_up(self, what: str, error: OSError) -> None:
        if self._is_writable:
            _log.warning(
                "spoken lines are kept in memory only: %s cannot be %s (%s)",
                self._folder,
                what,
                error.strerror,
            )
        self._is_writable = False


def _packed(clip: Clip) -> bytes:
    raw = _to_int16(clip)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(clip.rate_hz)
        file.writeframes(raw)
    body = buffer.getvalue()
    return body + _CHECKSUM_TAG + zlib.crc32(body).to_bytes(4, "little")


def _unpacked(packed: bytes) -> Clip:
    body, tail = packed[:-_TAIL_BYTES], packed[-_TAIL_BYTES:]
    if tail != _CHECKSUM_TAG + zlib.crc32(body).to_bytes(4, "little"):
        raise ValueError(f"wrong checksum over {len(body)} bytes")
    with wave.open(io.BytesIO(body), "rb") as file:
        return _from_int16(file.readframes(file.getnframes()), file.getframerate())
