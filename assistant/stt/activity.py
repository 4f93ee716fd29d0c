"""Voice activity: how likely each moment is speech, at next to no cost in silence.

Two detectors in a row. WebRTC's loose one, which comes with PocketSphinx, takes nearly every sound
for speech and costs 0.014% of a core: it wakes Silero's, which costs 0.6% and tells speech from a
fan, music and a running tap. Compared on every fourth command of `tune` by the moment at which
each last said "speech" (by a scratch program): with household noise 10 dB below
the speech, WebRTC's strict detector ended 1.63 s after the words (median; 1.5 s of noise follow
them), Silero's 0.08 s; at 5 dB 1.66 and 0.10 s; reverberated 0.17 and 0.08 s.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from assistant.errors import RecogniserError
from assistant.sound import FRAME_S, Int16
from assistant.stt import silero

CHUNK_SAMPLES = silero.CHUNK_SAMPLES
"""One decision of Silero's detector: 32 ms."""

_WEBRTC_SAMPLES = 480
"""WebRTC's takes 30 ms: the chunk's first samples."""

_WARM_UP_CHUNKS = 4
"""How many chunks before the one that woke it Silero's detector hears first: it remembers."""

_ASLEEP_AFTER_CHUNKS = 31
"""So long without a sound sends it to sleep: 1 s."""


class VoiceActivity:
    """Judges chunk after chunk. Owned by one thread. Raises RecogniserError where WebRTC's detector
    cannot be loaded, ModelError where Silero's weights cannot be read."""

    def __init__(self) -> None:
        self._is_sound = _webrtc()
        self._silero = silero.Silero()
        self._before: deque[Int16] = deque(maxlen=_WARM_UP_CHUNKS)
        self._silent_chunks = _ASLEEP_AFTER_CHUNKS

    def probability(self, chunk: Int16) -> float:
        """How likely a chunk is speech, 0 to 1; int16 mono, 16 000 Hz, shape (512,)."""
        if self._is_sound(chunk[:_WEBRTC_SAMPLES].tobytes()):
            if self._silent_chunks >= _ASLEEP_AFTER_CHUNKS:
                self._wake()
            self._silent_chunks = 0
        else:
            self._silent_chunks += 1
        if self._silent_chunks >= _ASLEEP_AFTER_CHUNKS:
            self._before.append(chunk.copy())
            return 0.0
        return self._judged(chunk)

    def reset(self) -> None:
        """Forget what was heard."""
        self._is_sound = _webrtc()  # it goes by the noise of before, and cannot be reset
        self._before.clear()
        self._silent_chunks = _ASLEEP_AFTER_CHUNKS

    def _wake(self) -> None:
        self._silero.reset()
        for chunk in self._before:
            self._judged(chunk)
        self._before.clear()

    def _judged(self, chunk: Int16) -> float:
        return self._silero.probability(chunk)


def frame_detector() -> Callable[[bytes], bool]:
    """WebRTC's detector for captured frames (20 ms, as bytes of int16), stricter than the one
    that wakes. Raises RecogniserError."""
    vad = _load_webrtc()
    detector = vad(mode=vad.MEDIUM_STRICT, frame_length=FRAME_S)
    return lambda content: bool(detector.is_speech(content))


def _webrtc() -> Callable[[bytes], bool]:
    vad = _load_webrtc()
    detector = vad(mode=vad.LOOSE)
    return lambda content: bool(detector.is_speech(content))


def _load_webrtc() -> Any:
    try:
        import pocketsphinx  # noqa: PLC0415 - spared where nothing is heard
    except (ImportError, OSError) as error:
        raise RecogniserError(
            f"a voice activity detector cannot be loaded ({error})",
            place="pocketsphinx",
            mend="Install it again: .venv/bin/pip install --force-reinstall pocketsphinx.",
        ) from error
    return pocketsphinx.Vad
