"""Cuts a stream of audio into utterances by voice activity, for engines that cannot themselves."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from assistant.sound import SPEECH_RATE_HZ, Int16

VAD_FRAME_SAMPLES = 480
"""One decision of the voice activity detector: 30 ms."""

ONSET_WINDOW, ONSET_SPEECH = 5, 3
"""Speech begins where this many of the last so many frames are speech: a "go" has five or six."""

PREROLL_FRAMES = 12
"""Audio kept from before the onset: 0.36 s, or a word's first consonant is lost."""

HANGOVER_FRAMES = 17
"""Silence that ends an utterance: 0.51 s. With less, "start … pigeon pose" falls apart."""

TAIL_FRAMES = 8
"""How much of that silence stays in the utterance: 0.24 s."""

MAX_FRAMES = 267
"""An utterance is ended after 8 s: nothing that is meant for the coach lasts so long."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech with a little silence round it."""

    samples: Int16
    start_s: float
    """Time of the first sample, seconds of audio since the endpointer was made."""
    is_cut: bool = False
    """Whether it was ended for its length, with the sound going on."""


@dataclass(slots=True)
class Endpointer:
    """Finds utterances; `is_speech` judges one frame of 480 samples, as bytes of int16."""

    is_speech: Callable[[bytes], bool]
    _rest: Int16 = field(default_factory=lambda: np.zeros(0, np.int16))
    _heard_samples: int = 0
    _recent: deque[Int16] = field(default_factory=lambda: deque(maxlen=PREROLL_FRAMES))
    _flags: deque[bool] = field(default_factory=lambda: deque(maxlen=ONSET_WINDOW))
    _speech: list[Int16] = field(default_factory=list)
    _start_samples: int = 0
    _silent_frames: int = 0

    @property
    def is_inside(self) -> bool:
        """Whether an utterance is under way."""
        return bool(self._speech)

    def accept(self, samples: Int16) -> Iterator[Utterance]:
        """Hear samples (int16 mono, 16 000 Hz, any number); yield the utterances that ended."""
        self._rest = np.concatenate([self._rest, samples])
        while len(self._rest) >= VAD_FRAME_SAMPLES:
            frame, self._rest = self._rest[:VAD_FRAME_SAMPLES], self._rest[VAD_FRAME_SAMPLES:]
            ended = self._hear(frame)
            if ended is not None:
                yield ended

    def so_far(self) -> Int16:
        """The utterance under way, int16, shape (n,)."""
        return np.concatenate(self._speech) if self._speech else np.zeros(0, np.int16)

    def finish(self) -> Utterance | None:
        """End the utterance under way now; None in silence."""
        if not self._speech:
            return None
        kept = len(self._speech) - max(0, self._silent_frames - TAIL_FRAMES)
        utterance = Utterance(
            np.concatenate(self._speech[:kept]),
            self._start_samples / SPEECH_RATE_HZ,
            is_cut=len(self._speech) >= MAX_FRAMES,
        )
        self._forget()
        return utterance

    def reset(self) -> None:
        """Forget the utterance under way; the clock runs on."""
        self._heard_samples += len(self._rest)
        self._rest = self._rest[:0]
        self._forget()

    def _forget(self) -> None:
        self._speech = []
        self._recent.clear()
        self._flags.clear()
        self._silent_frames = 0

    def _hear(self, frame: Int16) -> Utterance | None:
        self._heard_samples += len(frame)
        speech = self.is_speech(frame.tobytes())
        if not self._speech:
            self._recent.append(frame)
            self._flags.append(speech)
            if sum(self._flags) >= ONSET_SPEECH:
                self._speech = list(self._recent)
                self._start_samples = self._heard_samples - VAD_FRAME_SAMPLES * len(self._speech)
            return None
        self._speech.append(frame)
        self._silent_frames = 0 if speech else self._silent_frames + 1
        if self._silent_frames >= HANGOVER_FRAMES or len(self._speech) >= MAX_FRAMES:
            return self.finish()
        return None
