"""Makes the measure of likeness: python -m assistant.training.enrolment --corpus FOLDER.

The attention weights are those of a head of the spotter, frozen as they are when this is run: a
head that is trained anew leaves taught voices as they are. The rest is estimated on the corpus's
single words, of people who said one at least four times: three are taken as examples, and the
likeness of everything else that the same person said is compared with what it was.
"""

import argparse
import logging
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from assistant.evaluation.conditions import CLEAN, Stage
from assistant.evaluation.corpus import Corpus, read_corpus, read_samples
from assistant.sound import Float32
from assistant.stt.encoder import Encoder
from assistant.stt.enrolment import MEASURE_FILE, Measure, save_measure
from assistant.stt.spotter import HEAD_FILE, Head, read_heads
from assistant.stt.takes import Cutter, loudest

EXAMPLES = 3
"""As many as `earshot teach` asks for."""

LEAST_SHARE = 0.02
"""So many of the pairs of examples of one word are less alike than `Measure.least`."""

_SCALE_FLOOR = 0.1
_STEPS = 50

Said = Mapping[tuple[str, str], Sequence[Float32]]
"""What a speaker said, by speaker and label: numbers as `Measure.seen` gives them."""

_log = logging.getLogger(__name__)


def measure_of(head: Head, said: Said) -> Measure:
    """Estimate the measure on what people said."""
    groups = [np.stack(rows) for rows in said.values() if len(rows) > EXAMPLES]
    labels: dict[str, list[Float32]] = defaultdict(list)
    for (_, label), rows in said.items():
        labels[label] += rows
    mean = np.mean([np.mean(rows, axis=0) for rows in labels.values()], axis=0)
    within = np.mean([rows.var(axis=0, ddof=1) for rows in groups], axis=0)
    scale = np.sqrt(within + _SCALE_FLOOR * within.mean())
    flat = _with_head(head, mean, scale)
    same, other, pairs = likenesses(flat, said)
    slope, even = _logistic(same, other)
    least = float(np.quantile(pairs, LEAST_SHARE))
    return _with_head(head, mean, scale, slope=slope, even=even, least=least)


def likenesses(measure: Measure, said: Said) -> tuple[Float32, Float32, Float32]:
    """Return how like its own word each utterance is, how like each other word of the same
    speaker, and how alike the examples of a word are among themselves."""
    words: dict[str, dict[str, Float32]] = defaultdict(dict)
    rest: list[tuple[str, str, Float32]] = []
    pairs: list[float] = []
    for (speaker, label), rows in said.items():
        units = np.stack([_unit((row - measure.mean) / measure.scale) for row in rows])
        if len(units) > EXAMPLES:
            examples, units = units[:EXAMPLES], units[EXAMPLES:]
            words[speaker][label] = _unit(examples.mean(axis=0))
            pairs += list((examples @ examples.T)[np.triu_indices(EXAMPLES, 1)])
        rest += [(speaker, label, unit) for unit in units]
    same: list[float] = []
    other: list[float] = []
    for speaker, label, unit in rest:
        for word, mean in words[speaker].items():
            (same if word == label else other).append(float(mean @ unit))
    return _row(same), _row(other), _row(pairs)


def said_in(corpus: Corpus, pooling: Measure) -> Said:
    """Hear the single words of a corpus as `earshot teach` hears them."""
    said: dict[tuple[str, str], list[Float32]] = defaultdict(list)
    stage, cutter, encoder = Stage(corpus, [CLEAN]), Cutter(), Encoder()
    for recording in (*corpus.needed("commands"), *corpus.needed("digits")):
        staged = stage.staged(read_samples(recording), CLEAN)
        utterance = loudest([*cutter.hear(staged.samples), *cutter.finish()])
        cutter.reset()
        if utterance is not None:
            key = recording.speaker, recording.label
            said[key].append(pooling.seen(encoder.frames(utterance)))
    return said


def pooling_of(head: Head) -> Measure:
    """A measure that only sees, and compares nothing."""
    size = len(head.value_bias) * len(head.look_bias)
    return _with_head(head, np.zeros(size, np.float32), np.ones(size, np.float32))


def main(argv: Sequence[str] | None = None) -> int:
    """Make the file and say what it holds."""
    parser = argparse.ArgumentParser(description="Makes the measure of likeness.")
    parser.add_argument("--corpus", type=Path, required=True, help="a folder like ../audio/dev")
    parser.add_argument("--head", type=Path, default=HEAD_FILE)
    parser.add_argument("--out", type=Path, default=MEASURE_FILE)
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    head = read_heads(args.head)[0]
    said = said_in(read_corpus(args.corpus), pooling_of(head))
    measure = measure_of(head, said)
    save_measure(args.out, measure)
    same, other, _ = likenesses(measure, said)
    _log.info(
        "%d pairs of the same word, %d of others; even at %.3f, slope %.1f, least %.3f;"
        " same below even %.1f%%, others above %.1f%%",
        len(same),
        len(other),
        measure.even,
        measure.slope,
        measure.least,
        100 * float(np.mean(same < measure.even)),
        100 * float(np.mean(other > measure.even)),
    )
    return 0


def _with_head(
    head: Head,
    mean: Float32,
    scale: Float32,
    *,
    slope: float = 0.0,
    even: float = 0.0,
    least: float = 0.0,
) -> Measure:
    return Measure(
        head.norm_weight,
        head.norm_bias,
        head.value_weight,
        head.value_bias,
        head.look_weight,
        head.look_bias,
        np.asarray(mean, np.float32),
        np.asarray(scale, np.float32),
        slope,
        even,
        least,
    )


def _logistic(same: Float32, other: Float32) -> tuple[float, float]:
    """Return slope and middle of the logistic curve between two kinds, each weighing the same."""
    values = np.concatenate([same, other]).astype(np.float64)
    truth = np.concatenate([np.ones(len(same)), np.zeros(len(other))])
    weight = np.concatenate(
        [np.full(len(same), 0.5 / len(same)), np.full(len(other), 0.5 / len(other))]
    )
    design = np.stack([values, np.ones(len(values))], axis=1)
    found = np.zeros(2)
    for _ in range(_STEPS):  # Newton's method; the curve is convex
        share = 1 / (1 + np.exp(-design @ found))
        gradient = design.T @ (weight * (share - truth))
        curvature = (design * (weight * share * (1 - share))[:, None]).T @ design
        found -= np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
    slope, offset = found
    return float(slope), float(-offset / slope)


def _row(values: Sequence[float]) -> Float32:
    return np.array(values, np.float32)


def _unit(values: Float32) -> Float32:
    return np.asarray(values / np.linalg.norm(values), np.float32)


if __name__ == "__main__":
    sys.exit(main())
