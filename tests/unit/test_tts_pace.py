"""No line is spoken faster than can be followed, whatever rate is set."""

import numpy as np
import pytest

from assistant.sound import Clip
from assistant.tts.pace import LEAST_RATE_WPM, MOST_WORDS_PER_S, PacedVoice, words_per_s

RATE_HZ = 1000
SHORT = "I will tell you all of it."


class HastyEngine:
    """Speaks short words `haste` times as fast as it was told to."""

    def __init__(self, haste: float) -> None:
        self.haste = haste
        self.rates: list[int] = []
        self.is_closed = False

    def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
        self.rates.append(rate_wpm)
        seconds = len(text.split()) * 60 / (rate_wpm * self.haste)
        return Clip(np.zeros(round(seconds * RATE_HZ), np.float32), RATE_HZ)

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("rate_wpm", [110, 155, 200, 300, 450])
@pytest.mark.parametrize("haste", [0.8, 1.0, 1.9])
def test_no_line_has_more_than_five_words_a_second(rate_wpm: int, haste: float) -> None:
    voice = PacedVoice(HastyEngine(haste))
    assert words_per_s(SHORT, voice.render(SHORT, rate_wpm=rate_wpm)) <= MOST_WORDS_PER_S


def test_line_that_is_slow_enough_is_rendered_once_as_it_is() -> None:
    engine = HastyEngine(1.0)
    PacedVoice(engine).render(SHORT, rate_wpm=200)
    assert engine.rates == [200]


def test_line_is_slowed_no_more_than_it_must() -> None:
    voice = PacedVoice(HastyEngine(1.9))
    clip = voice.render(SHORT, rate_wpm=300)
    assert words_per_s(SHORT, clip) > 0.9 * MOST_WORDS_PER_S


def test_engine_that_cannot_be_slowed_is_asked_a_few_times_only() -> None:
    engine = HastyEngine(20.0)
    PacedVoice(engine).render(SHORT, rate_wpm=300)
    assert engine.rates[-1] == LEAST_RATE_WPM
    assert len(engine.rates) <= 5


def test_close_frees_the_engine() -> None:
    engine = HastyEngine(1.0)
    PacedVoice(engine).close()
    assert engine.is_closed
