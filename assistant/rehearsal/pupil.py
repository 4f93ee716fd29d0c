"""A synthetic user who is taught, in simulated time: `earshot teach --synthetic VOICE`.

Time moves in frames of 20 ms as in `assistant.rehearsal.rig`; session, gate, encoder, the coach's
voice and the mixer are the live ones.
"""

from collections.abc import Callable

import numpy as np

from assistant.audio.mixer import Finished, PlaybackEvent
from assistant.audio.wavfile import as_int16
from assistant.errors import TeachingError
from assistant.rehearsal.rig import SimulatedLoudspeaker
from assistant.rehearsal.speakers import SPEECH_DBFS, Speaker, noise
from assistant.sound import FRAME_S, FRAME_SAMPLES, SPEECH_RATE_HZ, Clip, Float32, Frame
from assistant.teaching.session import TeachingSession
from assistant.tts import loudness

REACTION_S = 0.45
"""How long after the coach's last sample the user begins to speak."""

ROOM_DBFS = SPEECH_DBFS - 40.0
"""A quiet room."""

LONGEST_S = 600.0
"""A lesson that takes longer has gone wrong: it is two minutes long."""

STRETCHES = (1.0, 0.94, 1.07)
"""Nobody says a word three times in just the same way."""

Answer = Callable[[int, str], Clip | None]
"""What the user says: by how many answers there were before, and the word that was asked for."""


def answers_of(speaker: Speaker, voice: str) -> Answer:
    """A user who says each word as asked, in one of flite's voices."""

    def answer(number: int, word: str) -> Clip:
        return speaker.speak(word, voice, stretch=STRETCHES[number % len(STRETCHES)])

    return answer


class Pupil:
    """The user in simulated time, and the room."""

    def __init__(self, answer: Answer, seed: int = 1) -> None:
        self._answer = answer
        self._bed = noise(round(LONGEST_S / 20) * SPEECH_RATE_HZ, seed, level_dbfs=ROOM_DBFS)
        self._answers = 0
        self._speech: Float32 = np.zeros(0, np.float32)
        self._speaks_at_s = 0.0
        self._ended_at_s: float | None = None

    def post(self, event: PlaybackEvent) -> None:
        """Learn what was played."""
        if isinstance(event, Finished):
            self._ended_at_s = event.at_s

    def be_taught(self, session: TeachingSession, sink: SimulatedLoudspeaker) -> float:
        """Let a lesson be held; return how long it took, seconds. Raises TeachingError for one
        that does not end."""
        frame = 0
        while not session.is_over:
            at_s = frame * FRAME_S
            if at_s >= LONGEST_S:
                raise TeachingError(f"the lesson did not end in {LONGEST_S:g} s")
            self._reply(session, at_s)
            session.hear(Frame(at_s, as_int16(self._heard(frame))))
            sink.render(at_s)
            frame += 1
        return frame * FRAME_S

    def _reply(self, session: TeachingSession, at_s: float) -> None:
        if self._ended_at_s is None or session.lesson.is_over or at_s < self._ended_at_s:
            return
        clip = self._answer(self._answers, session.lesson.word)
        self._answers += 1
        self._ended_at_s = None
        self._speaks_at_s = at_s + REACTION_S
        if clip is not None:
            level = loudness.levelled(clip, SPEECH_DBFS)
            self._speech = level.samples
        else:
            self._speech = np.zeros(0, np.float32)

    def _heard(self, frame: int) -> Float32:
        start = frame * FRAME_SAMPLES % (len(self._bed) - FRAME_SAMPLES)
        heard = self._bed[start : start + FRAME_SAMPLES].copy()
        first = frame * FRAME_SAMPLES - round(self._speaks_at_s * SPEECH_RATE_HZ)
        if first > -FRAME_SAMPLES:
            spoken = self._speech[max(0, first) : first + FRAME_SAMPLES]
            heard[max(0, -first) : max(0, -first) + len(spoken)] += spoken
        return heard
