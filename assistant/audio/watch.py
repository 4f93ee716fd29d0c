"""Notices a microphone that works and yet hears nobody: muted, or at full scale all the time.

Both look like a quiet or a busy room to the recogniser, so the person would talk to nobody. A quiet
room is far from silence: its noise, with the microphone's own, lies at -75 dBFS or above, where a
muted input gives zeros or one or two steps of the converter (-90 to -84 dBFS).
"""

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from assistant.coach.events import Fault
from assistant.sound import FRAME_S, FULL_SCALE, Frame

SILENT_DBFS = -80.0
"""A frame below this is silence, dBFS RMS: 3.3 steps of 16 bits."""

SILENT_FIRST_S = 5.0
"""How long a microphone may be silent that has given nothing since it was opened."""

SILENT_S = 10.0
"""The same once it has given something: some suppress noise, and give zeros between two words. Each
time that the sound returns by itself the patience doubles, up to MOST_PATIENT_S."""

MOST_PATIENT_S = 160.0

CLIPPED_SHARE = 0.02
LOUDEST_DBFS = -9.0
"""A frame is overloaded with so many of its samples at full scale, or at such a level. Speech that
is recorded well lies at -35 to -15 dBFS; noise that fills the whole range at -4.8."""

OVERLOADED_S = 4.0
OVERLOADED_SHARE = 0.8
"""The microphone is overloaded where so many of the frames of so many seconds are: somebody who
shouts into it leaves pauses."""

GOOD_S = 1.0
"""So long without the fault, in one go, and it is over."""

_OVERLOADED_FRAMES = round(OVERLOADED_S / FRAME_S)

_LEAST_CLIPPED_DBFS = 10.0 * math.log10(CLIPPED_SHARE * (FULL_SCALE / 32768) ** 2)
"""The level of a frame in which nothing sounds but so many samples at full scale, -17 dBFS: one
below it has fewer of them."""


@dataclass(slots=True)
class MicrophoneWatch:
    """Follows the frames of a microphone. Owned by one thread."""

    fault: Fault | None = None
    """What is wrong with it, as far as is known."""
    _silent_s: float = 0.0
    _good_s: float = 0.0
    _patience_s: float = SILENT_FIRST_S
    _overloaded: deque[bool] = field(default_factory=lambda: deque(maxlen=_OVERLOADED_FRAMES))

    def hear(self, frame: Frame) -> bool:
        """Take the next frame; return whether `fault` has changed by it."""
        level_dbfs = _level_dbfs(frame)
        is_silent = level_dbfs < SILENT_DBFS
        is_overloaded = level_dbfs >= LOUDEST_DBFS or (
            level_dbfs >= _LEAST_CLIPPED_DBFS and _clipped_share(frame) >= CLIPPED_SHARE
        )
        self._overloaded.append(is_overloaded)
        self._silent_s = self._silent_s + FRAME_S if is_silent else 0.0
        if not is_silent:
            self._patience_s = max(self._patience_s, SILENT_S)
        if self.fault is None:
            self.fault = self._found()
            return self.fault is not None
        has_fault = is_silent if self.fault is Fault.SILENT else is_overloaded
        self._good_s = 0.0 if has_fault else self._good_s + FRAME_S
        if self._good_s < GOOD_S:
            return False
        self._recover()
        return True

    def _found(self) -> Fault | None:
        if self._silent_s >= self._patience_s:
            return Fault.SILENT
        # Counted only where the last one is: in a room as it should be that is never.
        last = self._overloaded[-1]
        if last and sum(self._overloaded) >= OVERLOADED_SHARE * _OVERLOADED_FRAMES:
            return Fault.OVERLOADED
        return None

    def _recover(self) -> None:
        if self.fault is Fault.SILENT:
            self._patience_s = min(2 * self._patience_s, MOST_PATIENT_S)
        self.fault = None
        self._good_s = 0.0
        self._overloaded.clear()


def _level_dbfs(frame: Frame) -> float:
    samples = frame.samples.astype(np.float32)
    power = float(np.dot(samples, samples)) / len(samples)
    return 10.0 * math.log10(max(power, 1e-12) / 32768**2)


def _clipped_share(frame: Frame) -> float:
    return float(np.mean(np.abs(frame.samples.astype(np.int32)) >= FULL_SCALE))
