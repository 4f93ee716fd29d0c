from collections.abc import Sequence

import numpy as np
import pytest

from assistant.sound import Int16
from assistant.stt.activity import CHUNK_SAMPLES
from assistant.stt.engines import COACH_MODEL_DIR, make_recogniser
from assistant.stt.gate import (
    OPEN_FROM,
    PAUSE_FINAL_S,
    PAUSE_OPEN_S,
    PAUSE_OTHER_S,
    PAUSE_PHRASE_S,
    PAUSE_URGENT_S,
    PREROLL_CHUNKS,
    TAIL_CHUNKS,
    GatedRecogniser,
    chunks,
    pauses_s,
)
from assistant.stt.port import Grammar, Transcript, Understanding, Word

CHUNK_S = CHUNK_SAMPLES / 16_000
SPEECH = np.full(CHUNK_SAMPLES, 1000, np.int16)
SILENCE = np.zeros(CHUNK_SAMPLES, np.int16)
LONGER_STARTS = {f"start number {n}": 1 for n in range(OPEN_FROM)}
GRAMMAR = Grammar(
    {"stop": 1, "stop talking": 1, "done": 1, "go": 1, "go back": 1, "start": 1} | LONGER_STARTS
)
UNDERSTANDING = Understanding(meaning=lambda text: text, is_urgent=lambda text: text == "stop")


class Levels:
    """Takes what is loud for speech."""

    def __init__(self) -> None:
        self.resets = 0

    def probability(self, chunk: Int16) -> float:
        return float(chunk.max() > 10)

    def reset(self) -> None:
        self.resets += 1


class Notebook:
    """A recogniser that keeps what it is fed and calls it what it is told to."""

    name = "notebook"

    def __init__(self) -> None:
        self.fed: list[Int16] = []
        self.text = "done"
        self.heard_samples = 0
        self.begin_samples = 0
        self.finished = 0

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        return []

    def accept(self, samples: Int16) -> Transcript | None:
        self.fed.append(samples.copy())
        self.heard_samples += len(samples)
        return None

    def finish(self) -> Transcript | None:
        start_s, end_s = self.begin_samples / 16_000, self.heard_samples / 16_000
        self.begin_samples = self.heard_samples
        self.finished += 1
        words = (Word(self.text, start_s, end_s, 1.0),)
        return Transcript(self.text, words, start_s, end_s, 1.0, self.name)

    def partial(self) -> str:
        return self.text

    def reset(self) -> None:
        self.begin_samples = self.heard_samples

    def close(self) -> None:
        pass


@pytest.fixture
def inner() -> Notebook:
    return Notebook()


@pytest.fixture
def gate(inner) -> GatedRecogniser:
    made = GatedRecogniser(inner, Levels(), UNDERSTANDING)
    made.set_grammar(GRAMMAR)
    return made


def sound(*parts: tuple[Int16, int]) -> Int16:
    return np.concatenate([np.tile(chunk, count) for chunk, count in parts])


def chunks_until_heard(gate: GatedRecogniser, limit: int = 100) -> int:
    """After how many chunks of silence the transcript comes."""
    for count in range(1, limit):
        if gate.accept(SILENCE) is not None:
            return count
    raise AssertionError("nothing came")


def test_silence_never_reaches_the_recogniser(gate, inner):
    assert gate.accept(sound((SILENCE, 2000))) is None
    assert not inner.fed
    assert not gate.is_open
    assert gate.finish() is None
    assert inner.finished == 0


def test_speech_is_heard_with_what_came_before(gate, inner):
    gate.accept(sound((SILENCE, 40), (SPEECH, 2)))
    assert gate.is_open
    heard = np.concatenate(inner.fed)
    assert len(heard) == (PREROLL_CHUNKS + 1) * CHUNK_SAMPLES
    assert np.count_nonzero(heard) == 2 * CHUNK_SAMPLES


@pytest.mark.parametrize(
    ("text", "pause_s"),
    [
        ("stop", PAUSE_URGENT_S),
        ("done", PAUSE_FINAL_S),
        ("go", PAUSE_PHRASE_S),
        ("start", PAUSE_OPEN_S),
        ("back", PAUSE_OTHER_S),
        ("", PAUSE_OTHER_S),
    ],
)
def test_pause_that_ends_depends_on_what_was_said(gate, inner, text, pause_s):
    inner.text = text
    gate.accept(sound((SILENCE, 20), (SPEECH, 10)))
    assert chunks_until_heard(gate) == chunks(pause_s)
    assert not gate.is_open


def test_times_are_those_of_the_whole_audio(gate, inner):
    starts = []
    for silent in (40, 100, 300):
        heard = gate.accept(sound((SILENCE, silent), (SPEECH, 10), (SILENCE, 30)))
        assert heard is not None
        starts.append(round(heard.start_s / CHUNK_S))
        assert heard.words[0].start_s == heard.start_s
        assert heard.end_s - heard.start_s == pytest.approx(
            (PREROLL_CHUNKS - 1 + 10 + chunks(PAUSE_FINAL_S)) * CHUNK_S
        )
    before = PREROLL_CHUNKS - 1
    assert starts == [40 - before, 180 - before, 520 - before]


def test_utterances_do_not_depend_on_how_the_audio_is_cut(inner):
    audio = sound((SILENCE, 40), (SPEECH, 10), (SILENCE, 40), (SPEECH, 12), (SILENCE, 40))
    heard = []
    for size in (320, 1013, len(audio)):
        gate = GatedRecogniser(Notebook(), Levels(), UNDERSTANDING)
        gate.set_grammar(GRAMMAR)
        found = [gate.accept(audio[i : i + size]) for i in range(0, len(audio), size)]
        found += [gate.accept(audio[:0]) for _ in range(3)]
        heard.append([(t.start_s, t.end_s) for t in found if t is not None])
    assert heard[0] == heard[1] == heard[2]
    assert len(heard[0]) == 2


def test_quiet_beginning_after_a_noise_is_not_lost_to_the_utterance_before(gate, inner):
    """A noise opens the gate, and it closes in the "s" of "stop"."""
    inner.text = ""
    fricative = np.full(CHUNK_SAMPLES, 10, np.int16)
    gate.accept(sound((SILENCE, 20), (SPEECH, 3), (SILENCE, 13), (fricative, 4)))
    assert inner.finished == 1
    inner.fed.clear()
    gate.accept(sound((SPEECH, 4)))
    heard = np.concatenate(inner.fed)
    assert np.count_nonzero(heard == 10) == 4 * CHUNK_SAMPLES
    assert np.count_nonzero(heard == 1000) == 4 * CHUNK_SAMPLES


def test_end_of_a_word_is_not_heard_twice(gate, inner):
    fricative = np.full(CHUNK_SAMPLES, 10, np.int16)
    gate.accept(sound((SILENCE, 20), (SPEECH, 10), (fricative, TAIL_CHUNKS), (SILENCE, 1)))
    assert inner.finished == 1
    inner.fed.clear()
    gate.accept(sound((SPEECH, 5)))
    assert not np.count_nonzero(np.concatenate(inner.fed) == 10)


class Shares:
    """How likely speech is, is how loud it is."""

    def probability(self, chunk: Int16) -> float:
        return float(chunk.max()) / 1000

    def reset(self) -> None:
        pass


def levels(*shares: float) -> Int16:
    return np.concatenate([np.full(CHUNK_SAMPLES, 1000 * share, np.int16) for share in shares])


FADING = (0.95, 0.85, 0.8, 0.7, 0.6)


def test_what_halts_ends_where_speech_fades(inner):
    asked = []
    gate = GatedRecogniser(inner, Shares(), UNDERSTANDING, halts=lambda: asked.append(1) or True)
    gate.set_grammar(GRAMMAR)
    gate.accept(levels(*[0.0] * 20, *[1.0] * 8, 0.85, 0.8, 0.95, 0.85, 0.86, 0.8, 0.7, 1.0))
    assert not asked, "it gets clearer in between"
    heard = gate.accept(levels(*FADING))
    assert heard is not None
    assert len(asked) == 1
    assert gate.accept(levels(0.5, 0.4, 0.3, 0.2)) is None
    assert not gate.is_open, "the end of what was heard is nothing new"
    gate.accept(levels(0.3))
    assert gate.is_open, "what gets clearer is"


def test_what_does_not_halt_goes_on_while_speech_fades(inner):
    gate = GatedRecogniser(inner, Shares(), UNDERSTANDING)
    gate.set_grammar(GRAMMAR)
    assert gate.accept(levels(*[0.0] * 20, *[1.0] * 8, *FADING)) is None
    assert gate.is_open


def test_finish_gives_what_is_under_way_to_the_last_sample(gate, inner):
    audio = np.concatenate([sound((SILENCE, 20), (SPEECH, 10)), SPEECH[:100]])
    assert gate.accept(audio) is None
    heard = gate.finish()
    assert heard is not None
    assert heard.end_s == pytest.approx(len(audio) / 16_000)
    assert gate.finish() is None


def test_reset_forgets_and_the_clock_runs_on(gate, inner):
    gate.accept(sound((SILENCE, 20), (SPEECH, 10)))
    gate.reset()
    assert gate.partial() == ""
    assert gate.finish() is None
    heard = gate.accept(sound((SILENCE, 30), (SPEECH, 10), (SILENCE, 10)))
    assert heard is not None
    assert heard.start_s == pytest.approx((61 - PREROLL_CHUNKS) * CHUNK_S)


def test_partial_is_asked_only_while_open(gate, inner):
    assert gate.partial() == ""
    gate.accept(sound((SPEECH, 10)))
    assert gate.partial() == "done"


def test_answer_is_asked_for_at_few_moments_of_a_pause(gate, inner):
    asked = []
    inner.partial = lambda: asked.append(1) or ""
    gate.accept(sound((SPEECH, 10), (SILENCE, 30)))
    assert len(asked) == 4


def test_only_longer_phrases_of_another_meaning_open_a_phrase():
    phrases = ["go", *(f"go {n}" for n in range(OPEN_FROM))]
    assert pauses_s(phrases, UNDERSTANDING)["go"] == PAUSE_OPEN_S
    assert pauses_s(phrases, Understanding(meaning=lambda _: 1))["go"] == PAUSE_PHRASE_S
    assert pauses_s(phrases, UNDERSTANDING)["go 1"] == PAUSE_FINAL_S


@pytest.mark.parametrize("engine", ["auto", "vosk"])
def test_engines_that_decode_all_they_hear_are_gated(engine):
    recogniser = make_recogniser(engine, COACH_MODEL_DIR)
    assert isinstance(recogniser, GatedRecogniser)
    assert recogniser.name == "vosk"
    recogniser.close()
