"""The first rejection: which transcripts are commands, before anything asks what they mean.

A grammar forces a match, and the microphone hears the coach too. So a transcript counts only
where all of it is one phrase, it lasted as long as a word does, and it is not what the coach was
saying at that moment.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.stt.port import UNKNOWN, Transcript

MIN_SPEECH_S = 0.12
"""Shorter than this is a click or a knock: the shortest command, "go", takes about 0.2 s."""

ECHO_TAIL_S = 0.4
"""How long the room and the sound card go on with a spoken line after its end."""

EARLY_S = 0.05
"""An utterance that begins by so much before a line begins with it: times are
those of frames, and what the canceller hands on is a frame old."""

ECHO_TOLERANCE_S = 0.35
ECHO_DRIFT = 0.15
"""How far from its expected moment in a spoken line a word may be heard: 0.35 s, and 15% of the
line's length, since the moment is reckoned from the letters before the word. A person who says
"ready" just after "say ready" is later than that."""

Reason = Literal[
    "accepted",
    "empty",
    "unknown_words",
    "not_a_phrase",
    "too_short",
    "own_voice",
    "talked_over",  # while the coach talked, and nothing that may interrupt it
]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """What the coach said; times as in the transcripts: seconds of audio heard."""

    text: str
    start_s: float
    end_s: float

    @property
    def is_question(self) -> bool:
        """Whether it ends in a question."""
        return self.text.rstrip().endswith("?")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a transcript counts, and why not."""

    accepted: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class Judge:
    """Accepts or rejects transcripts. Holds no state."""

    is_phrase: Callable[[str], bool]
    """Whether a whole text is one phrase of the grammar."""
    min_speech_s: float = MIN_SPEECH_S
    may_interrupt: Callable[[Transcript, bool, bool], bool] = (
        lambda _transcript, _is_asked, _is_person: True
    )
    """Whether a phrase counts while the coach talks; the second argument: whether it asks, the
    third: whether more was heard than can be left of its voice."""

    def judge(
        self, transcript: Transcript, spoken: Sequence[SpokenLine] = (), *, is_person: bool = True
    ) -> Verdict:
        """Judge a transcript beside the lines that the coach spoke of late.

        A transcript is the coach's own voice where a spoken line holds its words in that order
        at about that moment. "stop" during a line without "stop" is the person's.

        What began while the coach talked counts only where it may interrupt; `is_person` is
        whether more was heard than can be left of the coach's voice. What else was heard then
        gets no answer.
        """
        reason = self._reason(transcript, spoken, is_person)
        return Verdict(accepted=reason == "accepted", reason=reason)

    def _reason(
        self, transcript: Transcript, spoken: Sequence[SpokenLine], is_person: bool
    ) -> Reason:
        if not transcript.text:
            return "empty"
        over = [line for line in spoken if _begins_in(transcript, line)]
        if UNKNOWN in transcript.text.split():
            return "talked_over" if over else "unknown_words"
        if not self.is_phrase(transcript.text):
            return "talked_over" if over else "not_a_phrase"
        if transcript.end_s - transcript.start_s < self.min_speech_s:
            return "too_short"
        if any(_is_echo(transcript, line) for line in spoken):
            return "own_voice"
        is_asked = any(line.is_question for line in over)
        if over and not self.may_interrupt(transcript, is_asked, is_person):
            return "talked_over"
        return "accepted"


def _begins_in(transcript: Transcript, line: SpokenLine) -> bool:
    """Whether a transcript begins while a line is said."""
    return line.start_s - EARLY_S <= transcript.start_s < line.end_s


def _is_echo(transcript: Transcript, line: SpokenLine) -> bool:
    """Whether a line holds the transcript's words in their order, said at that moment."""
    if transcript.start_s >= line.end_s + ECHO_TAIL_S or transcript.end_s <= line.start_s:
        return False
    heard = _words(transcript.text)
    said = _words(line.text)
    length_s = line.end_s - line.start_s
    tolerance_s = ECHO_TOLERANCE_S + ECHO_DRIFT * length_s
    for i, word in enumerate(said):
        # Each search goes on where the last stopped: the words count only in their order.
        rest = iter(said[i:])
        if word == heard[0] and all(wanted in rest for wanted in heard):
            share = sum(map(len, said[:i])) / sum(map(len, said))
            if abs(transcript.start_s - line.start_s - share * length_s) <= tolerance_s:
                return True
    return False


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
