"""What the echo canceller leaves of the coach's own voice, lowered where nothing else is heard.

The canceller is linear and needs time to learn a room. What it leaves sounds like speech, opens the
gate to the recogniser, and stands before the person's words in the same utterance. Here it is
weighed, bin for bin, against what may be left: where a person is louder, they pass.

A Wiener filter with Y. Ephraim's and D. Malah's decision-directed estimate of the signal to noise
ratio (1984); how much of the echo is left in a bin is followed as a low quantile of what was heard
there beside it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from assistant.sound import FRAME_SAMPLES, SPEECH_RATE_HZ, Float32

DELAY_S = FRAME_SAMPLES / SPEECH_RATE_HZ
"""What comes out is so much older than what goes in: windows overlap by half."""

FIRST_LEFT = 0.1
"""Share of the echo's power that is taken to be left before anything is known: -10 dB."""

LEAST_LEFT, MOST_LEFT = 1e-3, 1.0

LEFT_RISES, LEFT_FALLS = 10**0.006, 10**-0.02
"""How fast the share follows, a frame of 20 ms: the words of a person who talks for a second raise
it by 3 dB at most, and a filter that learns is followed by 10 dB a second."""

OVER_LEFT = 6.0
"""How much more than that low quantile is counted as left, since speech fluctuates: 8 dB."""

ECHO_FADING = 0.85
"""Share of the echo's power that still counts a frame later: a room rings on."""

MEMORY = 0.85
"""Weight of the frame before in the decision-directed estimate."""

LEAST_GAIN = 0.03
"""What is taken for echo is lowered by 30 dB."""

NEIGHBOURS = 5
"""Over so many bins (25 Hz each) powers are averaged."""

HEARD_SHARE = 0.4
"""How much of the unlowered sound the recogniser hears: what is lowered is also distorted. Of 120
commands by flite's voices over the coach 66, 57 and 43% were right at 0, -6 and -12 dB with it, 60,
50 and 40% with 1.0."""

_SILENT_POWER = 1e-7


@dataclass(frozen=True, slots=True)
class Lowered:
    """A frame without most of what was left of the echo; both float32, shape (320,)."""

    heard: Float32
    """For a recogniser: lowered a little."""
    watched: Float32
    """For voice activity: lowered as far as can be."""


class Suppressor:
    """Lowers what is left of an echo, frame by frame of 320 samples. Owned by one thread."""

    def __init__(self) -> None:
        bins = FRAME_SAMPLES + 1
        turns = np.arange(2 * FRAME_SAMPLES) / (2 * FRAME_SAMPLES)
        self._window: Final = np.sin(np.pi * turns).astype(np.float32)
        self._falling: Final = np.square(self._window[FRAME_SAMPLES:])
        """What both windows leave of the later frame of two."""
        self._rest: Float32 = np.zeros(FRAME_SAMPLES, np.float32)
        self._echo: Float32 = np.zeros(FRAME_SAMPLES, np.float32)
        self._overlap: Float32 = np.zeros(FRAME_SAMPLES, np.float32)
        self._echo_power: Float32 = np.zeros(bins, np.float32)
        self._left: Float32 = np.full(bins, FIRST_LEFT, np.float32)
        self._clean_ratio: Float32 = np.zeros(bins, np.float32)

    def take(self, rest: Float32, echo: Float32) -> Lowered:
        """Take the next frame of what was left and of the echo that was taken away, and return
        the frame before it; all float32, shape (320,)."""
        if not (echo.any() or self._echo.any() or (self._echo_power > _SILENT_POWER).any()):
            return self._passed(rest, echo)
        spectrum = self._spectrum(self._rest, rest)
        heard_power = _smooth(spectrum)
        self._echo_power = np.maximum(
            _smooth(self._spectrum(self._echo, echo)), ECHO_FADING * self._echo_power
        )
        before, self._rest, self._echo = self._rest, rest, echo
        gain = self._gain(heard_power)
        whole = np.fft.irfft(spectrum * gain).astype(np.float32) * self._window
        watched = self._overlap + whole[:FRAME_SAMPLES]
        self._overlap = whole[FRAME_SAMPLES:]
        share = np.float32(HEARD_SHARE)
        return Lowered((share * before + (1 - share) * watched).astype(np.float32), watched)

    def _passed(self, rest: Float32, echo: Float32) -> Lowered:
        """Nothing is played: the frame before as it was, without the cost of a spectrum."""
        before, self._rest, self._echo = self._rest, rest, echo
        self._overlap = rest * self._falling
        self._echo_power[:] = 0.0
        self._clean_ratio[:] = 0.0
        return Lowered(before, before)

    def _spectrum(self, before: Float32, now: Float32) -> np.ndarray:
        return np.fft.rfft(np.concatenate([before, now]) * self._window)

    def _gain(self, heard_power: Float32) -> Float32:
        sounding = self._echo_power > _SILENT_POWER
        if not sounding.any():
            self._clean_ratio[:] = 0.0
            return np.ones_like(heard_power)
        ratio = heard_power / np.maximum(self._echo_power, _SILENT_POWER)
        followed = self._left * np.where(ratio > self._left, LEFT_RISES, LEFT_FALLS)
        followed = np.clip(followed, LEAST_LEFT, MOST_LEFT)
        self._left = np.where(sounding, followed, self._left).astype(np.float32)
        left_power = np.maximum(OVER_LEFT * self._left * self._echo_power, 1e-12)
        over = heard_power / left_power
        prior = MEMORY * self._clean_ratio + (1 - MEMORY) * np.maximum(over - 1.0, 0.0)
        gain = np.where(sounding, np.maximum(prior / (1.0 + prior), LEAST_GAIN), 1.0)
        self._clean_ratio = (gain**2 * over).astype(np.float32)
        return gain.astype(np.float32)


_KERNEL = np.ones(NEIGHBOURS, np.float32) / NEIGHBOURS


def _smooth(spectrum: np.ndarray) -> Float32:
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    return np.convolve(power, _KERNEL, mode="same").astype(np.float32)
