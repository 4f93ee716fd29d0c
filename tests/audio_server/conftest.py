"""The sound servers that the tests of this folder use."""

from collections.abc import Iterator

import pytest
from server import SoundServer, running


@pytest.fixture(scope="session")
def sound_server() -> Iterator[SoundServer]:
    """A running PulseAudio with a virtual microphone and loudspeaker."""
    with running() as server:
        yield server


@pytest.fixture
def doomed_server() -> Iterator[SoundServer]:
    """Another one, which a test may close."""
    with running() as server:
        yield server
