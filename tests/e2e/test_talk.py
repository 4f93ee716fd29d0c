"""A scripted session in which the coach says less and more: real recogniser, real voice."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / "data" / "scripts" / "talk.yaml"
TELLING_TIME = {"start", "end", "halfway", "tick"}
TONE_S = 0.04
"""The shortest tone's length: whoever talks so long after its begin talks over it."""


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("talk")
    command = [sys.executable, "-m", "assistant.cli", "--config-dir", str(folder)]
    done = subprocess.run(
        [*command, "rehearse", "side_straddle", "--script", str(SCRIPT), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout[-600:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def of(events: list[dict[str, Any]], kind: str, **values: Any) -> list[dict[str, Any]]:
    return [e for e in events if e["event"] == kind and values.items() <= e.items()]


def test_only_sides_are_said_from_just_beeps_to_talk_as_normal(
    events: list[dict[str, Any]],
) -> None:
    beeps_s = of(events, "heard", intent="just_beeps")[0]["t_s"]
    words_s = of(events, "heard", intent="talk_normally")[0]["t_s"]
    said = [e for e in of(events, "said", who="coach") if beeps_s < e["t_s"] < words_s]
    assert [e["text"] for e in said] == ["Your right.", "Your left."]
    tones = [e["tone"] for e in of(events, "tone") if beeps_s < e["t_s"] < words_s]
    assert tones.count("tick") == 6
    assert tones.count("end") == 2


def test_words_come_back_and_then_are_fewer(events: list[dict[str, Any]]) -> None:
    words_s = of(events, "heard", intent="talk_normally")[0]["t_s"]
    said = [e["text"] for e in of(events, "said", who="coach") if e["t_s"] >= words_s]
    assert said[0] == "I talk as before."
    assert "I will be brief." in said
    assert said[-1].endswith("Well done.")


def test_no_word_is_heard_with_a_tone_that_tells_time(events: list[dict[str, Any]]) -> None:
    tones = [e["t_s"] for e in of(events, "tone") if e["tone"] in TELLING_TIME]
    spoken = of(events, "said", who="coach")
    assert len(tones) > 20
    for prompt in spoken:
        ends_s = prompt["t_s"] + prompt["duration_s"]
        assert [t for t in tones if prompt["t_s"] < t + TONE_S and t < ends_s] == [], prompt


def test_each_side_is_held_twice_for_its_fifteen_seconds(events: list[dict[str, Any]]) -> None:
    holds = [(h["side"], h["held_s"]) for h in of(events, "hold")]
    assert holds == [("left", 15), ("right", 15)] * 2
