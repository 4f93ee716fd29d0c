"""Two recognisers as one: a second engine for the phrases that the main model's words lack."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.phrases import NoPhraseLeftError
from assistant.stt.port import Grammar, Recogniser, Transcript

KEPT_S = 8.0
"""How much of an utterance's audio is kept for the other engine, seconds."""

_KEPT_SAMPLES = int(KEPT_S * SPEECH_RATE_HZ)


class FallbackRecogniser:
    """Serves what it can by the main engine, and the rest by another on the same audio.

    Where the main engine's transcript is no phrase of its own, the utterance's audio goes to the
    other engine, whose grammar holds only the phrases that the main model lacks words for.
    `make_other` is called when there is such a phrase for the first time, never otherwise.
    """

    def __init__(self, main: Recogniser, make_other: Callable[[], Recogniser]) -> None:
        self.name = main.name
        self._main = main
        self._make_other = make_other
        self._other: Recogniser | None = None
        self._main_phrases: frozenset[str] = frozenset()
        self._other_phrases: frozenset[str] = frozenset()
        self._audio: deque[Int16] = deque()
        self._audio_samples = 0
        self._heard_samples = 0
        self._other_heard_samples = 0

    def knows(self, word: str) -> bool:
        """See `Recogniser.knows`."""
        return self._main.knows(word)

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        """See `Recogniser.set_grammar`; the words returned are those that no engine has."""
        self._forget()
        unserved = _set_grammar(self._main, grammar.phrases)
        self._main_phrases = frozenset(grammar.phrases.keys() - unserved.phrases.keys())
        self._other_phrases = frozenset()
        if unserved.phrases:
            if self._other is None:
                self._other = self._make_other()
            lost = _set_grammar(self._other, unserved.phrases)
            self._other_phrases = frozenset(unserved.phrases.keys() - lost.phrases.keys())
            # A word of a lost phrase may be one that the main engine has: not missing anywhere.
            unserved = _Unserved(lost.phrases, lost.words & unserved.words)
        if not self._main_phrases and not self._other_phrases:
            raise NoPhraseLeftError(sorted(unserved.words), place="both engines' grammar")
        return sorted(unserved.words)

    def accept(self, samples: Int16) -> Transcript | None:
        """See `Recogniser.accept`."""
        self._heard_samples += len(samples)
        if self._other_phrases:
            self._keep(samples)
        heard = self._main.accept(samples)
        return self._second_opinion(heard) if heard is not None else None

    def finish(self) -> Transcript | None:
        """See `Recogniser.finish`."""
        heard = self._main.finish()
        if heard is None:
            self._forget()
            return None
        return self._second_opinion(heard)

    def partial(self) -> str:
        """See `Recogniser.partial`: the main engine's."""
        return self._main.partial()

    def reset(self) -> None:
        """See `Recogniser.reset`."""
        self._main.reset()
        self._forget()

    def close(self) -> None:
        """See `Recogniser.close`."""
        self._main.close()
        if self._other is not None:
            self._other.close()

    def _keep(self, samples: Int16) -> None:
        self._audio.append(samples.copy())
        self._audio_samples += len(samples)
        while self._audio_samples - len(self._audio[0]) >= _KEPT_SAMPLES:
            self._audio_samples -= len(self._audio.popleft())

    def _forget(self) -> None:
        self._audio.clear()
        self._audio_samples = 0

    def _second_opinion(self, heard: Transcript) -> Transcript:
        other, kept = self._other, list(self._audio)
        starts_at_samples = self._heard_samples - self._audio_samples
        self._forget()
        if other is None or not kept or heard.text in self._main_phrases:
            return heard
        shift_s = (starts_at_samples - self._other_heard_samples) / SPEECH_RATE_HZ
        samples = np.concatenate(kept)
        self._other_heard_samples += len(samples)
        found = [t for t in _all_heard(other, samples) if t.text in self._other_phrases]
        return found[-1].shifted(shift_s) if found else heard


@dataclass(frozen=True, slots=True)
class _Unserved:
    """The phrases that an engine cannot serve, and the words that it lacks."""

    phrases: Mapping[str, int]
    words: frozenset[str]


def _set_grammar(engine: Recogniser, phrases: Mapping[str, int]) -> _Unserved:
    try:
        missing = frozenset(engine.set_grammar(Grammar(phrases)))
    except NoPhraseLeftError as error:
        return _Unserved(phrases, frozenset(error.missing))
    unserved = {p: weight for p, weight in phrases.items() if not missing.isdisjoint(p.split())}
    return _Unserved(unserved, missing)


def _all_heard(engine: Recogniser, samples: Int16) -> Iterator[Transcript]:
    """Every utterance in a piece of audio."""
    engine.reset()
    heard = engine.accept(samples)
    while heard is not None:
        yield heard
        heard = engine.accept(samples[:0])
    last = engine.finish()
    if last is not None:
        yield last
