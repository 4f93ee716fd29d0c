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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('talk = "loud"', "talk = 'loud' is wrong: it can be 'full', 'normal', 'quiet' or 'beeps'"),
        ("rate_wpm = 300", "rate_wpm = 300 is wrong: it is at most 195"),
        ("rate_wpm = 20", "rate_wpm = 20 is wrong: it is at least 80"),
        ('rate_wpm = "fast"', "rate_wpm = 'fast' is wrong: a whole number is needed"),
        ('emergency_command = "/bin/ring"', "'/bin/ring' is wrong: a list is needed"),
        ('emergency_command = [""]', "emergency_command.0 = '' is wrong: it is empty"),
        ('emergency_number = "nine"', "'nine' is wrong: a number to call has 2 to 15 digits"),
        ('introduction = "perhaps"', "'perhaps' is wrong: true or false is needed"),
        ("voice = 3", "voice = 3 is wrong: text in quotes is needed"),
        ("data_dir = 3", "data_dir = 3 is wrong: a path in quotes is needed"),
        ('quiet_hours = "25-3"', "quiet_hours = '25-3' is wrong: write quiet hours as"),
        ('time_zone = "Mars/X"', "no time zone 'Mars/X'"),
        ('tlak = "full"', "unknown setting 'tlak'"),
        ("talk =", "Invalid value (at line 1"),
    ],
)
def test_a_wrong_setting_is_told_in_plain_words_with_its_file(
    tmp_path: Path, line: str, told: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(config_dir=settings_file(tmp_path, line + "\n"))
    assert told in caught.value.problem
    line_no = "" if line == "talk =" else ", line 1"
    assert caught.value.place == f"{tmp_path / 'settings.toml'}{line_no}"
    assert caught.value.mend


def test_a_wrong_setting_is_placed_where_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_file(tmp_path, 'talk = "quiet"\n')
    monkeypatch.setenv("EARSHOT_RATE_WPM", "900")
    with pytest.raises(SettingsError, match="at most 195") as caught:
        load_settings(config_dir=tmp_path)
    assert caught.value.place == "EARSHOT_RATE_WPM in the environment"
    with pytest.raises(SettingsError, match="at most 195") as caught:
        load_settings(config_dir=tmp_path, rate_wpm=800)
    assert caught.value.place == "the command line"
