"""What people say means what the test set beside the sentences says."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from collisions import COLLISIONS

from assistant.coach.intents import Command, Intent, Side, Slots
from assistant.nlu import Phrasebook
from assistant.nlu.loading import shipped_dir

TESTS_DIR = shipped_dir("en") / "tests"


def _read(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def _spoken() -> list[tuple[str, Command]]:
    spoken = []
    for path in sorted(TESTS_DIR.glob("*.yaml")):
        for group in _read(path).get("tests", []):
            values = dict(group.get("slots", {}))
            if "side" in values:
                values["side"] = Side(values["side"])
            command = Command(Intent(group["intent"]), Slots(**values))
            spoken += [(text, command) for text in group["sentences"]]
    return spoken


SPOKEN = _spoken()


@pytest.mark.parametrize(("text", "command"), SPOKEN, ids=[text for text, _ in SPOKEN])
def test_spoken_text_means_its_command(english: Phrasebook, text: str, command: Command) -> None:
    assert english.parse(text) == command


@pytest.mark.parametrize("intent", [intent for intent in Intent if intent is not Intent.WAKE])
def test_every_intent_has_ten_spoken_texts(intent: Intent) -> None:
    assert Counter(command.intent for _, command in SPOKEN)[intent] >= 10


@pytest.mark.parametrize("text", _read(TESTS_DIR / "chatter.yaml")["not_commands"])
def test_chatter_is_no_command(english: Phrasebook, text: str) -> None:
    assert english.parse(text) is None


def test_every_file_of_sentences_has_a_file_of_texts() -> None:
    sentences = {path.name for path in TESTS_DIR.parent.glob("*.yaml")} - {"common.yaml"}
    assert sentences <= {path.name for path in TESTS_DIR.glob("*.yaml")}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *COLLISIONS,
        ("done", "i'm done for today"),
        ("slower", "talk slower"),
        ("again", "start again"),
        ("left", "left only"),
        ("left again", "left only"),
        ("stop this", "swap this"),
        ("switch sides", "swap this"),
        ("too hard", "too easy"),
        ("one more breath", "one more time"),
        ("plank please", "side plank please"),
    ],
)
def test_near_neighbours_are_told_apart(english: Phrasebook, one: str, other: str) -> None:
    first, second = english.parse(one), english.parse(other)
    assert first is not None
    assert second is not None
    assert first != second
