"""What the spotter learns from: recordings of people, synthetic voices, and variations of both."""

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
from scipy.signal import fftconvolve

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


# ---- synthetic voices ---------------------------------------------------------------------

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


# ---- variations ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What variations are made with: sounds of float32, 16 000 Hz."""

    noises: Sequence[Float32]
    speech: Sequence[Float32]
    rooms: Sequence[Float32]


def noisy(samples: Float32, noise: Float32, snr_db: float) -> Float32:
    """Return samples with noise of the same length added, `snr_db` below the samples' speech.

    The speech's level is that of its louder half of 20 ms frames, so that silence around a word
    does not count.
    """
    gain = speech_level(samples) / max(level(noise), 1e-6) * 10 ** (-snr_db / 20)
    return np.asarray(samples + noise * gain, np.float32)


def level(samples: Float32) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))


def speech_level(samples: Float32) -> float:
    """Return the root mean square of the louder half of 20 ms frames."""
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    if not len(frames):
        return level(samples)
    power = np.sort(np.mean(np.square(frames, dtype=np.float64), axis=1))
    return float(np.sqrt(power[len(power) // 2 :].mean() + 1e-12))


def piece(sound: Float32, length: int, rng: np.random.Generator) -> Float32:
    """Return so many samples of a sound from a random place, repeated where it is too short."""
    if len(sound) < length:
        sound = np.tile(sound, length // len(sound) + 1)
    begin = int(rng.integers(0, len(sound) - length + 1))
    return sound[begin : begin + length]


def reverberated(samples: Float32, room: Float32) -> Float32:
    """Return samples as heard in a room, at the same level and of the same length."""
    room = room[int(np.argmax(np.abs(room))) :]
    wet = fftconvolve(samples, room)[: len(samples)]
    return np.asarray(wet * (level(samples) / level(wet)), np.float32)


def variation(
    samples: Float32, length: int, surroundings: Surroundings, rng: np.random.Generator
) -> Float32:
    """Return one random variation of a clip, of a given length in samples.

    Speed and pitch by 0.88 to 1.14; a room; its place in the window; a floor or noise or other
    speech at 0 to 25 dB; a telephone or a tilted spectrum; level.
    """
    factor = float(np.exp(rng.uniform(np.log(0.88), np.log(1.14))))
    samples = soxr.resample(samples, SPEECH_RATE_HZ, SPEECH_RATE_HZ * factor, quality="LQ")
    # Now and then room and noise begin and end with the clip, as in a cut recording.
    heard_length = min(length, len(samples)) if rng.random() < 0.3 else length
    samples = placed(samples, heard_length, rng)
    if rng.random() < 0.4:
        samples = reverberated(
            samples, surroundings.rooms[int(rng.integers(len(surroundings.rooms)))]
        )
    samples = _with_noise(samples, surroundings, rng)
    if rng.random() < 0.5:
        samples = coloured(samples, rng)
    samples = placed(samples, length, rng)
    peak = float(np.abs(samples).max()) + 1e-6
    return np.asarray(samples / peak * 10 ** (-rng.uniform(1, 30) / 20), np.float32)


def placed(samples: Float32, length: int, rng: np.random.Generator) -> Float32:
    """Return a clip somewhere in a window of zeros; one that is too long loses random ends."""
    spare = length - len(samples)
    if spare <= 0:
        begin = int(rng.integers(0, -spare + 1))
        return np.asarray(samples[begin : begin + length], np.float32)
    # Near the middle, as an utterance cut by voice activity lies.
    before = int(np.clip(rng.normal(0.5, 0.15), 0, 1) * spare)
    return np.pad(samples, (before, spare - before)).astype(np.float32)


def _with_noise(samples: Float32, around: Surroundings, rng: np.random.Generator) -> Float32:
    floor = rng.standard_normal(len(samples)).astype(np.float32)
    choice = rng.random()
    if choice < 0.25:
        return noisy(samples, floor, rng.uniform(25, 60))
    if choice < 0.70:
        noise = piece(around.noises[int(rng.integers(len(around.noises)))], len(samples), rng)
        if rng.random() < 0.3:
            other = piece(around.noises[int(rng.integers(len(around.noises)))], len(samples), rng)
            noise = noise / level(noise) + other / level(other)
    elif choice < 0.85:
        noise = piece(around.speech[int(rng.integers(len(around.speech)))], len(samples), rng)
        return noisy(samples, noise, rng.uniform(5, 22))
    else:
        noise = coloured_noise(len(samples), rng)
    if rng.random() < 0.5:
        noise = coloured(noise, rng)
    return noisy(samples, noise, rng.uniform(-2, 22))


def coloured_noise(length: int, rng: np.random.Generator) -> Float32:
    """Return noise whose power falls by a random 0 to 9 dB an octave: fans, traffic, water."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    slope = rng.uniform(0, 1.5)
    spectrum[1:] *= np.arange(1, len(spectrum)) ** -slope
    spectrum[: length * 40 // SPEECH_RATE_HZ] = 0
    return np.asarray(np.fft.irfft(spectrum, length), np.float32)


def coloured(samples: Float32, rng: np.random.Generator) -> Float32:
    """Shape the spectrum: a random smooth curve of ±8 dB, at times a telephone's band."""
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / SPEECH_RATE_HZ)
    knots_hz = np.array([0, 150, 400, 1000, 2200, 4000, 8000])
    gain_db = np.interp(hz, knots_hz, np.clip(rng.normal(0, 4, len(knots_hz)), -8, 8))
    if rng.random() < 0.25:
        low_hz, high_hz = rng.uniform(150, 350), rng.uniform(2800, 3800)
        gain_db = gain_db - 40 * ((hz < low_hz) | (hz > high_hz))
    return np.asarray(np.fft.irfft(spectrum * 10 ** (gain_db / 20), len(samples)), np.float32)
