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
from assistant.sound import FRAME_S, FRAME_SAMPLES, Frame

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


def heard_in(world: World, name: str) -> list[Hearing]:
    """What the live path hears in a clip with a second of quiet room round it."""
    word, _ = soundfile.read(CLIPS / f"{name}.flac", dtype="int16")
    quiet = (ROOM.standard_normal(16_000) * 8).astype(np.int16)
    sound = np.concatenate([quiet, word, quiet])
    listener = make_listener(world, warn=pytest.fail)
    frames = [
        Frame(i * FRAME_S, sound[i * FRAME_SAMPLES : (i + 1) * FRAME_SAMPLES])
        for i in range(len(sound) // FRAME_SAMPLES)
    ]
    found = [hearing for hearing in map(listener.hear, frames) if hearing is not None]
    listener.close()
    return found


@pytest.mark.parametrize(("name", "intent"), COMMANDS.items())
def test_command_of_a_stranger_is_understood(world: World, name: str, intent: Intent) -> None:
    events = [h.event for h in heard_in(world, name) if isinstance(h.event, Heard)]
    assert [event.intent for event in events] == [intent]
    assert 0.9 < events[0].spoken_at < 2.0


@pytest.mark.parametrize("name", OTHERS)
def test_other_word_of_a_stranger_is_rejected(world: World, name: str) -> None:
    assert not [h for h in heard_in(world, name) if isinstance(h.event, Heard)]
