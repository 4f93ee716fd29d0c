import hashlib
import re
from pathlib import Path

from assistant.stt.engines import COACH_MODEL_DIR
from assistant.stt.models import FULL_ENGLISH

README = (Path(__file__).parents[2] / "models" / "README.md").read_text(encoding="utf-8")


def test_readme_states_the_checksum_of_every_file_of_the_shipped_model():
    stated = {
        name: sha256 for sha256, name in re.findall(r"\| `([0-9a-f]{64})` \| (\S+) \|", README)
    }
    files = [p for p in COACH_MODEL_DIR.rglob("*") if p.is_file() and p.parent != COACH_MODEL_DIR]
    assert stated == {
        path.relative_to(COACH_MODEL_DIR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_readme_states_what_is_fetched():
    for fact in (FULL_ENGLISH.url, FULL_ENGLISH.sha256, f"{FULL_ENGLISH.size_bytes:,}"):
        assert fact in README


def test_shipped_model_brings_its_licence():
    assert (COACH_MODEL_DIR / "LICENSE-cmudict").is_file()
    assert (COACH_MODEL_DIR / "README").is_file()
