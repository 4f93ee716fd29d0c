"""Vosk as a recogniser: a small model whose graph is built anew for each grammar.

Vosk turns a grammar into a bigram over the phrases' words, so words recombine freely: whoever
reads a transcript must compare all of it with the phrases, never a part (see judge.py).
"""

import json
import math
import sys
from collections import deque
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from assistant.errors import ModelError, RecogniserError
from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.phrases import serviceable
from assistant.stt.port import UNKNOWN, Alternative, Grammar, Transcript, Word

FEED_SAMPLES = 1600
"""At most this many samples go in at once: Vosk tests for an utterance's end once per call."""

UNKNOWN_SHARE = 0.01
"""How often "[unk]" is listed, as a share of the summed weights of all phrases.

Chosen on recordings of 42 people with about 3,800 phrases, weights summing to 9,800. Right of 421
stop, yes, no, go, left and right, and 283 other words taken for a command (before MISHEARD):
0.5 and 1%: 84.8 and 9.2%; 2%: 84.3 and 8.8%; 4%: 82.9 and 8.8%."""

MIN_UNKNOWN = 4
"""Fewer than this and a grammar of a handful of phrases takes every noise for one of them."""

ALTERNATIVES = 10
"""How many texts a second hearing gives at most. Of 39 phrases in noise that were not understood
what was said was among them in 20, and first in 7."""

MISHEARD: Mapping[str, str] = MappingProxyType({"now": "no", "do": "two"})
"""Words that Vosk may decode alone, though no phrase is that word, and the phrase to take them for.

The bigram lets "now" stand alone where "stop now" is a phrase, and in the same recordings 17 of 70
"no" came out so. With this 88.8% of the six commands are right, 9.5% of other words accepted.
"two", an answer to how bad the pain is, came out as "do" in two of flite's four voices."""

_PARTS = ("am/final.mdl", "conf/model.conf", "graph")
_DYNAMIC_GRAPH = ("graph/HCLr.fst", "graph/Gr.fst")


class VoskRecogniser:
    """A Vosk model of the small kind, with a grammar set at run time.

    Raises ModelError where `model_dir` holds no usable model, RecogniserError where Vosk's
    library cannot be loaded or the model cannot take a grammar.
    """

    name = "vosk"

    def __init__(self, model_dir: Path) -> None:
        self._model: Any = _read_model(model_dir)
        self._unknown = [UNKNOWN] if self.knows(UNKNOWN) else []
        self._recogniser = self._made(self._unknown)
        # More than one only where a caller feeds several utterances at once.
        self._heard: deque[Transcript] = deque()
        self._respelled: Mapping[str, str] = {}
        self._fed_samples = self._fed_before = 0
        """In all, and before this grammar."""

    def second_hearing(self) -> "VoskSecondHearing":
        """Return what hears whole utterances once more, with the same model."""
        return VoskSecondHearing(self._model, self.knows, self._unknown)

    def knows(self, word: str) -> bool:
        """Whether the model has this word."""
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        """See `Recogniser.set_grammar`."""
        served, missing = serviceable(grammar, self.knows, place="Vosk's grammar")
        # Another one each time: vosk 0.3.45 never frees what SetGrammar replaces, 15 kB for sixty
        # phrases, and takes as long.
        self._recogniser = self._made(self._weighted(served))
        self._heard.clear()
        self._fed_before = self._fed_samples
        self._respelled = _respelled(served)
        return missing

    def accept(self, samples: Int16) -> Transcript | None:
        """See `Recogniser.accept`."""
        self._fed_samples += len(samples)
        for begin in range(0, len(samples), FEED_SAMPLES):
            if self._recogniser.AcceptWaveform(samples[begin : begin + FEED_SAMPLES].tobytes()):
                self._take(self._recogniser.Result())
        return self._heard.popleft() if self._heard else None

    def finish(self) -> Transcript | None:
        """See `Recogniser.finish`."""
        self._take(self._recogniser.FinalResult())
        return self._heard.popleft() if self._heard else None

    def partial(self) -> str:
        """See `Recogniser.partial`."""
        return str(json.loads(self._recogniser.PartialResult()).get("partial", ""))

    def reset(self) -> None:
        """See `Recogniser.reset`."""
        # Vosk's own Reset() lets the last 0.4 s before it into the next utterance.
        self._recogniser.FinalResult()
        self._heard.clear()

    def close(self) -> None:
        """See `Recogniser.close`."""
        del self._recogniser, self._model

    def _made(self, listed: list[str]) -> Any:
        """Vosk's recogniser for these phrases."""
        made = _recogniser(self._model, listed)
        made.SetWords(True)
        made.SetMaxAlternatives(0)  # above 0 Vosk leaves out the words' confidences
        return made

    def _take(self, result_json: str) -> None:
        heard = _transcript(result_json)
        if heard is None:
            return
        meant = self._respelled.get(heard.text)
        if meant is not None:
            word = replace(heard.words[0], text=meant)
            heard = replace(heard, text=meant, words=(word,))
        self._heard.append(heard.shifted(self._fed_before / SPEECH_RATE_HZ))

    def _weighted(self, phrases: Mapping[str, int]) -> list[str]:
        """Each phrase as often as its weight: Vosk counts, it takes no weights."""
        listed = [phrase for phrase, weight in phrases.items() for _ in range(weight)]
        return listed + self._unknown * max(MIN_UNKNOWN, math.ceil(len(listed) * UNKNOWN_SHARE))


class VoskSecondHearing:
    """A Vosk model that hears whole utterances, each among phrases of its own."""

    def __init__(self, model: Any, knows: Callable[[str], bool], unknown: Sequence[str]) -> None:
        """`knows` tells whether the model has a word, `unknown` is its word for speech that the
        phrases do not hold, if it has one."""
        self._model: Any = model
        self._knows = lru_cache(maxsize=None)(knows)
        self._unknown = unknown

    def alternatives(self, phrases: Sequence[str], utterance: Int16) -> Sequence[Alternative]:
        """See `SecondHearing.alternatives`."""
        # Vosk would leave out the word that it lacks, and hear what is left of the phrase.
        phrases = [phrase for phrase in phrases if all(map(self._knows, phrase.split()))]
        if not phrases:
            return []
        recogniser = _recogniser(self._model, [*phrases, *self._unknown])
        recogniser.SetMaxAlternatives(ALTERNATIVES)
        recogniser.AcceptWaveform(utterance.tobytes())
        found = [
            (one["confidence"], one["text"])
            for one in json.loads(recogniser.FinalResult())["alternatives"]
        ]
        found.sort(reverse=True)
        respelled = _respelled(phrases)
        return [
            Alternative(respelled.get(text, text), found[0][0] - nats)
            for nats, text in found
            if text
        ]

    def close(self) -> None:
        """See `SecondHearing.close`."""
        del self._model, self._knows


def _recogniser(model: Any, listed: Sequence[str]) -> Any:
    return _load_library().KaldiRecognizer(model, SPEECH_RATE_HZ, json.dumps(listed))


def _respelled(phrases: Container[str]) -> Mapping[str, str]:
    """What of `MISHEARD` applies where these are the phrases."""
    return {
        heard: meant
        for heard, meant in MISHEARD.items()
        if meant in phrases and heard not in phrases
    }


def _read_model(model_dir: Path) -> Any:
    check_model_dir(model_dir)
    vosk = _load_library()
    vosk.SetLogLevel(-1)
    try:
        # Never Model(lang=…): it downloads without a checksum and may call sys.exit.
        return vosk.Model(model_path=str(model_dir.resolve()))
    except Exception as error:  # vosk 0.3.45 raises Exception itself
        raise ModelError(
            f"Vosk cannot read this model ({error})",
            place=str(model_dir),
            mend="Remove the folder and fetch the model again: earshot models fetch.",
        ) from error


def check_model_dir(model_dir: Path) -> None:
    """Check that a folder holds a Vosk model which takes grammars.

    Raises ModelError where it is no model, RecogniserError where its graph is static.
    """
    absent = [part for part in _PARTS if not (model_dir / part).exists()]
    if absent:
        raise ModelError(
            f"no Vosk model here: {absent[0]} is missing",
            place=str(model_dir),
            mend="Name the folder that holds am, conf and graph.",
        )
    if not all((model_dir / part).is_file() for part in _DYNAMIC_GRAPH):
        raise RecogniserError(
            "this model's graph is static: Vosk would ignore the grammar and only warn",
            place=str(model_dir),
            mend="Use a small model, with graph/HCLr.fst and graph/Gr.fst.",
        )


def _load_library() -> Any:
    try:
        with _without_http_client():
            import vosk  # noqa: PLC0415 - 0.1 s, spared where another engine serves
    except (ImportError, OSError) as error:
        lacks_atomic = "libatomic" in str(error)
        raise RecogniserError(
            f"Vosk's library cannot be loaded ({error})",
            place="vosk",
            # libvosk.so for aarch64 needs libatomic.so.1, which the wheel does not bring.
            mend="Install it: sudo apt install libatomic1."
            if lacks_atomic
            else "Install it again: .venv/bin/pip install --force-reinstall vosk.",
        ) from error
    return vosk


@contextmanager
def _without_http_client() -> Iterator[None]:
    """Keep Vosk from loading `requests`, with which it could download models: nothing here asks it
    to, it takes three quarters of the import, and what hears people needs no HTTP client."""
    name = "requests"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = ModuleType(name)
    try:
        yield
    finally:
        del sys.modules[name]


def _transcript(result_json: str) -> Transcript | None:
    words = tuple(
        Word(
            text=word["word"],
            start_s=word["start"],
            end_s=word["end"],
            confidence=min(1.0, max(0.0, word["conf"])),
        )
        for word in json.loads(result_json).get("result", ())
    )
    if not words:
        return None
    return Transcript(
        text=" ".join(word.text for word in words),
        words=words,
        start_s=words[0].start_s,
        end_s=words[-1].end_s,
        confidence=min(word.confidence for word in words),
        engine=VoskRecogniser.name,
    )
