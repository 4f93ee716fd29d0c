"""Routines of the user's own as files: new, kept, checked, exported, imported, planned."""

import json
import re
import stat
from pathlib import Path

import pytest
import yaml

from assistant.app import load_world
from assistant.cli import main
from assistant.coach.intents import Command, Intent, Slots
from assistant.config import load_settings
from assistant.errors import LibraryError
from assistant.library import Dose, Exercise, Library, Routine, Step, load_library
from assistant.library.shelf import RoutineShelf, routine_text
from assistant.library.template import SCHEMA_FILE, routine_template, schema_text
from assistant.rehearsal.script import script_for

TOLD = Routine(
    id="my_routine_1",
    name="routine one",
    summary="2 told: plank, bird dog.",
    steps=(Step(exercise="plank", dose=Dose(hold_s=10, reps=3, sets=1)), Step(exercise="bird_dog")),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's folder that does not exist yet."""
    return tmp_path / "earshot"


def earshot(home: Path, *args: object) -> int:
    return main(["--config-dir", str(home), *map(str, args)])


def own(home: Path) -> Library:
    return load_library("en", home)


# Told routines -------------------------------------------------------------------------------


def test_a_told_routine_is_there_after_a_restart_and_can_be_said(home: Path) -> None:
    RoutineShelf(home).keep(TOLD)
    world = load_world(load_settings(config_dir=home))
    assert world.library.routines["my_routine_1"] == TOLD
    start = Command(Intent.START_ROUTINE, Slots(routine="my_routine_1"))
    assert world.phrasebook.parse("start my routine one") == start


def test_the_names_of_told_routines_are_heard_before_there_is_one(home: Path) -> None:
    world = load_world(load_settings(config_dir=home))
    start = Command(Intent.START_ROUTINE, Slots(routine="my_routine_4"))
    assert world.phrasebook.parse("start routine four") == start


def test_keeping_again_replaces_the_file_and_leaves_nothing_half_written(home: Path) -> None:
    shelf = RoutineShelf(home)
    shelf.keep(TOLD)
    shelf.keep(TOLD.model_copy(update={"steps": TOLD.steps[:1]}))
    assert len(own(home).routines["my_routine_1"].steps) == 1
    names = sorted(path.name for path in (home / "routines").iterdir())
    assert names == ["my_routine_1.yaml", SCHEMA_FILE]


def test_a_routine_that_cannot_be_written_leaves_the_old_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = RoutineShelf(home)
    shelf.keep(TOLD)

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(LibraryError, match="No space left"):
        shelf.keep(TOLD.model_copy(update={"steps": TOLD.steps[:1]}))
    assert own(home).routines["my_routine_1"] == TOLD
    assert not list((home / "routines").glob(".*"))


def test_deleting_removes_the_file_and_twice_is_no_error(home: Path) -> None:
    shelf = RoutineShelf(home)
    shelf.keep(TOLD)
    shelf.delete(TOLD.id)
    shelf.delete(TOLD.id)
    assert TOLD.id not in own(home).routines


def test_a_folder_in_the_way_is_named(home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file")
    with pytest.raises(LibraryError, match="my_routine_1"):
        RoutineShelf(home).keep(TOLD)


def test_a_told_routine_reads_as_somebody_would_write_it() -> None:
    text = routine_text(TOLD)
    assert text.startswith(f"# yaml-language-server: $schema={SCHEMA_FILE}\n")
    content = yaml.safe_load(text)
    assert list(content) == ["id", "name", "summary", "steps"]
    assert content["steps"] == [
        {"exercise": "plank", "dose": {"hold_s": 10.0, "reps": 3}},
        {"exercise": "bird_dog"},
    ]


# new -----------------------------------------------------------------------------------------


def test_a_new_routine_is_valid_as_it_stands(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earshot(home, "routines", "new", "Evening stretch") == 0
    path = home / "routines" / "evening_stretch.yaml"
    assert str(path) in capsys.readouterr().out
    assert own(home).routines["evening_stretch"].name == "evening stretch"
    assert earshot(home, "routines", "check", path) == 0
    out = capsys.readouterr().out
    assert "start evening stretch" in out
    assert "plank" in out


def test_everything_that_the_template_leaves_out_is_valid_too() -> None:
    """Its commented fields, uncommented."""
    id_, text = routine_template("evening stretch")
    steps = text.split("steps:")[1]
    # "      # sets: 2   # or ..." and "  #   dose:", not "  # An exercise at a level ..."
    fields = re.compile(r"^( *)# ((?: *)(?:- )?[a-z_]+:.*)$")
    uncommented = [fields.sub(r"\1\2", line) for line in steps.splitlines()]
    content = yaml.safe_load("\n".join([text.split("steps:")[0], "steps:", *uncommented]))
    routine = Routine.model_validate(content)
    assert routine.id == id_
    assert len(routine.steps) == 3
    dose = routine.steps[1].dose
    assert dose is not None
    assert dose.model_fields_set >= {"sets", "prepare_s", "switch_s", "rest_after_s", "first_side"}
    assert routine.steps[2].dose is not None
    assert routine.steps[2].dose.tempo is not None


def test_a_new_routine_may_go_to_a_folder_or_a_file(home: Path, tmp_path: Path) -> None:
    assert earshot(home, "routines", "new", "morning", tmp_path) == 0
    assert (tmp_path / "morning.yaml").is_file()
    assert earshot(home, "routines", "new", "noon", tmp_path / "noon.yaml") == 0
    assert (tmp_path / "noon.yaml").is_file()
    assert not home.exists()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("stop", "is a command"),
        ("plank", "already means the exercise plank"),
        ("stretches", "already"),
        ("routine 5", "cannot be a routine's name"),
        ("../up", "cannot be a routine's name"),
        ("", "cannot be a routine's name"),
    ],
)
def test_a_name_that_cannot_be_said_is_refused_with_a_mend(
    home: Path, name: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earshot(home, "routines", "new", name) == 2
    assert problem in capsys.readouterr().err
    assert not home.exists()


def test_a_file_that_is_there_is_not_overwritten(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earshot(home, "routines", "new", "evening")
    path = home / "routines" / "evening.yaml"
    path.write_text(path.read_text().replace("level: 1", "level: 2"))
    assert earshot(home, "routines", "new", "evening") == 2
    assert "evening.yaml already" in capsys.readouterr().err
    assert "level: 2" in path.read_text()


# check ---------------------------------------------------------------------------------------


def test_a_word_that_the_model_lacks_is_noted(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earshot(home, "routines", "new", "zebra")
    earshot(home, "routines", "new", "zzyzx")
    capsys.readouterr()
    earshot(home, "routines", "check", home / "routines" / "zebra.yaml")
    assert "“zebra” is heard by the second recogniser alone" in capsys.readouterr().out
    earshot(home, "routines", "check", home / "routines" / "zzyzx.yaml")
    assert "no recogniser knows “zzyzx”" in capsys.readouterr().out


# export, import ------------------------------------------------------------------------------


def test_an_exported_routine_can_be_imported_elsewhere_comments_and_all(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earshot(home, "routines", "new", "evening")
    copy = tmp_path / "from a friend.yaml"
    assert earshot(home, "routines", "export", "evening", copy) == 0
    other = tmp_path / "other"
    assert earshot(other, "routines", "import", copy) == 0
    assert "# A routine of your own" in (other / "routines" / "evening.yaml").read_text()
    assert own(other).routines["evening"] == own(home).routines["evening"]
    capsys.readouterr()
    assert earshot(home, "routines", "export", "evening") == 0
    assert capsys.readouterr().out == copy.read_text()


def test_an_export_names_what_else_is_needed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home / "exercises"
    folder.mkdir(parents=True)
    text = (Path(__file__).parents[1] / "data/library/exercises/leg_lift.yaml").read_text()
    (folder / "leg_lift.yaml").write_text(text)
    earshot(home, "routines", "new", "evening")
    path = home / "routines" / "evening.yaml"
    path.write_text(path.read_text().replace("exercise: plank", "exercise: leg_lift"))
    assert earshot(home, "routines", "export", "evening") == 0
    assert "earshot routines export leg_lift" in capsys.readouterr().err
    assert earshot(home, "routines", "export", "leg_lift") == 0
    assert capsys.readouterr().out == text


def test_an_export_overwrites_only_when_told(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "copy.yaml"
    target.write_text("mine")
    assert earshot(home, "routines", "export", "stretches", target) == 2
    assert target.read_text() == "mine"
    assert str(target) in capsys.readouterr().err
    assert earshot(home, "routines", "export", "stretches", target, "--replace") == 0
    assert "id: stretches" in target.read_text()


def test_an_import_whose_id_is_taken_needs_to_be_told_to_replace(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "id: stretches\nname: stretches\nsummary: Only one.\nsteps:\n  - {exercise: plank}\n"
    )
    assert earshot(home, "routines", "import", mine) == 2
    assert "'stretches' is taken by the routine that comes with" in capsys.readouterr().err
    assert not home.exists()
    assert earshot(home, "routines", "import", mine, "--replace") == 0
    assert len(own(home).routines["stretches"].steps) == 1
    assert earshot(home, "routines", "import", mine) == 2
    assert "taken by your own" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("id: a_b\nname: plank\nsummary: One.\nsteps:\n  - {exercise: plank}\n", "already means"),
        ("id: a_b\nname: ab\nsummary: One.\nsteps:\n  - {exercise: plonk}\n", "plonk"),
        ("id: a_b\nname: ab\nsummary: One.\nsteps: []\n", "steps"),
        ("id: ../x\nname: ab\nsummary: One.\nsteps:\n  - {exercise: plank}\n", "id"),
        (
            "id: a_b\nname: from the top\nsummary: O.\nsteps:\n  - {exercise: plank}\n",
            "from the top",
        ),
    ],
)
def test_an_import_that_is_not_sound_changes_nothing(
    home: Path, tmp_path: Path, content: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(content)
    assert earshot(home, "routines", "import", path) == 2
    assert problem in capsys.readouterr().err
    assert not home.exists()


# schema --------------------------------------------------------------------------------------


def test_the_schema_is_that_of_the_models(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert earshot(home, "routines", "schema") == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert set(schema["properties"]) == set(Routine.model_fields)
    assert set(schema["$defs"]["Dose"]["properties"]) == set(Dose.model_fields)
    assert schema["additionalProperties"] is False
    assert earshot(home, "routines", "schema", "exercise") == 0
    schema = json.loads(capsys.readouterr().out)
    assert set(schema["properties"]) == set(Exercise.model_fields)


def test_the_template_refers_to_the_schema_that_stands_beside_it(home: Path) -> None:
    earshot(home, "routines", "new", "evening")
    path = home / "routines" / "evening.yaml"
    named = path.read_text().splitlines()[0].partition("$schema=")[2]
    assert (path.parent / named).read_text() == schema_text(Routine)
    assert stat.S_ISREG((path.parent / named).stat().st_mode)


# plan ----------------------------------------------------------------------------------------


def plan_lines(home: Path, capsys: pytest.CaptureFixture[str], *args: object) -> list[dict]:
    capsys.readouterr()
    assert earshot(home, "plan", *args, "--estimate", "--json") == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_plan_has_the_holds_of_the_dose(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = plan_lines(home, capsys, "plank")
    holds = [row for row in rows if row["event"] == "hold"]
    dose = own(home).exercises["plank"].levels[0].dose
    assert [hold["held_s"] for hold in holds] == [dose.hold_s] * dose.reps
    in_hold = [row["length_s"] for row in rows if row.get("phase") == "hold"]
    assert in_hold == [dose.hold_s] * dose.reps
    assert rows[-1]["event"] == "summary"
    assert rows[-1]["held_s"] == sum(in_hold)


def test_a_plan_at_a_slower_rate_talks_longer_and_a_quiet_one_less(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def talk_s(*options: str) -> float:
        rows = plan_lines(home, capsys, "short", *options)
        return sum(row["length_s"] for row in rows if row["event"] == "say")

    usual = talk_s()
    assert talk_s("--rate", "110") > usual * 1.2
    assert talk_s("--talk", "quiet") < usual * 0.8


def test_a_file_is_planned_before_it_is_installed(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "told.yaml"
    path.write_text(routine_text(TOLD))
    rows = plan_lines(home, capsys, path)
    assert [row["held_s"] for row in rows if row["event"] == "hold"][:3] == [10.0] * 3
    assert rows[-1]["routine"] == "my_routine_1"


def test_a_plan_in_text_tells_times_words_and_lengths(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earshot(home, "plan", "side plank", "--estimate") == 0
    out = capsys.readouterr().out
    assert "lengths estimated" in out
    assert "-- hold, side plank, right, set 1 rep 1: 5.0 s --" in out
    assert "tone    switch" in out
    assert "you     ready" in out


def test_a_plan_of_nothing_names_the_nearest(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earshot(home, "plan", "stretchs", "--estimate") == 2
    assert "stretches" in capsys.readouterr().err


def test_a_rate_that_nobody_speaks_at_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earshot(home, "plan", "plank", "--estimate", "--rate", "20") == 2
    assert "rate_wpm" in capsys.readouterr().err


def test_a_name_as_it_is_said_serves_wherever_an_id_does(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earshot(home, "routines", "new", "evening stretch")
    assert earshot(home, "routines", "show", "evening stretch") == 0
    assert "evening stretch: A movement to hold" in capsys.readouterr().out
    world = load_world(load_settings(config_dir=home))
    assert script_for("evening stretch", world.library, world.phrasebook)[1].endswith(
        "evening_stretch"
    )


def test_an_export_says_where_it_wrote(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earshot(home, "routines", "export", "plank", tmp_path) == 0
    assert f"wrote {tmp_path / 'plank.yaml'}" in capsys.readouterr().err


def test_a_folder_given_for_a_file_is_called_one(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earshot(home, "routines", "check", tmp_path) == 2
    assert f"{tmp_path}: this is a folder" in capsys.readouterr().err


def test_a_plan_of_tones_alone_can_be_asked_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earshot(home, "plan", "plank", "--estimate", "--talk", "beeps") == 0
    assert "talk beeps" in capsys.readouterr().out
