"""What the encoder is trained on: windows as a microphone hears them, and the same undisturbed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from assistant.coach.intents import Intent
from assistant.nlu.kinds import intent_of
from assistant.sound import SPEECH_RATE_HZ, Float32
from assistant.stt.encoder import WINDOW_SAMPLES
from assistant.stt.spotter import REST
from assistant.training.clatter import household_sound
from assistant.training.disturbance import (
    Surroundings,
    at_some_level,
    disturbed,
    hurried,
    piece,
    placed,
)
from assistant.training.interruptions import Around, is_interrupting, left_alone, over_coach
from assistant.training.material import Recording
from assistant.training.variations import (
    NEARBY,
    SYNTHETIC_BELOW,
    WORDS,
    cut,
    levelled,
    trimmed,
)

T = TypeVar("T")

SHARES: Mapping[str, float] = {
    "commands": 0.42,
    "phrases": 0.12,
    "digits": 0.02,
    "seldom": 0.10,
    "often": 0.03,
    "nearby": 0.05,
    "short cut": 0.08,
    "long cut": 0.04,
    "embedded": 0.05,
    "noise": 0.09,
}
"""How often each is drawn where words are asked for: three sets of recordings, synthetic words that
people said seldom or often or that are near one, pieces of speech, words inside it, noise."""

OVER_SHARES: Mapping[str, float] = {
    "nobody": 0.20,
    "people": 0.20,
    "synthetic": 0.35,
    "other people": 0.08,
    "other phrases": 0.07,
    "cut": 0.06,
    "noise": 0.04,
}
"""The same for what is heard while the coach talks."""

GATE_SHARE = 0.65
"""How often a window is cut as the gate cuts it, with zeros round it."""

_LOUD = 0.08
"""Where a clip rises above so much of its peak somebody speaks."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two windows of float32, 16 000 Hz, shape (32 000,), and what is said in them."""

    heard: Float32
    undisturbed: Float32
    label: str


@dataclass(frozen=True, slots=True)
class Material:
    """All that pairs are drawn from; clips are float32 at 16 000 Hz."""

    people: Sequence[Recording]
    words: Mapping[str, Sequence[Float32]]
    """Synthetic voices that say single words."""
    phrases: Sequence[tuple[str, str, Float32]]
    """Texts, their kinds, and a synthetic voice that says them."""
    kinds_over: Mapping[str, str]
    """The kind of each text that may interrupt the coach."""
    around: Surroundings
    around_coach: Around


class Pairs:
    """Draws pairs without end."""

    def __init__(self, material: Material, rng: np.random.Generator) -> None:
        self._material = material
        self._rng = rng
        said = Counter(clip.label for clip in material.people)
        by_set: dict[str, list[Recording]] = defaultdict(list)
        for clip in material.people:
            by_set[clip.kind].append(clip)
        self._by_set = by_set
        known = WORDS[:-1]
        self._seldom = [word for word in known if said[word] < SYNTHETIC_BELOW]
        self._often = [word for word in known if said[word] >= SYNTHETIC_BELOW]
        self._known = [clip for clip in material.people if clip.label in WORDS]
        kinds_over = material.kinds_over
        self._people_over = [clip for clip in material.people if clip.label in kinds_over]
        self._others_over = [clip for clip in material.people if clip.label not in kinds_over]
        self._phrases_over = [
            (kinds_over.get(text, REST), samples)
            for text, kind, samples in material.phrases
            if text in kinds_over or kind == REST or not is_interrupting(Intent(intent_of(kind)))
        ]
        """Phrases with what they are over the coach; without the longer ones that may interrupt."""
        self._over: dict[str, list[Float32]] = defaultdict(list)
        for text, _, samples in material.phrases:
            if text in kinds_over:
                self._over[kinds_over[text]].append(samples)
        for word, clips in material.words.items():
            if word in kinds_over:
                self._over[kinds_over[word]] += clips

    def word(self) -> Pair:
        """A single word, its label in `WORDS`, or what is none, "[rest]"."""
        samples, label = self._word(_drawn(SHARES, self._rng))
        return Pair(*self._paired(samples), label)

    def phrase(self) -> Pair:
        """A phrase of several words, its label a kind, or a piece of the coach's lines."""
        _, kind, samples = self._one(self._material.phrases)
        return Pair(*self._paired(samples), kind)

    def over(self) -> Pair:
        """Something said while the coach talks, its label a kind or "[rest]"."""
        what = _drawn(OVER_SHARES, self._rng)
        around = self._material.around_coach
        if what == "nobody":
            left = left_alone(around, self._rng)
            return Pair(_window(left), _window(np.zeros_like(left)), REST)
        samples, label = self._said_over(what)
        heard, undisturbed = over_coach(samples, around, self._rng)
        return Pair(_window(heard), _window(undisturbed), label)

    def _one(self, choice: Sequence[T]) -> T:
        return choice[int(self._rng.integers(len(choice)))]

    def _word(self, what: str) -> tuple[Float32, str]:
        speech, noises = self._material.around.speech, self._material.around.noises
        if what in self._by_set:
            clip = self._one(self._by_set[what])
            return clip.samples, clip.label if clip.label in WORDS else REST
        if what in {"seldom", "often", "nearby"}:
            words = {"seldom": self._seldom, "often": self._often, "nearby": NEARBY}[what]
            word = self._one(words)
            return self._one(self._material.words[word]), word if word in WORDS else REST
        sounds: Mapping[str, Callable[[], Float32]] = {
            "short cut": lambda: cut(speech, 0.25, 1.2, self._rng),
            "long cut": lambda: cut(speech, 2.0, 2.4, self._rng),
            "embedded": self._embedded,
            "noise": lambda: household_sound(noises, self._rng),
        }
        return sounds[what](), REST

    def _embedded(self) -> Float32:
        speech = self._material.around.speech
        word = trimmed(self._one(self._known).samples)
        before, after = (levelled(cut(speech, 0.3, 1.0, self._rng)) for _ in range(2))
        parts = self._one([[before, word, after], [before, word], [word, after]])
        return np.concatenate(parts) * np.float32(0.1)

    def _said_over(self, what: str) -> tuple[Float32, str]:
        around = self._material.around
        if what == "people":
            clip = self._one(self._people_over)
            return clip.samples, self._material.kinds_over[clip.label]
        if what == "synthetic":
            kind = self._one(sorted(self._over))
            return self._one(self._over[kind]), kind
        if what == "other people":
            return self._one(self._others_over).samples, REST
        if what == "other phrases":
            kind, samples = self._one(self._phrases_over)
            return samples, kind
        if what == "cut":
            return cut(around.speech, 0.25, 1.6, self._rng), REST
        return household_sound(around.noises, self._rng), REST

    def _paired(self, samples: Float32) -> tuple[Float32, Float32]:
        rng = self._rng
        samples = hurried(samples, rng)
        if rng.random() < GATE_SHARE:
            samples = self._as_the_gate_cuts(samples)
        else:
            samples = placed(samples, WINDOW_SAMPLES, rng)
        if len(samples) > WINDOW_SAMPLES:
            samples = piece(samples, WINDOW_SAMPLES, rng)
        heard = disturbed(samples, self._material.around, rng)
        return at_some_level(_window(heard), rng), at_some_level(_window(samples), rng)

    def _as_the_gate_cuts(self, samples: Float32) -> Float32:
        rng = self._rng
        loud = np.flatnonzero(np.abs(samples) > _LOUD * np.abs(samples).max())
        first, last = (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, len(samples))
        before_s, after_s = rng.uniform(0.2, 0.6), rng.uniform(0.08, 0.55)
        if rng.random() < 0.15:
            before_s += rng.uniform(0.0, 0.6)
        before, after = round(before_s * SPEECH_RATE_HZ), round(after_s * SPEECH_RATE_HZ)
        return np.pad(samples, (before, after))[first : last + before + after]


def _drawn(shares: Mapping[str, float], rng: np.random.Generator) -> str:
    return str(rng.choice(list(shares), p=list(shares.values())))


def _window(samples: Float32) -> Float32:
    """A window round samples; of too many the last."""
    samples = samples[-WINDOW_SAMPLES:]
    spare = WINDOW_SAMPLES - len(samples)
    return np.pad(samples, (spare // 2, spare - spare // 2)).astype(np.float32)
