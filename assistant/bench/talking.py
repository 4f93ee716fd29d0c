"""A room in which the coach talks aloud, and perhaps a person with it; heard by the live path.

Time moves in frames of 20 ms. What the mixer renders reaches the microphone through the room and
is known to the listener as it is live; the mixer lowers the voice where the listener wants it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.audio.mixer import PlaybackEvent, Started
from assistant.audio.reference import Reference
from assistant.audio.wavfile import as_int16
from assistant.listener import Hearing, Listener
from assistant.rehearsal.acoustics import Box, Echo, Way, response, unit_power
from assistant.rehearsal.rig import OUT_RATE_HZ, SimulatedLoudspeaker
from assistant.rehearsal.speakers import noise
from assistant.sound import FRAME_S, FRAME_SAMPLES, SPEECH_RATE_HZ, Clip, Float32, Frame
from assistant.stt.judge import SpokenLine
from assistant.tts.loudness import amplitude, voiced_rms
from assistant.tts.pyttsx3_engine import LEVEL_DBFS

ROOM_NOISE_DBFS = -60.0
"""A quiet room with a fan, 40 dB under the coach."""

NOISE_BED_S = 20.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the coach, rendered."""

    text: str
    clip: Clip


class TalkingRoom:
    """A room and a listener in it. The microphone hears the coach's voice at -20 dBFS."""

    def __init__(
        self,
        listener: Listener,
        box: Box,
        seed: int,
        *,
        begins_s: float = 0.0,
        coach_db: float = 0.0,
    ) -> None:
        """`begins_s`: no earlier than a former room of the same listener ended. `coach_db`: how
        much louder than that the microphone hears the coach; far below 0, as with headphones."""
        self.now_s = begins_s
        self.ducked_s = 0.0
        """How long the coach's voice was lowered."""
        self._listener = listener
        self._is_ducked = False
        played = Reference()
        self._loudspeaker = SimulatedLoudspeaker(self._post, played.put)
        listener.hear_over(played, self._duck)
        self._echo = Echo(box, seed, rate_hz=OUT_RATE_HZ, gain_db=coach_db)
        self._person_way = unit_power(response(box, box.person_m, seed + 1))
        self._bed = noise(round(NOISE_BED_S * SPEECH_RATE_HZ), seed, level_dbfs=ROOM_NOISE_DBFS)
        self._arriving: Float32 = np.zeros(FRAME_SAMPLES, np.float32)
        self._lines: dict[str, Line] = {}
        self._frames = 0

    def at_microphone(self, speech: Float32, level_db: float) -> Float32:
        """A person's speech (float32, 16 000 Hz) as it arrives, so many dB over the coach's."""
        whole = np.pad(speech, (0, len(self._person_way)))
        arrived = Way(self._person_way).pass_on(whole)
        rms = voiced_rms(Clip(arrived, SPEECH_RATE_HZ))
        return arrived * np.float32(amplitude(LEVEL_DBFS + level_db) / max(rms, 1e-9))

    def run(
        self,
        line: Line | None,
        length_s: float,
        person: Float32 | None = None,
        person_after_s: float = 0.0,
    ) -> list[Hearing]:
        """Let the coach say a line, and a person something over it; return what was heard.

        `person` is as it arrives at the microphone (`at_microphone`).
        """
        if line is not None:
            playback_id = str(self._frames)
            self._lines[playback_id] = line
            self._loudspeaker.play(playback_id, line.clip, self.now_s)
        frames = round(length_s / FRAME_S)
        spoken: Float32 = np.zeros(frames * FRAME_SAMPLES, np.float32)
        if person is not None:
            begin = round(person_after_s * SPEECH_RATE_HZ)
            audible = person[: len(spoken) - begin]
            spoken[begin : begin + len(audible)] = audible
        heard = (self._step(frame) for frame in spoken.reshape(-1, FRAME_SAMPLES))
        return [hearing for hearing in heard if hearing is not None]

    def _step(self, spoken: Float32) -> Hearing | None:
        begin = self._frames * FRAME_SAMPLES % (len(self._bed) - FRAME_SAMPLES)
        samples = spoken + self._arriving + self._bed[begin : begin + FRAME_SAMPLES]
        hearing = self._listener.hear(Frame(self.now_s, as_int16(samples)))
        self._arriving = self._echo.arriving(self._loudspeaker.render(self.now_s))
        self._frames += 1
        self.now_s += FRAME_S
        self.ducked_s += FRAME_S * self._is_ducked
        return hearing

    def _post(self, event: PlaybackEvent) -> None:
        if isinstance(event, Started):
            line = self._lines.pop(event.playback_id)
            end_s = event.at_s + line.clip.duration_s
            self._listener.speaking([SpokenLine(line.text, event.at_s, end_s)])

    def _duck(self, is_ducked: bool) -> None:
        self._is_ducked = is_ducked
        self._loudspeaker.duck(is_ducked)


def rendered(
    texts: Sequence[str], render: Callable[[str], Clip], progress: Callable[[str], None]
) -> list[Line]:
    """Lines in the coach's voice."""
    progress(f"{len(texts)} lines are rendered")
    return [Line(text, render(text)) for text in texts]
