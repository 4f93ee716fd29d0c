"""Recordings of people through the whole live path, all sentences open.

A quarter of the recordings of each word; `earshot evaluate` takes them all.
"""

import csv
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from assistant.app import load_world
from assistant.assessment import evaluate_corpus
from assistant.config import load_settings
from assistant.evaluation.conditions import CLEAN

FOLDER = os.environ.get("EARSHOT_CORPUS")
EVERY = 4

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(
        not FOLDER, reason="EARSHOT_CORPUS names no folder with recordings of people"
    ),
]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of each fourth recording of every word."""
    corpus, folder = Path(FOLDER or ""), tmp_path_factory.mktemp("people")
    seen = Counter[str]()
    with (
        (corpus / "manifest.csv").open(encoding="utf-8", newline="") as source,
        (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as target,
    ):
        rows = csv.DictReader(source)
        writer = csv.DictWriter(target, list(rows.fieldnames or []))
        writer.writeheader()
        for row in rows:
            if row["set"] != "commands":
                continue
            seen[row["label"]] += 1
            if seen[row["label"]] % EVERY == 1:
                writer.writerow(row)
                (folder / row["path"]).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(corpus / row["path"], folder / row["path"])
    return folder


@pytest.mark.parametrize(
    ("engine", "least_right", "most_accepted"), [("auto", 0.94, 0.05), ("vosk", 0.85, 0.10)]
)
def test_people_are_understood_and_other_words_rejected(
    people: Path, tmp_path: Path, engine: str, least_right: float, most_accepted: float
) -> None:
    """Nearly all of the commands are stop, yes, no, go, left and right, said alone."""
    world = load_world(load_settings(config_dir=tmp_path, engine=engine))
    found = evaluate_corpus(world, people, [CLEAN], "commands", warn=print, progress=print)
    result = found.conditions[0]
    assert result.accuracy is not None
    assert result.accepted_share is not None
    print(
        f"{engine}: {result.accuracy:.1%} right of {result.commands},"
        f" {result.accepted_share:.1%} accepted of {result.others} other words"
    )
    assert result.commands > 100
    assert result.accuracy >= least_right
    assert result.accepted_share <= most_accepted
