"""How a microphone hears a clip: in a room, with noise or other speech, through a telephone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import soxr
from scipy.signal import fftconvolve

from assistant.sound import SPEECH_RATE_HZ, Float32

ROOM_SHARE, COLOURED_SHARE = 0.45, 0.5
"""How much is heard in a room, and with another spectrum."""

NOISE_SHARES: Mapping[str, float] = {"floor": 0.13, "noise": 0.57, "speech": 0.13, "made up": 0.17}
"""How often each disturbs."""

FLOOR_SNR_DB, SPEECH_SNR_DB, NOISE_SNR_DB = (25.0, 60.0), (3.0, 22.0), (-3.0, 20.0)

TIGHT_SHARE = 0.3
"""How much is disturbed no longer than the clip lasts."""


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
    samples: Float32, length: int, around: Surroundings, rng: np.random.Generator
) -> Float32:
    """Return one random variation of a clip, of a given length in samples: its speed, its place in
    the window, what disturbs it and its level."""
    samples = hurried(samples, rng)
    # Now and then room and noise begin and end with the clip, as in a cut recording.
    heard_length = min(length, len(samples)) if rng.random() < TIGHT_SHARE else length
    heard = disturbed(placed(samples, heard_length, rng), around, rng)
    return at_some_level(placed(heard, length, rng), rng)


def hurried(samples: Float32, rng: np.random.Generator) -> Float32:
    """Return samples slower and lower or faster and higher, by 0.87 to 1.15."""
    factor = float(np.exp(rng.uniform(np.log(0.87), np.log(1.15))))
    return soxr.resample(samples, SPEECH_RATE_HZ, SPEECH_RATE_HZ * factor, quality="LQ")


def disturbed(samples: Float32, around: Surroundings, rng: np.random.Generator) -> Float32:
    """Return samples as a microphone hears them: in a room, with a floor, noise or other speech,
    through a telephone or with a tilted spectrum."""
    if rng.random() < ROOM_SHARE:
        samples = reverberated(samples, _one(around.rooms, rng))
    samples = _with_noise(samples, around, rng)
    return coloured(samples, rng) if rng.random() < COLOURED_SHARE else samples


def at_some_level(samples: Float32, rng: np.random.Generator) -> Float32:
    """Return samples with a peak of -30 to -1 dBFS."""
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
    length, kind = len(samples), str(rng.choice(list(NOISE_SHARES), p=list(NOISE_SHARES.values())))
    if kind == "floor":
        floor = rng.standard_normal(length).astype(np.float32)
        return noisy(samples, floor, rng.uniform(*FLOOR_SNR_DB))
    if kind == "speech":
        speech = piece(_one(around.speech, rng), length, rng)
        return noisy(samples, speech, rng.uniform(*SPEECH_SNR_DB))
    if kind == "made up":
        noise = coloured_noise(length, rng)
    else:
        noise = _noise(length, around, rng)
        if rng.random() < 0.3:
            other = _noise(length, around, rng)
            noise = noise / level(noise) + other / level(other)
    if rng.random() < 0.4:
        noise = coloured(noise, rng)
    return noisy(samples, noise, rng.uniform(*NOISE_SNR_DB))


def _noise(length: int, around: Surroundings, rng: np.random.Generator) -> Float32:
    noise = _one(around.noises, rng)
    if rng.random() < 0.5:
        rate_hz = SPEECH_RATE_HZ * float(rng.uniform(0.75, 1.35))
        noise = soxr.resample(noise, SPEECH_RATE_HZ, rate_hz, quality="QQ")
    noise = piece(noise, length, rng)
    return reverberated(noise, _one(around.rooms, rng)) if rng.random() < 0.2 else noise


def _one(sounds: Sequence[Float32], rng: np.random.Generator) -> Float32:
    return sounds[int(rng.integers(len(sounds)))]


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
