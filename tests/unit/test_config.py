"""The settings of the wake phrase: what is taken, and what is said of what is not."""

from pathlib import Path

import pytest

from assistant.app import load_world, make_listener
from assistant.coach.intents import Command, Intent
from assistant.config import load_settings
from assistant.errors import IntentsError, SettingsError


def settings_file(folder: Path, text: str) -> Path:
    (folder / "settings.toml").write_text(text, encoding="utf-8")
    return folder


def test_wake_phrases_of_the_settings_join_the_shipped_one(tmp_path: Path) -> None:
    folder = settings_file(tmp_path, 'wake_phrases = ["Hello  Coach"]\n')
    world = load_world(load_settings(config_dir=folder))
    assert world.phrasebook.wake_phrases == ("hey coach", "hello coach")
    assert world.phrasebook.parse("hello coach") == Command(Intent.WAKE)
    assert world.phrasebook.parse("hello coach stop") == Command(Intent.STOP)
    assert "hello coach start" in world.phrasebook.weights
    make_listener(world, warn=pytest.fail).close()


@pytest.mark.parametrize("phrase", ["coach", "hey 2", "hey, coach!", "", "a b c d e f"])
def test_wake_phrase_of_one_word_or_of_other_signs_is_refused(tmp_path: Path, phrase: str) -> None:
    folder = settings_file(tmp_path, f'wake_phrases = ["{phrase}"]\n')
    with pytest.raises(SettingsError, match="two to five words of letters") as caught:
        load_settings(config_dir=folder)
    assert repr(phrase) in caught.value.problem
    assert "wake_phrases" in caught.value.problem
    assert "settings.toml" in caught.value.place


def test_wake_phrase_that_is_a_command_is_refused(tmp_path: Path) -> None:
    folder = settings_file(tmp_path, 'wake_phrases = ["hold on"]\n')
    with pytest.raises(SettingsError, match="'hold on' already means pause") as caught:
        load_world(load_settings(config_dir=folder))
    assert caught.value.mend


@pytest.mark.parametrize("engine", ["auto", "vosk"])
def test_wake_phrase_that_the_recogniser_has_no_words_for_is_refused(
    tmp_path: Path, engine: str
) -> None:
    folder = settings_file(tmp_path, 'wake_phrases = ["hey jarvis"]\n')
    world = load_world(load_settings(config_dir=folder, engine=engine))
    with pytest.raises(SettingsError, match="vosk does not know 'jarvis'") as caught:
        make_listener(world, warn=pytest.fail)
    assert "wake = false" in caught.value.mend


def test_sphinx_knows_more_words(tmp_path: Path) -> None:
    folder = settings_file(tmp_path, 'wake_phrases = ["hey jarvis"]\n')
    world = load_world(load_settings(config_dir=folder, engine="sphinx"))
    make_listener(world, warn=pytest.fail).close()


def test_wake_sentence_of_one_word_is_refused(tmp_path: Path) -> None:
    (tmp_path / "intents" / "en").mkdir(parents=True)
    (tmp_path / "intents" / "en" / "mine.yaml").write_text(
        "language: en\nintents:\n  wake:\n    data:\n      - sentences: [coach]\n",
        encoding="utf-8",
    )
    with pytest.raises(IntentsError, match="'coach' has one word"):
        load_world(load_settings(config_dir=tmp_path))
