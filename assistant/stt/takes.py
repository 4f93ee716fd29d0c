"""Spoken examples: cut from the microphone's sound as the live path cuts it, and checked."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from assistant.sound import FULL_SCALE, SPEECH_RATE_HZ, Int16
from assistant.stt.agreement import LONGEST_WORD_S
from assistant.stt.gate import GatedRecogniser
from assistant.stt.judge import MIN_SPEECH_S
from assistant.stt.port import Grammar, Transcript

SOFTEST_DBFS = -50.0
"""Speech below this is too quiet, dBFS RMS of its loudest 0.2 s. None of the
2,436 single words of `dev` that the gate cuts out is softer."""

LEAST_SNR_DB = 14.0
"""How far the loudest 0.2 s must lie over the quietest tenth of the utterance: an example with
noise in it would teach the noise. Fewer than one in a hundred of those words lie below, and one in
ten of `tune`'s digits with noise at 10 dB."""

CLIPPED_SHARE = 0.02
"""So much of what is said at full scale is too loud, as of 24 of those words."""

_LOUD_STEPS = 10
_QUIET_PERCENT = 10
_SPOKEN_RANGE_DB = 25.0
_OVER_NOISE_DB = 6.0
_STEP_SAMPLES = SPEECH_RATE_HZ // 50
_FULL = 32768.0


class Flaw(StrEnum):
    """Why an example is of no use by itself."""

    QUIET = "quiet"
    NOISY = "noisy"
    CLIPPED = "clipped"
    LONG = "long"
    SHORT = "short"


class Cutter:
    """Cuts frames into utterances by the live path's voice activity gate. Owned by one thread."""

    def __init__(self) -> None:
        self._tape = _Tape()
        self._gate = GatedRecogniser(self._tape)

    @property
    def is_open(self) -> bool:
        """Whether somebody is speaking."""
        return self._gate.is_open

    def hear(self, samples: Int16) -> list[Int16]:
        """Hear samples (int16 mono, 16 000 Hz); return the utterances that have ended."""
        self._gate.accept(samples)
        return self._tape.taken()

    def finish(self) -> list[Int16]:
        """End the utterance under way and return what is left."""
        self._gate.finish()
        return self._tape.taken()

    def reset(self) -> None:
        """Forget the utterance under way."""
        self._gate.reset()


def loudest(utterances: Sequence[Int16]) -> Int16 | None:
    """Return the utterance with the most power; None without any."""
    return max(
        utterances,
        key=lambda utterance: float(np.square(utterance, dtype=np.float64).sum()),
        default=None,
    )


def flaw(utterance: Int16) -> Flaw | None:
    """Return what is wrong with an utterance as an example of a word, None where nothing is."""
    levels = _levels_dbfs(utterance)
    if not levels.size:
        return Flaw.SHORT
    loudest = 10.0 * float(np.log10((10.0 ** (np.sort(levels)[-_LOUD_STEPS:] / 10.0)).mean()))
    quietest = float(np.percentile(levels, _QUIET_PERCENT))
    if loudest < SOFTEST_DBFS:
        return Flaw.QUIET
    if loudest - quietest < LEAST_SNR_DB:
        return Flaw.NOISY
    loud = np.flatnonzero(levels >= max(loudest - _SPOKEN_RANGE_DB, quietest + _OVER_NOISE_DB))
    length_s = float(loud[-1] + 1 - loud[0]) * _STEP_SAMPLES / SPEECH_RATE_HZ
    if length_s > LONGEST_WORD_S:
        return Flaw.LONG
    if length_s < MIN_SPEECH_S:
        return Flaw.SHORT
    size = np.abs(utterance.astype(np.int32))
    if np.count_nonzero(size >= FULL_SCALE) >= CLIPPED_SHARE * length_s * SPEECH_RATE_HZ:
        return Flaw.CLIPPED
    return None


def _levels_dbfs(utterance: Int16) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    whole = len(utterance) - len(utterance) % _STEP_SAMPLES
    steps = (utterance[:whole].astype(np.float64) / _FULL).reshape(-1, _STEP_SAMPLES)
    power = np.square(steps).mean(axis=1)
    return np.asarray(10.0 * np.log10(np.maximum(power, 1e-10)))


class _Tape:
    """Stands in a recogniser's place behind the gate and keeps what it is fed."""

    name = "tape"

    def __init__(self) -> None:
        self._parts: list[Int16] = []
        self._utterances: list[Int16] = []

    def taken(self) -> list[Int16]:
        """Give away the utterances that have ended."""
        ended, self._utterances = self._utterances, []
        return ended

    def knows(self, word: str) -> bool:
        """Nothing: it only listens."""
        del word
        return False

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        """Nothing is looked for."""
        del grammar
        return ()

    def accept(self, samples: Int16) -> Transcript | None:
        """Keep a part of the utterance."""
        self._parts.append(samples.copy())
        return None

    def finish(self) -> Transcript | None:
        """The utterance is over."""
        if self._parts:
            self._utterances.append(np.concatenate(self._parts))
        self._parts = []
        return None

    def partial(self) -> str:
        """Nothing is decoded."""
        return ""

    def reset(self) -> None:
        """Forget the utterance under way."""
        self._parts = []

    def close(self) -> None:
        """Nothing to free."""
