"""Earshot on a microphone and a loudspeaker."""

import logging
import threading
import time
from collections.abc import Callable

from assistant import __version__
from assistant.app import (
    World,
    make_coach,
    make_listener,
    make_tones,
    make_voice,
    taught_voices,
)
from assistant.audio.capture import Microphone
from assistant.audio.devices import Kind
from assistant.audio.lasting import LastingLoudspeaker
from assistant.audio.mixer import PlaybackEvent
from assistant.audio.playback import Loudspeaker
from assistant.audio.reference import Reference
from assistant.audio.routes import RouteWatch
from assistant.audio.upkeep import LastingDevices
from assistant.audio.watch import MicrophoneWatch
from assistant.coach.events import (
    HistoryFault,
    HistoryLost,
    ListeningBegan,
    LoudspeakerLost,
    LoudspeakerReturned,
    MicrophoneFault,
    MicrophoneLost,
    MicrophoneReturned,
    SettingsWrong,
)
from assistant.emergency import EmergencyCommand
from assistant.errors import HistoryError
from assistant.history.journal import Journal
from assistant.history.keeper import Keeper
from assistant.history.memory import recall
from assistant.history.store import SqliteStore
from assistant.history.wall import WallWatch
from assistant.library.shelf import RoutineShelf
from assistant.listener import Hearing
from assistant.runner import Beat, Happening, Runner
from assistant.sound import Frame

log = logging.getLogger(__name__)

READ_S = 0.2
"""How long a frame is waited for at a time, seconds; the devices are looked after in between."""

BEAT_S = 1.0
"""How often the listener's thread gives a sign of life, seconds."""

AWAKE_BEFORE_S = 3.0
"""So long before the coach speaks up by itself, as for a reminder, the loudspeaker wakes."""


class Service:
    """Earshot on a microphone and a loudspeaker."""

    def __init__(
        self,
        world: World,
        *,
        observe: Callable[[Happening | Hearing], None],
        warn: Callable[[str], None],
        on_listening: Callable[[], None],
        on_beat: Callable[[Beat], None] = lambda _beat: None,
        has_wrong_settings: bool = False,
    ) -> None:
        """Open everything. Raises DeviceError, ModelError, RecogniserError or VoiceError.

        `observe` is called from several threads; `on_listening` once, from the listener's, when
        the first sound has come from the microphone and can be understood; `on_beat` about once a
        second from the runner's, for as long as both turn. `has_wrong_settings`: the coach says so.
        """
        settings = world.settings
        self._observe = observe
        self._on_listening = on_listening
        # First, since it comes to life and keeps what it hears while the model is loaded. The
        # loudspeaker comes after: it would run dry meanwhile.
        self._microphone_name = settings.microphone
        self._microphone = Microphone(settings.microphone)
        self._watch = MicrophoneWatch()
        self._listener = make_listener(world, warn, taught_voices(settings, warn), insists=False)
        self._voice = make_voice(settings)
        recalled = recall(settings.data_dir, warn)
        self._history_fault = recalled.fault
        self._keeper = Keeper(lambda: SqliteStore(settings.data_dir), self._lose_history)
        self._journal = Journal(settings.data_dir, version=__version__)
        self._warn = warn
        played = Reference()

        def open_loudspeaker(tell: Callable[[PlaybackEvent], None], rests: bool) -> Loudspeaker:
            name = settings.loudspeaker
            return Loudspeaker(tell, device_name=name, wait=False, tap=played.put, rests=rests)

        self._loudspeaker = LastingLoudspeaker(
            open_loudspeaker,
            lambda e: self.runner.post(e),  # noqa: PLW0108 - made below
        )
        self._listener.hear_over(played, self._loudspeaker.duck)
        self.runner = Runner(
            make_coach(
                world,
                recalled.profile,
                welcomes=settings.introduction,
                has_emergency_command=bool(settings.emergency_command),
            ),
            self._voice,
            self._loudspeaker,
            make_tones(),
            clock=time.monotonic,
            rate_wpm=settings.rate_wpm,
            observe=observe,
            ears=self._listener,
            in_background=True,
            wall=WallWatch(),
            remember=self._keeper.remember,
            journal=self._journal.note,
            shelf=RoutineShelf(settings.config_dir),
            emergency_command=(
                EmergencyCommand(settings.emergency_command).run
                if settings.emergency_command
                else None
            ),
            on_beat=on_beat,
        )
        self._next_beat_s = 0.0
        self._last_frame_s: float | None = None
        self._dropped_before = 0
        self._overflows_before = 0
        """What microphones that were closed since had lost."""
        self._stopping = threading.Event()
        self._routes = RouteWatch()
        self._devices = LastingDevices(
            self._microphone,
            self._open_microphone,
            self._loudspeaker,
            self._change,
            wait=self._stopping.wait,
            may_rest=self._may_rest,
            routes=lambda: self._routes.routes,
            on_opened=self._routes.look_again,
        )
        self._ears = threading.Thread(target=self._listen, name="listener", daemon=True)
        self._has_begun = False
        self._has_wrong_settings = has_wrong_settings
        self._failure: Exception | None = None

    def run(self) -> None:
        """Listen and coach until `stop`. Raises what ended the listening, if anything did."""
        self._ears.start()
        try:
            self.runner.run()
        finally:
            self._stopping.set()
            self._loudspeaker.close()
            self._ears.join(timeout=1.0)
            self._routes.close()
            self._voice.close()
            self._keeper.close()
            self._journal.close()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Let `run` return; from any thread, or a signal handler."""
        self.runner.stop()

    def _listen(self) -> None:
        """The listener thread: frames to events, and the devices looked after."""
        try:
            while not self._stopping.is_set():
                may_wait_s = self._listener.may_wait_s
                frame = self._devices.read(0.0 if may_wait_s else READ_S)
                if frame is not None:
                    self._hear(frame)
                elif may_wait_s:
                    self._stopping.wait(may_wait_s)
                self._beat()
        except Exception as error:  # noqa: BLE001 - a thread's top: `run` raises it
            self._failure = error
            self.runner.stop()
        finally:
            self._devices.close()
            self._listener.close()

    def _may_rest(self) -> bool:
        """Whether nothing is about to be said, so that the loudspeaker's stream may rest."""
        due_s = self.runner.snapshot.due_s
        is_due = due_s is not None and due_s - time.monotonic() < AWAKE_BEFORE_S
        return self._listener.may_rest and not is_due

    def _hear(self, frame: Frame) -> None:
        if not self._has_begun:
            self._begin()
        if self._watch.hear(frame):
            fault = self._watch.fault
            log.warning("the microphone is %s", fault or "good again")
            self.runner.post(MicrophoneFault(at=frame.at_s, fault=fault))
        hearing = self._listener.hear(frame)
        self._last_frame_s = time.monotonic()
        if hearing is not None:
            self._observe(hearing)
            if hearing.event is not None:
                self.runner.post(hearing.event)

    def _beat(self) -> None:
        """Give a sign of life where one is due."""
        now = time.monotonic()
        if now < self._next_beat_s:
            return
        self._next_beat_s = now + BEAT_S
        self.runner.post(
            Beat(
                at_s=now,
                last_frame_s=self._last_frame_s,
                dropped_frames=self._dropped_before + self._microphone.dropped_frames,
                overflows=self._overflows_before + self._microphone.overflows,
                dropped_events=self.runner.dropped_events,
            )
        )

    def _open_microphone(self) -> Microphone:
        """The microphone again, after a loss. Raises DeviceError."""
        opened = Microphone(self._microphone_name)
        lost, self._microphone = self._microphone, opened
        self._dropped_before += lost.dropped_frames
        self._overflows_before += lost.overflows
        return opened

    def _begin(self) -> None:
        """The first frame has come."""
        self._has_begun = True
        # The coach learns it first: what somebody answers to "listening" comes after its greeting.
        self.runner.post(ListeningBegan(at=time.monotonic()))
        self._on_listening()
        if self._history_fault is not None:
            fault = self._history_fault
            self.runner.post(HistoryLost(at=time.monotonic(), fault=fault))
        if self._has_wrong_settings:
            self.runner.post(SettingsWrong(at=time.monotonic()))

    def _change(self, kind: Kind, is_back: bool) -> None:
        """A device is gone, or back."""
        now = time.monotonic()
        if kind is Kind.OUTPUT:
            self.runner.post(LoudspeakerReturned(at=now) if is_back else LoudspeakerLost(at=now))
        elif is_back:
            self.runner.post(MicrophoneReturned(at=now))
        else:
            self._watch = MicrophoneWatch()
            self._listener.reset()
            self.runner.post(MicrophoneLost(at=now))

    def _lose_history(self, error: HistoryError) -> None:
        """What is done cannot be written down. Told once, and not again where the start told it."""
        if self._history_fault is not HistoryFault.NOT_KEPT:
            self._warn(f"{error}")
            self.runner.post(HistoryLost(at=time.monotonic(), fault=HistoryFault.NOT_KEPT))
