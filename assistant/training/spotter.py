"""Trains the spotter's head: python -m assistant.training.spotter --corpus FOLDER."""

import argparse
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as fn

from assistant.sound import Float32
from assistant.stt.embedding import embedding_file, fingerprint
from assistant.stt.spotter import HEAD_FILE, LAYOUT, quantised
from assistant.training.measure import as_table, figures, measured
from assistant.training.network import Speller, head_arrays
from assistant.training.variations import WORDS, TrainingSet, training_set

BATCH = 64
LABEL_SMOOTHING = 0.05
SHIFT_COLUMNS = 6
"""A clip is moved by up to this many columns of 20 ms each time it is seen."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one member of the head is trained."""

    epochs: int = 6
    seed: int = 0
    head_rate: float = 2e-3
    upper_rate: float = 8e-4
    """Highest learning rates; both rise for 15% of the steps, then fall along a cosine."""


def train(material: TrainingSet, recipe: Recipe) -> Speller:
    """Train one member: the upper part of the embedding network and a head on it."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    member = Speller(embedding_file(), len(WORDS)).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(
        [
            {"params": member.head.parameters(), "lr": recipe.head_rate},
            {"params": member.upper.parameters(), "lr": recipe.upper_rate},
        ],
        weight_decay=0.01,
    )
    steps = len(material.classes) // BATCH
    plan = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        [recipe.head_rate, recipe.upper_rate],
        total_steps=steps * recipe.epochs,
        pct_start=0.15,
    )
    classes = torch.from_numpy(material.classes)
    for epoch in range(recipe.epochs):
        member.train()
        order, total = rng.permutation(len(classes)), 0.0
        for step in range(steps):
            chosen = np.sort(order[step * BATCH : (step + 1) * BATCH])
            shift = int(rng.integers(-SHIFT_COLUMNS, SHIFT_COLUMNS + 1))
            seen = torch.roll(as_input(material.features[chosen]), shift, 2)
            loss = fn.cross_entropy(member(seen), classes[chosen], label_smoothing=LABEL_SMOOTHING)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            plan.step()
            total += loss.item()
        _log.info("seed %d, epoch %d: loss %.3f", recipe.seed, epoch + 1, total / steps)
    return member.eval()


def as_input(features: np.ndarray[Any, Any]) -> Tensor:
    """Return stored features as a network takes them."""
    return torch.from_numpy(features.astype(np.float32)).contiguous(
        memory_format=torch.channels_last
    )


def save(
    path: Path, members: Sequence[Speller], version: str, measurements: Mapping[str, object]
) -> None:
    """Write a head file."""
    arrays: dict[str, Any] = {
        "layout": np.int64(LAYOUT),
        "version": np.str_(version),
        "words": np.array(WORDS),
        "embedding_sha256": np.str_(fingerprint(embedding_file())),
        "figures": np.str_(json.dumps(measurements)),
        "members": np.int64(len(members)),
    }
    for index, member in enumerate(members):
        weights = member.upper.weights()
        arrays["kernels"] = np.array(
            sorted(at for at, values in weights.items() if values.ndim > 1)
        )
        arrays["biases"] = np.array(
            sorted(at for at, values in weights.items() if values.ndim == 1)
        )
        for offset, values in weights.items():
            _put(arrays, f"{index}.{offset}", values)
        for name, values in head_arrays(member.head).items():
            layer, part = name.rsplit("_", 1)
            if part == "bias":
                arrays[f"{index}.{layer}.bias"] = values
            else:
                _put(arrays, f"{index}.{layer}", np.ascontiguousarray(values.T))
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def _put(arrays: dict[str, Any], name: str, values: Float32) -> None:
    if values.ndim == 1:
        arrays[name] = values
    else:
        arrays[name], arrays[f"{name}.scale"] = quantised(values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, measure, write. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/train_spotter", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="recordings to train on")
    parser.add_argument("--out", type=Path, default=HEAD_FILE)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--members", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--version", default="1")
    parser.add_argument("--cache", type=Path, help="keep the variations here, or take them from it")
    parser.add_argument("--measure", type=Path, help="recordings of other people to measure with")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    torch.set_num_threads(1)
    material = _material(chosen.corpus, chosen.seed, chosen.cache)
    members = [train(material, Recipe(chosen.epochs, seed)) for seed in range(chosen.members)]
    save(chosen.out, members, chosen.version, {})
    if chosen.measure is not None:
        rows, spoken = measured(chosen.measure, chosen.out)
        save(chosen.out, members, chosen.version, figures(rows, spoken))
        sys.stdout.write(as_table(rows, spoken) + "\n")
    return 0


def _material(corpus: Path, seed: int, cache: Path | None) -> TrainingSet:
    if cache is not None and cache.is_file():
        with np.load(cache) as kept:
            return TrainingSet(kept["features"], kept["classes"])
    material = training_set(corpus, seed)
    if cache is not None:
        np.savez(cache, features=material.features, classes=material.classes)
    return material


if __name__ == "__main__":
    sys.exit(main())
