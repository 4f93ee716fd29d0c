"""A session of breathing and a breath-paced stretch, led by voice: all parts are the real ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr
from rehearsed import led_through

from assistant.audio.wavfile import read_wav
from assistant.coach.actions import Air, Tone
from assistant.sound import Clip, Float32
from assistant.tts.breath import breath_sound
from assistant.tts.tones import tone

SCRIPT = Path(__file__).parents[1] / "data" / "scripts" / "breath.yaml"

Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lines, Clip]:
    """What happened, and the recording of it."""
    folder = tmp_path_factory.mktemp("breath")
    wav = folder / "breath.wav"
    arguments = ("stretches", "--script", str(SCRIPT), "--out", str(wav))
    return led_through(*arguments, config_dir=folder), read_wav(wav)


def of(lines: Lines, event: str) -> Lines:
    return [line for line in lines if line["event"] == event]


def found_s(recording: Clip, shape: Float32, near_s: float) -> float:
    """Where a sound begins in the recording, by matched filter within 0.2 s of a time."""
    first = round((near_s - 0.2) * recording.rate_hz)
    last = round((near_s + 0.2) * recording.rate_hz) + len(shape)
    match = np.correlate(recording.samples[first:last], shape, mode="valid")
    return (first + int(np.argmax(match))) / recording.rate_hz


def test_everything_said_of_breathing_is_understood(session: tuple[Lines, Clip]) -> None:
    summary = session[0][-1]
    assert summary["commands"] == summary["understood"] == 12
    assert summary["wrong"] == summary["false_accepts"] == 0
    assert summary["completed"]


def test_the_session_holds_its_breaths_whatever_is_said(session: tuple[Lines, Clip]) -> None:
    breathing, stretch = of(session[0], "hold")
    # Two breaths of 10 s, three of 12 s after "five in seven out" and "one breath less", and what
    # had passed of the one that the pause broke off.
    phases = of(session[0], "phase")
    pause = next(i for i, x in enumerate(phases) if x["phase"] == "paused")
    broken_s = phases[pause]["t_s"] - phases[pause - 1]["t_s"] - 20
    assert breathing["breaths"] == 5
    assert breathing["held_s"] == pytest.approx(2 * 10 + 3 * 12 + broken_s, abs=0.001)
    assert stretch["held_s"] == pytest.approx((3 + 2) * 12)


def test_breaths_sound_at_their_planned_times_in_the_recording(
    session: tuple[Lines, Clip],
) -> None:
    lines, recording = session
    breaths = of(lines, "breath")
    pause_s = next(x["t_s"] for x in of(lines, "phase") if x["phase"] == "paused")
    worst_s = 0.0
    for breath in breaths:
        at_s, length_s = breath["t_s"], breath["length_s"]
        if at_s < pause_s < at_s + length_s:
            continue  # cut short
        clip = breath_sound(Air(breath["air"]), length_s)
        shape = soxr.resample(clip.samples, clip.rate_hz, recording.rate_hz)
        worst_s = max(worst_s, abs(found_s(recording, shape, at_s) - at_s))
    print(f"{len(breaths)} phases of breaths in the recording, worst error {worst_s * 1000:.2f} ms")
    assert len(breaths) > 15
    assert worst_s <= 0.001


def test_the_end_tone_follows_the_last_full_out_breath(session: tuple[Lines, Clip]) -> None:
    lines, recording = session
    for hold in of(lines, "hold"):
        before = [b for b in of(lines, "breath") if b["t_s"] < hold["t_s"]]
        last = before[-1]
        end_s = found_s(recording, tone(Tone.END, recording.rate_hz).samples, hold["t_s"])
        assert last["air"] == "out"
        assert end_s - (last["t_s"] + last["length_s"]) == pytest.approx(0, abs=0.001)


def test_words_stand_beside_the_first_breaths_only(session: tuple[Lines, Clip]) -> None:
    said = [x["text"] for x in of(session[0], "said") if x["who"] == "coach"]
    assert 6 <= sum(text in ("In.", "Out.") for text in said) < len(of(session[0], "breath"))
