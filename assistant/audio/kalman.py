"""A linear filter that learns the way from loudspeaker to microphone, in the frequency domain.

The way is cut into partitions of one block each. For every bin of every partition a Kalman filter
holds how it passes sound, and how uncertain that is; the uncertainty sets the step. While only the
coach sounds it learns fast; while a person talks the error is large beside what the uncertainty
explains, and it holds still by itself, without a detector of double talk. After G. Enzner and
P. Vary, "Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free
telephones" (2006), and F. Kuech, E. Mabande and G. Enzner, "State-space architecture of the
partitioned-block-based acoustic echo controller" (2014).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.sound import FRAME_SAMPLES, Float32

Spectra = npt.NDArray[np.complex64]

BLOCK = FRAME_SAMPLES
"""Samples a block: a captured frame, so that no sample waits for another frame."""

PARTITIONS = 20
"""Blocks that the filter spans: 0.4 s. In five rooms of RT60 0.45 to 0.6 s, from the tenth second
of the coach's voice on, 13 blocks lowered it by 26 dB, 20 by 31, 26 and 32 by 31 too."""

TRANSITION = 0.9995
"""How much of the way stays from one block to the next. On a minute of the coach's own voice, whose
even tone teaches slowly, the last twenty seconds were lowered by 28 and 21 dB in two rooms, with
0.9999 by 18 and 16, with 0.999 by 27 and 20."""

FIRST_UNCERTAINTY = 0.1
"""Power of a way that nothing is known of. With 0.3 a loud echo is lowered 2 dB more at first, and
one 20 dB under the loudspeaker 3 dB less in the third second; with 0.03 it learns half as fast."""

FADING_DB = 1.0
"""How much less is expected of each later block: a room whose sound dies away in 1.2 s. With 2 and
3 dB it learns more slowly in rooms of 0.7 s."""

NOISE_MEMORY = 0.95
"""Share of the old in the running level of what is no echo, a block. With 0.5 the filter soon
trusts itself too much: after ten seconds 15 and 12 dB, against 30 and 20 (0.9: 27 and 20)."""

DOUBT = 0.3
"""Share of the first uncertainty that a way has again after the delay has jumped."""

LEAST_POWER = 1e-3
"""Least power of what is no echo in a bin of a block: noise at -55 dBFS, a quiet room's."""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of a block."""

    rest: Float32
    """The microphone without the echo, shape (BLOCK,)."""
    echo: Float32
    """The echo as it was reckoned, shape (BLOCK,)."""
    uncertain_power: float
    """How much echo may be left by the filter's own reckoning: mean power a sample."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a filter knew at a moment; both of shape (partitions, BLOCK + 1)."""

    way: Spectra
    uncertainty: Float32


class KalmanFilter:
    """The filter. Blocks of float32 go in, the microphone's beside the loudspeaker's."""

    def __init__(self, partitions: int = PARTITIONS) -> None:
        bins = BLOCK + 1
        self._way: Spectra = np.zeros((partitions, bins), np.complex64)
        fading = FIRST_UNCERTAINTY * 10 ** (-FADING_DB / 10 * np.arange(partitions))
        self._unknown: Float32 = np.repeat(fading[:, None], bins, axis=1).astype(np.float32)
        self._uncertainty: Float32 = self._unknown.copy()
        self._played: Spectra = np.zeros((partitions, bins), np.complex64)
        self._power: Float32 = np.zeros((partitions, bins), np.float32)
        self._noise: Float32 = np.full(bins, LEAST_POWER, np.float32)
        self._last: Float32 = np.zeros(BLOCK, np.float32)

    def forget(self) -> None:
        """Know nothing of the way, as at first; what was played is kept."""
        self._way[:] = 0.0
        self._uncertainty = self._unknown.copy()

    def learnt(self) -> Learnt:
        """What is known of the way now, to go back to."""
        return Learnt(self._way.copy(), self._uncertainty.copy())

    def go_back(self, learnt: Learnt) -> None:
        """Know what was known then, and be open to another way: it may have changed a little."""
        self._way = learnt.way.copy()
        self._uncertainty = np.maximum(learnt.uncertainty, DOUBT * self._unknown)

    def begin_later(self, samples: int) -> None:
        """Know the way from so many samples after its begin on, and call that its begin.

        A way that had hardly been covered, or lies before the begin, is forgotten.
        """
        if not 0 <= samples < self.span // 2:
            self.forget()
            return
        response = np.fft.irfft(self._way, axis=1)[:, :BLOCK].reshape(-1)
        moved = np.pad(response[samples:], (0, samples)).reshape(-1, BLOCK)
        self._way = np.fft.rfft(moved, 2 * BLOCK, axis=1).astype(np.complex64)
        self._uncertainty = np.maximum(self._uncertainty, DOUBT * self._unknown)

    @property
    def span(self) -> int:
        """How many samples of what was played before a block count in it."""
        return len(self._way) * BLOCK

    def remember(self, played: Float32) -> None:
        """Take the last `span` samples that were played, in place of those that it was told."""
        self._last = np.zeros(BLOCK, np.float32)
        for block in played.reshape(-1, BLOCK):
            self._shift_in(block)

    def step(self, played: Float32, heard: Float32) -> Step:
        """Take a block of what was played and of what was heard in it."""
        self._shift_in(played)
        echo = np.fft.irfft(np.einsum("pk,pk->k", self._way, self._played))[BLOCK:]
        rest = (heard - echo).astype(np.float32)
        error = np.fft.rfft(np.concatenate([np.zeros(BLOCK, np.float32), rest]))
        error_power = (error.real**2 + error.imag**2).astype(np.float32)
        # Half a window is zeros, so half the power of the whole one is seen in the error.
        left = 0.5 * np.einsum("pk,pk->k", self._uncertainty, self._power)
        self._noise = NOISE_MEMORY * self._noise + (1 - NOISE_MEMORY) * error_power
        gain = self._uncertainty / (left + self._noise + LEAST_POWER)
        self._learn(gain, error.astype(np.complex64))
        return Step(rest, echo.astype(np.float32), float(np.mean(left)) / BLOCK)

    def _shift_in(self, played: Float32) -> None:
        self._played[1:] = self._played[:-1].copy()
        self._power[1:] = self._power[:-1].copy()
        spectrum = np.fft.rfft(np.concatenate([self._last, played]))
        self._played[0] = spectrum
        self._power[0] = spectrum.real**2 + spectrum.imag**2
        self._last = played

    def _learn(self, gain: Float32, error: Spectra) -> None:
        change = np.fft.irfft(gain * self._played.conj() * error, axis=1)
        change[:, BLOCK:] = 0.0  # a way of one block: the other half is the circle's wrapping
        self._way += np.fft.rfft(change, axis=1).astype(np.complex64)
        self._way *= TRANSITION
        kept = TRANSITION**2 * (1.0 - 0.5 * gain * self._power) * self._uncertainty
        way_power = self._way.real**2 + self._way.imag**2
        self._uncertainty = np.maximum(kept, 0.0) + (1 - TRANSITION**2) * way_power
