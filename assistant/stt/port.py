"""What a recogniser is: the port that every engine fits, and what passes through it."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.sound import Int16

UNKNOWN = "[unk]"
"""Stands in a transcript for speech that the grammar does not hold."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """The phrases that may be said."""

    phrases: Mapping[str, int]
    """Phrase (lower-case words, single spaces) to its weight, at least 1: how likely it is
    beside the others. One-word commands weigh more, or the many longer phrases crowd them out."""


@dataclass(frozen=True, slots=True)
class Word:
    """A decoded word; times are seconds of audio since the recogniser was made."""

    text: str
    start_s: float
    end_s: float
    confidence: float
    """0 to 1, the engine's own measure; not comparable between engines."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """A final transcript: one utterance, decoded. Text is "" or holds "[unk]" where the engine
    heard speech that the grammar does not hold."""

    text: str
    words: tuple[Word, ...]
    start_s: float
    """Start of the first word, seconds of audio since the recogniser was made."""
    end_s: float
    confidence: float
    engine: str

    def shifted(self, by_s: float) -> "Transcript":
        """The same, so many seconds later."""
        words = (replace(w, start_s=w.start_s + by_s, end_s=w.end_s + by_s) for w in self.words)
        return replace(
            self, words=tuple(words), start_s=self.start_s + by_s, end_s=self.end_s + by_s
        )


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the texts that an utterance may be."""

    text: str
    behind: float
    """How much less likely it is than the likeliest: the difference of their log likelihoods, nats,
    0 or more."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a recogniser needs to know of the phrases it hears."""

    meaning: Callable[[str], Hashable | None] = lambda _: None
    """What a phrase means; None where it is no phrase."""
    is_urgent: Callable[[str], bool] = lambda _: False
    """Whether a phrase halts, so that the shortest pause ends it."""
    kind: Callable[[str], str | None] = lambda _: None
    """What kind a phrase is (`nlu.kinds`); None where it is no phrase."""
    is_addressed: Callable[[str], bool] = lambda _: True
    """Whether a text begins with a wake phrase; all do where there is none."""
    woken_words: Callable[[str], int] = lambda _: 0
    """Of how many words the wake phrase is that a text begins with."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is likely to be said as things stand, by intent."""

    likely: frozenset[str] = frozenset()
    unlikely: frozenset[str] = frozenset()
    is_closed: bool = False
    """Whether nothing counts but what begins with a wake phrase."""
    talk_odds: float = 1.0
    """How many times less likely a command is than in a quiet room, since the room talks and most
    of what is heard is meant for somebody else."""


class Recogniser(Protocol):
    """Turns 16 kHz audio into transcripts, against a grammar.

    Owned by one thread. `accept` takes any number of samples (a frame is 320); an utterance's
    transcript comes from the call in which its end was found.
    """

    name: str

    def knows(self, word: str) -> bool:
        """Whether it has this word; of two engines as one, whether the main one has."""

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        """Take a grammar; return the words that the model lacks, sorted.

        Phrases with such a word are left out. Safe at any time, also inside an utterance.
        Raises RecogniserError when no phrase is left.
        """

    def accept(self, samples: Int16) -> Transcript | None:
        """Hear samples: int16 mono, 16 000 Hz. Return a transcript where an utterance ended."""

    def finish(self) -> Transcript | None:
        """End the utterance under way now and return it, or None where nothing was said."""

    def partial(self) -> str:
        """What has been decoded of the utterance under way; "" in silence."""

    def reset(self) -> None:
        """Forget the utterance under way."""

    def close(self) -> None:
        """Free the engine. The recogniser is not used afterwards."""


class SecondHearing(Protocol):
    """Hears a whole utterance once more, among few phrases. Owned by one thread."""

    def alternatives(self, phrases: Sequence[str], utterance: Int16) -> Sequence[Alternative]:
        """What an utterance may be, the likeliest first; none where nothing is heard in it.

        Words may recombine: an alternative need be none of the phrases. `utterance` is int16 mono,
        16 000 Hz.
        """

    def close(self) -> None:
        """Free it. It is not used afterwards."""
