"""A session of holds, paced and counted repetitions and sides, bargained over by voice."""

import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rehearsed import led_through

DATA = Path(__file__).parents[1] / "data"
HOLD_TOLERANCE_S = 0.020
"""The promise: every hold within 20 ms of its plan."""


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What happened in the rehearsal of tests/data/scripts/reps.yaml."""
    folder = tmp_path_factory.mktemp("reps")
    shutil.copytree(DATA / "reps", folder, dirs_exist_ok=True)
    return led_through("--script", str(DATA / "scripts" / "reps.yaml"), config_dir=folder)


def of(lines: list[dict[str, Any]], event: str, **fields: Any) -> list[dict[str, Any]]:
    wanted = {"event": event, **fields}
    return [line for line in lines if wanted.items() <= line.items()]


def test_everything_that_was_said_was_understood(lines):
    judged = of(lines, "judged")
    assert [j["text"] for j in judged if not j["understood"]] == []
    assert len(judged) == 18


def test_going_onto_the_knees_leaves_the_clock_of_the_hold_running(lines):
    first = of(lines, "hold", exercise="plank")[0]
    (asked,) = of(lines, "heard", intent="on_knees")
    assert asked["t_s"] < first["t_s"]
    assert abs(first["held_s"] - 10) <= HOLD_TOLERANCE_S
    told = of(lines, "said", text="Forearms flat, knees on the floor.")
    assert asked["t_s"] < told[0]["t_s"] < first["t_s"]


def test_longer_hold_lasts_as_long_as_was_asked(lines):
    held = [h["held_s"] for h in of(lines, "hold", exercise="plank")]
    assert held == pytest.approx([10, 20, 10], abs=HOLD_TOLERANCE_S)


def test_phases_of_heel_raises_are_named_and_slower_from_the_second_on(lines):
    words = [s["text"] for s in of(lines, "said", who="coach")]
    assert words.count("Up.") == words.count("Hold.") == words.count("Down.") == 2
    raises = [p["t_s"] for p in of(lines, "phase", phase="rep", exercise="heel_raise")]
    rests = [p["t_s"] for p in of(lines, "phase", phase="rest", exercise="heel_raise")]
    lengths = [end - start for start, end in zip(raises, rests, strict=True)]
    assert lengths == pytest.approx([6.5, 6.5 * 1.25, 6.5 * 1.25], abs=HOLD_TOLERANCE_S)


def test_knee_lifts_are_counted_by_word_on_both_sides(lines):
    lifts = of(lines, "phase", phase="rep", exercise="knee_lift")
    assert [p["side"] for p in lifts] == ["left", "right", "left", "right"]
    ways = ("1 of 2. Now your left.", "1 of 2. Over to your left.")
    assert sum(s["text"] in ways for s in of(lines, "said", who="coach")) == 1


def test_left_is_done_once_more_and_the_right_goes_on(lines):
    sides = [h["side"] for h in of(lines, "hold", exercise="side_plank")]
    assert sides == ["left", "left", "right", "left", "left", "right"]


def test_what_was_changed_is_asked_about_once_and_kept(lines):
    assert len(of(lines, "phase", phase="asking")) == 1
    plank, raises = of(lines, "dose_agreed")
    assert (plank["exercise"], plank["level"], plank["hold_s"]) == ("plank", 3, 20)
    assert (raises["exercise"], raises["tempo_share"]) == ("heel_raise", 1.25)


def test_coach_never_talks_over_itself(lines):
    said = of(lines, "said", who="coach")
    for before, after in pairwise(said):
        assert before["t_s"] + before["duration_s"] <= after["t_s"] + 0.02, (before, after)
