import sys
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ModelError, RecogniserError
from assistant.stt import engines
from assistant.stt.engines import COACH_MODEL_DIR, make_recogniser, vosk_model_dir
from assistant.stt.models import FULL_ENGLISH
from assistant.stt.phrases import NoPhraseLeftError
from assistant.stt.port import Grammar
from assistant.stt.sphinx_engine import SphinxRecogniser, phrase_arcs
from assistant.stt.vosk_engine import VoskRecogniser, check_model_dir

PARTS = ("am/final.mdl", "conf/model.conf", "graph/HCLr.fst", "graph/Gr.fst")


def model_at(folder: Path, parts: tuple[str, ...] = PARTS) -> Path:
    for part in parts:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (folder / part).write_bytes(b"")
    return folder


@pytest.fixture
def broken_vosk(tmp_path, monkeypatch):
    """A vosk whose library does not load, as on arm64 without libatomic1."""
    message = "libatomic.so.1: cannot open shared object file"
    (tmp_path / "vosk.py").write_text(f"raise OSError('{message}')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "vosk", raising=False)


def test_folder_that_is_no_model_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"am/final\.mdl is missing") as caught:
        VoskRecogniser(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_static_graph_is_refused_before_it_is_loaded(tmp_path):
    model_at(tmp_path, ("am/final.mdl", "conf/model.conf", "graph/HCLG.fst"))
    with pytest.raises(RecogniserError, match="static"):
        check_model_dir(tmp_path)


def test_model_of_empty_files_is_a_model_error(tmp_path):
    with pytest.raises(ModelError, match="cannot read this model"):
        VoskRecogniser(model_at(tmp_path))


def test_missing_libatomic_is_explained(broken_vosk):
    with pytest.raises(RecogniserError, match="sudo apt install libatomic1"):
        VoskRecogniser(COACH_MODEL_DIR)


def test_auto_is_sphinx_where_vosk_does_not_load(broken_vosk, caplog):
    recogniser = make_recogniser("auto", COACH_MODEL_DIR)
    assert recogniser.name == "sphinx"
    assert "libatomic" in caplog.text


def test_vosk_by_name_is_never_replaced(broken_vosk):
    with pytest.raises(RecogniserError):
        make_recogniser("vosk", COACH_MODEL_DIR)


def test_each_engine_is_made_by_its_name():
    assert make_recogniser("vosk", COACH_MODEL_DIR).name == "vosk"
    assert isinstance(make_recogniser("sphinx"), SphinxRecogniser)
    both = make_recogniser("auto", COACH_MODEL_DIR)
    assert both.set_grammar(Grammar({"stop": 1, "pigeon": 1})) == []


def test_auto_refuses_a_named_folder_that_is_no_model(tmp_path):
    with pytest.raises(ModelError):
        make_recogniser("auto", tmp_path)


def test_shipped_model_serves_until_the_full_one_is_fetched(tmp_path):
    assert vosk_model_dir(tmp_path) == COACH_MODEL_DIR
    full = model_at(tmp_path / FULL_ENGLISH.name)
    assert vosk_model_dir(tmp_path) == full


def test_half_a_fetched_model_is_passed_over_and_logged(tmp_path, caplog):
    model_at(tmp_path / FULL_ENGLISH.name, ("am/final.mdl",))
    assert vosk_model_dir(tmp_path) == COACH_MODEL_DIR
    assert "passed over" in caplog.text


def test_models_live_in_the_users_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert engines.user_models_dir() == tmp_path / "earshot" / "models"


def test_unknown_word_in_every_phrase_leaves_no_grammar():
    recogniser = VoskRecogniser(COACH_MODEL_DIR)
    with pytest.raises(NoPhraseLeftError, match="savasana") as caught:
        recogniser.set_grammar(Grammar({"savasana": 1, "start savasana": 1}))
    assert caught.value.missing == ("savasana",)


def test_empty_grammar_is_refused():
    with pytest.raises(RecogniserError, match="empty"):
        SphinxRecogniser().set_grammar(Grammar({}))


def test_phrases_share_their_beginnings():
    arcs = phrase_arcs({"hold": 3, "hold on": 1})
    assert set(arcs) == {(0, 3, 1.0, "hold"), (3, 1, 0.75), (3, 2, 0.25, "on"), (2, 1, 1.0)}


def test_phrases_share_their_endings_where_these_are_as_likely():
    arcs = phrase_arcs({"hold on": 1, "carry on": 3, "go": 4})
    assert len({arc[0] for arc in arcs}) == 3  # the start, before "on", after every phrase


WORDS = st.lists(st.sampled_from(["go", "on", "hold", "now"]), min_size=1, max_size=4)


@given(st.dictionaries(WORDS.map(" ".join), st.integers(1, 30), min_size=1, max_size=30))
def test_arcs_hold_every_phrase_as_likely_as_its_weight_and_nothing_else(phrases):
    ways = defaultdict(list)
    for begin, end, share, *word in phrase_arcs(phrases):
        ways[begin].append((end, share, word))

    def said(state: int) -> dict[tuple[str, ...], float]:
        if state == 1:
            return {(): 1.0}
        found: dict[tuple[str, ...], float] = {}
        for end, share, word in ways[state]:
            for rest, likely in said(end).items():
                assert (*word, *rest) not in found
                found[(*word, *rest)] = share * likely
        return found

    whole = sum(phrases.values())
    wanted = {tuple(phrase.split()): weight / whole for phrase, weight in phrases.items()}
    assert said(0) == pytest.approx(wanted)


def test_sphinx_knows_the_word_that_its_dictionary_lacks():
    assert SphinxRecogniser().set_grammar(Grammar({"squeeze the glute": 1})) == []
