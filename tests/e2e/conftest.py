"""What the tests from end to end share: the shipped world, and somebody to speak."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.app import World, load_world
from assistant.config import load_settings
from assistant.rehearsal.speakers import Speaker
from assistant.sound import SPEECH_RATE_HZ, Clip


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The shipped movements, lines and sentences, with nothing of the user's own."""
    return load_world(load_settings(config_dir=tmp_path_factory.mktemp("config")))


@pytest.fixture(scope="session")
def speaker() -> Speaker:
    """Synthetic people, each line spoken once in a run of the tests."""
    return Speaker()


@pytest.fixture(scope="module", autouse=True)
def flite_says_it_once(pytestconfig: pytest.Config) -> Iterator[None]:
    """What flite says is the same each time (tests/unit/test_speakers.py), and takes 0.06 s a
    line: it is kept from one run of these tests to the next."""
    folder = pytestconfig.cache.mkdir("speech")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Speaker, "_synthesised", kept(Speaker._synthesised, folder))
        yield


def kept(synthesised: Callable[..., Clip], folder: Path) -> Callable[..., Clip]:
    """`Speaker._synthesised`, reading from a folder what this flite has said before."""

    def said(speaker: Speaker, text: str, voice: str, stretch: float) -> Clip:
        flite = shutil.which(speaker._program)
        if flite is None:
            return synthesised(speaker, text, voice, stretch)
        about = (flite, Path(flite).stat().st_mtime_ns, text, voice, stretch)
        path = folder / f"{hashlib.sha256(repr(about).encode()).hexdigest()}.npy"
        if not path.exists():
            handle, name = tempfile.mkstemp(dir=folder)
            with os.fdopen(handle, "wb") as file:
                np.save(file, synthesised(speaker, text, voice, stretch).samples)
            Path(name).replace(path)
        samples = np.load(path)
        samples.flags.writeable = False
        return Clip(samples, SPEECH_RATE_HZ)

    return said
