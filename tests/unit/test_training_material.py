import numpy as np
import pytest

from assistant.errors import EvaluationError

pytest.importorskip("scipy", reason="training needs the extra `train`")

from assistant.training.disturbance import Surroundings, speech_level, variation
from assistant.training.material import read_corpus


def corpus_with(folder, samples, rate_hz):
    import soundfile

    soundfile.write(folder / "a.flac", samples, rate_hz)
    (folder / "manifest.csv").write_text(
        "path,set,label,speaker\na.flac,commands,stop,one\n", encoding="utf-8"
    )
    return folder


def test_recordings_of_the_wanted_sets_are_read(tmp_path):
    corpus = corpus_with(tmp_path, np.full(1600, 0.5, np.float32), 16_000)
    (clip,) = read_corpus(corpus, ["commands"])
    assert (clip.label, clip.speaker, len(clip.samples)) == ("stop", "one", 1600)
    assert read_corpus(corpus, ["speech"]) == []


def test_folder_without_manifest_is_refused(tmp_path):
    with pytest.raises(EvaluationError, match="no manifest"):
        read_corpus(tmp_path, ["commands"])


def test_same_seed_gives_the_same_variation():
    rng = np.random.default_rng(0)
    sound = rng.standard_normal(8000).astype(np.float32)
    around = Surroundings([sound], [sound], [np.array([0, 1, 0.5], np.float32)])
    made = [variation(sound, 20_000, around, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])
    assert all(len(one) == 20_000 and np.abs(one).max() <= 1 for one in made)


def test_silence_round_a_word_does_not_lower_its_level():
    word = np.full(3200, 0.5, np.float32)
    assert speech_level(np.pad(word, 1600)) == pytest.approx(speech_level(word), rel=0.01)
