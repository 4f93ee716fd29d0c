"""What the loudspeaker plays, for whoever listens: the last seconds by the time they are heard.

The sound card's thread only appends what it rendered; the listener's thread converts it to 16 kHz
when it asks. One writer, one reader, no lock: a deque's append and popleft are atomic.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
import soxr

from assistant.sound import SPEECH_RATE_HZ, Float32

MEMORY_S = 3.0
"""How much is kept, seconds: the delay is looked for in 1.4 s of it."""

WAITING_BLOCKS = 500
"""Blocks that may wait for the reader: 5 s at 10 ms. Older ones are lost, as are the microphone's
frames of a reader that is so late."""

QUALITY = "LQ"
"""soxr's: it holds back 20 ms, "HQ" 36; what it lets through of the top of the band is 115 dB down
all the same."""

RUN_OUT_S = 0.1
"""Silence after which nothing of a sound is left in the converter."""


@dataclass(frozen=True, slots=True)
class Played:
    """A block as it was given to the loudspeaker: float32 mono, shape (n,)."""

    rate_hz: int
    index: int
    """Number of its first sample in its stream."""
    at_s: float
    """When its first sample is heard, monotonic seconds, as far as the sound card knows."""
    samples: Float32


class Reference:
    """A bounded ring of what was played, at 16 kHz, read by monotonic time."""

    def __init__(self) -> None:
        self._blocks: deque[Played] = deque(maxlen=WAITING_BLOCKS)
        self._ring: Float32 = np.zeros(round(MEMORY_S * SPEECH_RATE_HZ), np.float32)
        self._rate_hz = 0
        self._next_index = -1
        self._begin_s = 0.0
        self._end = 0
        self._silent_samples = 0
        self._zeros = 0
        """How many samples of silence were written last."""
        self._resampler: soxr.ResampleStream | None = None
        self._sounded_until: int | None = None

    def put(self, played: Played) -> None:
        """Take a block. From the sound card's thread: it returns at once."""
        self._blocks.append(played)

    @property
    def end(self) -> int:
        """The position after the last sample that is known."""
        return self._end

    def position_of(self, at_s: float) -> float:
        """The position that is heard at a monotonic time; positions count samples at 16 kHz."""
        self._take()
        return (at_s - self._begin_s) * SPEECH_RATE_HZ

    def sounded_within(self, first: int, after: int) -> bool:
        """Whether anything but silence was played from one position up to another."""
        return self._sounded_until is not None and first < self._sounded_until and after > 0

    def read(self, first: int, count: int) -> Float32:
        """Samples from a position on: float32, shape (count,). Silence where none are known."""
        read: Float32 = np.zeros(count, np.float32)
        begin, after = max(first, self._end - len(self._ring), 0), min(first + count, self._end)
        if begin < after:
            where = np.arange(begin, after) % len(self._ring)
            read[begin - first : after - first] = self._ring[where]
        return read

    def _take(self) -> None:
        while self._blocks:
            played = self._blocks.popleft()
            if played.rate_hz != self._rate_hz or played.index != self._next_index:
                self._restart(played)
            self._next_index = played.index + len(played.samples)
            self._begin_s = played.at_s - played.index / played.rate_hz
            self._append(played)

    def _restart(self, played: Played) -> None:
        """Another stream, or blocks were lost: begin anew at this block."""
        self._rate_hz = played.rate_hz
        self._resampler = None
        self._silent_samples = played.rate_hz
        self._sounded_until = None
        self._ring[:] = 0.0
        self._end = round(played.index * SPEECH_RATE_HZ / played.rate_hz)

    def _append(self, played: Played) -> None:
        if played.samples.any():
            self._silent_samples = 0
        else:
            self._silent_samples += len(played.samples)
            if self._silent_samples > RUN_OUT_S * played.rate_hz:
                self._resampler = None
                after = played.index + len(played.samples)
                self._fall_silent(self._position(after))
                return
        self._zeros = 0
        if played.rate_hz == SPEECH_RATE_HZ:
            self._write(played.samples)
        else:
            if self._resampler is None:
                self._write(np.zeros(self._position(played.index) - self._end, np.float32))
                self._resampler = soxr.ResampleStream(
                    played.rate_hz, SPEECH_RATE_HZ, 1, dtype="float32", quality=QUALITY
                )
            self._write(self._resampler.resample_chunk(played.samples))
        self._sounded_until = self._end

    def _fall_silent(self, end: int) -> None:
        """Write silence up to a position; where nothing else is in the ring only its end moves."""
        if self._zeros >= len(self._ring):
            self._end = end
            return
        self._zeros += end - self._end
        self._write(np.zeros(end - self._end, np.float32))

    def _position(self, index: int) -> int:
        return max(self._end, round(index * SPEECH_RATE_HZ / self._rate_hz))

    def _write(self, samples: Float32) -> None:
        samples = samples[-len(self._ring) :]
        where = np.arange(self._end, self._end + len(samples)) % len(self._ring)
        self._ring[where] = samples
        self._end += len(samples)
