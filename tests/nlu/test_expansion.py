"""The whole expansion, checked against hassil's own sampler and recogniser, and the model."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
import vosk
from hassil import Intents, SlotList, TextSlotList, recognize_all, sample_intents
from hassil.numbers import get_rbnf_engine

import assistant
from assistant.coach.intents import Command, Intent, Side, Slots
from assistant.nlu import Phrasebook
from assistant.nlu.commands import MAX_PHRASES, short_lists
from assistant.nlu.loading import shipped_dir
from assistant.nlu.phrasebook import normalised

Lists = dict[str, SlotList]

MODEL_DIR = Path(assistant.__file__).parent / "stt/data/vosk-model-small-coach-en"


@pytest.fixture(scope="module")
def templates() -> Intents:
    return Intents.from_files(sorted(shipped_dir("en").glob("*.yaml")))


@pytest.fixture(scope="module")
def lists(exercises: Mapping[str, str], routines: Mapping[str, str]) -> Lists:
    return {
        "exercise": TextSlotList.from_tuples(exercises.items(), name="exercise"),
        "routine": TextSlotList.from_tuples(routines.items(), name="routine"),
        **{
            name: TextSlotList.from_tuples(values.items(), name=name)
            for name, values in short_lists(exercises).items()
        },
    }


def _recognised(text: str, templates: Intents, lists: Lists) -> set[Command]:
    """Everything that hassil's own recogniser takes a text to mean."""
    commands = set()
    for result in recognize_all(text, templates, slot_lists=lists):
        values = dict(result.intent_data.slots)
        values |= {name: entity.value for name, entity in result.entities.items()}
        if "side" in values:
            values["side"] = Side(values["side"])
        commands.add(Command(Intent(result.intent.name), Slots(**values)))
    return commands


def test_the_phrases_are_those_that_hassil_samples(
    english: Phrasebook, templates: Intents, lists: Lists
) -> None:
    sampled = {normalised(text) for _, text in sample_intents(templates, slot_lists=lists)}
    assert sampled == english.commands.keys()


def test_every_phrase_is_recognised_by_hassil_to_the_same_command(
    english: Phrasebook, templates: Intents, lists: Lists
) -> None:
    different = {
        phrase: recognised
        for phrase, command in english.commands.items()
        if (recognised := _recognised(phrase, templates, lists)) != {command}
    }
    assert different == {}


def test_every_phrase_of_the_grammar_is_parsed(english: Phrasebook) -> None:
    assert {p: english.parse(p) for p in english.commands} == dict(english.commands)
    behind_wake = english.weights.keys() - english.commands.keys()
    assert len(behind_wake) > 500
    for phrase in behind_wake:
        assert phrase.startswith("hey coach ")
        assert english.parse(phrase) == english.commands[phrase.removeprefix("hey coach ")]


def test_every_intent_can_be_said_in_ten_ways(english: Phrasebook) -> None:
    ways = Counter(command.intent for command in english.commands.values())
    # The wake phrase alone is one: each more would be another that a television may say.
    assert {i: ways[i] for i in Intent if ways[i] < 10} == {Intent.WAKE: 1}


def test_every_name_in_the_library_can_be_started(
    english: Phrasebook, exercises: Mapping[str, str], routines: Mapping[str, str]
) -> None:
    for name, id_ in exercises.items():
        assert english.parse(f"start {name}") == Command(Intent.START_EXERCISE, Slots(exercise=id_))
    for name, id_ in routines.items():
        assert english.parse(f"start {name}") == Command(Intent.START_ROUTINE, Slots(routine=id_))


@pytest.mark.parametrize("seconds", range(2, 61))
def test_every_number_of_seconds_is_understood(english: Phrasebook, seconds: int) -> None:
    words = get_rbnf_engine("en").format_number(seconds).text.replace("-", " ")
    expected = Command(Intent.HOLD_LONGER, Slots(seconds=seconds))
    assert english.parse(f"{words} more seconds") == expected


@pytest.mark.parametrize("count", range(11))
def test_every_pain_score_is_understood(english: Phrasebook, count: int) -> None:
    words = get_rbnf_engine("en").format_number(count).text
    assert english.parse(words) == Command(Intent.NUMBER, Slots(count=count))


def test_the_small_model_knows_every_word(english: Phrasebook) -> None:
    vosk.SetLogLevel(-1)
    model = vosk.Model(model_path=str(MODEL_DIR))
    words = {word for phrase in english.commands for word in phrase.split()}
    assert sorted(w for w in words if model.vosk_model_find_word(w) < 0) == []


def test_no_two_phrases_sound_alike_and_differ_in_meaning(english: Phrasebook) -> None:
    sounds = {"for": "four", "to": "two", "too": "two", "weak": "week", "ok": "okay"}
    heard: dict[str, str] = {}
    clashes = []
    for phrase, command in english.commands.items():
        sound = " ".join(sounds.get(word, word) for word in phrase.split())
        other = heard.setdefault(sound, phrase)
        if english.commands[other] != command:
            clashes.append((other, phrase))
    assert clashes == []


def test_the_grammar_is_moderate(english: Phrasebook) -> None:
    assert 3_000 <= len(english.commands) <= MAX_PHRASES // 2


BARE_WORDS = (
    "stop yes no go left right start back help repeat next pause resume ready done wait again "
    "finish skip longer shorter louder quieter faster slower begin continue previous okay cancel "
    "pain"
)


@pytest.mark.parametrize("word", sorted(BARE_WORDS.split(" ")))
def test_a_bare_command_word_is_a_phrase_and_outweighs_long_ones(
    english: Phrasebook, word: str
) -> None:
    assert word in english.commands
    assert english.weights[word] >= 10 * english.weights["twenty five more seconds please"]
