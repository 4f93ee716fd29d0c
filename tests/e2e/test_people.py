"""Recordings of people: the six commands that matter most, against every phrase there is."""

import csv
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from assistant.coach.intents import Intent
from assistant.library.loader import load_library
from assistant.nlu.phrasebook import Phrasebook, load_phrasebook
from assistant.sound import FRAME_SAMPLES, SPEECH_RATE_HZ, Int16
from assistant.stt.engines import COACH_MODEL_DIR
from assistant.stt.judge import Judge
from assistant.stt.port import Grammar
from assistant.stt.vosk_engine import VoskRecogniser

SIX = ("stop", "yes", "no", "go", "left", "right")

MIN_RIGHT = 0.85

FOLDER = os.environ.get("EARSHOT_CORPUS")

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(
        not FOLDER, reason="EARSHOT_CORPUS names no folder with recordings of people"
    ),
]


@dataclass
class Tally:
    """What became of the recordings."""

    commands: int = 0
    right: int = 0
    others: int = 0
    taken: int = 0


def recordings(folder: Path) -> list[tuple[str, Int16]]:
    import soundfile

    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["set"] == "commands"]
    return [(row["label"], soundfile.read(folder / row["path"], dtype="int16")[0]) for row in rows]


def whole_phrasebook() -> Phrasebook:
    library = load_library()

    def spoken(items) -> dict[str, str]:
        return {name: item.id for item in items for name in (item.name, *item.aliases)}

    return load_phrasebook(
        "en", spoken(library.exercises.values()), spoken(library.routines.values())
    )


def heard_text(recogniser: VoskRecogniser, judge: Judge, samples: Int16) -> str:
    """The first accepted phrase of a recording followed by silence, or "" where there is none."""
    recogniser.reset()
    audio = np.concatenate([samples, np.zeros(SPEECH_RATE_HZ, np.int16)])
    pieces = (audio[i : i + FRAME_SAMPLES] for i in range(0, len(audio), FRAME_SAMPLES))
    heard = [*(recogniser.accept(piece) for piece in pieces), recogniser.finish()]
    return next((t.text for t in heard if t is not None and judge.judge(t).accepted), "")


def test_six_commands_of_people_among_all_phrases():
    phrasebook = whole_phrasebook()
    recogniser = VoskRecogniser(COACH_MODEL_DIR)
    recogniser.set_grammar(Grammar(phrasebook.weights))
    judge = Judge(lambda text: phrasebook.parse(text) is not None)
    tally, wrong = Tally(), Counter[tuple[str, str]]()
    for label, samples in recordings(Path(str(FOLDER))):
        meant = phrasebook.parse(label)
        if label not in SIX and meant is not None:
            continue  # another command, or a number
        text = heard_text(recogniser, judge, samples)
        got = phrasebook.parse(text)
        if got is not None and got.intent is Intent.NUMBER:
            got = None  # the coach takes a number only where it has asked for one
        if label in SIX:
            tally.commands += 1
            tally.right += got == meant
        else:
            tally.others += 1
            tally.taken += got is not None
        if got != meant:
            wrong[label, text] += 1
    recogniser.close()
    assert tally.commands >= 100, "too few recordings of the six commands to say anything"
    print(
        f"\n{len(phrasebook.commands)} phrases; of {tally.commands} commands "
        f"{tally.right / tally.commands:.1%} right; of {tally.others} other words "
        f"{tally.taken / max(1, tally.others):.1%} taken for a command; "
        f"most often: {wrong.most_common(12)}"
    )
    assert tally.right / tally.commands >= MIN_RIGHT
