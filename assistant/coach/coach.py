"""The coach: events in, actions out; no clock, no thread, no file.

Give `Coach.handle` every event, and a `Tick` no later than `Coach.next_deadline`. Time is what
the events say: the same events give the same actions, to the last digit.
"""

from dataclasses import dataclass
from typing import assert_never

from assistant.coach.actions import Action, Tone
from assistant.coach.commands import Coaching
from assistant.coach.events import (
    Event,
    Heard,
    LinesReady,
    ListeningBegan,
    MicrophoneLost,
    MicrophoneReturned,
    NotUnderstood,
    PlaybackFinished,
    Tick,
)
from assistant.coach.intents import Side
from assistant.coach.phases import ACTIVE, INACTIVE, TIMED, Phase
from assistant.coach.plan import DEFAULT_RATE_WPM
from assistant.coach.prompts import Prompts, Talk
from assistant.coach.session import Session
from assistant.coach.table import TABLE
from assistant.library import Library, Lines

HELP_AFTER_MISSES = 3
"""Misses in a row after which one line of help is said."""


@dataclass(frozen=True, slots=True)
class View:
    """Where the coach is, for a display. Times in seconds."""

    phase: Phase
    exercise: str | None = None
    """Spoken name."""
    side: Side | None = None
    set_no: int = 1
    sets: int = 1
    rep_no: int = 1
    reps: int = 1
    left_s: float | None = None


class Coach:
    """Decides. Owned by one thread."""

    def __init__(
        self,
        library: Library,
        lines: Lines,
        *,
        rate_wpm: int = DEFAULT_RATE_WPM,
        talk: Talk = Talk.FULL,
        emergency_number: str = "112",
    ) -> None:
        prompts = Prompts(lines, rate_wpm=rate_wpm, talk=talk)
        self._session = Session(prompts)
        self._coaching = Coaching(self._session, library, emergency_number)
        self._misses = 0

    @property
    def phase(self) -> Phase:
        """Where the session is."""
        return self._session.phase

    @property
    def next_deadline(self) -> float | None:
        """Monotonic time by which a `Tick` is wanted; None where nothing is due."""
        return self._session.ends_at if self.phase in TIMED else None

    def view(self, now: float) -> View:
        """Where the coach is at a time, for a display."""
        s = self._session
        if s.plan is None:
            return View(s.phase)
        x = s.segment
        left = None if s.ends_at is None else max(0.0, s.ends_at - now)
        if s.phase is Phase.PAUSED:
            left = s.left_s
        name = s.step.exercise.name
        return View(s.phase, name, x.side, x.set_no, x.sets, x.rep_no, x.reps, left)

    def handle(self, event: Event) -> list[Action]:
        """Take an event and return what is to be done, in order.

        Deadlines that passed before the event are met first. An event from the past (threads
        deliver late) is taken as happening now.
        """
        s = self._session
        s.now = max(s.now, event.at)
        deadline = self.next_deadline
        while deadline is not None and deadline <= s.now:
            s.advance()
            deadline = self.next_deadline
        match event:
            case ListeningBegan():
                s.say(s.prompts.say("hello"))
            case Heard():
                self._misses = 0
                TABLE[s.phase, event.intent].handler(self._coaching, event)
            case NotUnderstood():
                self._not_understood()
            case PlaybackFinished():
                s.finished(event.playback_id)
            case LinesReady():
                if event.rate_wpm == s.prompts.rate_wpm:
                    s.prompts.lengths_s.update(event.lengths_s)
                    s.learn_lengths()
            case Tick():
                pass
            case MicrophoneLost():
                if s.phase in ACTIVE:
                    s.pause()
                s.say(s.prompts.say("microphone_lost"))
            case MicrophoneReturned():
                self._microphone_returned()
            case _:
                assert_never(event)
        return s.take_actions()

    def _microphone_returned(self) -> None:
        s = self._session
        if s.phase in INACTIVE or s.phase is Phase.PAUSED:
            s.say(s.prompts.say("microphone_back"))  # elsewhere nothing waits for it

    def _not_understood(self) -> None:
        s = self._session
        if s.phase in INACTIVE:
            return  # a room may talk; nothing is meant for the coach yet
        self._misses += 1
        s.play(Tone.NOT_UNDERSTOOD)
        if self._misses == HELP_AFTER_MISSES:
            self._misses = 0
            s.reply(s.prompts.say("not_understood"))
