"""How much later than the sound card says the microphone hears what was played.

Sound cards report the times of both directions with errors of up to tens of milliseconds, a sound
server may insert a pause without telling, and sound takes its time through the air.
"""

from dataclasses import dataclass, field

import numpy as np

from assistant.sound import SPEECH_RATE_HZ, Float32

LEAST_S, MOST_S = -0.06, 0.34
"""Delays that are looked for. Below zero: heard earlier than the sound card says."""

WINDOW_S = 1.024
"""How much of the microphone is compared at a time."""

SURE = 7.0
"""How far the peak stands out of the rest, in standard deviations. The wrong peaks of a person
speaking alone come to 5."""

SAME_S = 0.001
"""Two findings this close are the same."""

MOVED_S = 0.0004
"""A finding this far from the delay in use is another delay: 6 samples. Less the filter learns."""

WINDOW = round(WINDOW_S * SPEECH_RATE_HZ)
BEFORE = round(MOST_S * SPEECH_RATE_HZ)
AFTER = round(-LEAST_S * SPEECH_RATE_HZ)
"""How many samples of what was played belong to a window, before it and after it."""

_SIZE = 1 << (WINDOW + BEFORE + AFTER - 1).bit_length()
_BAND_HZ = (200.0, 6000.0)
"""Where speech has power and small loudspeakers sound."""


def found_delay_s(heard: Float32, played: Float32) -> float | None:
    """Return the delay of the strongest echo, None where none stands out.

    `heard` is a window of the microphone, `played` what was played from `BEFORE` samples before it
    to `AFTER` after it. The phases alone are compared (PHAT), so that the room's and the voice's
    colour do not smear the peak.
    """
    cross = np.fft.rfft(heard, _SIZE) * np.fft.rfft(played, _SIZE).conj()
    first, last = (round(f / SPEECH_RATE_HZ * _SIZE) for f in _BAND_HZ)
    cross[:first] = 0.0
    cross[last:] = 0.0
    size = np.abs(cross)
    whitened = np.divide(cross, size, out=np.zeros_like(cross), where=size > 0)
    ring = np.fft.irfft(whitened, _SIZE)
    # A delay of d is a shift of d - BEFORE, since `played` begins so much earlier.
    shifts = np.abs(np.concatenate([ring[-(BEFORE + AFTER) :], ring[:1]]))
    peak = int(np.argmax(shifts))
    spread = float(np.sqrt(np.mean(ring**2)))
    if spread <= 0 or shifts[peak] < SURE * spread:
        return None
    return (peak - AFTER) / SPEECH_RATE_HZ


@dataclass(slots=True)
class DelayFollower:
    """Believes a delay that was found twice running."""

    delay_s: float | None = None
    """The delay; None until one was found."""
    _candidate_s: float | None = field(default=None)

    def is_known(self, found_s: float) -> bool:
        """Whether a finding is the delay in use, or the same as the finding before."""
        known = (self.delay_s, self._candidate_s)
        return any(x is not None and abs(found_s - x) <= SAME_S for x in known)

    def take(self, found_s: float) -> bool:
        """Take a finding; return whether the delay is another now."""
        before_s, self._candidate_s = self._candidate_s, found_s
        if before_s is None or abs(found_s - before_s) > SAME_S:
            return False
        if self.delay_s is not None and abs(found_s - self.delay_s) < MOVED_S:
            return False
        self.delay_s = found_s
        return True
