"""A microphone and a loudspeaker, kept up through the loss of either.

Devices are pulled, sound servers restart, streams fall silent without a word. Whoever hears and
speaks through these two is told that one is gone, or back, and goes on using them. One thread
looks after both, since PortAudio reads its list of devices again only where no stream is open.
"""

import logging
import time
from collections.abc import Callable

from assistant.audio.capture import AudioSource
from assistant.audio.devices import Kind, hardware, refresh
from assistant.audio.lasting import REOPEN_S, LastingLoudspeaker
from assistant.audio.routes import Routes
from assistant.errors import DeviceError
from assistant.sound import Frame

log = logging.getLogger(__name__)

FIRST_LOOK_S, LAST_LOOK_S = 4.0, 64.0
"""How long a device is missing before the list of devices is read again without a sign that it has
changed. After each vain look twice as long, since each takes the other device away for a moment;
where both are missing there is nothing to take, and a sound server may be back any time."""


class LastingDevices:
    """A microphone and a loudspeaker, looked after by the one thread that reads frames."""

    def __init__(
        self,
        microphone: AudioSource,
        open_microphone: Callable[[], AudioSource],
        loudspeaker: LastingLoudspeaker,
        on_change: Callable[[Kind, bool], None],
        *,
        wait: Callable[[float], object],
        may_rest: Callable[[], bool] = lambda: False,
        routes: Callable[[], Routes] = Routes,
        on_opened: Callable[[], None] = lambda: None,
        hardware: Callable[[], tuple[str, ...]] = hardware,
        refresh: Callable[[], None] = refresh,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`microphone` is open, `open_microphone` opens it again. `on_change` is told, from the
        reading thread, what is gone (False) or back (True). `wait` passes seconds while there is no
        microphone to read from. `may_rest` says whether nothing is about to be said, so that the
        loudspeaker's stream may rest. `routes` is where the sound server has put the streams;
        `on_opened` is told that one was opened. `hardware` and `refresh` as in `devices`."""
        self._microphone: AudioSource | None = microphone
        self._open_microphone = open_microphone
        self._loudspeaker = loudspeaker
        self._on_change = on_change
        self._wait = wait
        self._may_rest = may_rest
        self._routes = routes
        self._on_opened = on_opened
        self._hardware = hardware
        self._refresh = refresh
        self._clock = clock
        self._listed = hardware()
        self._try_at_s = 0.0
        self._hears = True
        self._look_s = FIRST_LOOK_S
        self._look_at_s: float | None = None
        """When the list of devices is read again in any case; None: nothing is missing."""

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame, or None where there is none within `timeout_s` or the
        microphone is gone. Never raises DeviceError."""
        routes = self._routes()
        self._attend_loudspeaker()
        if self._microphone is None:
            self._reopen()
        self._look_for_missing()
        if self._microphone is None:
            self._hear(False, "it is not found again")
            self._wait(timeout_s)
            return None
        try:
            frame = self._microphone.read(timeout_s)
        except DeviceError as error:
            # Told first: PortAudio may take its time over a stream whose server has ended, or
            # never come back from it.
            self._hear(False, str(error))
            self._drop_microphone()
            return None
        if frame is None:
            return None
        self._hear(not routes.hears_itself, "all that it hears is the loudspeaker")
        return None if routes.hears_itself else frame

    def close(self) -> None:
        """Free the microphone; the loudspeaker belongs to whoever plays."""
        self._drop_microphone()

    def _attend_loudspeaker(self) -> None:
        is_diverted = self._routes().plays_to_nobody
        change = self._loudspeaker.attend(is_diverted=is_diverted, may_rest=self._may_rest())
        if change is not None:
            self._tell(Kind.OUTPUT, change, "nobody hears what it plays")

    def _hear(self, hears: bool, why_not: str) -> None:
        if hears is not self._hears:
            self._hears = hears
            self._tell(Kind.INPUT, hears, why_not)

    def _tell(self, kind: Kind, is_back: bool, why_not: str) -> None:
        if is_back:
            log.warning("the %s is back", kind)
        else:
            log.warning("the %s is gone: %s", kind, why_not)
        self._on_change(kind, is_back)

    def _drop_microphone(self) -> None:
        if self._microphone is not None:
            self._microphone.close()
            self._microphone = None

    def _reopen(self) -> None:
        now_s = self._clock()
        if now_s < self._try_at_s:
            return
        self._try_at_s = now_s + REOPEN_S
        try:
            self._microphone = self._open_microphone()
        except DeviceError as error:
            log.debug("%s", error)
        else:
            self._on_opened()

    def _look_for_missing(self) -> None:
        """Read the list of devices again, where one is missing, when it may have come: PortAudio
        knows the devices that were there when it last looked, by numbers that may be others now."""
        if self._microphone is not None and self._loudspeaker.is_open:
            self._look_at_s, self._look_s = None, FIRST_LOOK_S
            return
        now_s = self._clock()
        if self._look_at_s is None:
            self._look_at_s = now_s + self._look_s
        found = self._hardware()
        if (found == self._listed and now_s < self._look_at_s) or not self._loudspeaker.is_idle:
            return
        is_alone = self._microphone is None and not self._loudspeaker.is_open
        self._look_s = FIRST_LOOK_S if is_alone else min(2 * self._look_s, LAST_LOOK_S)
        self._look_at_s = now_s + self._look_s
        self._listed = found
        self._drop_microphone()
        self._loudspeaker.let_go()
        try:
            self._refresh()
        except DeviceError as error:
            log.debug("%s", error)
        self._attend_loudspeaker()
        self._try_at_s = 0.0
        self._reopen()
