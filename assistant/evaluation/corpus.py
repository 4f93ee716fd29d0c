"""A folder of recordings with a `manifest.csv`, checked before anything is measured on it.

The manifest has a line a recording with at least `path` (inside the folder), `set`, `label` and
`speaker`. Where it also gives `duration_s` or `sha1_pcm`, the recording must agree with them: that
is how a file that was cut off or altered is found.
"""

import csv
import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import soxr

from assistant.audio.wavfile import as_float, read_wav
from assistant.errors import EvaluationError
from assistant.sound import FULL_SCALE, SPEECH_RATE_HZ, Float32, Int16

MANIFEST = "manifest.csv"
COLUMNS = ("path", "set", "label", "speaker")
"""What a manifest must have; it may have more."""

HOUSEHOLD_LABEL = "household"
"""In the set `noise`: the label of what goes on in a home, such as water and a kitchen."""

DURATION_TOLERANCE_S = 0.02
"""How far a recording's length may be from the manifest's, which is rounded."""

MAX_CLIPPED_SHARE = 0.4
"""With more of its samples at full scale a recording says nothing about speech, and is refused.
The loudest of some 4,000 recordings of people has 17 per cent."""

SUSPECT_CLIPPED_SHARE = 0.05
"""From here on it is only named."""

SILENT_DBFS = -85.0
"""A recording below this is silence, dBFS RMS over all of it: under two steps of 16 bits. The
softest of some 4,000 recordings of people has -52, the softest room response -79."""

MIN_LENGTH_S = 0.05
"""A shorter one holds no word; the shortest recording of a person lasts 0.14 s."""

_BYTE_ORDERS: Mapping[bytes, Literal["little", "big"]] = MappingProxyType(
    {b"RIFF": "little", b"FORM": "big"}
)
_SIZE_OF_STREAM = (0, 0xFFFFFFFF)
"""What a program writes for the size of a WAV file that it cannot know yet."""

_RESAMPLE = "Convert it: ffmpeg -i FILE -ac 1 -ar 16000 new.flac."


@dataclass(frozen=True, slots=True)
class Recording:
    """One line of the manifest."""

    path: Path
    """Where the file is."""
    name: str
    """The path as the manifest gives it."""
    set: str
    label: str
    """What is said in it, in words; "" where unknown."""
    speaker: str
    duration_s: float | None
    sha1_pcm: str
    """SHA-1 of its samples as little-endian int16; "" where the manifest has none."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder's recordings, in the manifest's order."""

    folder: Path
    recordings: tuple[Recording, ...]

    def of_set(self, name: str) -> tuple[Recording, ...]:
        """The recordings of one set; empty where there is none."""
        return tuple(r for r in self.recordings if r.set == name)

    def needed(self, name: str) -> tuple[Recording, ...]:
        """The recordings of a set that cannot be done without. Raises EvaluationError."""
        found = self.of_set(name)
        if not found:
            known = ", ".join(dict.fromkeys(r.set for r in self.recordings)) or "none"
            raise EvaluationError(
                f"no recordings of the set {name!r}",
                place=str(self.folder / MANIFEST),
                mend=f"Its sets are: {known}. Add recordings, or ask for what it has.",
            )
        return found


def read_corpus(folder: Path) -> Corpus:
    """Read a folder's manifest.

    Raises EvaluationError where there is none, where it lacks a column, or where a path leads out
    of the folder or to no file.
    """
    manifest = folder / MANIFEST
    try:
        text = manifest.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise EvaluationError(
            f"no manifest can be read here ({error.strerror})",
            place=str(manifest),
            mend=f"Name a folder with a {MANIFEST} of the columns {', '.join(COLUMNS)}.",
        ) from error
    except UnicodeDecodeError as error:
        raise EvaluationError(
            f"the manifest is not UTF-8 ({error.reason} at byte {error.start})",
            place=str(manifest),
            mend="Save it as UTF-8.",
        ) from error
    rows = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise EvaluationError(
            f"the manifest lacks the column {', '.join(missing)}",
            place=f"{manifest}:1",
            mend=f"Its first line names the columns, at least {','.join(COLUMNS)}.",
        )
    root = folder.resolve()
    try:
        recordings = tuple(_recording(row, root, f"{manifest}:{rows.line_num}") for row in rows)
    except csv.Error as error:
        raise EvaluationError(
            f"this is not a table ({error})",
            place=f"{manifest}:{rows.line_num}",
            mend="Write one recording a line, with commas between the columns.",
        ) from error
    if not recordings:
        raise EvaluationError(
            "the manifest lists no recording", place=str(manifest), mend="Add a line for each."
        )
    return Corpus(folder, recordings)


def _recording(row: Mapping[str, str | None], root: Path, place: str) -> Recording:
    name = (row["path"] or "").strip()
    path = (root / name).resolve()
    if not name or not path.is_relative_to(root):
        raise EvaluationError(
            f"the path {name!r} leads out of the corpus",
            place=place,
            mend="Give a path inside the folder, such as commands/stop.flac.",
        )
    if not path.is_file():
        raise EvaluationError(
            f"there is no recording {name!r}",
            place=place,
            mend="Add the file, or remove its line from the manifest.",
        )
    length = (row.get("duration_s") or "").strip()
    try:
        duration_s = float(length) if length else None
    except ValueError:
        duration_s = math.nan
    if duration_s is not None and not 0 < duration_s < math.inf:
        raise EvaluationError(
            f"duration_s = {length!r} is not a length", place=place, mend="Give it in seconds."
        )
    return Recording(
        path=path,
        name=name,
        set=(row["set"] or "").strip(),
        label=(row["label"] or "").strip(),
        speaker=(row["speaker"] or "").strip(),
        duration_s=duration_s,
        sha1_pcm=(row.get("sha1_pcm") or "").strip().lower(),
    )


def read_samples(recording: Recording, warn: Callable[[str], None] | None = None) -> Int16:
    """Read a recording: int16 mono, 16 000 Hz, shape (n,).

    One that is suspiciously loud is told to `warn`. Raises EvaluationError, naming the file and
    the mend, for one that is empty, silent, clipped through, cut off, altered, of another rate or
    of several channels, and where `soundfile` is not installed.
    """
    samples, rate_hz = _decoded(recording)
    place = str(recording.path)
    channels = samples.shape[1]
    if channels != 1:
        raise EvaluationError(
            f"the recording has {channels} channels instead of one", place=place, mend=_RESAMPLE
        )
    if rate_hz != SPEECH_RATE_HZ:
        raise EvaluationError(
            f"the recording has {rate_hz} samples a second instead of {SPEECH_RATE_HZ}",
            place=place,
            mend=f"{_RESAMPLE} One of 8000 Hz stays telephone quality; say so in its note.",
        )
    mono = np.ascontiguousarray(samples[:, 0])
    _check_whole(recording, mono)
    problem = _nothing_in(mono)
    if problem is not None:
        raise EvaluationError(problem, place=place, mend="Record it again, or remove its line.")
    clipped = float(np.mean(np.abs(mono.astype(np.int32)) >= FULL_SCALE))
    if clipped > MAX_CLIPPED_SHARE:
        raise EvaluationError(
            f"the recording is clipped: {clipped:.0%} of its samples are at full scale",
            place=place,
            mend="Record it again with less gain, or remove its line.",
        )
    if clipped > SUSPECT_CLIPPED_SHARE and warn is not None:
        warn(f"{place}: {clipped:.0%} of the samples are at full scale; it counts all the same")
    return mono


def read_noise(path: Path) -> Float32:
    """Read a recording that no manifest lists: float32 mono, 16 000 Hz, shape (n,).

    A WAV file may have any rate and several channels. Raises EarshotError for one that cannot be
    read, EvaluationError for another kind of file as `read_samples` does.
    """
    if path.suffix.lower() == ".wav":
        clip = read_wav(path)
        samples: Float32 = soxr.resample(clip.samples, clip.rate_hz, SPEECH_RATE_HZ)
        return samples
    if not path.is_file():
        raise EvaluationError(
            "there is no such recording", place=str(path), mend="Name a WAV or FLAC file."
        )
    return as_float(read_samples(Recording(path, path.name, "noise", "", "", None, "")))


def sha1_of(samples: Int16) -> str:
    """SHA-1 of samples as little-endian int16, in hexadecimal digits."""
    return hashlib.sha1(samples.astype("<i2").tobytes(), usedforsecurity=False).hexdigest()


def _nothing_in(samples: Int16) -> str | None:
    """Why nobody can be heard in a recording; None where there is no reason."""
    if not len(samples):
        return "the recording is empty"
    length_s = len(samples) / SPEECH_RATE_HZ
    if length_s < MIN_LENGTH_S:
        return f"the recording lasts {length_s:.4f} s, which is too short for a word"
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    level_dbfs = 10 * math.log10(power / 32768**2) if power else -math.inf
    return f"the recording is silent ({level_dbfs:.0f} dBFS)" if level_dbfs < SILENT_DBFS else None


def _check_whole(recording: Recording, samples: Int16) -> None:
    length_s = len(samples) / SPEECH_RATE_HZ
    expected_s = recording.duration_s
    if expected_s is not None and abs(length_s - expected_s) > DURATION_TOLERANCE_S:
        raise EvaluationError(
            f"the recording lasts {length_s:.3f} s, the manifest says {expected_s:.3f} s",
            place=str(recording.path),
            mend="It may have been cut off: copy it again, or correct the manifest.",
        )
    if recording.sha1_pcm and sha1_of(samples) != recording.sha1_pcm:
        raise EvaluationError(
            "the recording is not the one of the manifest (sha1_pcm differs)",
            place=str(recording.path),
            mend="Copy it again, or correct the manifest.",
        )


def _decoded(recording: Recording) -> tuple[Int16, int]:
    soundfile = _load_soundfile()
    place = str(recording.path)
    try:
        with soundfile.SoundFile(place) as file:
            declared = int(file.frames)
            samples: Int16 = file.read(dtype="int16", always_2d=True)
            rate_hz = int(file.samplerate)
    except soundfile.SoundFileError as error:
        empty = recording.path.stat().st_size == 0
        cause = "the file is empty" if empty else f"it cannot be decoded: {error}"
        raise EvaluationError(
            f"the recording is broken or cut off ({cause})",
            place=place,
            mend="Copy it again, or remove its line from the manifest.",
        ) from error
    missing_bytes = _missing_bytes(recording.path)
    if len(samples) < declared or missing_bytes:
        lost = f"; {missing_bytes} bytes are missing" if missing_bytes else f" of {declared}"
        raise EvaluationError(
            f"the recording is cut off after {len(samples)} samples{lost}",
            place=place,
            mend="Copy it again, or remove its line from the manifest.",
        )
    return samples, rate_hz


def _missing_bytes(path: Path) -> int:
    """By how much a WAV or AIFF file is shorter than it says of itself; libsndfile passes over it
    and gives what is there. 0 for other files."""
    with path.open("rb") as file:
        head = file.read(8)
    order = _BYTE_ORDERS.get(head[:4])
    size = int.from_bytes(head[4:], order) if order else 0
    return 0 if size in _SIZE_OF_STREAM else max(0, size + 8 - path.stat().st_size)


def _load_soundfile() -> Any:
    try:
        import soundfile  # noqa: PLC0415 - needed for nothing else
    except (ImportError, OSError) as error:
        raise EvaluationError(
            f"recordings cannot be read without the package soundfile ({error})",
            place="soundfile",
            mend="Install it again: .venv/bin/pip install --force-reinstall 'soundfile>=0.12'.",
        ) from error
    return soundfile
