from pathlib import Path

import numpy as np
import pytest

from assistant.app import load_world
from assistant.config import load_settings
from assistant.errors import ModelError
from assistant.stt.encoder import FRAMES, WIDTH, WINDOW_SAMPLES, Encoder, window
from assistant.stt.spotter import HEAD_FILE, LAYOUT, REST, Head, Spotter, save_heads


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
        Spotter().posteriors(np.ones(100, np.float32))
    with pytest.raises(ValueError, match=r"\(10, 2\)"):
        Spotter().posteriors(np.ones((10, 2), np.int16))


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


def test_head_for_another_encoder_is_refused(tmp_path):
    path = changed_head(tmp_path, encoder_sha256=np.str_("0" * 64))
    with pytest.raises(ModelError, match="another encoder"):
        Spotter(path)


def test_head_for_another_vocabulary_is_refused(tmp_path):
    path = changed_head(tmp_path, words=np.array(["stop", REST]))
    with pytest.raises(ModelError, match="its 2 words"):
        Spotter(path)


def test_head_without_a_part_is_refused(tmp_path):
    path = changed_head(tmp_path, heads=np.int64(9))
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


def test_every_command_of_one_word_is_known(tmp_path):
    world = load_world(load_settings(config_dir=tmp_path))
    single = {phrase for phrase in world.phrasebook.weights if " " not in phrase}
    # Left to Vosk: an answer to "how many", and what is said after a reminder alone.
    assert single - set(Spotter().words) == {"ten", "snooze"}


def test_saved_heads_say_what_they_said_before(tmp_path):
    rng = np.random.default_rng(2)
    shapes = ((WIDTH,), (WIDTH,), (WIDTH, 5), (5,), (WIDTH, 2), (2,), (10, 3), (3,))
    head = Head(*(rng.normal(0, 0.1, shape).astype(np.float32) for shape in shapes))
    save_heads(tmp_path / "head.npz", ("stop", "go", REST), (head, head), "9", figures={"clean": 1})
    read = Spotter(tmp_path / "head.npz")
    frames = rng.normal(size=(FRAMES, WIDTH)).astype(np.float32)
    logits = head.logits(frames)
    wanted = np.exp(logits) / np.exp(logits).sum()
    assert list(read.posteriors_of(frames).values()) == pytest.approx(wanted, abs=0.01)
    assert (read.version, dict(read.figures)) == ("9", {"clean": 1})


def test_encoder_gives_a_row_each_24_ms(sound):
    assert Encoder().frames(sound).shape == (FRAMES, WIDTH)


def test_absent_encoder_is_named_with_its_mend(tmp_path):
    with pytest.raises(ModelError, match=r"none\.npz.*scripts/setup"):
        Encoder(tmp_path / "none.npz")


def test_file_that_is_no_network_is_named(tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"broken\.npz"):
        Encoder(tmp_path / "broken.npz")


def test_network_that_lacks_a_part_is_named(tmp_path):
    np.savez(tmp_path / "half.npz", **{"conv1.weight": np.zeros((127, WIDTH), np.float16)})
    with pytest.raises(ModelError, match=r"lacks a part.*conv2"):
        Encoder(tmp_path / "half.npz")
