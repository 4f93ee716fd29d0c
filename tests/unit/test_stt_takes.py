import numpy as np
import pytest

from assistant.rehearsal.speakers import Speaker, mix
from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.takes import Cutter, Flaw, flaw, loudest


def word(length_s: float = 0.5, peak: float = 8000.0, noise: float = 8.0) -> Int16:
    """A hum of that length with quiet before and after it."""
    rng = np.random.default_rng(2)
    sound = rng.standard_normal(round((length_s + 0.6) * SPEECH_RATE_HZ)) * noise
    t = np.arange(round(length_s * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    first = round(0.4 * SPEECH_RATE_HZ)
    sound[first : first + len(t)] += peak * np.sin(2 * np.pi * 150 * t)
    return np.clip(sound, -32768, 32767).astype(np.int16)


def test_a_word_spoken_well_has_no_flaw():
    assert flaw(word()) is None


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        (word(peak=60, noise=2), Flaw.QUIET),
        (word(noise=4000), Flaw.NOISY),
        (word(peak=90_000), Flaw.CLIPPED),
        (word(length_s=1.6), Flaw.LONG),
        (word(length_s=0.06), Flaw.SHORT),
        (np.zeros(0, np.int16), Flaw.SHORT),
        (np.zeros(8000, np.int16), Flaw.QUIET),
    ],
)
def test_each_flaw_is_told_apart(utterance: Int16, expected: Flaw):
    assert flaw(utterance) is expected


@pytest.mark.parametrize("text", ["stop", "back", "no", "repeat", "hold on"])
def test_spoken_word_is_cut_out_of_the_silence_round_it_and_is_good(text: str):
    clip = mix(Speaker().speak(text, "rms"), 35.0, 1, before_s=1.0, after_s=1.5)
    samples = np.rint(clip.samples * 32767).astype(np.int16)
    cutter = Cutter()
    found = [
        u
        for start in range(0, len(samples), 320)
        for u in cutter.hear(samples[start : start + 320])
    ]
    utterance = loudest(found)
    assert utterance is not None
    assert flaw(utterance) is None
    assert len(utterance) < len(samples)


def test_nothing_is_cut_out_of_silence():
    cutter = Cutter()
    assert cutter.hear(np.zeros(SPEECH_RATE_HZ, np.int16)) == []
    assert cutter.finish() == []
    assert loudest([]) is None
