"""The spotter: which single word an utterance is, from heads on the speech embedding.

A head file (npz, numbers only) holds some networks of the same shape whose posteriors are
averaged. Each is a retrained upper part of the wheel's embedding network and two convolutions in
time on top. Weights are stored as bytes with one scale for each output, so that all fit in a
megabyte.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError
from assistant.sound import Float32, Int16
from assistant.stt.embedding import Embedding, embedding_file, fingerprint, patched, samples_for

HEAD_FILE = Path(__file__).parent / "data" / "spotter-en" / "head.npz"
"""The head that the package brings; where it comes from stands beside it in README.md."""

LAYOUT = 1
"""Version of the head file's layout; another needs another reader."""

REST = "[rest]"
"""The class of all sound that is none of the head's words."""

FRAMES = 16
WINDOW_SAMPLES = samples_for(FRAMES)
"""What one answer looks at: 1.98 s, so that a word of 0.5 s shows whether it stands alone."""

INPUT_SCALE = 0.1
"""Embeddings are about 10 in size; the head sees them times this."""

_HEAD_ARRAYS = ("first", "second", "out")


@dataclass(frozen=True, slots=True)
class _Dense:
    kernel: Float32
    bias: Float32


@dataclass(frozen=True, slots=True)
class _Member:
    """One of the averaged networks."""

    embedding: Embedding
    first: _Dense
    second: _Dense
    out: _Dense

    def logits(self, mels: Float32) -> Float32:
        values = self.embedding.embed_mels(mels) * INPUT_SCALE
        values = _in_time(_in_time(values, self.first), self.second)
        pooled = np.concatenate([values.mean(axis=0), values.max(axis=0)])
        return np.asarray(pooled @ self.out.kernel + self.out.bias, np.float32)


class Spotter:
    """Tells single words apart, and from everything else. Owned by one thread.

    Raises ModelError for a head file that is absent, cut short, of another layout, or made for
    another embedding network than the one installed.
    """

    def __init__(self, head_file: Path = HEAD_FILE) -> None:
        arrays = _read(head_file)
        self.words: tuple[str, ...] = tuple(str(word) for word in arrays["words"])
        """What it can tell, the last of them "[rest]"."""
        self.version = str(arrays["version"])
        self.figures: Mapping[str, Any] = MappingProxyType(json.loads(str(arrays["figures"])))
        """What training measured: condition to figures."""
        self._mels, self._members = _build(arrays, head_file)

    def posteriors(self, utterance: Int16) -> Mapping[str, float]:
        """Return how likely an utterance is each word, and none of them ("[rest]"); sums to 1.

        `utterance` is int16 mono, 16 000 Hz, shape (n,), best with a little of the silence round
        it. Of one longer than 1.98 s the part round its loudest half counts. Takes about 20 ms.
        Raises ValueError for anything but one row of int16.
        """
        if utterance.dtype != np.int16 or utterance.ndim != 1:
            raise ValueError(f"int16 in one row wanted, not {utterance.dtype} {utterance.shape}")
        if not utterance.any():
            return {word: float(word == REST) for word in self.words}
        mels = self._mels.mels(window(utterance))
        shares = np.mean([_softmax(member.logits(mels)) for member in self._members], axis=0)
        return dict(zip(self.words, shares.tolist(), strict=True))

    def close(self) -> None:
        """Free the networks."""
        for member in self._members:
            member.embedding.close()
        self._mels.close()


def window(utterance: Int16) -> Int16:
    """Return the 1.98 s that are looked at: padded with silence, or round the loudest half."""
    spare = WINDOW_SAMPLES - len(utterance)
    if spare >= 0:
        return np.pad(utterance, (spare // 2, spare - spare // 2))
    power = np.cumsum(np.square(utterance.astype(np.float64)))
    middle = int(np.searchsorted(power, power[-1] / 2))
    begin = min(max(0, middle - WINDOW_SAMPLES // 2), -spare)
    return utterance[begin : begin + WINDOW_SAMPLES]


def quantised(values: Float32) -> tuple[npt.NDArray[np.int8], Float32]:
    """Return an array as int8 with one scale for each row of its first axis."""
    rows = values.reshape(len(values), -1)
    scale = np.maximum(np.abs(rows).max(axis=1), 1e-9) / 127
    coded = np.round(rows / scale[:, None]).astype(np.int8)
    return coded.reshape(values.shape), scale.astype(np.float32)


def _restored(coded: npt.NDArray[np.int8], scale: Float32) -> Float32:
    return np.asarray(coded * scale.reshape(-1, *[1] * (coded.ndim - 1)), np.float32)


def _in_time(values: Float32, dense: _Dense) -> Float32:
    """A convolution over three frames, zeros beyond the ends, negative results cut off."""
    padded = np.pad(values, ((1, 1), (0, 0)))
    triples = np.concatenate([padded[:-2], padded[1:-1], padded[2:]], axis=1)
    return np.asarray(np.maximum(triples @ dense.kernel + dense.bias, 0), np.float32)


def _softmax(logits: Float32) -> Float32:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), np.float32)


def _read(path: Path) -> Mapping[str, npt.NDArray[Any]]:
    try:
        # From memory: NumPy 2.4 leaves a path that it cannot read open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _unusable(path, f"this is no whole head file ({error})") from error
    layout = int(arrays["layout"]) if "layout" in arrays else None
    if layout != LAYOUT:
        raise _unusable(path, f"this head has layout {layout}, and {LAYOUT} is read here")
    return arrays


def _build(
    arrays: Mapping[str, npt.NDArray[Any]], path: Path
) -> tuple[Embedding, tuple[_Member, ...]]:
    network = embedding_file()
    try:
        wanted = str(arrays["embedding_sha256"])
        if wanted != fingerprint(network):
            raise _unusable(path, f"this head was made for another embedding ({wanted[:12]}…)")
        members = tuple(_member(arrays, index, network) for index in range(int(arrays["members"])))
    except (KeyError, ValueError) as error:
        raise _unusable(
            path, f"this head lacks a part or has one of a wrong shape ({error})"
        ) from error
    if not members or members[0].out.bias.shape != (len(arrays["words"]),):
        raise _unusable(path, "this head's words and outputs differ in number")
    return Embedding(network), members


def _member(arrays: Mapping[str, npt.NDArray[Any]], index: int, network: bytes) -> _Member:
    weights: dict[int, Float32] = {}
    for offset in arrays["kernels"]:
        name = f"{index}.{offset}"
        weights[int(offset)] = _restored(arrays[name], arrays[f"{name}.scale"])
    for offset in arrays["biases"]:
        weights[int(offset)] = arrays[f"{index}.{offset}"]
    layers = [
        _Dense(
            # Stored with outputs first, for the scales; multiplied with outputs last.
            _restored(arrays[f"{index}.{name}"], arrays[f"{index}.{name}.scale"]).T,
            arrays[f"{index}.{name}.bias"],
        )
        for name in _HEAD_ARRAYS
    ]
    return _Member(Embedding(patched(network, weights)), *layers)


def _unusable(path: Path, problem: str) -> ModelError:
    return ModelError(
        problem, place=str(path), mend="Install Earshot again, or train one: scripts/train_spotter."
    )
