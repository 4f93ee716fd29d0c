"""From sentence templates to phrases: each with its command, none with two meanings."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from assistant.coach.intents import Command, Intent
from assistant.errors import IntentsError
from assistant.nlu.expand import Expander
from assistant.nlu.phrasebook import normalised
from assistant.nlu.slots import NEEDED, POSSIBLE, SLOT_NAMES, Value, slots_of
from assistant.nlu.suggest import suggestion
from assistant.nlu.templates import Template, TemplateSet, read_templates

MAX_PHRASES = 20_000
"""Most phrases that a language may have. The shipped English has about a quarter of it; a larger
grammar slows the recognisers and is nearly always a slip in a template."""

LEAST_WAKE_WORDS = 2
"""A single word is said by every television; two seldom follow each other by chance."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def expanded(
    paths: Iterable[Path],
    language: str,
    exercises: Mapping[str, str],
    routines: Mapping[str, str],
) -> dict[str, Command]:
    """Every phrase of sentence files with what it means.

    `exercises` and `routines` give spoken names with the ids that they stand for. Raises
    IntentsError for a template that cannot be used, and a phrase with two meanings.
    """
    names = {"exercise": exercises, "routine": routines, **short_lists(exercises)}
    ids = {"exercise": frozenset(exercises.values()), "routine": frozenset(routines.values())}
    return _expand(read_templates(paths, language, names), ids)


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
        return Command(template.intent, slots_of(tuple(sorted(values.items()))))
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
    needed = NEEDED.get(template.intent, frozenset())
    possible = needed | POSSIBLE.get(template.intent, frozenset())
    for slot in values:
        if slot not in possible:
            known = SLOT_NAMES if slot not in SLOT_NAMES else possible
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
