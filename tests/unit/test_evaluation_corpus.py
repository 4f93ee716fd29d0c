import csv
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.errors import EvaluationError
from assistant.evaluation.corpus import Recording, read_corpus, read_samples, sha1_of

SMALL = Path(__file__).parent.parent / "data" / "corpus"
COLUMNS = ["path", "set", "label", "speaker", "duration_s", "sha1_pcm"]


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(shutil.copytree(SMALL, tmp_path / "corpus"))


@pytest.fixture
def speech() -> np.ndarray:
    return read_samples(read_corpus(SMALL).of_set("commands")[0])


def listed(folder: Path, *rows: list[str], columns: list[str] = COLUMNS) -> Path:
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])
    return folder


def recorded(folder: Path, samples: np.ndarray, rate_hz: int = 16_000) -> Recording:
    """A corpus of one recording, as the manifest gives it."""
    soundfile.write(folder / "one.flac", samples, rate_hz, subtype="PCM_16")
    listed(folder, ["one.flac", "commands", "stop", "me", "", ""])
    return read_corpus(folder).recordings[0]


def test_small_corpus_is_read_whole():
    corpus = read_corpus(SMALL)
    assert {r.set for r in corpus.recordings} == {"commands", "speech", "noise", "rir"}
    stop = next(r for r in corpus.recordings if r.label == "stop")
    assert stop.path.is_file()
    assert len({r.speaker for r in corpus.of_set("commands")}) == len(corpus.of_set("commands"))
    for recording in corpus.recordings:
        samples = read_samples(recording)
        assert samples.dtype == np.int16
        assert sha1_of(samples) == recording.sha1_pcm


def test_small_corpus_gives_its_licence():
    assert "CC BY 4.0" in (SMALL / "README.md").read_text(encoding="utf-8")


def test_folder_without_manifest_is_named(tmp_path):
    with pytest.raises(EvaluationError, match=r"manifest\.csv") as caught:
        read_corpus(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "path, set, label, speaker" in caught.value.mend


def test_missing_columns_are_named(tmp_path):
    with pytest.raises(EvaluationError, match="lacks the column label, speaker"):
        read_corpus(listed(tmp_path, ["a", "b"], columns=["path", "set"]))


def test_manifest_without_lines_or_of_other_bytes_is_refused(tmp_path):
    with pytest.raises(EvaluationError, match="lists no recording"):
        read_corpus(listed(tmp_path))
    (tmp_path / "manifest.csv").write_bytes(b"path\xff\xfe,set")
    with pytest.raises(EvaluationError, match="UTF-8"):
        read_corpus(tmp_path)


@pytest.mark.parametrize("path", ["../outside.flac", "/etc/hostname", "a/../../outside.flac", ""])
def test_path_out_of_the_folder_is_refused(tmp_path, path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    (tmp_path / "outside.flac").touch()
    with pytest.raises(EvaluationError, match="leads out of the corpus") as caught:
        read_corpus(listed(folder, [path, "commands", "stop", "me", "", ""]))
    assert caught.value.place.endswith("manifest.csv:2")


def test_link_out_of_the_folder_is_refused(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    (tmp_path / "outside.flac").touch()
    (folder / "inside.flac").symlink_to(tmp_path / "outside.flac")
    with pytest.raises(EvaluationError, match="leads out"):
        read_corpus(listed(folder, ["inside.flac", "commands", "stop", "me", "", ""]))


def test_recording_that_is_not_there_is_named_with_its_line(tmp_path):
    with pytest.raises(EvaluationError, match=r"no recording 'gone\.flac'") as caught:
        read_corpus(listed(tmp_path, ["gone.flac", "commands", "stop", "me", "", ""]))
    assert caught.value.place.endswith("manifest.csv:2")


@pytest.mark.parametrize("length", ["long", "nan", "inf", "-1", "0"])
def test_length_that_is_none_is_refused(folder, length):
    name = read_corpus(folder).recordings[0].name
    with pytest.raises(EvaluationError, match=f"'{length}' is not a length") as caught:
        read_corpus(listed(folder, [name, "commands", "stop", "me", length, ""]))
    assert caught.value.place.endswith("manifest.csv:2")
    assert caught.value.mend


def test_set_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(EvaluationError, match="'digits'") as caught:
        read_corpus(SMALL).needed("digits")
    assert "commands" in caught.value.mend


def test_empty_and_silent_recordings_are_refused(tmp_path):
    recording = recorded(tmp_path, np.zeros(16_000, np.int16))
    with pytest.raises(EvaluationError, match="silent"):
        read_samples(recording)
    recording.path.write_bytes(b"")
    with pytest.raises(EvaluationError, match="the file is empty") as caught:
        read_samples(recording)
    assert caught.value.place == str(recording.path)
    assert caught.value.mend
    soundfile.write(recording.path, np.zeros(0, np.int16), 16_000, format="WAV")
    with pytest.raises(EvaluationError, match="the recording is empty"):
        read_samples(recording)


def test_telephone_rate_and_stereo_are_refused_with_the_command_that_mends(tmp_path, speech):
    with pytest.raises(EvaluationError, match="8000 samples a second") as caught:
        read_samples(recorded(tmp_path, speech[::2], 8000))
    assert "ffmpeg" in caught.value.mend
    with pytest.raises(EvaluationError, match="2 channels"):
        read_samples(recorded(tmp_path, np.column_stack([speech, speech])))


def test_clipped_recording_is_refused_and_a_loud_one_named(tmp_path, speech):
    def amplified(gain: float) -> np.ndarray:
        return np.clip(speech.astype(float) * gain, -32768, 32767).astype(np.int16)

    with pytest.raises(EvaluationError, match=r"clipped: [4-9]\d% of its samples"):
        read_samples(recorded(tmp_path, amplified(2000)))
    said: list[str] = []
    loud = next(
        samples
        for samples in map(amplified, range(2, 200))
        if 0.06 < np.mean(np.abs(samples.astype(int)) > 32_700) < 0.3
    )
    read_samples(recorded(tmp_path, loud), said.append)
    assert "at full scale" in said[0]


@pytest.mark.parametrize("share", [0.01, 0.5, 0.95])
def test_recording_that_was_cut_off_is_refused(folder, share):
    recording = read_corpus(folder).of_set("commands")[0]
    content = recording.path.read_bytes()
    recording.path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(EvaluationError, match="broken or cut off"):
        read_samples(recording)


@pytest.mark.parametrize("format_", ["WAV", "AIFF"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.99])
def test_cut_off_recording_is_known_without_its_length_in_the_manifest(
    tmp_path, speech, format_, share
):
    recording = recorded(tmp_path, speech)
    soundfile.write(recording.path, speech, 16_000, subtype="PCM_16", format=format_)
    assert len(read_samples(recording)) == len(speech)
    content = recording.path.read_bytes()
    recording.path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(EvaluationError, match=r"cut off after \d+ samples; \d+ bytes are missing"):
        read_samples(recording)


def test_wav_that_was_streamed_does_not_know_its_size_and_is_read(tmp_path, speech):
    recording = recorded(tmp_path, speech)
    soundfile.write(recording.path, speech, 16_000, subtype="PCM_16", format="WAV")
    content = bytearray(recording.path.read_bytes())
    content[4:8] = b"\xff" * 4
    recording.path.write_bytes(bytes(content))
    assert len(read_samples(recording)) == len(speech)


def test_dither_alone_and_a_splinter_are_nothing_to_hear(tmp_path, speech):
    dither = np.random.default_rng(1).integers(-1, 2, 16_000).astype(np.int16)
    with pytest.raises(EvaluationError, match=r"silent \(-9\d dBFS\)") as caught:
        read_samples(recorded(tmp_path, dither))
    assert caught.value.place.endswith("one.flac")
    assert caught.value.mend
    with pytest.raises(EvaluationError, match=r"lasts 0\.0100 s, which is too short"):
        read_samples(recorded(tmp_path, speech[4000:4160]))


def test_file_in_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "one.flac").touch()
    with pytest.raises(EvaluationError, match="no manifest can be read here") as caught:
        read_corpus(tmp_path / "one.flac")
    assert "one.flac" in caught.value.place


def test_recording_that_is_not_the_listed_one_is_refused(tmp_path, speech):
    soundfile.write(tmp_path / "one.wav", speech[:8000], 16_000, subtype="PCM_16")
    listed(tmp_path, ["one.wav", "commands", "stop", "me", "1.0", ""])
    with pytest.raises(EvaluationError, match=r"lasts 0\.500 s, the manifest says 1\.000 s"):
        read_samples(read_corpus(tmp_path).recordings[0])
    listed(tmp_path, ["one.wav", "commands", "stop", "me", "", sha1_of(speech)])
    with pytest.raises(EvaluationError, match="sha1_pcm"):
        read_samples(read_corpus(tmp_path).recordings[0])


def test_missing_soundfile_is_explained(tmp_path, monkeypatch):
    (tmp_path / "soundfile.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "soundfile", raising=False)
    with pytest.raises(EvaluationError, match="without the package soundfile") as caught:
        read_samples(read_corpus(SMALL).recordings[0])
    assert "pip install" in caught.value.mend
