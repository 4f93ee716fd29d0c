"""What the tests from end to end share: the shipped world, and somebody to speak."""

import pytest

from assistant.app import World, load_world
from assistant.config import load_settings
from assistant.rehearsal.speakers import Speaker


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The shipped movements, lines and sentences, with nothing of the user's own."""
    return load_world(load_settings(config_dir=tmp_path_factory.mktemp("config")))


@pytest.fixture(scope="session")
def speaker() -> Speaker:
    """Synthetic people, each line spoken once in a run of the tests."""
    return Speaker()
