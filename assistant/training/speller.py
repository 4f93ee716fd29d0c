"""Trains the speller's head: python -m assistant.training.speller --corpus FOLDER."""

import argparse
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from assistant.stt.encoder import WIDTH
from assistant.stt.pronunciations import PHONES
from assistant.stt.speller import HEAD_FILE, Convolution, PhoneHead, save_head
from assistant.training.speller_measure import as_table, figures
from assistant.training.utterances import UtteranceSet, load_set, save_set, targets, utterance_set

BATCH = 32

LARGEST_GRADIENT = 2.0
"""Norm to which gradients are cut: CTC's are large before it has found the phones."""

Targets = Mapping[str, Sequence[int]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a head is trained."""

    epochs: int = 10
    seed: int = 0
    rate: float = 3e-3
    """Highest learning rate; it rises for 15% of the steps, then falls along a cosine."""
    units: int = 112
    dilations: tuple[int, ...] = (1, 2, 3)
    """Of the blocks of three taps: with the entry a phone is seen with 0.19 s on either side."""
    dropout: float = 0.15


class TrainedHead(nn.Module):
    """A head as `assistant.stt.speller.PhoneHead` computes it, with what training adds."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.entry = nn.Conv1d(WIDTH, recipe.units, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Conv1d(recipe.units, recipe.units, 3, padding=d, dilation=d)
            for d in recipe.dilations
        )
        self.exit = nn.Conv1d(recipe.units, len(PHONES) + 1, 1)
        self.drop = nn.Dropout(recipe.dropout)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """Take (batch, frames, 288) and how many are filled, return log posteriors (…, 40)."""
        filled = (torch.arange(frames.shape[1])[None] < lengths[:, None]).float()[:, None]
        normal = self.norm(frames).transpose(1, 2) * filled
        values = fn.relu(self.entry(self.drop(normal))) * filled
        for block in self.blocks:
            values = (values + fn.relu(block(self.drop(values)))) * filled
        logits: Tensor = self.exit(self.drop(values))
        return logits.transpose(1, 2).log_softmax(dim=2)

    def exported(self) -> PhoneHead:
        """Return the weights as the speller takes them."""
        entry, *blocks = (_convolution(m) for m in (self.entry, *self.blocks))
        norm_weight, norm_bias = (
            part.detach().numpy() for part in (self.norm.weight, self.norm.bias)
        )
        return PhoneHead(norm_weight, norm_bias, entry, tuple(blocks), _convolution(self.exit))


def train(material: UtteranceSet, recipe: Recipe) -> PhoneHead:
    """Train a head."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    head = TrainedHead(recipe)
    spelled = targets(material.texts)
    batches = list(_batches(material, spelled))
    optimiser = torch.optim.AdamW(head.parameters(), lr=recipe.rate, weight_decay=0.01)
    plan = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=len(batches) * recipe.epochs, pct_start=0.15
    )
    for epoch in range(recipe.epochs):
        total = 0.0
        for index in rng.permutation(len(batches)):
            loss = _loss(head, material, batches[index], spelled)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(head.parameters(), LARGEST_GRADIENT)
            optimiser.step()
            plan.step()
            total += loss.item()
        _log.info("epoch %d: loss %.3f nats a phone", epoch + 1, total / len(batches))
    return head.eval().exported()


def _batches(material: UtteranceSet, spelled: Targets) -> Iterator[list[int]]:
    """Yield utterances of about the same length, without those too short for their phones."""
    lengths = np.diff(material.ends, prepend=0)
    usable = [
        i for i in np.argsort(lengths, kind="stable")
        if lengths[i] > 1.5 * len(spelled[material.texts[i]])
    ]  # fmt: skip
    for begin in range(0, len(usable), BATCH):
        yield [int(i) for i in usable[begin : begin + BATCH]]


def _loss(head: TrainedHead, material: UtteranceSet, batch: list[int], spelled: Targets) -> Tensor:
    starts = [int(material.ends[i - 1]) if i else 0 for i in batch]
    parts = [material.features[s : material.ends[i]] for s, i in zip(starts, batch, strict=True)]
    lengths = torch.tensor([len(part) for part in parts])
    frames = torch.zeros(len(parts), int(lengths.max()), WIDTH)
    for row, part in enumerate(parts):
        frames[row, : len(part)] = torch.from_numpy(part.astype(np.float32))
    phones = [torch.tensor(spelled[material.texts[i]]) for i in batch]
    posteriors = head(frames, lengths).transpose(0, 1)
    counts = torch.tensor([len(p) for p in phones])
    return fn.ctc_loss(posteriors, torch.cat(phones), lengths, counts, zero_infinity=True)


def _convolution(layer: nn.Module) -> Convolution:
    if not isinstance(layer, nn.Conv1d):
        raise TypeError(f"a convolution wanted, not {layer}")
    weight = layer.weight.detach().permute(2, 1, 0).contiguous().numpy()
    bias = layer.bias
    if bias is None:
        raise TypeError("a convolution with a bias wanted")
    return Convolution(weight, bias.detach().numpy(), int(layer.dilation[0]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, measure, write. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/train_speller", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="recordings to train on")
    parser.add_argument("--out", type=Path, default=HEAD_FILE)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2, help="processes that make variations")
    parser.add_argument("--version", default="1")
    parser.add_argument("--without-voice", default="", help="leave a voice out, such as flite rms")
    parser.add_argument("--cache", type=Path, help="keep the variations here, or take them from it")
    parser.add_argument("--measure", type=Path, help="recordings of other people to measure with")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    torch.set_num_threads(1)
    material = _material(chosen.corpus, chosen.seed, chosen.jobs, chosen.cache)
    if chosen.without_voice:
        material = material.without(chosen.without_voice)
    head = train(material, Recipe(chosen.epochs, chosen.seed))
    save_head(chosen.out, head, chosen.version, {})
    if chosen.measure is not None:
        rows = figures(chosen.measure, chosen.out)
        save_head(chosen.out, head, chosen.version, rows)
        sys.stdout.write(as_table(rows))
    return 0


def _material(corpus: Path, seed: int, jobs: int, cache: Path | None) -> UtteranceSet:
    if cache is not None and cache.is_file():
        return load_set(cache)
    material = utterance_set(corpus, seed, jobs)
    if cache is not None:
        save_set(cache, material)
    return material


if __name__ == "__main__":
    sys.exit(main())
