"""What is learnt from: recordings of people, and synthetic voices."""

import subprocess
import tempfile
import wave
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import soxr

from assistant.audio.wavfile import as_float
from assistant.evaluation import corpus
from assistant.sound import SPEECH_RATE_HZ, Float32


@dataclass(frozen=True, slots=True)
class Recording:
    """A clip with its label; float32 mono at 16 000 Hz, shape (n,)."""

    samples: Float32
    label: str
    speaker: str
    kind: str
    """The manifest's set, or "synthetic"."""


def read_corpus(folder: Path, kinds: Collection[str]) -> list[Recording]:
    """Read recordings of some sets, in the manifest's order. Raises EvaluationError for a folder or
    a recording that cannot be used."""
    return [
        Recording(as_float(corpus.read_samples(one)), one.label, one.speaker, one.set)
        for one in corpus.read_corpus(folder).recordings
        if one.set in kinds
    ]


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
