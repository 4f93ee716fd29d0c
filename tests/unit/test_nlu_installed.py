"""The sentences are found wherever the package lies."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import assistant
from assistant.nlu.loading import shipped_dir

PACKAGE = Path(assistant.__file__).parent
SAY = (
    "from assistant.nlu import load_phrasebook;"
    "print(load_phrasebook('en', {'plank': 'plank'}, {}).parse('hold on').intent)"
)


@pytest.mark.parametrize("place", ["assistant/intents", "intents"])
def test_sentences_are_found_inside_the_package_and_beside_it(tmp_path: Path, place: str) -> None:
    shutil.copytree(
        PACKAGE, tmp_path / "assistant", ignore=shutil.ignore_patterns("models", "__pycache__")
    )
    shutil.rmtree(tmp_path / "assistant/intents", ignore_errors=True)
    shutil.copytree(shipped_dir("en"), tmp_path / place / "en")
    said = subprocess.run(
        [sys.executable, "-c", SAY], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "pause"
