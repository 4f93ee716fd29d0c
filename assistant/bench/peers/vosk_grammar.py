"""Vosk's plain grammar as its own example uses it: a list of phrases and "[unk]"."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.bench.peers.port import Spotted, pieces
from assistant.errors import ModelError, RecogniserError
from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.phrases import serviceable
from assistant.stt.port import UNKNOWN, Grammar
from assistant.stt.vosk_engine import check_model_dir

READ_SAMPLES = 4000
"""How much Vosk's examples read at once."""


class VoskGrammar:
    """A Vosk model with a grammar of all phrases, each listed once, and "[unk]" once.

    Raises ModelError for a folder that is no model, RecogniserError where Vosk cannot be loaded,
    its model takes no grammar, or knows no word of the phrases.
    """

    name = "Vosk grammar"

    def __init__(self, phrases: Sequence[str], model_dir: Path) -> None:
        vosk = _load_library()
        check_model_dir(model_dir)
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(model_path=str(model_dir.resolve()))
        except Exception as error:  # vosk 0.3.45 raises Exception itself
            raise ModelError(
                f"Vosk cannot read this model ({error})",
                place=str(model_dir),
                mend="Name another with --model.",
            ) from error
        served, _ = serviceable(
            Grammar(dict.fromkeys(phrases, 1)),
            lambda word: bool(self._model.vosk_model_find_word(word) >= 0),
            place="Vosk",
        )
        grammar = json.dumps([*served, UNKNOWN])
        self._recogniser = vosk.KaldiRecognizer(self._model, SPEECH_RATE_HZ, grammar)
        self.usage = (
            f"Vosk grammar: the phrases and “{UNKNOWN}” as Vosk's grammar, {READ_SAMPLES} samples"
            f" at a time, with {model_dir.name}; a text counts where all of it is a phrase"
        )

    def hear(self, samples: Int16) -> list[Spotted]:
        """See `Peer.hear`."""
        found: list[Spotted] = []
        at_s = 0.0
        for at_s, piece in pieces(samples, READ_SAMPLES):
            if self._recogniser.AcceptWaveform(piece.tobytes()):
                found += _spotted(self._recogniser.Result(), at_s)
        return found + _spotted(self._recogniser.FinalResult(), at_s)

    def close(self) -> None:
        """See `Peer.close`."""
        del self._recogniser, self._model


def _spotted(result_json: str, at_s: float) -> list[Spotted]:
    text = json.loads(result_json).get("text", "")
    return [Spotted(text, at_s)] if text else []


def _load_library() -> Any:
    try:
        import vosk  # noqa: PLC0415 - the bench goes on without it
    except (ImportError, OSError) as error:
        raise RecogniserError(
            f"Vosk's library cannot be loaded ({error})",
            place="vosk",
            mend="Install it again: .venv/bin/pip install --force-reinstall vosk.",
        ) from error
    return vosk
