"""The sample clock: steady under jitter, true over hours, quick after a restart."""

import random

import pytest

from assistant.audio.clock import SampleClock

RATE_HZ = 48_000
BLOCK = 480


def drive(
    clock: SampleClock, seconds: float, *, start: int = 0, offset_s=lambda second: 0.0
) -> int:
    """Report blocks whose first sample n is heard at n / rate + offset; return the next index."""
    index = start
    while index < start + seconds * RATE_HZ:
        clock.follow(index, index / RATE_HZ + offset_s(index / RATE_HZ))
        index += BLOCK
    return index


def test_exact_reports_are_never_off_by_a_sample():
    clock = SampleClock(RATE_HZ)
    drive(clock, 3600)
    assert clock.index_of(3600.5) == int(3600.5 * RATE_HZ)
    assert clock.time_of(RATE_HZ) == pytest.approx(1.0, abs=1e-9)


def test_jitter_of_two_milliseconds_moves_the_clock_by_less_than_half_a_millisecond():
    chance = random.Random(1)
    clock = SampleClock(RATE_HZ)
    index = drive(clock, 3, offset_s=lambda _: chance.gauss(0, 0.002))
    errors = []
    for _ in range(2000):
        clock.follow(index, index / RATE_HZ + chance.gauss(0, 0.002))
        errors.append(abs(clock.time_of(index) - index / RATE_HZ))
        index += BLOCK
    assert max(errors) < 0.0005


def test_a_crystal_that_runs_fast_is_followed_for_an_hour():
    clock = SampleClock(RATE_HZ)
    index = drive(clock, 3600, offset_s=lambda second: second * -100e-6)
    assert clock.time_of(index) == pytest.approx(index / RATE_HZ * (1 - 100e-6), abs=0.0005)


def test_a_restarted_stream_is_followed_at_once():
    clock = SampleClock(RATE_HZ)
    index = drive(clock, 2)
    clock.follow(index, index / RATE_HZ + 0.4)
    assert clock.time_of(index) == pytest.approx(index / RATE_HZ + 0.4)


def test_a_lasting_shift_too_small_for_a_jump_is_followed_within_a_quarter_second():
    clock = SampleClock(RATE_HZ)
    index = drive(clock, 5)
    index = drive(clock, 0.25, start=index, offset_s=lambda _: 0.03)
    assert clock.time_of(index) == pytest.approx(index / RATE_HZ + 0.03, abs=0.001)


def test_single_late_reports_do_not_make_it_jump():
    clock = SampleClock(RATE_HZ)
    index = drive(clock, 5)
    for late in (0.03, -0.03) * 5:
        clock.follow(index, index / RATE_HZ + late)
        index += BLOCK
    assert clock.time_of(index) == pytest.approx(index / RATE_HZ, abs=0.0005)


def test_after_resync_the_next_report_is_taken_at_its_word():
    clock = SampleClock(RATE_HZ)
    index = drive(clock, 5)
    clock.resync()
    clock.follow(index, index / RATE_HZ + 0.02)
    assert clock.time_of(index) == pytest.approx(index / RATE_HZ + 0.02)
