"""The bare speech embedding of pyopen-wakeword, with the simplest head that learns: one layer.

The head sees the last ten frames of a recording, 96 numbers each, and learns every label of a
training corpus as a class, with noise and rooms of that corpus. It is told where a recording ends,
which nobody tells the other peers or us.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np

from assistant.bench.peers.port import Spotted
from assistant.errors import EvaluationError, RecogniserError
from assistant.evaluation.conditions import (
    CLEAN,
    REVERBERATED,
    TAIL_S,
    Stage,
    with_noise,
)
from assistant.evaluation.corpus import MANIFEST, Corpus, Recording, read_samples
from assistant.evaluation.measure import COMMANDS, DIGITS, SPEECH, expected
from assistant.nlu import Phrasebook
from assistant.sound import SPEECH_RATE_HZ, Float32, Int16

FRAMES = 10
"""Frames of the embedding that the head sees: with the 775 ms that one frame sees, 1.5 s."""
FRAME_NUMBERS = 96

CHUNK_SAMPLES = 1280
"""What the embedding hears at once, 80 ms: one frame."""
HEARD_CHUNKS = 20
"""What it hears of a recording, 1.6 s up to its end: all that ten frames can see, and a chunk for
what the last recording left behind."""

TRAINING_SETS = (COMMANDS, "phrases", DIGITS)
MOST_CLIPS = 60
"""Recordings of each command that the head learns from: with more the bench takes too long."""
MOST_OTHER_CLIPS = 30
"""The same for each label that is no command."""
LEAST_CLIPS = 8
"""A label with fewer is one of the other words, together with cuts of speech."""
OTHER = ""
"""The class of everything that has none of its own."""
OTHER_CLIPS = 150
CUT_S = 1.0
TRAINING_SNR_DB = 10.0

STEPS = 400
LEARNING_RATE = 0.05
WEIGHT_DECAY = 0.01
"""The three of Adam with weight decay: a convex problem, on which all that converges is alike."""

LEAST_PROBABILITY = 0.5
"""A command counts where the head finds it likelier than everything else together."""

_TAIL_SAMPLES = round(TAIL_S * SPEECH_RATE_HZ)

_ADVICE = ".venv/bin/pip install 'pyopen-wakeword>=1.1,<1.2'"


@dataclass(frozen=True, slots=True)
class Head:
    """Multinomial logistic regression on standardised features."""

    labels: tuple[str, ...]
    mean: Float32
    scale: Float32
    weights: Float32
    """Shape (features, labels)."""
    bias: Float32

    def probabilities(self, features: Float32) -> Float32:
        """How likely each label is: features of shape (n, features) to (n, labels)."""
        standardised = np.asarray((features - self.mean) * self.scale, np.float32)
        return _softmax(np.asarray(standardised @ self.weights + self.bias, np.float32))


def fit(features: Float32, labels: Sequence[str]) -> Head:
    """Fit a head to features of shape (n, features) and the n labels; labels weigh alike."""
    names = tuple(dict.fromkeys(labels))
    classes = np.array([names.index(label) for label in labels])
    mean = features.mean(axis=0)
    scale = (1.0 / (features.std(axis=0) + 1e-6)).astype(np.float32)
    x = (features - mean) * scale
    wanted = np.eye(len(names), dtype=np.float32)[classes]
    share = (1.0 / np.bincount(classes)[classes] / len(names)).astype(np.float32)[:, None]
    weights = np.zeros((x.shape[1] + 1, len(names)), np.float32)
    x = np.concatenate([x, np.ones((len(x), 1), np.float32)], axis=1)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        gradient = x.T @ ((_softmax(x @ weights) - wanted) * share)
        first += 0.1 * (gradient - first)
        second += 0.001 * (gradient**2 - second)
        size = LEARNING_RATE * (1.0 - (step - 1) / STEPS)
        move = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        weights -= size * (move + WEIGHT_DECAY * weights)
    return Head(names, mean, scale, weights[:-1], weights[-1])


def _softmax(scores: Float32) -> Float32:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


class BareEmbedding:
    """The embedding and a head that is trained when it is made.

    Raises RecogniserError where pyopen-wakeword is not installed, EvaluationError for a training
    corpus that holds no command or too little of everything.
    """

    name = "bare embedding"

    def __init__(
        self,
        phrasebook: Phrasebook,
        training: Corpus,
        *,
        seed: int,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._features = _load_features()
        clips = training_clips(training, phrasebook, np.random.default_rng(seed))
        if not any(_is_command(phrasebook, label) for label, _ in clips):
            raise EvaluationError(
                f"no command has {LEAST_CLIPS} recordings here, to train a head on",
                place=str(training.folder / MANIFEST),
                mend="Name another folder with --train, or leave it out.",
            )
        progress(f"{self.name}: {len(clips)} recordings to train on")
        self._head = self._trained(training, clips)
        self.usage = (
            f"bare embedding: pyopen-wakeword's embedding, its last {FRAMES} frames, logistic"
            f" regression over {len(self._head.labels)} classes trained on {len(clips)}"
            f" recordings of {training.folder.name}, clean, in noise and in rooms by turns; it is"
            " told where a recording ends"
        )

    def hear(self, samples: Int16) -> list[Spotted]:
        """See `Peer.hear`."""
        end = len(samples) - _TAIL_SAMPLES
        likely = self._head.probabilities(self._embedded(samples[:end])[None, :])[0]
        best = int(np.argmax(likely))
        if likely[best] < LEAST_PROBABILITY or self._head.labels[best] == OTHER:
            return []
        return [Spotted(self._head.labels[best], end / SPEECH_RATE_HZ)]

    def close(self) -> None:
        """See `Peer.close`."""
        self._features.close()

    def _trained(self, training: Corpus, clips: Sequence[tuple[str, Int16]]) -> Head:
        """Train on the clips as they are, in noise and in rooms, by turns."""
        conditions = [
            CLEAN,
            *([with_noise(TRAINING_SNR_DB)] if training.of_set("noise") else []),
            *([REVERBERATED] if training.of_set("rir") else []),
        ]
        stage = Stage(training, conditions)
        rows = [
            self._embedded(stage.staged(samples, condition).samples[:-_TAIL_SAMPLES])
            for (_, samples), condition in zip(clips, cycle(conditions), strict=False)
        ]
        return fit(np.stack(rows), [label for label, _ in clips])

    def _embedded(self, samples: Int16) -> Float32:
        """The last frames of the embedding, shape (FRAMES * FRAME_NUMBERS,)."""
        length = HEARD_CHUNKS * CHUNK_SAMPLES
        heard = np.pad(samples[-length:], (max(0, length - len(samples)), 0))
        frames = [
            frame.reshape(FRAME_NUMBERS)
            for chunk in heard.reshape(HEARD_CHUNKS, CHUNK_SAMPLES)
            for frame in self._features.process_streaming(chunk.tobytes())
        ]
        return np.concatenate(frames[-FRAMES:])


def training_clips(
    training: Corpus, phrasebook: Phrasebook, rng: np.random.Generator
) -> list[tuple[str, Int16]]:
    """Recordings to train on, each with its class.

    Rare labels and cuts of the set `speech`, 1 s each, are OTHER. Raises EvaluationError for a
    recording that cannot be used.
    """
    words = [r for name in TRAINING_SETS for r in training.of_set(name) if r.label]
    counted = Counter(r.label for r in words)
    labels = [label for label in counted if counted[label] >= LEAST_CLIPS]
    clips = [
        (label, read_samples(recording))
        for label in labels
        for recording in _drawn(
            [r for r in words if r.label == label],
            MOST_CLIPS if _is_command(phrasebook, label) else MOST_OTHER_CLIPS,
            rng,
        )
    ]
    rest = [r for r in words if counted[r.label] < LEAST_CLIPS]
    clips += [(OTHER, read_samples(r)) for r in _drawn(rest, OTHER_CLIPS, rng)]
    speech = _drawn(list(training.of_set(SPEECH)), OTHER_CLIPS, rng)
    return clips + [(OTHER, cut) for cut in _cuts(speech, rng)]


def _is_command(phrasebook: Phrasebook, label: str) -> bool:
    return expected(phrasebook, label, takes_numbers=False) is not None


def _drawn(recordings: Sequence[Recording], most: int, rng: np.random.Generator) -> list[Recording]:
    chosen = rng.permutation(len(recordings))[:most]
    return [recordings[i] for i in sorted(chosen)]


def _cuts(recordings: Sequence[Recording], rng: np.random.Generator) -> Iterator[Int16]:
    length = round(CUT_S * SPEECH_RATE_HZ)
    for recording in recordings:
        samples = read_samples(recording)
        begin = int(rng.integers(max(1, len(samples) - length)))
        cut = samples[begin : begin + length]
        if cut.any():
            yield cut


def _load_features() -> Any:
    try:
        import pyopen_wakeword  # noqa: PLC0415 - an extra; the bench goes on without it

        return pyopen_wakeword.OpenWakeWordFeatures.from_builtin()
    except (ImportError, OSError, ValueError) as error:  # ValueError: no library in the wheel
        raise RecogniserError(
            f"the speech embedding cannot be loaded ({error})",
            place="pyopen-wakeword",
            mend=f"Install it: {_ADVICE}.",
        ) from error
