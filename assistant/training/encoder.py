"""Trains the speech encoder on, with its heads: python -m assistant.training.encoder.

The encoder was made for whole sentences. Here it learns to make of a command in noise, in a room
or over the coach's voice what it made of the same command undisturbed (a teacher, the encoder as
it was, tells it that), while all heads learn along to tell the commands apart.
"""

import argparse
import logging
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed, multiprocessing, nn
from torch.nn import functional as fn

from assistant.app import World, load_world
from assistant.config import load_settings
from assistant.sound import Float32
from assistant.stt.arrays import read_arrays
from assistant.stt.encoder import WEIGHTS_FILE
from assistant.stt.spotter import (
    HEAD_FILE,
    INTERRUPTIONS_FILE,
    KINDS_FILE,
    Spotter,
    read_heads,
    save_heads,
)
from assistant.training.interruptions import around_coach, interrupting_phrases
from assistant.training.kinds import said_of_kinds
from assistant.training.material import read_corpus, spoken, synthesise
from assistant.training.network import Network
from assistant.training.pairs import Material, Pair, Pairs
from assistant.training.spotter import TrainedHead
from assistant.training.variations import NEARBY, WORDS, surroundings

WORDS_A_STEP, PHRASES_A_STEP, OVER_A_STEP = 4, 3, 1
"""How many pairs of each kind every process draws for a step."""

RATE, HEADS_RATE = 6e-5, 2e-4
"""Highest learning rates of encoder and heads; they rise for 150 steps and fall along a cosine."""
RISING_STEPS = 150

NEW_SHARE = 0.5
"""What is written is the mean of the weights before and after, so much of it those after: it hears
noise as well as these, and takes fewer other words (docs/hearing.md)."""

LABEL_SMOOTHING = 0.05
DROPOUT = 0.25
MOST_GRADIENT = 2.0

LIKENESS_WEIGHT, OVER_WEIGHT, TEACHER_WEIGHT = 1.5, 0.4, 0.5
"""How much counts, beside an error of the heads for words or for kinds: how unlike the teacher's
the frames are, an error over the coach's voice, and how unlike the teacher's is what the heads for
words make of a phrase and those for kinds of a word."""

NEARBY_VOICES = 10

SAID_TIMES = 2
"""How often all phrases are said (`said_of_kinds`), by voices drawn anew."""

_LOGGED_STEPS = 50
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained, from what, and for how long."""

    material: Material
    steps: int
    processes: int
    seed: int
    version: str


class Heads(nn.Module):
    """The heads of a file, to be trained together."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        spotter = Spotter(path)
        self.classes, self.seldom = spotter.words, sorted(spotter.seldom)
        self.heads = nn.ModuleList(TrainedHead.of(head, DROPOUT) for head in read_heads(path))

    def shares(self, frames: Tensor) -> Tensor:
        """The mean of the posteriors, shape (batch, classes)."""
        return torch.stack([fn.softmax(head(frames), -1) for head in self.heads]).mean(dim=0)

    def error_of_each(self, frames: Tensor, targets: Tensor) -> Tensor:
        """Cross entropy, the mean of that of each head."""
        losses = [fn.cross_entropy(head(frames), targets) for head in self.heads]
        return torch.stack(losses).mean()

    def error(self, frames: Tensor, targets: Tensor) -> Tensor:
        """Cross entropy of the mean posteriors: of these heads some do not know every class."""
        return torch.sum(-targets * torch.log(self.shares(frames) + 1e-6), -1).mean()

    def targets(self, pairs: Sequence[Pair]) -> Tensor:
        """What the labels ask for, smoothed, shape (batch, classes)."""
        places = torch.tensor([self.classes.index(pair.label) for pair in pairs])
        sure = fn.one_hot(places, len(self.classes)).float()
        return sure * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / len(self.classes)


class Ears(nn.Module):
    """The encoder with all that reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.network = Network(read_arrays(WEIGHTS_FILE, what="speech encoder", mend=""))
        self.words, self.kinds = Heads(HEAD_FILE), Heads(KINDS_FILE)
        self.over = Heads(INTERRUPTIONS_FILE)


def make_material(world: World, corpus: Path, seed: int) -> Material:
    """Record the synthetic voices and the coach in its rooms. Takes a quarter of an hour of one
    core.

    Raises EvaluationError for a folder that cannot be used.
    """
    rng = np.random.default_rng(seed)
    words: dict[str, Sequence[Float32]] = {}
    for word in (*WORDS[:-1], *NEARBY):
        clips = [clip.samples for clip in synthesise(word)]
        count = len(clips) if word in WORDS else NEARBY_VOICES
        words[word] = [clips[i] for i in rng.permutation(len(clips))[:count]]
    _log.info("%d words said", len(words))
    known = frozenset(Spotter(KINDS_FILE).words)
    said = [entry for _ in range(SAID_TIMES) for entry in said_of_kinds(world, rng)]
    phrases = [(text, kind, spoken(text, rng)) for text, kind in said if kind in known]
    _log.info("%d phrases said", len(phrases))
    over = {text: kind for kind, texts in interrupting_phrases(world).items() for text in texts}
    people = read_corpus(corpus, ["commands", "digits", "phrases"])
    coach = around_coach(world, corpus, rng)
    around = surroundings(corpus)
    around = replace(around, rooms=[*around.rooms, *coach.rooms])
    return Material(people, words, phrases, over, around, coach)


def train(rank: int, plan: Plan) -> None:
    """Train as one of several processes that share their gradients; the first one writes."""
    _log_to_stderr()  # a process of its own
    torch.set_num_threads(1)
    torch.manual_seed(plan.seed)
    distributed.init_process_group("gloo", rank=rank, world_size=plan.processes)
    ears, teacher = Ears(), Ears().eval().requires_grad_(False)
    ears.network.front[0].requires_grad_(False)
    optimiser = torch.optim.AdamW(_groups(ears), weight_decay=0.01, betas=(0.9, 0.98))
    highest = [group["lr"] for group in optimiser.param_groups]
    trained = [p for group in optimiser.param_groups for p in group["params"]]
    pairs = Pairs(plan.material, np.random.default_rng([plan.seed, rank]))
    total = np.zeros(2)
    for step in range(plan.steps):
        share = (
            min(1.0, (step + 1) / RISING_STEPS) * (1 + math.cos(math.pi * step / plan.steps)) / 2
        )
        for group, rate in zip(optimiser.param_groups, highest, strict=True):
            group["lr"] = rate * share
        error, unlike = _errors(ears, teacher, pairs)
        optimiser.zero_grad()
        (error + LIKENESS_WEIGHT * unlike).backward()
        _share_gradients(trained, plan.processes)
        optimiser.step()
        total += [error.item(), unlike.item()]
        if rank == 0 and (step + 1) % _LOGGED_STEPS == 0:
            _log.info("step %d: heads %.3f, frames %.3f", step + 1, *total / _LOGGED_STEPS)
            total[:] = 0
    if rank == 0:
        _mix(ears, teacher, NEW_SHARE)
        _write(ears.eval(), plan)
    distributed.destroy_process_group()


def _groups(ears: Ears) -> list[dict[str, object]]:
    encoder = [p for p in ears.network.parameters() if p.requires_grad]
    heads = [*ears.words.parameters(), *ears.kinds.parameters(), *ears.over.parameters()]
    return [{"params": encoder, "lr": RATE}, {"params": heads, "lr": HEADS_RATE}]


def _errors(ears: Ears, teacher: Ears, pairs: Pairs) -> tuple[Tensor, Tensor]:
    """The heads' error on a batch, and how unlike the teacher's its frames are (1 is as unlike as
    frames are among themselves)."""
    words = [pairs.word() for _ in range(WORDS_A_STEP)]
    phrases = [pairs.phrase() for _ in range(PHRASES_A_STEP)]
    over = [pairs.over() for _ in range(OVER_A_STEP)]
    # The teacher costs a third of it all: it is asked about every other word alone.
    asked = [*range(0, WORDS_A_STEP, 2), *range(WORDS_A_STEP, WORDS_A_STEP + len(phrases + over))]
    drawn = [*words, *phrases, *over]
    with torch.no_grad():
        wanted = teacher.network(_stacked([drawn[i].undisturbed for i in asked]))
    frames = ears.network(_stacked([pair.heard for pair in drawn]))
    of_words, of_phrases, of_over = frames.split([len(words), len(phrases), len(over)])
    wanted_words, wanted_phrases, _ = wanted.split([len(words[::2]), len(phrases), len(over)])
    error = ears.words.error_of_each(of_words, ears.words.targets(words))
    error = error + ears.kinds.error(of_phrases, ears.kinds.targets(phrases))
    error = error + OVER_WEIGHT * ears.over.error_of_each(of_over, ears.over.targets(over))
    by_words = ears.words.error_of_each(of_phrases, teacher.words.shares(wanted_phrases))
    by_kinds = ears.kinds.error(of_words[::2], teacher.kinds.shares(wanted_words))
    error = error + TEACHER_WEIGHT * (by_words + by_kinds)
    return error, (frames[asked] - wanted).square().mean() / wanted.var()


def _stacked(windows: Sequence[Float32]) -> Tensor:
    return torch.from_numpy(np.stack(windows))


def _share_gradients(trained: Sequence[nn.Parameter], processes: int) -> None:
    """Take the mean of all processes' gradients, and no more of it than `MOST_GRADIENT`."""
    flat = torch.cat([p.grad.reshape(-1) for p in trained])
    distributed.all_reduce(flat)
    flat /= processes
    flat *= min(1.0, MOST_GRADIENT / float(flat.norm()))
    parts = flat.split([p.numel() for p in trained])
    for parameter, part in zip(trained, parts, strict=True):
        parameter.grad.copy_(part.view_as(parameter))


def _mix(after: nn.Module, before: nn.Module, share: float) -> None:
    """Take so much of the weights after as is asked, and the rest of those before."""
    with torch.no_grad():
        for new, old in zip(after.parameters(), before.parameters(), strict=True):
            new.lerp_(old, 1.0 - share)


def _write(ears: Ears, plan: Plan) -> None:
    arrays = read_arrays(WEIGHTS_FILE, what="speech encoder", mend="")
    np.savez(WEIGHTS_FILE, allow_pickle=False, **ears.network.arrays(arrays))
    for heads in (ears.words, ears.kinds, ears.over):
        parts = tuple(head.exported() for head in heads.heads)
        save_heads(heads.path, heads.classes, parts, plan.version, figures={}, seldom=heads.seldom)


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/train_spotter encoder", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="recordings to train on")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--version", default="5")
    chosen = parser.parse_args(arguments)
    _log_to_stderr()
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}
    material = make_material(load_world(load_settings()), chosen.corpus, chosen.seed)
    plan = Plan(material, chosen.steps, chosen.processes, chosen.seed, chosen.version)
    multiprocessing.spawn(train, args=(plan,), nprocs=chosen.processes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
