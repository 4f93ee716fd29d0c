"""Sounds of a household that are nobody's speech: what opens a gate made for voices.

Made up without end, since recordings of noise are few and a head learns the few by heart: a
clatter is a row of impacts, each a handful of damped vibrations and a burst of noise.
"""

from collections.abc import Sequence

import numpy as np

from assistant.sound import SPEECH_RATE_HZ, Float32
from assistant.training.disturbance import level, piece

LEAST_S, LONGEST_S = 0.4, 1.9
"""How long a sound is that voice activity would cut out, seconds."""

LOUD_TRIES = 6
"""Of so many places in a recording of noise the one that rises most is taken."""


def clatter(rng: np.random.Generator) -> Float32:
    """Return made-up impacts; float32 mono, 16 000 Hz, level 1."""
    length = _length(rng)
    sound = np.zeros(length, np.float32)
    at = int(rng.uniform(0, 0.3) * length)
    body = _body(rng)
    while at < length:
        struck = _struck(body, rng) * np.float32(rng.uniform(0.2, 1.0))
        until = min(length, at + len(struck))
        sound[at:until] += struck[: until - at]
        at += int(rng.uniform(0.03, 0.5) * SPEECH_RATE_HZ)
    return sound / np.float32(level(sound))


def loud_piece(noises: Sequence[Float32], rng: np.random.Generator) -> Float32:
    """Return a piece of a recording of noise in which something happens; level 1."""
    noise = noises[int(rng.integers(len(noises)))]
    length = _length(rng)
    pieces = [piece(noise, length, rng) for _ in range(LOUD_TRIES)]
    found = max(pieces, key=_rise)
    return found / np.float32(level(found))


def household_sound(noises: Sequence[Float32], rng: np.random.Generator) -> Float32:
    """Return a clatter, something out of a recording, or both, over more noise or none."""
    sources = [[clatter], [], [clatter]][choice := int(rng.integers(3))]
    sounds = [make(rng) for make in sources]
    if choice:
        sounds.append(loud_piece(noises, rng))
    length = min(map(len, sounds))
    mixed = sum((s[:length] * np.float32(rng.uniform(0.3, 1)) for s in sounds), np.float32(0))
    if rng.random() < 0.6:
        bed = piece(noises[int(rng.integers(len(noises)))], length, rng)
        mixed = mixed + bed * np.float32(10 ** (-rng.uniform(3, 20) / 20) / level(bed))
    return np.asarray(mixed * 0.1, np.float32)


def _length(rng: np.random.Generator) -> int:
    return int(rng.uniform(LEAST_S, LONGEST_S) * SPEECH_RATE_HZ)


def _rise(sound: Float32) -> float:
    """How much the loudest 50 ms stand out from the piece."""
    frames = sound[: len(sound) // 800 * 800].reshape(-1, 800)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    return float(power.max() / (np.median(power) + 1e-9))


def _body(rng: np.random.Generator) -> np.ndarray:
    """Frequencies (Hz), decays (s) and shares of a thing's vibrations, shape (n, 3)."""
    count = int(rng.integers(1, 9))
    frequencies = np.exp(rng.uniform(np.log(120), np.log(7000), count))
    decays = np.exp(rng.uniform(np.log(0.004), np.log(0.25), count))
    return np.stack([frequencies, decays, rng.uniform(0.1, 1, count)], axis=1)


def _struck(body: np.ndarray, rng: np.random.Generator) -> Float32:
    """One impact on it."""
    t = np.arange(int(0.4 * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    bend = rng.uniform(0.97, 1.03)
    sound = np.zeros(len(t))
    for frequency, decay, share in body:
        phase = rng.uniform(0, 2 * np.pi)
        sound += share * np.exp(-t / decay) * np.sin(2 * np.pi * frequency * bend * t + phase)
    burst = rng.standard_normal(len(t)) * np.exp(
        -t / np.exp(rng.uniform(np.log(0.003), np.log(0.12)))
    )
    width = int(rng.integers(1, 12))
    burst = np.convolve(burst, np.ones(width) / width, mode="same")
    return np.asarray(sound + rng.uniform(0, 3) * burst, np.float32)
