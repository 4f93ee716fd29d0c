"""What a person says over the coach: decided among what may interrupt it before anything else.

While the coach talks the answer to a number or a name is not waited for, so "right" that is heard
may well be "ready", and "down" is "done". A head of its own (`training/interruptions.py`) knows
what interrupts by its kind, in rooms and with what the echo canceller leaves of the coach; the
heads of words and of phrases are heard beside it, and Vosk.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.stt.agreement import Evidence, Thresholds
from assistant.stt.port import Understanding
from assistant.stt.spotter import REST

ANSWERS = ("yes", "no", "choose_side:")
"""What kinds begin with that answer a question, and count over a question alone."""

HEAD_WEIGHT = 0.4
"""How much the head of interruptions counts; the rest is what the heads of words and of phrases say
together."""

SURE = 0.25
"""How likely a kind must be among what may be said over the coach, 0 to 1.

Of 144 commands by flite's voices in three rooms (`--seed 41`, by a scratch program) 85, 79 and 69%
were right at 0, -6 and -12 dB user-to-echo and 6, 8 and 12% taken for another; with 0.35 and a
weight of 0.6 it was 75, 69 and 62%, and 8, 12 and 10%."""

URGENT = 0.2
"""In its place for what halts: to halt for nothing costs least."""

HEARD = 0.2
"""In place of both where Vosk heard the same."""

PHRASE_HEARD = 0.3
"""How likely the kind of a phrase of several words must be that Vosk heard, for the phrase to
stand: "help me" is no "help"."""

MOST_REST = 0.6
"""Where the head is so sure that nothing was said which interrupts, it does not decide."""

OTHER_PHRASES = Thresholds(
    kind_heard=PHRASE_HEARD,
    kind_urgent=PHRASE_HEARD,
    kind_untrained=1.0,
    kind_alone=0.6,
)
"""For what the head of interruptions does not hear: phrases of several words, which what is left
of the coach is easily taken for ("what leg", in the first seconds in a room), and single words, of
which the heads for words must be as sure as in silence."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """A person was noticed while the coach talks."""

    is_asked: bool
    """Whether what the coach says is a question."""


def agree_over(
    evidence: Evidence,
    overlap: Overlap,
    understanding: Understanding,
    phrase_of: Mapping[str, str],
) -> str:
    """Return the phrase that is said over the coach, "" where this cannot tell one.

    `phrase_of` gives a phrase for each kind that may be; a kind of single words that may not
    interrupt has none. Pure.
    """

    def counts(kind: str) -> bool:
        return kind in phrase_of and (overlap.is_asked or not kind.startswith(ANSWERS))

    heard_kind = understanding.kind(evidence.heard) if evidence.heard else None
    if " " in evidence.heard and evidence.kinds.get(heard_kind or "", 0.0) >= PHRASE_HEARD:
        return evidence.heard
    known = evidence.interruptions
    head = {kind: share for kind, share in known.items() if counts(kind)}
    if not head or known.get(REST, 0.0) >= MOST_REST:
        return ""
    # The heads of words and of phrases: each takes for rest what the other knows, so it is a word
    # as likely as the first says so and the second says rest, and the other way round.
    no_word, no_phrase = evidence.words.get(REST, 1.0), evidence.kinds.get(REST, 1.0)
    others = {kind: share * no_word for kind, share in evidence.kinds.items() if counts(kind)}
    for word, share in evidence.words.items():
        kind = understanding.kind(word)
        if kind in head:
            others[kind] = others.get(kind, 0.0) + share * no_phrase
    rest = no_word * no_phrase
    shares = _weighed(head, known.get(REST, 0.0), HEAD_WEIGHT)
    for kind, share in _weighed(others, rest, 1.0 - HEAD_WEIGHT).items():
        shares[kind] = shares.get(kind, 0.0) + share
    best = max(shares, key=lambda kind: shares[kind])
    if best == heard_kind:
        return evidence.heard if shares[best] >= HEARD else ""
    needed = URGENT if understanding.is_urgent(phrase_of[best]) else SURE
    return phrase_of[best] if shares[best] >= needed else ""


def _weighed(shares: Mapping[str, float], rest: float, weight: float) -> dict[str, float]:
    """Return shares that sum to a weight with the rest."""
    whole = sum(shares.values()) + rest
    return {kind: weight * share / whole for kind, share in shares.items()} if whole else {}
