"""Rooms that sound goes through: from the loudspeaker, and from the person, to the microphone.

The first reflections are those of a box (image sources), what follows is noise that dies away:
nobody hears its fine structure, and it is what a filter of 0.4 s has to do without.
"""

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr

from assistant.sound import FRAME_SAMPLES, SPEECH_RATE_HZ, Float32

_Array = npt.NDArray[np.float64]
_Spectrum = npt.NDArray[np.complexfloating[Any, Any]]

SOUND_M_S = 343.0

FACING_DB = 5.0
"""How much more a voice or a small loudspeaker sends ahead, to the microphone, than to all sides on
the average. Without it sources that send alike to all sides would be heard 1.7 m away with 10 to 14
dB more of the room than of themselves; of six measured rooms that are used here for the hearing
one is so, the others have between 2 dB more and 12 dB less."""

EARLY_S = 0.05
"""Until here reflections are reckoned one by one; the tail begins there, at their level."""

_REACH = 4
"""How many boxes to each side are counted: 20 m, which is more than EARLY_S of way."""


@dataclass(frozen=True, slots=True)
class Box:
    """A room without furniture, the microphone and the two sources in it. Metres."""

    size_m: tuple[float, float, float]
    rt60_s: float
    """Until sound has fallen by 60 dB, seconds."""
    microphone_m: tuple[float, float, float]
    loudspeaker_m: tuple[float, float, float]
    person_m: tuple[float, float, float]


def drawn_box(seed: int, *, loudspeaker_m: float = 0.4, person_m: float = 1.7) -> Box:
    """A living room drawn by lot, RT60 0.3 to 0.7 s: the microphone low, the loudspeaker beside
    it, the person on the floor, each at its distance."""
    rng = np.random.default_rng(seed)
    size = (rng.uniform(3.2, 5.5), rng.uniform(2.8, 4.5), rng.uniform(2.3, 2.7))
    microphone = (rng.uniform(0.5, 1.0), rng.uniform(0.9, size[1] - 0.9), rng.uniform(0.4, 0.8))
    way = rng.uniform(-0.6, 0.6)
    height = rng.uniform(0.2, 0.4)
    along = float(np.sqrt(person_m**2 - (height - microphone[2]) ** 2))
    person = (
        microphone[0] + along * np.cos(way),
        float(np.clip(microphone[1] + along * np.sin(way), 0.2, size[1] - 0.2)),
        height,
    )
    side = loudspeaker_m if microphone[1] < size[1] / 2 else -loudspeaker_m
    loudspeaker = (microphone[0], microphone[1] + side, microphone[2])
    return Box(size, float(rng.uniform(0.3, 0.7)), microphone, loudspeaker, person)


def response(box: Box, source_m: tuple[float, float, float], seed: int) -> Float32:
    """A room's impulse response from a source to the microphone: float32, 16 000 Hz.

    Its first sample is the moment of the sound's leaving; its length is the RT60.
    """
    length = round(box.rt60_s * SPEECH_RATE_HZ)
    early = _early(box, np.asarray(source_m), length)
    begin = round(EARLY_S * SPEECH_RATE_HZ)
    level_at = slice(begin - begin // 3, begin)  # the last 17 ms of the early part
    level = float(np.sqrt(np.mean(early[level_at] ** 2)))
    time_s = np.arange(length - begin) / SPEECH_RATE_HZ
    tail = np.random.default_rng(seed).standard_normal(length - begin)
    early[begin:] = tail * level * 10.0 ** (-3.0 * time_s / box.rt60_s)
    direct = int(np.argmax(early != 0.0))
    early[direct] *= 10.0 ** (FACING_DB / 20)
    return early.astype(np.float32)


def _early(box: Box, source: _Array, length: int) -> _Array:
    size, microphone = np.asarray(box.size_m), np.asarray(box.microphone_m)
    surface = 2 * (size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    # Eyring's formula for the share that a wall reflects.
    reflected = np.exp(-0.161 * size.prod() / (surface * box.rt60_s) / 2)
    heard = np.zeros(length)
    cells = np.asarray(list(product(range(-_REACH, _REACH + 1), repeat=3)))
    for mirrored in product((0, 1), repeat=3):
        flips = np.asarray(mirrored)
        images = (1 - 2 * flips) * source + 2 * cells * size
        bounces = np.abs(cells - flips).sum(axis=1) + np.abs(cells).sum(axis=1)
        distance = np.linalg.norm(images - microphone, axis=1)
        place = np.rint(distance / SOUND_M_S * SPEECH_RATE_HZ).astype(int)
        inside = place < min(length, round(EARLY_S * SPEECH_RATE_HZ))
        np.add.at(heard, place[inside], (reflected**bounces / distance)[inside])
    return heard


def unit_power(response: Float32) -> Float32:
    """A response that passes white noise at the level at which it comes."""
    return response / np.float32(np.sqrt(np.sum(response.astype(np.float64) ** 2)))


@dataclass(slots=True)
class Way:
    """Sound on its way through a room, frame by frame."""

    response: Float32
    _tail: Float32 = field(default_factory=lambda: np.zeros(0, np.float32))
    _spectra: dict[int, _Spectrum] = field(default_factory=dict)
    """Of the response, by the size of the transform: frames are of one length."""

    def pass_on(self, samples: Float32) -> Float32:
        """Send samples in; return what arrives meanwhile, as many samples."""
        whole = len(samples) + len(self.response) - 1
        arriving: Float32 = np.zeros(whole, np.float32)
        if samples.any():
            size = 1 << (whole - 1).bit_length()
            if size not in self._spectra:
                self._spectra[size] = np.fft.rfft(self.response, size)
            arriving += np.fft.irfft(np.fft.rfft(samples, size) * self._spectra[size], size)[:whole]
        arriving[: len(self._tail)] += self._tail
        self._tail = arriving[len(samples) :]
        return arriving[: len(samples)]


class Echo:
    """The coach's voice on its way to its own microphone.

    It comes 45 ms after the time that the mixer was told, beside its way through the air: sound
    servers are as wrong, and the converters and the frame under way need as much.
    """

    def __init__(self, box: Box, seed: int, *, rate_hz: int, gain_db: float) -> None:
        """`rate_hz` is the mixer's; `gain_db` how much louder a voice arrives than it is played."""
        way = unit_power(response(box, box.loudspeaker_m, seed))
        self._way = Way(way * np.float32(10.0 ** (gain_db / 20)))
        self._resampler = soxr.ResampleStream(
            rate_hz, SPEECH_RATE_HZ, 1, dtype="float32", quality="LQ"
        )
        # The converter holds back up to 320 samples; with 80 more it is 25 ms, and a frame.
        self._ready: Float32 = np.zeros(FRAME_SAMPLES + 80, np.float32)

    def arriving(self, played: Float32) -> Float32:
        """Take the frame that is played now; return what arrives in the next, shape (320,)."""
        converted = self._resampler.resample_chunk(played)
        waiting = np.concatenate([self._ready, converted])
        now, self._ready = waiting[:FRAME_SAMPLES], waiting[FRAME_SAMPLES:]
        return self._way.pass_on(now)
