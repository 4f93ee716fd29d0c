"""When the coach's voice is lowered, and when it comes back."""

import numpy as np
import pytest

from assistant.audio.ducking import LONGEST_FRAMES, RELEASE_FRAMES, TalkOver
from assistant.audio.echo import Cleaned
from assistant.sound import FRAME_S, FRAME_SAMPLES, Frame

FRAME = Frame(0.0, np.zeros(FRAME_SAMPLES, np.int16))


def cleaned(rest_db: float, echo_db: float = -20.0, uncertain_db: float = -60.0) -> Cleaned:
    powers = (10 ** (level_db / 10) for level_db in (rest_db, echo_db, uncertain_db))
    return Cleaned(FRAME, *powers, echo=np.zeros(320, np.float32))


ECHO_LEFT = cleaned(-45.0)
PERSON = cleaned(-30.0)
SILENT_COACH = Cleaned(FRAME, 1e-3, 0.0, 0.0, np.zeros(320, np.float32))


def fed(watch: TalkOver, frame: Cleaned, count: int, *, is_speech: bool = True) -> int | None:
    """After how many frames the answer first changed; None where it stayed."""
    before = watch.is_ducked
    return next((i + 1 for i in range(count) if watch.take(frame, is_speech) is not before), None)


def test_the_voice_is_lowered_within_a_tenth_of_a_second_of_a_person():
    watch = TalkOver()
    fed(watch, ECHO_LEFT, 50)
    frames = fed(watch, PERSON, 50)
    assert frames is not None
    assert frames * FRAME_S <= 0.1


def test_a_person_is_sure_later_and_stays_so_until_the_voice_is_back():
    watch = TalkOver()
    fed(watch, ECHO_LEFT, 50)
    fed(watch, PERSON, 50)
    assert not watch.is_person
    for _ in range(3):
        watch.take(PERSON, is_speech=True)
    assert watch.is_person
    fed(watch, ECHO_LEFT, 100)
    assert not watch.is_ducked
    assert not watch.is_person


def test_nobody_is_sure_before_the_filter_has_learnt():
    watch = TalkOver()
    unlearnt = cleaned(-18.0, echo_db=-30.0)
    fed(watch, unlearnt, 50)
    for _ in range(20):
        watch.take(unlearnt, is_speech=True)
    assert watch.is_ducked
    assert not watch.is_person


def test_a_cough_lowers_the_voice_and_is_nobody():
    watch = TalkOver()
    fed(watch, ECHO_LEFT, 50)
    fed(watch, PERSON, 50)
    for _ in range(20):
        watch.take(ECHO_LEFT, is_speech=True)
        assert watch.is_ducked
        assert not watch.is_person


@pytest.mark.parametrize(
    "frame",
    [ECHO_LEFT, cleaned(-30.0, uncertain_db=-30.0), SILENT_COACH],
    ids=["residual echo", "a filter that has not learnt", "a silent coach"],
)
def test_what_is_left_of_the_coach_lowers_nothing(frame):
    assert fed(TalkOver(), frame, 200) is None


def test_noise_that_is_no_speech_lowers_nothing():
    assert fed(TalkOver(), PERSON, 200, is_speech=False) is None


def test_a_knock_lowers_nothing():
    watch = TalkOver()
    assert fed(watch, PERSON, 3) is None
    assert fed(watch, ECHO_LEFT, 50) is None


def test_the_voice_is_back_half_a_second_after_the_last_sign():
    watch = TalkOver()
    fed(watch, PERSON, 20)
    assert watch.is_ducked
    assert fed(watch, ECHO_LEFT, 100) == RELEASE_FRAMES


def test_the_voice_comes_back_although_somebody_goes_on_talking():
    watch = TalkOver()
    fed(watch, PERSON, 10)
    assert watch.is_ducked
    assert fed(watch, PERSON, 2 * LONGEST_FRAMES) is not None


def test_the_voice_is_back_at_once_where_the_line_has_ended():
    watch = TalkOver()
    fed(watch, PERSON, 20)
    assert fed(watch, SILENT_COACH, 5) == 1
