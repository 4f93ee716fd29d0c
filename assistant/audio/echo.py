"""The coach's own voice taken out of what the microphone hears.

What was played is known to the sample; a filter (kalman.py) learns how the room and the devices
change it on its way to the microphone, and takes that away. It is linear: it lets the words of a
person who talks meanwhile pass, and it cannot take away what an overdriven loudspeaker adds.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assistant.audio.delay import (
    AFTER,
    BEFORE,
    MOST_S,
    WINDOW,
    DelayFollower,
    found_delay_s,
)
from assistant.audio.kalman import BLOCK, KalmanFilter, Learnt
from assistant.audio.reference import Reference
from assistant.audio.wavfile import as_float, as_int16
from assistant.sound import FRAME_S, SPEECH_RATE_HZ, Float32, Frame

LEAD = 64
"""Samples that the filter begins before the strongest echo: 4 ms. A delay is not found exactly."""

FIRST_DELAY_S = 0.0
"""Delay in use until one was found: the filter's 0.4 s cover most."""

SPARE_S = 0.01
"""How far what was played has to be known ahead of its use: it comes in pieces of 10 ms."""

DIED_AWAY_S = 1.0
"""How long after the last sound that was played the microphone may still hear it: the longest
delay, and a room's reverberation."""

SLIP = 1.5
"""How many samples the two clocks may part before the reading follows: a jump of one sample costs
some attenuation at the top of the band, and clocks that are steadied part by less in a minute."""

GAP_S = 0.005
"""Frames further apart than this do not follow on each other."""

SEARCH_FRAMES = 20
"""The delay is looked for each 0.4 s while something sounds: 1 ms of computing each."""

REMEMBERED_SEARCHES = 6
"""How far back the filter can go, in searches: 2.4 s. A jump is found within 1.5 s, and what was
learnt since then is wrong."""

VAIN_SEARCHES, VAIN_AFTER_FINDING = 3, 10
"""After so many searches that found nothing, what is played is not in the microphone, as with
headphones: 1.9 s of the coach's voice, once for all of what it says later. The second where it was
found before: that may have been chance, or the headphones came later."""

FOUND_WEIGHS, MOST_VAIN = 3, 20
"""A search that finds the delay in use undoes so many in vain: now and then a person's word beside
the coach's looks like an echo of it. Headphones that are pulled are noticed within 2 s."""

DIVERGED_FRAMES = 15
"""After so many frames running (0.3 s) that the filter made louder it begins anew."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A frame without the coach's voice, and how much of it was in there."""

    frame: Frame
    rest_power: float
    """Mean power a sample of what is left, full scale being 1."""
    echo_power: float
    """The same of the echo that was taken away; 0.0 while nothing is played."""
    uncertain_power: float
    """The same of the echo that may be left, by the filter's own reckoning."""
    echo: Float32
    """The echo that was taken away, shape (320,)."""


class EchoCanceller:
    """Cleans frames, one after the other. Owned by one thread."""

    def __init__(self, reference: Reference) -> None:
        """`reference` holds what the loudspeaker plays."""
        self._reference: Final = reference
        self._filter = KalmanFilter()
        self._follower = DelayFollower()
        self._delay_s = FIRST_DELAY_S
        self._next_position: int | None = None
        self._heard: deque[tuple[float, Float32]] = deque(maxlen=_SEARCHED_FRAMES + _WAIT_FRAMES)
        self._learnt: deque[Learnt] = deque(maxlen=REMEMBERED_SEARCHES)
        self._frames = 0
        self._louder = 0
        self._vain = 0

    @property
    def delay_s(self) -> float | None:
        """How much later than planned the echo comes, seconds; None until it was found."""
        return self._follower.delay_s

    @property
    def is_heard(self) -> bool:
        """Whether what is played is in the microphone: it was found there before, and not sought
        in vain for long since, or is found in the last second. Of the first second of all nobody
        knows: True."""
        if self._is_absent:
            return False
        if self.delay_s is not None or len(self._heard) < _SEARCHED_FRAMES:
            return True
        return self._found_s(list(self._heard)[-_SEARCHED_FRAMES:]) is not None

    @property
    def _is_absent(self) -> bool:
        return self._vain >= (VAIN_SEARCHES if self.delay_s is None else VAIN_AFTER_FINDING)

    def may_hear(self, at_s: float) -> bool:
        """Whether an echo of anything can be in the frame that begins at a monotonic time."""
        return self._may_sound(self._position_of(at_s))

    def clean(self, frame: Frame) -> Cleaned:
        """Take what was played out of a frame of 320 samples.

        A frame in which nothing can sound comes back as it is, and each where what is played is
        not in the microphone: what a filter takes away there is the person's. Raises ValueError
        for a frame of another length.
        """
        if len(frame.samples) != BLOCK:
            raise ValueError(f"a frame has {BLOCK} samples, not {len(frame.samples)}")
        heard = as_float(frame.samples)
        begin = self._position_of(frame.at_s)
        if not self._may_sound(begin):
            self._pause()
            return Cleaned(frame, _power(heard), 0.0, 0.0, _NOTHING)
        short = begin + BLOCK - self._reference.end
        if self._follower.delay_s is None and short > 0:
            # Not known yet: a filter that is told of silence instead would learn nonsense.
            self._delay_s += short / SPEECH_RATE_HZ + SPARE_S
            begin -= short + SPARE_S * SPEECH_RATE_HZ
        position = self._steadied(begin)
        step = self._filter.step(self._reference.read(position, BLOCK), heard)
        heard_power, rest_power = _power(heard), _power(step.rest)
        is_louder = rest_power > heard_power
        self._louder = self._louder + 1 if is_louder else 0
        if self._louder >= DIVERGED_FRAMES:
            self._filter.forget()
            self._louder = 0
        self._follow_delay(frame.at_s, heard)
        if self._is_absent:
            return Cleaned(frame, heard_power, 0.0, 0.0, _NOTHING)
        if is_louder:
            return Cleaned(frame, heard_power, _power(step.echo), heard_power, step.echo)
        cleaned = Frame(frame.at_s, as_int16(step.rest))
        return Cleaned(cleaned, rest_power, _power(step.echo), step.uncertain_power, step.echo)

    def _position_of(self, at_s: float) -> float:
        """Where in what was played the filter begins for what is heard at a time."""
        return self._reference.position_of(at_s - self._delay_s) + LEAD

    def _may_sound(self, begin: float) -> bool:
        """Whether an echo of anything can be in the frame that begins at a position."""
        past = round((DIED_AWAY_S + MOST_S) * SPEECH_RATE_HZ)
        first = int(begin) - past
        return self._reference.sounded_within(first, int(begin) + BLOCK + AFTER)

    def _pause(self) -> None:
        self._heard.clear()
        self._next_position = None
        self._louder = 0

    def _steadied(self, begin: float) -> int:
        """The position to read from: the next one, unless the clocks have parted."""
        position = self._next_position
        if position is None or abs(begin - position) > SLIP:
            position = round(begin)
            before = position - self._filter.span
            self._filter.remember(self._reference.read(before, self._filter.span))
        self._next_position = position + BLOCK
        return position

    def _follow_delay(self, at_s: float, heard: Float32) -> None:
        if self._heard and abs(at_s - self._heard[-1][0] - FRAME_S) > GAP_S:
            self._heard.clear()
        self._heard.append((at_s, heard))
        self._frames += 1
        if self._frames % SEARCH_FRAMES or len(self._heard) < _SEARCHED_FRAMES + _WAIT_FRAMES:
            return
        before_s = self._follower.delay_s
        found_s = self._found_s(list(self._heard))
        is_same = found_s is not None and self._follower.is_known(found_s)
        self._vain = (
            max(0, self._vain - FOUND_WEIGHS) if is_same else min(self._vain + 1, MOST_VAIN)
        )
        if found_s is None:
            return
        self._learnt.append(self._filter.learnt())
        if self._follower.take(found_s):
            self._move(before_s, found_s)

    def _found_s(self, heard: Sequence[tuple[float, Float32]]) -> float | None:
        """Look for what was played in the first second of some frames."""
        window = np.concatenate([x for _, x in heard])[:WINDOW]
        first = round(self._reference.position_of(heard[0][0])) - BEFORE
        played = self._reference.read(first, WINDOW + BEFORE + AFTER)
        return found_delay_s(window, played) if played.any() else None

    def _move(self, before_s: float | None, delay_s: float) -> None:
        """Read so that the echo lies in the filter where it lay, or at its begin."""
        if before_s is None:
            self._filter.begin_later(round((delay_s - self._delay_s) * SPEECH_RATE_HZ))
            self._delay_s = delay_s
        else:
            self._delay_s += delay_s - before_s
            self._filter.go_back(self._learnt[0])
        self._learnt.clear()
        self._next_position = None


_NOTHING: Final = np.zeros(BLOCK, np.float32)

_SEARCHED_FRAMES = -(-WINDOW // BLOCK)
_WAIT_FRAMES = -(-AFTER // BLOCK)
"""Frames after the window: what is heard earlier than planned is known only then."""


def _power(samples: Float32) -> float:
    return float(np.dot(samples, samples)) / len(samples)
