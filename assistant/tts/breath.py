"""The sound of a breath: a soft note that glides up for in and down for out, as long as the phase.

The two are told apart with the eyes shut by their direction alone; out is in played backwards.
They lie low and soft under the voice and the tones, since they sound for minutes. Each begins with
its first sample and ends with its last, so that one that follows another leaves no gap.
"""

from functools import lru_cache

import numpy as np

from assistant.coach.actions import Air
from assistant.sound import Clip, Float32

BREATH_LEVEL_DBFS = -30.0
"""Loudness over the whole length, RMS: 12 dB under the tones, so that words are heard over it."""
LOW_HZ, HIGH_HZ = 196.0, 329.63
"""The glide's ends, G3 and E4: a sixth, low enough to be calm and heard on a small loudspeaker."""
_PARTIALS = ((1.0, 1.0), (2.0, 0.25))  # the second carries where the lowest is weak
_EDGE_S = 0.003  # too slow to click, soft as it is; its start is found within a millisecond
_SWELL = 0.4  # of the amplitude is added towards the high end


@lru_cache(maxsize=16)
def breath_sound(air: Air, length_s: float, rate_hz: int = 48_000) -> Clip:
    """Return the sound of one phase: `round(length_s * rate_hz)` samples, none of them silent at
    either end. The clip is shared between callers and read-only.

    Raises ValueError for a length under 50 ms, which no breath has.
    """
    if length_s < 0.05:
        raise ValueError(f"length_s must be 0.05 or more, not {length_s}")
    rising = _rising(round(length_s * rate_hz), rate_hz)
    samples = rising if air is Air.IN else rising[::-1].copy()
    samples.flags.writeable = False
    return Clip(samples, rate_hz)


def _rising(count: int, rate_hz: int) -> Float32:
    share = np.linspace(0.0, 1.0, count)
    pitch_hz = LOW_HZ * (HIGH_HZ / LOW_HZ) ** share  # even steps to the ear
    turns = (np.cumsum(pitch_hz) - pitch_hz[0]) / rate_hz
    turns *= round(turns[-1]) / turns[-1]  # it ends on a crest too
    wave = sum(size * np.cos(2 * np.pi * ratio * turns) for ratio, size in _PARTIALS)
    since = np.arange(1, count + 1) / (_EDGE_S * rate_hz)
    edges = np.minimum(1.0, np.minimum(since, since[::-1]))
    samples = wave * edges * (1.0 - _SWELL + _SWELL * share)
    level = 10.0 ** (BREATH_LEVEL_DBFS / 20.0) / np.sqrt(np.mean(samples**2))
    return np.asarray(samples * level, dtype=np.float32)
