"""A teaching session: frames in, the coach's voice out. Live and simulated alike.

The loudspeaker is heard by the microphone, so nothing counts while the coach talks, nor for a
moment after it: the room goes on for a little.
"""

import logging
import queue
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from assistant.audio.mixer import Finished, PlaybackEvent
from assistant.audio.playback import AudioSink
from assistant.runner import Voice
from assistant.sound import Float32, Frame, Int16
from assistant.stt.enrolment import Measure
from assistant.stt.takes import Cutter, Flaw, flaw
from assistant.teaching.lesson import Lesson

ROOM_TAIL_S = 0.2
"""How long after the coach's last sample the room still gives its voice back. People begin to
answer 0.2 to 0.3 s after a question at the earliest."""

PATIENCE_S = 6.0
"""How long an answer is waited for."""

LOST_PLAYBACK_S = 3.0
"""A line whose end was not told so long after it was due has ended: the loudspeaker is gone."""

_log = logging.getLogger(__name__)


class FrameEncoder(Protocol):
    """What the session needs of the speech encoder."""

    def frames(self, utterance: Int16) -> Float32:
        """Return the frames of an utterance, shape (82, 288)."""


@dataclass(frozen=True, slots=True)
class Told:
    """The coach says something."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Taken:
    """An example was heard."""

    at_s: float
    word: str
    flaw: Flaw | None


Moment = Told | Taken


class TeachingSession:
    """Leads a lesson on a microphone and a loudspeaker. `hear` is called from one thread."""

    def __init__(
        self,
        lesson: Lesson,
        measure: Measure,
        encoder: FrameEncoder,
        voice: Voice,
        sink: AudioSink,
        *,
        rate_wpm: int,
        observe: Callable[[Moment], None],
    ) -> None:
        self.lesson = lesson
        self._measure = measure
        self._encoder = encoder
        self._voice = voice
        self._sink = sink
        self._rate_wpm = rate_wpm
        self._observe = observe
        self._cutter = Cutter()
        self._events: queue.SimpleQueue[PlaybackEvent] = queue.SimpleQueue()
        self._lines = 0
        self._has_begun = False
        self._talks_until_s: float | None = None
        """The latest moment at which the line that is heard now can end; None in between."""
        self._listens_from_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the lesson is over and its last line has been heard."""
        return self.lesson.is_over and self._talks_until_s is None

    def post(self, event: PlaybackEvent) -> None:
        """Learn what was played. Safe from any thread."""
        self._events.put(event)

    def hear(self, frame: Frame) -> None:
        """Hear the next frame. Raises VoiceError or DeviceError where the coach cannot speak."""
        self._note_playback(frame.at_s)
        if not self._has_begun:
            self._has_begun = True
            self._say(self.lesson.begin(), frame.at_s)
        if self._talks_until_s is not None or frame.at_s < self._listens_from_s:
            return
        if self.lesson.is_over:
            return
        utterances = self._cutter.hear(frame.samples)
        if utterances:
            self._take(utterances[-1], frame.at_s)
        elif not self._cutter.is_open and frame.at_s >= self._listens_from_s + PATIENCE_S:
            self._say(self.lesson.nobody_spoke(), frame.at_s)

    def _take(self, utterance: Int16, now_s: float) -> None:
        found = flaw(utterance)
        example = self._measure.example(self._encoder.frames(utterance))
        self._observe(Taken(now_s, self.lesson.word, found))
        said = self.lesson.heard(example, found)
        self._say(said, now_s)

    def _say(self, text: str, now_s: float) -> None:
        clip = self._voice.render(text, rate_wpm=self._rate_wpm)
        self._lines += 1
        self._talks_until_s = now_s + clip.duration_s + LOST_PLAYBACK_S
        self._observe(Told(now_s, text))
        self._sink.play(self._playing, clip)

    @property
    def _playing(self) -> str:
        return f"teach-{self._lines}"

    def _note_playback(self, now_s: float) -> None:
        while not self._events.empty():
            event = self._events.get_nowait()
            if isinstance(event, Finished) and event.playback_id == self._playing:
                self._fall_silent(event.at_s)
        if self._talks_until_s is not None and now_s > self._talks_until_s:
            _log.warning("the end of a spoken line was not told; is the loudspeaker there?")
            self._fall_silent(now_s)

    def _fall_silent(self, at_s: float) -> None:
        self._talks_until_s = None
        self._listens_from_s = at_s + ROOM_TAIL_S
        self._cutter.reset()
