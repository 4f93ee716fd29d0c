"""Reminders on real audio: the recogniser hears them asked for, the voice speaks them in time."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rehearsed import led_through

from assistant.audio.wavfile import read_wav
from assistant.sound import Clip

SCRIPT = Path(__file__).parents[1] / "data" / "scripts" / "habits.yaml"


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], Clip]:
    """What happened in the script's hour, and its recording."""
    folder = tmp_path_factory.mktemp("habits")
    (folder / "settings.toml").write_text('time_zone = "Europe/London"\n', encoding="utf-8")
    wav = folder / "hour.wav"
    lines = led_through("--script", str(SCRIPT), "--out", str(wav), config_dir=folder)
    return lines, read_wav(wav)


def test_reminders_are_asked_for_listed_put_off_and_cancelled_by_voice(
    hour: tuple[list[dict[str, Any]], Clip],
) -> None:
    lines, _ = hour
    summary = lines[-1]
    assert summary["understood"] == summary["commands"] == 9
    assert summary["wrong"] == summary["false_accepts"] == 0
    coach = [x["text"] for x in lines if x["event"] == "said" and x["who"] == "coach"]
    assert coach[0] == "I will remind you in 5 minutes."
    assert "I will remind you at 8 in the evening." in coach
    assert coach[-1] == "All 3 reminders are gone."


def test_reminder_is_spoken_at_its_time_and_nothing_before_it(
    hour: tuple[list[dict[str, Any]], Clip],
) -> None:
    lines, recording = hour
    asked, *_ = [x for x in lines if x["event"] == "reminder_set"]
    spoken, *_ = [x for x in lines if x["event"] == "reminders_spoken"]
    assert spoken["t_s"] - asked["t_s"] == pytest.approx(300.0, abs=0.05)
    silence = _level(recording, spoken["t_s"] - 10.0, 9.9)
    assert _level(recording, spoken["t_s"] + 0.6, 2.0) > 20 * silence


def test_reminder_opens_the_floor_that_was_closed(
    hour: tuple[list[dict[str, Any]], Clip],
) -> None:
    lines, _ = hour
    heard = [x for x in lines if x["event"] == "heard"]
    assert {x["reason"] for x in heard if 100 < x["t_s"] < 300} == {"not_addressed"}
    after = next(x for x in heard if x["t_s"] > 305)
    assert after["intent"] == "snooze"


def _level(recording: Clip, from_s: float, length_s: float) -> float:
    first = round(from_s * recording.rate_hz)
    part = recording.samples[first : first + round(length_s * recording.rate_hz)]
    return float(np.sqrt(np.mean(part**2)))
