"""The training set of the spotter: what is said, what is not, and how often each is varied."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.rehearsal.acoustics import drawn_box, response
from assistant.sound import SPEECH_RATE_HZ, Float32, Int16
from assistant.stt.encoder import FRAMES, WIDTH, WINDOW_SAMPLES, Encoder
from assistant.stt.spotter import REST
from assistant.training.clatter import household_sound
from assistant.training.disturbance import Surroundings, piece, speech_level, variation
from assistant.training.material import Recording, read_corpus, synthesise

COMMANDS = (
    "stop", "yes", "no", "go", "left", "right", "start", "back", "help", "repeat", "next",
    "pause", "resume",
)  # fmt: skip
"""Commands of one word of which recordings of people are many, and "pause" and "resume"."""

SELDOM_RECORDED = (
    "yeah", "yep", "sure", "alright", "nope", "nah", "never", "cancel", "undo", "wrong", "shorter",
    "release", "relax", "switch", "skip", "restart", "finished", "slower", "faster", "pardon",
    "explain", "routines", "pain", "ouch", "hurts", "painful", "tingling", "numb", "numbness",
    "dizzy", "emergency", "freeze", "quit", "louder", "quieter", "mute",
)  # fmt: skip
"""The other commands of one word: mostly synthetic voices say them."""

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ALSO_SAID = (
    "up", "down", "on", "off", "wait", "again", "done", "ready", "okay", "hold", "begin",
    "continue", "finish", "longer", "previous", "hello", "play", "thank you",
)  # fmt: skip
WORDS = (*COMMANDS, *ALSO_SAID, *DIGITS, *SELDOM_RECORDED, REST)
"""The head's classes. Words that are easily taken for a command are classes of their own."""

NEARBY = tuple((Path(__file__).parent / "nearby_words.txt").read_text("utf-8").split())
"""Words that sound like one of the head's or that people say often; all are "[rest]"."""

SYNTHETIC_BELOW = 30
"""A word with fewer recordings than this is filled up with all synthetic voices, four times."""

VARIATIONS = {"commands": 15, "phrases": 18, "digits": 2}
"""How often a recording is varied. The digits are of three speakers only."""

SHORT_CUTS, LONG_CUTS, EMBEDDED, NOISES = 5000, 3000, 3000, 7000

MADE_UP_ROOMS = 60
"""Rooms beside the few that were measured: a head learns few by heart."""

CUT_SHARE = 0.15
CUT_SAMPLES = (14_000, 24_000)
"""How often, and to how much, a variation is cut as voice activity cuts it, with zeros round it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Variations as the speech encoder sees them."""

    features: npt.NDArray[np.float16]
    """Shape (n, 82, 288)."""
    classes: npt.NDArray[np.int64]
    """Index into WORDS, shape (n,)."""


def training_set(corpus: Path, seed: int) -> TrainingSet:
    """Make the training set from a folder of recordings. Takes half an hour of one core.

    Raises EvaluationError for a folder that cannot be used.
    """
    rng = np.random.default_rng(seed)
    around = surroundings(corpus)
    clips = [*_words(corpus, rng), *_not_words(corpus, around, rng)]
    order = rng.permutation(len(clips))
    _log.info("%d variations of %s", len(clips), Counter(c.kind for c in clips).most_common())
    encoder = Encoder()
    features = np.empty((len(clips), FRAMES, WIDTH), np.float16)
    for place, i in enumerate(order):
        features[place] = encoder.frames(varied(clips[i].samples, around, rng))
        if place % 2000 == 0:
            _log.info("%d of %d variations made", place, len(order))
    classes = np.array([WORDS.index(clips[i].label) for i in order], np.int64)
    return TrainingSet(features, classes)


def surroundings(corpus: Path) -> Surroundings:
    """Return a corpus's noises, speech and rooms, with rooms made up. Raises EvaluationError."""
    return Surroundings(
        noises=[r.samples for r in read_corpus(corpus, ["noise"])],
        speech=[r.samples for r in read_corpus(corpus, ["speech"]) if len(r.samples) > 8000],
        rooms=[*(r.samples for r in read_corpus(corpus, ["rir"])), *_made_up_rooms()],
    )


def _made_up_rooms() -> Iterator[Float32]:
    for seed in range(MADE_UP_ROOMS):
        away_m = float(np.random.default_rng(seed).uniform(1.0, 3.0))
        box = drawn_box(seed, person_m=away_m)
        yield response(box, box.person_m, seed)


def varied(
    samples: Float32,
    around: Surroundings,
    rng: np.random.Generator,
    cut_share: float = CUT_SHARE,
) -> Int16:
    """Return one variation: a whole window, or a piece such as voice activity cuts out."""
    length = WINDOW_SAMPLES
    if rng.random() < cut_share:
        length = int(rng.uniform(*CUT_SAMPLES))
    changed = variation(samples, length, around, rng)
    return np.asarray(np.clip(changed, -1, 1) * 32767, np.int16)


def _words(corpus: Path, rng: np.random.Generator) -> Iterator[Recording]:
    """Yield recordings and synthetic words, each as often as it is varied."""
    people = read_corpus(corpus, ["commands", "digits", "phrases"])
    for clip in people:
        label = clip.label if clip.label in WORDS else REST
        for _ in range(VARIATIONS[clip.kind]):
            yield Recording(clip.samples, label, clip.speaker, clip.kind)
    recorded = Counter(clip.label for clip in people)
    for word in (*WORDS[:-1], *NEARBY):
        voices = list(synthesise(word))
        if word not in WORDS:
            times, count = 1, 8
        elif recorded[word] < SYNTHETIC_BELOW:
            times, count = 4, len(voices)
        else:  # some, or the head learns that a synthetic voice is never this word
            times, count = 1, 10 if word in DIGITS else 20
        for i in rng.permutation(len(voices))[:count]:
            for _ in range(times):
                label = word if word in WORDS else REST
                yield Recording(voices[i].samples, label, voices[i].speaker, "synthetic")


def _not_words(corpus: Path, around: Surroundings, rng: np.random.Generator) -> Iterator[Recording]:
    """Yield cuts of speech, words inside speech, and noise: what must be rejected."""
    words = [r for r in read_corpus(corpus, ["commands", "digits", "phrases"]) if r.label in WORDS]
    for _ in range(SHORT_CUTS):
        yield Recording(cut(around.speech, 0.25, 1.2, rng), REST, "", "cut")
    for _ in range(LONG_CUTS):
        yield Recording(cut(around.speech, 2.0, 2.4, rng), REST, "", "cut")
    for _ in range(EMBEDDED):
        word = trimmed(words[int(rng.integers(len(words)))].samples)
        before, after = (levelled(cut(around.speech, 0.3, 1.0, rng)) for _ in range(2))
        parts = ([before, word, after], [before, word], [word, after])[int(rng.integers(3))]
        yield Recording(np.concatenate(parts) * np.float32(0.1), REST, "", "embedded")
    for _ in range(NOISES):
        yield Recording(household_sound(around.noises, rng), REST, "", "noise")


def cut(
    sounds: Sequence[Float32], low_s: float, high_s: float, rng: np.random.Generator
) -> Float32:
    """Return a piece of one of some sounds, `low_s` to `high_s` long where it is long enough."""
    sound = sounds[int(rng.integers(len(sounds)))]
    length = int(rng.uniform(low_s, high_s) * SPEECH_RATE_HZ)
    return piece(sound, min(length, len(sound)), rng)


def levelled(sound: Float32) -> Float32:
    """Return a sound with its speech at level 1."""
    return np.asarray(sound / (speech_level(sound) + 1e-6), np.float32)


def trimmed(word: Float32) -> Float32:
    """Return a word at an even level without the silence round it, but 50 ms of it."""
    word = levelled(word)
    loud = np.flatnonzero(np.abs(word) > 0.3)
    return word[max(0, loud[0] - 800) : loud[-1] + 800] if len(loud) else word
