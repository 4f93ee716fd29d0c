"""How long the coach's real voice takes for a line: measured once, kept in a file.

A line that the file lacks (the library has grown) is rendered and kept for as long as the tests
run. `python tests/voice_lengths.py` measures anew what the sessions of test_cues.py say.
"""

import contextlib
import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from assistant.tts.pace import PacedVoice
from assistant.tts.pyttsx3_engine import Pyttsx3Synthesiser

FILE = Path(__file__).parent / "data" / "line_lengths.json"


class MeasuredVoice:
    """A voice for the simulated room: the length of a line at a rate, seconds."""

    def __init__(self, known: dict[str, dict[str, float]]) -> None:
        self.used: dict[str, dict[str, float]] = {}
        """Line to rate to length: those that were asked for."""
        self._known = known
        self._synthesiser = PacedVoice(Pyttsx3Synthesiser())

    def __call__(self, text: str, rate_wpm: int) -> float:
        rates = self._known.setdefault(text, {})
        key = str(rate_wpm)
        if key not in rates:
            clip = self._synthesiser.render(text, rate_wpm=rate_wpm)
            rates[key] = round(clip.duration_s, 4)
        self.used.setdefault(text, {})[key] = rates[key]
        return rates[key]

    def close(self) -> None:
        self._synthesiser.close()


@cache
def measured_voice() -> MeasuredVoice:
    """The voice as it was measured; the same one for every test."""
    known = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return MeasuredVoice(known)


def measure(speak_all: Callable[[MeasuredVoice], None]) -> None:
    """Render everything that is said anew and write the file."""
    voice = MeasuredVoice({})
    with contextlib.closing(voice):
        speak_all(voice)
    lines = (f"{json.dumps(t)}: {json.dumps(rates)}" for t, rates in sorted(voice.used.items()))
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent / "property"))
    from test_cues import speak_all

    measure(speak_all)
