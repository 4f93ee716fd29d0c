"""A recogniser joined with the spotter: at the end of each utterance both decide together."""

from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np

from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.agreement import LONGEST_WORD_S, agree
from assistant.stt.enrolment import Voices
from assistant.stt.port import Grammar, Recogniser, Transcript, Word
from assistant.stt.spotter import Spotter

KEPT_SAMPLES = 3 * SPEECH_RATE_HZ
"""How much of an utterance is kept for the spotter: single words are much shorter."""

SAME_SAMPLES = SPEECH_RATE_HZ // 5
"""An utterance that has grown by so little since the spotter was asked has grown by silence."""

_EDGE_SHARE = 0.05
"""Where the recogniser heard nothing, a word is taken to lie between the moments at which 5 and
95% of the utterance's power have passed."""

_UNKNOWN = "[unk]"


class SpottingRecogniser:
    """Asks the spotter about every utterance that the recogniser has heard, or failed to hear.

    Made to stand behind a voice activity gate: what it is fed is taken for speech. A text that
    the two agree on stands; where they do not, it is "[unk]".
    """

    def __init__(
        self,
        inner: Recogniser,
        spotter: Spotter,
        meaning: Callable[[str], Hashable | None],
        voices: Voices | None = None,
    ) -> None:
        """Join the two. `meaning` gives what a phrase means, None where it is no phrase; `voices`
        are those that were taught."""
        self.name = inner.name
        self._inner = inner
        self._spotter = spotter
        self._meaning = meaning
        self._voices = voices
        self._audio: deque[Int16] = deque()
        self._kept_samples = 0
        self._heard_samples = 0
        self._answer: tuple[int, Mapping[str, float]] | None = None
        """How much had been heard when the spotter was last asked, and what it said."""

    def knows(self, word: str) -> bool:
        """See `Recogniser.knows`: the recogniser's own."""
        return self._inner.knows(word)

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
        """What both take the utterance for so far. Asked where it pauses: it takes 20 ms."""
        heard = self._inner.partial()
        if not self._kept_samples:
            return heard
        start_s, end_s = _loud_part(self._utterance(), 0.0)
        return agree(heard, end_s - start_s, self._posteriors(), self._meaning)

    def reset(self) -> None:
        """See `Recogniser.reset`."""
        self._inner.reset()
        self._forget()

    def close(self) -> None:
        """See `Recogniser.close`."""
        self._inner.close()

    def _keep(self, samples: Int16) -> None:
        if not len(samples):
            return
        self._heard_samples += len(samples)
        self._kept_samples += len(samples)
        self._audio.append(samples.copy())
        while self._kept_samples - len(self._audio[0]) >= KEPT_SAMPLES:
            self._kept_samples -= len(self._audio.popleft())

    def _forget(self) -> None:
        self._audio.clear()
        self._kept_samples = 0
        self._answer = None

    def _utterance(self) -> Int16:
        return np.concatenate(self._audio)

    def _posteriors(self) -> Mapping[str, float]:
        if self._answer is None or self._heard_samples - self._answer[0] > SAME_SAMPLES:
            self._answer = self._heard_samples, self._asked(self._utterance())
        return self._answer[1]

    def _asked(self, utterance: Int16) -> Mapping[str, float]:
        if self._voices is None or not self._voices.known or not utterance.any():
            return self._spotter.posteriors(utterance)
        frames = self._spotter.encoder.frames(utterance)
        return self._voices.combined(self._spotter.posteriors_of(frames), frames)

    def _decided(self, heard: Transcript | None) -> Transcript | None:
        if not self._kept_samples:
            return heard
        began_s = (self._heard_samples - self._kept_samples) / SPEECH_RATE_HZ
        text = "" if heard is None else heard.text
        start_s, end_s = _loud_part(self._utterance(), began_s)
        if heard is not None and heard.words:
            start_s, end_s = heard.start_s, heard.end_s
        is_phrase = " " in text and self._meaning(text) is not None
        if end_s - start_s > LONGEST_WORD_S and not is_phrase:
            posteriors: Mapping[str, float] = {}  # too long for a word: the spotter is not asked
        else:
            posteriors = self._posteriors()
        self._forget()
        chosen = agree(text, end_s - start_s, posteriors, self._meaning)
        if heard is not None and chosen == text:
            return heard
        if not chosen:
            if not text:
                return heard
            chosen = _UNKNOWN
        certainty = posteriors.get(chosen, 0.0)
        words = (Word(chosen, start_s, end_s, certainty),)
        return Transcript(chosen, words, start_s, end_s, certainty, "spotter")


def _loud_part(utterance: Int16, began_s: float) -> tuple[float, float]:
    """Where the power of an utterance lies, seconds of the stream."""
    passed = np.cumsum(np.square(utterance.astype(np.float64)))
    edges = passed[-1] * np.array([_EDGE_SHARE, 1 - _EDGE_SHARE])
    first, last = np.searchsorted(passed, edges) / SPEECH_RATE_HZ
    return began_s + float(first), began_s + float(last)
