"""The loudspeaker: one output stream, kept open and fed by the mixer.

The stream is never closed between cues, since a sound card that has gone to sleep swallows the
first word of the next one.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from typing import Any, Final, Protocol

from assistant.audio.devices import (
    Device,
    Format,
    Kind,
    close_stream,
    find,
    portaudio,
    start_stream,
)
from assistant.audio.mixer import Mixer, PlaybackEvent
from assistant.audio.reference import Played
from assistant.errors import DeviceError
from assistant.sound import Clip

log = logging.getLogger(__name__)

RATE_HZ = 48_000
"""What nearly every sound card runs at itself."""

BLOCK_S, LATENCY_S = 0.01, 0.03
"""Asked of PortAudio. On PulseAudio 16.1 a sample is then heard 40 ms after it is rendered, so
that a cancel with its fade of 10 ms is silent within 60 ms; asking 0.05 gave 85 ms to a sample."""

RESTING_BLOCK_S, RESTING_LATENCY_S = 0.2, 0.5
"""The same of a stream that rests: each block wakes the processor, here and in the sound server."""

SETTLING_S = 0.5
"""Silence before the first cue: PulseAudio 16.1 reports times that are up to 40 ms off in the first
25 blocks of 10 ms, and about a second off before the stream really runs."""

OPENING_S = 5.0
"""How long a device may take until its stream runs."""

LOST_S = 0.7
"""A stream that has run and then asked for nothing for so long has stopped. PortAudio does not say
so: its device may be gone, or the stream alone may have died of an underrun (seen on PulseAudio
16.1 with both cores busy)."""


class AudioSink(Protocol):
    """Where clips are played. The methods may be called from one thread."""

    def play(
        self, playback_id: str, clip: Clip, at_s: float | None = None, gain_db: float = 0.0
    ) -> None:
        """Let a clip be heard from monotonic time `at_s`; at once for None or a time gone by.

        Raises DeviceError where the loudspeaker is gone.
        """

    def cancel(self, ids: Collection[str] | None) -> None:
        """Silence these playbacks, or all for None, at once. Unknown ids are ignored."""

    def set_gain(self, gain_db: float) -> None:
        """Set the gain of everything."""

    def close(self) -> None:
        """Fall silent and free the device. The sink is not used afterwards."""


class Loudspeaker:
    """An AudioSink on a sound card.

    `on_event` is told of starts and ends from the sound card's thread: it must return within
    microseconds and not raise (a queue's `put_nowait` that cannot be full).
    """

    def __init__(
        self,
        on_event: Callable[[PlaybackEvent], None],
        *,
        device_name: str | None = None,
        rate_hz: int = RATE_HZ,
        wait: bool = True,
        rests: bool = False,
        tap: Callable[[Played], None] | None = None,
    ) -> None:
        """Open the device and wait until its stream runs (0.5 s and what the device needs).

        `tap` as in `Mixer`: it is called from the sound card's thread.

        `device_name` as in `devices.find`; where the device refuses `rate_hz` its own rate is
        used. Without `wait` this returns once the device is open: clips that are played before
        the stream runs are heard as soon as it does. `rests`: nothing will be played, the stream
        keeps the sound card awake and costs a twentieth. Raises DeviceError.
        """
        sd = portaudio()
        self.device: Final[Device] = find(device_name, Kind.OUTPUT)
        self.underflows = 0
        """Blocks before which the sound card ran dry: heard as a click or a gap."""
        self._on_event = on_event
        self._blocks = 0
        self._lost_after_s = time.monotonic() + OPENING_S
        self._is_running = threading.Event()
        block_s = RESTING_BLOCK_S if rests else BLOCK_S
        self._latency_s = RESTING_LATENCY_S if rests else LATENCY_S
        self._settling_blocks = round(SETTLING_S / block_s)
        self._mixer = Mixer(rate_hz, tap)

        def make(format_: Format) -> Any:
            # Before the stream starts, so that its thread never sees a mixer of another rate.
            self._mixer = Mixer(format_.rate_hz, tap)
            return sd.OutputStream(
                device=self.device.index,
                samplerate=format_.rate_hz,
                channels=format_.channels,
                dtype="float32",
                blocksize=round(block_s * format_.rate_hz),
                latency=self._latency_s,
                callback=self._fill,
            )

        self._stream, self.format = start_stream(self.device, rate_hz, make, sd.PortAudioError)
        if wait and not self._is_running.wait(OPENING_S):
            self.close()
            raise DeviceError(
                f'the loudspeaker "{self.device.name}" was opened but plays nothing',
                mend="Plug it in again or name another; `earshot devices` lists them.",
            )
        log.debug(
            "loudspeaker %s, %s, %s", self.device.name, self.format, "at rest" if rests else "awake"
        )

    @property
    def is_running(self) -> bool:
        """Whether the stream has begun to take clips."""
        return self._is_running.is_set()

    @property
    def is_lost(self) -> bool:
        """Whether the device has stopped taking sound."""
        return time.monotonic() > self._lost_after_s

    def play(
        self, playback_id: str, clip: Clip, at_s: float | None = None, gain_db: float = 0.0
    ) -> None:
        """Let a clip be heard from monotonic time `at_s`; see AudioSink."""
        if self.is_lost:
            raise DeviceError(
                f'the loudspeaker "{self.device.name}" has gone silent',
                mend="Plug it in again or name another; `earshot devices` lists them.",
            )
        self._mixer.schedule(playback_id, clip, at_s, gain_db=gain_db)

    def cancel(self, ids: Collection[str] | None) -> None:
        """Silence these playbacks, or all for None, within 80 ms; see AudioSink."""
        self._mixer.cancel(ids)

    def set_gain(self, gain_db: float) -> None:
        """Set the gain of everything, reached over 20 ms."""
        self._mixer.set_gain(gain_db)

    def duck(self, is_ducked: bool) -> None:
        """Lower everything by 20 dB, or no longer, over 20 ms. From any thread."""
        self._mixer.duck(is_ducked)

    def close(self) -> None:
        """Fall silent and free the device."""
        close_stream(self._stream)

    def _fill(self, out: Any, frames: int, times: Any, status: Any) -> None:
        """Fill a block: float32, shape (frames, channels). Runs on PortAudio's thread."""
        now_s = time.monotonic()
        self._blocks += 1
        if self._blocks <= self._settling_blocks:
            # A virtual sink asks for these in a burst, and then for nothing for up to 2 s.
            self._lost_after_s = now_s + OPENING_S
            out.fill(0)
            return
        self._lost_after_s = now_s + LOST_S
        if status.output_underflow:
            self.underflows += 1
            self._mixer.resync()
        # PortAudio's clock is not Python's (wall time on ALSA), but both call this moment now.
        ahead_s = times.outputBufferDacTime - times.currentTime
        if ahead_s <= 0:  # Some drivers leave the time of the block empty.
            ahead_s = self._latency_s
        out[:] = self._mixer.render(frames, now_s + ahead_s)[:, None]
        for event in self._mixer.events():
            self._on_event(event)
        if not self._is_running.is_set():  # Asking takes no lock, setting does.
            self._is_running.set()
