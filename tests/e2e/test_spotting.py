"""Recogniser and spotter together, behind the gate, on words of people no training heard."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.app import World, load_world, make_listener
from assistant.coach.events import Heard
from assistant.coach.intents import Intent
from assistant.config import load_settings
from assistant.listener import Hearing
from assistant.sound import FRAME_S, FRAME_SAMPLES, Frame, Int16

CLIPS = Path(__file__).parents[1] / "data" / "spotter"
ROOM = np.random.default_rng(1)

COMMANDS = {
    "stop": Intent.STOP,
    "yes": Intent.YES,
    "go": Intent.READY,
    "left": Intent.CHOOSE_SIDE,
    "right": Intent.CHOOSE_SIDE,
}
OTHERS = ("cat", "down", "up")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return load_world(load_settings(config_dir=tmp_path_factory.mktemp("config")))


def clip(name: str) -> Int16:
    """A word with a second of quiet room round it."""
    word, _ = soundfile.read(CLIPS / f"{name}.flac", dtype="int16")
    quiet = (ROOM.standard_normal(16_000) * 8).astype(np.int16)
    return np.concatenate([quiet, word, quiet])


def echoing(sound: Int16) -> Int16:
    """The same in a bare room: what it echoes takes 0.8 s to fall by 60 dB."""
    room = ROOM.standard_normal(12_800) * 10 ** (-3 * np.arange(12_800) / 12_800)
    room[0] = 8.0
    wet = np.convolve(sound.astype(np.float64), room)[: len(sound)]
    return (wet * (np.abs(sound).max() / np.abs(wet).max())).astype(np.int16)


def heard_in(world: World, sound: Int16) -> list[tuple[Hearing, float]]:
    """What the live path hears, and after how much of the sound, seconds."""
    listener = make_listener(world, warn=pytest.fail)
    frames = [
        Frame(i * FRAME_S, sound[i * FRAME_SAMPLES : (i + 1) * FRAME_SAMPLES])
        for i in range(len(sound) // FRAME_SAMPLES)
    ]
    found = [(hearing, frame.at_s) for frame in frames if (hearing := listener.hear(frame))]
    listener.close()
    return found


@pytest.mark.parametrize(("name", "intent"), COMMANDS.items())
def test_command_of_a_stranger_is_understood(world: World, name: str, intent: Intent) -> None:
    heard = heard_in(world, clip(name))
    events = [h.event for h, _ in heard if isinstance(h.event, Heard)]
    assert [event.intent for event in events] == [intent]
    assert 0.9 < events[0].spoken_at < 2.0


@pytest.mark.parametrize("name", OTHERS)
def test_other_word_of_a_stranger_is_rejected(world: World, name: str) -> None:
    assert not [h for h, _ in heard_in(world, clip(name)) if isinstance(h.event, Heard)]


def test_stop_is_heard_while_the_room_still_echoes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = echoing(clip("stop"))
    heard = heard_in(world, sound)
    assert [h.text for h, _ in heard if isinstance(h.event, Heard)] == ["stop"]
    monkeypatch.setattr("assistant.stt.gate.FADES_BELOW", 0.0)
    later = heard_in(world, sound)
    assert [h.text for h, _ in later if isinstance(h.event, Heard)] == ["stop"]
    assert heard[0][1] <= later[0][1] - 0.06
