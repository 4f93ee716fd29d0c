"""What a recording goes through before it is heard: noise, a room, a quiet moment round it.

Everything is drawn from a generator seeded by the recording's own samples, so a recording always
meets the same noise, whichever others are in the corpus.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.audio.wavfile import as_float, as_int16
from assistant.evaluation.corpus import Corpus, Recording, read_samples, sha1_of
from assistant.sound import SPEECH_RATE_HZ, Clip, Float32, Int16
from assistant.tts.loudness import amplitude, voiced_rms

LEAD_S = 0.5
"""Quiet before a recording: nobody speaks in the first instant of listening."""

TAIL_S = 1.5
"""Quiet after it: longer than any engine waits for the end of an utterance."""

FLOOR_DBFS = -70.0
"""Level of the noise that a quiet room and its microphone make under everything, dBFS RMS: no
microphone gives digital silence."""

PAUSE_S = (0.3, 0.8)
"""Least and longest pause between the recordings of the stream."""

SILENCE_CHECK_S = 30.0

_END_WINDOW_S = 0.01
_END_RANGE_DB = 30.0
"""Speech ends with the last 10 ms within so much of the loudest: below it is breath and room."""
_END_OVER_NOISE_DB = 6.0
_END_LEAST_RANGE_DB = 12.0
"""A recording without a pause has no noise of its own to go by."""
_NOISE_PERCENTILE = 10
_QUIET_NOISE_DB = 20.0
_TRIES = 8


@dataclass(frozen=True, slots=True)
class Condition:
    """One column of the results."""

    name: str
    snr_db: float | None = None
    """Level of the speech's voiced parts over the noise, dB; None adds no noise."""
    is_reverberated: bool = False


CLEAN = Condition("clean")
REVERBERATED = Condition("reverb", is_reverberated=True)


def with_noise(snr_db: float) -> Condition:
    """The condition with the corpus's noise at a level."""
    return Condition(f"{snr_db:g} dB", snr_db=snr_db)


@dataclass(frozen=True, slots=True)
class Staged:
    """A recording as the microphone would give it."""

    samples: Int16
    """int16 mono, 16 000 Hz, shape (n,): with the quiet before and after."""
    speech_end_s: float
    """When the speaking ends, seconds from the first sample."""


class Stage:
    """Puts recordings into conditions, with a corpus's noises and rooms."""

    def __init__(self, corpus: Corpus, conditions: Sequence[Condition]) -> None:
        """Raises EvaluationError where the corpus lacks a noise or room that is asked for."""
        noisy = any(c.snr_db is not None for c in conditions)
        roomy = any(c.is_reverberated for c in conditions)
        self._noises = _sounds(corpus.needed("noise")) if noisy else []
        self._rooms = [_from_peak(r) for r in _sounds(corpus.needed("rir"))] if roomy else []

    def staged(self, samples: Int16, condition: Condition) -> Staged:
        """Put a recording into a condition."""
        speech = as_float(samples)
        lead, tail = round(LEAD_S * SPEECH_RATE_HZ), round(TAIL_S * SPEECH_RATE_HZ)
        rng = np.random.default_rng(int(sha1_of(samples)[:16], 16))
        heard = np.pad(speech, (lead, tail))
        level = voiced_rms(Clip(speech, SPEECH_RATE_HZ))
        if condition.is_reverberated:
            room = self._rooms[rng.integers(len(self._rooms))]
            heard = _convolved(heard, room)
            heard *= np.float32(level / (voiced_rms(Clip(heard, SPEECH_RATE_HZ)) or 1.0))
        if condition.snr_db is not None:
            noise = self._noise(len(heard), rng)
            power = float(np.sqrt(np.mean(np.square(noise, dtype=np.float64))))
            heard = heard + noise * np.float32(level / power * amplitude(-condition.snr_db))
        heard = heard + floor(len(heard), rng)
        return Staged(as_int16(heard), LEAD_S + speech_end_s(samples))

    def _noise(self, length: int, rng: np.random.Generator) -> Float32:
        """A stretch of one of the noises; not one of its pauses."""
        noise = self._noises[rng.integers(len(self._noises))]
        whole_rms = np.sqrt(np.mean(np.square(noise, dtype=np.float64)))
        least = whole_rms * amplitude(-_QUIET_NOISE_DB)
        for _ in range(_TRIES):
            start = int(rng.integers(len(noise)))
            stretch = np.resize(np.roll(noise, -start), length)
            if np.sqrt(np.mean(np.square(stretch, dtype=np.float64))) >= least:
                return stretch
        loudest = int(np.argmax(np.abs(noise)))
        return np.resize(np.roll(noise, length // 2 - loudest), length)


def floor(length: int, rng: np.random.Generator) -> Float32:
    """The noise of a quiet room: white, float32, shape (length,)."""
    return rng.normal(0.0, amplitude(FLOOR_DBFS), length).astype(np.float32)


def silence(length_s: float) -> Int16:
    """A quiet room with nobody in it."""
    return as_int16(floor(round(length_s * SPEECH_RATE_HZ), np.random.default_rng(1)))


def stream(recordings: Sequence[Recording]) -> Iterator[Int16]:
    """Recordings as one stream, piece by piece: each with the pause after it, 0.3 to 0.8 s."""
    for recording in recordings:
        samples = read_samples(recording)
        rng = np.random.default_rng(int(sha1_of(samples)[:16], 16))
        pause = round(rng.uniform(*PAUSE_S) * SPEECH_RATE_HZ)
        speech = np.pad(as_float(samples), (0, pause))
        yield as_int16(speech + floor(len(speech), rng))


def speech_end_s(samples: Int16) -> float:
    """When the speaking in a recording ends, seconds from its first sample.

    It is the end of the last 10 ms whose level is within 30 dB of the loudest and 6 dB over the
    recording's own noise, which is the level of its quietest tenth.
    """
    window = round(_END_WINDOW_S * SPEECH_RATE_HZ)
    padded = np.pad(as_float(samples).astype(np.float64), (0, -len(samples) % window))
    levels = np.sqrt(np.mean(padded.reshape(-1, window) ** 2, axis=1))
    over_noise = np.percentile(levels, _NOISE_PERCENTILE) * amplitude(_END_OVER_NOISE_DB)
    highest = levels.max() * amplitude(-_END_LEAST_RANGE_DB)
    least = max(levels.max() * amplitude(-_END_RANGE_DB), min(over_noise, highest))
    last = int(np.flatnonzero(levels >= least)[-1])
    return min((last + 1) * window, len(samples)) / SPEECH_RATE_HZ


def _sounds(recordings: Sequence[Recording]) -> list[Float32]:
    return [as_float(read_samples(recording)) for recording in recordings]


def _from_peak(response: Float32) -> Float32:
    """A room's response from the direct sound on, so that the room adds no delay."""
    return response[int(np.argmax(np.abs(response))) :]


def _convolved(samples: Float32, response: Float32) -> Float32:
    size = 1 << (len(samples) + len(response) - 2).bit_length()
    product = np.fft.rfft(samples, size) * np.fft.rfft(response, size)
    return np.fft.irfft(product, size)[: len(samples)].astype(np.float32)
