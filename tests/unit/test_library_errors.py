"""Files that people get wrong: each error names file, line, field, value and mend."""

from itertools import pairwise
from pathlib import Path

import pytest

from assistant.errors import LibraryError
from assistant.library import check_file, load_library

OWN_DIR = Path(__file__).parent.parent / "data" / "library"
EXERCISE = (OWN_DIR / "exercises" / "leg_lift.yaml").read_text(encoding="utf-8")
ROUTINE = (OWN_DIR / "routines" / "evening.yaml").read_text(encoding="utf-8")
LIBRARY = load_library()
WITH_OWN = load_library(user_dir=OWN_DIR)


def refusal(path: Path, content: str | bytes, library=LIBRARY) -> LibraryError:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LibraryError) as caught:
        check_file(path, library)
    return caught.value


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "place", "problem", "mend"),
    [
        # Fields
        ("easier:", "easer:", "11, easer", "unknown field 'easer'", "Did you mean 'easier'?"),
        ("why:", "wy:", "7, wy", "unknown field 'wy'", "Did you mean 'why'?"),
        ("tag: hip", "tga: hip", "13, contraindications[0].tga", "unknown field 'tga'",
         "Did you mean 'tag'?"),
        ("reps: 3", "repz: 3", "27, levels[0].dose.repz", "unknown field 'repz'",
         "Did you mean 'reps'?"),
        ("why: It trains the hips.\n", "", "1, why", "the field 'why' is missing", "Add why."),
        ("    text: Lower both legs softly.\n", "", "21, cues[1].text",
         "the field 'text' is missing", "Add text."),
        ("  - Are your shoulders soft?\n", "", "8, self_checks[1]",
         "the field 'self_checks[1]' is missing", "Add self_checks[1]."),
        ("position: supine", "position: supine\nposition: prone", "6, position",
         "the field 'position' is there twice, first on line 5", "Keep one of the two."),
        ("why: It", "7: what\nwhy: It", "7", "'7' is no name of a field", "Name it in words."),
        # Types
        ("hold_s: 5", "hold_s: five", "26, levels[0].dose.hold_s", "hold_s is 'five'",
         "Write a number."),
        ("reps: 3", "reps: yes", "27, levels[0].dose.reps", "reps is true",
         "Write a whole number."),
        ("reps: 3", "reps: 2.5", "27, levels[0].dose.reps", "reps is 2.5",
         "Write a whole number."),
        ("aliases: [leg raise]", "aliases: leg raise", "3, aliases", "aliases is 'leg raise'",
         "Write a list."),
        ("muscles: [hips]", "muscles: [12]", "6, muscles[0]", "muscles[0] is 12",
         "Write text; put it in quotes."),
        ("why: It trains the hips.", "why:", "7, why", "why is empty",
         "Write text; put it in quotes."),
        ("  - dose:\n      hold_s: 5\n      reps: 3\n", "  - dose: 5\n", "25, levels[0].dose",
         "dose is 5", "Write fields, indented below the name."),
        ("sets: [3, 2]", "sets: many", "31, levels[1].dose.sets", "sets is 'many'",
         "Write a whole number or a list."),
        ("sets: [3, 2]", "sets: [3, two]", "31, levels[1].dose.sets[1]", "sets[1] is 'two'",
         "Write a whole number."),
        # Ranges and shapes
        ("hold_s: 5", "hold_s: 900", "26, levels[0].dose.hold_s", "hold_s is 900",
         "Use 120 or less."),
        ("reps: 3", "reps: 0", "27, levels[0].dose.reps", "reps is 0", "Use 1 or more."),
        ("hold_s: 5", "hold_s: .nan", "26, levels[0].dose.hold_s", "'.nan' is not a plain number",
         "Write digits, such as 10 or 2.5; put text in quotes."),
        ("hold_s: 5", "hold_s: 1e400", "26, levels[0].dose.hold_s", "hold_s is '1e400'",
         "Write a number."),
        ("hold_s: 5", "hold_s: 010", "26, levels[0].dose.hold_s", "'010' is not a plain number",
         "Write digits, such as 10 or 2.5; put text in quotes."),
        ("hold_s: 5", "hold_s: 1:30", "26, levels[0].dose.hold_s", "'1:30' is not a plain number",
         "Write digits, such as 10 or 2.5; put text in quotes."),
        ("muscles: [hips]", "muscles: []", "6, muscles", "muscles is an empty list",
         "Write at least 1 item."),
        ("why: It trains the hips.", "why: " + 301 * "x", "7, why",
         "why is '" + 37 * "x" + "...'", "Write at most 300 characters."),
        ("group: strength", "group: strenght", "4, group", "group is 'strenght'",
         "Did you mean 'strength'?"),
        ("when: exit", "when: later", "21, cues[1].when", "when is 'later'",
         "Choose one of: during, exit, halfway, setup, start, switch."),
        ("name: leg lift", "name: Leg-Lift", "2, name", "name is 'Leg-Lift'",
         "Write it as spoken: lower-case words, single spaces, no digits or hyphens."),
        ("position: supine", "position: on the back", "5, position",
         "position is 'on the back'",
         "Use lower-case letters, digits and underscores, as in bird_dog."),
        ('why: It trains the hips.', 'why: "A \\0 byte"', "7, why", "the control character U+0000",
         "Delete it."),
        # Several fields together
        ("hold_s: 5", "hold_s: 5\n      hold_breaths: 2", "25, levels[0].dose",
         "a hold with both", "Give either hold_s or hold_breaths."),
        ("hold_breaths: 2\n", "reps: 2\n", "29, levels[1].dose",
         "a hold with neither hold_s nor hold_breaths", "Give either hold_s or hold_breaths."),
        ("hold_s: 5", "mode: open\n      hold_s: 5", "25, levels[0].dose",
         "hold_s or hold_breaths in mode open", "Leave it out, or set mode: hold."),
        ("sets: [3, 2]", "sets: 21", "29, levels[1].dose", "sets is 21", "Use 1 to 20 sets."),
        ("when: setup", "when: start", "1", "level 1 has no setup cue",
         "Add a cue with when: setup."),
        ("levels: [2]", "levels: [3]", "1", "the exit cue is for level 3, of 2",
         "Use levels 1 to 2, or add the level."),
        # Links and names
        ("easier: glute_bridge", "easier: glute_brige", "11, easier", "no exercise 'glute_brige'",
         "Did you mean 'glute_bridge'?"),
        ("easier: glute_bridge", "easier: leg_lift", "11, easier", "easier is 'leg_lift', itself",
         "Name another exercise."),
        ("    instead: glute_bridge", "    instead: sleep", "15, contraindications[0].instead",
         "no exercise 'sleep'",
         "Choose one of: bird_dog, breathing, drawing_in, glute_bridge, knee_to_chest, "
         "kneeling_stretch, "
         "leg_lift, plank, side_plank, side_straddle."),
        ("[leg raise]", "[child's pose]", "3, aliases[0]",
         "\"child's pose\" already means the exercise kneeling_stretch",
         "Choose another, so that the two can be told apart."),
        ("[leg raise]", "[stretching]", "3, aliases[0]",
         "'stretching' already means the routine stretches",
         "Choose another, so that the two can be told apart."),
        ("name: leg lift", "name: stop", "2, name", "the name 'stop' is a command",
         "Add a word to it."),
        ("[leg raise]", "[leg lift]", "3, aliases[0]", "the name 'leg lift' is there twice",
         "Keep one of them."),
        ("id: leg_lift", "id: leg_raise", "1, id",
         "id is 'leg_raise', which is not the file's name",
         "Call the file leg_raise.yaml, or change the id."),
        # YAML
        ("aliases: [leg raise]", "aliases: [leg raise", "4",
         "not YAML: did not find expected ',' or ']'",
         "Check the indentation, quotes and colons on this line and the one before."),
        ("position: supine", "position:\tsupine\n\tx: 1", "6",
         "not YAML: found a tab character that violates indentation",
         "Indent with spaces, not tabs; put text that begins with % or @ in quotes."),
        ("why: It", "why: @It", "7", "not YAML: found character that cannot start any token",
         "Indent with spaces, not tabs; put text that begins with % or @ in quotes."),
        ("why: It trains", "why: Hips: it trains", "7",
         "not YAML: mapping values are not allowed in this context",
         "Put text that holds a colon in quotes, and check the indentation."),
        ("name: leg lift", "name: &a leg lift", "2", "the YAML anchor or alias '&a'",
         "Write the value out; put text that begins with & in quotes."),
        ("name: leg lift", "name: *a", "2", "the YAML anchor or alias '*a'",
         "Write the value out; put text that begins with * in quotes."),
        ("name: leg lift", "name: !!python/name:os.system x", "2",
         "the YAML tag 'tag:yaml.org,2002:python/name:os.system'", "Remove it."),
        ("why: It", "---\nwhy: It", "7", "a second document begins here",
         "Keep one exercise or routine in a file, and remove this '---'."),
    ],
)  # fmt: skip
def test_slip_in_an_exercise_is_named(tmp_path, old, new, place, problem, mend):  # noqa: PLR0917
    path = tmp_path / "leg_lift.yaml"
    error = refusal(path, changed(EXERCISE, old, new))
    assert (error.place, error.problem, error.mend) == (f"{path}:{place}", problem, mend)
    assert str(error) == f"{path}:{place}: {problem}. {mend}"


@pytest.mark.parametrize(
    ("old", "new", "place", "problem", "mend"),
    [
        ("exercise: leg_lift", "exercise: leg_lif", "5, steps[0].exercise",
         "no exercise 'leg_lif'", "Did you mean 'leg_lift'?"),
        ("level: 2", "level: 3", "6, steps[0].level", "leg_lift has no level 3",
         "Use a level from 1 to 2."),
        ("level: 2", "levle: 2", "6, steps[0].levle", "unknown field 'levle'",
         "Did you mean 'level'?"),
        ("sides: alternate", "sides: both", "10, steps[1].dose.sides", "sides is 'both'",
         "Choose one of: alternate, none, per_set."),
        ("sides: alternate", "first_side: top", "10, steps[1].dose.first_side",
         "first_side is 'top'", "Choose one of: left, right."),
        ("hold_s: 20", "tempo: {up_s: 2, down_s: 2}\n      hold_s: 20", "8, steps[1].dose",
         "tempo in mode hold", "Leave it out, or set mode: reps."),
        ("name: evening routine", "name: plank", "2, name",
         "'plank' already means the exercise plank",
         "Choose another, so that the two can be told apart."),
    ],
)  # fmt: skip
def test_slip_in_a_routine_is_named(tmp_path, old, new, place, problem, mend):  # noqa: PLR0917
    path = tmp_path / "evening.yaml"
    error = refusal(path, changed(ROUTINE, old, new), WITH_OWN)
    assert (error.place, error.problem, error.mend) == (f"{path}:{place}", problem, mend)


@pytest.mark.parametrize(
    ("content", "place", "problem", "mend"),
    [
        (b"", "", "the file is empty", "Write its fields, beginning with id: and name:."),
        (b"# nothing yet\n", "", "the file is empty",
         "Write its fields, beginning with id: and name:."),
        (b"\n- plank\n", ":2", "the file holds a list where fields belong",
         "Write fields such as 'id: bird_dog', one on a line."),
        (b"plank", ":1", "the file holds 'plank' where fields belong",
         "Write fields such as 'id: bird_dog', one on a line."),
        (b"id: x\nname: caf\xe9\n", ":2", "byte 0xe9 is not UTF-8", "Save the file as UTF-8."),
        (b"id: x\nname: a\x00b\n", ":2", "the control character U+0000", "Delete it."),
        (b"x" * (256 * 1024 + 1), "", "the file is larger than 256 KiB",
         "Keep one exercise or routine in it."),
        (b"[" * 5000, ":1", "fields nested more than 20 deep", "Remove the extra brackets."),
        (b"a: &a [x]\nb: [*a, *a]\n", ":1", "the YAML anchor or alias '&a'",
         "Write the value out; put text that begins with & in quotes."),
    ],
)  # fmt: skip
def test_file_that_is_no_exercise_at_all_is_refused(tmp_path, content, place, problem, mend):
    path = tmp_path / "leg_lift.yaml"
    error = refusal(path, content)
    assert (error.place, error.problem, error.mend) == (f"{path}{place}", problem, mend)


def test_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LibraryError) as caught:
        check_file(tmp_path / "gone.yaml", LIBRARY)
    assert caught.value.place == str(tmp_path / "gone.yaml")
    assert caught.value.problem == "there is no such file"


def test_alias_bomb_is_refused_at_once(tmp_path):
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{n}: &{n} [{', '.join(9 * ['*' + p])}]" for p, n in pairwise("abcdefghi")]
    error = refusal(tmp_path / "bomb.yaml", "\n".join(lines))
    assert error.problem == "the YAML anchor or alias '&a'"


def test_all_slips_of_a_file_are_told_at_once_in_their_order(tmp_path):
    text = changed(EXERCISE, "group: strength", "group: stength")
    text = changed(text, "easier:", "esier:")
    text = changed(text, "reps: 3", "reps: 99")
    error = refusal(tmp_path / "leg_lift.yaml", text)
    lines = str(error).splitlines()
    assert lines[0].startswith("3 problems")
    found = [line.split("leg_lift.yaml:")[1].split(":")[0] for line in lines[1:]]
    assert found == ["4, group", "11, esier", "27, levels[0].dose.reps"]


def test_flood_of_problems_is_cut_with_a_count(tmp_path):
    extra = "".join(f"wrong_{n}: 1\n" for n in range(30))
    lines = str(refusal(tmp_path / "leg_lift.yaml", EXERCISE + extra)).splitlines()
    assert lines[0].startswith("30 problems")
    assert lines[-1] == "and 10 more"
    assert len(lines) == 22


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_wrong_file_of_a_folder_is_reported(tmp_path):
    one = write(tmp_path / "exercises", "leg_lift.yaml", EXERCISE.replace("why:", "wy:"))
    two = write(tmp_path / "routines", "evening.yaml", "steps: [")
    with pytest.raises(LibraryError) as caught:
        load_library(user_dir=tmp_path)
    assert f"{one}:7, wy: " in str(caught.value)
    assert f"{two}:" in str(caught.value)


def test_links_between_a_users_files_are_checked(tmp_path):
    path = write(tmp_path / "routines", "evening.yaml", ROUTINE)
    with pytest.raises(LibraryError) as caught:
        load_library(user_dir=tmp_path)
    assert caught.value.place == f"{path}:5, steps[0].exercise"
    assert caught.value.problem == "no exercise 'leg_lift'"


def test_two_users_files_with_one_spoken_name_are_told_apart(tmp_path):
    write(tmp_path / "exercises", "leg_lift.yaml", EXERCISE)
    other = changed(EXERCISE, "id: leg_lift", "id: leg_raise").replace(
        "name: leg lift", "name: x y"
    )
    path = write(tmp_path / "exercises", "leg_raise.yaml", other)
    with pytest.raises(LibraryError) as caught:
        load_library(user_dir=tmp_path)
    assert caught.value.place == f"{path}:3, aliases[0]"
    assert caught.value.problem == "'leg raise' already means the exercise leg_lift"


def test_clash_with_a_replaced_file_is_laid_at_the_users_door(tmp_path):
    text = changed(EXERCISE, "id: leg_lift", "id: bird_dog").replace("leg raise", "side plank")
    path = write(tmp_path / "exercises", "bird_dog.yaml", text)
    with pytest.raises(LibraryError) as caught:
        load_library(user_dir=tmp_path)
    assert caught.value.place == f"{path}:3, aliases[0]"


def test_routine_in_the_wrong_folder_is_sent_to_the_right_one(tmp_path):
    path = write(tmp_path / "exercises", "evening.yaml", ROUTINE)
    with pytest.raises(LibraryError) as caught:
        load_library(user_dir=tmp_path)
    assert caught.value.place == f"{path}:4, steps"
    assert caught.value.mend == "Move it to routines/."


def test_exercise_in_the_wrong_folder_is_sent_to_the_right_one(tmp_path):
    write(tmp_path / "routines", "leg_lift.yaml", EXERCISE)
    with pytest.raises(
        LibraryError, match=r"an exercise among the routines. Move it to exercises/"
    ):
        load_library(user_dir=tmp_path)


def test_other_ending_is_not_passed_over_in_silence(tmp_path):
    write(tmp_path / "exercises", "leg_lift.yml", EXERCISE)
    with pytest.raises(LibraryError, match=r"Call the file leg_lift\.yaml"):
        load_library(user_dir=tmp_path)


def test_folder_that_is_a_file_is_named(tmp_path):
    path = write(tmp_path, "exercises", "not a folder")
    with pytest.raises(LibraryError) as caught:
        load_library(user_dir=tmp_path)
    assert caught.value.place == str(path)
    assert caught.value.mend == "It must be a readable folder."


def test_folder_with_the_name_of_a_file_is_named(tmp_path):
    path = tmp_path / "exercises" / "leg_lift.yaml"
    path.mkdir(parents=True)
    with pytest.raises(LibraryError) as caught:
        load_library(user_dir=tmp_path)
    assert caught.value.place == str(path)
