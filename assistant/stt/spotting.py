"""A recogniser joined with the spotter: at the end of each utterance both decide together."""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.agreement import agree
from assistant.stt.port import Grammar, Recogniser, Transcript, Word
from assistant.stt.spotter import Spotter

KEPT_SAMPLES = 4 * SPEECH_RATE_HZ
"""How much of an utterance is kept for the spotter: single words are much shorter."""

EDGE_SHARE = 0.05
"""Where the recogniser heard nothing, a word is taken to lie between the moments at which 5 and
95% of the utterance's power have passed."""


class SpottingRecogniser:
    """Asks the spotter about every utterance that the recogniser has heard, or failed to hear.

    Made to stand behind a voice activity gate: what it is fed is taken for speech. A text that
    the two agree on stands; where they do not, it is "[unk]".
    """

    def __init__(
        self,
        inner: Recogniser,
        spotter: Spotter,
        meaning: Callable[[str], object | None],
    ) -> None:
        """Join the two. `meaning` gives what a phrase means, None where it is no phrase."""
        self.name = inner.name
        self._inner = inner
        self._spotter = spotter
        self._meaning = meaning
        self._audio: deque[Int16] = deque()
        self._kept_samples = 0
        self._heard_samples = 0

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        """See `Recogniser.set_grammar`."""
        self._forget()
        return self._inner.set_grammar(grammar)

    def accept(self, samples: Int16) -> Transcript | None:
        """See `Recogniser.accept`."""
        self._keep(samples)
        heard = self._inner.accept(samples)
        return None if heard is None else self._decided(heard)

    def finish(self) -> Transcript | None:
        """See `Recogniser.finish`."""
        return self._decided(self._inner.finish())

    def partial(self) -> str:
        """See `Recogniser.partial`: the recogniser's own."""
        return self._inner.partial()

    def reset(self) -> None:
        """See `Recogniser.reset`."""
        self._inner.reset()
        self._forget()

    def close(self) -> None:
        """See `Recogniser.close`."""
        self._inner.close()
        self._spotter.close()

    def _keep(self, samples: Int16) -> None:
        self._heard_samples += len(samples)
        self._kept_samples += len(samples)
        self._audio.append(samples.copy())
        while self._kept_samples - len(self._audio[0]) >= KEPT_SAMPLES:
            self._kept_samples -= len(self._audio.popleft())

    def _forget(self) -> None:
        self._audio.clear()
        self._kept_samples = 0

    def _decided(self, heard: Transcript | None) -> Transcript | None:
        if not self._kept_samples:
            return heard
        utterance = np.concatenate(self._audio)
        began_s = (self._heard_samples - self._kept_samples) / SPEECH_RATE_HZ
        self._forget()
        text = "" if heard is None else heard.text
        start_s, end_s = _loud_part(utterance, began_s)
        if heard is not None and heard.words:
            start_s, end_s = heard.start_s, heard.end_s
        posteriors = self._spotter.posteriors(utterance)
        chosen = agree(text, end_s - start_s, posteriors, self._meaning)
        if heard is not None and chosen == text:
            return heard
        if not chosen:
            if not text:
                return heard
            chosen = "[unk]"
        certainty = posteriors.get(chosen, 0.0)
        words = (Word(chosen, start_s, end_s, certainty),)
        return Transcript(chosen, words, start_s, end_s, certainty, "spotter")


def _loud_part(utterance: Int16, began_s: float) -> tuple[float, float]:
    """Where the power of an utterance lies, seconds of the stream."""
    passed = np.cumsum(np.square(utterance.astype(np.float64)))
    edges = passed[-1] * np.array([EDGE_SHARE, 1 - EDGE_SHARE])
    first, last = np.searchsorted(passed, edges) / SPEECH_RATE_HZ
    return began_s + float(first), began_s + float(last)
