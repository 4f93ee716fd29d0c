"""What every part means by a piece of sound: rates, frames and clips."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SPEECH_RATE_HZ = 16_000
"""Sample rate of everything that is recognised; what Vosk's and PocketSphinx's models expect."""

FRAME_S = 0.02
"""Length of one captured frame, seconds: 320 samples at 16 000 Hz."""

FRAME_SAMPLES = int(SPEECH_RATE_HZ * FRAME_S)

FULL_SCALE = 32_700
"""From here on an int16 sample counts as cut off; some converters clip a little below 32,767."""

Int16 = npt.NDArray[np.int16]
Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Frame:
    """A captured frame: int16 mono, shape (320,), 16 000 Hz."""

    at_s: float
    """Monotonic time of the first sample, seconds."""
    samples: Int16


@dataclass(frozen=True, slots=True)
class Clip:
    """A finished sound: float32 mono in [-1, 1], shape (n,)."""

    samples: Float32
    rate_hz: int

    @property
    def duration_s(self) -> float:
        """Length, seconds."""
        return len(self.samples) / self.rate_hz
