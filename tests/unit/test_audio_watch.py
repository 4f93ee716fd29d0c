"""Whether a microphone hears anything at all: silence and overload, and what is neither."""

import numpy as np
import pytest

from assistant.audio.watch import (
    GOOD_S,
    OVERLOADED_S,
    SILENT_FIRST_S,
    SILENT_S,
    MicrophoneWatch,
)
from assistant.coach.events import Fault
from assistant.rehearsal.speakers import Speaker, mix
from assistant.sound import FRAME_S, FRAME_SAMPLES, Frame, Int16
from assistant.tts.loudness import amplitude

SECOND = 16_000


def changes(watch: MicrophoneWatch, samples: Int16) -> list[tuple[float, Fault | None]]:
    """When the fault changed, seconds from the first sample, and to what."""
    found = []
    for i in range(len(samples) // FRAME_SAMPLES):
        frame = Frame(i * FRAME_S, samples[i * FRAME_SAMPLES : (i + 1) * FRAME_SAMPLES])
        if watch.hear(frame):
            found.append((round(i * FRAME_S, 2), watch.fault))
    return found


def zeros(seconds: float) -> Int16:
    return np.zeros(round(seconds * SECOND), np.int16)


def room(seconds: float, level_dbfs: float) -> Int16:
    noise = np.random.default_rng(1).normal(0, amplitude(level_dbfs), round(seconds * SECOND))
    return np.clip(np.rint(noise * 32768), -32768, 32767).astype(np.int16)


def speech(gain: float = 1.0) -> Int16:
    samples = mix(Speaker().speak("one two three four five six"), 30.0, seed=1).samples
    return np.clip(np.rint(samples * gain * 32767), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("dead", [zeros(8), room(8, -90.0), np.ones(8 * SECOND, np.int16)])
def test_silence_from_the_start_is_noticed_within_seconds_and_once(dead: Int16) -> None:
    [(at_s, fault)] = changes(MicrophoneWatch(), dead)
    assert fault is Fault.SILENT
    assert at_s == pytest.approx(SILENT_FIRST_S, abs=0.1)


@pytest.mark.parametrize("level_dbfs", [-75.0, -70.0, -60.0])
def test_quiet_room_is_no_silence(level_dbfs: float) -> None:
    assert changes(MicrophoneWatch(), room(600, level_dbfs)) == []


def test_microphone_that_is_muted_later_is_noticed_too() -> None:
    [(at_s, fault)] = changes(MicrophoneWatch(), np.concatenate([room(5, -60.0), zeros(20)]))
    assert fault is Fault.SILENT
    assert at_s == pytest.approx(5 + SILENT_S, abs=0.1)


def test_it_is_told_again_only_after_the_microphone_was_good_in_between() -> None:
    watch = MicrophoneWatch()
    assert [f for _, f in changes(watch, zeros(60))] == [Fault.SILENT]
    assert changes(watch, np.concatenate([room(GOOD_S / 2, -50.0), zeros(60)])) == []
    assert [f for _, f in changes(watch, room(5, -50.0))] == [None]
    assert [f for _, f in changes(watch, zeros(60))] == [Fault.SILENT]


def test_patience_grows_with_a_microphone_that_gives_silence_between_words() -> None:
    watch = MicrophoneWatch()
    gated = np.concatenate([zeros(12), speech()])
    told = [bool(changes(watch, gated)) for _ in range(20)]
    assert told.index(False) <= 2
    assert not any(told[3:])


@pytest.mark.parametrize("kind", ["noise", "square", "clipped"])
def test_full_scale_all_the_time_is_noticed_within_seconds(kind: str) -> None:
    rng = np.random.default_rng(1)
    loud = {
        "noise": rng.integers(-32768, 32768, 8 * SECOND).astype(np.int16),
        "square": np.resize(np.repeat(np.array([32767, -32768], np.int16), 40), 8 * SECOND),
        "clipped": room(8, -3.0),
    }[kind]
    [(at_s, fault)] = changes(MicrophoneWatch(), loud)
    assert fault is Fault.OVERLOADED
    assert at_s <= OVERLOADED_S


def test_overload_is_over_once_it_is_turned_down() -> None:
    audio = np.concatenate([room(6, -3.0), room(6, -50.0), room(6, -3.0)])
    assert [f for _, f in changes(MicrophoneWatch(), audio)] == [
        Fault.OVERLOADED,
        None,
        Fault.OVERLOADED,
    ]


@pytest.mark.parametrize("gain", [0.05, 1.0, 4.0])
def test_speech_soft_or_loud_is_good(gain: float) -> None:
    assert changes(MicrophoneWatch(), np.tile(speech(gain), 10)) == []


def test_a_bang_is_no_overload() -> None:
    assert changes(MicrophoneWatch(), np.concatenate([room(1, -3.0), room(9, -50.0)])) == []
