"""Phrases that were expanded once: found again as they were, and never where anything changed."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.app import load_world
from assistant.coach.intents import Command, Intent, Slots
from assistant.config import load_settings
from assistant.errors import IntentsError
from assistant.nlu import load_phrasebook
from assistant.nlu.kept import KEPT_FILES, KeptPhrases

EXERCISES = {"knee to chest": "knee_to_chest", "bridge": "bridge"}
ROUTINES = {"stretches": "stretches"}


def phrases(kept_in: Path | None, user_dir: Path | None = None, exercises=EXERCISES):
    return load_phrasebook("en", exercises, ROUTINES, user_dir, ["hello coach"], kept_in=kept_in)


def kept_files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_what_was_kept_is_the_same_in_the_same_order(tmp_path: Path):
    made = phrases(None)
    assert phrases(tmp_path) == made
    [file] = kept_files(tmp_path)
    found = phrases(tmp_path)
    assert found == made
    assert list(found.commands.items()) == list(made.commands.items())
    assert kept_files(tmp_path) == [file]


def test_a_later_start_needs_no_hassil(tmp_path: Path):
    """It is what costs the time: in a process of its own, since this one has it already."""
    told = """
import sys
from pathlib import Path
from assistant.nlu import load_phrasebook
book = load_phrasebook("en", {"bridge": "bridge"}, {}, kept_in=Path(sys.argv[1]))
print(len(book.commands), "hassil" in sys.modules)
"""
    command = [sys.executable, "-c", told, str(tmp_path)]
    first, later = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    )
    assert first[0] == later[0]
    assert (first[1], later[1]) == ("True", "False")


def test_a_sentence_a_name_or_a_list_that_changed_is_seen(tmp_path: Path):
    own = tmp_path / "own"
    (own / "intents" / "en").mkdir(parents=True)
    sentences = own / "intents" / "en" / "mine.yaml"
    text = "language: en\nintents:\n  next:\n    data:\n      - sentences: ['{}']\n"
    sentences.write_text(text.format("onward"), encoding="utf-8")
    kept = tmp_path / "kept"
    assert phrases(kept, own).parse("onward") == Command(Intent.NEXT)
    sentences.write_text(text.format("onwards"), encoding="utf-8")
    changed = phrases(kept, own)
    assert changed.parse("onwards") == Command(Intent.NEXT)
    assert changed.parse("onward") is None
    renamed = phrases(kept, own, {"the bridge": "bridge"})
    assert renamed.parse("start the bridge") == Command(
        Intent.START_EXERCISE, Slots(exercise="bridge")
    )
    assert renamed.parse("start bridge") is None


def test_code_that_changed_is_seen(tmp_path: Path):
    """An update may give the same sentences another meaning."""
    copy = tmp_path / "copy"
    checkout = Path(__file__).parents[2]
    ignored = shutil.ignore_patterns("__pycache__", "data")
    for name in ("assistant", "intents"):
        shutil.copytree(checkout / name, copy / name, ignore=ignored)
    told = """
import sys
from pathlib import Path
from assistant.nlu import load_phrasebook
load_phrasebook("en", {"bridge": "bridge"}, {}, kept_in=Path(sys.argv[1]))
"""
    kept = tmp_path / "kept"
    for expected, change in ((1, ""), (1, ""), (2, "# changed\n")):
        with (copy / "assistant/nlu/expand.py").open("a", encoding="utf-8") as code:
            code.write(change)
        subprocess.run(
            [sys.executable, "-P", "-c", told, str(kept)],
            env={**os.environ, "PYTHONPATH": str(copy)},
            check=True,
        )
        assert len(kept_files(kept)) == expected


def test_only_the_newest_are_kept(tmp_path: Path):
    for number in range(KEPT_FILES + 3):
        phrases(tmp_path, exercises={**EXERCISES, "side plank": f"plank_{number}"})
    assert len(kept_files(tmp_path)) == KEPT_FILES
    last = phrases(tmp_path, exercises={**EXERCISES, "side plank": f"plank_{KEPT_FILES + 2}"})
    assert last.parse("start side plank") == Command(
        Intent.START_EXERCISE, Slots(exercise=f"plank_{KEPT_FILES + 2}")
    )


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_file_that_was_cut_off_is_made_anew(tmp_path: Path, share: float):
    made = phrases(tmp_path)
    [file] = kept_files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    assert phrases(tmp_path) == made
    assert file.read_bytes() == whole


def test_zeros_after_a_power_cut_are_seen(tmp_path: Path):
    made = phrases(tmp_path)
    [file] = kept_files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))
    assert phrases(tmp_path) == made
    assert file.read_bytes() == whole


@given(
    raw=st.binary()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(lambda value: json.dumps(value).encode())
)
def test_no_file_does_any_harm(tmp_path_factory: pytest.TempPathFactory, raw: bytes):
    """Not even one with a right checksum."""
    folder = tmp_path_factory.mktemp("kept")
    for body in (raw, hashlib.sha256(raw).hexdigest().encode() + b"\n" + raw):
        (folder / "phrases-key.json").write_bytes(body)
        assert KeptPhrases(folder).find("key") is None


def test_a_folder_that_cannot_be_written_costs_time_alone(tmp_path: Path):
    occupied = tmp_path / "file"
    occupied.write_text("", encoding="utf-8")
    assert phrases(occupied / "phrases") == phrases(None)
    assert occupied.read_text(encoding="utf-8") == ""


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path):
    made = phrases(tmp_path)
    [file] = kept_files(tmp_path)
    file.unlink()
    (file / "occupied").mkdir(parents=True)
    assert phrases(tmp_path) == made
    assert kept_files(tmp_path) == [file]


def test_sentences_that_are_wrong_are_told_each_time_and_never_kept(tmp_path: Path):
    own = tmp_path / "own"
    (own / "intents" / "en").mkdir(parents=True)
    wrong = own / "intents" / "en" / "mine.yaml"
    wrong.write_text("language: en\nintents: {nonsense: {data: []}}\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(IntentsError, match="nonsense"):
            phrases(tmp_path / "kept", own)
    assert not (tmp_path / "kept").exists()


def test_a_world_keeps_its_phrases_in_the_cache(tmp_path: Path):
    settings = load_settings(config_dir=tmp_path, cache_dir=tmp_path / "cache")
    assert load_world(settings).phrasebook == load_world(settings).phrasebook
    assert [p.parent for p in (tmp_path / "cache").rglob("*.json")] == [tmp_path / "cache/phrases"]
    usual = load_settings(config_dir=tmp_path)
    assert usual.cache_root == platformdirs.user_cache_path("earshot")
