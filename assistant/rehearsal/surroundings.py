"""What lies between a person and the microphone: the noise of a home, and its echoing walls.

Everything is drawn by a seed: the same recordings and seed give the same rehearsal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.errors import ScriptError
from assistant.rehearsal.speakers import SPEECH_DBFS, noise
from assistant.sound import SPEECH_RATE_HZ, Clip, Float32
from assistant.tts import loudness

FAN_S = 20.0
"""Length of the made-up fan, which then begins again."""

SEAM_S = 0.05
"""Over so long one recording of noise fades into the next: a click would be an event of its own."""

LIVING_ROOM_RT60_S = 0.4
"""Reverberation time of the made-up room: 0.3 to 0.5 s is usual for a furnished living room."""

DIRECT_OVER_ECHO_DB = 0.0
"""The made-up room's direct sound over all its echoes: in rooms of that size they are about equal
at two metres."""

_FIRST_ECHO_S = 0.002
_RESPONSE_RANGE_DB = 60.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A noise that never stops, and the rooms in which the person speaks."""

    bed: Float32
    """The noise, at an RMS of 1: float32 mono, 16 000 Hz; it begins again at its end."""
    rooms: tuple[Float32, ...] = ()
    """Impulse responses from the direct sound on, at 16 000 Hz; none is a room without echo."""
    seed: int = 1
    """Of the room that each utterance is spoken in."""

    def speech(self, clip: Clip, number: int, gain_db: float = 0.0) -> Float32:
        """What reaches the microphone of an utterance: float32 at 16 000 Hz, echoes after its end.

        `number` counts the utterances; the room is drawn by it. Voiced parts come to `gain_db`
        over the usual level of speech, in a room as without.
        """
        if self.rooms:
            rng = np.random.default_rng([self.seed, number])
            room = self.rooms[int(rng.integers(len(self.rooms)))]
            clip = Clip(_convolved(clip.samples, room), clip.rate_hz)
        return loudness.levelled(clip, SPEECH_DBFS + gain_db).samples


def fan(seed: int) -> Float32:
    """The noise of a room with a fan, at an RMS of 1: float32, shape (320000,), 16 000 Hz."""
    return noise(round(FAN_S * SPEECH_RATE_HZ), seed, level_dbfs=0.0)


def household(sounds: Sequence[Float32], seed: int) -> Float32:
    """Recordings of noise one after the other, in an order drawn by `seed`, each at an RMS of 1.

    Raises ScriptError where one is silent or shorter than 0.1 s.
    """
    seam = round(SEAM_S * SPEECH_RATE_HZ)
    rise = np.linspace(0.0, 1.0, seam, dtype=np.float32)
    bed = np.zeros(0, np.float32)
    for index in np.random.default_rng(seed).permutation(len(sounds)):
        sound = sounds[index]
        rms = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
        if rms == 0.0 or len(sound) < 2 * seam:
            raise ScriptError(
                f"a noise of {len(sound) / SPEECH_RATE_HZ:.2f} s "
                + ("is too short" if rms else "is silent"),
                place="the room's noise",
                mend="Record it again: some seconds of what is heard in the room.",
            )
        even = sound / np.float32(rms)
        if len(bed):
            even[:seam] = even[:seam] * np.sqrt(rise) + bed[-seam:] * np.sqrt(1 - rise)
            bed = bed[:-seam]
        bed = np.concatenate([bed, even])
    return bed


def from_direct_sound(response: Float32) -> Float32:
    """A measured response from its peak on: the way through the air delays nothing."""
    return response[int(np.argmax(np.abs(response))) :]


def living_room(seed: int) -> Float32:
    """A made-up furnished room: the direct sound and noise that dies away, float32, 16 000 Hz."""
    length = round(LIVING_ROOM_RT60_S * SPEECH_RATE_HZ)
    fall = loudness.amplitude(-_RESPONSE_RANGE_DB) ** np.linspace(0.0, 1.0, length)
    echoes = np.random.default_rng(seed).standard_normal(length) * fall
    echoes[: round(_FIRST_ECHO_S * SPEECH_RATE_HZ)] = 0.0
    echoes *= loudness.amplitude(-DIRECT_OVER_ECHO_DB) / np.sqrt(np.sum(echoes**2))
    echoes[0] = 1.0
    return echoes.astype(np.float32)


def _convolved(samples: Float32, response: Float32) -> Float32:
    length = len(samples) + len(response) - 1
    size = 1 << (length - 1).bit_length()
    product = np.fft.rfft(samples, size) * np.fft.rfft(response, size)
    return np.fft.irfft(product, size)[:length].astype(np.float32)
