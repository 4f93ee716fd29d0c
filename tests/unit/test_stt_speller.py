from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.stt.pronunciations import PHONES, pronounced_phrases, read_pronunciations
from assistant.stt.speller import (
    HEAD_FILE,
    LAYOUT,
    MOST_SAMPLES,
    PhraseTree,
    Speller,
    WholeEncoder,
    phones_heard,
)


def frames_of(phones: str, share: float = 0.9) -> np.ndarray:
    """Frames in which each phone ("-" for the blank) has a share and the others the rest."""
    rows = []
    for phone in phones.split():
        row = np.full(len(PHONES) + 1, (1 - share) / len(PHONES))
        row[0 if phone == "-" else PHONES.index(phone) + 1] = share
        rows.append(row)
    return np.log(np.array(rows, np.float32))


def changed_head(folder: Path, **changes) -> Path:
    with np.load(HEAD_FILE, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    path = folder / "head.npz"
    np.savez(path, **(arrays | changes))
    return path


@pytest.fixture(scope="module")
def encoder() -> WholeEncoder:
    return WholeEncoder()


@pytest.fixture
def speller(encoder) -> Speller:
    speller = Speller(encoder)
    speller.set_phrases({"go": [("G", "OW")], "stop": [("S", "T", "AA", "P")]})
    return speller


def test_dictionary_gives_every_pronunciation_the_usual_one_first():
    assert read_pronunciations(["the", "glute", "xyzzy"]) == {
        "the": [("DH", "AH"), ("DH", "IY")],
        "glute": [("G", "L", "UW", "T")],
    }


def test_phrase_with_unknown_word_is_left_out_and_the_word_told():
    spoken, missing = pronounced_phrases(["stop", "start xyzzy"])
    assert spoken == {"stop": [("S", "T", "AA", "P")]}
    assert missing == ["xyzzy"]


def test_each_word_of_a_phrase_may_be_said_otherwise():
    spoken, _ = pronounced_phrases(["stop the"])
    assert spoken["stop the"] == [
        ("S", "T", "AA", "P", "DH", "AH"),
        ("S", "T", "AA", "P", "DH", "IY"),
    ]


def test_best_path_lets_phones_last_and_blanks_lie_between():
    tree = PhraseTree({"go": [("G", "OW")], "no": [("N", "OW")]})
    frames = frames_of("- G G - OW OW -")
    scores = dict(zip(tree.phrases, tree.scores(frames), strict=True))
    assert scores["go"] == pytest.approx(7 * np.log(0.9), abs=1e-4)
    assert scores["no"] < scores["go"] - 2


def test_phrase_must_explain_the_whole_utterance():
    tree = PhraseTree({"go": [("G", "OW")], "go back": [("G", "OW", "B", "AE", "K")]})
    go, go_back = tree.scores(frames_of("G OW B AE K"))
    assert go_back > go + 5


def test_phrase_longer_than_the_utterance_is_impossible():
    tree = PhraseTree({"go back": [("G", "OW", "B", "AE", "K")]})
    assert tree.scores(frames_of("G OW"))[0] == -np.inf


def test_phone_that_is_none_is_refused():
    with pytest.raises(ValueError, match="'Q'"):
        PhraseTree({"go": [("Q", "OW")]})
    with pytest.raises(ValueError, match="no phones"):
        PhraseTree({"go": [()]})


def test_phones_heard_are_those_of_the_likeliest_path():
    assert phones_heard(frames_of("- G G - OW OW OW")) == ("G", "OW")


def test_the_best_phrase_comes_first_each_once(speller):
    speller.set_phrases({"the": [("DH", "AH"), ("DH", "IY")], "go": [("G", "OW")]})
    spelled = speller.spell_posteriors(frames_of("- DH - IY"))
    assert [s.phrase for s in spelled] == ["the", "go"]
    assert spelled[0].score == pytest.approx(0, abs=1e-4)
    assert spelled[1].score < -2
    assert spelled[1].per_phone == pytest.approx(spelled[1].score / 2)
    assert spelled[1].per_frame == pytest.approx(spelled[1].score / 4)


def test_silence_and_too_much_sound_are_no_phrase(speller):
    assert speller.spell(np.zeros(16_000, np.int16)) == []
    assert speller.spell(np.ones(MOST_SAMPLES + 1, np.int16)) == []


def test_without_phrases_nothing_is_heard(encoder):
    sound = np.resize(np.array([900, -900], np.int16), 16_000)
    speller = Speller(encoder)
    assert speller.spell(sound) == []
    speller.set_phrases({})
    assert speller.spell(sound) == []


@pytest.mark.parametrize("length", [1, 100, 5000, 50_000])
def test_utterance_of_any_length_is_taken(speller, length):
    sound = np.resize(np.array([500, -500, 300], np.int16), length)
    assert all(s.score <= 0.01 for s in speller.spell(sound))


def test_only_one_row_of_int16_is_taken(speller):
    with pytest.raises(ValueError, match="float32"):
        speller.spell(np.ones(100, np.float32))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"layout": np.int64(LAYOUT + 1)}, "layout"),
        ({"encoder_sha256": np.str_("0" * 64)}, "another encoder"),
        ({"1.bias": np.zeros(3, np.float16)}, "do not fit"),
        ({"norm_bias": np.zeros(3, np.float16)}, "do not fit"),
        ({"phones": np.array(["AA"])}, "do not fit"),
        ({"convolutions": np.int64(9)}, "lacks a part"),
    ],
)
def test_head_that_does_not_fit_is_refused(encoder, tmp_path, changes, problem):
    with pytest.raises(ModelError, match=problem):
        Speller(encoder, changed_head(tmp_path, **changes))


def test_head_that_is_absent_or_cut_short_is_refused(encoder, tmp_path):
    with pytest.raises(ModelError, match="no whole head file"):
        Speller(encoder, tmp_path / "head.npz")
    cut = tmp_path / "cut.npz"
    cut.write_bytes(HEAD_FILE.read_bytes()[:1000])
    with pytest.raises(ModelError, match="no whole head file"):
        Speller(encoder, cut)
