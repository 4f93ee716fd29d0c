"""The lesson: which word is asked for next, and what is said about each example. Pure.

Each word is wanted three times. An example with a flaw of its own is asked for again at once; of
three that do not fit each other the one that fits least is dropped. A word that will not come
right is left out, and the lesson goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from assistant.library import Lines
from assistant.sound import Float32
from assistant.stt.takes import Flaw

EXAMPLES = 3
"""How often each word is said: their mean is what counts, and of three an odd one shows."""

MOST_TRIES = 7
"""After so many examples of a word it is left out."""

MOST_SILENCES = 3
"""After so many questions in a row that nobody answered the lesson ends."""

_FLAW_LINES: Mapping[Flaw, str] = {
    Flaw.QUIET: "teach_quiet",
    Flaw.NOISY: "teach_noisy",
    Flaw.CLIPPED: "teach_clipped",
    Flaw.LONG: "teach_long",
    Flaw.SHORT: "teach_short",
}
_ASK_AGAIN = ("teach_second", "teach_third")


@dataclass
class Lesson:
    """Leads through the words. Every method returns what is to be said next."""

    words: Sequence[str]
    lines: Lines
    least_likeness: float
    """Two examples of one word that are less alike than this do not fit, -1 to 1."""
    taught: dict[str, Float32] = field(default_factory=dict)
    """Word to its examples, shape (3, size), in the order in which they were finished."""
    left_out: list[str] = field(default_factory=list)
    _takes: list[Float32] = field(default_factory=list)
    _tries: int = 0
    _silences: int = 0
    _is_over: bool = False

    @property
    def word(self) -> str:
        """The word that is asked for. Not to be asked for when it is over."""
        return self.words[len(self.taught) + len(self.left_out)]

    @property
    def is_over(self) -> bool:
        """Whether nothing more is asked."""
        return self._is_over

    def begin(self) -> str:
        """Say what will happen, and ask for the first word."""
        return self._joined(self.lines.say("teach_intro"), self._ask())

    def nobody_spoke(self) -> str:
        """Nothing was heard for a while."""
        self._silences += 1
        if self._silences >= MOST_SILENCES:
            return self._end()
        return self._joined(self.lines.say("teach_silent"), self._ask())

    def heard(self, example: Float32, flaw: Flaw | None) -> str:
        """Take an example: its numbers as `Measure.example` gives them, and its flaw."""
        self._silences = 0
        self._tries += 1
        if flaw is not None:
            return self._again(_FLAW_LINES[flaw])
        if self._is_more_like_another(example):
            return self._again("teach_different")
        self._takes.append(example)
        if len(self._takes) < EXAMPLES:
            return self.lines.say(_ASK_AGAIN[len(self._takes) - 1])
        odd = self._odd_one()
        if odd is not None:
            del self._takes[odd]
            return self._again("teach_different")
        self.taught[self.word] = np.stack(self._takes)
        return self._next(self.lines.say("teach_good"))

    def _again(self, line: str) -> str:
        if self._tries < MOST_TRIES:
            return self._joined(self.lines.say(line), self._ask())
        said = self.lines.say("teach_left_out", word=self.word)
        self.left_out.append(self.word)
        return self._next(said)

    def _next(self, said: str) -> str:
        self._takes = []
        self._tries = 0
        if len(self.taught) + len(self.left_out) == len(self.words):
            return self._joined(said, self._end())
        return self._joined(said, self._ask())

    def _end(self) -> str:
        self._is_over = True
        return self.lines.say("teach_done" if self.taught else "teach_nothing")

    def _ask(self) -> str:
        return self.lines.say("teach_say", word=self.word)

    def _odd_one(self) -> int | None:
        """Which of the examples fits the others least, None where all fit."""
        rows = np.stack(self._takes)
        alike = rows @ rows.T
        if alike.min() >= self.least_likeness:
            return None
        return int(np.argmin(alike.sum(axis=1)))

    def _is_more_like_another(self, example: Float32) -> bool:
        """Whether it is another word of the lesson, said by mistake."""
        if not self._takes:
            return False
        own = max(float(take @ example) for take in self._takes)
        others = [float((rows @ example).max()) for rows in self.taught.values()]
        return own < self.least_likeness and max(others, default=-1.0) > own

    @staticmethod
    def _joined(*lines: str) -> str:
        return " ".join(lines)
