"""How the recogniser's transcript and the spotter's posteriors make one decision.

The two err apart: Vosk knows every phrase but takes near words for commands; the spotter knows
few words but tells them from others. So the spotter decides about single words, with a lower
threshold where Vosk heard the same thing, and Vosk about phrases of several words, which the
spotter does not know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

LONGEST_WORD_S = 1.3
"""Speech that lasts longer is no single word."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure the spotter must be of a word, 0 to 1, by what Vosk heard."""

    agreed: float = 0.15
    """Vosk heard the same, or a word that means the same."""
    unheard: float = 0.5
    """Vosk heard nothing, or speech that is no phrase."""
    against: float = 0.5
    """Vosk heard another phrase."""
    other_words: float = 0.3
    """How sure the spotter may be of words of its own, all together, where Vosk alone knows the
    word it heard ("louder"): above it Vosk is not believed."""


def agree(
    heard: str,
    duration_s: float,
    posteriors: Mapping[str, float],
    meaning: Callable[[str], object | None],
    thresholds: Thresholds = Thresholds(),
) -> str:
    """Return the phrase that an utterance is taken for, "" where it is rejected.

    `heard` is Vosk's whole transcript ("" for nothing), `duration_s` the length of its speech,
    `posteriors` the spotter's. `meaning` gives what a phrase means in this phase, None where it
    is no phrase of it. Pure.
    """
    heard_meaning = meaning(heard) if heard else None
    if len(heard.split()) > 1 and heard_meaning is not None:
        return heard
    if duration_s > LONGEST_WORD_S:
        return ""
    best, certainty = _likeliest(posteriors, meaning)
    if best and certainty >= _needed(meaning(best), heard_meaning, thresholds):
        return best
    if heard_meaning is not None and heard not in posteriors:
        rivals = sum(share for word, share in posteriors.items() if not word.startswith("["))
        return heard if rivals <= thresholds.other_words else ""
    return ""


def _likeliest(
    posteriors: Mapping[str, float], meaning: Callable[[str], object | None]
) -> tuple[str, float]:
    words = [word for word in posteriors if meaning(word) is not None]
    best = max(words, key=lambda word: posteriors[word], default="")
    return best, posteriors.get(best, 0.0)


def _needed(meant: object, heard_meaning: object | None, thresholds: Thresholds) -> float:
    if heard_meaning is None:
        return thresholds.unheard
    return thresholds.agreed if meant == heard_meaning else thresholds.against
