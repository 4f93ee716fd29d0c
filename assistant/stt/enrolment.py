"""A user's own voice: examples of words, and what an utterance that is like them becomes.

An example is kept as 1,024 numbers: where in the window a few attention weights look, and what
they see there of the speech encoder's frames (`Measure`). From these no sound can be made again.
An utterance is as like a word as its numbers point the same way as the mean of the word's
examples, after what all words have in common is taken off.

Likeness is turned into evidence, as a ratio: how much more often the same person saying the same
word is so alike than the same person saying anything else. The spotter's posteriors are multiplied
by it. It only ever speaks for a word, never against one: whoever has taught nothing must not be
heard worse for being unlike.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import ModelError
from assistant.sound import Float32
from assistant.stt.encoder import WIDTH
from assistant.stt.spotter import REST, Attention

MEASURE_FILE = Path(__file__).parent / "data" / "enrolment-en" / "measure.npz"
"""What the package brings; `python -m assistant.training.enrolment` makes it."""


MOST_EVIDENCE = 7.0
"""Most that likeness may add to a word's log odds: 1,100 to 1, so that one word which happens to
be alike does not outweigh a spotter that is certain of another."""

NEW_WORD_SHARE = 0.01
"""Of the spotter's "none of my words", so much is a taught word that it does not know."""

_TINY = 1e-9
_FIGURES = ("slope", "even", "least")
_ARRAYS = (
    "norm_weight",
    "norm_bias",
    "value_weight",
    "value_bias",
    "look_weight",
    "look_bias",
    "mean",
    "scale",
)


@dataclass(frozen=True, slots=True)
class Measure(Attention):
    """How alike is measured. Estimated on people other than the user."""

    mean: Float32
    """What all words have in common, shape (looks * units,)."""
    scale: Float32
    """How much each number varies when one person says one word again, likewise."""
    slope: float
    """Log odds for each 1.0 of likeness."""
    even: float
    """Likeness at which the same word and another are as probable, -1 to 1."""
    least: float
    """Likeness which all but a few of the pairs of one person's examples of one word exceed."""

    @property
    def size(self) -> int:
        """Numbers of an example."""
        return len(self.mean)

    def example(self, frames: Float32) -> Float32:
        """Return what is kept of an utterance's frames: float32, shape (size,), of length 1."""
        return _unit((self.seen(frames) - self.mean) / self.scale)

    def evidence(self, likeness: float) -> float:
        """Return the log odds that a likeness gives, 0 to MOST_EVIDENCE."""
        return min(MOST_EVIDENCE, max(0.0, self.slope * (likeness - self.even)))


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What one person has taught."""

    name: str
    examples: Mapping[str, Float32]
    """Word to its examples, float32, shape (examples, size)."""
    _words: Mapping[str, Float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        means = {word: _unit(rows.mean(axis=0)) for word, rows in self.examples.items()}
        object.__setattr__(self, "_words", means)

    def likenesses(self, example: Float32) -> Mapping[str, float]:
        """Return how like each word an utterance is, -1 to 1."""
        return {word: float(example @ mean) for word, mean in self._words.items()}


@dataclass(slots=True)
class Voices:
    """Whose voices count now. Owned by the thread that listens."""

    measure: Measure
    known: Sequence[Enrolment] = ()

    @property
    def words(self) -> frozenset[str]:
        """Every word that somebody taught."""
        return frozenset(word for person in self.known for word in person.examples)

    def combined(self, posteriors: Mapping[str, float], frames: Float32) -> Mapping[str, float]:
        """Return the spotter's posteriors after what is known of these voices; they sum to 1.

        `frames` are the encoder's, shape (82, 288). Of several people the likest counts for each
        word: who speaks is not asked.
        """
        if not self.known:
            return posteriors
        example = self.measure.example(frames)
        evidence: dict[str, float] = {}
        for person in self.known:
            for word, likeness in person.likenesses(example).items():
                evidence[word] = max(evidence.get(word, 0.0), self.measure.evidence(likeness))
        return with_evidence(posteriors, evidence)


def with_evidence(
    posteriors: Mapping[str, float], evidence: Mapping[str, float]
) -> Mapping[str, float]:
    """Return posteriors multiplied by evidence (log odds by word), summing to 1 again. Pure.

    A word that the posteriors lack begins with a small share of "[rest]".
    """
    shares = dict(posteriors)
    new = [word for word in evidence if word not in shares]
    for word in new:
        shares[word] = NEW_WORD_SHARE * posteriors.get(REST, 0.0)
    for word, odds in evidence.items():
        shares[word] *= float(np.exp(odds))
    total = sum(shares.values())
    return {word: share / total for word, share in shares.items()}


@cache
def load_measure(path: Path = MEASURE_FILE) -> Measure:
    """Read the measure that the package brings. Raises ModelError where it is of no use."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name].astype(np.float32) for name in _ARRAYS}
            figures = {name: float(file[name]) for name in _FIGURES}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _unusable(path, f"cannot be read ({error})") from error
    measure = Measure(
        **arrays, slope=figures["slope"], even=figures["even"], least=figures["least"]
    )
    units, looks = len(measure.value_bias), len(measure.look_bias)
    fits = (
        measure.norm_weight.shape == measure.norm_bias.shape == (WIDTH,)
        and measure.value_weight.shape == (WIDTH, units)
        and measure.look_weight.shape == (WIDTH, looks)
        and measure.mean.shape == measure.scale.shape == (looks * units,)
    )
    if not fits:
        raise _unusable(path, "has parts that do not fit each other")
    return measure


def save_measure(path: Path, measure: Measure) -> None:
    """Write a measure: its arrays as float16."""
    arrays = {name: getattr(measure, name).astype(np.float16) for name in _ARRAYS}
    figures = {name: np.array(getattr(measure, name)) for name in _FIGURES}
    path.parent.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = arrays | figures
    np.savez_compressed(path, **content)


def _unusable(path: Path, problem: str) -> ModelError:
    return ModelError(
        f"the measure of likeness {problem}", place=str(path), mend="Install Earshot again."
    )


def _unit(values: Float32) -> Float32:
    return np.asarray(values / (np.linalg.norm(values) + _TINY), np.float32)
