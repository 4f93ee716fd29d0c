"""The arithmetic on what the doctor played and heard. No device, no clock."""

import math
from dataclasses import dataclass

import numpy as np

from assistant.sound import FRAME_SAMPLES, FULL_SCALE, SPEECH_RATE_HZ, Float32, Int16

QUIETEST_DBFS = -100.0
"""What digital silence is called."""

CHIRP_S = 0.5
CHIRP_HZ = (200.0, 6000.0)
"""Where speech has power and small loudspeakers sound."""

CHIRP_DBFS = -18.0
"""About as loud as the coach's tones."""

SURE = 8.0
"""How far the peak of the comparison stands out of the rest, in standard deviations: of noise alone
half a second of 16,000 samples a second reaches 4.5."""


@dataclass(frozen=True, slots=True)
class Level:
    """How loud a recording is."""

    rms_dbfs: float
    """Over its whole length."""
    loud_dbfs: float
    """Of the loudest fifth of its frames of 20 ms."""
    clipped_share: float
    """Share of its samples at full scale."""


@dataclass(frozen=True, slots=True)
class Echo:
    """What was played, found in what was heard."""

    delay_s: float
    """How much later than the sound card said."""
    gain_db: float
    """How much louder it was heard than it was played; below 0: quieter."""


def level_of(samples: Int16) -> Level:
    """Measure a recording: int16, shape (n,). An empty one is silent."""
    whole = len(samples) - len(samples) % FRAME_SAMPLES
    if not whole:
        return Level(QUIETEST_DBFS, QUIETEST_DBFS, 0.0)
    frames = samples[:whole].astype(np.float64).reshape(-1, FRAME_SAMPLES) / 32768
    powers = np.sort(np.mean(frames**2, axis=1))
    loudest = powers[-max(1, len(powers) // 5) :]
    clipped = float(np.mean(np.abs(samples.astype(np.int32)) >= FULL_SCALE))
    return Level(_dbfs(float(np.mean(powers))), _dbfs(float(np.mean(loudest))), clipped)


def chirp() -> Float32:
    """The sound that is looked for: float32 mono, 16 000 Hz, rising through `CHIRP_HZ`."""
    times = np.arange(round(CHIRP_S * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    low, high = CHIRP_HZ
    phase = 2 * np.pi * (low * times + (high - low) * times**2 / (2 * CHIRP_S))
    fade = np.clip(np.minimum(times, CHIRP_S - times) / 0.01, 0.0, 1.0)
    wave = np.sin(phase) * fade
    wave *= 10 ** (CHIRP_DBFS / 20) / np.sqrt(np.mean(wave**2))
    return wave.astype(np.float32)


def echo_in(heard: Float32, after: int) -> Echo | None:
    """Find the chirp in a recording: float32, 16 000 Hz, in which it was to be heard from sample
    `after` on. None where it is not there."""
    played = chirp().astype(np.float64)
    if len(heard) < len(played):
        return None
    size = 1 << (len(heard) + len(played) - 1).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(played, size))
    match = np.fft.irfft(spectrum, size)[: len(heard) - len(played) + 1]
    peak = int(np.argmax(np.abs(match)))
    away = np.abs(np.arange(len(match)) - peak) > len(played) // 4
    spread = float(np.sqrt(np.mean(match[away] ** 2))) if away.any() else 0.0
    gain = float(np.abs(match[peak])) / float(np.sum(played**2))
    if gain <= 1e-5 or float(np.abs(match[peak])) < SURE * spread:
        return None
    return Echo((peak - after) / SPEECH_RATE_HZ, 20 * math.log10(gain))


def _dbfs(power: float) -> float:
    return max(QUIETEST_DBFS, 10 * math.log10(max(power, 1e-12)))
