"""The tones: short sounds that mark time while the voice is silent.

Each differs from the others in at least two of contour, number of notes, pitch and length:

    START           two notes rising a fifth           "off you go"
    HALFWAY         one bell note, level
    END             two notes falling an octave, the second longer: comes to rest
    SWITCH          three notes, up and back: over to the other side
    HEARD           one short high note
    LISTENING       one note gliding up, soft: "yes?"
    NOT_UNDERSTOOD  the same low note twice, each sagging
    TICK            one very short knock

Every onset is an attack of 2 ms: too slow to click, fast enough to be placed and measured within
1 ms. The timbre is a sine with two or three weak overtones, which carries on a small loudspeaker
without being harsh.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from assistant.coach.actions import Tone
from assistant.sound import Clip, Float32

__all__ = ["TONE_LEVEL_DBFS", "Tone", "tone"]

TONE_LEVEL_DBFS = -18.0
"""Loudness of every tone over its whole length, RMS: a little above the voice."""

_ATTACK_S = 0.002
_RELEASE_S = 0.012
_WARM = ((1.0, 1.0), (2.0, 0.25), (3.0, 0.08))
_BELL = ((1.0, 1.0), (2.76, 0.35), (5.40, 0.12))  # partials of a struck bar, hence the bell
_HOLLOW = ((1.0, 1.0), (3.0, 0.3), (5.0, 0.08))  # odd partials: dull, and audible when small
_PURE = ((1.0, 1.0), (2.0, 0.1))


@dataclass(frozen=True, slots=True)
class _Note:
    """One note; a `from_hz` of 0 is a rest."""

    length_s: float
    from_hz: float
    to_hz: float
    partials: tuple[tuple[float, float], ...]
    """Ratio to the fundamental, amplitude."""
    decay_s: float
    """Time in which the amplitude falls to 37%."""


def _level(length_s: float, pitch_hz: float, *, decay_s: float = 0.12) -> _Note:
    return _Note(length_s, pitch_hz, pitch_hz, _WARM, decay_s)


_REST = _Note(0.04, 0.0, 0.0, (), 1.0)
_SAG = _Note(0.085, 340.0, 290.0, _HOLLOW, 0.2)
_SCORES: dict[Tone, Sequence[_Note]] = {
    Tone.START: (_level(0.08, 523.25), _level(0.12, 783.99)),
    Tone.HALFWAY: (_Note(0.18, 987.77, 987.77, _BELL, 0.07),),
    Tone.END: (_level(0.08, 880.0), _level(0.16, 440.0, decay_s=0.09)),
    Tone.SWITCH: (_level(0.07, 659.26), _level(0.07, 1046.5), _level(0.07, 659.26)),
    Tone.HEARD: (_Note(0.07, 1567.98, 1567.98, _PURE, 0.05),),
    Tone.LISTENING: (_Note(0.16, 1046.5, 1396.91, _PURE, 0.3),),
    Tone.NOT_UNDERSTOOD: (_SAG, _REST, _SAG),
    Tone.TICK: (_Note(0.04, 1250.0, 1150.0, _HOLLOW, 0.008),),
}


@cache
def tone(kind: Tone, rate_hz: int = 48_000) -> Clip:
    """Return a tone: under 250 ms, at `TONE_LEVEL_DBFS`, sounding from its first sample.

    The clip is shared between callers and read-only.
    """
    samples = np.concatenate([_sounded(note, rate_hz) for note in _SCORES[kind]])
    rms = np.sqrt(np.mean(samples**2))
    clip = (samples * (10.0 ** (TONE_LEVEL_DBFS / 20.0) / rms)).astype(np.float32)
    clip.flags.writeable = False
    return Clip(clip, rate_hz)


def _sounded(note: _Note, rate_hz: int) -> Float32:
    count = round(note.length_s * rate_hz)
    if not note.from_hz:
        return np.zeros(count, dtype=np.float32)
    pitch_hz = np.linspace(note.from_hz, note.to_hz, count)
    turns = (np.cumsum(pitch_hz) - pitch_hz[0]) / rate_hz
    # An eighth of a turn before the crest: there is swing from the first sample on, and the crest
    # comes before the attack is over, also in a low note.
    wave = sum(size * np.cos(2 * np.pi * (ratio * turns - 0.125)) for ratio, size in note.partials)
    since_s = np.arange(count) / rate_hz
    attack = np.minimum(1.0, (since_s + 1.0 / rate_hz) / _ATTACK_S)
    release = np.minimum(1.0, since_s[::-1] / _RELEASE_S)
    return np.asarray(wave * attack * release * np.exp(-since_s / note.decay_s), dtype=np.float32)
