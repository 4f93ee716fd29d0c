"""Everything that can be said, and what it means: one dictionary.

It is both the recognisers' grammar and the parser, so nothing can be heard that is not understood.
A recogniser's grammar recombines words: only a whole phrase has a meaning, never a part of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from assistant.coach.floor import IDLE_INTENTS
from assistant.coach.intents import Command

WEIGHT_BY_WORDS: Mapping[int, int] = MappingProxyType({1: 30, 2: 6, 3: 2})
"""Weight of a phrase in the grammar by its number of words; a longer one weighs 1."""

ONE_BREATH_WORDS = 3
"""The phrases of up to so many words that make sense when nothing runs stand in the grammar behind
the wake phrase too. Longer ones are understood there as well, since a grammar's words recombine.
Of 32 such commands in flite's voices 32 were understood at 30 dB, 22 at 10 dB (29 woke it); with
the wake phrase alone in the grammar 22 at 30 dB, since it ended there or lost a word."""


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """The phrases of one language with the names of one library."""

    commands: Mapping[str, Command]
    """Phrase (lower-case words, single spaces) to what it means."""
    wake_phrases: tuple[str, ...] = ()
    """Those among them that ask for the floor, the shipped one first."""

    @property
    def weights(self) -> Mapping[str, int]:
        """Every phrase with its weight in a recogniser's grammar, at least 1; the short ones that
        make sense when nothing runs also behind each wake phrase."""
        in_one_breath = [
            f"{wake} {phrase}"
            for phrase, command in self.commands.items()
            if command.intent in IDLE_INTENTS and len(phrase.split()) <= ONE_BREATH_WORDS
            for wake in self.wake_phrases
        ]
        return {phrase: weight(phrase) for phrase in self.commands} | dict.fromkeys(
            in_one_breath, 1
        )

    def parse(self, text: str) -> Command | None:
        """Return what a whole utterance means, or None where it is no command.

        Case and the number of spaces do not matter, nor does a wake phrase before a command. An
        utterance with any other word, "[unk]" among them, is no command.
        """
        if (command := self.commands.get(text)) is not None:  # as a recogniser writes it
            return command
        said = normalised(text)
        return self.commands.get(said) or self.commands.get(said[self._woken_length(said) :])

    def woken_words(self, text: str) -> int:
        """Of how many words the wake phrase is that an utterance begins with; 0 without one."""
        said = normalised(text)
        return len(said[: self._woken_length(said)].split())

    def _woken_length(self, said: str) -> int:
        """How many characters of an utterance are its wake phrase, the space after it included."""
        lengths = [len(wake) + 1 for wake in self.wake_phrases if f"{said} ".startswith(f"{wake} ")]
        return max(lengths, default=0)


def weight(phrase: str) -> int:
    """Return a phrase's weight in the grammar, from its number of words alone.

    One-word commands are said most, and yet the many longer phrases crowd them out: among about
    1,000 phrases, weights of 10 to 50 for single words against 1 lifted their recall on
    recordings of people from 85 to 90 per cent (small Vosk model).
    """
    return WEIGHT_BY_WORDS.get(len(phrase.split()), 1)


def normalised(text: str) -> str:
    """Return text in lower case, with single spaces and straight apostrophes."""
    return " ".join(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
