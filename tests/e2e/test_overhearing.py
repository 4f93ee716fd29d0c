"""`earshot listen` with the real recogniser: what is told of an utterance, and what is kept."""

import itertools
import stat
from pathlib import Path

import numpy as np
import pytest

from assistant.app import World, make_listener
from assistant.audio.wavfile import as_int16, read_wav
from assistant.errors import EarshotError
from assistant.overhearing import Overheard, checked_place, described, keep, listen_once
from assistant.rehearsal.speakers import Speaker, mix
from assistant.sound import FRAME_S, FRAME_SAMPLES, Frame, Int16


class Recorded:
    """A microphone that hears a recording, and then nothing more."""

    def __init__(self, samples: Int16) -> None:
        whole = len(samples) - len(samples) % FRAME_SAMPLES
        self._frames = [
            Frame(number * FRAME_S, part)
            for number, part in enumerate(samples[:whole].reshape(-1, FRAME_SAMPLES))
        ]

    def read(self, timeout_s: float) -> Frame | None:
        return self._frames.pop(0) if self._frames else None

    def close(self) -> None:
        pass


def overheard(world: World, said: str) -> Overheard | None:
    samples = np.zeros(32_000, np.float32)
    if said:
        samples = mix(Speaker().speak(said, "slt"), 30.0, seed=1, before_s=1.0, after_s=1.5).samples
    listener = make_listener(world, warn=pytest.fail)
    seconds = itertools.count(0.0, 0.02)
    try:
        source = Recorded(as_int16(samples))
        return listen_once(source, listener, clock=lambda: next(seconds), patience_s=10.0)
    finally:
        listener.close()


@pytest.fixture(scope="module")
def command(world: World) -> Overheard:
    found = overheard(world, "hey coach start stretches")
    assert found is not None
    return found


def test_a_command_is_told_with_its_meaning_and_how_sure(command: Overheard, world: World) -> None:
    told = "\n".join(described(command, world))
    assert "heard       hey coach start stretches" in told
    assert "means       start_routine routine=stretches" in told
    assert f"sure        {100 * command.hearing.confidence:.0f}%" in told
    assert -40 < command.level_dbfs < -5


def test_what_is_no_command_is_told_with_the_reason(world: World) -> None:
    found = overheard(world, "the weather was so much better in the village last year")
    assert found is not None
    told = "\n".join(described(found, world))
    assert "means       nothing to Earshot" in told
    assert "why         " in told


def test_silence_is_nothing(world: World) -> None:
    assert overheard(world, "") is None


def test_what_is_kept_is_the_utterance_and_for_this_user_alone(
    command: Overheard, tmp_path: Path
) -> None:
    path = tmp_path / "said.wav"
    keep(command, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    length_s = command.hearing.end_s - command.hearing.start_s
    assert length_s + 0.5 < read_wav(path).duration_s < length_s + 1.1
    with pytest.raises(EarshotError, match="cannot be written"):
        keep(command, path)


@pytest.mark.parametrize("name", ["there.wav", "nowhere/x.wav"])
def test_a_place_that_will_not_do_is_refused_before_anything_is_heard(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "there.wav").write_bytes(b"mine")
    with pytest.raises(EarshotError) as caught:
        checked_place(tmp_path / name)
    assert caught.value.mend
