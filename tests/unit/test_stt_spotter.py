from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.stt.embedding import Embedding, embedding_file, patched, samples_for
from assistant.stt.spotter import (
    HEAD_FILE,
    LAYOUT,
    REST,
    WINDOW_SAMPLES,
    Spotter,
    quantised,
    window,
)


@pytest.fixture
def sound() -> np.ndarray:
    rng = np.random.default_rng(3)
    return (rng.standard_normal(16_000) * 1000).astype(np.int16)


def changed_head(folder: Path, **changes) -> Path:
    with np.load(HEAD_FILE, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    path = folder / "head.npz"
    np.savez(path, **(arrays | changes))
    return path


def test_posteriors_of_all_words_sum_to_one(sound):
    spotter = Spotter()
    posteriors = spotter.posteriors(sound)
    assert tuple(posteriors) == spotter.words
    assert spotter.words[-1] == REST
    assert sum(posteriors.values()) == pytest.approx(1)
    assert {"stop", "yes", "no", "pause", "resume", "down"} <= posteriors.keys()


def test_same_sound_gives_same_posteriors_in_any_spotter(sound):
    first, second = Spotter(), Spotter()
    assert first.posteriors(sound) == first.posteriors(sound) == second.posteriors(sound)


@pytest.mark.parametrize("length", [0, 1, 400, 5000, WINDOW_SAMPLES, 100_000])
def test_silence_of_any_length_is_no_word(length):
    assert Spotter().posteriors(np.zeros(length, np.int16))[REST] == 1


@pytest.mark.parametrize("length", [1, 400, WINDOW_SAMPLES - 1, WINDOW_SAMPLES + 1, 100_000])
def test_utterance_of_any_length_is_taken(length):
    sound = np.resize(np.array([500, -500, 300], np.int16), length)
    assert sum(Spotter().posteriors(sound).values()) == pytest.approx(1)


def test_only_one_row_of_int16_is_taken():
    with pytest.raises(ValueError, match="float32"):
        Spotter().posteriors(np.zeros(100, np.float32))
    with pytest.raises(ValueError, match=r"\(10, 2\)"):
        Spotter().posteriors(np.zeros((10, 2), np.int16))


def test_window_of_long_sound_lies_round_its_loudest_half():
    sound = np.zeros(80_000, np.int16)
    sound[60_000:64_000] = 9000
    kept = window(sound)
    assert len(kept) == WINDOW_SAMPLES
    assert np.count_nonzero(kept) == 4000


def test_window_of_short_sound_has_it_in_the_middle():
    kept = window(np.full(1000, 7, np.int16))
    assert len(kept) == WINDOW_SAMPLES
    assert abs(np.flatnonzero(kept).mean() - WINDOW_SAMPLES / 2) <= 1


def test_absent_head_is_named(tmp_path):
    with pytest.raises(ModelError, match="none\\.npz"):
        Spotter(tmp_path / "none.npz")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_head_cut_short_is_refused(tmp_path, share):
    path = tmp_path / "head.npz"
    whole = HEAD_FILE.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError, match="no whole head file"):
        Spotter(path)


def test_head_of_another_layout_is_refused(tmp_path):
    path = changed_head(tmp_path, layout=np.int64(LAYOUT + 1))
    with pytest.raises(ModelError, match=f"layout {LAYOUT + 1}"):
        Spotter(path)


def test_head_for_another_embedding_is_refused(tmp_path):
    path = changed_head(tmp_path, embedding_sha256=np.str_("0" * 64))
    with pytest.raises(ModelError, match="another embedding"):
        Spotter(path)


def test_head_for_another_vocabulary_is_refused(tmp_path):
    path = changed_head(tmp_path, words=np.array(["stop", REST]))
    with pytest.raises(ModelError, match="words and outputs"):
        Spotter(path)


def test_head_without_a_part_is_refused(tmp_path):
    path = changed_head(tmp_path, members=np.int64(9))
    with pytest.raises(ModelError, match="lacks a part"):
        Spotter(path)


def test_file_that_is_no_head_is_refused(tmp_path):
    path = tmp_path / "head.npz"
    np.savez(path, something=np.zeros(3))
    with pytest.raises(ModelError, match="layout None"):
        Spotter(path)


def test_head_is_small_and_has_its_attribution_beside_it():
    assert HEAD_FILE.stat().st_size < 1_000_000
    readme = (HEAD_FILE.parent / "README.md").read_text("utf-8")
    assert "CC BY 4.0" in readme
    assert "Warden" in readme


def test_quantised_weights_differ_by_half_a_step():
    values = np.random.default_rng(0).normal(size=(4, 3, 5)).astype(np.float32)
    coded, scale = quantised(values)
    assert coded.shape == values.shape
    assert np.abs(coded * scale[:, None, None] - values).max() <= scale.max() / 2 + 1e-6


def test_embedding_gives_a_row_each_80_ms(sound):
    assert Embedding().embed(np.resize(sound, samples_for(5))).shape == (5, 96)


def test_weights_beyond_the_end_of_a_network_are_refused():
    network = embedding_file()
    with pytest.raises(ModelError, match="do not fit"):
        patched(network, {len(network) - 2: np.zeros(3, np.float32)})


def test_bytes_that_are_no_network_are_refused():
    with pytest.raises(ModelError, match="no network"):
        Embedding(b"TFL3" * 100)
