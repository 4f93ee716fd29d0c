"""The noise of a home and its rooms, as a rehearsal's person is heard in them."""

from pathlib import Path

import numpy as np
import pytest

from assistant.audio.wavfile import write_wav
from assistant.errors import EarshotError, EvaluationError, ScriptError
from assistant.rehearsal.speakers import SPEECH_DBFS
from assistant.rehearsal.surroundings import (
    LIVING_ROOM_RT60_S,
    Surroundings,
    from_direct_sound,
    household,
    living_room,
)
from assistant.rehearsals import make_surroundings
from assistant.sound import SPEECH_RATE_HZ, Clip, Float32
from assistant.tts.loudness import amplitude, voiced_rms

DATA = Path(__file__).parents[1] / "data"


def rms(samples: Float32) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def hum(length_s: float, level: float, pitch_hz: float = 200.0) -> Float32:
    t = np.arange(round(length_s * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    return (level * np.sin(2 * np.pi * pitch_hz * t)).astype(np.float32)


def test_each_recording_of_noise_comes_as_loud_as_the_others() -> None:
    bed = household([hum(1.0, 0.001), hum(1.0, 0.5), hum(1.0, 0.1)], seed=1)
    seconds = bed[: 2 * SPEECH_RATE_HZ].reshape(-1, 1600)
    assert [rms(part) for part in seconds] == pytest.approx([1.0] * len(seconds), rel=0.3)
    assert rms(bed) == pytest.approx(1.0, rel=0.05)


def test_recordings_of_noise_join_without_a_click() -> None:
    bed = household([hum(0.5, 1.0), -hum(0.5, 1.0)], seed=1)
    assert np.abs(np.diff(bed)).max() < 1.5 * np.abs(np.diff(hum(0.5, np.sqrt(2)))).max()


def test_the_seed_decides_the_order_of_the_noises() -> None:
    noises = [hum(0.5, 1.0, pitch_hz) for pitch_hz in (100, 200, 300, 400)]
    beds = [household(noises, seed) for seed in (1, 1, 2)]
    assert np.array_equal(beds[0], beds[1])
    assert not np.array_equal(beds[0], beds[2])


@pytest.mark.parametrize(
    ("noise", "cause"), [(np.zeros(16_000, np.float32), "silent"), (hum(0.05, 0.1), "too short")]
)
def test_a_noise_that_is_none_is_named(noise: Float32, cause: str) -> None:
    with pytest.raises(ScriptError, match=cause):
        household([noise], seed=1)


def test_a_room_adds_echoes_after_the_speech_and_leaves_its_level() -> None:
    direct, echo = np.zeros(8000, np.float32), 4000
    direct[0], direct[echo] = 1.0, 0.5
    said = Clip(hum(0.5, 0.05), SPEECH_RATE_HZ)
    there = Surroundings(np.ones(1, np.float32), (direct,)).speech(said, 0)
    assert len(there) == len(said.samples) + len(direct) - 1
    assert rms(there[8000 : 8000 + echo]) > 0.2 * rms(there[:8000])
    assert voiced_rms(Clip(there, SPEECH_RATE_HZ)) == pytest.approx(amplitude(SPEECH_DBFS), rel=0.1)


def test_an_utterance_keeps_its_room_and_the_session_has_all_of_them() -> None:
    rooms = tuple(np.eye(1, 1 + 400 * n, 400 * n, dtype=np.float32)[0] for n in range(3))
    there = Surroundings(np.ones(1, np.float32), rooms)
    said = Clip(hum(0.2, 0.05), SPEECH_RATE_HZ)
    lengths = [len(there.speech(said, number)) for number in range(30)]
    assert len(set(lengths)) == 3
    assert lengths == [len(there.speech(said, number)) for number in range(30)]


def test_a_measured_room_begins_with_its_direct_sound() -> None:
    response = np.array([0.01, 0.0, -0.9, 0.3, 0.1], np.float32)
    assert from_direct_sound(response)[0] == np.float32(-0.9)


def test_the_made_up_living_room_dies_away_in_its_reverberation_time() -> None:
    room = living_room(seed=1)
    left = np.cumsum(np.square(room[:0:-1], dtype=np.float64))[::-1]
    decibels = 10 * np.log10(left / left[0])
    slope = np.polyfit(np.arange(3200), decibels[:3200], 1)[0] * SPEECH_RATE_HZ
    assert -60 / slope == pytest.approx(LIVING_ROOM_RT60_S, rel=0.1)
    assert left[0] == pytest.approx(1.0, rel=0.01)


# What is asked for ---------------------------------------------------------------------------


def test_a_corpus_gives_its_household_noise_and_its_rooms() -> None:
    there = make_surroundings(DATA / "household", None, is_reverberated=True, seed=1)
    assert len(there.bed) / SPEECH_RATE_HZ == pytest.approx(2 * 4.0, abs=0.1)
    assert len(there.rooms) == 1


def test_a_recording_of_ones_own_takes_the_place_of_the_noise(tmp_path: Path) -> None:
    fan = tmp_path / "fan.wav"
    write_wav(fan, Clip(np.repeat(hum(1.0, 0.1), 3), 48_000))
    there = make_surroundings(DATA / "household", fan, is_reverberated=True, seed=1)
    assert len(there.bed) == SPEECH_RATE_HZ
    assert len(there.rooms) == 1


def test_without_recordings_there_are_a_fan_and_a_made_up_room() -> None:
    there = make_surroundings(None, None, is_reverberated=True, seed=1)
    assert rms(there.bed) == pytest.approx(1.0, rel=0.01)
    assert len(there.rooms) == 1
    assert not make_surroundings(None, None, is_reverberated=False, seed=1).rooms


@pytest.mark.parametrize("name", ["absent.wav", "absent.flac"])
def test_a_noise_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(EarshotError) as caught:
        make_surroundings(None, tmp_path / name, is_reverberated=False, seed=1)
    assert name in str(caught.value)
    assert caught.value.mend


@pytest.mark.parametrize("missing", ["noise", "rir"])
def test_a_corpus_without_the_set_that_is_needed_is_named(missing: str, tmp_path: Path) -> None:
    kept = "rir" if missing == "noise" else "noise"
    source = next((DATA / "household" / kept).glob("*.flac"))
    (tmp_path / source.name).write_bytes(source.read_bytes())
    manifest = f"path,set,label,speaker\n{source.name},{kept},household,\n"
    (tmp_path / "manifest.csv").write_text(manifest, encoding="utf-8")
    with pytest.raises(EvaluationError) as caught:
        make_surroundings(tmp_path, None, is_reverberated=True, seed=1)
    assert repr(missing) in str(caught.value)
