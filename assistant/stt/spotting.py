"""A recogniser joined with the spotter: at the end of each utterance both decide together."""

from collections import Counter, defaultdict, deque
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.nlu.kinds import OPEN
from assistant.sound import SPEECH_RATE_HZ, Float32, Int16
from assistant.stt.agreement import (
    LONGEST_KIND_S,
    LONGEST_WORD_S,
    Evidence,
    Thresholds,
    agree,
    likeliest_word,
    with_expectation,
)
from assistant.stt.enrolment import Voices
from assistant.stt.overlap import OTHER_PHRASES, Overlap, agree_over
from assistant.stt.port import (
    UNKNOWN,
    Alternative,
    Expectation,
    Grammar,
    Recogniser,
    SecondHearing,
    Transcript,
    Understanding,
    Word,
)
from assistant.stt.spotter import Spotter

KEPT_SAMPLES = 3 * SPEECH_RATE_HZ
"""How much of an utterance is kept, its end: while the coach talks, what is left of its voice may
stand before a command."""

BEFORE_SIGN_SAMPLES = SPEECH_RATE_HZ * 6 // 10
"""How much of an utterance counts from before a person was noticed over the coach: 0.6 s. The sign
takes up to 0.3 s; what comes before is the coach's."""

SAME_SAMPLES = SPEECH_RATE_HZ * 9 // 40
"""An utterance that has grown by so little since the spotter was asked has grown by silence:
0.22 s, seven of the gate's chunks. So it is looked at where a pause begins and before it is
refused; looked at once more between, it takes more other words and costs a fifth more."""

_EDGE_SHARE = 0.05
"""Where the recogniser heard nothing, a word is taken to lie between the moments at which 5 and
95% of the utterance's power have passed."""

_LEAST_S = 0.2

AROUND_S = 0.3
"""How much before and after the words that the recogniser heard is looked at with them, where the
whole utterance is too long."""

SURE_TO_HALT = 0.8
"""How likely a word that halts must be, 0 to 1, to be acted on before it is silent: speech that
fades may go on ("stop the breathing sounds"; "which side is this" was "wait" with 0.7 to 0.8)."""

AGAIN_FIRST, AGAIN_FROM = 5, 0.02
"""For so many kinds of phrases, and single words, the recogniser listens once more, each of them
at least so likely. On 90 phrases in noise the right kind was among the five likeliest in all but
4 of 32 that were missed, and in 12 of these the phrase was then understood."""


class SpottingRecogniser:
    """Asks the spotter about every utterance that the recogniser has heard, or failed to hear.

    Made to stand behind a voice activity gate: what it is fed is taken for speech. A text that
    the two agree on stands; where they do not, it is "[unk]".
    """

    def __init__(
        self,
        inner: Recogniser,
        spotter: Spotter,
        understanding: Understanding,
        *,
        voices: Voices | None = None,
        kinds: Spotter | None = None,
        again: SecondHearing | None = None,
        interruptions: Spotter | None = None,
    ) -> None:
        """Join them. `kinds` is the spotter of whole phrases, `interruptions` that of what
        interrupts the coach; `voices` are those that were taught; `again` listens once more for the
        likeliest phrases alone."""
        self.name = inner.name
        self._inner = inner
        self._spotter = spotter
        self._understanding = understanding
        self._kinds = kinds
        self._again = again
        self._phrases: Mapping[str, Sequence[str]] = {}
        """The phrases of several words, by kind."""
        self._words: Container[str] = ()
        """All that may be said; of what the spotter of words knows these are its words."""
        self._interruptions = interruptions
        self._phrase_of: Mapping[str, str] = {}
        self._interrupting: Mapping[str, str] = {}
        self._expected = Expectation()
        self._is_closed = False
        """Whether of the utterance under way nothing counts but a wake phrase and what follows."""
        self._overlap: Overlap | None = None
        self._person_at_samples = 0
        """When the person was noticed, in samples heard."""
        self._voices = voices
        self._audio: deque[Int16] = deque()
        self._kept_samples = 0
        self._heard_samples = 0
        self._seen: _Seen | None = None
        """What was found when the utterance was last looked at."""
        self._halting: tuple[str, float] | None = None
        """What surely halts in the utterance, and how surely."""

    def knows(self, word: str) -> bool:
        """See `Recogniser.knows`: the recogniser's own."""
        return self._inner.knows(word)

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        """See `Recogniser.set_grammar`."""
        self._forget()
        self._words = grammar.phrases.keys()
        by_kind = phrases_by_kind(grammar.phrases, self._understanding)
        several = {kind: [p for p in phrases if " " in p] for kind, phrases in by_kind.items()}
        self._phrases = {kind: phrases for kind, phrases in several.items() if phrases}
        self._phrase_of = {
            kind: self._plainest(phrases)
            for kind, phrases in self._phrases.items()
            if OPEN not in kind
        }
        self._interrupting = {**self._phrase_of, **self._interrupting_phrases(by_kind)}
        return self._inner.set_grammar(grammar)

    def attend(self, overlap: Overlap | None) -> None:
        """Learn, before each frame, whether a person is noticed while the coach talks.

        What was noticed within an utterance counts to its end.
        """
        if overlap is not None and self._overlap is None:
            self._person_at_samples = self._heard_samples
            self._seen = None
        if overlap is not None or not self._kept_samples:
            self._overlap = overlap

    def expect(self, expected: Expectation) -> None:
        """Learn what is likely to be said from now on."""
        if expected != self._expected:
            self._expected = expected
            self._seen = None
        if not (expected.is_closed and self._kept_samples):
            self._is_closed = expected.is_closed

    def accept(self, samples: Int16) -> Transcript | None:
        """See `Recogniser.accept`."""
        self._keep(samples)
        heard = self._inner.accept(samples)
        return None if heard is None else self._decided(heard)

    def finish(self) -> Transcript | None:
        """See `Recogniser.finish`."""
        return self._decided(self._inner.finish())

    def partial(self) -> str:
        """What both take the utterance for so far. Asked where it pauses: it takes 35 ms, and
        47 more where the recogniser listens once more.

        "" for what is not addressed to the coach where that is asked for: a room that talks pauses
        all the time, and its words need no quick answer.
        """
        heard = self._inner.partial()
        if not self._kept_samples:
            return heard
        if self._is_closed and not self._understanding.is_addressed(heard):
            return ""
        start_s, end_s = _loud_part(self._utterance(), 0.0)
        return self._agreed(self._evidence(heard, end_s - start_s))

    def halts(self) -> bool:
        """Whether the utterance so far is a word that halts, and surely: it is what `finish` then
        gives. Takes 35 ms. Never so over the coach's voice, where nothing is sure so soon."""
        if not self._kept_samples or self._is_closed or self._overlap is not None:
            return False
        start_s, end_s = _loud_part(self._utterance(), 0.0)
        if end_s - start_s > LONGEST_WORD_S:
            return False
        words = self._looked_at(end_s - start_s, self._utterance()).words
        word, certainty = likeliest_word(words, self._understanding)
        is_sure = certainty >= SURE_TO_HALT and self._understanding.is_urgent(word)
        if not is_sure or word in self._seldom or self._inner.partial() not in ("", UNKNOWN, word):
            return False
        self._halting = word, certainty
        return True

    def reset(self) -> None:
        """See `Recogniser.reset`."""
        self._inner.reset()
        self._forget()

    def close(self) -> None:
        """See `Recogniser.close`."""
        self._inner.close()
        if self._again is not None:
            self._again.close()

    def _keep(self, samples: Int16) -> None:
        if not len(samples):
            return
        self._halting = None
        self._heard_samples += len(samples)
        self._kept_samples += len(samples)
        self._audio.append(samples.copy())
        while self._kept_samples - len(self._audio[0]) >= KEPT_SAMPLES:
            self._kept_samples -= len(self._audio.popleft())

    def _forget(self) -> None:
        self._audio.clear()
        self._kept_samples = 0
        self._seen = self._halting = None
        self._overlap = None
        self._is_closed = self._expected.is_closed

    def _interrupting_phrases(self, by_kind: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
        """Return the plainest phrase of each kind that the head of interruptions knows."""
        known = () if self._interruptions is None else self._interruptions.words
        return {kind: self._plainest(by_kind[kind]) for kind in known if kind in by_kind}

    def _plainest(self, phrases: Sequence[str]) -> str:
        """Return the phrase that stands for its kind: the shortest of those that mean what most of
        them mean, so that "ouch" is no numb leg."""
        meanings = {phrase: self._understanding.meaning(phrase) for phrase in phrases}
        usual, _ = Counter(meanings.values()).most_common(1)[0]
        plain = (phrase for phrase in phrases if meanings[phrase] == usual)
        return min(plain, key=lambda phrase: (phrase.count(" "), len(phrase), phrase))

    def _utterance(self) -> Int16:
        return np.concatenate(self._audio)

    @property
    def _is_over(self) -> bool:
        """Whether a person talks over the coach, and a head knows what interrupts it."""
        return self._overlap is not None and self._interruptions is not None

    def _persons_part(self) -> Int16:
        """The utterance without what comes before a person who talks over the coach: that is the
        coach's, and may be the louder half."""
        utterance = self._utterance()
        if not self._is_over:
            return utterance
        begins_at = self._person_at_samples - BEFORE_SIGN_SAMPLES
        return utterance[max(0, begins_at - self._heard_samples + self._kept_samples) :]

    def _agreed(self, evidence: Evidence) -> str:
        if self._overlap is not None and evidence.interruptions:
            chosen = agree_over(evidence, self._overlap, self._understanding, self._interrupting)
            if chosen:
                return chosen
        thresholds = Thresholds() if self._overlap is None else OTHER_PHRASES
        if not self._understanding.woken_words(evidence.heard):
            thresholds = thresholds.in_talk(self._expected.talk_odds)
        return agree(
            evidence,
            self._understanding,
            self._phrase_of,
            self._seldom,
            thresholds,
            taught=self._taught,
        )

    @property
    def _taught(self) -> frozenset[str]:
        return frozenset() if self._voices is None else self._voices.words

    @property
    def _seldom(self) -> frozenset[str]:
        """The words that the spotter learnt from few people, and that the user has not taught."""
        return self._spotter.seldom - self._taught

    def _evidence(self, heard: str, duration_s: float) -> Evidence:
        if self._seen is None or self._heard_samples - self._seen.at_samples > SAME_SAMPLES:
            self._seen = self._looked_at(duration_s, self._persons_part())
        seen = self._seen
        again: Sequence[Alternative] = ()
        if not self._is_confirmed(heard, seen.kinds):
            if seen.again is None or seen.again_for != heard:
                seen.again, seen.again_for = self._heard_again(heard, seen), heard
            again = seen.again
        return Evidence(heard, duration_s, seen.words, seen.kinds, again, seen.interruptions)

    def _evidence_within(self, heard: Transcript, began_s: float) -> Evidence:
        """What is known of the part of an utterance in which the recogniser heard its words: noise
        before and after them may make it too long to be looked at whole."""
        first, last = (
            max(0, round((at_s - began_s) * SPEECH_RATE_HZ))
            for at_s in (heard.start_s - AROUND_S, heard.end_s + AROUND_S)
        )
        duration_s = heard.end_s - heard.start_s
        self._seen = self._looked_at(duration_s, self._utterance()[first:last])
        return self._evidence(heard.text, duration_s)

    def _is_confirmed(self, heard: str, kinds: Mapping[str, float]) -> bool:
        """Whether there is no need to ask again: the recogniser heard a phrase of the likeliest
        kind, or one with words of another engine's, which could not compete."""
        kind = self._understanding.kind(heard)
        if kind is None:
            return False
        is_likeliest = kinds.get(kind, 0.0) == max(kinds.values(), default=1.0)
        return is_likeliest or not all(map(self._inner.knows, heard.split()))

    def _heard_again(self, heard: str, seen: "_Seen") -> Sequence[Alternative]:
        """What is heard in the utterance if it is a word or phrase of the likeliest, or the phrase
        of several words that was heard at first."""
        if self._again is None:
            return ()
        kinds = _likeliest(seen.kinds, self._phrases)
        phrases = [phrase for kind in kinds for phrase in self._phrases[kind]]
        if not phrases:
            return ()
        phrases += _likeliest(seen.words, self._words)
        if " " in heard and self._understanding.kind(heard) not in (None, *kinds):
            phrases.append(heard)
        return self._again.alternatives(phrases, self._utterance())

    def _looked_at(self, duration_s: float, utterance: Int16) -> "_Seen":
        over: Mapping[str, float] = {}
        if (duration_s > LONGEST_KIND_S and not self._is_over) or not utterance.any():
            return _Seen(self._heard_samples, {}, {}, over)
        frames = self._spotter.encoder.frames(utterance)
        if self._is_over and self._interruptions is not None:
            over = self._interruptions.posteriors_of(frames)
        kinds = self._likeliest_kinds(frames)
        if duration_s > LONGEST_WORD_S:
            return _Seen(self._heard_samples, {}, kinds, over)
        words = self._spotter.posteriors_of(frames)
        if self._voices is not None and self._voices.known:
            words = self._voices.combined(words, frames)
        words = with_expectation(words, self._understanding.kind, self._expected)
        return _Seen(self._heard_samples, words, kinds, over)

    def _likeliest_kinds(self, frames: Float32) -> Mapping[str, float]:
        if self._kinds is None:
            return {}
        return with_expectation(
            self._kinds.posteriors_of(frames), lambda kind: kind, self._expected
        )

    def _decided(self, heard: Transcript | None) -> Transcript | None:
        if not self._kept_samples:
            return heard
        began_s = (self._heard_samples - self._kept_samples) / SPEECH_RATE_HZ
        text = "" if heard is None else heard.text
        start_s, end_s = _loud_part(self._utterance(), began_s)
        if heard is not None and heard.words:
            start_s, end_s = heard.start_s, heard.end_s
        if self._halting is not None:
            halting, certainty = self._halting
            self._forget()
            return _spotted(halting, certainty, start_s, end_s)
        evidence = self._evidence(text, end_s - start_s)
        was_too_long = self._kinds is not None and not evidence.kinds
        if heard is not None and was_too_long and self._understanding.kind(text):
            evidence = self._evidence_within(heard, began_s)
        chosen = self._agreed(evidence)
        certainty = self._certainty(chosen, evidence)
        self._forget()
        if heard is not None and chosen == text:
            return heard
        if not chosen:
            return None if heard is None else self._refused(heard)
        # Of a word that it took for another the recogniser may have heard but a piece.
        return _spotted(chosen, certainty, start_s, max(end_s, start_s + _LEAST_S))

    def _certainty(self, text: str, evidence: Evidence) -> float:
        """How likely a text is to the head that is surest of it."""
        meant, kind = self._understanding.meaning(text), self._understanding.kind(text) or ""
        alike = (
            share
            for word, share in evidence.words.items()
            if self._understanding.meaning(word) == meant
        )
        kinds, over = evidence.kinds, evidence.interruptions
        return max(sum(alike), kinds.get(kind, 0.0), over.get(kind, 0.0))

    def _refused(self, heard: Transcript) -> Transcript:
        """What is no phrase, without its words but for a wake phrase: who says that and then
        something unclear wants to be heard."""
        if not heard.text:
            return heard
        woken = heard.words[: self._understanding.woken_words(heard.text)]
        begin_s = woken[-1].end_s if woken else heard.start_s
        words = (*woken, Word(UNKNOWN, begin_s, heard.end_s, 0.0))
        text = " ".join(word.text for word in words)
        return Transcript(text, words, heard.start_s, heard.end_s, 0.0, "spotter")


def _spotted(text: str, certainty: float, start_s: float, end_s: float) -> Transcript:
    words = (Word(text, start_s, end_s, certainty),)
    return Transcript(text, words, start_s, end_s, certainty, "spotter")


@dataclass(slots=True)
class _Seen:
    """What the spotters found in an utterance, and how much had been heard by then."""

    at_samples: int
    words: Mapping[str, float]
    kinds: Mapping[str, float]
    interruptions: Mapping[str, float]
    again: Sequence[Alternative] | None = None
    """What was heard when it was asked again; None where it was not."""
    again_for: str = ""
    """What had been heard at first when it was asked again."""


def _likeliest(shares: Mapping[str, float], known: Container[str]) -> Sequence[str]:
    likely = [name for name in shares if shares[name] >= AGAIN_FROM and name in known]
    return sorted(likely, key=lambda name: -shares[name])[:AGAIN_FIRST]


def phrases_by_kind(
    phrases: Iterable[str], understanding: Understanding
) -> Mapping[str, Sequence[str]]:
    """Return the phrases of each kind."""
    found: dict[str, list[str]] = defaultdict(list)
    for phrase in phrases:
        kind = understanding.kind(phrase)
        if kind is not None:
            found[kind].append(phrase)
    return found


def _loud_part(utterance: Int16, began_s: float) -> tuple[float, float]:
    """Where the power of an utterance lies, seconds of the stream."""
    passed = np.cumsum(np.square(utterance.astype(np.float64)))
    edges = passed[-1] * np.array([_EDGE_SHARE, 1 - _EDGE_SHARE])
    first, last = np.searchsorted(passed, edges) / SPEECH_RATE_HZ
    # A clatter in the noise may hold most of the power: no word is shorter than this.
    return began_s + float(first), began_s + float(max(last, first + _LEAST_S))
