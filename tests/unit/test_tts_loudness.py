"""Loudness over voiced parts, levelling and trimming."""

import numpy as np
import pytest

from assistant.sound import Clip, Float32
from assistant.tts.loudness import PEAK_LIMIT, decibels, levelled, trimmed, voiced_rms

RATE_HZ = 16_000


def hum(length_s: float, size: float = 0.5) -> Float32:
    turns = 200.0 * np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return (size * np.sin(2 * np.pi * turns)).astype(np.float32)


def silence(length_s: float) -> Float32:
    return np.zeros(round(length_s * RATE_HZ), dtype=np.float32)


def test_pauses_do_not_count() -> None:
    spoken = Clip(hum(0.4), RATE_HZ)
    with_pause = Clip(np.concatenate([hum(0.2), silence(2.0), hum(0.2)]), RATE_HZ)
    assert voiced_rms(with_pause) == pytest.approx(voiced_rms(spoken), rel=1e-3)
    assert voiced_rms(spoken) == pytest.approx(0.5 / np.sqrt(2), rel=1e-3)


def test_silence_has_no_level_and_stays_silent() -> None:
    for clip in (Clip(silence(0.1), RATE_HZ), Clip(silence(0.0), RATE_HZ)):
        assert voiced_rms(clip) == 0.0
        assert levelled(clip, -20.0) is clip
        assert not trimmed(clip).samples.size


@pytest.mark.parametrize("size", [0.001, 0.1, 0.9])
def test_quiet_and_loud_come_to_the_same_level(size: float) -> None:
    even = levelled(Clip(hum(0.3, size), RATE_HZ), -20.0)
    assert decibels(voiced_rms(even)) == pytest.approx(-20.0, abs=0.1)


def test_one_loud_crack_is_bent_and_the_rest_keeps_its_level() -> None:
    samples = hum(1.0, 0.1)
    samples[8000:8008] = 1.0
    even = levelled(Clip(samples, RATE_HZ), -14.0)
    assert np.abs(even.samples).max() <= PEAK_LIMIT
    assert decibels(voiced_rms(even)) == pytest.approx(-14.0, abs=0.5)


def test_trim_keeps_ten_milliseconds_at_both_ends_and_pauses_inside() -> None:
    whole = np.concatenate([silence(0.3), hum(0.2), silence(0.5), hum(0.2), silence(0.4)])
    cut = trimmed(Clip(whole, RATE_HZ))
    assert cut.duration_s == pytest.approx(0.92, abs=0.002)


def test_trim_leaves_no_step_at_the_ends() -> None:
    cut = trimmed(Clip(np.full(800, 0.5, dtype=np.float32), RATE_HZ))
    assert cut.samples[0] == 0.0
    assert cut.samples[-1] == 0.0
    assert np.abs(np.diff(cut.samples)).max() < 0.02


def test_trim_leaves_its_input_alone() -> None:
    samples = np.full(800, 0.5, dtype=np.float32)
    trimmed(Clip(samples, RATE_HZ))
    assert (samples == 0.5).all()
