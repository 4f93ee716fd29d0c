"""The microphone: frames of 20 ms at 16 kHz, each with the time of its first sample."""

import logging
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import soxr

from assistant.audio.clock import SampleClock
from assistant.audio.devices import (
    Device,
    Format,
    Kind,
    close_stream,
    find,
    portaudio,
    start_stream,
)
from assistant.errors import DeviceError
from assistant.sound import FRAME_S, FRAME_SAMPLES, SPEECH_RATE_HZ, Frame, Int16

log = logging.getLogger(__name__)

LATENCY_S = 0.04
"""Asked of PortAudio. On PulseAudio 16.1 a sample is then read 30 ms after it was heard."""

LOST_S = 1.0
"""A device that has been silent for so long is gone; PortAudio does not always say so."""

OPENING_S = 5.0
"""How long a device may take to deliver its first block (1.8 s on a virtual PulseAudio source)."""

QUEUE_S = 5.0
"""How far the reader may fall behind before blocks are dropped."""

MOST_WAITING = round(QUEUE_S / FRAME_S)


def hears(device_name: str | None) -> bool:
    """Whether a frame comes from the microphone, opened as `Microphone` opens it; up to 6 s.

    Raises DeviceError where it cannot be opened.
    """
    microphone = Microphone(device_name)
    try:
        return microphone.read(OPENING_S + LOST_S) is not None
    finally:
        microphone.close()


class AudioSource(Protocol):
    """Where frames come from."""

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame, or None where there is none within `timeout_s`.

        Raises DeviceError where the microphone is gone.
        """

    def close(self) -> None:
        """Free the device. The source is not read afterwards."""


@dataclass(frozen=True, slots=True)
class Block:
    """What a callback delivered: int16 mono at the device's rate, shape (n,)."""

    index: int
    """Number of its first sample, counting also blocks that were dropped."""
    at_s: float
    """Monotonic time of its first sample as the driver reports it."""
    samples: Int16
    is_after_gap: bool = False
    """Whether the driver lost samples before it."""


class FrameCutter:
    """Turns blocks of a device into frames of 320 samples at 16 kHz, with steady times."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._clock = SampleClock(rate_hz)
        self._next_index = 0
        self._first_index = 0
        self._cut_samples = 0
        self._rest: Int16 = np.zeros(0, np.int16)
        self._resampler = self._new_resampler()

    def push(self, block: Block) -> list[Frame]:
        """Take the next block; return the frames that it completes.

        A gap before the block drops the incomplete frame, so that no frame spans it.
        """
        if block.is_after_gap:
            self._clock.resync()
        if block.is_after_gap or block.index != self._next_index:
            self._restart(block.index)
        self._next_index = block.index + len(block.samples)
        self._clock.follow(block.index, block.at_s)
        samples = block.samples
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples)
        self._rest = np.concatenate([self._rest, samples])
        frames = []
        while len(self._rest) >= FRAME_SAMPLES:
            frames.append(Frame(self._time_of_next(), self._rest[:FRAME_SAMPLES]))
            self._rest = self._rest[FRAME_SAMPLES:]
            self._cut_samples += FRAME_SAMPLES
        return frames

    def _restart(self, index: int) -> None:
        self._first_index = index
        self._cut_samples = 0
        self._rest = np.zeros(0, np.int16)
        self._resampler = self._new_resampler()

    def _new_resampler(self) -> soxr.ResampleStream | None:
        if self._rate_hz == SPEECH_RATE_HZ:
            return None
        return soxr.ResampleStream(self._rate_hz, SPEECH_RATE_HZ, 1, dtype="int16")

    def _time_of_next(self) -> float:
        passed = self._cut_samples * self._rate_hz / SPEECH_RATE_HZ
        return self._clock.time_of(self._first_index + passed)


class Microphone:
    """An AudioSource on a sound card.

    One thread reads. Where it falls more than 5 s behind, new blocks are dropped and counted.
    """

    def __init__(self, device_name: str | None = None, *, latency_s: float = LATENCY_S) -> None:
        """Open the device at 16 kHz or, where it refuses that, at its own rate.

        `device_name` as in `devices.find`. Of several channels the first is heard. Raises
        DeviceError.
        """
        sd = portaudio()
        self.device: Final[Device] = find(device_name, Kind.INPUT)
        self.dropped_frames = 0
        """Frames lost because nobody read them in time."""
        self.overflows = 0
        """Times that the sound card lost samples before they reached us."""
        # SimpleQueue: its put takes no lock of Python's. The thread that fills it runs 50 times a
        # second all day long, so what can be done by who reads is done there.
        self._blocks: queue.SimpleQueue[tuple[int, float, bytes, bool]] = queue.SimpleQueue()
        self._ready: list[Frame] = []
        self._next_index = 0
        self._channels = 1
        self._is_closed = False
        self._silent_after_s = time.monotonic() + OPENING_S

        def make(format_: Format) -> Any:
            self._channels = format_.channels
            return sd.RawInputStream(
                device=self.device.index,
                samplerate=format_.rate_hz,
                channels=format_.channels,
                dtype="int16",
                blocksize=round(FRAME_S * format_.rate_hz),
                latency=latency_s,
                callback=self._take,
            )

        self._stream, self.format = start_stream(
            self.device, SPEECH_RATE_HZ, make, sd.PortAudioError
        )
        self._cutter = FrameCutter(self.format.rate_hz)
        log.info("microphone %s, %s", self.device.name, self.format)

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame, or None where there is none within `timeout_s`.

        Raises DeviceError where the device has delivered nothing for over a second (while it
        opens: 5 seconds).
        """
        give_up_s = time.monotonic() + timeout_s
        while not self._ready:
            left_s = give_up_s - time.monotonic()
            try:
                taken = self._blocks.get(timeout=min(max(0.0, left_s), LOST_S / 4))
            except queue.Empty:
                self._check_alive()
                if left_s <= 0:
                    return None
                continue
            self._ready = self._cutter.push(self._block(*taken))
        return self._ready.pop(0)

    def frames(self) -> Iterator[Frame]:
        """Yield frames until the microphone is closed. Raises DeviceError as `read` does."""
        while not self._is_closed:
            frame = self.read(LOST_S / 4)
            if frame is not None:
                yield frame

    def close(self) -> None:
        """Free the device."""
        self._is_closed = True
        close_stream(self._stream)

    def _check_alive(self) -> None:
        if time.monotonic() > self._silent_after_s and not self._is_closed:
            raise DeviceError(
                f'the microphone "{self.device.name}" has gone silent',
                mend="Plug it in again or name another; `earshot devices` lists them.",
            )

    def _take(self, data: Any, frames: int, times: Any, status: Any) -> None:
        """Copy a block: int16, shape (frames, channels). Runs on PortAudio's thread."""
        now_s = time.monotonic()
        self._silent_after_s = now_s + LOST_S
        is_after_gap = bool(status.input_overflow)
        if is_after_gap:
            self.overflows += 1
        # PortAudio's clock is not Python's (wall time on ALSA), but both call this moment now.
        age_s = times.currentTime - times.inputBufferAdcTime
        index = self._next_index
        self._next_index += frames
        if self._blocks.qsize() >= MOST_WAITING:
            self.dropped_frames += 1
        else:
            self._blocks.put((index, now_s - age_s, bytes(data), is_after_gap))

    def _block(self, index: int, at_s: float, data: bytes, is_after_gap: bool) -> Block:
        samples = np.frombuffer(data, np.int16)[:: self._channels]
        return Block(index, at_s, samples, is_after_gap)
