"""Trains the spotter's heads: python -m assistant.training.spotter --corpus FOLDER."""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from assistant.stt.encoder import WIDTH
from assistant.stt.spotter import HEAD_FILE, Head, save_heads
from assistant.training.variations import SELDOM_RECORDED, WORDS, TrainingSet, training_set

BATCH = 64
LABEL_SMOOTHING = 0.05

SHIFT_FRAMES = 8
"""A clip is moved by up to this many frames of 24 ms each time it is seen."""

MIXED_SHARE, MIXED_BETA = 0.5, 0.3
"""How many batches are mixed with themselves in another order (mixup), and by how much."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one head is trained."""

    epochs: int = 8
    seed: int = 0
    rate: float = 1.5e-3
    """Highest learning rate; it rises for 15% of the steps, then falls along a cosine."""
    units: int = 128
    looks: int = 8
    dropout: float = 0.4


class TrainedHead(nn.Module):
    """A head as `assistant.stt.spotter.Head` computes it, with what training adds."""

    def __init__(self, classes: int, recipe: Recipe) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.value = nn.Linear(WIDTH, recipe.units)
        self.look = nn.Linear(WIDTH, recipe.looks)
        self.out = nn.Linear(recipe.looks * recipe.units, classes)
        self.drop = nn.Dropout(recipe.dropout)

    @classmethod
    def of(cls, head: Head, dropout: float) -> "TrainedHead":
        """Return a head that is there, to be trained on."""
        recipe = Recipe(units=len(head.value_bias), looks=len(head.look_bias), dropout=dropout)
        trained = cls(len(head.out_bias), recipe)
        for layer, weight, bias in (
            (trained.norm, head.norm_weight, head.norm_bias),
            (trained.value, head.value_weight.T, head.value_bias),
            (trained.look, head.look_weight.T, head.look_bias),
            (trained.out, head.out_weight.T, head.out_bias),
        ):
            layer.weight.data = torch.from_numpy(np.ascontiguousarray(weight))
            layer.bias.data = torch.from_numpy(bias)
        return trained

    def forward(self, frames: Tensor) -> Tensor:
        """Take (batch, frames, 288), return logits (batch, classes)."""
        normal = self.norm(frames)
        values = fn.relu(self.value(self.drop(normal)))
        looks = self.look(normal).softmax(dim=1)
        seen = torch.einsum("bfl,bfu->blu", looks, values).flatten(1)
        return self.out(self.drop(seen))

    def exported(self) -> Head:
        """Return the weights as the spotter takes them."""
        parts = [self.norm.weight, self.norm.bias]
        for layer in (self.value, self.look, self.out):
            parts += [layer.weight.T, layer.bias]
        return Head(*(np.ascontiguousarray(part.detach().numpy()) for part in parts))


def train(material: TrainingSet, classes: int, recipe: Recipe) -> Head:
    """Train one head for so many classes."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    head = TrainedHead(classes, recipe)
    optimiser = torch.optim.AdamW(head.parameters(), lr=recipe.rate, weight_decay=0.02)
    steps = len(material.classes) // BATCH
    plan = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=steps * recipe.epochs, pct_start=0.15
    )
    for epoch in range(recipe.epochs):
        order, total = rng.permutation(len(material.classes)), 0.0
        for step in range(steps):
            chosen = np.sort(order[step * BATCH : (step + 1) * BATCH])
            loss = _loss(head, material, chosen, rng)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            plan.step()
            total += loss.item()
        _log.info("seed %d, epoch %d: loss %.3f", recipe.seed, epoch + 1, total / steps)
    return head.eval().exported()


def _loss(
    head: TrainedHead, material: TrainingSet, chosen: np.ndarray, rng: np.random.Generator
) -> Tensor:
    frames = torch.from_numpy(material.features[chosen].astype(np.float32))
    frames = torch.roll(frames, int(rng.integers(-SHIFT_FRAMES, SHIFT_FRAMES + 1)), 1)
    classes = torch.from_numpy(material.classes[chosen])
    targets = fn.one_hot(classes, head.out.out_features).float()
    if rng.random() < MIXED_SHARE:
        share = float(rng.beta(MIXED_BETA, MIXED_BETA))
        other = torch.from_numpy(rng.permutation(len(chosen)))
        frames = share * frames + (1 - share) * frames[other]
        targets = share * targets + (1 - share) * targets[other]
    return fn.cross_entropy(head(frames), targets, label_smoothing=LABEL_SMOOTHING)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/train_spotter", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="recordings to train on")
    parser.add_argument("--out", type=Path, default=HEAD_FILE)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--heads", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--version", default="3")
    parser.add_argument("--cache", type=Path, help="keep the variations here, or take them from it")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    torch.set_num_threads(1)
    material = _material(chosen.corpus, chosen.seed, chosen.cache)
    heads = tuple(
        train(material, len(WORDS), Recipe(chosen.epochs, seed)) for seed in range(chosen.heads)
    )
    save_heads(chosen.out, WORDS, heads, chosen.version, figures={}, seldom=SELDOM_RECORDED)
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
