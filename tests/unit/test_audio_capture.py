"""Frames from blocks: their size, their times, and what a gap does."""

import math

import numpy as np
import pytest

from assistant.audio.capture import Block, FrameCutter
from assistant.sound import Frame, Int16

START_S = 200.0


def tone(rate_hz: int, seconds: float) -> Int16:
    times = np.arange(round(rate_hz * seconds)) / rate_hz
    return np.rint(10_000 * np.sin(2 * math.pi * 500 * times)).astype(np.int16)


def push(cutter: FrameCutter, samples: Int16, rate_hz: int, block: int, first=0) -> list[Frame]:
    frames = []
    for start in range(0, len(samples), block):
        index = first + start
        part = samples[start : start + block]
        frames += cutter.push(Block(index, START_S + index / rate_hz, part))
    return frames


@pytest.mark.parametrize("block", [160, 320, 441, 1000])
def test_blocks_of_any_size_become_frames_of_320_samples_unchanged(block):
    samples = tone(16_000, 1.0)
    frames = push(FrameCutter(16_000), samples, 16_000, block)
    assert {frame.samples.shape for frame in frames} == {(320,)}
    np.testing.assert_array_equal(np.concatenate([f.samples for f in frames]), samples)
    assert [f.at_s for f in frames] == pytest.approx([START_S + 0.02 * n for n in range(50)])


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_other_rates_are_converted_in_time_with_the_original(rate_hz):
    frames = push(FrameCutter(rate_hz), tone(rate_hz, 2.0), rate_hz, rate_hz // 50)
    heard = np.concatenate([frame.samples for frame in frames])
    assert heard.dtype == np.int16
    middle = slice(8000, 24_000)
    assert np.abs(heard[middle].astype(int) - tone(16_000, 2.0)[middle]).max() < 200
    gaps_s = np.diff([frame.at_s for frame in frames])
    assert gaps_s == pytest.approx(0.02, abs=1e-6)
    assert frames[0].at_s == pytest.approx(START_S, abs=1e-6)


def test_times_stay_even_while_the_driver_reports_them_with_jitter():
    chance = np.random.default_rng(3)
    cutter = FrameCutter(16_000)
    at_s = []
    for number in range(500):
        reported_s = START_S + number * 0.02 + chance.uniform(-0.003, 0.003)
        block = Block(number * 320, reported_s, np.zeros(320, np.int16))
        at_s += [frame.at_s for frame in cutter.push(block)]
    assert np.abs(np.diff(at_s[100:]) - 0.02).max() < 0.0002


def test_no_frame_spans_dropped_blocks_and_later_times_are_right():
    cutter = FrameCutter(16_000)
    samples = tone(16_000, 1.0)
    push(cutter, samples[:4000], 16_000, 500)  # ends in the middle of a frame
    after = push(cutter, samples[8000:], 16_000, 500, first=8000)
    assert after[0].at_s == pytest.approx(START_S + 0.5)
    np.testing.assert_array_equal(after[0].samples, samples[8000:8320])


def test_samples_lost_by_the_driver_move_the_times_at_once():
    cutter = FrameCutter(16_000)
    push(cutter, tone(16_000, 1.0), 16_000, 320)
    late = Block(16_000, START_S + 1.03, np.zeros(320, np.int16), is_after_gap=True)
    assert cutter.push(late)[0].at_s == pytest.approx(START_S + 1.03)
