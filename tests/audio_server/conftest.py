"""The sound servers that the tests of this folder use."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from server import SoundServer


@contextlib.contextmanager
def running() -> Iterator[SoundServer]:
    if not SoundServer.is_installed():
        pytest.skip("needs pulseaudio and pulseaudio-utils")
    # Not tmp_path: a socket's path may have no more than 108 characters.
    with tempfile.TemporaryDirectory(prefix="earshot-") as folder:
        server = SoundServer(Path(folder))
        try:
            yield server
        finally:
            server.close()


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
