import stat
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import VoiceprintError
from assistant.stt import taught
from assistant.stt.enrolment import Enrolment, load_measure
from assistant.stt.taught import LAYOUT, TaughtVoices


def rows(seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((3, load_measure().size))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def voices(tmp_path: Path) -> TaughtVoices:
    return TaughtVoices(tmp_path / "voices")


def saved(voices: TaughtVoices, name: str = "anna", seed: int = 1) -> Path:
    return voices.save(Enrolment(name, {"stop": rows(seed), "hold on": rows(seed + 1)}))


def changed(path: Path, **changes: object) -> None:
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **(arrays | changes))


def test_a_voice_comes_back_as_it_was_taught(voices: TaughtVoices):
    saved(voices)
    found = voices.load("anna")
    assert list(found.examples) == ["stop", "hold on"]
    np.testing.assert_allclose(found.examples["stop"], rows(1), atol=1e-3)
    assert voices.names() == ["anna"]


def test_only_the_user_may_read_a_voice(voices: TaughtVoices):
    path = saved(voices)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_teaching_again_takes_the_place_of_the_older_voice(voices: TaughtVoices):
    saved(voices)
    saved(voices, seed=7)
    np.testing.assert_allclose(voices.load("anna").examples["stop"], rows(7), atol=1e-3)
    assert [path.name for path in voices.folder.iterdir()] == ["anna.npz"]


def test_write_that_fails_leaves_the_older_voice(voices: TaughtVoices, monkeypatch):
    before = saved(voices).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(taught.os, "fsync", full)
    with pytest.raises(VoiceprintError, match="No space left") as caught:
        saved(voices, seed=7)
    assert "anna.npz" in caught.value.place
    assert [path.read_bytes() for path in voices.folder.iterdir()] == [before]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "anna b", "ä", "x" * 33, "-a"])
def test_name_that_cannot_be_a_file_is_refused(voices: TaughtVoices, name: str):
    with pytest.raises(VoiceprintError) as caught:
        voices.path(name)
    assert repr(name) in caught.value.problem


def test_names_do_not_depend_on_capitals(voices: TaughtVoices):
    saved(voices, "Anna")
    assert voices.load("ANNA").name == "anna"


def damage(path: Path, kind: str) -> None:
    match kind:
        case "cut short":
            path.write_bytes(path.read_bytes()[:1000])
        case "empty":
            path.write_bytes(b"")
        case "layout":
            changed(path, layout=np.int64(LAYOUT + 1))
        case "another encoder":
            changed(path, encoder_sha256=np.str_("0" * 64))
        case "another measure":
            changed(path, measure_sha256=np.str_("0" * 64))
        case "shape":
            changed(path, examples_0=np.zeros((3, 5), np.float16))
        case "damaged":
            changed(path, examples_0=np.full((3, load_measure().size), np.nan, np.float16))
        case "missing":
            changed(path, words=np.array(["stop", "hold on", "go"]))
        case "too many":
            path.write_bytes(b"x" * (taught.MOST_BYTES + 1))


KINDS = (
    "cut short",
    "empty",
    "layout",
    "another encoder",
    "another measure",
    "shape",
    "damaged",
    "missing",
    "too many",
)


@pytest.mark.parametrize("kind", KINDS)
def test_file_of_no_use_is_passed_over_with_a_mend_and_can_be_forgotten(
    voices: TaughtVoices, kind: str
):
    saved(voices, "ben")
    path = saved(voices, "anna")
    damage(path, kind)
    warnings: list[str] = []
    assert [voice.name for voice in voices.load_all(warnings.append)] == ["ben"]
    assert len(warnings) == 1
    assert str(path) in warnings[0]
    assert "earshot teach anna" in warnings[0]
    assert voices.forget("anna") == path
    assert voices.names() == ["ben"]


def test_forgetting_leaves_nothing_of_that_voice(voices: TaughtVoices):
    saved(voices, "ann")
    saved(voices, "anna")
    (voices.folder / ".ann.k2x.part").write_bytes(b"half")
    voices.forget("ann")
    assert [path.name for path in voices.folder.iterdir()] == ["anna.npz"]


def test_unknown_voice_is_an_error_that_names_the_known(voices: TaughtVoices):
    with pytest.raises(VoiceprintError, match="Teach it"):
        voices.load("anna")
    saved(voices, "ben")
    with pytest.raises(VoiceprintError, match="There are: ben"):
        voices.forget("anna")


def test_without_a_folder_there_are_no_voices(voices: TaughtVoices):
    assert voices.names() == []
    assert voices.load_all(pytest.fail) == ()
