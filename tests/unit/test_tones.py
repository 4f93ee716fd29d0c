"""The tones: short, even, clean, and told apart."""

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from assistant.sound import Clip
from assistant.tts.loudness import decibels
from assistant.tts.tones import TONE_LEVEL_DBFS, Tone, tone

WINDOW_S = 0.02
every_tone = pytest.mark.parametrize("kind", list(Tone))


def pitches_hz(clip: Clip) -> list[float]:
    """The strongest frequency in each 30 ms of a clip."""
    size = round(0.03 * clip.rate_hz)
    found = []
    for start in range(0, len(clip.samples) - size + 1, size):
        piece = clip.samples[start : start + size] * np.hanning(size)
        spectrum = np.abs(np.fft.rfft(piece, 8 * size))
        found.append(float(np.argmax(spectrum)) * clip.rate_hz / (8 * size))
    return found


def picture(clip: Clip) -> npt.NDArray[np.float64]:
    """The clip's spectrogram over 260 ms, as one vector of length 1."""
    size = round(WINDOW_S * clip.rate_hz)
    padded = np.zeros(13 * size)
    padded[: len(clip.samples)] = clip.samples
    spectra = np.abs(np.fft.rfft(padded.reshape(13, size) * np.hanning(size), axis=1)).ravel()
    return np.asarray(spectra / np.linalg.norm(spectra))


@every_tone
@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_every_tone_is_under_a_quarter_of_a_second(kind: Tone, rate_hz: int) -> None:
    clip = tone(kind, rate_hz)
    assert 0.03 <= clip.duration_s < 0.25
    assert clip.rate_hz == rate_hz
    assert clip.samples.dtype == np.float32


@every_tone
def test_levels_are_even_and_leave_headroom(kind: Tone) -> None:
    samples = tone(kind).samples
    assert decibels(float(np.sqrt(np.mean(samples**2)))) == pytest.approx(TONE_LEVEL_DBFS, abs=0.1)
    assert np.abs(samples).max() < 0.8


@every_tone
def test_onset_is_found_within_a_millisecond_of_the_first_sample(kind: Tone) -> None:
    samples = np.abs(tone(kind).samples)
    assert samples[0] > 0
    assert np.argmax(samples > 0.1 * samples.max()) < 0.001 * 48_000


@every_tone
def test_tone_neither_clicks_nor_leaves_an_offset(kind: Tone) -> None:
    samples = tone(kind).samples
    peak = np.abs(samples).max()
    assert abs(samples[0]) < 0.02 * peak
    assert abs(samples[-1]) < 0.02 * peak
    assert abs(samples.mean()) < 0.001
    assert np.abs(np.diff(samples)).max() < 0.35 * peak


@pytest.mark.parametrize(("one", "other"), list(combinations(Tone, 2)))
def test_no_two_tones_are_alike(one: Tone, other: Tone) -> None:
    assert float(picture(tone(one)) @ picture(tone(other))) < 0.3


def test_start_rises_and_end_falls() -> None:
    start, end = pitches_hz(tone(Tone.START)), pitches_hz(tone(Tone.END))
    assert start[-1] > 1.4 * start[0]
    assert end[-1] < 0.6 * end[0]


def test_switch_goes_over_and_comes_back() -> None:
    first, *_, last = found = pitches_hz(tone(Tone.SWITCH))
    assert max(found) > 1.4 * first
    assert last == pytest.approx(first, rel=0.05)


def test_halfway_stays_level() -> None:
    found = pitches_hz(tone(Tone.HALFWAY))
    assert max(found) == pytest.approx(min(found), rel=0.02)


def test_heard_is_high_and_short_and_not_understood_low_and_twice() -> None:
    heard, not_understood = tone(Tone.HEARD), tone(Tone.NOT_UNDERSTOOD)
    assert heard.duration_s < 0.1
    assert min(pitches_hz(heard)) > 1400
    assert pitches_hz(not_understood)[0] < 400
    sounding = np.flatnonzero(np.abs(not_understood.samples) > 1e-6)
    assert np.diff(sounding).max() > 0.03 * 48_000


def test_tones_are_the_same_each_time_and_cannot_be_changed() -> None:
    clip = tone(Tone.START)
    assert tone(Tone.START) is clip
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 1.0
