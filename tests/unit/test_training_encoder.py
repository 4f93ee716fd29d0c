"""The encoder in PyTorch, and what it is trained on."""

from collections import Counter

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the extra `train`")
pytest.importorskip("scipy", reason="training needs the extra `train`")

import torch

from assistant.stt.arrays import read_arrays
from assistant.stt.encoder import WEIGHTS_FILE, WINDOW_SAMPLES, Encoder
from assistant.stt.spotter import HEAD_FILE, REST, Spotter, read_heads
from assistant.training.disturbance import Surroundings
from assistant.training.encoder import _mix
from assistant.training.interruptions import Around
from assistant.training.material import Recording
from assistant.training.network import Network, rounded
from assistant.training.pairs import Material, Pairs
from assistant.training.spotter import TrainedHead
from assistant.training.variations import NEARBY, WORDS

SECOND = 16_000


@pytest.fixture(scope="module")
def arrays():
    return dict(read_arrays(WEIGHTS_FILE, what="speech encoder", mend=""))


def tone(hz, length_s=0.5):
    return np.sin(2 * np.pi * hz * np.arange(round(length_s * SECOND)) / SECOND).astype(np.float32)


def heard():
    window = np.zeros(WINDOW_SAMPLES, np.float32)
    window[9000:17_000] = 0.2 * tone(300) * np.random.default_rng(1).random(8000)
    return window


def test_network_gives_what_the_package_gives(arrays):
    with torch.no_grad():
        frames = Network(arrays)(torch.from_numpy(heard())[None])[0].numpy()
    ours = Encoder().frames((heard() * 32768).round().astype(np.int16))
    assert np.abs(frames - ours).mean() < 0.01 * np.abs(ours).mean()


def test_weights_written_are_those_that_were_read(arrays, tmp_path):
    written = Network(arrays).arrays(arrays)
    assert written.keys() == arrays.keys()
    assert {k: (a.shape, a.dtype) for k, a in written.items()} == {
        k: (a.shape, a.dtype) for k, a in arrays.items()
    }
    np.savez(tmp_path / "encoder.npz", **written)
    samples = (heard() * 32768).round().astype(np.int16)
    again, ours = Encoder(tmp_path / "encoder.npz").frames(samples), Encoder().frames(samples)
    assert np.corrcoef(again.ravel(), ours.ravel())[0, 1] > 0.999


def test_rounding_is_off_by_half_a_step_at_most():
    weight = np.random.default_rng(2).normal(size=(288, 5)).astype(np.float32)
    weight[:, 1], weight[:, 2] = np.abs(weight[:, 1]), 0.0
    whole, scale, zero = rounded(weight)
    assert np.all(np.abs((whole - zero) * scale - weight) <= 0.5 * scale + 1e-6)


def test_head_that_is_trained_on_begins_as_it_is():
    head, frames = read_heads(HEAD_FILE)[0], np.random.default_rng(3).normal(size=(82, 288))
    trained = TrainedHead.of(head, dropout=0.25).eval()
    with torch.no_grad():
        logits = trained(torch.from_numpy(frames.astype(np.float32))[None])[0].numpy()
    assert logits == pytest.approx(head.logits(frames.astype(np.float32)), abs=1e-3)
    assert trained.exported().out_weight == pytest.approx(head.out_weight)


@pytest.fixture
def material():
    words = {word: [tone(500)] for word in (*WORDS[:-1], *NEARBY)}
    clips = [Recording(tone(400), "stop", "a", kind) for kind in ("commands", "phrases", "digits")]
    people = [*clips * 12, Recording(tone(450), "tree", "b", "commands")]
    noises, speech = [tone(90, 3)], [tone(200, 3)]
    rooms = [np.array([1.0, 0, 0, 0.3], np.float32)]
    return Material(
        people,
        words,
        [("hold on", "pause", tone(700))],
        {"stop": "stop", "hold on": "pause"},
        Surroundings(noises, speech, rooms),
        Around([tone(150, 3)], rooms, noises, speech),
    )


def test_pairs_are_windows_with_their_label(material):
    pairs = Pairs(material, np.random.default_rng(4))
    words = [pairs.word() for _ in range(150)]
    drawn = [*words, *(pairs.phrase() for _ in range(5)), *(pairs.over() for _ in range(60))]
    for pair in drawn:
        for window in (pair.heard, pair.undisturbed):
            assert window.shape == (WINDOW_SAMPLES,)
            assert window.dtype == np.float32
            assert np.isfinite(window).all()
        assert pair.heard.any()
    labels = Counter(pair.label for pair in words)
    assert labels["stop"] > 20
    assert labels[REST] > 20
    assert labels.keys() <= set(Spotter(HEAD_FILE).words)


def test_undisturbed_is_the_same_without_what_disturbs(material):
    pairs = Pairs(material, np.random.default_rng(5))
    shares = []
    for pair in (pairs.phrase() for _ in range(30)):
        both = np.abs(np.fft.rfft(pair.heard)), np.abs(np.fft.rfft(pair.undisturbed))
        loudest = int(np.argmax(both[1])) * SECOND / WINDOW_SAMPLES
        assert 600 < loudest < 820  # 700 Hz, at another speed
        away = np.abs(np.fft.rfftfreq(WINDOW_SAMPLES, 1 / SECOND) - loudest) > 150
        shares.append([float(np.sum(p[away] ** 2) / np.sum(p**2)) for p in both])
    of_heard, of_undisturbed = np.median(shares, axis=0)
    assert of_undisturbed < 0.01
    assert of_heard > 5 * of_undisturbed


def test_where_nobody_talks_over_the_coach_the_undisturbed_is_silence(material):
    pairs = Pairs(material, np.random.default_rng(6))
    over = [pairs.over() for _ in range(60)]
    silent = [pair for pair in over if not pair.undisturbed.any()]
    assert 3 < len(silent) < 30
    assert all(pair.label == REST for pair in silent)
    assert {pair.label for pair in over} == {REST, "stop", "pause"}


def test_what_is_written_is_partly_what_was_there_before():
    before, after = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    wanted = 0.25 * after.weight.detach() + 0.75 * before.weight.detach()
    _mix(after, before, 0.25)
    assert torch.allclose(after.weight, wanted)
