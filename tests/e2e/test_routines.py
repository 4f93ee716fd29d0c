"""A routine of one's own by voice, and the plan of a routine, against rehearsals of them."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from test_rehearsal import HOLD_TOLERANCE_S, SCRIPTS, Outcome, earshot, rehearse


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    folder = tmp_path_factory.mktemp("told")
    script = str(SCRIPTS / "routines.yaml")
    return rehearse("short", "--script", script, config_dir=folder), folder


def test_a_routine_is_told_read_back_done_and_deleted(told: tuple[Outcome, Path]) -> None:
    outcome, _ = told
    assert outcome.code == 0, outcome.errors
    said = [line["text"] for line in outcome.of("said")]
    read_back = (
        "Plank, 2 reps of 5 seconds. Bird dog, 2 reps of 6 seconds. "
        "Shall I keep this as routine one?"
    )
    assert read_back in said
    assert any("Routine one. 2 movements" in text for text in said)
    assert said[-1] == "Routine one is deleted."
    assert outcome.summary["wrong"] == outcome.summary["false_accepts"] == 0
    assert outcome.summary["completed"]


def test_what_was_told_is_what_is_held(told: tuple[Outcome, Path]) -> None:
    holds = [(h["exercise"], h["side"], h["planned_s"]) for h in told[0].summary["holds"]]
    dog = [("bird_dog", side, 6.0) for side in ("left", "right")]
    assert holds == [("plank", None, 5.0)] * 2 + dog * 2
    for hold in told[0].summary["holds"]:
        assert abs(hold["actual_s"] - hold["planned_s"]) <= HOLD_TOLERANCE_S


def test_the_coach_never_talks_over_itself(told: tuple[Outcome, Path]) -> None:
    spoken = [line for line in told[0].of("said") if line["who"] == "coach"]
    assert len(spoken) > 15
    for before, after in pairwise(spoken):
        assert before["t_s"] + before["duration_s"] <= after["t_s"] + 1e-3


def test_a_rehearsal_writes_no_routine(told: tuple[Outcome, Path]) -> None:
    assert list(told[1].iterdir()) == []


# The plan ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plank", "side_plank"])
def test_a_plan_has_the_times_of_a_rehearsal(name: str, tmp_path: Path) -> None:
    """Measured from each "ready" on, since a person takes as long as they take to say it."""
    outcome = rehearse(name, config_dir=tmp_path)
    assert outcome.code == 0, outcome.errors
    done = earshot("--config-dir", str(tmp_path), "plan", name, "--json")
    assert done.returncode == 0, done.stderr
    plan = Outcome(0, [json.loads(line) for line in done.stdout.splitlines()], "")

    held = [h["actual_s"] for h in outcome.summary["holds"]]
    planned = [h["held_s"] for h in plan.of("hold")]
    assert len(held) == len(planned) > 0
    assert held == pytest.approx(planned, abs=HOLD_TOLERANCE_S)
    since_ready = [_after_lead_in(x.of("phase")) for x in (outcome, plan)]
    assert [phase for phase, _ in since_ready[0]] == [phase for phase, _ in since_ready[1]]
    times = [[at_s for _, at_s in phases] for phases in since_ready]
    assert times[0] == pytest.approx(times[1], abs=HOLD_TOLERANCE_S)

    spoken = {line["text"]: line["duration_s"] for line in outcome.of("said")}
    for line in plan.of("say")[1:]:  # the first tells the length, which may differ by a little
        assert spoken[line["text"]] == pytest.approx(line["length_s"], abs=HOLD_TOLERANCE_S)


def _after_lead_in(phases: list[dict]) -> list[tuple[str, float]]:
    first = next(i for i, x in enumerate(phases) if x["phase"] == "lead_in")
    began_s = phases[first]["t_s"]
    return [(x["phase"], x["t_s"] - began_s) for x in phases[first:]]
