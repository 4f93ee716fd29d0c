"""Silero's detector of voice, version 5: how likely 32 ms are speech.

A spectrum, four convolutions and a recurrent cell, 0.3 million weights, in NumPy for the reason
that `assistant.stt.encoder` gives; where the weights come from stands beside them in README.md.
"""

from pathlib import Path

import numpy as np

from assistant.errors import ModelError
from assistant.sound import Float32, Int16
from assistant.stt.arrays import read_arrays

CHUNK_SAMPLES = 512
"""What it judges at once: 32 ms."""

WEIGHTS_FILE = Path(__file__).parent / "data" / "silero-vad" / "silero.npz"
"""The network's weights as `assistant.training.weights` writes them."""

_CONTEXT_SAMPLES = 64
"""What it wants to hear of the chunk before, and as much is mirrored at the end."""

_SPECTRUM_SAMPLES, _SPECTRUM_STEP = 256, 128
_STRIDES = (1, 2, 2, 1)
_UNITS = 128
_HALVED = np.array([0.5, 0.5, 1.0, 0.5], np.float32)
_FULL_SCALE = 32768
_MEND = "Install Earshot again: scripts/setup."


class Silero:
    """Judges chunk after chunk and remembers what it heard. Owned by one thread.

    Takes about as long as in ONNX Runtime: 0.2 ms for a chunk on one core of an AMD EPYC. Raises
    ModelError for a file that does not hold the network.
    """

    def __init__(self, weights_file: Path = WEIGHTS_FILE) -> None:
        arrays = read_arrays(weights_file, what="voice detector", mend=_MEND)
        try:
            self._basis = arrays["spectrum"]
            rows = 4
            self._convolutions = []
            for index, stride in enumerate(_STRIDES):
                weight, bias = arrays[f"conv{index}.weight"], arrays[f"conv{index}.bias"]
                self._convolutions.append(_Convolution(weight, bias, rows, stride))
                rows = -(-rows // stride)
            # Three of the cell's gates are sigmoids, 0.5 + 0.5 * tanh(x / 2): halved here once, one
            # tanh serves all four.
            halved = np.repeat(_HALVED, _UNITS)
            self._cell_weight = arrays["cell.weight"] * halved
            self._cell_bias = arrays["cell.bias"] * halved
            self._out_weight, self._out_bias = arrays["out.weight"], arrays["out.bias"]
        except KeyError as error:
            raise ModelError(
                f"this voice detector lacks a part ({error})", place=str(weights_file), mend=_MEND
            ) from error
        self._samples = np.zeros(2 * _CONTEXT_SAMPLES + CHUNK_SAMPLES, np.float32)
        self._looks = _every(self._samples, _SPECTRUM_SAMPLES, _SPECTRUM_STEP)
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._samples[:] = 0
        self._output = self._memory = np.zeros(_UNITS, np.float32)

    def probability(self, chunk: Int16) -> float:
        """How likely a chunk is speech, 0 to 1; int16 mono, 16 000 Hz, shape (512,)."""
        samples, edge = self._samples, _CONTEXT_SAMPLES
        samples[:edge] = samples[CHUNK_SAMPLES : CHUNK_SAMPLES + edge]
        np.divide(chunk, np.float32(_FULL_SCALE), out=samples[edge:-edge])
        samples[-edge:] = samples[-edge - 2 : -2 * edge - 2 : -1]
        waves = self._looks @ self._basis
        half = waves.shape[1] // 2
        x = np.hypot(waves[:, :half], waves[:, half:])
        for convolution in self._convolutions:
            x = convolution(x)
        self._remember(x[0])
        logit = np.maximum(self._output, 0) @ self._out_weight + self._out_bias
        return float(_sigmoid(logit))

    def _remember(self, seen: Float32) -> None:
        """The recurrent cell (LSTM): one step."""
        gates = np.concatenate([seen, self._output]) @ self._cell_weight
        gates += self._cell_bias
        let_in, keep, new, show = np.tanh(gates, out=gates).reshape(4, _UNITS)
        memory: Float32 = (keep + 1) * self._memory + (let_in + 1) * new
        memory *= 0.5
        output: Float32 = (show + 1) * np.tanh(memory)
        output *= 0.5
        self._memory, self._output = memory, output


class _Convolution:
    """Over three rows at a time, with a row of zeros on both sides, then what is above zero."""

    def __init__(self, weight: Float32, bias: Float32, rows: int, stride: int) -> None:
        """Take a weight of shape (3 * channels, out), for so many rows."""
        channels = weight.shape[0] // 3
        self._weight, self._bias = weight, bias
        self._rows = np.zeros((rows + 2, channels), np.float32)
        self._looks = _every(self._rows.reshape(-1), 3 * channels, stride * channels)

    def __call__(self, rows: Float32) -> Float32:
        self._rows[1:-1] = rows
        out: Float32 = self._looks @ self._weight
        out += self._bias
        return np.maximum(out, 0, out=out)


def _sigmoid(x: Float32) -> Float32:
    """1 / (1 + exp(-x)), which overflows nowhere."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x), np.float32)


def _every(values: Float32, width: int, step: int) -> Float32:
    """A view of what lies in `values` from every step on, shape (looks, width)."""
    return np.lib.stride_tricks.sliding_window_view(values, width)[::step]
