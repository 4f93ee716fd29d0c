"""A timer of the usual kind: it counts a hold down by sleeping a second at a time.

It speaks through pyttsx3's own `say`, which returns when the word has been said.

A program of its own (`python -m assistant.bench.timing.usual FOLDER SECONDS`); it leaves
`usual.json` in the folder, and the words as WAV files.
"""

import json
import multiprocessing
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

HOLD_S = 10
COUNTED = {5: "halfway", 3: "three", 2: "two", 1: "one"}
"""What it says, by the seconds left."""
BEGIN, END = "hold", "rest"
PAUSE_S = 2
RATE_WPM = 155


class UsualTimer:
    """Counts holds, and notes when each word was due and when it was asked for."""

    def __init__(self) -> None:
        self._engine = _engine()
        self.said: list[tuple[float, float, str]] = []
        """Due, asked for (monotonic seconds), and the word."""

    def hold(self) -> None:
        """Count one hold down. Zero is due HOLD_S after the first word has been said."""
        self._say(BEGIN)
        begun_s = time.monotonic()
        for left in range(HOLD_S, 0, -1):
            if left in COUNTED:
                self._say(COUNTED[left], begun_s + HOLD_S - left)
            time.sleep(1)
        self._say(END, begun_s + HOLD_S)

    def _say(self, word: str, due_s: float | None = None) -> None:
        if due_s is not None:
            self.said.append((due_s, time.monotonic(), word))
        self._engine.say(word)
        self._engine.runAndWait()


def _engine() -> Any:
    pyttsx3: Any = import_module("pyttsx3")
    engine = pyttsx3.init()
    engine.runAndWait()
    engine.setProperty("rate", RATE_WPM)
    # Or the rate is lost now and then, and the words are not those that were saved.
    espeak: Any = import_module("pyttsx3.drivers._espeak")
    espeak.Synchronize()
    return engine


def save_words(folder: Path) -> None:
    """Write each word as a WAV file. In a process of its own: after `save_to_file` pyttsx3 2.99
    goes on saving where it is asked to say something."""
    engine = _engine()
    for word in (BEGIN, *COUNTED.values(), END):
        engine.save_to_file(word, str(folder / f"{word}.wav"))
        engine.runAndWait()


def run(folder: Path, length_s: float) -> None:
    """Count holds for so long; leave what was due in the folder."""
    end_s = time.monotonic() + length_s
    saving = multiprocessing.get_context("spawn").Process(target=save_words, args=[folder])
    saving.start()
    saving.join()
    timer = UsualTimer()
    while time.monotonic() < end_s - 2 * HOLD_S:
        timer.hold()
        time.sleep(PAUSE_S)
    (folder / "usual.json").write_text(json.dumps(timer.said), encoding="utf-8")


if __name__ == "__main__":
    run(Path(sys.argv[1]), float(sys.argv[2]))
