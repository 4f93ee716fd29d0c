"""The sound of a breath: as long as its phase, told apart by ear, gapless."""

import numpy as np
import pytest

from assistant.audio.mixer import Mixer
from assistant.coach.actions import Air
from assistant.sound import Clip
from assistant.tts.breath import BREATH_LEVEL_DBFS, HIGH_HZ, LOW_HZ, breath_sound
from assistant.tts.loudness import decibels
from assistant.tts.tones import TONE_LEVEL_DBFS

every_air = pytest.mark.parametrize("air", list(Air))
RATES = (16_000, 24_000, 44_100, 48_000)


def pitch_hz(clip: Clip, from_s: float) -> float:
    """The strongest frequency in 200 ms of a clip."""
    first, size = round(from_s * clip.rate_hz), round(0.2 * clip.rate_hz)
    piece = clip.samples[first : first + size] * np.hanning(size)
    return float(np.argmax(np.abs(np.fft.rfft(piece, 8 * size)))) * clip.rate_hz / (8 * size)


@every_air
@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("length_s", [1.0, 2.5, 10 / 3, 4.0, 6.0, 12.0])
def test_a_breath_sounds_for_its_phase_to_the_sample(air: Air, length_s: float, rate_hz: int):
    samples = breath_sound(air, length_s, rate_hz).samples
    assert len(samples) == round(length_s * rate_hz)
    loud = np.flatnonzero(np.abs(samples) > 0.05 * np.abs(samples).max())
    assert samples[0] != 0.0
    assert samples[-1] != 0.0
    assert loud[0] <= 0.001 * rate_hz
    assert len(samples) - 1 - loud[-1] <= 0.001 * rate_hz


def test_in_rises_and_out_falls():
    rising, falling = breath_sound(Air.IN, 4.0), breath_sound(Air.OUT, 6.0)
    assert pitch_hz(rising, 0.0) == pytest.approx(LOW_HZ, rel=0.05)
    assert pitch_hz(rising, 3.8) == pytest.approx(HIGH_HZ, rel=0.05)
    assert pitch_hz(falling, 0.0) == pytest.approx(HIGH_HZ, rel=0.05)
    assert pitch_hz(falling, 5.8) == pytest.approx(LOW_HZ, rel=0.05)
    pitches = [pitch_hz(rising, n * 0.4) for n in range(10)]
    assert pitches == sorted(pitches)


@every_air
def test_breaths_are_soft_and_neither_click_nor_clip(air: Air):
    samples = breath_sound(air, 4.0).samples
    level = decibels(float(np.sqrt(np.mean(samples**2))))
    assert level == pytest.approx(BREATH_LEVEL_DBFS, abs=0.1)
    assert level <= TONE_LEVEL_DBFS - 10
    peak = np.abs(samples).max()
    assert peak < 0.2
    assert np.abs(np.diff(samples)).max() < 0.15 * peak
    assert max(abs(samples[0]), abs(samples[-1])) < 0.02 * peak


def test_the_same_phase_is_made_once_and_cannot_be_changed():
    clip = breath_sound(Air.IN, 4.0)
    assert breath_sound(Air.IN, 4.0) is clip
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 1.0


def test_no_breath_is_shorter_than_a_blink():
    with pytest.raises(ValueError, match=r"0\.01"):
        breath_sound(Air.OUT, 0.01)


@pytest.mark.parametrize("rate_hz", RATES)
def test_the_mixer_plays_each_phase_for_its_length_within_a_sample(rate_hz: int):
    """A breath of 4, 1, 6, 1 s at any rate of the sound card: still in its pauses alone."""
    mixer = Mixer(rate_hz)
    mixer.schedule("in", breath_sound(Air.IN, 4.0), 0.5)
    mixer.schedule("out", breath_sound(Air.OUT, 6.0), 5.5)
    block = rate_hz // 50
    played = np.concatenate([mixer.render(block, n / 50) for n in range(50 * 13)])
    loud = np.flatnonzero(np.abs(played) > 1e-3)
    [gap] = np.flatnonzero(np.diff(loud) > 0.5 * rate_hz)
    spans_s = [(loud[0], loud[gap]), (loud[gap + 1], loud[-1])]
    for (first, last), (start_s, length_s) in zip(spans_s, [(0.5, 4.0), (5.5, 6.0)], strict=True):
        assert first / rate_hz == pytest.approx(start_s, abs=0.001)
        assert (last - first + 1) / rate_hz == pytest.approx(length_s, abs=0.001)


def test_a_breath_ordered_again_is_converted_once():
    mixer = Mixer(44_100)
    clip = breath_sound(Air.IN, 4.0)
    for n in range(30):
        mixer.schedule(f"in-{n}", clip, n * 5.0)
    mixer.render(64, 0.0)
    assert len({id(voice.samples) for voice in mixer._voices}) == 1
