"""What makes commands hard to tell apart, found before anybody says them.

A problem is a mistake in the sentences or the library: it will be misheard whatever the recogniser.
A note is a risk that the judge has to bear.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
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

LISTED_LINES = 3
"""Of the lines that hold a command so many are named in a note."""

EXAMPLES = {
    "duration": "ten seconds",
    "side": "left",
    **dict.fromkeys(("n", "count", "rep", "reps", "set", "sets", "number"), "two"),
}
"""What the placeholders of a line may stand for: "{side} side." is a command once it is spoken."""

Kind = Literal["sounds-alike", "unknown-word", "own-words", "recombination"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that will, or may, be misheard."""

    kind: Kind
    is_problem: bool
    text: str
    suggestion: str
    lines: tuple[str, ...] = ()
    """Every line of the coach that it is about, where there are such."""


def sounds_alike(commands: Mapping[str, Command], dictionary: Dictionary) -> Iterator[Finding]:
    """Phrases of different meaning that sound the same, or nearly."""
    sounds = {
        phrase: phones
        for phrase in commands
        if (phones := pronounced(phrase, dictionary)) is not None
    }
    pairs = [p for p in near_pairs(sounds) if commands[p[0]] != commands[p[1]]]
    doubtful = {phrase for one, other, _ in pairs for phrase in (one, other)}
    for one, other, apart in pairs:
        meanings = f"{commands[one].intent} and {commands[other].intent}"
        if apart == 0:
            text = f"“{one}” and “{other}” sound the same, and mean {meanings}"
            yield Finding("sounds-alike", True, text, "Remove one of the two sentences.")
        elif max(len(one.split()), len(other.split())) <= MAX_NOTED_WORDS:
            text = f"“{one}” and “{other}” are one sound apart, and mean {meanings}"
            longer, shorter = sorted((one, other), key=lambda phrase: -len(phrase.split()))
            mend = _instead(longer, commands, doubtful) or _instead(shorter, commands, doubtful)
            yield Finding("sounds-alike", False, text, mend or "Add a longer way to say one.")


def _instead(phrase: str, commands: Mapping[str, Command], doubtful: Collection[str]) -> str:
    """What to say instead of a doubtful phrase, of several words; "" where there is nothing."""
    others = (
        other
        for other, command in commands.items()
        if command == commands[phrase] and other not in doubtful and " " in other
    )
    other = min(others, key=lambda other: (len(other), other), default="")
    return other and f"Teach “{other}” rather than “{phrase}”; remove that if it can be missed."


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

    A part that is a command as a whole is the worst: it stands between two pauses, and is named
    with its line. Commands in the middle of a part are named with all lines that hold them.
    """
    holding: dict[str, list[str]] = defaultdict(list)
    for line in sorted(set(lines)):
        parts = list(_parts(filled(line)))
        alone = [part for part in parts if _is_command(part, commands)]
        if alone:
            said = ", ".join(f"“{part}”" for part in dict.fromkeys(alone))
            text = f"“{line}” has a part that is a command by itself: {said}"
            teaches = "say" in line.casefold().split()
            mend = "It tells people what to say: keep it." if teaches else _REPHRASE
            yield Finding("own-words", False, text, mend, (line,))
            continue
        for phrase in dict.fromkeys(phrase for part in parts for phrase in _held(part, commands)):
            holding[phrase].append(line)
    for phrase, found in sorted(holding.items()):
        named = ", ".join(f"“{line}”" for line in found[:LISTED_LINES])
        more = f" and {len(found) - LISTED_LINES} more" if len(found) > LISTED_LINES else ""
        text = f"“{phrase}” ({commands[phrase].intent}) stands inside {named}{more}"
        yield Finding("own-words", False, text, _KEEP_TOGETHER, tuple(found))


_REPHRASE = "Make it part of a longer one: “Coming up, plank” instead of “Next, plank”."
_KEEP_TOGETHER = "Put no comma or full stop beside it, or use other words."


def filled(line: str) -> str:
    """A line as it may be spoken, with examples in place of its placeholders."""
    for name, example in EXAMPLES.items():
        line = line.replace(f"{{{name}}}", example)
    return line


def _is_command(part: str, commands: Mapping[str, Command]) -> bool:
    return part in commands and commands[part].intent is not Intent.NUMBER


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
    swallowed = {
        phrase
        for phrase in commands
        if len(phrase.split()) == 2 and any(_swallowed(phrase, commands, dictionary, ()))
    }
    for phrase, command in commands.items():
        words = phrase.split()
        missing = [word for word in words if lacks(word)]
        rest = " ".join(word for word in words if word not in missing)
        if missing and rest in commands and commands[rest] != command:
            text = f"without “{missing[0]}”, “{phrase}” ({command.intent}) becomes “{rest}”"
            mend = f"Which is {commands[rest].intent}: say it with words that are known."
            yield Finding("recombination", True, text, mend)
        elif phrase in swallowed:  # a longer one has more that tells it apart
            yield from _swallowed(phrase, commands, dictionary, swallowed)


def _swallowed(
    phrase: str,
    commands: Mapping[str, Command],
    dictionary: Dictionary,
    doubtful: Collection[str],
) -> Iterator[Finding]:
    words = phrase.split()
    for lost, rest in zip(words, reversed(words), strict=True):
        phones = dictionary.phones(lost)
        is_short = phones is not None and len(phones) <= SHORT_WORD_PHONES
        if is_short and rest in commands and commands[rest] != commands[phrase]:
            text = f"“{phrase}” ({commands[phrase].intent}) is “{rest}” if “{lost}” is not heard"
            mend = _instead(phrase, commands, doubtful) or "Add a longer way to say it."
            yield Finding("recombination", False, f"{text}, which is {commands[rest].intent}", mend)


def _parts(line: str) -> Iterator[str]:
    """What a line says between two marks: the voice may pause there."""
    for mark in ",!?;:…":
        line = line.replace(mark, ".")
    for part in line.split("."):
        if text := normalised(part):
            yield text
