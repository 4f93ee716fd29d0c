"""From frames to events: recogniser, judge, understanding. Live and rehearsed alike."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.coach.events import Heard, NotUnderstood
from assistant.nlu import Phrasebook
from assistant.sound import SPEECH_RATE_HZ, Frame
from assistant.stt.judge import Judge, Reason, SpokenLine
from assistant.stt.port import Recogniser, Transcript

NO_COMMAND: frozenset[Reason] = frozenset({"unknown_words", "not_a_phrase"})
"""The rejections that are answered: somebody spoke, and it was no command."""

REMEMBERED_LINES = 32
"""How many of the coach's own last lines are kept, to know its own voice by."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """One utterance and what became of it. Times are monotonic seconds."""

    event: Heard | NotUnderstood | None
    """None where it was nothing to answer: noise, or the coach's own voice."""
    text: str
    engine: str
    confidence: float
    start_s: float
    end_s: float
    reason: Reason


class Listener:
    """Hears frames, tells what was meant. Owned by one thread."""

    def __init__(self, recogniser: Recogniser, phrasebook: Phrasebook) -> None:
        self._recogniser = recogniser
        self._phrasebook = phrasebook
        self._judge = Judge(is_phrase=lambda text: phrasebook.parse(text) is not None)
        self._samples = 0
        self._own: deque[SpokenLine] = deque(maxlen=REMEMBERED_LINES)

    def speaking(self, lines: Iterable[SpokenLine]) -> None:
        """Learn what the coach says and when, in monotonic seconds. Safe from any thread."""
        self._own.extend(lines)

    def hear(self, frame: Frame) -> Hearing | None:
        """Hear a frame; return an utterance where one ended."""
        origin_s = frame.at_s - self._samples / SPEECH_RATE_HZ
        self._samples += len(frame.samples)
        transcript = self._recogniser.accept(frame.samples)
        if transcript is None:
            return None
        now = frame.at_s + len(frame.samples) / SPEECH_RATE_HZ
        return self._judged(transcript, origin_s, now)

    def _judged(self, transcript: Transcript, origin_s: float, now: float) -> Hearing:
        own = [
            SpokenLine(line.text, line.start_s - origin_s, line.end_s - origin_s)
            for line in list(self._own)
        ]
        verdict = self._judge.judge(transcript, own)
        start = transcript.start_s + origin_s
        event: Heard | NotUnderstood | None = None
        command = self._phrasebook.parse(transcript.text) if verdict.accepted else None
        if command is not None:
            event = Heard(
                at=now,
                intent=command.intent,
                slots=command.slots,
                text=transcript.text,
                spoken_at=start,
            )
        elif verdict.reason in NO_COMMAND:
            event = NotUnderstood(at=now)
        return Hearing(
            event=event,
            text=transcript.text,
            engine=transcript.engine,
            confidence=transcript.confidence,
            start_s=start,
            end_s=transcript.end_s + origin_s,
            reason=verdict.reason,
        )

    def reset(self) -> None:
        """Forget the utterance under way: what comes next does not follow on it."""
        self._recogniser.reset()

    def close(self) -> None:
        """Free the recogniser."""
        self._recogniser.close()
