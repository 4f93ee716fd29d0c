"""How the recogniser's transcript and the spotter's posteriors make one decision.

The two err apart: Vosk knows every phrase but takes near words for commands; the spotter knows
single words and tells them from others. So the spotter decides about single words, with a lower
threshold where Vosk heard the same thing, and Vosk about phrases of several words, which the
spotter does not know.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

LONGEST_WORD_S = 1.3
"""Speech that lasts longer is no single word."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure the spotter must be of a word, 0 to 1, by what Vosk heard."""

    agreed: float = 0.1
    """Vosk heard the same, or a word that means the same."""
    unheard: float = 0.5
    """Vosk heard nothing, or speech that is no phrase."""
    against: float = 0.5
    """Vosk heard another word."""
    over_phrase: float = 0.9
    """Vosk heard a phrase of several words."""
    foreign: float = 0.5
    """How sure the spotter may be of words of its own, all together, where Vosk heard a word that
    the spotter does not know, such as one of the user's own: above it Vosk is not believed."""


def agree(
    heard: str,
    duration_s: float,
    posteriors: Mapping[str, float],
    meaning: Callable[[str], Hashable | None],
    thresholds: Thresholds = Thresholds(),
) -> str:
    """Return the phrase that an utterance is taken for, "" where it is rejected.

    `heard` is Vosk's whole transcript ("" for nothing), `duration_s` the length of its speech,
    `posteriors` the spotter's. `meaning` gives what a phrase means in this phase, None where it
    is no phrase of it. Pure.
    """
    heard_meaning = meaning(heard) if heard else None
    is_phrase = heard_meaning is not None and " " in heard
    if duration_s > LONGEST_WORD_S:
        return heard if is_phrase else ""
    best, certainty = _likeliest(posteriors, meaning)
    if is_phrase:
        return best if certainty >= thresholds.over_phrase else heard
    if best and certainty >= _needed(meaning(best), heard_meaning, thresholds):
        return best
    if heard_meaning is not None and heard not in posteriors:
        own = sum(share for word, share in posteriors.items() if not word.startswith("["))
        return heard if own <= thresholds.foreign else ""
    return ""


def _likeliest(
    posteriors: Mapping[str, float], meaning: Callable[[str], Hashable | None]
) -> tuple[str, float]:
    """Return the word of the likeliest meaning, and how likely that meaning is.

    Words that mean the same ("yes", "yeah", "yep") count together.
    """
    shares: dict[Hashable, float] = {}
    words: dict[Hashable, str] = {}
    for word, share in posteriors.items():
        meant = meaning(word)
        if meant is None:
            continue
        if share > posteriors.get(words.get(meant, ""), -1.0):
            words[meant] = word
        shares[meant] = shares.get(meant, 0.0) + share
    best = max(shares, key=lambda meant: shares[meant], default=None)
    return ("", 0.0) if best is None else (words[best], shares[best])


def _needed(meant: Hashable, heard_meaning: Hashable | None, thresholds: Thresholds) -> float:
    if heard_meaning is None:
        return thresholds.unheard
    return thresholds.agreed if meant == heard_meaning else thresholds.against
