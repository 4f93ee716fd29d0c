"""What is learnt from: recordings of people, and synthetic voices."""

import csv
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import soundfile
import soxr

from assistant.errors import EarshotError
from assistant.sound import SPEECH_RATE_HZ, Float32


class CorpusError(EarshotError):
    """A folder of recordings that cannot be read."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A clip with its label; float32 mono at 16 000 Hz, shape (n,)."""

    samples: Float32
    label: str
    speaker: str
    kind: str
    """The manifest's set, or "synthetic"."""


def read_corpus(folder: Path, kinds: Sequence[str]) -> list[Recording]:
    """Read recordings of some sets, in the manifest's order.

    Raises CorpusError for a folder without a manifest, a file that cannot be read and one that
    is not mono at 16 000 Hz.
    """
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise CorpusError(
            "no manifest.csv here",
            place=str(folder),
            mend="Name a folder with recordings and their manifest.",
        )
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["set"] in kinds]
    return [
        Recording(_read(folder / row["path"]), row["label"], row["speaker"], row["set"])
        for row in rows
    ]


def _read(path: Path) -> Float32:
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32")
    except (OSError, soundfile.LibsndfileError) as error:
        raise CorpusError(f"a recording cannot be read ({error})", place=str(path)) from error
    if samples.ndim != 1 or rate_hz != SPEECH_RATE_HZ:
        raise CorpusError(
            f"a recording has {samples.ndim} channels at {rate_hz} Hz",
            place=str(path),
            mend="Convert it to one channel at 16 000 Hz.",
        )
    return np.asarray(samples, np.float32)


FLITE_VOICES = ("slt", "rms", "awb", "kal16")
ESPEAK_VOICES = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us-nyc")
ESPEAK_VARIANTS = ("m3", "m7", "f2", "f4", "klatt2", "Andrea")


FLITE_SHARE = 0.6


def synthesise(word: str) -> Iterator[Recording]:
    """Yield a word in 12 flite and 18 espeak-ng voices; their speakers are named by the voice."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.wav"
        for voice, stretch in product(FLITE_VOICES, ("0.8", "1.0", "1.25")):
            _run("flite", "-voice", voice, "--setf", f"duration_stretch={stretch}",
                 "-t", word, "-o", str(path))  # fmt: skip
            yield Recording(_read_wav(path), word, f"flite {voice}", "synthetic")
        for i, voice in enumerate(ESPEAK_VOICES):
            for j in range(3):
                variant = ESPEAK_VARIANTS[(i + 2 * j) % len(ESPEAK_VARIANTS)]
                _run("espeak-ng", "-v", f"{voice}+{variant}", "-s", str(120 + 25 * j),
                     "-p", str(30 + 15 * j), "-w", str(path), word)  # fmt: skip
                yield Recording(_read_wav(path), word, f"espeak {voice}+{variant}", "synthetic")


def spoken(text: str, rng: np.random.Generator) -> Float32:
    """Return a text said by one of the voices, flite's or espeak-ng's, at some speed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.wav"
        if rng.random() < FLITE_SHARE:
            stretch = f"duration_stretch={rng.uniform(0.8, 1.25):.2f}"
            _run("flite", "-voice", str(rng.choice(FLITE_VOICES)), "--setf", stretch,
                 "-t", text, "-o", str(path))  # fmt: skip
        else:
            voice = f"{rng.choice(ESPEAK_VOICES)}+{rng.choice(ESPEAK_VARIANTS)}"
            _run("espeak-ng", "-v", voice, "-s", str(int(rng.uniform(120, 190))),
                 "-p", str(int(rng.uniform(25, 70))), "-w", str(path), text)  # fmt: skip
        return _read_wav(path)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _read_wav(path: Path) -> Float32:
    with wave.open(str(path), "rb") as file:
        rate_hz = file.getframerate()
        raw = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    samples = soxr.resample(raw.astype(np.float32) / 32768, rate_hz, SPEECH_RATE_HZ)
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return np.asarray(samples[loud[0] : loud[-1] + 1] if len(loud) else samples, np.float32)
