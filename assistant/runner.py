"""The runner: events to the coach, the coach's orders to the world.

`Runner.handle` is all there is to it, live and rehearsed; `run` adds the queue, the clock and the
wait for the coach's next deadline. The coach belongs to whichever one thread calls them.
"""

import logging
import queue
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

import numpy as np

from assistant.audio.mixer import Finished, PlaybackEvent, Started
from assistant.audio.playback import AudioSink
from assistant.coach import Coach
from assistant.coach.actions import (
    PART_GAP_S,
    Action,
    Air,
    Breathe,
    Cancel,
    DeleteRoutine,
    Fact,
    KeepRoutine,
    Play,
    Prepare,
    Record,
    RunEmergencyCommand,
    Say,
    SetRate,
    SetVoice,
    SetVolume,
    Tone,
)
from assistant.coach.coach import View
from assistant.coach.events import (
    EmergencyCommandEnded,
    Event,
    LinesReady,
    PlaybackFinished,
    RoutineNotStored,
    Tick,
)
from assistant.coach.floor import Floor
from assistant.coach.marks import PlaceReached
from assistant.coach.phases import TIMED
from assistant.errors import DeviceError, EmergencyError, LibraryError, VoiceError
from assistant.history.records import Remembered
from assistant.history.wall import WallWatch
from assistant.library import Routine
from assistant.sound import Clip
from assistant.stt.judge import SpokenLine
from assistant.tts.breath import breath_sound

log = logging.getLogger(__name__)

INBOX_SIZE = 512
"""Most events that may wait. "Stop" ends every sound that was ordered ahead at once: of
twenty minutes of quick breaths, 480."""

CLOCK_CHECK_S = 10.0
"""How long nothing may happen before the wall clock is looked at again, seconds."""

REPORTED_LINES = 8
"""After how many lines rendered ahead their lengths are told."""


@dataclass(frozen=True, slots=True)
class Spoke:
    """The coach's voice was heard from `at_s` on, saying `text`."""

    at_s: float
    text: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class Sounded:
    """A tone was heard from `at_s` on."""

    at_s: float
    tone: Tone


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something did not work; the session goes on."""

    at_s: float
    message: str


@dataclass(frozen=True, slots=True)
class Breathed:
    """The sound of a breath's phase was heard from `at_s` on, `length_s` seconds long."""

    at_s: float
    air: Air
    length_s: float


Happening = Fact | Spoke | Sounded | Breathed | Trouble


@dataclass(frozen=True, slots=True)
class Beat:
    """Sent by the listener about once a second, through the inbox: who gets it knows that the
    microphone's thread and the runner's loop both turn. Counts are of the whole run."""

    at_s: float
    last_frame_s: float | None
    """When the newest frame from the microphone was understood; None: none has come yet."""
    dropped_frames: int
    """Frames lost because the listener was behind."""
    overflows: int
    """Times that the sound card lost samples before they reached us."""
    dropped_events: int
    """Events lost because the runner was behind."""


class Voice(Protocol):
    """What the runner needs of a voice: lines as sound. Safe from several threads."""

    def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
        """Return the spoken line; `voice` "" is the one of the settings. Raises VoiceError."""


class Ears(Protocol):
    """Who has to know what the coach says, so as not to obey it, and who may speak to it. Times
    are monotonic seconds."""

    def speaking(self, lines: Iterable[SpokenLine]) -> None:
        """These lines are heard at these times."""

    def cut_short(self, lines: Collection[SpokenLine], at_s: float) -> None:
        """These lines were cut short at a time."""

    def attend(self, floor: Floor) -> None:
        """From now on this is who may speak."""


class Shelf(Protocol):
    """Where routines that were told are kept. Raises LibraryError where it cannot be written."""

    def keep(self, routine: Routine) -> None:
        """Keep a routine, in place of one with the same id."""

    def delete(self, routine_id: str) -> None:
        """Delete a routine."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where the coach was at a moment, for other threads to read."""

    at_s: float
    view: View
    due_s: float | None = None
    """When the coach does something by itself, nothing having happened before; None: never."""

    def left_s(self, now: float) -> float | None:
        """How much is left at a later time, nothing having happened since; None: not timed."""
        left = self.view.left_s
        if left is None or self.view.phase not in TIMED:
            return left
        return max(0.0, left - max(0.0, now - self.at_s))


@dataclass(frozen=True, slots=True)
class _Ordered:
    """A sound that was given to the sink."""

    tone: Tone | None = None
    breath: Breathe | None = None
    lines: tuple[SpokenLine, ...] = ()
    """The prompt's lines; times from its start, and monotonic once it has begun."""


class Runner:
    """Carries the coach's orders out and brings back what came of them."""

    def __init__(
        self,
        coach: Coach,
        voice: Voice,
        sink: AudioSink,
        tones: Mapping[Tone, Clip],
        *,
        clock: Callable[[], float],
        rate_wpm: int,
        observe: Callable[[Happening], None],
        ears: Ears,
        in_background: bool,
        wall: WallWatch | None = None,
        remember: Callable[[Sequence[Remembered]], None] = lambda _facts: None,
        journal: Callable[[Event], None] = lambda _event: None,
        shelf: Shelf | None = None,
        emergency_command: Callable[[], None] | None = None,
        on_beat: Callable[[Beat], None] = lambda _beat: None,
    ) -> None:
        """`wall` tells the coach the time of day, None: nobody does. `remember` is given the facts
        that came of an event, together, each with its time by the wall clock; `journal` every
        event before the coach is, ticks of which nothing came left out. Neither may block."""
        """`emergency_command` runs the user's command and raises EmergencyError; None: there is
        none, or it must not be run, as in a rehearsal. `on_beat` is called with each beat, on the
        runner's thread."""
        self.coach = coach
        # SimpleQueue: its put takes no lock that the interrupted main thread may hold, so that
        # a signal handler may post too.
        self.inbox: queue.SimpleQueue[Event | PlaybackEvent | Beat] = queue.SimpleQueue()
        self.dropped_events = 0
        self.snapshot = Snapshot(clock(), coach.view(clock()))
        """Replaced, never changed: what other threads may look at instead of the coach."""
        self._voice = voice
        self._sink = sink
        self._tones = tones
        self._clock = clock
        self._rate_wpm = rate_wpm
        self._voice_name = ""
        self._observe = observe
        self._ears = ears
        self._wall = wall
        self._remember = remember
        self._journal = journal
        self._in_background = in_background
        """Whether lines are rendered ahead by a thread: live, yes; in simulated time, no."""
        self._shelf = shelf
        """None: what is told lasts until the program ends, as in a rehearsal."""
        self._emergency_command = emergency_command
        self._on_beat = on_beat
        self._emergency_thread: threading.Thread | None = None
        self._speech_muted = False
        self._ordered: dict[str, _Ordered] = {}
        self._stopped = False

    @property
    def is_quiet(self) -> bool:
        """Whether nothing sounds, and nothing is ordered to sound or waiting to be handled."""
        return not self._ordered and self.inbox.empty()

    def post(self, event: Event | PlaybackEvent | Beat) -> None:
        """Hand an event over, from any thread. A full inbox drops it and counts."""
        if self.inbox.qsize() >= INBOX_SIZE:
            self.dropped_events += 1
        else:
            self.inbox.put(event)

    def stop(self) -> None:
        """Let `run` return. From any thread, or a signal handler."""
        self._stopped = True
        self.post(Tick(at=self._clock()))

    def run(self) -> None:
        """Handle events as they come and deadlines as they fall due, until `stop`."""
        while not self._stopped:
            due_s = self._due_s()
            wait = None if due_s is None else max(0.0, due_s - self._clock())
            try:
                self.take(self.inbox.get(timeout=wait))
            except queue.Empty:
                self.handle(Tick(at=self._clock()))

    def _due_s(self) -> float | None:
        """When a tick is due at the latest: at the coach's deadline, or when the wall clock was not
        looked at for CLOCK_CHECK_S; beats alone do not put that off. None: at no time."""
        deadline = self.coach.next_deadline
        if self._wall is None:
            return deadline
        check_s = self.snapshot.at_s + CLOCK_CHECK_S
        return check_s if deadline is None else min(deadline, check_s)

    def drain(self) -> None:
        """Handle what is in the inbox now."""
        while not self.inbox.empty():
            self.take(self.inbox.get_nowait())

    def take(self, event: Event | PlaybackEvent | Beat) -> None:
        """Handle one entry of the inbox."""
        match event:
            case Started():
                self._started(event)
            case Finished():
                ordered = self._ordered.pop(event.playback_id, None)
                if event.cancelled and ordered is not None and ordered.lines:
                    self._ears.cut_short(ordered.lines, event.at_s)
                self.handle(PlaybackFinished(at=event.at_s, playback_id=event.playback_id))
            case Beat():
                self._on_beat(event)
            case _:
                self.handle(event)

    def handle(self, event: Event) -> None:
        """Tell the coach and carry out what it orders; before it, the time of day where it was
        set."""
        clock_set = None if self._wall is None else self._wall.check(self._clock())
        for told in (event,) if clock_set is None else (clock_set, event):
            self._tell(told)
        self.snapshot = Snapshot(
            event.at, self.coach.view(event.at), due_s=self.coach.next_deadline
        )
        self._ears.attend(self.snapshot.view.floor)

    def _tell(self, event: Event) -> None:
        if not isinstance(event, Tick):
            self._journal(event)
        actions = self.coach.handle(event)
        if isinstance(event, Tick) and actions:
            self._journal(event)
        facts = [action.fact for action in actions if isinstance(action, Record)]
        if self._wall is not None and facts:
            utc_s = self._wall.utc_s
            self._remember([Remembered(utc_s(fact.at_s), fact) for fact in facts])
        for action in actions:
            self._dispatch(action, event.at)

    def _dispatch(self, action: Action, now: float) -> None:  # noqa: PLR0912 - a branch an action
        match action:
            case Say():
                self._say(action, now)
            case Play():
                clip = self._tones[action.tone]
                self._ordered[action.playback_id] = _Ordered(action.tone)
                self._play(action.playback_id, clip, action.at_s, now)
            case Breathe():
                self._ordered[action.playback_id] = _Ordered(breath=action)
                clip = breath_sound(action.air, action.length_s)
                self._play(action.playback_id, clip, action.at_s, now)
            case Cancel():
                self._sink.cancel(action.playback_ids)
            case Prepare():
                self._prepare(action)
            case SetVolume():
                self._speech_muted = action.speech_muted
                self._sink.set_gain(action.gain_db)
            case SetRate():
                self._rate_wpm = action.rate_wpm
            case SetVoice():
                self._voice_name = action.voice
            case Record():
                if not isinstance(action.fact, PlaceReached):
                    self._observe(action.fact)
            case KeepRoutine() | DeleteRoutine():
                self._store(action, now)
            case RunEmergencyCommand():
                self._call_for_help()
            case _:
                assert_never(action)

    def _store(self, order: KeepRoutine | DeleteRoutine, now: float) -> None:
        if self._shelf is None:
            return
        try:
            if isinstance(order, KeepRoutine):
                self._shelf.keep(order.routine)
            else:
                self._shelf.delete(order.routine_id)
        except LibraryError as error:
            self._trouble(now, error)
            self.post(RoutineNotStored(at=now))

    def _call_for_help(self) -> None:
        """Run the user's command beside everything else; not twice at a time."""
        command, under_way = self._emergency_command, self._emergency_thread
        if command is None or (under_way is not None and under_way.is_alive()):
            return

        def run() -> None:
            try:
                command()
            except EmergencyError as error:
                self._trouble(self._clock(), error)
                self.post(EmergencyCommandEnded(at=self._clock(), is_done=False))
            else:
                self.post(EmergencyCommandEnded(at=self._clock(), is_done=True))

        # No daemon: where the program ends meanwhile, it waits for the call to be made.
        self._emergency_thread = threading.Thread(target=run, name="emergency-command")
        self._emergency_thread.start()

    def _say(self, say: Say, now: float) -> None:
        try:
            clips = [
                self._voice.render(part, rate_wpm=self._rate_wpm, voice=self._voice_name)
                for part in say.parts
            ]
        except VoiceError as error:
            self._trouble(now, error)
            clips = []
        lengths = {p: c.duration_s for p, c in zip(say.parts, clips, strict=False)}
        if lengths:
            told = LinesReady(
                at=now, lengths_s=lengths, rate_wpm=self._rate_wpm, voice=self._voice_name
            )
            self.post(told)
        if not clips or self._speech_muted:
            self.post(PlaybackFinished(at=now, playback_id=say.playback_id))
            return
        self._ordered[say.playback_id] = _Ordered(lines=_spoken(say.parts, clips))
        self._play(say.playback_id, joined(clips), say.at_s, now)

    def _play(self, playback_id: str, clip: Clip, at_s: float | None, now: float) -> None:
        try:
            self._sink.play(playback_id, clip, at_s)
        except DeviceError as error:
            self._trouble(now, error)
            self._ordered.pop(playback_id, None)
            self.post(PlaybackFinished(at=now, playback_id=playback_id))

    def _trouble(self, now: float, error: Exception) -> None:
        log.error("%s", error)
        self._observe(Trouble(now, str(error)))

    def _started(self, event: Started) -> None:
        ordered = self._ordered.get(event.playback_id)
        if ordered is None:
            return
        if ordered.tone is not None:
            self._observe(Sounded(event.at_s, ordered.tone))
            return
        if ordered.breath is not None:
            breath = ordered.breath
            self._observe(Breathed(event.at_s, breath.air, breath.length_s))
            return
        at = event.at_s
        lines = tuple(SpokenLine(x.text, at + x.start_s, at + x.end_s) for x in ordered.lines)
        self._ordered[event.playback_id] = _Ordered(lines=lines)
        self._ears.speaking(lines)
        self._observe(Spoke(at, " ".join(x.text for x in lines), lines[-1].end_s - at))

    def _prepare(self, prepare: Prepare) -> None:
        if self._in_background:
            name = "prepare-lines"
            threading.Thread(target=self._render, args=[prepare], name=name, daemon=True).start()
        else:
            self._render(prepare)

    def _render(self, prepare: Prepare) -> None:
        """Render lines in the order of need; report each few, so that the first serve at once."""
        texts = list(prepare.texts)
        while texts:
            few, texts = texts[:REPORTED_LINES], texts[REPORTED_LINES:]
            lengths: dict[str, float] = {}
            for text in few:
                if self._stopped or prepare.voice != self._voice_name:
                    return  # or the voice would be started again, after its end or for nothing
                try:
                    clip = self._voice.render(text, rate_wpm=prepare.rate_wpm, voice=prepare.voice)
                except VoiceError as error:
                    self._trouble(self._clock(), error)
                    return
                lengths[text] = clip.duration_s
            told = LinesReady(
                at=self._clock(),
                lengths_s=lengths,
                rate_wpm=prepare.rate_wpm,
                voice=prepare.voice,
            )
            self.post(told)


def joined(clips: list[Clip]) -> Clip:
    """Clips of one rate, one after the other, PART_GAP_S apart."""
    rate_hz = clips[0].rate_hz
    gap = np.zeros(round(PART_GAP_S * rate_hz), dtype=np.float32)
    pieces = [piece for clip in clips for piece in (gap, clip.samples)][1:]
    return Clip(np.concatenate(pieces), rate_hz)


def _spoken(parts: tuple[str, ...], clips: list[Clip]) -> tuple[SpokenLine, ...]:
    """When each line of a prompt is heard, seconds from the prompt's start."""
    lines: list[SpokenLine] = []
    start = 0.0
    for part, clip in zip(parts, clips, strict=True):
        lines.append(SpokenLine(part, start, start + clip.duration_s))
        start += clip.duration_s + PART_GAP_S
    return tuple(lines)
