"""A session played out in advance: the real coach, in simulated time, and a ready "ready".

What is said, when, and for how long follows from the coach's own orders, so a plan cannot differ
from the session. Nothing sounds and nobody waits: a routine of half an hour takes milliseconds.
"""

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count

from assistant.coach.actions import (
    PART_GAP_S,
    Action,
    Cancel,
    Fact,
    Play,
    Prepare,
    Record,
    Say,
    SetRate,
    SetVoice,
    Tone,
)
from assistant.coach.coach import Coach
from assistant.coach.events import Event, Heard, LinesReady, PlaybackFinished, Tick
from assistant.coach.intents import Command, Intent
from assistant.coach.phases import Phase
from assistant.coach.plan import OPEN_REP_S, SAY_READY_S

ANSWERS: Mapping[Phase, tuple[float, Intent]] = {
    Phase.WAITING: (SAY_READY_S, Intent.READY),
    Phase.REP: (OPEN_REP_S, Intent.DONE),
    Phase.PAUSED: (SAY_READY_S, Intent.RESUME),
    Phase.ASKING: (SAY_READY_S, Intent.NO),
}
"""What the person says in a phase that waits for them, and after how many seconds."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """The coach speaks: from `at_s` for `seconds`."""

    at_s: float
    text: str
    seconds: float
    is_cut: bool = False
    """Whether something ended it before it was over."""


@dataclass(frozen=True, slots=True)
class Earcon:
    """A tone."""

    at_s: float
    tone: Tone


@dataclass(frozen=True, slots=True)
class Answer:
    """The person says what the coach waits for."""

    at_s: float
    intent: Intent


Moment = Utterance | Earcon | Answer | Fact
"""Everything that happens in a session; times in seconds from its start."""


def play_out(
    coach: Coach,
    start: Command,
    length_s: Callable[[str, int], float],
    tones_s: Mapping[Tone, float],
    *,
    rate_wpm: int,
) -> list[Moment]:
    """Everything that happens from the command that starts a session to its end, in order.

    `length_s` gives the length of a line, seconds, at a rate of speech in words per minute. Raises
    LookupError where the command starts no session.
    """
    room = _Room(coach, length_s, tones_s, rate_wpm)
    room.hear(start)
    if coach.phase in (Phase.IDLE, Phase.DONE):
        raise LookupError(f"{start} starts no session")
    room.run()
    return room.moments()


def _place(moment: Moment) -> tuple[float, bool]:
    """By time; the tone that ends something before what follows."""
    is_end = isinstance(moment, Earcon) and moment.tone is Tone.END
    return round(moment.at_s, 6), not is_end


class _Room:
    """Simulated time: carries the coach's orders out and brings back what comes of them."""

    def __init__(
        self,
        coach: Coach,
        length_s: Callable[[str, int], float],
        tones_s: Mapping[Tone, float],
        rate_wpm: int,
    ) -> None:
        self._coach = coach
        self._length_s = length_s
        self._tones_s = tones_s
        self._rate_wpm = rate_wpm
        self._voice = ""  # lengths are taken to be those of the settings' own
        self._now = 0.0
        self._log: list[Moment] = []
        self._sounds: dict[str, Utterance | Earcon] = {}
        self._due: list[tuple[float, int, str]] = []
        """When sounds end, with their ids."""
        self._order = count()
        self._at_once: deque[Event] = deque()
        """What came of orders at once: told when all of them are carried out."""

    def hear(self, command: Command) -> None:
        """The person says something now."""
        self._log.append(Answer(self._now, command.intent))
        self._send(Heard(at=self._now, intent=command.intent, slots=command.slots))

    def run(self) -> None:
        """Let time pass until the session is over and nothing sounds."""
        while self._coach.phase is not Phase.DONE or self._due:
            ends_s = self._due[0][0] if self._due else None
            times_s = [t for t in (self._coach.next_deadline, ends_s) if t is not None]
            # Asking has a deadline too: when the question lapses.
            answer = None
            if self._coach.next_deadline is None or self._coach.phase is Phase.ASKING:
                answer = ANSWERS.get(self._coach.phase)
            if answer is not None and ends_s is None:
                self._now += answer[0]
                self.hear(Command(answer[1]))
            elif not times_s:
                raise LookupError(f"nothing follows in phase {self._coach.phase}")
            elif min(times_s) == ends_s:
                self._end_first_sound()
            else:
                self._now = max(self._now, min(times_s))
                self._send(Tick(at=self._now))

    def moments(self) -> list[Moment]:
        """What has happened, in order of time."""
        return sorted(self._log, key=_place)

    def _end_first_sound(self) -> None:
        ends_s, _, playback_id = heapq.heappop(self._due)
        self._now = max(self._now, ends_s)
        self._log.append(self._sounds.pop(playback_id))
        self._send(PlaybackFinished(at=self._now, playback_id=playback_id))

    def _send(self, event: Event) -> None:
        for action in self._coach.handle(event):
            self._carry_out(action)
        while self._at_once:
            self._send(self._at_once.popleft())

    def _carry_out(self, action: Action) -> None:
        match action:
            case Say(playback_id, parts, at_s):
                self._tell_lengths(parts, self._rate_wpm)
                lengths = [self._length_s(part, self._rate_wpm) for part in parts]
                seconds = sum(lengths) + PART_GAP_S * (len(parts) - 1)
                start_s = self._start_s(at_s)
                self._sound(playback_id, Utterance(start_s, " ".join(parts), seconds), seconds)
            case Play(playback_id, tone, at_s):
                self._sound(playback_id, Earcon(self._start_s(at_s), tone), self._tones_s[tone])
            case Cancel(ids):
                self._cancel(tuple(self._sounds) if ids is None else ids)
            case Prepare(texts, rate_wpm):
                self._tell_lengths(texts, rate_wpm)
            case SetRate(rate_wpm):
                self._rate_wpm = rate_wpm
            case SetVoice(voice):
                self._voice = voice
            case Record(fact):
                self._log.append(fact)
            case _:
                pass  # neither heard nor told

    def _start_s(self, at_s: float | None) -> float:
        return self._now if at_s is None else max(at_s, self._now)

    def _tell_lengths(self, texts: tuple[str, ...], rate_wpm: int) -> None:
        lengths_s = {text: self._length_s(text, rate_wpm) for text in texts}
        self._at_once.append(
            LinesReady(at=self._now, lengths_s=lengths_s, rate_wpm=rate_wpm, voice=self._voice)
        )

    def _sound(self, playback_id: str, sound: Utterance | Earcon, seconds: float) -> None:
        self._sounds[playback_id] = sound
        heapq.heappush(self._due, (sound.at_s + seconds, next(self._order), playback_id))

    def _cancel(self, ids: tuple[str, ...]) -> None:
        doomed = [playback_id for playback_id in ids if playback_id in self._sounds]
        self._due = [entry for entry in self._due if entry[2] not in doomed]
        heapq.heapify(self._due)
        for playback_id in doomed:
            sound = self._sounds.pop(playback_id)
            if sound.at_s < self._now and isinstance(sound, Utterance):
                sound = replace(sound, seconds=self._now - sound.at_s, is_cut=True)
            if sound.at_s < self._now:
                self._log.append(sound)
            self._at_once.append(PlaybackFinished(at=self._now, playback_id=playback_id))
