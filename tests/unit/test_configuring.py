"""`earshot config`: the settings shown, checked and changed by the command line itself."""

import json
import stat
import sys
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.config import Settings, load_settings, problems_in
from assistant.configuring import set_value, template
from assistant.errors import SettingsError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG_DIR", "TALK", "RATE_WPM"):
        monkeypatch.delenv(f"EARSHOT_{name}", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def wrote(home: Path, text: str) -> Path:
    path = home / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def run(home: Path, *words: str) -> int:
    return main(["--config-dir", str(home), *words])


def test_the_template_describes_every_setting_and_sets_none() -> None:
    text = template()
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert (f"\n#{name} = " in text) == (name != "config_dir")
    assert problems_in(text, Path("settings.toml")) == ()


def test_every_entry_of_the_template_is_right_once_it_is_uncommented(home: Path) -> None:
    entries = [x[1:] for x in template().splitlines() if x.startswith("#") and x[1:2].isalpha()]
    path = wrote(home, "\n".join(entries))
    assert problems_in(path.read_text(encoding="utf-8"), path) == ()
    assert len(entries) == len(Settings.model_fields) - 1


def test_set_keeps_comments_and_what_else_is_there(home: Path) -> None:
    path = wrote(home, '# mine\ntalk = "full"  # for now\nvoice = "en-gb"\n')
    assert run(home, "config", "set", "talk", "quiet") == 0
    assert path.read_text(encoding="utf-8") == (
        '# mine\ntalk = "quiet"  # for now\nvoice = "en-gb"\n'
    )
    assert run(home, "config", "unset", "talk") == 0
    assert path.read_text(encoding="utf-8") == '# mine\nvoice = "en-gb"\n'


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("rate_wpm", "130", 130),
        ("wake", "false", False),
        ("emergency_number", "911", "911"),
        ("voice", "en-gb", "en-gb"),
        ("wake_phrases", '["hello trainer"]', ("hello trainer",)),
        ("emergency_command", "/bin/ring loudly", ("/bin/ring", "loudly")),
        ("quiet_hours", "22:00-06:00", "22:00-06:00"),
    ],
)
def test_set_takes_values_as_people_type_them(
    home: Path, name: str, given: str, value: object
) -> None:
    assert run(home, "config", "set", name, given) == 0
    assert getattr(load_settings(config_dir=home), name) == value


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("rate_wpm", "fast", "a whole number"),
        ("talk", "loud", "it can be"),
        ("tlak", "x", "unknown"),
    ],
)
def test_set_writes_nothing_that_is_wrong(
    home: Path, capsys: pytest.CaptureFixture[str], name: str, given: str, told: str
) -> None:
    path = wrote(home, "# mine\n")
    assert run(home, "config", "set", name, given) == 2
    assert told in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == "# mine\n"


def test_set_mends_one_line_of_a_file_that_is_wrong_in_another(home: Path) -> None:
    path = wrote(home, "rate_wpm = 900\ntlak = 1\n")
    assert run(home, "config", "set", "rate_wpm", "150") == 0
    assert path.read_text(encoding="utf-8") == "rate_wpm = 150\ntlak = 1\n"


def test_a_file_in_a_folder_that_is_not_there_is_made_for_its_owner_alone(home: Path) -> None:
    set_value(home / "new" / "settings.toml", "talk", "quiet")
    assert stat.S_IMODE((home / "new" / "settings.toml").stat().st_mode) == 0o600
    assert load_settings(config_dir=home / "new").talk == "quiet"


def test_a_place_that_cannot_be_written_is_told(home: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be"):
        set_value(Path("/dev/null/settings.toml"), "talk", "quiet")


def test_show_tells_each_value_and_where_it_comes_from(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wrote(home, 'talk = "quiet"\n')
    monkeypatch.setenv("EARSHOT_RATE_WPM", "130")
    assert run(home, "config", "show", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["talk"] == {"value": "quiet", "source": f"{path}, line 1"}
    assert shown["rate_wpm"] == {"value": 130, "source": "EARSHOT_RATE_WPM in the environment"}
    assert shown["wake"] == {"value": True, "source": "default"}
    assert set(shown) == set(Settings.model_fields)


def test_show_tells_which_values_do_not_count(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wrote(home, "rate_wpm = 900\n")
    assert run(home, "config", "show") == 1
    told = capsys.readouterr()
    assert f"default; wrong: {path}, line 1" in told.out
    assert "at most 195" in told.err


def test_check_tells_everything_that_is_wrong_with_its_line(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wrote(home, "rate_wpm = 900\n\ntlak = 1\n")
    assert run(home, "config", "check") == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"{path}, line 1", f"{path}, line 3"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('voice = "marvin"', "no voice 'marvin'"),
        ('model = "/nowhere"', "no Vosk model here"),
        ('wake_phrases = ["hold on"]', "already means pause"),
    ],
)
def test_check_looks_for_what_a_value_names(
    home: Path, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    wrote(home, line)
    assert run(home, "config", "check") == 1
    assert told in capsys.readouterr().out


def test_check_is_content_with_right_settings_and_with_none(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(home, "config", "check") == 0
    wrote(home, 'talk = "quiet"\n')
    assert run(home, "config", "check") == 0
    assert "all is well" in capsys.readouterr().out


# The editor ------------------------------------------------------------------------------------


def editor(home: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """An editor that adds a line to the file that it is given."""
    program = home / "editor.py"
    program.write_text(
        f"import pathlib, sys\np = pathlib.Path(sys.argv[1])\n"
        f"p.write_text(p.read_text() + {line + chr(10)!r})\n",
        encoding="utf-8",
    )
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {program}")


def test_edit_begins_with_the_template_and_keeps_what_is_right(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(home, monkeypatch, 'talk = "quiet"')
    assert run(home, "config", "edit") == 0
    text = (home / "settings.toml").read_text(encoding="utf-8")
    assert text == template() + 'talk = "quiet"\n'


def test_edit_leaves_the_old_file_where_the_new_one_is_wrong(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wrote(home, 'talk = "quiet"\n')
    editor(home, monkeypatch, "rate_wpm = 900")
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert run(home, "config", "edit") == 1
    assert path.read_text(encoding="utf-8") == 'talk = "quiet"\n'
    assert "rate_wpm = 900" in (home / "settings.toml.draft").read_text(encoding="utf-8")
    assert "at most 195" in capsys.readouterr().out


def test_edit_adds_what_a_file_does_not_name_yet(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wrote(home, '# mine\ntalk = "quiet"\n')
    editor(home, monkeypatch, "")
    assert run(home, "config", "edit") == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith('# mine\ntalk = "quiet"\n')
    assert text.count("talk = ") == 1
    assert "#rate_wpm = 155" in text


@pytest.mark.parametrize("named", ["/no/such/editor", "false", "'"])
def test_an_editor_that_fails_is_told_and_nothing_changes(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", named)
    assert run(home, "config", "edit") == 2
    assert "EDITOR" in capsys.readouterr().err
    assert not (home / "settings.toml").exists()
