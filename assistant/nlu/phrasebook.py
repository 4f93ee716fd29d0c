"""Everything that can be said, and what it means.

The sentence templates are expanded once, at start-up, into a dictionary of phrases. That one
dictionary is both the recognisers' grammar and the parser, so nothing can be heard that is not
understood. A recogniser's grammar recombines words: only a whole phrase has a meaning, never a
part of one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import assistant
from assistant.coach.floor import IDLE_INTENTS
from assistant.coach.intents import Command, Habit, Half, Intent, Side, Slots, Symptom
from assistant.errors import IntentsError, SettingsError
from assistant.nlu.expand import Expander, Value
from assistant.nlu.suggest import suggestion
from assistant.nlu.templates import SUFFIXES, Template, TemplateSet, read_templates

MAX_PHRASES = 20_000
"""Most phrases that a language may have. The shipped English has about a quarter of it; a larger
grammar slows the recognisers and is nearly always a slip in a template."""

WEIGHT_BY_WORDS: Mapping[int, int] = MappingProxyType({1: 30, 2: 6, 3: 2})
"""Weight of a phrase in the grammar by its number of words; a longer one weighs 1."""

LEAST_WAKE_WORDS = 2
"""A single word is said by every television; two seldom follow each other by chance."""

ONE_BREATH_WORDS = 3
"""The phrases of up to so many words that make sense when nothing runs stand in the grammar behind
the wake phrase too. Longer ones are understood there as well, since a grammar's words recombine.
Of 32 such commands in flite's voices 32 were understood at 30 dB, 22 at 10 dB (29 woke it); with
the wake phrase alone in the grammar 22 at 30 dB, since it ended there or lost a word."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")

_SLOT_NAMES = frozenset(field.name for field in fields(Slots))
_NEEDED_SLOTS: Mapping[Intent, frozenset[str]] = MappingProxyType(
    {
        Intent.START_ROUTINE: frozenset({"routine"}),
        Intent.START_EXERCISE: frozenset({"exercise"}),
        Intent.CHOOSE_SIDE: frozenset({"side"}),
        Intent.ONLY_SIDE: frozenset({"side"}),
        Intent.NUMBER: frozenset({"count"}),
        Intent.REMIND_EVERY: frozenset({"minutes"}),
        Intent.REMIND_IN: frozenset({"minutes"}),
        Intent.REMIND_AT: frozenset({"clock"}),
        Intent.REMIND_DAILY: frozenset({"clock"}),
        Intent.START_LENGTH: frozenset({"seconds"}),
        Intent.BREATH_PATTERN: frozenset({"in_s", "out_s"}),
        Intent.ADD_MOVEMENT: frozenset({"exercise"}),
        Intent.ASK_TOPIC: frozenset({"topic"}),
    }
)
_POSSIBLE_SLOTS: Mapping[Intent, frozenset[str]] = MappingProxyType(
    {
        # A count is a number of breaths here.
        Intent.HOLD_LONGER: frozenset({"seconds", "count"}),
        Intent.HOLD_SHORTER: frozenset({"seconds", "count"}),
        Intent.MORE_REST: frozenset({"seconds"}),
        Intent.REMIND_EVERY: frozenset({"habit"}),
        Intent.REMIND_IN: frozenset({"habit"}),
        Intent.REMIND_AT: frozenset({"habit", "half"}),
        Intent.REMIND_DAILY: frozenset({"habit", "half"}),
        Intent.SNOOZE: frozenset({"minutes"}),
        Intent.NO_REMINDERS: frozenset({"minutes"}),
        Intent.CANCEL_REMINDERS: frozenset({"habit"}),
        Intent.LONGEST_HOLD: frozenset({"exercise"}),
        Intent.BREATHE: frozenset({"seconds"}),
        Intent.MAKE_ROUTINE: frozenset({"exercise"}),
        Intent.ADD_MOVEMENT: frozenset({"count", "seconds", "breaths"}),
        Intent.SET_DOSE: frozenset({"count", "seconds", "breaths"}),
        Intent.DELETE_ROUTINE: frozenset({"routine"}),
        Intent.PAIN: frozenset({"symptom"}),
        Intent.REDO_SIDE: frozenset({"side"}),
    }
)


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


def load_phrasebook(
    language: str,
    exercises: Mapping[str, str],
    routines: Mapping[str, str],
    user_dir: Path | None = None,
    wake_phrases: Iterable[str] = (),
) -> Phrasebook:
    """Read and expand the sentences of a language.

    `exercises` and `routines` give spoken names with the ids that they stand for. Sentences in
    `user_dir`/intents/<language> are added to the shipped ones, and `wake_phrases` to the
    language's own. Raises IntentsError for a language without sentences, a template that cannot be
    used, and a phrase with two meanings; SettingsError for a wake phrase that means something else.
    """
    folders = [shipped_dir(language)]
    if user_dir is not None:
        folders.append(user_dir / "intents" / language)
    templates = read_templates(
        [path for folder in folders for path in _files(folder)],
        language,
        {"exercise": exercises, "routine": routines, **short_lists(exercises)},
    )
    ids = {"exercise": frozenset(exercises.values()), "routine": frozenset(routines.values())}
    commands = _expand(templates, ids)
    _add_wake_phrases(commands, wake_phrases)
    wakes = tuple(phrase for phrase, command in commands.items() if command.intent is Intent.WAKE)
    return Phrasebook(MappingProxyType(commands), wakes)


def short_lists(exercises: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """Two shorter lists of exercises, where every name in every sentence would be too many:
    `movement` has the first name of each, `named` those that may be said alone, of two words or
    more."""
    first: dict[str, str] = {}
    for name, id_ in exercises.items():
        first.setdefault(id_, name)
    return {
        "movement": {name: id_ for id_, name in first.items()},
        "named": {name: id_ for name, id_ in exercises.items() if " " in name},
    }


def _add_wake_phrases(commands: dict[str, Command], wake_phrases: Iterable[str]) -> None:
    wake = Command(Intent.WAKE)
    for phrase in map(normalised, wake_phrases):
        meant = commands.setdefault(phrase, wake)
        if meant != wake:
            raise SettingsError(
                f"wake_phrases: {phrase!r} already means {meant.intent}",
                place="settings",
                mend="Choose words that are no command, such as 'hello coach'.",
            )


def shipped_dir(language: str) -> Path:
    """Return the folder of a language's shipped sentences.

    It lies inside the package where that was installed from a wheel, beside it in a checkout.
    Raises IntentsError where the language has none.
    """
    package = Path(assistant.__file__).parent
    known: set[str] = set()
    for root in (package / "intents", package.parent / "intents"):
        languages = {path.name: path for path in root.glob("*") if _files(path)}
        if language in languages:
            return languages[language]
        known |= languages.keys()
    raise IntentsError(
        f"no sentences for the language '{language}'",
        place=str(package.parent / "intents"),
        mend=suggestion(language, known),
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in SUFFIXES)


def _expand(templates: TemplateSet, ids: Mapping[str, frozenset[str]]) -> dict[str, Command]:
    expander = Expander(templates)
    _check_size(expander, templates)
    commands: dict[str, Command] = {}
    origins: dict[str, Template] = {}
    for template in templates.templates:
        meant: dict[tuple[Value, ...], Command] = {}
        for text, named in expander.variants(template.expression):
            phrase = normalised(text)
            if phrase not in origins:
                _check_words(phrase, template)
                _check_wake(phrase, template)
            command = meant.get(named)
            if command is None:
                command = meant[named] = _command(template, named, ids)
            if commands.setdefault(phrase, command) != command:
                raise _collision(phrase, origins[phrase], template)
            origins.setdefault(phrase, template)
    return commands


def _check_size(expander: Expander, templates: TemplateSet) -> None:
    counts = [(expander.count(t.expression, t.place), t) for t in templates.templates]
    total = sum(count for count, _ in counts)
    if total > MAX_PHRASES:
        count, largest = max(counts, key=lambda pair: pair[0])
        raise IntentsError(
            f"'{largest.text}' stands for {count:,} phrases of {total:,} in all;"
            f" {MAX_PHRASES:,} is the most",
            place=largest.place,
            mend="Use fewer alternatives in one sentence.",
        )


def _check_words(phrase: str, template: Template) -> None:
    if not phrase:
        raise IntentsError(
            f"'{template.text}' can be said by saying nothing",
            place=template.place,
            mend="Leave at least one word outside square brackets.",
        )
    for word in phrase.split():
        if not _WORD.fullmatch(word):
            raise IntentsError(
                f"'{word}' in '{phrase}' is not a word that can be said",
                place=template.place,
                mend="Write numbers in words; use letters, spaces and apostrophes only.",
            )


def _check_wake(phrase: str, template: Template) -> None:
    if template.intent is Intent.WAKE and len(phrase.split()) < LEAST_WAKE_WORDS:
        raise IntentsError(
            f"the wake phrase '{phrase}' has one word",
            place=template.place,
            mend="Give it two or more, or every television will say it.",
        )


def _collision(phrase: str, first: Template, second: Template) -> IntentsError:
    return IntentsError(
        f"'{phrase}' means both {first.intent} ('{first.text}', {first.place})"
        f" and {second.intent} ('{second.text}')",
        place=second.place,
        mend="Keep it in one of the two, or rename what shares the name.",
    )


def _command(
    template: Template, named: tuple[Value, ...], ids: Mapping[str, frozenset[str]]
) -> Command:
    values = dict(template.slots)
    for slot, value in named:
        if values.setdefault(slot, value) != value:
            raise IntentsError(
                f"'{template.text}' gives {slot} two values, '{values[slot]}' and '{value}'",
                place=template.place,
                mend="Name each slot once in a sentence.",
            )
    _check_slots(template, values, ids)
    try:
        return Command(template.intent, _slots(tuple(sorted(values.items()))))
    except ValueError as error:
        raise IntentsError(
            f"a slot of '{template.text}' has a wrong value: {error}",
            place=template.place,
            mend="seconds takes 1 to 3600, count 0 to 50, breaths 1 to 20, in_s and out_s 1 to 12,"
            " minutes 1 to 1440, clock 0 to 719, half morning or evening, side left or right,"
            " symptom numbness, weakness or dizziness.",
        ) from error


def _check_slots(
    template: Template, values: Mapping[str, str], ids: Mapping[str, frozenset[str]]
) -> None:
    needed = _NEEDED_SLOTS.get(template.intent, frozenset())
    possible = needed | _POSSIBLE_SLOTS.get(template.intent, frozenset())
    for slot in values:
        if slot not in possible:
            known = _SLOT_NAMES if slot not in _SLOT_NAMES else possible
            raise IntentsError(
                f"{template.intent} takes no slot '{slot}', as in '{template.text}'",
                place=template.place,
                mend=suggestion(slot, known),
            )
    if missing := needed - values.keys():
        slot = min(missing)
        raise IntentsError(
            f"'{template.text}' names no {slot}, and {template.intent} needs one",
            place=template.place,
            mend=f"Put {{{slot}}} into the sentence, or '{slot}' under 'slots'.",
        )
    for slot in values.keys() & ids.keys():
        if values[slot] not in ids[slot]:
            raise IntentsError(
                f"no {slot} has the id '{values[slot]}'",
                place=template.place,
                mend=suggestion(values[slot], ids[slot]),
            )


@lru_cache(maxsize=1024)
def _slots(values: tuple[Value, ...]) -> Slots:
    named = dict(values)
    return Slots(
        routine=named.get("routine"),
        exercise=named.get("exercise"),
        seconds=_whole(named.get("seconds"), 1, 3600),
        count=_whole(named.get("count"), 0, 50),
        side=Side(named["side"]) if "side" in named else None,
        in_s=_whole(named.get("in_s"), 1, 12),
        out_s=_whole(named.get("out_s"), 1, 12),
        habit=Habit(named["habit"]) if "habit" in named else None,
        minutes=_whole(named.get("minutes"), 1, 1440),
        clock=_whole(named.get("clock"), 0, 719),
        half=Half(named["half"]) if "half" in named else None,
        breaths=_whole(named.get("breaths"), 1, 20),
        symptom=Symptom(named["symptom"]) if "symptom" in named else None,
        topic=named.get("topic"),
    )


def _whole(text: str | None, least: int, most: int) -> int | None:
    if text is None:
        return None
    if not least <= (value := int(text)) <= most:
        raise ValueError(f"{value} is not from {least} to {most}")
    return value
