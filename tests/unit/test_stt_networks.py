"""The two networks that NumPy runs, against what PyTorch and ONNX Runtime made of one recording."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.errors import ModelError
from assistant.stt import encoder
from assistant.stt.encoder import WINDOW_SAMPLES, Encoder
from assistant.stt.silero import CHUNK_SAMPLES, Silero

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def person() -> np.ndarray:
    return soundfile.read(DATA / "spotter" / "stop.flac", dtype="int16")[0]


@pytest.fixture(scope="module")
def expected() -> dict[str, np.ndarray]:
    with np.load(DATA / "networks" / "stop.npz") as file:
        return dict(file)


def test_encoder_gives_what_pytorch_gives(person, expected):
    frames, wanted = Encoder().frames(person), expected["frames"].astype(np.float32)
    assert frames.dtype == np.float32
    assert np.corrcoef(frames.ravel(), wanted.ravel())[0, 1] > 0.998
    assert np.abs(frames - wanted).mean() < 0.06 * np.abs(wanted).mean()


@pytest.mark.parametrize("part", [slice(0, 1), slice(0, 9000), slice(3000, 40_000)])
def test_silence_round_an_utterance_is_not_computed_anew_and_changes_nothing(
    person, part, monkeypatch
):
    quick = Encoder().frames(person[part])
    monkeypatch.setattr(encoder, "_said", lambda _: (0, WINDOW_SAMPLES))
    assert Encoder().frames(person[part]) == pytest.approx(quick, abs=1e-3)


def test_frames_of_silence_are_one_frame():
    rows, weight = np.zeros((100, 2), np.float32), np.ones((14, 3), np.float32)
    rows[40:50] = np.arange(1, 21, dtype=np.float32).reshape(10, 2)
    frames, (begin, end) = encoder._convolved(rows, (40, 50), weight, 7, 3)
    assert (begin, end) == (12, 17)
    patches = np.stack([rows[at : at + 7].ravel() for at in range(0, 94, 3)])
    assert frames == pytest.approx(patches @ weight)


def test_detector_gives_what_onnx_runtime_gives(person, expected):
    detector = Silero()
    whole = len(person) // CHUNK_SAMPLES * CHUNK_SAMPLES
    heard = [detector.probability(chunk) for chunk in person[:whole].reshape(-1, CHUNK_SAMPLES)]
    assert max(heard) > 0.9
    assert heard == pytest.approx(expected["probabilities"], abs=1e-4)


def test_detector_that_was_reset_hears_as_a_new_one(person):
    used, chunks = Silero(), person[: CHUNK_SAMPLES * 20].reshape(-1, CHUNK_SAMPLES)
    first = [used.probability(chunk) for chunk in chunks]
    assert used.probability(chunks[0]) != pytest.approx(first[0], abs=1e-6)
    used.reset()
    assert [used.probability(chunk) for chunk in chunks] == pytest.approx(first, abs=1e-6)


def test_detector_takes_the_loudest_noise_for_no_error():
    detector, rng = Silero(), np.random.default_rng(3)
    for _ in range(60):
        noise = rng.choice([-32768, 32767], CHUNK_SAMPLES).astype(np.int16)
        assert 0.0 <= detector.probability(noise) <= 1.0


def test_detector_whose_file_is_broken_is_named(tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"broken\.npz.*voice detector"):
        Silero(tmp_path / "broken.npz")
    np.savez(tmp_path / "half.npz", spectrum=np.zeros((256, 258), np.float32))
    with pytest.raises(ModelError, match="lacks a part"):
        Silero(tmp_path / "half.npz")
