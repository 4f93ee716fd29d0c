"""From frames to events: recogniser, judge, understanding. Live and rehearsed alike."""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from assistant.audio.ducking import TalkOver
from assistant.audio.echo import EchoCanceller
from assistant.audio.reference import Reference
from assistant.audio.suppressor import DELAY_S, Suppressor
from assistant.audio.wavfile import as_float, as_int16
from assistant.coach.events import Heard, NotUnderstood
from assistant.coach.floor import OPEN, Floor
from assistant.coach.intents import Command, Intent
from assistant.nlu import Phrasebook
from assistant.sound import FRAME_SAMPLES, SPEECH_RATE_HZ, Frame, Int16
from assistant.stt.activity import frame_detector
from assistant.stt.gate import GatedRecogniser
from assistant.stt.interrupting import may_interrupt
from assistant.stt.judge import Judge, Reason, SpokenLine, Verdict
from assistant.stt.overlap import Overlap
from assistant.stt.port import Expectation, Recogniser, Transcript
from assistant.stt.room_talk import RoomTalk

NO_COMMAND: frozenset[Reason] = frozenset({"unknown_words", "not_a_phrase"})
"""The rejections that are answered: somebody spoke, and it was no command."""

Outcome = Reason | Literal["not_addressed"]
"""The judge's reason; "not_addressed" where the floor was closed and no wake phrase was said."""
REMEMBERED_SIGNS = 400
"""How many frames are kept in which a person talked over the coach: 8 s, the longest utterance."""

SIGN_AFTER_S = 0.2
"""How long after an utterance's last word a person may still be noticed: the sign takes 0.2 s."""

BEGUN_BEFORE_S = 1.0
"""How much earlier an utterance may have begun than it is noticed: half a second is kept of what
came before."""

OVER_AFTER_S = 0.25
"""How long after a line's end a person who is noticed may have begun before it."""

IDLE_WAIT_S, CLOSED_WAIT_S = 0.16, 0.32
"""So long frames may wait, in silence and where nobody will be answered: waking up for each costs
more than hearing it."""

DIED_AWAY_FRAMES = 50
"""After so many frames in which nothing can have sounded (1 s) nothing of it is left anywhere, and
frames pass as they are, one frame late as ever."""

REMEMBERED_LINES = 32
"""How many of the coach's own last lines are kept, to know its own voice by."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """One utterance and what became of it. Times are monotonic seconds."""

    event: Heard | NotUnderstood | None
    """None where it was nothing to answer: noise, the coach's own voice, or speech that was not
    meant for the coach."""
    text: str
    engine: str
    confidence: float
    start_s: float
    end_s: float
    reason: Outcome
    is_woken: bool = False
    """Whether it began with a wake phrase."""


class Listener:
    """Hears frames, tells what was meant. Owned by one thread."""

    def __init__(self, recogniser: Recogniser, phrasebook: Phrasebook) -> None:
        self._recogniser = recogniser
        self._phrasebook = phrasebook
        self._judge = Judge(
            is_phrase=lambda text: phrasebook.parse(text) is not None,
            may_interrupt=self._may_interrupt,
        )
        self._while_playing: _WhilePlaying | None = None
        self._samples = 0
        self._own: deque[SpokenLine] = deque(maxlen=REMEMBERED_LINES)
        self._room = RoomTalk()
        self._floor = OPEN
        self._expected = Expectation()

    def attend(self, floor: Floor) -> None:
        """Learn who may speak from now on, and what is likely to be said. Safe from any thread."""
        self._floor = floor

    def speaking(self, lines: Iterable[SpokenLine]) -> None:
        """Learn what the coach says and when, in monotonic seconds. Safe from any thread."""
        self._own.extend(lines)

    def cut_short(self, lines: Collection[SpokenLine], at_s: float) -> None:
        """Learn that these lines were cut short at a time, in monotonic seconds."""
        others = [line for line in list(self._own) if line not in lines]
        heard = [replace(x, end_s=min(x.end_s, at_s)) for x in lines if x.start_s < at_s]
        self._own = deque([*others, *heard], maxlen=REMEMBERED_LINES)

    def hear_over(self, reference: Reference, duck: Callable[[bool], None]) -> None:
        """From now on take out of each frame what the loudspeaker plays.

        `duck` is told, from the listener's thread, when the coach's voice ought to be lowered
        since a person talks (True), and when no longer. Raises RecogniserError.
        """
        self._while_playing = _WhilePlaying(reference, duck)

    @property
    def may_wait_s(self) -> float:
        """How long the next frames may wait before they are heard, all at once; 0 where each is
        wanted as it comes. For the thread that calls `hear`.

        In silence, over nothing that is played, a command is not over before the gate has heard its
        begin; where nobody will be answered it may come later, also while the room talks.
        """
        if self.may_rest:
            return CLOSED_WAIT_S
        gate, playing = self._recogniser, self._while_playing
        is_shut = isinstance(gate, GatedRecogniser) and not gate.is_open
        return IDLE_WAIT_S if is_shut and (playing is None or not playing.is_sounding) else 0.0

    @property
    def may_rest(self) -> bool:
        """Whether nobody will be answered within the next second, as far as can be told: nobody has
        the floor, and what is heard goes on for long. For the thread that calls `hear`."""
        return not self._room.is_stirred and self._floor.is_closed(self._room.now_s)

    def hear(self, frame: Frame) -> Hearing | None:
        """Hear a frame; return an utterance where one ended."""
        now = frame.at_s + len(frame.samples) / SPEECH_RATE_HZ
        watched = None
        self._expect(frame.at_s)
        if self._while_playing is not None:
            frame, watched = self._while_playing.cleaned(frame)
            if isinstance(self._recogniser, GatedRecogniser):
                self._recogniser.attend(self._overlap(frame.at_s))
        origin_s = frame.at_s - self._samples / SPEECH_RATE_HZ
        self._samples += len(frame.samples)
        transcript = self._recognised(frame.samples, watched)
        self._note_talk(now)
        if transcript is None:
            return None
        return self._judged(transcript, origin_s, now)

    def _note_talk(self, now: float) -> None:
        """Note whether something that may be speech is heard."""
        gate, playing = self._recogniser, self._while_playing
        is_open = not isinstance(gate, GatedRecogniser) or gate.is_open
        self._room.take(
            now, is_open=is_open, is_sounding=playing is not None and playing.is_sounding
        )

    def _expect(self, at_s: float) -> None:
        """Tell the recogniser what is expected, where that has changed."""
        floor = self._floor
        is_closed = floor.is_closed(at_s - BEGUN_BEFORE_S)
        talk_odds = 1.0 if is_closed else self._room.odds  # the wake phrase is sure enough
        expected = Expectation(floor.likely, floor.unlikely, is_closed, talk_odds)
        if expected == self._expected:
            return
        self._expected = expected
        if isinstance(self._recogniser, GatedRecogniser):
            self._recogniser.expect(self._expected)

    def _recognised(self, samples: Int16, watched: Int16 | None) -> Transcript | None:
        if watched is not None and isinstance(self._recogniser, GatedRecogniser):
            return self._recogniser.accept(samples, watched)
        return self._recogniser.accept(samples)

    def _overlap(self, at_s: float) -> Overlap | None:
        """Whether a person is noticed while a line is said."""
        if self._while_playing is None or not self._while_playing.is_person:
            return None
        over = [x for x in list(self._own) if x.start_s <= at_s < x.end_s + OVER_AFTER_S]
        return Overlap(is_asked=any(x.is_question for x in over)) if over else None

    def _may_interrupt(self, heard: Transcript, is_asked: bool, is_person: bool) -> bool:
        command = self._phrasebook.parse(heard.text)
        return command is not None and may_interrupt(
            command.intent,
            len(heard.text.split()),
            is_asked=is_asked,
            is_person=is_person,
            confidence=heard.confidence,
        )

    def _judged(self, transcript: Transcript, origin_s: float, now: float) -> Hearing:
        own = [
            SpokenLine(line.text, line.start_s - origin_s, line.end_s - origin_s)
            for line in list(self._own)
        ]
        is_person = self._while_playing is None or self._while_playing.heard_person(
            transcript.start_s + origin_s, transcript.end_s + origin_s
        )
        verdict = self._judge.judge(transcript, own, is_person=is_person)
        start = transcript.start_s + origin_s
        woken_words = self._phrasebook.woken_words(transcript.text)
        is_woken = verdict.accepted and woken_words > 0
        if woken_words and verdict.reason in NO_COMMAND:
            # Somebody wants something, and it was not understood what: they get the floor, unless
            # it was the coach's own greeting.
            is_woken = self._judge.judge(_beginning(transcript, woken_words), own).accepted
        event = self._meant(transcript.text, verdict, start, now, is_woken=is_woken)
        reason: Outcome = verdict.reason
        intent = event.intent if isinstance(event, Heard) else None
        if event is not None and not self._floor.hears(intent, start, is_woken=is_woken):
            event, reason = None, "not_addressed"
        return Hearing(
            event=event,
            text=transcript.text,
            engine=transcript.engine,
            confidence=transcript.confidence,
            start_s=start,
            end_s=transcript.end_s + origin_s,
            reason=reason,
            is_woken=is_woken,
        )

    def _meant(
        self, text: str, verdict: Verdict, start: float, now: float, *, is_woken: bool
    ) -> Heard | NotUnderstood | None:
        command = Command(Intent.WAKE) if is_woken else None
        if verdict.accepted:
            command = self._phrasebook.parse(text)
        if command is None:
            return NotUnderstood(at=now) if verdict.reason in NO_COMMAND else None
        return Heard(at=now, intent=command.intent, slots=command.slots, text=text, spoken_at=start)

    def reset(self) -> None:
        """Forget the utterance under way: what comes next does not follow on it."""
        self._recogniser.reset()
        self._room.reset()

    def close(self) -> None:
        """Free the recogniser."""
        self._recogniser.close()


def _beginning(transcript: Transcript, words: int) -> Transcript:
    """The first words of a transcript."""
    kept = transcript.words[:words]
    text = " ".join(word.text for word in kept)
    return replace(transcript, text=text, words=kept, end_s=kept[-1].end_s)


_SILENCE: Final = np.zeros(FRAME_SAMPLES, np.float32)


class _WhilePlaying:
    """What is done with a frame before it is recognised, where the coach can be heard in it."""

    def __init__(self, reference: Reference, duck: Callable[[bool], None]) -> None:
        self._canceller = EchoCanceller(reference)
        self._suppressor = Suppressor()
        self._talk_over = TalkOver()
        self._is_speech = frame_detector()
        self._duck = duck
        self.is_sounding = False
        """Whether an echo was found in the last frame."""
        self._silent_frames = 0
        """For how many frames running nothing can have sounded."""
        self._before: Int16 = np.zeros(FRAME_SAMPLES, np.int16)
        """The frame before, as it was heard."""
        self._signs: deque[float] = deque(maxlen=REMEMBERED_SIGNS)

    @property
    def is_person(self) -> bool:
        """Whether a person is noticed now."""
        return self._talk_over.is_person

    def heard_person(self, start_s: float, end_s: float) -> bool:
        """Whether a person was noticed between two times, in monotonic seconds.

        Where nothing of the coach is in the microphone, as with headphones, all that is heard is a
        person's.
        """
        if not self._canceller.is_heard:
            return True
        return any(start_s <= at_s <= end_s + SIGN_AFTER_S for at_s in self._signs)

    def cleaned(self, frame: Frame) -> tuple[Frame, Int16]:
        """The frame before this one without the coach's voice, for the recogniser and for voice
        activity."""
        before, self._before = self._before, frame.samples
        may_sound = self._canceller.may_hear(frame.at_s)
        if may_sound and self._silent_frames > DIED_AWAY_FRAMES:
            self._suppressor.take(as_float(before), _SILENCE)
        self._silent_frames = 0 if may_sound else self._silent_frames + 1
        if self._silent_frames > DIED_AWAY_FRAMES:  # most of the day is so: it costs least
            return Frame(frame.at_s - DELAY_S, before), before
        cleaned = self._canceller.clean(frame)
        self.is_sounding = cleaned.echo_power > 0.0
        was_ducked = self._talk_over.is_ducked
        is_speech = self.is_sounding and self._is_speech(cleaned.frame.samples.tobytes())
        if self._talk_over.take(cleaned, is_speech) is not was_ducked:
            self._duck(not was_ducked)
        if self._talk_over.is_person:
            self._signs.append(frame.at_s)
        lowered = self._suppressor.take(as_float(cleaned.frame.samples), cleaned.echo)
        heard = as_int16(lowered.heard)
        watched = heard if lowered.watched is lowered.heard else as_int16(lowered.watched)
        return Frame(frame.at_s - DELAY_S, heard), watched
