"""The speech encoder: what was said as numbers, from the Moonshine tiny English model.

The encoder was trained on speech of very many people to be read by a decoder; here small heads
read it instead (`assistant.stt.spotter`) and a user's own examples are compared in it. It comes
inside the wheel moonshine-voice 0.1.0, so nothing is downloaded at run time. Only the file of the
network is used, run by ONNX Runtime; the wheel's own code is not imported.
"""

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import ModelError, RecogniserError
from assistant.sound import SPEECH_RATE_HZ, Float32, Int16

WIDTH = 288
"""Numbers a frame."""

WINDOW_SAMPLES = 2 * SPEECH_RATE_HZ
"""What single words are looked at in: 2 s, so that a word of 0.5 s shows whether it stands alone."""

FRAMES = 82
"""Frames of a window: one each 24 ms."""

ENCODER_FILE = "assets/tiny-en/encoder_model.ort"
"""In the wheel's package. 13 MB, int8; MIT, by Useful Sensors (Jeffries and others, 2024)."""

_FULL_SCALE = 32768
_MEND = "Install Earshot again: scripts/setup, or .venv/bin/pip install moonshine-voice==0.1.0."


class Encoder:
    """Turns a window of sound into frames. Owned by one thread.

    Takes 17 ms of processor time on one core of an AMD EPYC for a window, and 46 MB, of which 20
    are ONNX Runtime's own. Raises ModelError where the wheel lacks the network, RecogniserError
    where ONNX Runtime cannot be loaded.
    """

    def __init__(self) -> None:
        self._session: Any = _session(encoder_file())
        self._mask = np.ones((1, WINDOW_SAMPLES), np.int64)

    def frames(self, utterance: Int16) -> Float32:
        """Return the frames of an utterance's window, shape (82, 288). See `window`.

        `utterance` is int16 mono, 16 000 Hz, shape (n,). Raises ValueError for anything else.
        """
        if utterance.dtype != np.int16 or utterance.ndim != 1:
            raise ValueError(f"int16 in one row wanted, not {utterance.dtype} {utterance.shape}")
        values = window(utterance)[None, :].astype(np.float32) / _FULL_SCALE
        feed = {"input_values": values, "attention_mask": self._mask}
        return np.asarray(self._session.run(None, feed)[0][0], np.float32)


def window(utterance: Int16) -> Int16:
    """Return the 2 s that are looked at: padded with silence, or round the loudest half."""
    spare = WINDOW_SAMPLES - len(utterance)
    if spare >= 0:
        return np.pad(utterance, (spare // 2, spare - spare // 2))
    power = np.cumsum(np.square(utterance.astype(np.float64)))
    middle = int(np.searchsorted(power, power[-1] / 2))
    begin = min(max(0, middle - WINDOW_SAMPLES // 2), -spare)
    return utterance[begin : begin + WINDOW_SAMPLES]


def encoder_file() -> Path:
    """Return where the wheel keeps the network. Raises ModelError where it is not installed."""
    spec = importlib.util.find_spec("moonshine_voice")  # found, not imported: it needs no code
    places = (spec.submodule_search_locations if spec is not None else None) or []
    for place in places:
        if (Path(place) / ENCODER_FILE).is_file():
            return Path(place) / ENCODER_FILE
    raise ModelError(
        "the speech encoder is not installed", place="moonshine-voice 0.1.0", mend=_MEND
    )


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _session(path: Path) -> Any:
    try:
        import onnxruntime  # noqa: PLC0415 - spared where another engine serves
    except (ImportError, OSError) as error:
        raise RecogniserError(
            f"ONNX Runtime cannot be loaded ({error})",
            place="onnxruntime",
            mend="Install it again: .venv/bin/pip install --force-reinstall onnxruntime.",
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.disable_prepacking", "1")
    try:
        return onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime's own errors share no base but this one
        raise ModelError(
            f"the speech encoder cannot be read ({error})", place=str(path), mend=_MEND
        ) from error
