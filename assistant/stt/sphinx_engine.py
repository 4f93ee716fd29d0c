"""PocketSphinx as a recogniser: 134,000 words with no download, and weak at single words.

Its grammar search takes any sound for the nearest phrase. So each utterance is decoded twice: by
the grammar and by a free loop of phones. Where the loop explains the sound better than the
grammar by more than a threshold per frame, the transcript is "[unk]".
"""

import math
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.errors import RecogniserError
from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.endpoint import Endpointer, Utterance
from assistant.stt.phrases import serviceable
from assistant.stt.port import UNKNOWN, Grammar, Transcript, Word

PRONUNCIATIONS = {"glute": "G L UW T", "glutes": "G L UW T S"}
"""Words of floor exercise that the bundled dictionary lacks, in its phones."""

MIN_ADVANTAGE = -1.0
"""How well the grammar must explain the speech beside the phone loop, nats per frame of it.

The loop fits anything, so also a true phrase may score below it. Phrases of several words in
flite's voices lie between +0.9 and +3.2; of people there were too few to say."""

MIN_ADVANTAGE_ONE_WORD = -2.0
"""The same for a phrase of one word, which says too little to be told from others.

On recordings of people (197 of the six commands, 133 other words) every choice is a bad bargain:
-3: 68% right, 52% of other words accepted; -2: 57 and 26%; -1: 35 and 8%."""

MIN_GAP_FRAMES = 60
"""Stretches without a word from here on are looked at, 10 ms each: the search likes to pass half a
sentence off as silence, and the rest as a phrase. The endpointer allows no such pause in speech."""

MAX_GAP_LEVEL_DB = -8.0
"""A stretch louder than this beside the words is speech, not the noise of the room."""

_FRAMES_PER_S = 100
_FRAME_SAMPLES = SPEECH_RATE_HZ // _FRAMES_PER_S
_NATS = 1024
"""PocketSphinx keeps its senone scores shifted right by ten bits (SENSCR_SHIFT)."""

_GRAMMAR, _PHONES = "grammar", "phones"
_START, _END = 0, 1

_Way = tuple[int, float, str]
"""A way on from a state: the next one, how likely, and by which word; "" where a phrase ends."""


class SphinxRecogniser:
    """PocketSphinx with the model that its wheel brings.

    Raises RecogniserError where PocketSphinx cannot be loaded.
    """

    name = "sphinx"

    def __init__(self) -> None:
        sphinx = _load_library()
        # Digital silence has no logarithm; a fixed seed makes the dither repeatable. The best
        # path through the word lattice is worse than the search's own: of the six commands on
        # 158 recordings 67% right against 77%.
        self._decoder = sphinx.Decoder(
            lm=None, loglevel="FATAL", bestpath=False, dither=True, seed=1
        )
        self._decoder.add_allphone_file(_PHONES, sphinx.get_model_path("en-us/en-us-phone.lm.bin"))
        for word, phones in PRONUNCIATIONS.items():
            if not self.knows(word):
                self._decoder.add_word(word, phones, True)
        self._sphinx = sphinx
        self._endpointer = Endpointer(self._new_vad())
        self._has_grammar = False
        self._live_samples = 0
        # More than one only where a caller feeds several utterances at once.
        self._heard: deque[Transcript] = deque()

    def knows(self, word: str) -> bool:
        """Whether the dictionary has this word."""
        return self._decoder.lookup_word(word) is not None

    def phones(self, word: str) -> tuple[str, ...] | None:
        """The first pronunciation of a word in the dictionary's phones, or None."""
        found = self._decoder.lookup_word(word)
        return None if found is None else tuple(found.split())

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        """See `Recogniser.set_grammar`."""
        served, missing = serviceable(grammar, self.knows, place="PocketSphinx's grammar")
        self.reset()
        if self._has_grammar:
            self._decoder.activate_search(_PHONES)
            self._decoder.remove_search(_GRAMMAR)
        arcs = phrase_arcs(served)
        self._decoder.add_fsg(_GRAMMAR, self._decoder.create_fsg(_GRAMMAR, _START, _END, arcs))
        self._has_grammar = True
        return missing

    def accept(self, samples: Int16) -> Transcript | None:
        """See `Recogniser.accept`."""
        for utterance in self._endpointer.accept(samples):
            self._end_live()
            self._heard.append(self._decode(utterance))
        return self._heard.popleft() if self._heard else None

    def finish(self) -> Transcript | None:
        """See `Recogniser.finish`."""
        self._end_live()
        utterance = self._endpointer.finish()
        if utterance is not None:
            self._heard.append(self._decode(utterance))
        return self._heard.popleft() if self._heard else None

    def partial(self) -> str:
        """See `Recogniser.partial`. Costs a decoding of what is new; nothing where never asked."""
        if not self._endpointer.is_inside or not self._has_grammar:
            return ""
        samples = self._endpointer.so_far()
        if not self._live_samples:
            self._decoder.activate_search(_GRAMMAR)
            self._decoder.start_utt()
        self._decoder.process_raw(samples[self._live_samples :].tobytes())
        self._live_samples = len(samples)
        guess = self._decoder.hyp()
        return guess.hypstr if guess else ""

    def reset(self) -> None:
        """See `Recogniser.reset`."""
        self._end_live()
        self._endpointer.reset()
        # The detector's own hangover would take the silence after a cut word for speech.
        self._endpointer.is_speech = self._new_vad()
        self._heard.clear()

    def close(self) -> None:
        """See `Recogniser.close`."""
        del self._decoder

    def _new_vad(self) -> Callable[[bytes], bool]:
        vad: Any = self._sphinx.Vad(mode=self._sphinx.Vad.LOOSE)
        return lambda frame: bool(vad.is_speech(frame))

    def _end_live(self) -> None:
        if self._live_samples:
            self._decoder.end_utt()
            self._live_samples = 0

    def _decode(self, utterance: Utterance) -> Transcript:
        if utterance.is_cut or not self._has_grammar:
            return _unknown(utterance)
        best = self._search(_GRAMMAR, utterance.samples)
        if best is None or not best.words or best.leaves_speech_out(utterance.samples):
            return _unknown(utterance)
        speech_frames = sum(end - start + 1 for _, start, end in best.words)
        loop = self._search(_PHONES, utterance.samples)
        advantage = (best.nats - loop.nats) / speech_frames if loop else 0.0
        if advantage < (MIN_ADVANTAGE if len(best.words) > 1 else MIN_ADVANTAGE_ONE_WORD):
            return _unknown(utterance)
        confidence = 1 / (1 + math.exp(-advantage))
        words = tuple(
            Word(
                text=text,
                start_s=utterance.start_s + start / _FRAMES_PER_S,
                end_s=utterance.start_s + (end + 1) / _FRAMES_PER_S,
                confidence=confidence,
            )
            for text, start, end in best.words
        )
        return Transcript(
            text=" ".join(word.text for word in words),
            words=words,
            start_s=words[0].start_s,
            end_s=words[-1].end_s,
            confidence=confidence,
            engine=self.name,
        )

    def _search(self, search: str, samples: Int16) -> "_Path | None":
        self._decoder.activate_search(search)
        self._decoder.start_utt()
        # All at once: the cepstral mean is the utterance's own. Of the six commands on 158
        # recordings 77% right, against 66% with the running mean of a stream.
        self._decoder.process_raw(samples.tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        if found is None or found.score <= 0:
            return None
        words = tuple(
            (segment.word.partition("(")[0], segment.start_frame, segment.end_frame)
            for segment in self._decoder.seg()
            if segment.word[0].isalpha()
        )
        return _Path(math.log(found.score) * _NATS, words)


@dataclass(frozen=True, slots=True)
class _Path:
    """A decoding: its log likelihood, and each word with its first and last frame."""

    nats: float
    words: tuple[tuple[str, int, int], ...]

    def leaves_speech_out(self, samples: Int16) -> bool:
        """Whether a stretch without a word is long and nearly as loud as the words."""
        ends = [0, *(end + 1 for _, _, end in self.words)]
        starts = [*(start for _, start, _ in self.words), len(samples) // _FRAME_SAMPLES]
        words_power = _power(samples, starts[0], ends[-1])
        loud = words_power * 10 ** (MAX_GAP_LEVEL_DB / 10)
        return any(
            start - end >= MIN_GAP_FRAMES and _power(samples, end, start) > loud
            for end, start in zip(ends, starts, strict=True)
        )


def _power(samples: Int16, first_frame: int, end_frame: int) -> float:
    part = samples[first_frame * _FRAME_SAMPLES : end_frame * _FRAME_SAMPLES]
    return float(np.mean(np.square(part, dtype=np.float64))) if len(part) else 0.0


def phrase_arcs(
    phrases: Mapping[str, int],
) -> list[tuple[int, int, float, str] | tuple[int, int, float]]:
    """The arcs of a grammar in which phrases share their beginnings and their endings.

    An arc is (from, to, probability, word); without a word where a phrase ends. State 0 starts,
    state 1 ends. An arc is as likely as the weights of the phrases that pass it. States from which
    the same goes on, as likely, are one: the search looks at every state for each 10 ms of sound,
    whatever it prunes, and of 12,000 a tenth are left.
    """
    passing: dict[tuple[str, ...], int] = defaultdict(int)
    following: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for phrase, weight in phrases.items():
        words = tuple(phrase.split())
        for length in range(len(words) + 1):
            if length and words[:length] not in passing:
                following[words[: length - 1]].append(words[length - 1])
            passing[words[:length]] += weight
    states: dict[tuple[str, ...], int] = {}
    known: dict[frozenset[_Way], int] = {}
    arcs: list[tuple[int, int, float, str] | tuple[int, int, float]] = []
    # The longest first: where a beginning may lead is known before it.
    for begun in sorted(passing, key=len, reverse=True):
        whole = passing[begun]
        ways = [
            (states[(*begun, word)], passing[(*begun, word)] / whole, word)
            for word in following[begun]
        ]
        ended = phrases.get(" ".join(begun), 0)
        if ended:
            ways.append((_END, ended / whole, ""))
        signature = frozenset(ways)
        if begun and signature in known:
            states[begun] = known[signature]
            continue
        state = len(known) + 2 if begun else _START
        states[begun] = known[signature] = state
        for to, share, word in ways:
            arcs.append((state, to, share, word) if word else (state, to, share))
    return arcs


def _load_library() -> Any:
    try:
        import pocketsphinx  # noqa: PLC0415 - spared where another engine serves
    except (ImportError, OSError) as error:
        raise RecogniserError(
            f"PocketSphinx cannot be loaded ({error})",
            place="pocketsphinx",
            mend="Install it again: .venv/bin/pip install --force-reinstall pocketsphinx.",
        ) from error
    return pocketsphinx


def _unknown(utterance: Utterance) -> Transcript:
    start_s = utterance.start_s
    end_s = start_s + len(utterance.samples) / SPEECH_RATE_HZ
    word = Word(UNKNOWN, start_s, end_s, 0.0)
    return Transcript(UNKNOWN, (word,), start_s, end_s, 0.0, SphinxRecogniser.name)
