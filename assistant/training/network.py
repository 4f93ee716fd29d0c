"""The wheel's embedding network in PyTorch, cut in two, and the head on top.

The lower part stays as it is, so what it makes of a clip is computed once. The upper part, 0.27 of
0.33 million weights, is trained on together with the head.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from assistant.sound import Float32
from assistant.stt.embedding import EMBEDDING

# Byte offset of kernel and bias in embedding_model.tflite of pyopen-wakeword 1.1.0, the kernel's
# shape (out, height, width, in), whether the width is padded, and the pooling after it.
_LAYERS: Sequence[tuple[int, int, tuple[int, int, int, int], tuple[int, int] | None]] = (
    (1329004, 20352, (24, 3, 3, 1), None),
    (1322008, 20116, (24, 1, 3, 24), None),
    (1315012, 19904, (24, 3, 1, 24), (2, 2)),
    (1301104, 19572, (48, 1, 3, 24), None),
    (1273372, 19240, (48, 3, 1, 48), None),
    (1245640, 18908, (48, 1, 3, 48), None),
    (1217908, 18600, (48, 3, 1, 48), (1, 2)),
    (1176352, 18172, (72, 1, 3, 48), None),
    (1114060, 17744, (72, 3, 1, 72), None),
    (1051768, 17316, (72, 1, 3, 72), None),
    (989476, 16908, (72, 3, 1, 72), (2, 2)),
    (905992, 16384, (96, 1, 3, 72), None),
    (795316, 15860, (96, 3, 1, 96), None),
    (684640, 15336, (96, 1, 3, 96), None),
    (573964, 14812, (96, 3, 1, 96), (1, 2)),
    (463288, 14288, (96, 1, 3, 96), None),
    (352612, 13764, (96, 3, 1, 96), None),
    (241936, 13240, (96, 1, 3, 96), None),
    (131260, 12716, (96, 3, 1, 96), (2, 2)),
    (20584, 989020, (96, 3, 1, 96), None),
)

LOWER_LAYERS = 11
"""How many layers stay as they are."""

_SLOPE, _FLOOR = 0.2, -0.4


class Trunk(nn.Module):
    """Some layers of the embedding network, from `first` up to `last`, with the wheel's weights."""

    def __init__(self, network: bytes, first: int, last: int) -> None:
        super().__init__()
        self.first, self.last = first, last
        self.convs = nn.ModuleList()
        for kernel_at, bias_at, shape, _ in _LAYERS[first:last]:
            out, height, width, inner = shape
            conv = nn.Conv2d(inner, out, (height, width), padding=(0, width // 2))
            count = out * height * width * inner
            kernel = np.frombuffer(network, "<f4", count, kernel_at).reshape(shape)
            conv.weight.data = torch.from_numpy(kernel.transpose(0, 3, 1, 2).copy())
            conv.bias.data = torch.from_numpy(np.frombuffer(network, "<f4", out, bias_at).copy())
            self.convs.append(conv)

    def forward(self, values: Tensor) -> Tensor:
        """Take (batch, channels, time, frequency), return the same of the last layer."""
        for index, conv in enumerate(self.convs, self.first):
            values = conv(values)
            if index == len(_LAYERS) - 1:
                break
            values = torch.clamp(fn.leaky_relu(values, _SLOPE), min=_FLOOR)
            pooling = _LAYERS[index][3]
            if pooling is not None:
                values = fn.max_pool2d(values, pooling)
        return values

    def weights(self) -> dict[int, Float32]:
        """Return every array as the wheel's file holds it, by its byte offset."""
        arrays: dict[int, Float32] = {}
        for (kernel_at, bias_at, _, _), conv in zip(
            _LAYERS[self.first : self.last], self.convs, strict=True
        ):
            kernel = conv.weight.detach().numpy().transpose(0, 2, 3, 1)
            arrays[kernel_at] = np.ascontiguousarray(kernel)
            arrays[bias_at] = conv.bias.detach().numpy()
        return arrays


def lower(network: bytes) -> Trunk:
    """Return the part that stays as it is: mels (batch, 1, columns, 32) to features."""
    return Trunk(network, 0, LOWER_LAYERS).requires_grad_(False).eval()


class Head(nn.Module):
    """Embeddings (batch, 96, frames) to logits: two convolutions in time, then mean and maximum."""

    def __init__(self, classes: int, units: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(EMBEDDING, units, 3, padding=1)
        self.second = nn.Conv1d(units, units, 3, padding=1)
        self.out = nn.Linear(2 * units, classes)
        self.drop = nn.Dropout(0.3)

    def forward(self, frames: Tensor) -> Tensor:
        """See the class."""
        values = fn.relu(self.first(self.drop(frames * 0.1)))
        values = fn.relu(self.second(self.drop(values)))
        pooled = torch.cat([values.mean(dim=2), values.amax(dim=2)], dim=1)
        return self.out(self.drop(pooled))


class Speller(nn.Module):
    """The upper part of the embedding network and a head: features to logits."""

    def __init__(self, network: bytes, classes: int, units: int = 96) -> None:
        super().__init__()
        self.upper = Trunk(network, LOWER_LAYERS, len(_LAYERS))
        self.head = Head(classes, units)

    def forward(self, features: Tensor) -> Tensor:
        """Take (batch, 72, time, 4) of the lower part."""
        return self.head(self.upper(features).squeeze(3))


def head_arrays(head: Head) -> Mapping[str, Float32]:
    """Return the head's weights by name, as `assistant.stt.spotter` multiplies them."""
    arrays: dict[str, Float32] = {}
    for name, conv in (("first", head.first), ("second", head.second)):
        kernel = conv.weight.detach().numpy()  # (units, inner, 3)
        arrays[f"{name}_kernel"] = np.ascontiguousarray(
            kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0])
        )
        arrays[f"{name}_bias"] = conv.bias.detach().numpy()
    arrays["out_kernel"] = np.ascontiguousarray(head.out.weight.detach().numpy().T)
    arrays["out_bias"] = head.out.bias.detach().numpy()
    return arrays
