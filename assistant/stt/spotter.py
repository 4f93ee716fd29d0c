"""The spotter: which single word an utterance is, from heads on the speech encoder.

A head file (npz, numbers only) holds some heads whose posteriors are averaged. Each looks at the
encoder's frames with a few attention weights: where in the window to look, and what is there.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from assistant.errors import ModelError
from assistant.sound import Float32, Int16
from assistant.stt.arrays import Arrays, fingerprint, read_arrays
from assistant.stt.encoder import WEIGHTS_FILE, WIDTH, Encoder

HEAD_FILE = Path(__file__).parent / "data" / "spotter-en" / "head.npz"
"""The head that the package brings; where it comes from stands beside it in README.md."""

KINDS_FILE = HEAD_FILE.with_name("kinds.npz")
"""The head that tells kinds of phrases of several words (`nlu.kinds`)."""

INTERRUPTIONS_FILE = HEAD_FILE.with_name("interruptions.npz")
"""The head that tells what interrupts the coach, by its kind."""

LAYOUT = 2
"""Version of the head file's layout; another needs another reader."""

REST = "[rest]"
"""The class of all sound that is none of the head's words."""

_MEND = "Install Earshot again, or train one: scripts/train_spotter."

_VARIANCE_FLOOR = 1e-5
"""As in PyTorch's LayerNorm, with which heads are trained."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Where in a window a few looks go, and what they see there: arrays of float32."""

    norm_weight: Float32
    norm_bias: Float32
    value_weight: Float32
    """Shape (288, units): what is seen of a frame."""
    value_bias: Float32
    look_weight: Float32
    """Shape (288, looks): how much each look wants a frame."""
    look_bias: Float32

    def seen(self, frames: Float32) -> Float32:
        """Return what the looks see of a window's frames (82, 288), shape (looks * units,)."""
        centred = frames - frames.mean(axis=1, keepdims=True)
        deviation = np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + _VARIANCE_FLOOR)
        normal = centred / deviation * self.norm_weight + self.norm_bias
        values = np.maximum(normal @ self.value_weight + self.value_bias, 0)
        looks = _softmax(normal @ self.look_weight + self.look_bias, axis=0)
        return np.asarray((looks.T @ values).reshape(-1), np.float32)


@dataclass(frozen=True, slots=True)
class Head(Attention):
    """One head: what it makes of what its looks see."""

    out_weight: Float32
    """Shape (looks * units, classes)."""
    out_bias: Float32

    def logits(self, frames: Float32) -> Float32:
        """Return the logits of a window's frames (82, 288), shape (classes,)."""
        return np.asarray(self.seen(frames) @ self.out_weight + self.out_bias, np.float32)


_PARTS = tuple(part.name for part in fields(Head))


class Spotter:
    """Tells single words apart, and from everything else. Owned by one thread.

    Raises ModelError for a head file that is absent, cut short, of another layout, or made for
    another encoder than the one installed; and for an encoder whose weights cannot be
    read.
    """

    def __init__(self, head_file: Path = HEAD_FILE, encoder: Encoder | None = None) -> None:
        """`encoder` is one to share; without it the spotter has its own."""
        arrays = _read(head_file)
        self.words: tuple[str, ...] = tuple(str(word) for word in arrays["words"])
        """What it can tell, the last of them "[rest]"."""
        self.seldom = frozenset(str(word) for word in arrays.get("seldom", ()))
        """Those of its words that it learnt from few people."""
        self.version = str(arrays["version"])
        self.figures: Mapping[str, Any] = MappingProxyType(json.loads(str(arrays["figures"])))
        """What training measured: condition to figures."""
        self._heads = _heads(arrays, head_file, len(self.words))
        self.encoder = encoder or Encoder()

    def posteriors(self, utterance: Int16) -> Mapping[str, float]:
        """Return how likely an utterance is each word, and none of them ("[rest]"); sums to 1.

        `utterance` is int16 mono, 16 000 Hz, shape (n,), best with a little of the silence round
        it. Of one longer than 2 s the part round its loudest half counts. Takes about 35 ms.
        Raises ValueError for anything but one row of int16.
        """
        if not utterance.any():
            return {word: float(word == REST) for word in self.words}
        return self.posteriors_of(self.encoder.frames(utterance))

    def posteriors_of(self, frames: Float32) -> Mapping[str, float]:
        """Return the same of the encoder's frames, shape (82, 288)."""
        shares = np.mean([_softmax(head.logits(frames), axis=0) for head in self._heads], axis=0)
        return dict(zip(self.words, shares.tolist(), strict=True))


def read_heads(path: Path) -> tuple[Head, ...]:
    """Return the heads of a file. Raises ModelError as `Spotter` does."""
    arrays = _read(path)
    return _heads(arrays, path, len(arrays["words"]))


def save_heads(
    path: Path,
    words: tuple[str, ...],
    heads: tuple[Head, ...],
    version: str,
    *,
    figures: Mapping[str, Any],
    seldom: Sequence[str] = (),
) -> None:
    """Write a head file: weights as float16, which changes no posterior by more than 0.01."""
    arrays: dict[str, Any] = {
        "layout": np.int64(LAYOUT),
        "version": np.str_(version),
        "words": np.array(words),
        "seldom": np.array(seldom, np.str_),
        "encoder_sha256": np.str_(fingerprint(WEIGHTS_FILE)),
        "figures": np.str_(json.dumps(figures)),
        "heads": np.int64(len(heads)),
    }
    for index, head in enumerate(heads):
        for name in _PARTS:
            arrays[f"{index}.{name}"] = getattr(head, name).astype(np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def _softmax(values: Float32, axis: int) -> Float32:
    powers = np.exp(values - values.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True), np.float32)


def _read(path: Path) -> Arrays:
    arrays = read_arrays(path, what="head file", mend=_MEND)
    layout = int(arrays["layout"]) if "layout" in arrays else None
    if layout != LAYOUT:
        raise _unusable(path, f"this head has layout {layout}, and {LAYOUT} is read here")
    return arrays


def _heads(arrays: Arrays, path: Path, classes: int) -> tuple[Head, ...]:
    try:
        wanted = str(arrays["encoder_sha256"])
        heads = tuple(
            Head(*(arrays[f"{index}.{name}"].astype(np.float32) for name in _PARTS))
            for index in range(int(arrays["heads"]))
        )
    except KeyError as error:
        raise _unusable(path, f"this head lacks a part ({error})") from error
    if wanted != fingerprint(WEIGHTS_FILE):
        raise _unusable(path, f"this head was made for another encoder ({wanted[:12]}…)")
    if not heads or any(not _fits(head, classes) for head in heads):
        raise _unusable(path, f"this head's parts fit neither each other nor its {classes} words")
    return heads


def _fits(head: Head, classes: int) -> bool:
    units, looks = len(head.value_bias), len(head.look_bias)
    return (
        head.norm_weight.shape == head.norm_bias.shape == (WIDTH,)
        and head.value_weight.shape == (WIDTH, units)
        and head.look_weight.shape == (WIDTH, looks)
        and head.out_weight.shape == (looks * units, classes)
        and head.out_bias.shape == (classes,)
    )


def _unusable(path: Path, problem: str) -> ModelError:
    return ModelError(problem, place=str(path), mend=_MEND)
