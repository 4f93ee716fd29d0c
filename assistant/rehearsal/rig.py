"""A room in simulated time: a scripted person, the real recogniser, coach and voice.

Time moves in frames of 20 ms, as fast as the machine allows. Each frame the person's speech and
the room's noise go to the listener as a microphone would give them; what it understood goes to
the runner; the mixer renders what the loudspeaker would play. Nothing in between is replaced:
only the clock, the two devices and the person are simulated.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import soxr

from assistant.audio.mixer import Mixer, PlaybackEvent
from assistant.audio.reference import Played
from assistant.audio.wavfile import as_int16
from assistant.coach.actions import Fact, HoldEnded, PhaseEntered, SessionEnded, Tone
from assistant.coach.events import Heard, Tick
from assistant.coach.intents import Command
from assistant.coach.phases import INACTIVE, TIMED, Phase
from assistant.errors import ScriptError
from assistant.listener import Hearing, Listener
from assistant.nlu import Phrasebook
from assistant.rehearsal.acoustics import Echo
from assistant.rehearsal.script import ScriptLine
from assistant.rehearsal.speakers import SPEECH_DBFS, Speaker
from assistant.rehearsal.surroundings import Surroundings
from assistant.runner import Happening, Runner, Sounded
from assistant.sound import FRAME_S, FRAME_SAMPLES, SPEECH_RATE_HZ, Clip, Float32, Frame
from assistant.tts import loudness

OUT_RATE_HZ = 24_000
"""Rate of the written recording; espeak-ng speaks at 22 050 Hz."""
OUT_FRAME_SAMPLES = round(OUT_RATE_HZ * FRAME_S)
PATIENCE_S = 2.5
"""How long after an utterance its understanding is waited for: the longest end-of-utterance
pause of the engines is 1 s, and one and a half more for a busy decoder."""
TRIES = 3
"""How often a person says something that is not understood; only the first try counts."""
STUCK_S = 180.0
"""A script whose next line is not due for so long, with nothing happening, is stuck."""
SKIP_S = 20.0
"""The same where a command was missed before: what follows from it will not come, so the person
leaves the line out. It counts as not understood."""
LINGER_S = 20.0
"""How long a session that waits for a person is watched after the script has ended."""
TAIL_S = 1.0


@dataclass(frozen=True, slots=True)
class Said:
    """The scripted person began to speak."""

    at_s: float
    text: str
    voice: str
    duration_s: float
    is_chatter: bool
    attempt: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of something that was said."""

    at_s: float
    text: str
    understood: bool
    is_left_out: bool = False
    """It was never said: what it waited for did not come."""


RoomEvent = Happening | Said | Judged | Hearing
"""Everything that can be watched in a rehearsal."""


class SimulatedLoudspeaker:
    """An AudioSink whose blocks are rendered by whoever owns simulated time."""

    def __init__(
        self,
        post: Callable[[PlaybackEvent], None],
        tap: Callable[[Played], None] | None = None,
    ) -> None:
        """`post` is told of starts and ends; `tap` is given each block, as in `Mixer`."""
        self._mixer = Mixer(OUT_RATE_HZ, tap)
        self._post = post

    def play(
        self, playback_id: str, clip: Clip, at_s: float | None = None, gain_db: float = 0.0
    ) -> None:
        """Let a clip be heard from a simulated time on."""
        self._mixer.schedule(playback_id, clip, at_s, gain_db=gain_db)

    def cancel(self, ids: Collection[str] | None) -> None:
        """Silence these playbacks, or all for None."""
        self._mixer.cancel(ids)

    def set_gain(self, gain_db: float) -> None:
        """Set the gain of everything."""
        self._mixer.set_gain(gain_db)

    def duck(self, is_ducked: bool) -> None:
        """Lower everything by 20 dB, or no longer."""
        self._mixer.duck(is_ducked)

    def close(self) -> None:
        """Nothing to free."""

    def render(self, at_s: float) -> Float32:
        """The next frame, heard from `at_s` on: float32 mono, shape (480,), 24 000 Hz."""
        block = self._mixer.render(OUT_FRAME_SAMPLES, at_s)
        for event in self._mixer.events():
            self._post(event)
        return block


@dataclass
class Utterance:
    """Something that is being said, or was said and waits to be understood."""

    line: ScriptLine
    command: Command | None
    voice: str
    samples: Float32
    """What reaches the microphone: with the room's echoes, which outlast `ends_s`."""
    starts_s: float
    ends_s: float
    attempt: int


@dataclass
class Person:
    """The scripted person: decides when to say what, and keeps the score."""

    script: Sequence[ScriptLine]
    phrasebook: Phrasebook
    speaker: Speaker
    voices: Sequence[str]
    surroundings: Surroundings
    snr_db: float
    """Level of speech over the noise, which never changes; a line with a level of its own is
    spoken louder or quieter."""
    commands: int = 0
    understood: int = 0
    wrong: int = 0
    """How often something said, or a piece of it, was taken for another command."""
    false_accepts: int = 0
    """How often a command was heard where none was given."""
    _next: int = 0
    _free_since_s: float = 0.0
    _attempt: int = 0
    _is_misheard: bool = False
    """Whether the last try was taken for something else, and answered."""
    now: Utterance | None = None
    """What is being said, or waits to be understood."""
    _last: Utterance | None = None

    @property
    def is_finished(self) -> bool:
        """Whether everything has been said and heard out."""
        return self._next >= len(self.script) and self.now is None

    def due(self, t: float, phase: Phase, phase_since: float) -> Utterance | None:
        """What the person begins to say at `t`, if anything."""
        if self.now is not None or self._next >= len(self.script):
            return None
        line = self.script[self._next]
        if not self._is_due(line, t, phase, phase_since):
            return None
        if self._is_misheard:
            self._is_misheard = False
            if line.phase not in (None, phase):  # too late to say it
                self._go_on()
                return None
        self._attempt += 1
        voice = line.voice or self.voices[self._next % len(self.voices)]
        clip = self.speaker.speak(line.say, voice)
        gain_db = 0.0 if line.snr_db is None else line.snr_db - self.snr_db
        if self._attempt == 1 and not line.chatter:
            self.commands += 1
        self.now = Utterance(
            line=line,
            command=self.phrasebook.parse(line.say),
            voice=voice,
            samples=self.surroundings.speech(clip, self._next, gain_db),
            starts_s=t,
            ends_s=t + clip.duration_s,
            attempt=self._attempt,
        )
        self._last = self.now
        return self.now

    def _is_due(self, line: ScriptLine, t: float, phase: Phase, phase_since: float) -> bool:
        if self._attempt:  # said before and not understood
            return t >= self._free_since_s + 1.0
        if line.at is not None:
            return t >= line.at
        after = line.after if line.after is not None else 0.5
        if line.phase is None:
            return t >= self._free_since_s + after
        since = max(phase_since + after, self._free_since_s + 0.3)
        return phase is line.phase and t >= since

    @property
    def has_missed(self) -> bool:
        """Whether something was not understood at the first try: the session may go another way."""
        return self.understood < self.commands

    def skip(self, t: float) -> Judged:
        """Leave out the next line, whose phase does not come."""
        line = self.script[self._next]
        self.commands += not line.chatter
        self._next += 1
        self._free_since_s = t
        return Judged(t, line.say, understood=False, is_left_out=True)

    def hear_out(self, heard: Heard | None, t: float) -> Judged | None:
        """Compare what was understood at `t`, if anything, with what was said."""
        said = self.now
        if heard is None:
            if said is None or t < said.ends_s + PATIENCE_S:
                return None
            return self._over(said, t, understood=said.line.chatter)
        command = Command(heard.intent, heard.slots)
        if said is not None and command == said.command:
            return self._over(said, t, understood=True)
        last = self._last  # what is heard now may be the rest of what was judged already
        if last is None or last.line.chatter or t >= last.ends_s + PATIENCE_S:
            self.false_accepts += 1
        else:
            self.wrong += 1
        if said is not None:
            if said.line.chatter:
                self._attempt = TRIES  # was meant for somebody else
            else:
                self._is_misheard = True
            return self._over(said, t, understood=False)
        return None

    def _over(self, said: Utterance, t: float, *, understood: bool) -> Judged:
        self.now = None
        self._free_since_s = t
        if understood and said.attempt == 1 and not said.line.chatter:
            self.understood += 1
        if understood or self._attempt >= TRIES:
            self._go_on()
        return Judged(t, said.line.say, understood)

    def _go_on(self) -> None:
        self._next += 1
        self._attempt = 0
        self._is_misheard = False


@dataclass
class Score:
    """How a rehearsal went."""

    commands: int = 0
    understood: int = 0
    wrong: int = 0
    """How often something said, or a piece of it, was taken for another command."""
    false_accepts: int = 0
    """How often a command was heard where none was given."""
    completed: bool = False
    audio_s: float = 0.0
    holds: list["MeasuredHold"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MeasuredHold:
    """A hold, planned and as it was heard: from start tone to end tone, pauses left out."""

    exercise: str
    side: str | None
    planned_s: float
    actual_s: float
    completed: bool


class Room:
    """Runs a rehearsal to its end."""

    def __init__(
        self,
        person: Person,
        listener: Listener,
        emit: Callable[[RoomEvent], None],
        *,
        echo: Echo | None = None,
    ) -> None:
        """`echo` is how the microphone hears the coach; None: not at all,
        as with headphones."""
        self._person = person
        self._listener = listener
        self._emit = emit
        self._t = 0.0
        self._phase_since = 0.0
        self._phase = Phase.IDLE
        self._log: list[Fact | Sounded] = []
        self._completed = False
        self._runner: Runner | None = None
        level = np.float32(loudness.amplitude(SPEECH_DBFS - person.snr_db))
        bed = person.surroundings.bed * level
        self._bed = np.concatenate([bed, bed[:FRAME_SAMPLES]])
        self._sounding: Utterance | None = None
        self._echo = echo
        self._echoing: Float32 = np.zeros(FRAME_SAMPLES, np.float32)
        self._mic: list[Float32] = []
        self._out: list[Float32] = []

    def now(self) -> float:
        """Simulated time, seconds."""
        return self._t

    def observe(self, happening: Happening) -> None:
        """Take note of what the runner tells."""
        if isinstance(happening, Fact | Sounded):
            self._log.append(happening)
        if isinstance(happening, PhaseEntered):
            self._phase, self._phase_since = happening.phase, happening.at_s
        if isinstance(happening, SessionEnded):
            self._completed = happening.completed
        self._emit(happening)

    def run(self, runner: Runner, sink: SimulatedLoudspeaker) -> Score:
        """Let the script be played out. Raises ScriptError where it cannot go on."""
        self._runner = runner
        runner.handle(Tick(at=0.0))  # the program has started: the floor is open for a while
        last_change = 0.0
        quiet_since: float | None = None
        frame = 0
        while True:
            self._t = frame * FRAME_S
            self._step(runner, sink)
            frame += 1
            person = self._person
            if person.now is not None or self._phase in TIMED or not runner.is_quiet:
                last_change = self._t
                quiet_since = None
                continue
            quiet_since = self._t if quiet_since is None else quiet_since
            if person.is_finished:
                linger = TAIL_S if self._phase in INACTIVE else LINGER_S
                if self._t - quiet_since >= linger:
                    return self._score()
            elif person.has_missed and self._t - last_change >= SKIP_S:
                self._emit(person.skip(self._t))
                last_change = self._t
            elif self._t - last_change >= STUCK_S:
                raise self._stuck()

    def _step(self, runner: Runner, sink: SimulatedLoudspeaker) -> None:
        t = self._t
        runner.drain()
        deadline = runner.coach.next_deadline
        if deadline is not None and deadline <= t:
            runner.handle(Tick(at=t))
            runner.drain()
        begun = self._person.due(t, self._phase, self._phase_since)
        if begun is not None:
            self._sounding = begun
            length = begun.ends_s - begun.starts_s
            chatter = begun.line.chatter
            self._emit(Said(t, begun.line.say, begun.voice, length, chatter, begun.attempt))
        hearing = self._listen(t)
        if hearing is not None and hearing.event is not None:
            runner.post(hearing.event)
        played = sink.render(t)
        self._out.append(played)
        if self._echo is not None:
            self._echoing = self._echo.arriving(played)

    def _listen(self, t: float) -> Hearing | None:
        samples = self._microphone(t)
        self._mic.append(samples)
        hearing = self._listener.hear(Frame(t, as_int16(samples + self._echoing)))
        heard = hearing.event if hearing is not None else None
        if hearing is not None:
            self._emit(hearing)
        judged = self._person.hear_out(heard if isinstance(heard, Heard) else None, t)
        if judged is not None:
            self._emit(judged)
        return hearing

    def _microphone(self, t: float) -> Float32:
        """What reaches the microphone in the frame from `t` on."""
        start = len(self._mic) * FRAME_SAMPLES % (len(self._bed) - FRAME_SAMPLES)
        frame: Float32 = self._bed[start : start + FRAME_SAMPLES].copy()
        said = self._sounding
        if said is not None:
            first = round((t - said.starts_s) * SPEECH_RATE_HZ)
            spoken = said.samples[first : first + FRAME_SAMPLES]
            frame[: len(spoken)] += spoken
        return frame

    def recording(self) -> Clip:
        """The whole session, the person and the coach: float32 mono, 24 000 Hz."""
        coach = np.concatenate(self._out)
        room = soxr.resample(np.concatenate(self._mic), SPEECH_RATE_HZ, OUT_RATE_HZ)
        room = room[: len(coach)]
        mixed = coach.copy()
        mixed[: len(room)] += room
        return Clip(np.clip(mixed, -1.0, 1.0).astype(np.float32), OUT_RATE_HZ)

    def _score(self) -> Score:
        person = self._person
        return Score(
            commands=person.commands,
            understood=person.understood,
            wrong=person.wrong,
            false_accepts=person.false_accepts,
            completed=self._completed,
            audio_s=self._t + FRAME_S,
            holds=measured_holds(self._log),
        )

    def _stuck(self) -> ScriptError:
        line = self._person.script[self._person._next]
        problem = (
            f"{line.say!r} waits for phase {line.phase}, but the coach has been "
            f"{self._phase} for {STUCK_S:.0f} s"
        )
        return ScriptError(problem, place="the script", mend="Let the person say what it needs.")


def measured_holds(log: Sequence[Fact | Sounded]) -> list[MeasuredHold]:
    """Measure every hold by its tones: start tone to end tone, pauses left out."""
    starts = [x.at_s for x in log if isinstance(x, Sounded) and x.tone is Tone.START]
    ends = [x.at_s for x in log if isinstance(x, Sounded) and x.tone is Tone.END]
    holds: list[MeasuredHold] = []
    total = 0.0
    since: float | None = None
    for entry in log:
        match entry:
            case PhaseEntered(phase=Phase.HOLD):
                since = _nearest(starts, entry.at_s)
            case HoldEnded():
                if since is not None:
                    total += _nearest(ends, entry.at_s) - since
                side = entry.side.value if entry.side else None
                planned, done = entry.planned_s, entry.completed
                holds.append(MeasuredHold(entry.exercise, side, planned, round(total, 4), done))
                total, since = 0.0, None
            case PhaseEntered() if since is not None:  # paused, or asked
                total += entry.at_s - since
                since = None
            case _:
                pass
    return holds


def _nearest(times: Sequence[float], at_s: float) -> float:
    """The tone that marks a moment: the nearest one within 50 ms, else the moment itself."""
    nearest = min(times, key=lambda t: abs(t - at_s), default=at_s)
    return nearest if abs(nearest - at_s) <= 0.05 else at_s
