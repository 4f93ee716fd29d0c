"""A service starts whatever is written in its settings, and tells what is wrong with them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.config import load_settings, load_what_counts
from assistant.errors import SettingsError
from assistant.settings_file import line_of
from assistant.starting import start_world


def wrote(folder: Path, text: str | bytes) -> Path:
    content = text if isinstance(text, bytes) else text.encode()
    (folder / "settings.toml").write_bytes(content)
    return folder


@pytest.fixture(autouse=True)
def _only_our_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG_DIR", "TALK", "RATE_WPM"):
        monkeypatch.delenv(f"EARSHOT_{name}", raising=False)


def test_of_wrong_values_the_defaults_count_and_right_ones_stay(tmp_path: Path) -> None:
    text = '# mine\ntalk = "quiet"\n\nrate_wpm = 900\nvoice = 3\ntlak = "full"\n'
    settings, problems = load_what_counts(config_dir=wrote(tmp_path, text))
    assert (settings.talk, settings.rate_wpm, settings.voice) == ("quiet", 155, None)
    assert {p.place.rpartition(", ")[2] for p in problems} == {"line 4", "line 5", "line 6"}
    assert [p.mend for p in problems if "tlak" in p.problem] == ["Did you mean talk?"]


def test_right_settings_have_no_problems(tmp_path: Path) -> None:
    settings, problems = load_what_counts(config_dir=wrote(tmp_path, 'talk = "quiet"\n'))
    assert settings == load_settings(config_dir=tmp_path)
    assert problems == ()


@pytest.mark.parametrize(
    ("content", "told", "place"),
    [
        (b"talk = 'full'\nvoice = '\xfc'\n", "its encoding is not UTF-8", "line 2"),
        ('talk = "full"\n'.encode("utf-16"), "its encoding is not UTF-8", "line 1"),
        (b"\x00\xff", "its encoding is not UTF-8", "line 1"),
        ("talk =\n", "Invalid value (at line 1", "settings.toml"),
        ("a = 1\na = 2", "Cannot overwrite", "settings.toml"),
        ("x = " + "[" * 5000, "recursion", "settings.toml"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_the_environment_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, told: str, place: str
) -> None:
    monkeypatch.setenv("EARSHOT_TALK", "quiet")
    wrote(tmp_path, content)
    with pytest.raises(SettingsError) as caught:
        load_settings(config_dir=tmp_path)
    settings, problems = load_what_counts(config_dir=tmp_path)
    assert settings.talk == "quiet"
    for error in (caught.value, *problems):
        assert told in error.problem
        assert error.place.endswith(place)
        assert error.mend


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").mkdir()
    with pytest.raises(SettingsError, match="a folder, not a file"):
        load_settings(config_dir=tmp_path)
    settings, problems = load_what_counts(config_dir=tmp_path)
    assert settings.talk == "full"
    assert len(problems) == 1


def test_a_file_with_a_mark_of_its_encoding_is_read(tmp_path: Path) -> None:
    wrote(tmp_path, b'\xef\xbb\xbftalk = "quiet"\n')
    assert load_settings(config_dir=tmp_path).talk == "quiet"


def test_a_wrong_variable_is_told_and_its_default_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_RATE_WPM", "900")
    settings, problems = load_what_counts(config_dir=tmp_path)
    assert settings.rate_wpm == 155
    assert [p.place for p in problems] == ["EARSHOT_RATE_WPM in the environment"]


def test_a_wrong_flag_is_an_error_even_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="at most 195"):
        load_what_counts(config_dir=tmp_path, rate_wpm=900)


def test_a_line_in_a_text_of_several_lines_is_no_setting() -> None:
    text = 'voice = """\ntalk = "full"\n"""\n talk = "loud"\n'
    assert line_of("talk", text) == 4
    assert line_of("rate_wpm", text) is None


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_content_of_the_file_prevents_a_start(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = wrote(tmp_path_factory.getbasetemp(), content)
    load_what_counts(config_dir=folder)


# What a right value names may be wrong ---------------------------------------------------------


WRONG = {
    'model = "/no/such/model"': "no Vosk model here",
    'wake_phrases = ["hold on"]': "already means pause",
    'voice = "nobody"': "espeak-ng has no voice 'nobody'",
    'cache_dir = "/dev/null/x"': "cannot be written",
    "rate_wpm = 1": "at least 80",
}


def test_a_start_is_not_prevented_by_what_is_not_there_and_tells_it(tmp_path: Path) -> None:
    said: list[str] = []
    world = start_world(said.append, config_dir=wrote(tmp_path, "\n".join(WRONG)))
    usual = load_settings(config_dir="/nowhere")
    for line, told in WRONG.items():
        name = line.split(" =")[0]
        assert getattr(world.settings, name) == getattr(usual, name)
        assert sum(told in message for message in said) == 1
    assert len(said) == len(WRONG)
    assert world.phrasebook.wake_phrases == ("hey coach",)


def test_a_language_that_is_not_there_does_not_prevent_a_start(tmp_path: Path) -> None:
    said: list[str] = []
    world = start_world(said.append, config_dir=wrote(tmp_path, 'language = "xx"\n'))
    assert world.settings.language == "en"
    assert len(said) == 1


def test_a_users_wrong_movement_is_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "mine.yaml").write_text("nonsense", encoding="utf-8")
    said: list[str] = []
    world = start_world(said.append, config_dir=tmp_path)
    assert "plank" in world.library.exercises
    assert len(said) == 1
    assert "mine.yaml" in said[0]
