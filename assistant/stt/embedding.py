"""The speech embedding inside the pyopen-wakeword wheel: sound to 96 numbers every 80 ms.

Two networks in TensorFlow Lite's format, run by the library that the wheel brings. The second one
is a plain stack of convolutions, so it takes a mel spectrogram of any length at once: 16 frames
cost 12 ms in one piece and 90 ms window by window (one core of an AMD EPYC, wheel 1.1.0).
"""

import ctypes
import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyopen_wakeword
from pyopen_wakeword.wakeword import TfLiteWakeWord

from assistant.errors import ModelError, RecogniserError
from assistant.sound import Float32, Int16

MELS = 32
"""Bands of the mel spectrogram."""
MEL_HOP_SAMPLES = 160
MEL_WINDOW_SAMPLES = 512
FRAME_MELS = 76
"""Mel columns that one embedding sees: 775 ms."""
FRAME_STEP_MELS = 8
"""Mel columns from one embedding to the next: 80 ms."""
EMBEDDING = 96
"""Numbers in one embedding."""

_MODELS_DIR = Path(pyopen_wakeword.__file__).parent / "models"
_ANOTHER_WHEEL = "Install the version of pyopen-wakeword that pyproject.toml names."


def samples_for(frames: int) -> int:
    """Return how many samples (16 000 Hz) give this many embeddings."""
    mels = FRAME_MELS + FRAME_STEP_MELS * (frames - 1)
    return MEL_WINDOW_SAMPLES + MEL_HOP_SAMPLES * (mels - 1)


def embedding_file() -> bytes:
    """Return the embedding network as the wheel ships it. Raises ModelError where it is absent."""
    return _read(_MODELS_DIR / "embedding_model.tflite")


def fingerprint(network: bytes) -> str:
    """Return the SHA-256 of a network, by which a head knows the one it was trained on."""
    return hashlib.sha256(network).hexdigest()


def patched(network: bytes, weights: Mapping[int, Float32]) -> bytes:
    """Return a network with some of its weights replaced.

    `weights` gives the byte offset of each array, float32 little-endian, to its new values.
    Raises ModelError where one would reach past the end.
    """
    changed = bytearray(network)
    for offset, values in weights.items():
        raw = np.ascontiguousarray(values, "<f4").tobytes()
        if offset < 0 or offset + len(raw) > len(changed):
            raise ModelError(
                f"weights at byte {offset} do not fit into a network of {len(changed)} bytes",
                place="pyopen-wakeword's embedding network",
                mend=_ANOTHER_WHEEL,
            )
        changed[offset : offset + len(raw)] = raw
    return bytes(changed)


class Embedding:
    """Sound to mel spectrogram to embeddings. Owned by one thread.

    `network` takes the place of the wheel's embedding network (see `patched`). Raises ModelError
    for a network that cannot be read, RecogniserError where the wheel's library cannot be loaded.
    """

    def __init__(self, network: bytes | None = None) -> None:
        self._mels = _Network(_read(_MODELS_DIR / "melspectrogram.tflite"), "mel spectrogram")
        self._frames = _Network(network or embedding_file(), "speech embedding")

    def mels(self, samples: Int16) -> Float32:
        """Return the mel spectrogram of samples, shape (columns, 32), 10 ms a column.

        Needs at least 512 samples. Values are decibels / 10 + 2 and reach 80 dB below the loudest.
        """
        decibels = self._mels.run(samples.astype(np.float32)[None, :])
        return np.asarray(decibels.reshape(-1, MELS) / 10 + 2, np.float32)

    def embed_mels(self, mels: Float32) -> Float32:
        """Return the embeddings of a mel spectrogram of 76 columns or more, shape (frames, 96)."""
        return self._frames.run(mels[None, :, :, None]).reshape(-1, EMBEDDING)

    def embed(self, samples: Int16) -> Float32:
        """Return the embeddings of samples (int16 mono, 16 000 Hz), shape (frames, 96)."""
        return self.embed_mels(self.mels(samples))

    def close(self) -> None:
        """Free both networks."""
        self._mels.close()
        self._frames.close()


class _Network(TfLiteWakeWord):
    """One TensorFlow Lite network whose input may have any length."""

    def __init__(self, network: bytes, what: str) -> None:
        try:
            super().__init__(_library())
        except OSError as error:
            raise RecogniserError(
                f"TensorFlow Lite's library cannot be loaded ({error})",
                place="pyopen-wakeword",
                mend="Install it again: .venv/bin/pip install --force-reinstall pyopen-wakeword.",
            ) from error
        self._what = what
        self._bytes = network  # TensorFlow Lite reads from it as long as the model lives
        self._shape: tuple[int, ...] | None = None
        self.lib.TfLiteModelCreate.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
        self.lib.TfLiteModelCreate.restype = ctypes.c_void_p
        self._model = self.lib.TfLiteModelCreate(self._bytes, len(self._bytes))
        if not self._model:
            raise self._broken("is no network")
        self._interpreter = self.lib.TfLiteInterpreterCreate(self._model, None)
        if not self._interpreter:
            raise self._broken("is no network that can be run")

    def run(self, values: Float32) -> Float32:
        values = np.ascontiguousarray(values, np.float32)
        self._resize(values.shape)
        pointer = values.ctypes.data_as(ctypes.c_void_p)
        tensor = self.lib.TfLiteInterpreterGetInputTensor(self._interpreter, 0)
        self._check(self.lib.TfLiteTensorCopyFromBuffer(tensor, pointer, values.nbytes))
        self._check(self.lib.TfLiteInterpreterInvoke(self._interpreter))
        tensor = self.lib.TfLiteInterpreterGetOutputTensor(self._interpreter, 0)
        dims = range(self.lib.TfLiteTensorNumDims(tensor))
        result: npt.NDArray[np.float32] = np.empty(
            [self.lib.TfLiteTensorDim(tensor, dim) for dim in dims], np.float32
        )
        pointer = result.ctypes.data_as(ctypes.c_void_p)
        self._check(self.lib.TfLiteTensorCopyToBuffer(tensor, pointer, result.nbytes))
        return result

    def close(self) -> None:
        if self._interpreter:
            self.lib.TfLiteInterpreterDelete(self._interpreter)
            self.lib.TfLiteModelDelete(self._model)
            self._interpreter = self._model = None

    def _resize(self, shape: tuple[int, ...]) -> None:
        if shape == self._shape:
            return
        dims = (ctypes.c_int32 * len(shape))(*shape)
        self._check(
            self.lib.TfLiteInterpreterResizeInputTensor(
                self._interpreter, ctypes.c_int32(0), dims, ctypes.c_int32(len(shape))
            )
        )
        self._check(self.lib.TfLiteInterpreterAllocateTensors(self._interpreter))
        self._shape = shape

    def _check(self, status: int) -> None:
        if status != 0:
            raise self._broken(f"fails with status {status}")

    def _broken(self, problem: str) -> ModelError:
        return ModelError(
            f"pyopen-wakeword's {self._what} {problem}",
            place=str(_MODELS_DIR),
            mend=_ANOTHER_WHEEL,
        )


def _library() -> Path:
    found = next((Path(pyopen_wakeword.__file__).parent / "lib").glob("*tensorflowlite_c.*"), None)
    if found is None:
        raise OSError("no tensorflowlite_c in the wheel")
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"the wheel lacks a network ({error.strerror})", place=str(path), mend=_ANOTHER_WHEEL
        ) from error
