"""What makes commands hard to tell apart, found before anybody says them.

A problem is a mistake in the sentences or the library: it will be misheard whatever the recogniser.
A note is a risk that the judge has to bear.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from assistant.coach.intents import Command, Intent
from assistant.nlu.phrasebook import normalised
from assistant.vocabulary.phones import Dictionary, near_pairs, pronounced

MAX_NOTED_WORDS = 2
"""Phrases one phone apart are noted up to this length: in longer ones the rest tells them apart
for the ear, and they are mostly one number or article beside another."""

SHORT_WORD_PHONES = 2
"""A word of at most so many phones is easily swallowed."""

Kind = Literal["sounds-alike", "unknown-word", "own-words", "recombination"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that will, or may, be misheard."""

    kind: Kind
    is_problem: bool
    text: str
    suggestion: str


def sounds_alike(commands: Mapping[str, Command], dictionary: Dictionary) -> Iterator[Finding]:
    """Phrases of different meaning that sound the same, or nearly."""
    sounds = {
        phrase: phones
        for phrase in commands
        if (phones := pronounced(phrase, dictionary)) is not None
    }
    for one, other, apart in near_pairs(sounds):
        if commands[one] == commands[other]:
            continue
        meanings = f"{commands[one].intent} and {commands[other].intent}"
        if apart == 0:
            text = f"“{one}” and “{other}” sound the same, and mean {meanings}"
            yield Finding("sounds-alike", True, text, "Remove one of the two sentences.")
        elif max(len(one.split()), len(other.split())) <= MAX_NOTED_WORDS:
            text = f"“{one}” and “{other}” are one sound apart, and mean {meanings}"
            yield Finding("sounds-alike", False, text, "Offer a longer way to say one of them.")


def unknown_words(
    phrases: Iterable[str], knows: Mapping[str, Callable[[str], bool]]
) -> Iterator[Finding]:
    """Words that an engine lacks; a problem where none has them. `knows` is by engine."""
    for word in sorted({word for phrase in phrases for word in phrase.split()}):
        lacking = [engine for engine, has in knows.items() if not has(word)]
        if lacking:
            nowhere = len(lacking) == len(knows)
            text = f"{' and '.join(lacking)} cannot hear “{word}”"
            mend = "Respell it, or add an alias of other words."
            covered = "Another engine serves its phrases; an alias of known words is surer."
            yield Finding("unknown-word", nowhere, text, mend if nowhere else covered)


def own_words(lines: Iterable[str], commands: Mapping[str, Command]) -> Iterator[Finding]:
    """Lines of the coach that hold commands: from the loudspeaker they could be heard as such.

    A sentence that is a command as a whole is the worst: it stands between two silences.
    """
    for line in sorted(set(lines)):
        sentences = list(_sentences(line))
        alone = [sentence for sentence in sentences if sentence in commands]
        inside = [phrase for sentence in sentences for phrase in _held(sentence, commands)]
        if alone:
            said = ", ".join(f"“{phrase}”" for phrase in alone)
            text = f"“{line}” has a sentence that is a command: {said}"
            yield Finding("own-words", False, text, "Say it inside a longer sentence.")
        elif inside:
            said = ", ".join(f"“{phrase}”" for phrase in dict.fromkeys(inside))
            text = f"“{line}” holds {said}"
            yield Finding("own-words", False, text, "Use other words where there are some.")


def _held(sentence: str, commands: Mapping[str, Command]) -> Iterator[str]:
    """The commands inside a sentence, the longest first at each place; bare numbers excepted."""
    words = [word.strip("\"'()-") for word in sentence.split()]
    start = 0
    while start < len(words):
        for end in range(len(words), start, -1):
            phrase = " ".join(words[start:end])
            command = commands.get(phrase)
            if command is not None and command.intent is not Intent.NUMBER:
                yield phrase
                start = end
                break
        else:
            start += 1


def recombinations(
    commands: Mapping[str, Command], dictionary: Dictionary, lacks: Callable[[str], bool]
) -> Iterator[Finding]:
    """Phrases that become another command where a word is lost.

    A recogniser's grammar is made of pairs of words: a word that its model `lacks` is dropped
    and the rest stays, which is a problem; a short word may be swallowed, which is noted.
    """
    for phrase, command in commands.items():
        words = phrase.split()
        missing = [word for word in words if lacks(word)]
        rest = " ".join(word for word in words if word not in missing)
        if missing and rest in commands and commands[rest] != command:
            text = f"without “{missing[0]}”, “{phrase}” ({command.intent}) becomes “{rest}”"
            mend = f"Which is {commands[rest].intent}: say it with words that are known."
            yield Finding("recombination", True, text, mend)
        elif len(words) == 2:  # a longer one has more that tells it apart
            yield from _swallowed(phrase, commands, dictionary)


def _swallowed(
    phrase: str, commands: Mapping[str, Command], dictionary: Dictionary
) -> Iterator[Finding]:
    words = phrase.split()
    for lost, rest in zip(words, reversed(words), strict=True):
        phones = dictionary.phones(lost)
        is_short = phones is not None and len(phones) <= SHORT_WORD_PHONES
        if is_short and rest in commands and commands[rest] != commands[phrase]:
            text = f"“{phrase}” ({commands[phrase].intent}) is “{rest}” if “{lost}” is not heard"
            mend = f"Which is {commands[rest].intent}: offer a longer way to say it."
            yield Finding("recombination", False, text, mend)


def _sentences(line: str) -> Iterator[str]:
    for mark in "!?;:…":
        line = line.replace(mark, ".")
    for sentence in line.split("."):
        if text := normalised(sentence.replace(",", " ")):
            yield text
