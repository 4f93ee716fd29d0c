"""Recordings of people through the whole live path, all sentences open."""

import os
from pathlib import Path

import pytest

from assistant.app import World, load_world
from assistant.assessment import evaluate_corpus
from assistant.config import load_settings
from assistant.evaluation.conditions import CLEAN

FOLDER = os.environ.get("EARSHOT_CORPUS")

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(
        not FOLDER, reason="EARSHOT_CORPUS names no folder with recordings of people"
    ),
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return load_world(load_settings(config_dir=tmp_path))


def test_people_are_understood_and_other_words_rejected(world: World) -> None:
    found = evaluate_corpus(
        world, Path(FOLDER or ""), [CLEAN], "commands", warn=print, progress=print
    )
    result = found.conditions[0]
    assert result.accuracy is not None
    assert result.accepted_share is not None
    print(
        f"{result.accuracy:.1%} right of {result.commands},"
        f" {result.accepted_share:.1%} accepted of {result.others} other words"
    )
    assert result.accuracy >= 0.94
    assert result.accepted_share <= 0.04
