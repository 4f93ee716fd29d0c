"""How fast the real voice speaks: at most five words a second, whatever rate is set."""

from collections.abc import Iterator

import pytest

from assistant.app import World
from assistant.bench.barge_in import whole_library
from assistant.coach.answers import RATES_WPM
from assistant.config import Settings
from assistant.tts.pace import MOST_WORDS_PER_S, PacedVoice, words_per_s
from assistant.tts.pyttsx3_engine import OTHER_VOICES, Pyttsx3Synthesiser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FASTEST_WPM = next(m.le for m in Settings.model_fields["rate_wpm"].metadata if hasattr(m, "le"))
"""The highest rate that the settings take."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Pyttsx3Synthesiser]:
    with Pyttsx3Synthesiser() as synthesiser:
        yield synthesiser


@pytest.fixture(scope="module")
def hasty(world: World, engine: Pyttsx3Synthesiser) -> list[str]:
    """The fortieth of all lines that come out fastest, with nothing to hold them back."""
    texts = whole_library(world)
    paces = {t: words_per_s(t, engine.render(t, rate_wpm=max(RATES_WPM))) for t in texts}
    return sorted(texts, key=lambda text: -paces[text])[: len(texts) // 40]


def test_every_line_at_the_fastest_rate(world: World, engine: Pyttsx3Synthesiser) -> None:
    voice = PacedVoice(engine)
    paces = {
        text: words_per_s(text, voice.render(text, rate_wpm=FASTEST_WPM))
        for text in whole_library(world)
    }
    assert len(paces) > 300
    assert {t: round(p, 2) for t, p in paces.items() if p > MOST_WORDS_PER_S} == {}


@pytest.mark.parametrize("rate_wpm", [80, *RATES_WPM, 250])
def test_the_fastest_lines_at_every_rate(
    engine: Pyttsx3Synthesiser, hasty: list[str], rate_wpm: int
) -> None:
    voice = PacedVoice(engine)
    paces = {text: words_per_s(text, voice.render(text, rate_wpm=rate_wpm)) for text in hasty}
    assert {t: round(p, 2) for t, p in paces.items() if p > MOST_WORDS_PER_S} == {}


@pytest.mark.parametrize("name", OTHER_VOICES["en"])
def test_the_fastest_lines_in_every_voice(
    engine: Pyttsx3Synthesiser, hasty: list[str], name: str
) -> None:
    voice = PacedVoice(engine)
    paces = {
        text: words_per_s(text, voice.render(text, rate_wpm=FASTEST_WPM, voice=name))
        for text in hasty
    }
    assert {t: round(p, 2) for t, p in paces.items() if p > MOST_WORDS_PER_S} == {}


def test_without_the_bound_some_lines_are_faster(
    engine: Pyttsx3Synthesiser, hasty: list[str]
) -> None:
    clip = engine.render(hasty[0], rate_wpm=max(RATES_WPM))
    assert words_per_s(hasty[0], clip) > MOST_WORDS_PER_S
