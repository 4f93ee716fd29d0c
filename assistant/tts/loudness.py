"""How loud speech is, and making it even: shared by the coach's voice and the rehearsal speakers.

A line is measured over its voiced parts only, so that pauses do not make it count as quieter.
"""

import numpy as np

from assistant.sound import Clip, Float32

_WINDOW_S = 0.02
_VOICED_RANGE_DB = 25.0  # vowels and voiced consonants lie within this range of the loudest window
_TRIM_RANGE_DB = 45.0  # below the peak by more than this is silence; an initial "f" is above
_KEPT_S = 0.01
_FADE_S = 0.002
_KNEE = 0.7  # below this the limiter changes nothing
PEAK_LIMIT = 0.89
"""No sample of a levelled clip is above this: -1 dBFS."""


def decibels(ratio: float) -> float:
    """Return an amplitude ratio in decibels; minus infinity for 0."""
    return 20.0 * float(np.log10(ratio)) if ratio > 0 else float("-inf")


def amplitude(level_db: float) -> float:
    """Return the amplitude ratio of a level in decibels."""
    return float(10.0 ** (level_db / 20.0))


def voiced_rms(clip: Clip) -> float:
    """Return the root mean square over the voiced parts, 0 to 1; 0.0 for silence.

    Voiced are the windows of 20 ms whose level is within 25 dB of the loudest one.
    """
    window = max(1, round(_WINDOW_S * clip.rate_hz))
    samples = clip.samples.astype(np.float64)
    short = -len(samples) % window
    powers = np.pad(samples, (0, short)).reshape(-1, window) ** 2
    levels = powers.mean(axis=1)
    if not levels.size or levels.max() == 0.0:
        return 0.0
    voiced = levels[levels >= levels.max() * amplitude(-_VOICED_RANGE_DB) ** 2]
    return float(np.sqrt(voiced.mean()))


def levelled(clip: Clip, level_dbfs: float) -> Clip:
    """Return the clip with its voiced parts at a level, dBFS RMS; silence stays as it is.

    Peaks above 0.7 are bent softly and stay under `PEAK_LIMIT`, instead of lowering the whole
    line for one loud consonant.
    """
    rms = voiced_rms(clip)
    if rms == 0.0:
        return clip
    gained = clip.samples * np.float32(amplitude(level_dbfs) / rms)
    return Clip(_limited(gained), clip.rate_hz)


def _limited(samples: Float32) -> Float32:
    size = np.abs(samples)
    room = PEAK_LIMIT - _KNEE
    bent = _KNEE + room * np.tanh((size - _KNEE) / room)
    return np.where(size > _KNEE, np.copysign(bent, samples), samples).astype(np.float32)


def trimmed(clip: Clip) -> Clip:
    """Return the clip without the silence at its ends; 10 ms stay on each side, faded over 2 ms.

    An entirely silent clip comes back empty.
    """
    size = np.abs(clip.samples)
    sounding = np.flatnonzero(size > size.max(initial=0.0) * amplitude(-_TRIM_RANGE_DB))
    if not sounding.size:
        return Clip(clip.samples[:0], clip.rate_hz)
    kept = round(_KEPT_S * clip.rate_hz)
    samples = clip.samples[max(0, sounding[0] - kept) : sounding[-1] + 1 + kept].copy()
    fade = min(round(_FADE_S * clip.rate_hz), len(samples) // 2)
    if fade:
        ramp = np.linspace(0.0, 1.0, fade, endpoint=False, dtype=np.float32)
        samples[:fade] *= ramp
        samples[-fade:] *= ramp[::-1]
    return Clip(samples, clip.rate_hz)
