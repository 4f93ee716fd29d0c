"""The speech encoder: what was said as numbers, from the Moonshine tiny English model.

The encoder was trained on speech of very many people to be read by a decoder; here small heads
read it instead (`assistant.stt.spotter`) and a user's own examples are compared in it. Three
convolutions over the samples and six transformer layers, 7.7 million weights: NumPy will do.
ONNX Runtime needed 22 ms for 35, and 30 MB more of the 150 that a listening process may have. The
weights lie beside the package's other models; where they come from stands there in README.md.

After Jeffries and others, "Moonshine: Speech Recognition for Live Transcription and Voice
Commands", 2024.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError
from assistant.sound import SPEECH_RATE_HZ, Float32, Int16
from assistant.stt.arrays import Arrays, read_arrays

WIDTH = 288
"""Numbers a frame."""

WINDOW_SAMPLES = 2 * SPEECH_RATE_HZ
"""What a word is looked at in: 2 s, so that one of 0.5 s shows whether it stands alone."""

FRAMES = 82
"""Frames of a window: one each 24 ms."""

LAYERS = 6

WEIGHTS_FILE = Path(__file__).parent / "data" / "moonshine-tiny-en" / "encoder.npz"
"""The network's weights as `assistant.training.weights` writes them."""

HEADS, _HEAD_WIDTH = 8, 36
TURNED = 32
"""How many numbers of each head are turned by their place in time (rotary embedding)."""

KERNELS = ((127, 64), (7, 3), (3, 2))
"""Length and stride of the three convolutions."""

VARIANCE_FLOOR = 1e-5
_FULL_SCALE = 32768
_MEND = "Install Earshot again: scripts/setup."


class Encoder:
    """Turns a window of sound into frames. Owned by one thread.

    Takes about 35 ms of processor time on one core of an AMD EPYC for a window, and 13 MB. Raises
    ModelError for a file that does not hold the network.
    """

    def __init__(self, weights_file: Path = WEIGHTS_FILE) -> None:
        arrays = read_arrays(weights_file, what="speech encoder", mend=_MEND)
        try:
            # Widened once: NumPy takes 5 ms for it.
            self._front = [arrays[f"conv{n}.weight"].astype(np.float32) for n in (1, 2, 3)]
            self._front_biases = [arrays[f"conv{n}.bias"] for n in (2, 3)]
            self._group_weight, self._group_bias = arrays["group.weight"], arrays["group.bias"]
            self._layers = [_Layer.of(arrays, index) for index in range(LAYERS)]
            self._norm_weight = arrays["norm.weight"]
            frequencies = arrays["frequencies"]
        except KeyError as error:
            raise ModelError(
                f"this speech encoder lacks a part ({error})", place=str(weights_file), mend=_MEND
            ) from error
        angles = np.repeat(np.arange(FRAMES)[:, None] * frequencies, 2, axis=1)[:, None]
        self._cosines = np.cos(angles).astype(np.float32)
        self._sines = np.sin(angles).astype(np.float32)

    def frames(self, utterance: Int16) -> Float32:
        """Return the frames of an utterance's window, shape (82, 288). See `window`.

        `utterance` is int16 mono, 16 000 Hz, shape (n,). Raises ValueError for anything else.
        """
        samples = np.divide(window(utterance), _FULL_SCALE, dtype=np.float32)
        frames = self._heard(samples)
        for layer in self._layers:
            frames = frames + self._attended(layer, _normal(frames) * layer.before_attention)
            inner = layer.widen(_normal(frames) * layer.before_widening)
            frames = frames + layer.narrow(_gelu(inner))
        return _normal(frames) * self._norm_weight

    def _heard(self, samples: Float32) -> Float32:
        """The convolutions: samples to frames."""
        first, second, third = self._front
        said = _said(samples)
        x, said = _convolved(samples[:, None], said, first, *KERNELS[0])
        x = np.tanh(x)
        x = (x - x.mean()) / np.sqrt(x.var() + VARIANCE_FLOOR)
        x = x * self._group_weight + self._group_bias
        x, said = _convolved(x, said, second, *KERNELS[1])
        x, _ = _convolved(_gelu(x + self._front_biases[0]), said, third, *KERNELS[2])
        return _gelu(x + self._front_biases[1])

    def _attended(self, layer: "_Layer", frames: Float32) -> Float32:
        mixed = layer.query_key_value(frames).reshape(len(frames), 3, HEADS, _HEAD_WIDTH)
        query, key = self._turned(mixed[:, 0]), self._turned(mixed[:, 1])
        wanted = query.transpose(1, 0, 2) @ key.transpose(1, 2, 0) / np.float32(_HEAD_WIDTH**0.5)
        wanted = np.exp(wanted - wanted.max(axis=-1, keepdims=True))
        wanted /= wanted.sum(axis=-1, keepdims=True)
        seen = (wanted @ mixed[:, 2].transpose(1, 0, 2)).transpose(1, 0, 2)
        return layer.out(seen.reshape(len(frames), WIDTH))

    def _turned(self, heads: Float32) -> Float32:
        """Rotary embedding, of neighbouring pairs; shape (frames, heads, width)."""
        turned = heads.copy()
        pairs = heads[..., :TURNED]
        across = np.empty_like(pairs)
        across[..., 0::2], across[..., 1::2] = -pairs[..., 1::2], pairs[..., 0::2]
        turned[..., :TURNED] = pairs * self._cosines + across * self._sines
        return turned


@dataclass(frozen=True, slots=True)
class _Linear:
    """A linear layer with weights of 8 bits, each column with a scale and a zero of its own."""

    weight: npt.NDArray[np.uint8]
    scale: Float32
    zero: Float32
    bias: Float32 | None

    @classmethod
    def of(cls, arrays: Arrays, name: str) -> "_Linear":
        weight, scale, zero = (arrays[f"{name}.{part}"] for part in ("weight", "scale", "zero"))
        return cls(weight, scale, zero, arrays.get(f"{name}.bias"))

    def __call__(self, rows: Float32) -> Float32:
        # Widened anew each time: 6 MB stay 6 MB for 2 ms a window.
        product = rows @ self.weight.astype(np.float32)
        product -= rows.sum(axis=1, keepdims=True) * self.zero
        product *= self.scale
        if self.bias is not None:
            product += self.bias
        return product


@dataclass(frozen=True, slots=True)
class _Layer:
    before_attention: Float32
    query_key_value: _Linear
    out: _Linear
    before_widening: Float32
    widen: _Linear
    narrow: _Linear

    @classmethod
    def of(cls, arrays: Arrays, index: int) -> "_Layer":
        name = f"layer{index}"
        return cls(
            before_attention=arrays[f"{name}.before_attention"],
            query_key_value=_Linear.of(arrays, f"{name}.query_key_value"),
            out=_Linear.of(arrays, f"{name}.out"),
            before_widening=arrays[f"{name}.before_widening"],
            widen=_Linear.of(arrays, f"{name}.widen"),
            narrow=_Linear.of(arrays, f"{name}.narrow"),
        )


def window(utterance: Int16) -> Int16:
    """Return the 2 s that are looked at: padded with silence, or round the loudest half.

    Raises ValueError for anything but one row of int16.
    """
    if utterance.dtype != np.int16 or utterance.ndim != 1:
        raise ValueError(f"int16 in one row wanted, not {utterance.dtype} {utterance.shape}")
    spare = WINDOW_SAMPLES - len(utterance)
    if spare >= 0:
        return np.pad(utterance, (spare // 2, spare - spare // 2))
    power = np.cumsum(np.square(utterance.astype(np.float64)))
    middle = int(np.searchsorted(power, power[-1] / 2))
    begin = min(max(0, middle - WINDOW_SAMPLES // 2), -spare)
    return utterance[begin : begin + WINDOW_SAMPLES]


def _said(samples: Float32) -> tuple[int, int]:
    """The first sample that is not zero, and the one after the last."""
    loud = np.flatnonzero(samples)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)


def _convolved(
    rows: Float32, said: tuple[int, int], weight: Float32, kernel: int, stride: int
) -> tuple[Float32, tuple[int, int]]:
    """Rows of shape (n, channels), weight (kernel * channels, out), as shape (frames, out).

    Of the rows those before and after `said` are silence, each like the next: so are the frames of
    them, and one of these is computed. Also returns which frames are others.
    """
    channels = rows.shape[1]
    flat = np.ascontiguousarray(rows).reshape(-1)
    patches = np.lib.stride_tricks.sliding_window_view(flat, kernel * channels)
    patches = patches[:: stride * channels]
    begin = max(0, (said[0] - kernel) // stride + 1)
    end = max(begin, min(len(patches), -(-said[1] // stride)))
    frames = np.empty((len(patches), weight.shape[1]), np.float32)
    frames[begin:end] = patches[begin:end] @ weight
    if end - begin < len(patches):
        silent = patches[0 if begin else -1] @ weight
        frames[:begin], frames[end:] = silent, silent
    return frames, (begin, end)


def _normal(frames: Float32) -> Float32:
    centred = frames - frames.mean(axis=1, keepdims=True)
    return np.asarray(
        centred / np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + VARIANCE_FLOOR)
    )


def _gelu(x: Float32) -> Float32:
    """Gaussian error linear unit, by its usual approximation with tanh (off by 0.0005 at most)."""
    inner = x * x
    inner *= np.float32(0.044715 * (2 / np.pi) ** 0.5)
    inner += np.float32((2 / np.pi) ** 0.5)
    inner *= x
    np.tanh(inner, out=inner)
    inner += 1
    inner *= x
    inner *= np.float32(0.5)
    return inner
