"""The speech encoder in PyTorch, to train it on; `assistant.stt.encoder` runs the same in NumPy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from assistant.sound import Float32
from assistant.stt.encoder import FRAMES, HEADS, KERNELS, LAYERS, TURNED, VARIANCE_FLOOR, WIDTH

Arrays = Mapping[str, npt.NDArray[Any]]

_MATRICES = ("query_key_value", "out", "widen", "narrow")
_NORMS = ("before_attention", "before_widening")


class Network(nn.Module):
    """The encoder with the weights of an encoder.npz. See `forward`."""

    def __init__(self, arrays: Arrays) -> None:
        super().__init__()
        channels = 1
        self.front = nn.ModuleList()
        for number, (length, stride) in enumerate(KERNELS, start=1):
            bias = arrays.get(f"conv{number}.bias")
            flat = arrays[f"conv{number}.weight"]
            self.front.append(_convolution(flat, bias, length, channels, stride))
            channels = flat.shape[1]
        self.group_weight = _parameter(arrays["group.weight"])
        self.group_bias = _parameter(arrays["group.bias"])
        self.layers = nn.ModuleList(_Layer(arrays, f"layer{index}") for index in range(LAYERS))
        self.norm_weight = _parameter(arrays["norm.weight"])
        angles = np.repeat(np.arange(FRAMES)[:, None] * arrays["frequencies"], 2, axis=1)
        self.register_buffer("cosines", _tensor(np.cos(angles)))
        self.register_buffer("sines", _tensor(np.sin(angles)))

    def forward(self, windows: Tensor) -> Tensor:
        """Take samples of full scale 1, shape (batch, 32 000); return (batch, 82, 288)."""
        x = torch.tanh(self.front[0](windows[:, None]))
        x = fn.group_norm(x, 1, self.group_weight, self.group_bias, VARIANCE_FLOOR)
        x = fn.gelu(self.front[2](fn.gelu(self.front[1](x)))).transpose(1, 2)
        for layer in self.layers:
            x = layer(x, self.cosines, self.sines)
        return _normal(x, self.norm_weight)

    def arrays(self, like: Arrays) -> dict[str, npt.NDArray[Any]]:
        """Return the weights as `assistant.stt.encoder` reads them, those of the transformer
        rounded to 8 bits; what is not trained is taken from `like`."""
        parts = dict(like)
        for number, convolution in enumerate(self.front, start=1):
            weight = _array(convolution.weight).transpose(2, 1, 0)
            parts[f"conv{number}.weight"] = weight.reshape(-1, weight.shape[2]).astype(np.float16)
            if convolution.bias is not None:
                parts[f"conv{number}.bias"] = _array(convolution.bias)
        parts["group.weight"] = _array(self.group_weight)
        parts["group.bias"] = _array(self.group_bias)
        parts["norm.weight"] = _array(self.norm_weight)
        for index, layer in enumerate(self.layers):
            for norm in _NORMS:
                parts[f"layer{index}.{norm}"] = _array(getattr(layer, norm))
            for name in _MATRICES:
                matrix = getattr(layer, name)
                whole, scale, zero = rounded(_array(matrix.weight).T)
                found: dict[str, npt.NDArray[Any]] = {
                    "weight": whole,
                    "scale": scale,
                    "zero": zero,
                }
                if matrix.bias is not None:
                    found["bias"] = _array(matrix.bias)
                parts |= {f"layer{index}.{name}.{key}": value for key, value in found.items()}
        return parts


class _Layer(nn.Module):
    def __init__(self, arrays: Arrays, name: str) -> None:
        super().__init__()
        for norm in _NORMS:
            setattr(self, norm, _parameter(arrays[f"{name}.{norm}"]))
        for matrix in _MATRICES:
            setattr(self, matrix, _linear(arrays, f"{name}.{matrix}"))

    def forward(self, x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
        batch, frames, _ = x.shape
        mixed = self.query_key_value(_normal(x, self.before_attention))
        query, key, value = mixed.view(batch, frames, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        query, key = _turned(query, cosines, sines), _turned(key, cosines, sines)
        seen = fn.scaled_dot_product_attention(query, key, value)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, frames, WIDTH))
        return x + self.narrow(fn.gelu(self.widen(_normal(x, self.before_widening))))


def rounded(weight: Float32) -> tuple[npt.NDArray[np.uint8], Float32, Float32]:
    """Return a matrix in 8 bits, with a scale and a zero of its own for each column: what stands
    in a column is (weight - zero) * scale, off by half a scale at most."""
    low, high = np.minimum(weight.min(axis=0), 0.0), np.maximum(weight.max(axis=0), 0.0)
    scale = np.maximum(high - low, 1e-12) / 255.0
    zero = np.round(-low / scale)
    whole = np.clip(np.round(weight / scale + zero), 0, 255).astype(np.uint8)
    return whole, scale.astype(np.float32), zero.astype(np.float32)


def _normal(x: Tensor, weight: Tensor) -> Tensor:
    return fn.layer_norm(x, (WIDTH,), weight, None, VARIANCE_FLOOR)


def _turned(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    pairs, rest = x[..., :TURNED], x[..., TURNED:]
    across = torch.stack([-pairs[..., 1::2], pairs[..., 0::2]], -1).flatten(-2)
    return torch.cat([pairs * cosines + across * sines, rest], -1)


def _convolution(
    flat: npt.NDArray[Any], bias: npt.NDArray[Any] | None, length: int, channels: int, stride: int
) -> nn.Conv1d:
    convolution = nn.Conv1d(channels, flat.shape[1], length, stride, bias=bias is not None)
    weight = flat.reshape(length, channels, -1).transpose(2, 1, 0)
    convolution.weight.data = _tensor(weight)
    if bias is not None:
        convolution.bias.data = _tensor(bias.reshape(-1))
    return convolution


def _linear(arrays: Arrays, name: str) -> nn.Linear:
    weight = arrays[f"{name}.weight"].astype(np.float32) - arrays[f"{name}.zero"]
    weight *= arrays[f"{name}.scale"]
    bias = arrays.get(f"{name}.bias")
    linear = nn.Linear(*weight.shape, bias=bias is not None)
    linear.weight.data = _tensor(weight.T)
    if bias is not None:
        linear.bias.data = _tensor(bias.reshape(-1))
    return linear


def _parameter(array: npt.NDArray[Any]) -> nn.Parameter:
    return nn.Parameter(_tensor(array))


def _tensor(array: npt.NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, np.float32).copy())


def _array(tensor: Tensor) -> Float32:
    return np.ascontiguousarray(tensor.detach().numpy())
