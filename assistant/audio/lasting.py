"""A loudspeaker that outlives its device."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from assistant.audio.mixer import Finished, PlaybackEvent
from assistant.audio.playback import AudioSink
from assistant.errors import DeviceError
from assistant.sound import Clip

log = logging.getLogger(__name__)

REOPEN_S = 1.0
"""How often a lost device is looked for, seconds."""

HEALING_S = 1.0
"""How long another stream may take to run in the place of one that stopped, until that counts as a
loss: 0.5 s of silence at its begin, and what the device needs."""

STOOD_STILL_S = 0.4
"""Whoever looks after the device so late was held up, and so may the stream have been, with the
whole program: it gets another moment."""

OnEvent = Callable[[PlaybackEvent], None]

OpenSink = Callable[[OnEvent, bool], "LosableSink"]
"""Opens a stream that tells what happens on it; the second says whether it may rest: then nothing
will be played on it."""


class LosableSink(AudioSink, Protocol):
    """An AudioSink whose device may go away."""

    def duck(self, is_ducked: bool) -> None:
        """Lower everything by 20 dB, or no longer, over 20 ms. From any thread."""

    @property
    def is_running(self) -> bool:
        """Whether what is played now can be heard soon."""

    @property
    def is_lost(self) -> bool:
        """Whether the device has stopped taking sound."""


@dataclass(slots=True)
class _Order:
    """A clip that was ordered and is not over."""

    clip: Clip
    at_s: float | None
    gain_db: float
    was_given: bool = False
    """Whether a stream had it."""
    has_begun: bool = False
    is_cancelled: bool = False

    def can_still_come(self, now_s: float) -> bool:
        """Whether all of it may still be heard, at its time where a stream had it before."""
        is_late = self.was_given and self.at_s is not None and self.at_s <= now_s
        return not (self.has_begun or self.is_cancelled or is_late)


class LastingLoudspeaker:
    """An AudioSink that outlives its device.

    A stream that stops is replaced by another at once, with what was ordered for later. Where that
    does not run within `HEALING_S` the loudspeaker is lost: all that was ordered is told as
    finished, cancelled, and `play` raises DeviceError until a stream runs again.

    Where nothing is about to be said the stream rests: another one takes its place that costs a
    twentieth and is not played on. An order wakes it, and is heard half a second late where nobody
    had seen it coming.

    One thread plays, another one may call `attend`, which alone opens streams; `on_event` is called
    from those two and the sound card's.
    """

    def __init__(
        self,
        open_sink: OpenSink,
        on_event: OnEvent,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the device for the first time. Raises DeviceError."""
        self._open = open_sink
        self._on_event = on_event
        self._clock = clock
        self._lock = threading.Lock()
        self._orders: dict[str, _Order] = {}
        self._orphans: set[str] = set()
        """What will not be heard and is not yet told as finished."""
        self._gain_db = 0.0
        self._is_up = True
        self._is_closed = False
        self._up_until_s = float("inf")
        """Until when clips may wait for the stream to run."""
        self._try_at_s = 0.0
        self._attended_s = float("inf")
        """When `attend` was called last; never yet."""
        self._rests = False
        self._sink: LosableSink | None = open_sink(self._tell, False)

    @property
    def is_open(self) -> bool:
        """Whether there is a stream, running or about to."""
        return self._sink is not None

    @property
    def is_idle(self) -> bool:
        """Whether nothing sounds or waits to sound."""
        return not self._orders and not self._orphans

    def play(
        self, playback_id: str, clip: Clip, at_s: float | None = None, gain_db: float = 0.0
    ) -> None:
        """Let a clip be heard from monotonic time `at_s`; see AudioSink."""
        with self._lock:
            if not self._is_up:
                raise DeviceError("the loudspeaker is gone; it is looked for every second")
            order = self._orders[playback_id] = _Order(clip, at_s, gain_db)
            # Where the stream rests or has just stopped, `attend` sees to it with the next one.
            if self._sink is not None and not self._rests:
                order.was_given = True
                with contextlib.suppress(DeviceError):
                    self._sink.play(playback_id, clip, at_s, gain_db)

    def cancel(self, ids: Collection[str] | None) -> None:
        """Silence these playbacks, or all for None; see AudioSink."""
        with self._lock:
            for playback_id, order in list(self._orders.items()):
                if ids is None or playback_id in ids:
                    order.is_cancelled = True
            if self._sink is not None:
                self._sink.cancel(ids)

    def set_gain(self, gain_db: float) -> None:
        """Set the gain of everything, also after a loss."""
        with self._lock:
            self._gain_db = gain_db
            if self._sink is not None:
                self._sink.set_gain(gain_db)

    def duck(self, is_ducked: bool) -> None:
        """Lower everything by 20 dB, or no longer, over 20 ms. From any thread."""
        sink = self._sink  # another thread may lose it meanwhile
        if sink is not None:
            sink.duck(is_ducked)

    def attend(self, *, is_diverted: bool = False, may_rest: bool = False) -> bool | None:
        """Look after the device: call it often. Another stream is opened where there is none, at
        most once a second.

        `is_diverted`: the sound server sends the stream where nobody hears it; `may_rest`: nothing
        is about to be said. Returns False where the loudspeaker was lost since the last call, True
        where it is back, else None. What is cancelled by a loss is told with the next call, so that
        the loss is known before.
        """
        self._tell_orphans()
        now_s = self._clock()
        has_stood_still = now_s - self._attended_s > STOOD_STILL_S
        self._attended_s = now_s
        if self._sink is not None and self._sink.is_lost and not has_stood_still:
            self._up_until_s = now_s + HEALING_S if self._sink.is_running else 0.0
            self._drop(self._sink)
        rests = may_rest and self.is_idle
        if self._sink is not None and rests is not self._rests:
            self._replace(self._sink, rests)
        if self._sink is None:
            self._reopen(rests)
        sink, may_wait = self._sink, self._clock() < self._up_until_s
        is_up = sink is not None and not is_diverted and (sink.is_running or may_wait)
        was_up, self._is_up = self._is_up, is_up
        if was_up and not is_up:
            self._give_up(sink)
        return is_up if is_up is not was_up else None

    def let_go(self) -> None:
        """Close the stream; the next `attend` opens another, at once. No loss is told for it."""
        if self._sink is not None:
            self._up_until_s = float("inf") if self._is_up else 0.0
            self._drop(self._sink)

    def close(self) -> None:
        """Fall silent and free the device."""
        with self._lock:
            sink, self._sink = self._sink, None
            self._is_closed, self._is_up = True, False
        if sink is not None:
            sink.close()

    def _tell(self, event: PlaybackEvent) -> None:
        """Pass on what the sound card's thread tells; no lock may be waited for here."""
        if isinstance(event, Finished):
            self._orders.pop(event.playback_id, None)
        elif (order := self._orders.get(event.playback_id)) is not None:
            order.has_begun = True
        self._on_event(event)

    def _drop(self, sink: LosableSink) -> None:
        with self._lock:
            self._sink = None
        self._try_at_s = 0.0
        sink.close()  # from here on the sound card's thread tells nothing more of it

    def _replace(self, sink: LosableSink, rests: bool) -> None:
        """Open a stream that rests in the place of one that does not, or the other way round."""
        try:
            # First, so that the sound card has one all the time.
            other = self._open(self._tell, rests)
        except DeviceError as error:  # Some take one stream only.
            log.debug("%s", error)
            self.let_go()
            return
        with self._lock:
            is_wanted = not (self._is_closed or (rests and self._orders))
            if is_wanted:
                self._up_until_s = float("inf") if self._is_up else 0.0
                self._take(other, rests)
        (sink if is_wanted else other).close()

    def _take(self, sink: LosableSink, rests: bool) -> None:
        sink.set_gain(self._gain_db)
        self._order_again(sink)
        self._sink, self._rests = sink, rests

    def _reopen(self, rests: bool) -> None:
        now_s = self._clock()
        if now_s < self._try_at_s or self._is_closed:
            return
        self._try_at_s = now_s + REOPEN_S
        try:
            sink = self._open(self._tell, rests)
        except DeviceError as error:
            log.debug("%s", error)
            return
        with self._lock:
            if not self._is_closed:
                self._take(sink, rests)
                return
        sink.close()  # the program ended meanwhile

    def _order_again(self, sink: LosableSink) -> None:
        now_s = self._clock()
        for playback_id, order in list(self._orders.items()):
            if order.can_still_come(now_s):
                order.was_given = True
                sink.play(playback_id, order.clip, order.at_s, order.gain_db)
            else:
                del self._orders[playback_id]
                self._orphans.add(playback_id)

    def _give_up(self, sink: LosableSink | None) -> None:
        with self._lock:
            if sink is not None:
                sink.cancel(None)
            self._orphans.update(self._orders)
            self._orders.clear()

    def _tell_orphans(self) -> None:
        for playback_id in sorted(self._orphans):
            self._on_event(Finished(playback_id, self._clock(), cancelled=True))
        self._orphans.clear()
