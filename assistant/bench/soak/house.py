"""A home in simulated time: the coach's real parts, in rooms that talk, with devices that fail.

Time moves in frames of 20 ms, as fast as the machine allows. Listener, coach, runner, mixer, voice
and the history's file are the live ones; the clock, the two devices and the people are simulated.
"""

from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from assistant.app import World, make_coach, make_tones
from assistant.audio.mixer import Finished, PlaybackEvent
from assistant.audio.reference import Reference
from assistant.audio.wavfile import as_int16
from assistant.bench.soak.person import Person, Utterance
from assistant.coach.actions import PhaseEntered, SessionBegan, SessionEnded
from assistant.coach.events import (
    Heard,
    ListeningBegan,
    LoudspeakerLost,
    LoudspeakerReturned,
    MicrophoneLost,
    MicrophoneReturned,
    Tick,
)
from assistant.coach.phases import INACTIVE, Phase
from assistant.errors import DeviceError, HistoryError
from assistant.history.keeper import Keeper
from assistant.history.memory import recall
from assistant.history.store import SqliteStore
from assistant.history.wall import WallTime, WallWatch
from assistant.listener import Hearing, Listener
from assistant.rehearsal.acoustics import Echo
from assistant.rehearsal.rig import SimulatedLoudspeaker
from assistant.runner import CLOCK_CHECK_S, Happening, Runner, Voice
from assistant.sound import FRAME_S, FRAME_SAMPLES, SPEECH_RATE_HZ, Clip, Float32, Frame, Int16

BEGAN_UTC_S = 1_768_212_000.0
"""When the day begins: a Monday, 10:00 UTC (12 January 2026)."""

LINGERS_S = 1.0
"""How long after its last sound a loudspeaker is still heard in a room, echoes and all. After that
its silence is spared its way through the room."""


class FailingLoudspeaker:
    """An AudioSink in simulated time that can be lost, and comes back."""

    def __init__(
        self, post: Callable[[PlaybackEvent], None], now: Callable[[], float], played: Reference
    ) -> None:
        self._inner = SimulatedLoudspeaker(self._tell, played.put)
        self._post = post
        self._now = now
        self._pending: set[str] = set()
        self._is_lost = False

    def play(
        self, playback_id: str, clip: Clip, at_s: float | None = None, gain_db: float = 0.0
    ) -> None:
        """See AudioSink. Raises DeviceError while it is lost."""
        if self._is_lost:
            raise DeviceError("the loudspeaker is lost", place="the simulated room")
        self._pending.add(playback_id)
        self._inner.play(playback_id, clip, at_s, gain_db)

    def cancel(self, ids: Collection[str] | None) -> None:
        """See AudioSink."""
        self._inner.cancel(ids)

    def set_gain(self, gain_db: float) -> None:
        """See AudioSink."""
        self._inner.set_gain(gain_db)

    def duck(self, is_ducked: bool) -> None:
        """Lower everything, or no longer."""
        self._inner.duck(is_ducked)

    def close(self) -> None:
        """Nothing to free."""

    def lose(self) -> None:
        """The device is pulled: what was ordered is told as over."""
        self._is_lost = True
        self._inner.cancel(None)
        for playback_id in sorted(self._pending):
            self._post(Finished(playback_id, self._now(), cancelled=True))
        self._pending.clear()

    def find(self) -> None:
        """The device is back."""
        self._is_lost = False

    def render(self, at_s: float) -> Float32:
        """See `SimulatedLoudspeaker.render`."""
        return self._inner.render(at_s)

    def _tell(self, event: PlaybackEvent) -> None:
        if self._is_lost:
            return
        if isinstance(event, Finished):
            self._pending.discard(event.playback_id)
        self._post(event)


class House:
    """Runs the program through a day. Call `step` for each frame."""

    def __init__(
        self,
        world: World,
        listener: Listener,
        voice: Voice,
        person: Person,
        data_dir: Path,
        *,
        bed: Float32,
        echo: Echo,
        warn: Callable[[str], None],
    ) -> None:
        """`bed` is the room's noise, which begins again at its end: float32, 16 000 Hz."""
        self._world, self._listener, self._voice, self._person = world, listener, voice, person
        self._data_dir = data_dir
        self._warn = warn
        self._tones = make_tones()
        whole = len(bed) - len(bed) % FRAME_SAMPLES
        self._bed = bed[:whole].reshape(-1, FRAME_SAMPLES)
        self._bed_int16 = as_int16(bed[:whole]).reshape(-1, FRAME_SAMPLES)
        self._echo = echo
        self._echoing: Float32 | None = None
        self._frames = 0
        self.t = 0.0
        self._phase = Phase.IDLE
        self._phase_since_s = 0.0
        self._next_tick_s = 0.0
        self._loud_until_s = 0.0
        self._talk: Float32 = np.zeros(0, np.float32)
        self._talk_at = 0
        self._sounding: Utterance | None = None
        self._hears = True
        self.begun = 0
        """Sessions that have begun."""
        self.ended = 0
        self.not_kept = 0
        """How often the history could not be written."""
        self._start()

    @property
    def is_in_session(self) -> bool:
        """Whether a session runs."""
        return self._phase not in INACTIVE

    def _start(self) -> None:
        """What `earshot run` builds, from what the history's file holds."""
        settings = self._world.settings
        recalled = recall(self._data_dir, self._warn)
        self._keeper = Keeper(lambda: SqliteStore(self._data_dir), self._lose_history)
        played = Reference()
        self._loudspeaker = FailingLoudspeaker(
            lambda event: self.runner.post(event),  # noqa: PLW0108 - made below
            lambda: self.t,
            played,
        )
        self._listener.hear_over(played, self._loudspeaker.duck)
        self.runner = Runner(
            make_coach(self._world, recalled.profile),
            self._voice,
            self._loudspeaker,
            self._tones,
            clock=lambda: self.t,
            rate_wpm=settings.rate_wpm,
            observe=self._observe,
            ears=self._listener,
            in_background=False,
            wall=WallWatch(lambda: WallTime(BEGAN_UTC_S + self.t, 0.0)),
            remember=self._keeper.remember,
        )
        self._phase, self._phase_since_s = Phase.IDLE, self.t
        self.runner.post(ListeningBegan(at=self.t))

    def restart(self) -> None:
        """End the program and start it again."""
        self.close()
        self._listener.reset()
        self._start()

    def close(self) -> None:
        """End the program: what is left is written."""
        self._keeper.close()

    def talk(self, speech: Float32) -> None:
        """Let others talk from now on: float32 at 16 000 Hz."""
        self._talk, self._talk_at = speech, 0

    def lose_microphone(self) -> None:
        """The microphone is pulled, as the service tells it."""
        self._hears = False
        self._listener.reset()
        self.runner.post(MicrophoneLost(at=self.t))

    def find_microphone(self) -> None:
        """The microphone is back."""
        self._hears = True
        self.runner.post(MicrophoneReturned(at=self.t))

    def lose_loudspeaker(self) -> None:
        """The loudspeaker is pulled."""
        self.runner.post(LoudspeakerLost(at=self.t))
        self._loudspeaker.lose()

    def find_loudspeaker(self) -> None:
        """The loudspeaker is back."""
        self._loudspeaker.find()
        self.runner.post(LoudspeakerReturned(at=self.t))

    def step(self) -> None:
        """Let one frame pass."""
        self.t = t = self._frames * FRAME_S
        runner = self.runner
        runner.drain()
        deadline = runner.coach.next_deadline
        if (deadline is not None and deadline <= t) or t >= self._next_tick_s:
            runner.handle(Tick(at=t))
            runner.drain()
            self._next_tick_s = t + CLOCK_CHECK_S
        self._speak(t)
        if self._hears:
            hearing = self._listener.hear(Frame(t, self._microphone(t)))
            self._take(hearing, t)
        self._render(t)
        self._frames += 1

    def _speak(self, t: float) -> None:
        if not self._hears:
            return  # a person waits who is told that nobody hears them
        is_timed = self.runner.coach.next_deadline is not None
        begun = self._person.due(t, self._phase, self._phase_since_s, is_timed=is_timed)
        if begun is not None:
            self._sounding = begun

    def _take(self, hearing: Hearing | None, t: float) -> None:
        event = None if hearing is None else hearing.event
        if event is not None:
            self.runner.post(event)
        self._person.hear_out(event if isinstance(event, Heard) else None, t)

    def _microphone(self, t: float) -> Int16:
        """What reaches the microphone in the frame from `t` on."""
        number = self._frames % len(self._bed)
        parts = [self._part_of_talk(), self._part_of_speech(t), self._echoing]
        self._echoing = None
        sounding = [part for part in parts if part is not None]
        if not sounding:
            return np.asarray(self._bed_int16[number], np.int16)
        return as_int16(np.sum([self._bed[number], *sounding], axis=0, dtype=np.float32))

    def _part_of_talk(self) -> Float32 | None:
        if self._talk_at >= len(self._talk):
            return None
        part = _padded(self._talk[self._talk_at : self._talk_at + FRAME_SAMPLES])
        self._talk_at += FRAME_SAMPLES
        return part

    def _part_of_speech(self, t: float) -> Float32 | None:
        said = self._sounding
        if said is None:
            return None
        first = round((t - said.starts_s) * SPEECH_RATE_HZ)
        part = said.samples[first : first + FRAME_SAMPLES]
        if not len(part):
            self._sounding = None
            return None
        return _padded(part)

    def _render(self, t: float) -> None:
        if self.runner.is_quiet and t >= self._loud_until_s:
            return
        played = self._loudspeaker.render(t)
        if played.any():
            self._loud_until_s = t + LINGERS_S
        if t < self._loud_until_s:
            self._echoing = self._echo.arriving(played)

    def _observe(self, happening: Happening) -> None:
        match happening:
            case PhaseEntered(phase=phase, at_s=at_s):
                self._phase, self._phase_since_s = phase, at_s
            case SessionBegan():
                self.begun += 1
            case SessionEnded():
                self.ended += 1

    def _lose_history(self, error: HistoryError) -> None:
        self.not_kept += 1
        self._warn(str(error))


def _padded(part: Float32) -> Float32:
    missing = FRAME_SAMPLES - len(part)
    return np.pad(part, (0, missing)) if missing else part
