"""What is left of the coach's voice is lowered; what a person says over it is not."""

import numpy as np
import pytest

from assistant.audio.suppressor import Suppressor
from assistant.sound import FRAME_SAMPLES, Float32

NOTHING = np.zeros(FRAME_SAMPLES, np.float32)
LEFT_DB = -15.0
"""How much of the echo a canceller leaves in these tests."""


def noise(frames: int, seed: int) -> Float32:
    drawn = np.random.default_rng(seed).standard_normal((frames, FRAME_SAMPLES))
    return np.asarray(0.1 * drawn, np.float32)


def power_db(frames: Float32) -> float:
    return float(10 * np.log10(np.mean(np.square(frames, dtype=np.float64)) + 1e-15))


def lowered(rest: Float32, echo: Float32) -> tuple[Float32, Float32]:
    suppressor = Suppressor()
    taken = [suppressor.take(r, e) for r, e in zip(rest, echo, strict=True)]
    return np.stack([t.heard for t in taken]), np.stack([t.watched for t in taken])


def test_sound_with_no_echo_in_it_comes_back_a_frame_later_and_unchanged():
    rest = noise(50, 1)
    for out in lowered(rest, np.zeros_like(rest)):
        assert out[1:] == pytest.approx(rest[:-1], abs=1e-4)


def test_a_pause_of_the_coach_changes_nothing_of_what_is_heard_around_it():
    echo = noise(200, 2)
    echo[40:160] = 0.0  # so long that no spectrum is taken any more
    rest = noise(200, 3)
    rest[:40] += 0.2 * echo[:40]
    _, watched = lowered(rest, echo)
    quiet = slice(152, 160)
    assert watched[quiet] == pytest.approx(rest[quiet.start - 1 : quiet.stop - 1], abs=1e-6)
    seam = np.abs(np.diff(watched[150:].ravel())).max()  # a click would stand out
    assert seam < 1.5 * np.abs(np.diff(rest[150:].ravel())).max()


def test_a_frame_right_after_a_pause_fits_the_one_before():
    echo = np.zeros((60, FRAME_SAMPLES), np.float32)
    echo[30:] = 1e-4 * noise(30, 2)  # heard of, and too soft to lower anything
    rest = noise(60, 3)
    for out in lowered(rest, echo):
        assert out[1:] == pytest.approx(rest[:-1], abs=1e-4)


def test_what_is_left_of_an_echo_is_lowered_for_voice_activity_and_a_little_for_the_recogniser():
    echo = noise(150, 2)
    rest = echo * np.float32(10 ** (LEFT_DB / 20))
    heard, watched = lowered(rest, echo)
    assert power_db(watched[50:]) < power_db(rest) - 15
    assert power_db(rest) - 10 < power_db(heard[50:]) < power_db(rest) - 5


def test_a_person_as_loud_as_the_echo_passes():
    echo = noise(150, 3)
    person = np.zeros_like(echo)
    person[100:140] = noise(40, 4)
    rest = echo * np.float32(10 ** (LEFT_DB / 20)) + person
    _, watched = lowered(rest, echo)
    assert power_db(watched[103:141]) == pytest.approx(power_db(person[100:140]), abs=3.0)


def test_a_person_who_talked_for_a_second_does_not_make_the_echo_pass_afterwards():
    echo = noise(200, 5)
    rest = echo * np.float32(10 ** (LEFT_DB / 20))
    rest[100:150] += noise(50, 6)
    _, watched = lowered(rest, echo)
    assert power_db(watched[155:]) < LEFT_DB + power_db(echo) - 15


def test_silence_after_the_echo_is_left_as_it_is():
    echo = np.concatenate([noise(50, 7), np.tile(NOTHING, (60, 1))])
    rest = echo * np.float32(0.1)
    rest[60:] = 0.01 * noise(50, 8)
    _, watched = lowered(rest, echo)
    assert power_db(watched[95:]) == pytest.approx(power_db(rest[60:]), abs=2.0)
