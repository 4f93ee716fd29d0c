"""A simulated room for the coach: a virtual clock, sounds with lengths, a record of what was heard.

Nothing of the coach is replaced. The rig does what the runner and the mixer do around it, in
simulated time: it ticks at deadlines, turns what was ordered into sounds that end, and reports
their ends and the lengths of lines.
"""

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from typing import Any, TypeVar

from assistant.coach import Coach
from assistant.coach.actions import (
    PART_GAP_S,
    Action,
    Breathe,
    Cancel,
    DoseAgreed,
    Fact,
    HoldEnded,
    LevelSet,
    PaceAgreed,
    PainReported,
    PhaseEntered,
    Play,
    Prepare,
    Record,
    Say,
    SessionBegan,
    SessionEnded,
    SetRate,
    SetVoice,
    SetVolume,
    StepDeclined,
    Tone,
)
from assistant.coach.events import Event, Heard, LinesReady, ListeningBegan, PlaybackFinished, Tick
from assistant.coach.intents import NO_SLOTS, Intent, Slots
from assistant.coach.phases import Phase
from assistant.coach.plan import PlannedMovement
from assistant.coach.profile import NOBODY, Profile
from assistant.library import (
    Cue,
    CueTime,
    Dose,
    Exercise,
    Group,
    Level,
    Library,
    Lines,
    Routine,
    Step,
    load_library,
)
from assistant.library import load_lines as load

LINES = load().plain()
"""One wording of each line, so that tests can name it; tests of variants give a rig `load()`."""
BREATHING = load_library().exercises["breathing"]
TONE_S = 0.2
NEVER_S = float("inf")
FactT = TypeVar(
    "FactT",
    HoldEnded,
    LevelSet,
    PhaseEntered,
    PainReported,
    SessionBegan,
    SessionEnded,
    StepDeclined,
    DoseAgreed,
    PaceAgreed,
)
ORDINALS = ("first", "second", "third", "fourth", "fifth")

CUES = (
    Cue(when=CueTime.SETUP, text="Lie down on your back, knees bent."),
    Cue(when=CueTime.START, text="Lift slowly.", short="Lift."),
    Cue(when=CueTime.DURING, text="Heels heavy on the floor.", short="Heels heavy."),
    Cue(when=CueTime.HALFWAY, text="Halfway there, breathing easily.", short="Halfway."),
    Cue(when=CueTime.SWITCH, text="Down softly."),
    Cue(when=CueTime.EXIT, text="Roll down slowly."),
)


def exercise(number: int, dose: Dose, cues: Sequence[Cue] = CUES) -> Exercise:
    """A movement named by its place: "first movement", "second movement"."""
    return Exercise(
        id=f"{ORDINALS[number]}_movement",
        name=f"{ORDINALS[number]} movement",
        group=Group.STRETCH if dose.hold_breaths else Group.STRENGTH,
        position="supine",
        muscles=("back",),
        why="To be tested.",
        self_checks=("Is it so?", "Is it really?"),
        sources=("none",),
        cues=tuple(cues),
        levels=(Level(dose=dose, source="none"),),
    )


def library_of(*doses: Dose, cues: Sequence[Cue] = CUES) -> Library:
    """A library with a movement for each dose, and a routine "test" of them all."""
    exercises = [exercise(i, dose, cues) for i, dose in enumerate(doses)]
    routine = Routine(
        id="test",
        name="test routine",
        summary="Made for a test.",
        steps=tuple(Step(exercise=e.id) for e in exercises),
    )
    known = [*exercises, BREATHING]
    return Library({e.id: e for e in known}, {"test": routine})


def levelled(*doses: Dose) -> Library:
    """A library of one movement with a level for each dose, and the routine "test" of it."""
    library = library_of(doses[0])
    levels = tuple(Level(dose=dose, source="none") for dose in doses)
    first = next(iter(library.exercises.values()))
    return Library({first.id: first.model_copy(update={"levels": levels})}, library.routines)


def practised(
    sessions: int,
    *,
    until_utc_s: float,
    every_s: float = 86_400.0,
    exercise: str = "first_movement",
    routine: str = "test",
    level: int = 1,
    pain: int | None = None,
) -> Profile:
    """A person who did sessions of one hold as planned, the last of them one `every_s` before a
    time; with this much pain in each."""
    profile = NOBODY
    for ago in range(sessions, 0, -1):
        at_utc_s = until_utc_s - ago * every_s
        planned = PlannedMovement(exercise, level, works=1, work_s=8.0)
        facts = [
            SessionBegan(0.0, routine, (planned,)),
            HoldEnded(0.0, exercise, None, 8.0, 8.0, completed=True),
            *([] if pain is None else [PainReported(0.0, exercise, pain)]),
            SessionEnded(0.0, routine, completed=True),
        ]
        for fact in facts:
            profile = profile.after(fact, at_utc_s)
    return profile


def with_forms(library: Library, *doses: Dose, knees: int = 0) -> Library:
    """A library whose first movement has levels with these doses, each with a way into it of its
    own, the lowest `knees` of them on the knees; and another movement, linked both ways."""
    first, *others = library.exercises.values()
    setups = [
        Cue(when=CueTime.SETUP, text=f"Way into form {n}.", levels=(n,))
        for n in range(1, len(doses) + 1)
    ]
    levels = [
        Level(dose=dose, source="none", on_knees=n <= knees) for n, dose in enumerate(doses, 1)
    ]
    update = {
        "cues": (*setups, *(cue for cue in first.cues if cue.when is not CueTime.SETUP)),
        "levels": tuple(levels),
        "easier": "fifth_movement",
        "harder": "fifth_movement",
    }
    spare = exercise(4, doses[0])
    all_of_them = [first.model_copy(update=update), *others, spare]
    return Library({e.id: e for e in all_of_them}, library.routines)


def at_level(library: Library, level: int) -> Library:
    """The library whose routine has its first movement at a level."""
    routine = library.routines["test"]
    first, *others = routine.steps
    steps = (first.model_copy(update={"level": level}), *others)
    return Library(library.exercises, {"test": routine.model_copy(update={"steps": steps})})


OTHER_VOICE_SHARE = 1.15


def spoken_s(text: str, rate_wpm: int) -> float:
    """A made-up voice: a little quicker than what is assumed of lines not yet rendered."""
    return (0.3 + len(text.split()) / 2.5) * 155 / rate_wpm


def even_spoken_s(text: str, _rate_wpm: int) -> float:
    """The same voice, deaf to the rate that was asked of it."""
    return spoken_s(text, 155)


@dataclass
class Sound:
    """A sound that was ordered; heard from `start_s` to `end_s` unless it was taken back."""

    playback_id: str
    what: Tone | Breathe | tuple[str, ...]
    start_s: float
    end_s: float
    is_cut: bool = False

    @property
    def text(self) -> str:
        """The spoken words; "" for a tone or a breath."""
        return " ".join(self.what) if isinstance(self.what, tuple) else ""


@dataclass
class Rig:
    """A coach in its simulated room."""

    library: Library
    voice: Callable[[str, int], float] = spoken_s
    tick_lag_s: float = 0.0
    finish_lag_s: float = 0.0
    now: float = 100.0
    sounds: list[Sound] = field(default_factory=list)
    orders: list[tuple[float, Action]] = field(default_factory=list)
    rate_wpm: int = 155
    voices: Sequence[str] = ("en-us", "en-gb", "en-us+f3")
    voice_name: str = ""
    speech_muted: bool = False
    gain_db: float = 0.0
    wake_phrase: str | None = None
    profile: Profile = NOBODY
    welcomes: bool = False
    has_emergency_command: bool = False
    lines: Lines = LINES

    def __post_init__(self) -> None:
        self.coach = Coach(
            self.library,
            self.lines,
            rate_wpm=self.rate_wpm,
            voices=self.voices,
            wake_phrase=self.wake_phrase,
            profile=self.profile,
            welcomes=self.welcomes,
            has_emergency_command=self.has_emergency_command,
        )
        self._due: list[tuple[float, int, Event]] = []
        self._at_once: deque[Event] = deque()
        self._order = count()

    # Driving ---------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        return self.coach.phase

    @property
    def left_s(self) -> float | None:
        return self.coach.view(self.now).left_s

    def send(self, event: Event) -> list[Action]:
        """Give the coach an event, carry out its orders, give it what comes of them at once."""
        actions = self.coach.handle(event)
        self.carry_out(actions)
        return actions

    def carry_out(self, actions: list[Action]) -> None:
        """Do what was ordered; give the coach what comes of it at once."""
        for action in actions:
            self.orders.append((self.now, action))
            self._carry_out(action)
        while self._at_once:
            self.send(self._at_once.popleft())

    def listen(self) -> list[Action]:
        return self.send(ListeningBegan(at=self.now))

    def hear(
        self,
        intent: Intent,
        slots: Slots = NO_SLOTS,
        *,
        spoken_at: float | None = None,
        **named: Any,
    ) -> list[Action]:
        """Say a command now; slots by name, such as seconds=10."""
        slots = Slots(**named) if named else slots
        return self.send(Heard(at=self.now, intent=intent, slots=slots, spoken_at=spoken_at))

    def start(self) -> list[Action]:
        return self.hear(Intent.START_ROUTINE, routine="test")

    def run_to(self, until_s: float) -> None:
        """Let time pass, with every tick and end of a sound on the way."""
        while (at := self._next_s()) <= until_s:
            self._step(at)
        self.now = max(self.now, until_s)

    def run(self, seconds: float) -> None:
        self.run_to(self.now + seconds)

    def run_until(self, *phases: Phase, within_s: float = 900.0) -> None:
        """Let time pass until a phase is entered that is not the present one's standing."""
        limit = self.now + within_s
        while self.phase not in phases:
            at = self._next_s()
            if at > limit:
                raise AssertionError(f"never {phases} within {within_s} s, but {self.phase}")
            self._step(at)

    def jump(self, seconds: float) -> None:
        """Let time pass unnoticed: the machine was asleep."""
        self.now += seconds

    def recorded(self) -> list[Fact]:
        """Every fact, in order."""
        return [action.fact for _, action in self.orders if isinstance(action, Record)]

    def known(self) -> Profile:
        """What the next start would know: everything recorded, folded; as if begun in 1970."""
        profile = self.profile
        for fact in self.recorded():
            profile = profile.after(fact, fact.at_s)
        return profile

    def hold(self) -> None:
        """Go to the start of the first hold or repetition."""
        if self.phase in (Phase.IDLE, Phase.DONE):
            self.start()
        self.run_until(Phase.WAITING)
        self.hear(Intent.READY)
        self.run_until(Phase.HOLD, Phase.REP)

    def play_through(self, *, done_after_s: float = 2.0, within_s: float = 3600.0) -> None:
        """Say "ready" and "done" whenever they are waited for, until the session has ended."""
        limit = self.now + within_s
        while self.phase is not Phase.DONE:
            if self.now > limit:
                raise AssertionError(f"no end within {within_s} s, but {self.phase}")
            if self.phase is Phase.WAITING:
                self.hear(Intent.READY)
            elif self.phase is Phase.PAUSED:
                self.hear(Intent.RESUME)
            elif self.phase is Phase.REP and self.coach.next_deadline is None:
                self.run(done_after_s)
                self.hear(Intent.DONE)
            else:
                at = self._next_s()
                if at == NEVER_S:
                    raise AssertionError(f"stuck in {self.phase}")
                self._step(at)

    def _next_s(self) -> float:
        deadline = self.coach.next_deadline
        tick = NEVER_S if deadline is None else max(self.now, deadline + self.tick_lag_s)
        due = self._due[0][0] if self._due else NEVER_S
        return min(tick, max(due, self.now))

    def _step(self, at: float) -> None:
        self.now = max(self.now, at)
        if self._due and self._due[0][0] <= self.now:
            _, _, event = heapq.heappop(self._due)
            if self._is_current(event):
                self.send(event)
        else:
            self.send(Tick(at=self.now))

    def _is_current(self, event: Event) -> bool:
        """Whether a sound's planned end still is its end: it was not cut before."""
        if not isinstance(event, PlaybackFinished):
            return True
        latest_first = reversed(self.sounds)
        sound = next((s for s in latest_first if s.playback_id == event.playback_id), None)
        return sound is not None and not sound.is_cut

    # The room --------------------------------------------------------------------------------

    def _carry_out(self, action: Action) -> None:
        match action:
            case Say(playback_id, parts, at_s):
                lengths = self._tell_lengths(parts, self.rate_wpm, self.voice_name)
                length = sum(lengths[p] for p in parts) + PART_GAP_S * (len(parts) - 1)
                if self.speech_muted:
                    self._at_once.append(PlaybackFinished(at=self.now, playback_id=playback_id))
                else:
                    self._sound(playback_id, parts, at_s, length)
            case Play(playback_id, tone, at_s):
                self._sound(playback_id, tone, at_s, TONE_S)
            case Breathe(playback_id, _, length_s, at_s):
                self._sound(playback_id, action, at_s, length_s)
            case Cancel(ids):
                self._cancel(ids)
            case Prepare(texts, rate_wpm, voice):
                self._tell_lengths(texts, rate_wpm, voice)
            case SetVolume(gain_db, muted):
                self.gain_db, self.speech_muted = gain_db, muted
            case SetRate(rate_wpm):
                self.rate_wpm = rate_wpm
            case SetVoice(voice):
                self.voice_name = voice

    def _tell_lengths(self, texts: Sequence[str], rate_wpm: int, voice: str) -> Mapping[str, float]:
        """Every voice but the settings' own takes a little longer."""
        share = OTHER_VOICE_SHARE if voice else 1.0
        lengths = {text: share * self.voice(text, rate_wpm) for text in texts}
        told = LinesReady(at=self.now, lengths_s=lengths, rate_wpm=rate_wpm, voice=voice)
        self._at_once.append(told)
        return lengths

    def _sound(
        self,
        playback_id: str,
        what: Tone | Breathe | tuple[str, ...],
        at_s: float | None,
        length_s: float,
    ) -> None:
        start = self.now if at_s is None else max(at_s, self.now)
        sound = Sound(playback_id, what, start, start + length_s)
        self.sounds.append(sound)
        self._later(sound.end_s + self.finish_lag_s, playback_id)

    def _later(self, at: float, playback_id: str) -> None:
        event = PlaybackFinished(at=at, playback_id=playback_id)
        heapq.heappush(self._due, (at, next(self._order), event))

    def _cancel(self, ids: tuple[str, ...] | None) -> None:
        for sound in list(self.sounds):
            if sound.end_s <= self.now or (ids is not None and sound.playback_id not in ids):
                continue
            if sound.start_s >= self.now:
                self.sounds.remove(sound)
            else:
                sound.end_s, sound.is_cut = self.now, True
            self._at_once.append(PlaybackFinished(at=self.now, playback_id=sound.playback_id))

    # What was heard --------------------------------------------------------------------------

    def heard(self, since_s: float = 0.0) -> list[Sound]:
        """What has sounded or will, as things stand, from a time on; in order."""
        since = [s for s in self.sounds if s.start_s >= since_s]
        return sorted(since, key=attrgetter("start_s"))

    def tones(self, since_s: float = 0.0) -> list[tuple[Tone, float]]:
        """Tones and their times, relative to `since_s`."""
        return [
            (s.what, round(s.start_s - since_s, 9))
            for s in self.heard(since_s)
            if isinstance(s.what, Tone)
        ]

    def speech(self, since_s: float = 0.0) -> list[Sound]:
        return [s for s in self.heard(since_s) if isinstance(s.what, tuple)]

    def breaths(self, since_s: float = 0.0) -> list[tuple[str, float, float]]:
        """Phases of breaths: in or out, when (relative to `since_s`), and how long they sound."""
        return [
            (s.what.air.value, round(s.start_s - since_s, 6), round(s.end_s - s.start_s, 6))
            for s in self.heard(since_s)
            if isinstance(s.what, Breathe)
        ]

    @property
    def last_words(self) -> str:
        """What was ordered last to be said."""
        said = [a for _, a in self.orders if isinstance(a, Say)]
        return " ".join(said[-1].parts) if said else ""

    def sounding(self, at_s: float) -> list[Sound]:
        """What is heard just after a time."""
        return [s for s in self.sounds if s.start_s <= at_s < s.end_s]

    def facts(self, kind: type[FactT]) -> list[FactT]:
        """What was recorded, of one kind, in order."""
        return [
            a.fact for _, a in self.orders if isinstance(a, Record) and isinstance(a.fact, kind)
        ]

    @property
    def holds(self) -> list[HoldEnded]:
        return self.facts(HoldEnded)
