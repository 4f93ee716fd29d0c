from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.stt.encoder import FRAMES, WIDTH
from assistant.stt.enrolment import (
    MEASURE_FILE,
    MOST_EVIDENCE,
    NEW_WORD_SHARE,
    REST,
    Enrolment,
    Voices,
    load_measure,
    with_evidence,
)

MEASURE = load_measure()
HEARD = {"stop": 0.2, "go": 0.5, REST: 0.3}


def frames(seed: int) -> np.ndarray:
    """Frames that all show the same thing, another for each seed."""
    thing = np.random.default_rng(seed).standard_normal(WIDTH)
    return np.tile(thing, (FRAMES, 1)).astype(np.float32)


def person(name: str, **words: int) -> Enrolment:
    return Enrolment(
        name, {word: MEASURE.example(frames(seed))[None, :] for word, seed in words.items()}
    )


def test_utterance_like_an_example_is_that_word():
    voices = Voices(MEASURE, [person("anna", stop=1, go=2)])
    heard = voices.combined(HEARD, frames(1))
    assert heard["stop"] > 0.9
    assert sum(heard.values()) == pytest.approx(1)


def test_utterance_unlike_all_examples_changes_nothing():
    voices = Voices(MEASURE, [person("anna", stop=1)])
    example = MEASURE.example(frames(9))
    assert voices.known[0].likenesses(example)["stop"] < MEASURE.even
    assert voices.combined(HEARD, frames(9)) == pytest.approx(HEARD)


def test_without_voices_the_posteriors_stay():
    assert Voices(MEASURE).combined(HEARD, frames(1)) is HEARD


def test_each_of_several_people_is_heard():
    voices = Voices(MEASURE, [person("anna", stop=1), person("ben", stop=2, go=3)])
    for seed, word in ((1, "stop"), (2, "stop"), (3, "go")):
        heard = voices.combined(HEARD, frames(seed))
        assert max(heard, key=heard.__getitem__) == word


def test_evidence_never_speaks_against_a_word_and_has_a_bound():
    assert MEASURE.evidence(-1.0) == 0.0
    assert MEASURE.evidence(MEASURE.even) == 0.0
    assert 0 < MEASURE.evidence(MEASURE.even + 0.1) < MOST_EVIDENCE
    assert MEASURE.evidence(1.0) == MOST_EVIDENCE


def test_taught_word_that_the_spotter_lacks_begins_with_a_share_of_the_rest():
    same = with_evidence(HEARD, {"skip": 0.0})
    assert same["skip"] == pytest.approx(NEW_WORD_SHARE * HEARD[REST], rel=0.01)
    assert with_evidence(HEARD, {"skip": 7.0})["skip"] > 0.5


def test_certain_spotter_outweighs_a_word_that_happens_to_be_alike():
    certain = {"stop": 1e-5, "go": 0.9999, REST: 1e-5}
    heard = with_evidence(certain, {"stop": MOST_EVIDENCE})
    assert max(heard, key=heard.__getitem__) == "go"


def test_an_example_has_length_one_and_as_many_numbers_as_the_measure():
    example = MEASURE.example(frames(4))
    assert example.shape == (MEASURE.size,)
    assert np.linalg.norm(example) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_measure_cut_short_is_refused(tmp_path: Path, share: float):
    path = tmp_path / "measure.npz"
    whole = MEASURE_FILE.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError, match="cannot be read"):
        load_measure(path)


def test_measure_whose_parts_do_not_fit_is_refused(tmp_path: Path):
    with np.load(MEASURE_FILE) as file:
        arrays = dict(file)
    path = tmp_path / "measure.npz"
    np.savez(path, **(arrays | {"mean": np.zeros(3, np.float16)}))
    with pytest.raises(ModelError, match="do not fit"):
        load_measure(path)


def test_measure_is_small_and_has_its_attribution_beside_it():
    assert MEASURE_FILE.stat().st_size < 200_000
    assert "CC BY 4.0" in (MEASURE_FILE.parent / "README.md").read_text("utf-8")
