from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.stt.activity import CHUNK_SAMPLES, VoiceActivity

STOP = Path(__file__).parents[1] / "data" / "spotter" / "stop.flac"


@pytest.fixture
def person() -> np.ndarray:
    return soundfile.read(STOP, dtype="int16")[0]


def chunks_of(samples: np.ndarray) -> list[np.ndarray]:
    whole = len(samples) // CHUNK_SAMPLES * CHUNK_SAMPLES
    return list(samples[:whole].astype(np.int16).reshape(-1, CHUNK_SAMPLES))


def test_quiet_room_hardly_wakes_the_costly_detector(monkeypatch):
    activity, judged = VoiceActivity(), []
    monkeypatch.setattr(activity, "_judged", lambda chunk: judged.append(chunk) or 0.0)
    room = chunks_of(np.random.default_rng(1).normal(0, 10, 16_000 * 30))
    for chunk in room:
        activity.probability(chunk)
    assert len(judged) < 0.1 * len(room)


def test_person_is_told_from_a_fan(person):
    fan = np.cumsum(np.random.default_rng(2).normal(0, 30, 16_000 * 3))
    fan -= np.convolve(fan, np.ones(801) / 801, mode="same")
    fan *= 1500 / fan.std()
    assert max(map(VoiceActivity().probability, chunks_of(person))) > 0.9
    assert np.mean([VoiceActivity().probability(c) > 0.4 for c in chunks_of(fan)]) < 0.1


def test_reset_forgets(person):
    activity, fresh = VoiceActivity(), VoiceActivity()
    for chunk in chunks_of(person):
        activity.probability(chunk)
    activity.reset()
    again = [activity.probability(c) for c in chunks_of(person)]
    # The detector keeps the last 4 ms of before.
    assert again == pytest.approx([fresh.probability(c) for c in chunks_of(person)], abs=0.05)
