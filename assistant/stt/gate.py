"""Voice activity before a recogniser: silence costs next to nothing, and a pause ends a command.

Nothing but what may be speech is heard by the recogniser behind. How long a pause must be depends
on what was said: least for what halts, more for a phrase that begins a longer one, most for what
is no phrase yet.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.activity import CHUNK_SAMPLES, VoiceActivity
from assistant.stt.overlap import Overlap
from assistant.stt.port import Expectation, Grammar, Recogniser, Transcript, Understanding

OPENS_AT = 0.1
KEEPS_OPEN_AT = 0.4
"""How likely speech must be, 0 to 1, to open the gate and to keep it open. It opens on little:
words in noise are often unclear, and what is unclear has to be sure (below)."""

CLEAR_AT = 0.7
SURE_AT = 0.55
"""An utterance in which speech was never so likely as the first counts only where its words are as
sure as the second: what clatters in a kitchen opens the gate too. On
every second recording of `tune` at 10 dB, 0.1 and 0.7 accepted 8 of 168 other words, 0.25 and 0.6
accepted 11; 190 of 211 commands were right with either."""

PREROLL_CHUNKS = 13
"""Audio that is heard where the gate opens, the chunk that opens it with it: 0.42 s. The first
consonant lies there, and the decoder wants a moment of the room."""

TAIL_CHUNKS = 4
"""How much of the silence after speech belongs to it: 0.13 s, a last "s" or "p". What follows is
heard again if the next utterance comes soon."""

PAUSE_URGENT_S = 0.1
"""Silence that ends what halts: nothing that may follow "stop" makes stopping wrong."""

FADES_BELOW, FADES_CHUNKS = 0.9, 4
"""Speech that gets less likely with each of so many chunks, all below this, fades: in a room it
takes up to 0.3 s from the end of a word until it is silence. Then what halts is asked for."""

PAUSE_FINAL_S = 0.16
"""Silence that ends an utterance which is a phrase and begins no longer one."""

PAUSE_PHRASE_S = 0.22
"""Silence that ends a phrase which begins longer ones, of the same meaning or few of another."""

PAUSE_OPEN_S = 0.32
"""Silence that ends a phrase which begins many longer ones of another meaning, such as "go": inside
3,731 fluent phrases by the training's synthetic voices Silero's detector, as used here, found
silences of 0.26 s in 2 and none of 0.32 s, in quiet and in made-up rooms (by a scratch program)."""

OPEN_FROM = 30
"""How many longer phrases of another meaning make a beginning an open one."""

PAUSE_OTHER_S = 0.54
"""Silence that ends any other: the rest of a phrase may follow."""


def chunks(length_s: float) -> int:
    """Length in chunks of the detector."""
    return round(length_s * SPEECH_RATE_HZ / CHUNK_SAMPLES)


_ASKED_AT = frozenset(map(chunks, (PAUSE_URGENT_S, PAUSE_FINAL_S, PAUSE_PHRASE_S, PAUSE_OPEN_S)))
"""Moments of a pause at which the recogniser is asked what was said: the answer costs."""


class Activity(Protocol):
    """What the gate needs of a detector of voice."""

    def probability(self, chunk: Int16) -> float:
        """How likely a chunk of 512 samples is speech, 0 to 1."""

    def reset(self) -> None:
        """Forget what was heard."""


class GatedRecogniser:
    """A recogniser that hears only what may be speech; times stay those of the whole audio.

    Where the gate closes the utterance under way is finished at once.
    """

    def __init__(
        self,
        inner: Recogniser,
        activity: Activity | None = None,
        understanding: Understanding | None = None,
        *,
        attend: Callable[[Overlap | None], None] = lambda _overlap: None,
        expect: Callable[[Expectation], None] = lambda _expected: None,
        halts: Callable[[], bool] = lambda: False,
    ) -> None:
        """Wrap a recogniser, for phrases that mean what `understanding` tells; `attend` is how it
        learns of a person who talks over the coach, `expect` of what is likely to be said; `halts`
        tells whether what was said is sure to halt, though speech only fades."""
        self.name = inner.name
        self.attend = attend
        """Learn, before each frame, whether a person is noticed while the coach talks."""
        self.expect = expect
        """Learn what is likely to be said from now on."""
        self._halts = halts
        self._inner = inner
        self._activity = activity or VoiceActivity()
        self._understanding = understanding or Understanding()
        self._rest: Int16 = np.zeros(0, np.int16)
        self._watched: Int16 = np.zeros(0, np.int16)
        self._heard_samples = 0
        self._fed_samples = 0
        self._shift_s = 0.0
        self._is_open = False
        self._silent_chunks = 0
        self._fading_chunks = 0
        self._probability = 0.0
        """How likely the chunk before was speech."""
        self._clearest = 0.0
        """Highest probability of speech in the utterance under way."""
        self._before: deque[Int16] = deque(maxlen=PREROLL_CHUNKS)
        self._ready: deque[Transcript] = deque()
        self._pauses_s: Mapping[str, float] = {}

    @property
    def is_open(self) -> bool:
        """Whether the recogniser hears what comes."""
        return self._is_open

    def knows(self, word: str) -> bool:
        """See `Recogniser.knows`."""
        return self._inner.knows(word)

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        """See `Recogniser.set_grammar`."""
        missing = self._inner.set_grammar(grammar)
        self._forget()
        self._pauses_s = pauses_s(grammar.phrases, self._understanding)
        return missing

    def accept(self, samples: Int16, watched: Int16 | None = None) -> Transcript | None:
        """See `Recogniser.accept`. `watched`, of the same length, is where voice is looked for in
        place of the samples."""
        heard = np.concatenate([self._rest, samples])
        seen = np.concatenate([self._watched, samples if watched is None else watched])
        whole = len(heard) - len(heard) % CHUNK_SAMPLES
        self._rest, self._watched = heard[whole:], seen[whole:]
        for start in range(0, whole, CHUNK_SAMPLES):
            end = start + CHUNK_SAMPLES
            self._hear(heard[start:end], seen[start:end])
        return self._ready.popleft() if self._ready else None

    def finish(self) -> Transcript | None:
        """See `Recogniser.finish`."""
        self._heard_samples += len(self._rest)
        if self._is_open:
            self._feed(self._rest)
            self._close()
        self._rest = self._watched = self._rest[:0]
        return self._ready.popleft() if self._ready else None

    def partial(self) -> str:
        """See `Recogniser.partial`."""
        return self._inner.partial() if self._is_open else ""

    def reset(self) -> None:
        """See `Recogniser.reset`."""
        self._inner.reset()
        self._activity.reset()
        self._probability = 0.0
        self._ready.clear()
        self._forget()

    def close(self) -> None:
        """See `Recogniser.close`."""
        self._inner.close()

    def _forget(self) -> None:
        self._heard_samples += len(self._rest)
        self._rest = self._watched = self._rest[:0]
        self._shut()

    def _shut(self) -> None:
        self._is_open = False
        self._silent_chunks = self._fading_chunks = 0
        self._before.clear()

    def _hear(self, chunk: Int16, watched: Int16) -> None:
        probability, before = self._activity.probability(watched), self._probability
        self._probability = probability
        self._heard_samples += len(chunk)
        if not self._is_open:
            self._before.append(chunk)
            fades = before > probability and probability < FADES_BELOW
            if probability >= OPENS_AT and not fades:
                self._clearest = probability
                self._open()
            return
        self._clearest = max(self._clearest, probability)
        if probability >= FADES_BELOW:
            self._fading_chunks = 0
        else:
            self._fading_chunks = 1 + self._fading_chunks if probability < before else 1
        self._feed(chunk)
        if probability >= KEEPS_OPEN_AT:
            self._silent_chunks = 0
            self._before.clear()
        else:
            self._silent_chunks += 1
            if self._silent_chunks > TAIL_CHUNKS:
                self._before.append(chunk)
        if self._has_ended():
            self._close()

    def _open(self) -> None:
        before = np.concatenate(self._before)
        begins_at_samples = self._heard_samples - len(before)
        self._shift_s = (begins_at_samples - self._fed_samples) / SPEECH_RATE_HZ
        self._before.clear()
        self._is_open = True
        self._silent_chunks = 0
        self._feed(before)

    def _feed(self, samples: Int16) -> None:
        self._fed_samples += len(samples)
        transcript = self._inner.accept(samples)
        while transcript is not None:
            self._take(transcript)
            transcript = self._inner.accept(samples[:0])

    def _take(self, transcript: Transcript) -> None:
        if self._clearest >= CLEAR_AT or transcript.confidence >= SURE_AT:
            self._ready.append(transcript.shifted(self._shift_s))

    def _has_ended(self) -> bool:
        silent = self._silent_chunks
        if silent >= chunks(PAUSE_OTHER_S):
            return True
        if self._fading_chunks == FADES_CHUNKS and self._halts():
            return True
        if silent not in _ASKED_AT:
            return False
        said = self._inner.partial()
        return said in self._pauses_s and silent >= chunks(self._pauses_s[said])

    def _close(self) -> None:
        transcript = self._inner.finish()
        if transcript is not None:
            self._take(transcript)
        before = list(self._before)
        self._shut()
        self._before.extend(before)


def pauses_s(phrases: Iterable[str], understanding: Understanding) -> Mapping[str, float]:
    """Return how much silence ends each phrase, seconds."""
    known = frozenset(phrases)
    longer, others = Counter[str](), Counter[str]()
    meaning = {phrase: understanding.meaning(phrase) for phrase in known}
    for phrase in known:
        end = phrase.find(" ")
        while end >= 0:
            beginning = phrase[:end]
            if beginning in known:
                longer[beginning] += 1
                others[beginning] += meaning[beginning] != meaning[phrase]
            end = phrase.find(" ", end + 1)

    def pause_s(phrase: str) -> float:
        if understanding.is_urgent(phrase):
            return PAUSE_URGENT_S
        if others[phrase] >= OPEN_FROM:
            return PAUSE_OPEN_S
        return PAUSE_PHRASE_S if longer[phrase] else PAUSE_FINAL_S

    return {phrase: pause_s(phrase) for phrase in known}
