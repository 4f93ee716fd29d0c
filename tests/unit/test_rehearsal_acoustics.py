"""The simulated rooms: as long, as far and as loud as they are said to be."""

import numpy as np
import pytest

from assistant.rehearsal.acoustics import SOUND_M_S, Way, drawn_box, response, unit_power
from assistant.sound import SPEECH_RATE_HZ


@pytest.mark.parametrize("seed", range(8))
def test_a_drawn_room_has_the_loudspeaker_near_and_the_person_far(seed):
    box = drawn_box(seed)
    near = np.linalg.norm(np.subtract(box.loudspeaker_m, box.microphone_m))
    far = np.linalg.norm(np.subtract(box.person_m, box.microphone_m))
    assert near == pytest.approx(0.4)
    assert 1.2 < far <= 1.71
    for place in (box.microphone_m, box.loudspeaker_m, box.person_m):
        assert all(0 < x < size for x, size in zip(place, box.size_m, strict=True))
    assert 0.3 <= box.rt60_s <= 0.7


@pytest.mark.parametrize("seed", range(4))
def test_sound_arrives_after_its_way_and_dies_away_as_long_as_the_room_says(seed):
    box = drawn_box(seed)
    heard = response(box, box.loudspeaker_m, seed).astype(np.float64)
    assert np.flatnonzero(heard)[0] == round(0.4 / SOUND_M_S * SPEECH_RATE_HZ)
    left_db = 10 * np.log10(np.cumsum(heard[::-1] ** 2)[::-1] / np.sum(heard**2))
    begin, end = (int(np.flatnonzero(left_db < level)[0]) for level in (-12, -32))
    fallen_s = 3 * (end - begin) / SPEECH_RATE_HZ
    assert fallen_s == pytest.approx(box.rt60_s, rel=0.25)


def test_sound_in_frames_is_sound_in_one_piece():
    rng = np.random.default_rng(1)
    way = unit_power(rng.standard_normal(1000).astype(np.float32))
    samples = rng.standard_normal(3200).astype(np.float32)
    passing = Way(way)
    pieces = np.concatenate([passing.pass_on(piece) for piece in samples.reshape(-1, 320)])
    assert pieces == pytest.approx(np.convolve(samples, way)[:3200], abs=1e-4)
