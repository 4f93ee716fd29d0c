"""A newcomer's first start, real recogniser and voice, simulated time: no hands, no screen."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rehearsed import led_through

from assistant.audio.wavfile import read_wav
from assistant.coach.introduction import PARTS
from assistant.coach.screening import TAGS
from assistant.library import load_lines
from assistant.sound import Clip

SCRIPT = Path(__file__).parents[1] / "data" / "scripts" / "first_session.yaml"
line = load_lines().say
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Event = dict[str, Any]


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], Clip, Path]:
    """What happened, the recording, and a file that only the emergency command would make."""
    folder = tmp_path_factory.mktemp("first")
    called, wav = folder / "called", folder / "first.wav"
    (folder / "settings.toml").write_text(f'emergency_command = ["touch", "{called}"]\n')
    arguments = ("short", "--newcomer", "--script", str(SCRIPT), "--out", str(wav))
    return led_through(*arguments, config_dir=folder), read_wav(wav), called


def coach_lines(events: list[Event]) -> list[Event]:
    return [e for e in events if e["event"] == "said" and e["who"] == "coach"]


def facts(events: list[Event], name: str) -> list[Event]:
    return [e for e in events if e["event"] == name]


def test_every_word_of_it_is_understood(first_start) -> None:
    events, _, _ = first_start
    summary = events[-1]
    assert summary["understood"] == summary["commands"] >= 40
    assert summary["wrong"] == summary["false_accepts"] == 0


def test_it_goes_through_all_its_parts_into_the_first_routine(first_start) -> None:
    events, _, _ = first_start
    assert [f["part"] for f in facts(events, "introduction_reached")] == list(PARTS)
    assert [f["completed"] for f in facts(events, "introduction_ended")] == [True]
    answers = {f["tag"]: f["is_so"] for f in facts(events, "screening_answered")}
    assert answers == {tag: tag == "flexion" for tag in TAGS}
    said = " ".join(e["text"] for e in coach_lines(events))
    assert line("left_out", exercise="knee to chest") in said
    ended = [e["routine"] for e in events if e["event"] == "session_ended"]
    assert ended == ["short"]


def test_pain_is_asked_about_and_answered(first_start) -> None:
    events, _, _ = first_start
    scores = [e["score"] for e in events if e["event"] == "pain"]
    assert scores == [None, 7, None, 2]
    flags = [f["flag"] for f in facts(events, "red_flag_answered")]
    assert flags == ["legs", "legs", "groin", "bladder"]
    said = [e["text"] for e in coach_lines(events)]
    assert line("relief_severe") in said
    assert any(text.startswith(line("easier_form")) for text in said)


def test_help_is_not_called_in_a_rehearsal(first_start) -> None:
    events, _, called = first_start
    assert line("emergency", number="1 1 2") in [e["text"] for e in coach_lines(events)]
    assert not called.exists()


def test_louder_is_heard_in_the_recording(first_start) -> None:
    events, recording, _ = first_start
    said = coach_lines(events)
    before = next(e for e in said if line("loud_enough") in e["text"])
    after = next(e for e in said if e["text"] == line("screen_osteoporosis"))
    gain_db = 20 * np.log10(level(recording, after) / level(recording, before))
    print(f"louder by {gain_db:.1f} dB")
    assert 4.0 <= gain_db <= 8.0


def test_nothing_the_coach_says_overlaps(first_start) -> None:
    events, _, _ = first_start
    understood = [e["t_s"] for e in events if e["event"] == "heard" and e["intent"]]
    spoken = [(e["t_s"], e["duration_s"]) for e in coach_lines(events)]
    for (start, length), (following, _) in pairwise(spoken):
        is_cut = any(start < t <= following for t in understood)
        assert start + length <= following + 0.01 or is_cut


def level(recording: Clip, said: Event) -> float:
    """RMS of a line in the recording, its first half second left out: a tone may sound there."""
    first = round((said["t_s"] + 0.5) * recording.rate_hz)
    last = round((said["t_s"] + said["duration_s"]) * recording.rate_hz)
    return float(np.sqrt(np.mean(recording.samples[first:last] ** 2)))
