"""Voice activity before a recogniser: silence costs next to nothing, and a pause ends a command.

The detector is WebRTC's, which comes with PocketSphinx: 0.014 per cent of a core each. The loose
one opens the gate, so that quiet speech is not missed; the strict one closes it, so that a little
noise does not keep it open. Nothing but what lies between is heard by the recogniser behind.

Out of 276 recordings of people (every fourth command and all phrases) none was silent to the loose
detector, with household noise at 10 and at 5 dB neither; to the strict one a single one was, in
noise. After the words' end the loose one took 66 per cent of that noise for speech, the strict one
43: there the recogniser's own end of utterance serves.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.errors import RecogniserError
from assistant.sound import FRAME_S, SPEECH_RATE_HZ, Int16
from assistant.stt.port import Grammar, Recogniser, Transcript

VAD_FRAME_SAMPLES = 480
"""One decision of the detectors: 30 ms."""

ONSET_WINDOW, ONSET_SPEECH = 5, 2
"""The gate opens where so many of the last so many frames are speech."""

PREROLL_FRAMES = 14
"""Audio from before that is heard too: 0.42 s. The first consonant lies there, and the decoder
wants a moment of the room."""

TAIL_FRAMES = 4
"""How much of the silence after speech belongs to it: 0.12 s, a last "s" or "p". What follows is
heard again if the next utterance comes soon: to the strict detector the "s" of "stop" is silence,
and without this 10 of 65 "stop" were missed, cut in two by a gate that closed after a noise."""

PAUSE_FINAL_S = 0.15
"""Silence that ends an utterance which is a phrase and begins no longer one."""

PAUSE_PHRASE_S = 0.24
"""Silence that ends an utterance which is a phrase: people leave less inside of one."""

PAUSE_OTHER_S = 0.54
"""Silence that ends any other: the rest of a phrase may follow."""


def frames(length_s: float) -> int:
    """Length in frames of the detectors."""
    return round(length_s * SPEECH_RATE_HZ / VAD_FRAME_SAMPLES)


@dataclass(frozen=True, slots=True)
class Detectors:
    """Judge one frame each (480 samples, as bytes of int16): is it speech?"""

    opens: Callable[[bytes], bool]
    keeps_open: Callable[[bytes], bool]


def webrtc_detectors() -> Detectors:
    """The detectors that PocketSphinx brings. Raises RecogniserError where it cannot be loaded."""
    vad = _load_vad()
    loose, strict = vad(mode=vad.LOOSE), vad(mode=vad.STRICT)
    return Detectors(lambda b: bool(loose.is_speech(b)), lambda b: bool(strict.is_speech(b)))


def frame_detector() -> Callable[[bytes], bool]:
    """A detector of the same make for captured frames (20 ms), stricter than the one that opens.

    Raises RecogniserError.
    """
    vad = _load_vad()
    medium = vad(mode=vad.MEDIUM_STRICT, frame_length=FRAME_S)
    return lambda b: bool(medium.is_speech(b))


def _load_vad() -> Any:
    try:
        import pocketsphinx  # noqa: PLC0415 - spared where nothing is heard
    except (ImportError, OSError) as error:
        raise RecogniserError(
            f"the voice activity detector cannot be loaded ({error})",
            place="pocketsphinx",
            mend="Install it again: .venv/bin/pip install --force-reinstall pocketsphinx.",
        ) from error
    return pocketsphinx.Vad


class GatedRecogniser:
    """A recogniser that hears only what may be speech; times stay those of the whole audio.

    Where the gate closes the utterance under way is finished at once.
    """

    def __init__(
        self, inner: Recogniser, make_detectors: Callable[[], Detectors] = webrtc_detectors
    ) -> None:
        """Wrap a recogniser. `make_detectors` is called again at each `reset`: they remember."""
        self.name = inner.name
        self._inner = inner
        self._make_detectors = make_detectors
        self._detectors = make_detectors()
        self._rest: Int16 = np.zeros(0, np.int16)
        self._heard_samples = 0
        self._fed_samples = 0
        self._shift_s = 0.0
        self._is_open = False
        self._silent_frames = 0
        self._before: deque[Int16] = deque(maxlen=PREROLL_FRAMES)
        self._flags: deque[bool] = deque(maxlen=ONSET_WINDOW)
        self._ready: deque[Transcript] = deque()
        self._phrases: frozenset[str] = frozenset()
        self._beginnings: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether the recogniser hears what comes."""
        return self._is_open

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        """See `Recogniser.set_grammar`."""
        missing = self._inner.set_grammar(grammar)
        self._forget()
        self._phrases = frozenset(grammar.phrases)
        self._beginnings = beginnings(grammar.phrases)
        return missing

    def accept(self, samples: Int16) -> Transcript | None:
        """See `Recogniser.accept`."""
        self._rest = np.concatenate([self._rest, samples])
        whole = len(self._rest) - len(self._rest) % VAD_FRAME_SAMPLES
        pieces, self._rest = np.split(self._rest, [whole])
        for frame in pieces.reshape(-1, VAD_FRAME_SAMPLES):
            self._hear(frame)
        return self._ready.popleft() if self._ready else None

    def finish(self) -> Transcript | None:
        """See `Recogniser.finish`."""
        self._heard_samples += len(self._rest)
        if self._is_open:
            self._feed(self._rest)
            self._close()
        self._rest = self._rest[:0]
        return self._ready.popleft() if self._ready else None

    def partial(self) -> str:
        """See `Recogniser.partial`."""
        return self._inner.partial() if self._is_open else ""

    def reset(self) -> None:
        """See `Recogniser.reset`."""
        self._inner.reset()
        self._detectors = self._make_detectors()
        self._ready.clear()
        self._forget()

    def close(self) -> None:
        """See `Recogniser.close`."""
        self._inner.close()

    def _forget(self) -> None:
        self._heard_samples += len(self._rest)
        self._rest = self._rest[:0]
        self._shut()

    def _shut(self) -> None:
        self._is_open = False
        self._silent_frames = 0
        self._before.clear()
        self._flags.clear()

    def _hear(self, frame: Int16) -> None:
        content = frame.tobytes()
        opens = self._detectors.opens(content)
        keeps_open = self._detectors.keeps_open(content)
        if self._is_open:
            self._heard_samples += len(frame)
            self._feed(frame)
            if keeps_open:
                self._silent_frames = 0
                self._before.clear()
            else:
                self._silent_frames += 1
                if self._silent_frames > TAIL_FRAMES:
                    self._before.append(frame)
            if self._has_ended():
                self._close()
            return
        self._before.append(frame)
        self._heard_samples += len(frame)
        self._flags.append(opens)
        if sum(self._flags) >= ONSET_SPEECH:
            self._open()

    def _open(self) -> None:
        before = np.concatenate(self._before)
        begins_at_samples = self._heard_samples - len(before)
        self._shift_s = (begins_at_samples - self._fed_samples) / SPEECH_RATE_HZ
        self._before.clear()
        self._is_open = True
        self._silent_frames = 0
        self._feed(before)

    def _feed(self, samples: Int16) -> None:
        self._fed_samples += len(samples)
        transcript = self._inner.accept(samples)
        while transcript is not None:
            self._ready.append(transcript.shifted(self._shift_s))
            transcript = self._inner.accept(samples[:0])

    def _has_ended(self) -> bool:
        silent = self._silent_frames
        if silent < frames(PAUSE_FINAL_S):
            return False
        if silent >= frames(PAUSE_OTHER_S):
            return True
        text = self._inner.partial()
        if text not in self._phrases:
            return False
        return text not in self._beginnings or silent >= frames(PAUSE_PHRASE_S)

    def _close(self) -> None:
        transcript = self._inner.finish()
        if transcript is not None:
            self._ready.append(transcript.shifted(self._shift_s))
        before = list(self._before)
        self._shut()
        self._before.extend(before)


def beginnings(phrases: Iterable[str]) -> frozenset[str]:
    """Every beginning of a phrase, in whole words, that is shorter than the phrase."""
    return frozenset(
        " ".join(words[:length])
        for words in (phrase.split() for phrase in phrases)
        for length in range(1, len(words))
    )
