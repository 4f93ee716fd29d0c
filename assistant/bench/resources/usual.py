"""The same loop written the usual way: Vosk's own microphone example, fed all the time.

A program of its own (`python -m assistant.bench.resources.usual MODEL GRAMMAR`): MODEL is the
folder of a Vosk model, GRAMMAR a JSON list of phrases. It prints "listening" and what it hears.
"""

import json
import queue
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

RATE_HZ = 16_000
BLOCK_SAMPLES = 8000
"""As in Vosk's example `test_microphone.py`."""


def run(model_dir: Path, phrases: list[str]) -> None:
    """Listen until the process is ended."""
    vosk: Any = import_module("vosk")
    sounddevice: Any = import_module("sounddevice")
    vosk.SetLogLevel(-1)
    recogniser = vosk.KaldiRecognizer(
        vosk.Model(model_path=str(model_dir)), RATE_HZ, json.dumps(phrases)
    )
    blocks: queue.Queue[bytes] = queue.Queue()
    with sounddevice.RawInputStream(
        samplerate=RATE_HZ,
        blocksize=BLOCK_SAMPLES,
        dtype="int16",
        channels=1,
        callback=lambda block, *_: blocks.put(bytes(block)),
    ):
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        while True:
            if recogniser.AcceptWaveform(blocks.get()):
                sys.stdout.write(recogniser.Result())
            else:
                recogniser.PartialResult()


if __name__ == "__main__":
    run(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
