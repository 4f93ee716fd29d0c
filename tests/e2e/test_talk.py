"""A scripted session in which the coach says less and more: real recogniser, real voice."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rehearsed import led_through

from assistant.audio.wavfile import read_wav
from assistant.sound import Clip, Float32
from assistant.tts.pyttsx3_engine import DEFAULT_VOICE, OTHER_VOICES, Pyttsx3Synthesiser

SCRIPT = Path(__file__).parents[1] / "data" / "scripts" / "talk.yaml"
TELLING_TIME = {"start", "end", "halfway", "tick"}
TONE_S = 0.04
"""The shortest tone's length: whoever talks so long after its begin talks over it."""
SILENT_DBFS = -45.0
"""Between the room's noise, which is 30 dB under the person, and the coach's voice at -20 dBFS."""


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], Clip]:
    folder = tmp_path_factory.mktemp("talk")
    wav = folder / "talk.wav"
    arguments = ("talk", "--script", str(SCRIPT), "--out", str(wav))
    return led_through(*arguments, config_dir=folder), read_wav(wav)


@pytest.fixture(scope="module")
def events(rehearsed: tuple[list[dict[str, Any]], Clip]) -> list[dict[str, Any]]:
    return rehearsed[0]


def level_dbfs(recording: Clip, begin_s: float, end_s: float) -> float:
    part = recording.samples[round(begin_s * recording.rate_hz) : round(end_s * recording.rate_hz)]
    return float(10 * np.log10(np.mean(part.astype(float) ** 2) + 1e-12))


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
    assert said[-2].endswith("Well done.")


def test_another_voice_says_so_itself(rehearsed: tuple[list[dict[str, Any]], Clip]) -> None:
    events, recording = rehearsed
    told = of(events, "said", who="coach")[-1]
    assert told["text"] == "I will talk in this voice."
    first = round(told["t_s"] * recording.rate_hz)
    heard = recording.samples[first : first + round(told["duration_s"] * recording.rate_hz)]
    likeness = {}
    with Pyttsx3Synthesiser() as engine:
        for name in (DEFAULT_VOICE, *OTHER_VOICES["en"]):
            clip = engine.render(told["text"], voice=name)
            likeness[name] = np.corrcoef(
                bands_db(heard, recording.rate_hz), bands_db(clip.samples, clip.rate_hz)
            )[0, 1]
    assert max(likeness, key=lambda name: likeness[name]) == OTHER_VOICES["en"][0], likeness


def bands_db(samples: Float32, rate_hz: int) -> Float32:
    """The mean spectrum up to 8 kHz in bands of 50 Hz, dB."""
    power = np.square(np.abs(np.fft.rfft(samples, 10 * rate_hz)))  # one line each 0.1 Hz
    return np.asarray(10 * np.log10(power[: 10 * 8000].reshape(-1, 500).mean(axis=1) + 1e-9))


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


def test_countdowns_in_the_recording_are_silent_between_their_ticks(
    rehearsed: tuple[list[dict[str, Any]], Clip],
) -> None:
    events, recording = rehearsed
    ticks_s = [e["t_s"] for e in of(events, "tone", tone="tick")]
    assert len(ticks_s) == 12
    levels = [level_dbfs(recording, at_s + 0.1, at_s + 0.95) for at_s in ticks_s]
    print(f"\nbetween ticks at most {max(levels):.0f} dBFS")
    assert max(levels) < SILENT_DBFS


def test_every_prompt_in_the_recording_sounds_to_its_last_word(
    rehearsed: tuple[list[dict[str, Any]], Clip],
) -> None:
    events, recording = rehearsed
    ends_s = [e["t_s"] + e["duration_s"] for e in of(events, "said", who="coach")]
    levels = [level_dbfs(recording, end_s - 0.25, end_s) for end_s in ends_s]
    print(f"\nlast quarter second of {len(levels)} prompts at least {min(levels):.0f} dBFS")
    assert min(levels) > SILENT_DBFS
