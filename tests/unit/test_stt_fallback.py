import subprocess
import wave

import numpy as np
import pytest

from assistant.errors import RecogniserError
from assistant.sound import Int16
from assistant.stt.engines import COACH_MODEL_DIR
from assistant.stt.fallback import FallbackRecogniser
from assistant.stt.port import Grammar, Transcript
from assistant.stt.sphinx_engine import SphinxRecogniser
from assistant.stt.vosk_engine import VoskRecogniser

GAP = np.zeros(20_000, np.int16)


@pytest.fixture
def made() -> list[SphinxRecogniser]:
    return []


@pytest.fixture
def recogniser(made) -> FallbackRecogniser:
    def make_other() -> SphinxRecogniser:
        made.append(SphinxRecogniser())
        return made[-1]

    return FallbackRecogniser(VoskRecogniser(COACH_MODEL_DIR), make_other)


@pytest.fixture(scope="session")
def pigeon(tmp_path_factory) -> Int16:
    return spoken("start pigeon pose", tmp_path_factory)


@pytest.fixture(scope="session")
def stop(tmp_path_factory) -> Int16:
    return spoken("stop", tmp_path_factory)


def spoken(text: str, folders: pytest.TempPathFactory) -> Int16:
    path = folders.mktemp("speech") / "spoken.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", path], check=True)
    with wave.open(str(path)) as wav:
        return np.frombuffer(wav.readframes(wav.getnframes()), np.int16)


def hear(recogniser: FallbackRecogniser, *sounds: Int16) -> list[Transcript]:
    audio = np.concatenate(sounds)
    heard = (recogniser.accept(audio[i : i + 320]) for i in range(0, len(audio), 320))
    return [transcript for transcript in heard if transcript is not None]


def test_other_engine_is_not_built_where_every_word_is_known(recogniser, made, stop):
    assert recogniser.set_grammar(Grammar({"stop": 1, "hold longer": 1})) == []
    assert [t.engine for t in hear(recogniser, GAP, stop, GAP)] == ["vosk"]
    assert not made


def test_phrase_with_a_word_that_the_main_model_lacks_is_heard_at_its_time(
    recogniser, made, pigeon, stop
):
    grammar = Grammar({"stop": 1, "start pigeon pose": 1, "hold longer": 1})
    assert recogniser.set_grammar(grammar) == []
    heard = hear(recogniser, GAP, stop, GAP, pigeon, GAP, stop, GAP, pigeon, GAP)
    assert [(t.text, t.engine) for t in heard] == [
        ("stop", "vosk"),
        ("start pigeon pose", "sphinx"),
        ("stop", "vosk"),
        ("start pigeon pose", "sphinx"),
    ]
    assert len(made) == 1
    length_s = (2 * len(GAP) + len(pigeon) + len(stop)) / 16_000
    assert heard[3].start_s - heard[1].start_s == pytest.approx(length_s, abs=0.1)
    starts_s = (2 * len(GAP) + len(stop)) / 16_000
    assert starts_s - 0.1 < heard[1].words[0].start_s < starts_s + 0.4


def test_sound_in_which_nothing_was_heard_is_not_listened_to_later(
    recogniser, made, pigeon, monkeypatch
):
    recogniser.set_grammar(Grammar({"stop": 1, "start pigeon pose": 1}))
    listened, accept = [], made[0].accept
    monkeypatch.setattr(made[0], "accept", lambda x: (listened.append(len(x)), accept(x))[1])
    assert hear(recogniser, GAP) == []
    assert recogniser.finish() is None
    hear(recogniser, pigeon)
    assert recogniser.finish().text == "start pigeon pose"
    assert sum(listened) == len(pigeon)


def test_word_that_no_engine_has_is_reported_and_the_rest_serves(recogniser, pigeon):
    missing = recogniser.set_grammar(
        Grammar({"stop": 1, "start pigeon pose": 1, "zzyzx pigeon": 1})
    )
    assert missing == ["zzyzx"]
    assert [t.text for t in hear(recogniser, GAP, pigeon, GAP)] == ["start pigeon pose"]


def test_grammar_that_only_the_other_engine_has_is_served(recogniser, pigeon):
    assert recogniser.set_grammar(Grammar({"start pigeon pose": 1})) == []
    assert [t.text for t in hear(recogniser, GAP, pigeon, GAP)] == ["start pigeon pose"]


def test_grammar_without_the_phrase_no_longer_hears_it(recogniser, pigeon):
    recogniser.set_grammar(Grammar({"stop": 1, "start pigeon pose": 1}))
    recogniser.set_grammar(Grammar({"stop": 1}))
    assert all("pigeon" not in t.text for t in hear(recogniser, GAP, pigeon, GAP))


def test_grammar_that_neither_engine_has_is_refused(recogniser):
    with pytest.raises(RecogniserError, match="zzyzx"):
        recogniser.set_grammar(Grammar({"zzyzx": 1}))
