"""The coach: events in, actions out; no clock, no thread, no file.

Give `Coach.handle` every event, and a `Tick` no later than `Coach.next_deadline`. Time is what
the events say: the same events give the same actions, to the last digit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from assistant.coach import (
    asking,
    habits,
    introduction,
    keeping,
    losses,
    offering,
    resuming,
    safety,
)
from assistant.coach.actions import Action, Record, Say, SessionBegan, SessionEnded, Tone
from assistant.coach.commands import Coaching
from assistant.coach.events import (
    ClockSet,
    EmergencyCommandEnded,
    Event,
    Fault,
    Heard,
    HistoryLost,
    LinesReady,
    ListeningBegan,
    LoudspeakerLost,
    LoudspeakerReturned,
    MicrophoneFault,
    MicrophoneLost,
    MicrophoneReturned,
    NotUnderstood,
    PlaybackFinished,
    RoutineNotStored,
    SettingsWrong,
    Tick,
)
from assistant.coach.expecting import likely, unlikely
from assistant.coach.floor import OPEN, OPEN_AROUND_SESSION_S, OPEN_S, Floor
from assistant.coach.intents import Side
from assistant.coach.manner import Manner, remembered
from assistant.coach.phases import ACTIVE, INACTIVE, TIMED, Phase
from assistant.coach.plan import DEFAULT_RATE_WPM
from assistant.coach.profile import NOBODY, Profile, WallClock
from assistant.coach.prompts import Parts, Prompts, Talk
from assistant.coach.reminders import Almanac
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
    floor: Floor = OPEN
    """Who may speak to the coach."""


class Coach:
    """Decides. Owned by one thread."""

    def __init__(
        self,
        library: Library,
        lines: Lines,
        *,
        rate_wpm: int = DEFAULT_RATE_WPM,
        talk: Talk = Talk.FULL,
        voices: Sequence[str] = ("",),
        emergency_number: str = "112",
        wake_phrase: str | None = None,
        profile: Profile = NOBODY,
        almanac: Almanac | None = None,
        welcomes: bool = False,
        has_emergency_command: bool = False,
    ) -> None:
        """`voices` are the names of those to choose from by voice, the first that of the settings.
        `profile` is what is known of the person from before. `almanac` is the calendar where
        they live; None: no reminders at a time of day. `wake_phrase` is what the greeting
        tells people to say where nothing runs; None: nothing is needed, every command counts at
        any time. `welcomes`: whether someone of whom nothing is known is offered the first session,
        and asked what to leave out before a routine. `has_emergency_command`: whether
        RunEmergencyCommand will be carried out."""
        self._usual_manner = Manner(rate_wpm, talk)
        self._manner = remembered(profile, self._usual_manner, voices)
        prompts = Prompts(
            lines,
            rate_wpm=self._manner.rate_wpm,
            talk=self._manner.talk,
            voice=self._manner.voice,
            round=len(profile.sessions),
        )
        self._session = Session(prompts)
        self._session.pace = profile.pace
        self._coaching = Coaching(
            self._session,
            library,
            emergency_number,
            profile,
            usual_talk=talk,
            voices=tuple(voices),
            gain_db=self._manner.gain_db,
            almanac=almanac,
            welcomes=welcomes,
            has_emergency_command=has_emergency_command,
        )
        prompts.times_done = profile.times_done
        self._losses = losses.Losses(self._coaching)
        self._misses = 0
        self._untold_fault: Fault | None = None
        self._untold: dict[str, None] = {}
        """Names of the lines that tell what else is wrong, the first first."""
        self._wake_phrase = wake_phrase
        self._open_until_s: float | None = None
        """Until when the floor is open without a session; None before the first event."""
        self._asked_until_s = float("-inf")
        """Until when it is open because a person spoke to the coach there."""

    @property
    def phase(self) -> Phase:
        """Where the session is."""
        return self._session.phase

    @property
    def next_deadline(self) -> float | None:
        """Monotonic time by which a `Tick` is wanted; None where nothing is due."""
        return self._session_deadline if self.phase in ACTIVE else habits.deadline(self._coaching)

    @property
    def _session_deadline(self) -> float | None:
        return self._session.ends_at if self.phase in TIMED else None

    def view(self, now: float) -> View:
        """Where the coach is at a time, for a display."""
        s = self._session
        if s.plan is None:
            return View(s.phase, floor=self.floor)
        x = s.segment
        left = None if s.ends_at is None else max(0.0, s.ends_at - now)
        if s.phase is Phase.PAUSED:
            left = s.left_s
        name = s.step.exercise.name
        place = (x.side, x.set_no, x.sets, x.rep_no, x.reps)
        return View(s.phase, name, *place, left_s=left, floor=self.floor)

    @property
    def floor(self) -> Floor:
        """Who may speak, as things stand."""
        s = self._session
        floor = OPEN
        if not (self._wake_phrase is None or self._open_until_s is None or s.phase in ACTIVE):
            floor = Floor(is_open=False, open_until_s=self._open_until_s, is_sounding=s.is_speaking)
        return replace(
            floor, likely=likely(s.phase, s.question), unlikely=unlikely(s.phase, s.question)
        )

    def handle(self, event: Event) -> list[Action]:
        """Take an event and return what is to be done, in order.

        Deadlines that passed before the event are met first. An event from the past (threads
        deliver late) is taken as happening now.
        """
        s = self._session
        s.now = max(s.now, event.at)
        if self._open_until_s is None:
            self._open_until_s = s.now + OPEN_AROUND_SESSION_S
            s.out.extend(self._manner.orders(self._usual_manner))
        was_active, was_speaking = s.phase in ACTIVE, s.is_speaking
        deadline = self._session_deadline
        while deadline is not None and deadline <= s.now:
            if s.phase is Phase.ASKING:
                asking.lapse(self._coaching)
            else:
                s.advance()
            deadline = self._session_deadline
        self._take(event)
        self._note_manner()
        self._tell_fault()
        self._tell_untold()
        keeping.follow(self._coaching, event)
        self._make_offer()
        resuming.follow(self._coaching)
        actions = self._taken_actions()
        if s.phase in INACTIVE:
            if was_active:
                self._coaching.free_since_s = s.now
            if not isinstance(event, ClockSet):  # another follows, such as the start
                habits.remind(self._coaching)
                actions += self._taken_actions()
            was_asked = isinstance(event, Heard)
            has_ceased = was_speaking and not s.is_speaking
            self._keep_floor(
                [*self._ends_s(actions), *([s.now] if was_asked or has_ceased else [])],
                OPEN_AROUND_SESSION_S if was_active else OPEN_S,
                is_asked=not was_active and (was_asked or s.now <= self._asked_until_s),
            )
        return actions

    def _take(self, event: Event) -> None:  # noqa: PLR0912 - a branch an event
        s = self._session
        match event:
            case ListeningBegan():
                self._greet()
            case Heard():
                self._misses = 0
                self._untold_fault = None  # whoever is understood need not be told
                self._losses.person_spoke()
                TABLE[s.phase, event.intent].handler(self._coaching, event)
            case ClockSet(at=at, utc_s=utc_s, utc_offset_s=offset_s):
                would_be_utc_s = habits.utc_s(self._coaching)
                self._coaching.clock = WallClock(at, utc_s, offset_s)
                habits.clock_set(self._coaching, would_be_utc_s)
            case NotUnderstood():
                self._not_understood()
            case PlaybackFinished():
                s.finished(event.playback_id)
            case LinesReady():
                if (event.rate_wpm, event.voice) == (s.prompts.rate_wpm, s.prompts.voice):
                    s.prompts.lengths_s.update(event.lengths_s)
                    s.learn_lengths()
            case Tick():
                pass
            case MicrophoneLost() | LoudspeakerLost():
                self._losses.lost(losses.device_of(event))
            case MicrophoneReturned() | LoudspeakerReturned():
                self._losses.returned(losses.device_of(event))
            case MicrophoneFault():
                self._untold_fault = event.fault
            case HistoryLost():
                self._untold[f"history_{event.fault}"] = None
            case SettingsWrong():
                self._untold["settings_wrong"] = None
            case RoutineNotStored():
                s.reply(s.prompts.say("not_stored"))
            case EmergencyCommandEnded():
                safety.emergency_command_ended(self._coaching, is_done=event.is_done)
            case _:
                assert_never(event)

    def _taken_actions(self) -> list[Action]:
        actions = self._session.take_actions()
        self._remember(actions)
        return actions

    def _note_manner(self) -> None:
        """Record how the coach is to speak, where that was just changed."""
        s = self._session
        prompts = s.prompts
        manner = Manner(prompts.rate_wpm, prompts.talk, prompts.voice, self._coaching.gain_db)
        if manner != self._manner:
            self._manner = manner
            s.record(manner.as_fact(s.now, self._usual_manner, self._coaching.voices[0]))

    def _remember(self, actions: Iterable[Action]) -> None:
        """Take what was recorded into the profile. Where nobody told the time it is 1970."""
        c = self._coaching
        for action in actions:
            if isinstance(action, Record):
                fact = action.fact
                utc_s = fact.at_s if c.clock is None else c.clock.utc_s(fact.at_s)
                c.profile = c.profile.after(fact, utc_s)
                if isinstance(fact, SessionEnded):
                    c.next_offer = offering.offer_of(c)
                elif isinstance(fact, SessionBegan):
                    c.next_offer = None
        self._session.prompts.times_done = c.profile.times_done

    def _tell_fault(self) -> None:
        """Say what is wrong with the microphone as soon as nothing else is lost by it; the session
        goes on, since some microphones give silence between two words."""
        s = self._session
        if self._untold_fault is None or not self._losses.is_audible:
            return
        parts = s.prompts.say(f"microphone_{self._untold_fault}")
        if s.is_free(parts):
            self._untold_fault = None
            s.reply(parts)

    def _tell_untold(self) -> None:
        """Say what else is wrong, one by one, as soon as nothing else is lost by it."""
        s = self._session
        name = next(iter(self._untold), None)
        if name is not None and self._losses.is_audible:
            parts = s.prompts.say(name)
            if s.is_free(parts):
                del self._untold[name]
                s.reply(parts)

    def _make_offer(self) -> None:
        """After a session, once all is said: ask about a step up or down."""
        s, c = self._session, self._coaching
        offer = c.next_offer
        if offer is None or s.phase is not Phase.DONE:
            return
        name = c.library.exercises[offer.exercise].name
        if s.is_free(s.prompts.say(asking.QUESTIONS[offer.question].line, exercise=name)):
            c.offer, c.next_offer = offer, None
            asking.ask(c, offer.question, exercise=name)

    def _greet(self) -> None:
        if resuming.offer(self._coaching):
            return
        if introduction.is_due(self._coaching):
            introduction.offer(self._coaching)
        else:
            self._session.say(self._greeting())

    def _greeting(self) -> Parts:
        prompts = self._session.prompts
        if self._wake_phrase is None:
            return prompts.say("hello")
        return prompts.say("hello_wake", wake=self._wake_phrase)

    def _ends_s(self, actions: Iterable[Action]) -> list[float]:
        """When what was ordered to be said will be over, as far as is known."""
        s = self._session
        return [
            (s.now if a.at_s is None else a.at_s) + s.prompts.length_s(a.parts)
            for a in actions
            if isinstance(a, Say)
        ]

    def _keep_floor(self, times_s: list[float], seconds: float, *, is_asked: bool) -> None:
        """Where no session runs: leave the floor open for so long after the last of the times."""
        if not times_s or self._open_until_s is None:
            return
        until_s = max(times_s) + seconds
        self._open_until_s = max(self._open_until_s, until_s)
        if is_asked:
            self._asked_until_s = max(self._asked_until_s, until_s)

    def _not_understood(self) -> None:
        s = self._session
        if s.phase in INACTIVE:
            # A room may talk: only who has just spoken to the coach is told, and in no words, which
            # would keep the floor open for the next thing that a television says.
            if s.now <= self._asked_until_s:
                s.play(Tone.NOT_UNDERSTOOD)
            return
        self._misses += 1
        s.play(Tone.NOT_UNDERSTOOD)
        if self._misses == HELP_AFTER_MISSES:
            self._misses = 0
            s.reply(s.prompts.say("not_understood"))
