"""`earshot listen`: one utterance, what was heard of it and how sure that is.

To find out, and to report, why a command is not understood. Nothing is kept unless the person asks
for it and says yes before anything is heard; then it is this one utterance, in one file.
"""

import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from assistant.app import World
from assistant.audio.capture import AudioSource
from assistant.audio.wavfile import as_float, write_wav
from assistant.coach.intents import Command
from assistant.errors import EarshotError
from assistant.listener import Hearing, Listener
from assistant.sound import FRAME_S, FRAME_SAMPLES, Frame, Int16

PATIENCE_S = 15.0
"""How long somebody may wait before they speak."""

LONGEST_S = 12.0
"""How much is remembered at a time: longer than any command."""

AROUND_S = 0.5
"""What is kept before and after an utterance: how the room sounds."""

READ_S = 0.2

WHY_NOT = {
    "empty": "there were no words in it",
    "unknown_words": "some of it is in no phrase",
    "not_a_phrase": "its words make no phrase",
    "too_short": "it was too short for a word",
    "own_voice": "it was taken for the coach's own voice",
    "talked_over": "it does not interrupt the coach",
    "not_addressed": "the wake phrase was missing",
}
"""The judge's reasons, for a person."""


@dataclass(frozen=True, slots=True)
class Overheard:
    """One utterance."""

    hearing: Hearing
    samples: Int16
    """Its sound with a little of the room around it: mono, 16 000 Hz. In memory alone."""

    @property
    def level_dbfs(self) -> float:
        """The loudest 20 ms, RMS, dB under full scale."""
        whole = len(self.samples) - len(self.samples) % FRAME_SAMPLES
        frames = as_float(self.samples[:whole]).reshape(-1, FRAME_SAMPLES)
        power = np.mean(np.square(frames, dtype=np.float64), axis=1).max(initial=1e-10)
        return float(10.0 * np.log10(power))


def listen_once(
    source: AudioSource,
    listener: Listener,
    *,
    patience_s: float = PATIENCE_S,
    clock: Callable[[], float] = time.monotonic,
) -> Overheard | None:
    """Hear the next utterance; None where nobody speaks. Raises DeviceError where the microphone
    is gone."""
    frames: deque[Frame] = deque(maxlen=round(LONGEST_S / FRAME_S))
    give_up_s = clock() + patience_s
    while clock() < give_up_s:
        frame = source.read(READ_S)
        if frame is None:
            continue
        frames.append(frame)
        hearing = listener.hear(frame)
        if hearing is not None:
            return Overheard(hearing, _sound_of(frames, hearing))
    return None


def _sound_of(frames: deque[Frame], hearing: Hearing) -> Int16:
    first_s, last_s = hearing.start_s - AROUND_S, hearing.end_s + AROUND_S
    kept = [frame.samples for frame in frames if first_s <= frame.at_s <= last_s]
    return np.concatenate(kept) if kept else np.zeros(0, np.int16)


def described(overheard: Overheard, world: World) -> list[str]:
    """What was heard, for a person."""
    hearing = overheard.hearing
    command = world.phrasebook.parse(hearing.text)
    is_meant = hearing.reason == "accepted"
    lines = [
        f"heard       {hearing.text or '(nothing)'}",
        f"means       {_meaning(command) if is_meant else 'nothing to Earshot'}",
        f"sure        {100 * hearing.confidence:.0f}% ({hearing.engine})",
        f"length      {hearing.end_s - hearing.start_s:.2f} s",
        f"level       {overheard.level_dbfs:.0f} dBFS; -35 to -15 is good",
    ]
    if not is_meant:
        lines.insert(2, f"why         {WHY_NOT[hearing.reason]}")
    return lines


def _meaning(command: Command | None) -> str:
    if command is None:
        return "a wake phrase, and something that was not understood"
    named = (f"{k}={v}" for k, v in asdict(command.slots).items() if v is not None)
    return " ".join([str(command.intent), *named])


def checked_place(path: Path) -> Path:
    """A file that may be written and is not there yet. Raises EarshotError."""
    if path.exists():
        raise EarshotError(
            "there is such a file already", place=str(path), mend="Name another, or remove it."
        )
    if not path.parent.is_dir():
        raise EarshotError("there is no such folder", place=str(path.parent), mend="Make it first.")
    return path


def keep(overheard: Overheard, path: Path) -> None:
    """Write an utterance to a file that only this user can read. Raises EarshotError."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise EarshotError(
            f"the sound cannot be written ({error.strerror})",
            place=str(path),
            mend="Name a file in a folder that you may write to.",
        ) from error
    write_wav(path, overheard.samples)
