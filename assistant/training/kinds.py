"""Trains the head for kinds of phrases: python -m assistant.training.kinds --corpus FOLDER.

Hardly any recordings of the coach's phrases exist, so synthetic voices say them; what is no phrase
is the spotter's own training set, and pieces of the coach's lines.
"""

import argparse
import logging
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from assistant.app import World, load_world
from assistant.config import load_settings
from assistant.nlu.kinds import OPEN, kind_of
from assistant.sound import SPEECH_RATE_HZ, Float32
from assistant.stt.encoder import FRAMES, WIDTH, Encoder
from assistant.stt.spotter import KINDS_FILE, REST, save_heads
from assistant.training.disturbance import Surroundings
from assistant.training.material import spoken
from assistant.training.spotter import Recipe, train
from assistant.training.variations import TrainingSet, surroundings, training_set, varied

MOST_LETTERS = 34
"""Longer phrases do not fit into the spotter's window of 2 s."""

PHRASES, OPEN_PHRASES, LEAST_SAID = 30, 45, 24
"""How many phrases of a kind are said, and of one that names numbers or movements; phrases of a
kind with few are said several times, so that the kind has so many."""

ROUNDS, VARIATIONS = 2, 2
"""How often all this is said, by voices drawn anew, and how often each is varied."""

FRAGMENTS = 1200
MADE_UP_ROOMS = 12
REST_SHARE = 0.15
"""How much of the spotter's training set stands for what is no phrase."""

_log = logging.getLogger(__name__)


def phrases_of_kinds(world: World) -> Mapping[str, Sequence[str]]:
    """Return the phrases of several words that fit into a window, by their kind."""
    found: dict[str, list[str]] = defaultdict(list)
    for phrase in world.phrasebook.weights:
        command = world.phrasebook.parse(phrase)
        if command is not None and " " in phrase and len(phrase) < MOST_LETTERS:
            found[kind_of(command)].append(phrase)
    return found


def made_up_room(rng: np.random.Generator) -> Float32:
    """Return a room's response: a direct sound and noise that dies away, 0.25 to 0.7 s."""
    length = int(rng.uniform(0.25, 0.7) * SPEECH_RATE_HZ)
    tail = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    direct_to_rest_db = rng.uniform(-8, 6)
    tail *= np.sqrt(10 ** (-direct_to_rest_db / 10) / np.sum(tail**2))
    tail[: int(rng.uniform(30, 120))] = 0
    tail[0] = 1
    return tail.astype(np.float32)


def said_of_kinds(world: World, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Yield what is said, with its kind, in so many rounds."""
    for _ in range(ROUNDS):
        yield from _said(world, rng)


def _said(world: World, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    for kind, phrases in phrases_of_kinds(world).items():
        count = min(len(phrases), OPEN_PHRASES if OPEN in kind else PHRASES)
        chosen = rng.permutation(len(phrases))[:count]
        for _ in range(max(1, min(6, LEAST_SAID // count))):
            yield from ((phrases[i], kind) for i in chosen)
    cues = [cue.text for e in world.library.exercises.values() for cue in e.cues]
    lines = [*cues, *world.lines.texts.values()]
    for _ in range(FRAGMENTS // ROUNDS):
        words = lines[int(rng.integers(len(lines)))].replace("{", "").replace("}", "").split()
        begin = int(rng.integers(0, max(1, len(words) - 3)))
        yield " ".join(words[begin : begin + int(rng.integers(3, 7))]), REST


def kinds_set(
    corpus: Path, world: World, seed: int, rest: TrainingSet
) -> tuple[TrainingSet, tuple[str, ...]]:
    """Make the training set and its classes. Takes a quarter of an hour of one core.

    `rest` is the spotter's set, of which some stands for what is no phrase.
    """
    rng = np.random.default_rng(seed)
    around = surroundings(corpus)
    rooms = [*around.rooms, *(made_up_room(rng) for _ in range(MADE_UP_ROOMS))]
    around = Surroundings(around.noises, around.speech, rooms)
    kinds = (*sorted(phrases_of_kinds(world)), REST)
    said = list(said_of_kinds(world, rng))
    chosen = rng.permutation(len(rest.classes))[: int(REST_SHARE * len(rest.classes))]
    features = np.empty((VARIATIONS * len(said) + len(chosen), FRAMES, WIDTH), np.float16)
    classes = np.full(len(features), kinds.index(REST), np.int64)
    encoder = Encoder()
    for place, (text, kind) in enumerate(said):
        samples = spoken(text, rng)
        for row in range(VARIATIONS * place, VARIATIONS * (place + 1)):
            features[row] = encoder.frames(varied(samples, around, rng, cut_share=0.6))
            classes[row] = kinds.index(kind)
        if place % 500 == 0:
            _log.info("%d of %d phrases said", place, len(said))
    features[VARIATIONS * len(said) :] = rest.features[np.sort(chosen)]
    return TrainingSet(features, classes), kinds


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="assistant.training.kinds", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="recordings to train on")
    parser.add_argument("--out", type=Path, default=KINDS_FILE)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--heads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=26)
    parser.add_argument("--version", default="2")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    torch.set_num_threads(1)
    world = load_world(load_settings())
    rest = training_set(chosen.corpus, chosen.seed)
    material, kinds = kinds_set(chosen.corpus, world, chosen.seed, rest)
    recipes = [Recipe(chosen.epochs, seed) for seed in range(chosen.heads)]
    heads = tuple(train(material, len(kinds), recipe) for recipe in recipes)
    save_heads(chosen.out, kinds, heads, chosen.version, figures={})
    return 0


if __name__ == "__main__":
    sys.exit(main())
