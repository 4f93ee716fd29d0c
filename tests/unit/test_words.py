"""How long what the coach says may be, over everything it may say; the exceptions in one place."""

import re
from collections.abc import Iterator

import pytest

from assistant.coach.questions import HOLD_WORDS
from assistant.library import CueTime, load_library, load_lines
from assistant.library.knowledge import sentences
from assistant.library.spoken import library_texts, line_texts
from assistant.vocabulary.check import EXAMPLES

LIBRARY = load_library()
LINES = load_lines()

MOST_WORDS = 12
"""Words of a sentence while somebody moves."""
SWITCH_WORDS = 5
"""Words at a change of sides."""
LONG_NAME = max((e.name for e in LIBRARY.exercises.values()), key=lambda name: len(name.split()))
PLACES = EXAMPLES | {
    "exercise": LONG_NAME,
    "routine": "strengthening",
    "routines": "full routine, short routine, strengthening or stretches",
    "duration": "one minute thirty seconds",
    "muscles": "buttocks, backs of the thighs and lower back",
    "muscle": "backs of the thighs",
    "wake": "hey coach",
    "word": "stop",
    "movements": "eight movements",
}

EXCEPTIONS: frozenset[str] = frozenset()
"""Sentences that may be longer, each said at rest and never while somebody moves. None today."""

SWITCHING = ("switch", "get_set_side")
"""Lines said at a change of sides."""


def spoken() -> Iterator[str]:
    """Every sentence that may be said, places filled in."""
    for _, text in line_texts(LINES):
        filled = re.sub(r"\{(\w+)\}", lambda place: PLACES.get(place[1], "two"), text)
        yield from sentences(filled)
    for text in library_texts(LIBRARY):
        yield from sentences(text)


def words(text: str) -> int:
    return len(text.split())


def test_no_sentence_is_longer_than_can_be_followed():
    too_long = {s for s in spoken() if words(s) > MOST_WORDS}
    assert too_long - EXCEPTIONS == set()


def test_every_exception_is_needed():
    assert {s for s in spoken() if words(s) > MOST_WORDS} == EXCEPTIONS


@pytest.mark.parametrize("exercise", LIBRARY.exercises.values(), ids=lambda e: e.id)
def test_cues_in_the_middle_of_a_hold_and_at_a_switch_are_shorter(exercise):
    limits = {
        CueTime.DURING: HOLD_WORDS,
        CueTime.HALFWAY: HOLD_WORDS,
        CueTime.SWITCH: SWITCH_WORDS,
    }
    for cue in exercise.cues:
        if cue.when in limits:
            assert words(cue.text) <= limits[cue.when], cue.text


@pytest.mark.parametrize("topic", LIBRARY.knowledge.topics, ids=lambda topic: topic.id)
def test_short_answers_fit_into_a_hold(topic):
    assert words(topic.short) <= HOLD_WORDS


def test_lines_at_a_switch_are_shorter():
    for name in SWITCHING:
        for text in LINES.wordings(name):
            assert words(text) <= SWITCH_WORDS, text


def test_what_is_known_is_kind_and_can_be_spoken():
    for text in LIBRARY.knowledge.texts():
        assert re.fullmatch(r"[A-Z][A-Za-z ,.'?]*[.?]", text), text
        assert not re.search(r"\b(burn|crush|force|must|never mind|danger)\b", text), text
