"""How the recogniser's transcript and the spotters' posteriors make one decision.

They err apart. Vosk knows every phrase but takes near words for commands, and in noise it hears
little. One spotter knows single words and tells them from others; the other knows what kind a
phrase is, but not the number or the movement in it. So the first decides about single words, Vosk
about phrases; each needs less where another heard the same.
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from assistant.nlu.kinds import intent_of, is_naming
from assistant.stt.port import Alternative, Expectation, Understanding

LONGEST_WORD_S = 1.3
"""Speech that lasts longer is no single word."""

LONG_WORD_S = 1.0
"""Speech that lasts longer seldom is one."""

LONGEST_KIND_S = 1.8
"""Speech that lasts longer does not fit into what the spotter of phrases looks at."""

LIKELY, UNLIKELY = 2.0, 1 / 3
"""How many times as likely what is expected is, and what makes no sense, as in training, where each
word was as frequent as the next. Ours: far less than the questions deserve, since people are heard
who were not asked."""


BEHIND_WEIGHT = 0.5
"""How much a nat counts by which Vosk finds a phrase less likely than another text. Its words
recombine, so that "start the right" may come before "start on the right"; from 0.4 to 0.6 the same
phrases in noise are understood, but for eight of 1,800."""

SLOWEST_S_A_WORD = 0.8
"""A phrase too long for the heads is not believed where its words last longer than so: of 1,800 in
noise none lasted longer than 0.66, "little slower" in other people's talk 1.13."""

YES_OR_NO = ("yes", "no")
"""Kinds of phrases, which need more where the kind alone tells (`Thresholds.kind_answer`)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an utterance."""

    heard: str
    """Vosk's whole transcript, "" for nothing."""
    duration_s: float
    """Length of its speech."""
    words: Mapping[str, float]
    """How likely each single word is, and none of them; empty where it was not asked."""
    kinds: Mapping[str, float] = field(default_factory=dict)
    """How likely each kind of phrase is, and none of them; likewise."""
    again: Sequence[Alternative] = ()
    """What Vosk heard when it listened once more, for phrases of the likeliest kinds and the one it
    had heard alone, the likeliest first; none also where it was not asked to."""
    interruptions: Mapping[str, float] = field(default_factory=dict)
    """How likely each kind is that interrupts the coach, and none of them (`stt/overlap.py`)."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How likely a word or phrase must be, 0 to 1, by what Vosk heard."""

    agreed: float = 0.15
    """Vosk heard the same word, or one that means the same."""
    agreed_again: float = 0.3
    """Vosk heard it only among the likeliest words and phrases: of what was left of the coach's
    line when the microphone was pulled it made "no"."""
    unheard: float = 0.33
    """Vosk heard nothing, or speech that is no phrase."""
    against: float = 0.3
    """Vosk heard another word."""
    urgent: float = 0.25
    """The most that is asked of a word that halts, and that many people said, where Vosk heard
    speech: to halt for nothing costs least."""
    urgent_unheard: float = 0.42
    """The same where Vosk heard nothing, as in what clatters: a kitchen's noise gave "stop" 0.39
    two minutes apart."""
    seldom: float = 0.85
    """In place of `unheard` and `against` for words that the spotter learnt from few people: other
    people's talk, played 6% faster, had "dizzy" 0.81."""
    long: float = 0.6
    """At least this for what lasted longer than `LONG_WORD_S` and does not halt: "who left the door
    open" gave "left" 0.57."""
    seldom_agreed: float = 0.4
    """In place of `agreed` for them, where Vosk heard it among all phrases: among the likeliest
    alone it takes other people's words for "dizzy"."""
    taught: float = 0.3
    """In place of `unheard` and `against` for words that the user has taught, where it is less."""
    over_phrase: float = 0.9
    """Vosk heard a phrase of several words."""
    foreign: float = 0.5
    """How sure the spotter may be of words of its own, all together, where Vosk heard a word that
    the spotter does not know, such as one of the user's own: above it Vosk is not believed."""
    kind_heard: float = 0.15
    """Vosk heard a phrase of this kind, at first or when it listened once more; less what it is
    behind (`BEHIND_WEIGHT`). "Five reps" for "which side is this" had 0.001, "little quieter" in
    other people's talk 0.14."""
    kind_urgent: float = 0.05
    """In its place where Vosk heard it at first, and it halts."""
    kind_addressed: float = 0.02
    """The same where it begins with a wake phrase and Vosk heard it twice: the heads heard few of
    these, and "hey coach, help" was 0.026 of its kind, what was never said mostly below 0.01."""
    kind_untrained: float = 0.35
    """How likely it must be that it is a phrase at all, where Vosk heard one that the heads were
    not trained on, such as the name of a movement of the user's own, which had 0.36 at least in
    nine of ten; "bird dog" in other people's talk had 0.33."""
    kind_alone: float = 0.45
    """Vosk heard something else."""
    over_kind: float = 0.4
    """A word that Vosk heard too and that is so likely stands where a kind of phrases is likely
    alone: "left" was 0.72, and "end it" by its kind."""
    kind_answer: float = 0.75
    """In place of `kind_alone` for yes and no: mostly single words, which another head knows. The
    coach's own "I cannot" was a "no" of 0.67 when the microphone was pulled."""
    kind_share: float = 0.2
    """A phrase that Vosk heard is of a kind at least so likely, as a share of the likeliest."""

    def for_long(self) -> "Thresholds":
        """Return those for speech that lasted longer than `LONG_WORD_S`."""
        unheard, against = max(self.unheard, self.long), max(self.against, self.long)
        return replace(self, unheard=unheard, against=against)

    def in_talk(self, odds: float) -> "Thresholds":
        """Return those for a room where a command is `odds` times less likely, since it talks: what
        halts needs hardly more."""
        if odds == 1.0:
            return self
        raised = {name: _at_odds(getattr(self, name), odds) for name in _RAISED_IN_TALK}
        return replace(self, **raised)


_RAISED_IN_TALK = frozenset(threshold.name for threshold in fields(Thresholds)) - {
    "urgent",
    "urgent_unheard",
    "kind_urgent",
    "kind_addressed",
    "kind_share",
    "foreign",  # the other way round: how sure of something else one may be
}


def _at_odds(share: float, odds: float) -> float:
    """How likely something must be for what `share` was enough for, `odds` times less likely."""
    return odds * share / (1.0 - share + odds * share)


def with_expectation(
    posteriors: Mapping[str, float],
    kind_of: Callable[[str], str | None],
    expected: Expectation,
) -> Mapping[str, float]:
    """Return posteriors of words or phrases in the light of what is expected.

    `kind_of` gives the kind of each, None for one that is no phrase, such as none of them.
    """
    shares = {name: share * _weight(kind_of(name), expected) for name, share in posteriors.items()}
    whole = sum(shares.values())
    return {name: share / whole for name, share in shares.items()} if whole > 0.0 else posteriors


def _weight(kind: str | None, expected: Expectation) -> float:
    intent = "" if kind is None else intent_of(kind)
    if intent in expected.likely:
        return LIKELY
    return UNLIKELY if intent in expected.unlikely else 1.0


def agree(
    evidence: Evidence,
    understanding: Understanding,
    phrase_of: Mapping[str, str] = {},
    seldom: frozenset[str] = frozenset(),
    thresholds: Thresholds = Thresholds(),
    *,
    taught: frozenset[str] = frozenset(),
) -> str:
    """Return the phrase that an utterance is taken for, "" where it is rejected.

    `phrase_of` gives a phrase for each kind of which all phrases mean the same; `seldom` are the
    words that the spotter learnt from few people, `taught` those that it learnt from this user.
    Pure.
    """
    word, certainty = likeliest_word(evidence.words, understanding)
    phrase = _phrase(evidence, understanding, thresholds)
    if not phrase and not (
        certainty >= thresholds.over_kind and _is_heard_word(word, evidence, understanding)
    ):
        phrase = _phrase_of_kind(evidence, understanding, phrase_of, thresholds)
    if evidence.duration_s > LONGEST_WORD_S:
        return phrase
    if phrase:
        # The "longer" of "how much longer"; but "stop" halts, though Vosk heard more after it.
        is_part = word in phrase.split() and not understanding.is_urgent(word)
        return word if certainty >= thresholds.over_phrase and not is_part else phrase
    if evidence.duration_s > LONG_WORD_S:
        thresholds = thresholds.for_long()
    if word:
        needed = _needed(word, evidence, understanding, seldom, thresholds)
        if word in taught:
            needed = min(needed, thresholds.taught)
        if certainty >= needed:
            return word
    heard = evidence.heard
    if _meaning_of_word(heard, understanding) is not None and heard not in evidence.words:
        own = sum(share for known, share in evidence.words.items() if not _is_rest(known))
        return heard if own <= thresholds.foreign else ""
    return ""


def _phrase(evidence: Evidence, understanding: Understanding, thresholds: Thresholds) -> str:
    """Return the phrase of several words that Vosk heard and that is of a likely kind, "" for
    none."""
    heard, kind = _several(evidence.heard, understanding)
    kinds = evidence.kinds
    if not kinds:
        is_slow = evidence.duration_s > SLOWEST_S_A_WORD * len(heard.split())
        return "" if is_slow else heard
    least = thresholds.kind_share * kinds[_likeliest_kind(kinds)]
    # What halts is not outvoted, nor what begins with a wake phrase and was heard twice.
    stands_from = 1.0
    if understanding.is_urgent(heard):
        stands_from = max(thresholds.kind_urgent, least)
    if understanding.woken_words(heard) and _first(evidence) in ("", heard):
        stands_from = min(stands_from, thresholds.kind_addressed)
    if kinds.get(kind, 0.0) >= stands_from:
        return heard
    phrase, its_kind, share = _likeliest_phrase(evidence, understanding)
    is_likely = bool(phrase) and share >= thresholds.kind_heard and kinds[its_kind] >= least
    return phrase if is_likely else ""


def _phrase_of_kind(
    evidence: Evidence,
    understanding: Understanding,
    phrase_of: Mapping[str, str],
    thresholds: Thresholds,
) -> str:
    """Return a phrase of the likeliest kind where that is likely enough alone, else what Vosk heard
    if nobody trained its kind, "" for neither."""
    heard, kind = _several(evidence.heard, understanding)
    kinds = evidence.kinds
    if not kinds:
        return ""
    best = _likeliest_kind(kinds)
    alone = thresholds.kind_answer if best in YES_OR_NO else thresholds.kind_alone
    if kinds[best] >= alone:
        return phrase_of.get(best, "")
    is_untrained = kind not in kinds or is_naming(kind)
    return heard if is_untrained and _is_some(kinds) >= thresholds.kind_untrained else ""


def _likeliest_kind(kinds: Mapping[str, float]) -> str:
    return max((known for known in kinds if not _is_rest(known)), key=lambda known: kinds[known])


def _first(evidence: Evidence) -> str:
    return evidence.again[0].text if evidence.again else ""


def _likeliest_phrase(evidence: Evidence, understanding: Understanding) -> tuple[str, str, float]:
    """Return the likeliest phrase of several words that Vosk heard, its kind, and how likely it is:
    the kind, less what Vosk finds it behind. One that is behind is of the likeliest kind, or no
    more than a guess."""
    best = _likeliest_kind(evidence.kinds)
    behind: dict[str, float] = {}
    for again in evidence.again:
        behind.setdefault(again.text, again.behind)  # Vosk may give a text twice
    # Where it was not asked again it is the likeliest, where it is not in the answer behind all.
    behind.setdefault(evidence.heard, max(behind.values(), default=0.0))
    likeliest, its_kind, most = "", "", 0.0
    for text, nats in behind.items():
        phrase, kind = _several(text, understanding)
        if nats and kind != best:
            continue
        share = evidence.kinds.get(kind, 0.0) * math.exp(-BEHIND_WEIGHT * nats)
        if share > most:
            likeliest, its_kind, most = phrase, kind, share
    return likeliest, its_kind, most


def _several(text: str, understanding: Understanding) -> tuple[str, str]:
    """Return a text and its kind where it is a phrase of several words, else nothing twice."""
    kind = understanding.kind(text) if " " in text else None
    return ("", "") if kind is None else (text, kind)


def _is_rest(word: str) -> bool:
    return word.startswith("[")


def _is_some(shares: Mapping[str, float]) -> float:
    """How likely it is any of them but none."""
    return sum(share for name, share in shares.items() if not _is_rest(name))


def likeliest_word(
    posteriors: Mapping[str, float], understanding: Understanding
) -> tuple[str, float]:
    """Return the word of the likeliest meaning, and how likely that meaning is.

    Words that mean the same ("yes", "yeah", "yep") count together.
    """
    shares: dict[Hashable, float] = {}
    words: dict[Hashable, str] = {}
    for word, share in posteriors.items():
        meant = understanding.meaning(word)
        if meant is None:
            continue
        if share > posteriors.get(words.get(meant, ""), -1.0):
            words[meant] = word
        shares[meant] = shares.get(meant, 0.0) + share
    best = max(shares, key=lambda meant: shares[meant], default=None)
    return ("", 0.0) if best is None else (words[best], shares[best])


def _needed(
    word: str,
    evidence: Evidence,
    understanding: Understanding,
    seldom: frozenset[str],
    thresholds: Thresholds,
) -> float:
    """How likely a word must be, by what Vosk heard."""
    meaning = understanding.meaning(word)
    heard = _meaning_of_word(evidence.heard, understanding)
    if word in seldom:
        return thresholds.seldom_agreed if meaning == heard else thresholds.seldom
    needed = thresholds.unheard if heard is None else thresholds.against
    if meaning == heard:
        needed = thresholds.agreed
    elif meaning == _meaning_of_word(_first(evidence), understanding):
        needed = thresholds.agreed_again
    elif understanding.is_urgent(word) and not evidence.heard:
        return thresholds.urgent_unheard  # more than of another word
    if understanding.is_urgent(word):
        most = thresholds.urgent if evidence.heard else thresholds.urgent_unheard
        return min(needed, most)
    return needed


def _is_heard_word(word: str, evidence: Evidence, understanding: Understanding) -> bool:
    """Whether Vosk heard the word, or one that means the same, at first or again."""
    meant = (_meaning_of_word(text, understanding) for text in (evidence.heard, _first(evidence)))
    return bool(word) and understanding.meaning(word) in meant


def _meaning_of_word(text: str, understanding: Understanding) -> Hashable | None:
    """What a text of one word means, None for any other."""
    return understanding.meaning(text) if text and " " not in text else None
