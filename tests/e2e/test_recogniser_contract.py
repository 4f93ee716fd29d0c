"""What every recogniser must do, tried on each engine with real synthetic voices."""

import subprocess
import time
import wave
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import RecogniserError
from assistant.sound import FRAME_SAMPLES, SPEECH_RATE_HZ, Int16
from assistant.stt.engines import COACH_MODEL_DIR
from assistant.stt.fallback import FallbackRecogniser
from assistant.stt.gate import GatedRecogniser
from assistant.stt.port import Grammar, Recogniser, Transcript
from assistant.stt.sphinx_engine import SphinxRecogniser
from assistant.stt.vosk_engine import VoskRecogniser

PHRASES = ("hold longer", "next exercise", "ten more seconds please", "go back please", "stop")
GRAMMAR = Grammar(dict.fromkeys(PHRASES, 1))
CHATTER = (
    "what is the weather like today",
    "i went shopping with my sister",
    "the train was late because of the snow",
    "would you like some coffee or tea",
)
VOICES = ("slt", "rms", "awb", "kal16")

MAKERS: dict[str, Callable[[], Recogniser]] = {
    "vosk": lambda: VoskRecogniser(COACH_MODEL_DIR),
    "sphinx": SphinxRecogniser,
    "both": lambda: FallbackRecogniser(VoskRecogniser(COACH_MODEL_DIR), SphinxRecogniser),
    "gated vosk": lambda: GatedRecogniser(VoskRecogniser(COACH_MODEL_DIR)),
}


@pytest.fixture(params=MAKERS)
def recogniser(request) -> Iterator[Recogniser]:
    made = MAKERS[request.param]()
    yield made
    made.close()


@pytest.fixture(scope="module", params=MAKERS)
def well_used(request) -> Iterator[Recogniser]:
    """One that has heard phrases before: to begin anew takes longer than to hear another."""
    made = MAKERS[request.param]()
    yield made
    made.close()


@pytest.fixture(scope="session")
def speak(tmp_path_factory) -> Callable[..., Int16]:
    folder = tmp_path_factory.mktemp("speech")
    cache: dict[tuple[str, str], Int16] = {}

    def spoken(text: str, voice: str = "slt") -> Int16:
        if (text, voice) not in cache:
            path = folder / f"{len(cache)}.wav"
            subprocess.run(["flite", "-voice", voice, "-t", text, "-o", path], check=True)
            cache[text, voice] = wav_samples(path)
        return cache[text, voice]

    return spoken


def wav_samples(path: Path) -> Int16:
    with wave.open(str(path)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16_000, 1, 2)
        return np.frombuffer(wav.readframes(wav.getnframes()), np.int16)


def silence(length_s: float) -> Int16:
    return np.zeros(int(length_s * SPEECH_RATE_HZ), np.int16)


def hear(recogniser: Recogniser, *sounds: Int16, step: int = FRAME_SAMPLES) -> list[Transcript]:
    audio = np.concatenate(sounds)
    heard = (recogniser.accept(audio[i : i + step]) for i in range(0, len(audio), step))
    return [transcript for transcript in heard if transcript is not None]


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("phrase", PHRASES)
def test_phrase_is_heard(well_used, speak, phrase, voice):
    assert list(well_used.set_grammar(GRAMMAR)) == []
    heard = hear(well_used, silence(0.5), speak(phrase, voice), silence(1.2))
    assert [transcript.text for transcript in heard] == [phrase]


def test_utterance_ends_by_itself_soon_after_the_speech(recogniser, speak):
    recogniser.set_grammar(GRAMMAR)
    assert not hear(recogniser, silence(0.5), speak("hold longer"))
    assert hear(recogniser, silence(1.0))


def test_words_carry_times_of_the_whole_audio(recogniser, speak):
    recogniser.set_grammar(GRAMMAR)
    hear(recogniser, silence(1.0), speak("stop"), silence(1.5))
    recogniser.reset()
    recogniser.set_grammar(GRAMMAR)
    before_s = 2.5 + len(speak("stop")) / SPEECH_RATE_HZ + 0.7
    (heard,) = hear(recogniser, silence(0.7), speak("hold longer"), silence(1.2))
    end_s = before_s + len(speak("hold longer")) / SPEECH_RATE_HZ
    assert before_s - 0.1 < heard.start_s < before_s + 0.4
    assert heard.start_s + 0.4 < heard.end_s < end_s + 0.1
    assert [word.text for word in heard.words] == ["hold", "longer"]
    assert heard.words[0].start_s == heard.start_s
    assert heard.words[-1].end_s == heard.end_s
    assert heard.words[0].end_s <= heard.words[1].start_s + 0.02
    assert 0 <= heard.confidence <= 1


def test_size_of_the_pieces_changes_nothing(recogniser, speak):
    recogniser.set_grammar(GRAMMAR)
    sounds = (silence(0.5), speak("next exercise"), silence(1.5))
    texts = [
        [transcript.text for transcript in hear(recogniser, *sounds, step=step)]
        for step in (160, 1000, 100_000)
    ]
    assert texts == [["next exercise"]] * 3


def test_two_utterances_in_one_piece_are_both_given(recogniser, speak):
    recogniser.set_grammar(GRAMMAR)
    gap = silence(1.5)
    audio = np.concatenate([gap, speak("hold longer"), gap, speak("next exercise"), gap])
    first = recogniser.accept(audio)
    second = recogniser.accept(audio[:0])
    assert first is not None
    assert second is not None
    assert [first.text, second.text] == ["hold longer", "next exercise"]
    assert recogniser.accept(audio[:0]) is None


def test_silence_gives_nothing(recogniser):
    recogniser.set_grammar(GRAMMAR)
    assert hear(recogniser, silence(6)) == []
    assert recogniser.partial() == ""
    assert recogniser.finish() is None


def test_noise_gives_no_phrase(recogniser):
    recogniser.set_grammar(GRAMMAR)
    noise = np.random.default_rng(1).normal(0, 300, 6 * SPEECH_RATE_HZ).astype(np.int16)
    heard = hear(recogniser, noise, silence(1))
    assert not [t for t in heard if t.text in PHRASES]


def test_chatter_is_seldom_a_phrase(recogniser, speak):
    recogniser.set_grammar(GRAMMAR)
    heard = [
        transcript
        for text in CHATTER
        for voice in VOICES
        for transcript in hear(recogniser, silence(0.5), speak(text, voice), silence(1.2))
    ]
    assert heard
    assert sum(transcript.text in PHRASES for transcript in heard) <= 1


def test_unknown_words_are_reported_and_only_their_phrases_left_out(recogniser, speak):
    missing = recogniser.set_grammar(Grammar({"zzyzx now": 1, "do zzyzx qwrt": 1, "stop": 2}))
    assert list(missing) == ["qwrt", "zzyzx"]
    (heard,) = hear(recogniser, silence(0.5), speak("stop"), silence(1.2))
    assert heard.text == "stop"


def test_grammar_without_a_known_phrase_is_refused(recogniser):
    with pytest.raises(RecogniserError, match="zzyzx"):
        recogniser.set_grammar(Grammar({"zzyzx": 1}))


def test_grammar_may_change_inside_an_utterance(recogniser, speak):
    recogniser.set_grammar(GRAMMAR)
    half = speak("hold longer")
    for _ in range(5):
        hear(recogniser, silence(0.3), half[: len(half) // 2])
        recogniser.partial()
        recogniser.set_grammar(Grammar({"next exercise": 1, "stop": 1}))
    heard = hear(recogniser, silence(0.7), speak("next exercise"), silence(1.2))
    assert [transcript.text for transcript in heard] == ["next exercise"]


def test_finish_gives_the_utterance_under_way_once(recogniser, speak):
    recogniser.set_grammar(GRAMMAR)
    assert not hear(recogniser, silence(0.5), speak("hold longer"))
    heard = recogniser.finish()
    assert heard is not None
    assert heard.text == "hold longer"
    assert recogniser.finish() is None


def test_reset_forgets_the_utterance_under_way(recogniser, speak):
    recogniser.set_grammar(GRAMMAR)
    hear(recogniser, silence(0.5), speak("stop"))
    recogniser.reset()
    assert recogniser.finish() is None
    heard = hear(recogniser, silence(0.5), speak("hold longer"), silence(1.2))
    assert [transcript.text for transcript in heard] == ["hold longer"]


def test_partial_grows_to_the_phrase(recogniser, speak):
    recogniser.set_grammar(GRAMMAR)
    assert recogniser.partial() == ""
    speech = np.concatenate([silence(0.3), speak("ten more seconds please")])
    partials = []
    for i in range(0, len(speech), 3200):
        recogniser.accept(speech[i : i + 3200])
        partials.append(recogniser.partial())
    assert partials[0] == ""
    assert any(p and "ten more seconds please".startswith(p) for p in partials)
    recogniser.reset()
    assert recogniser.partial() == ""


def test_thousands_of_phrases_are_taken_within_a_second(recogniser):
    words = ("stop", "go", "hold", "left", "right", "next", "more", "back", "start", "rest")
    phrases = {" ".join(chosen): 1 for chosen in product(words, words, words, words[:4])}
    begin_s = time.perf_counter()
    recogniser.set_grammar(Grammar(phrases))
    assert time.perf_counter() - begin_s < 1.0
