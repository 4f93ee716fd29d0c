"""When the coach's voice is lowered: at the first sign that a person talks while it sounds.

The sign is voice activity in what the echo canceller leaves, louder than the echo that may be left
in it. To lower the voice for nothing costs little, so a sign is no proof: the judge decides what
was said, and without more to hear the voice comes back.
"""

from collections import deque
from dataclasses import dataclass, field

from assistant.audio.echo import Cleaned

WINDOW_FRAMES, SIGN_FRAMES = 6, 4
"""The voice is lowered where so many of the last so many frames of 20 ms sound like a person.

In two rooms, of 66 words over the coach at 0, -6 and -12 dB, it was so 0.08, 0.10 and 0.12 s after
they began (medians; none was missed); with 8 of 12 after 0.18, 0.18 and 0.22 s (3 missed). The
coach alone was a person for 0.5 s of its first 5 s there, and in the 35 after never."""

SURE_WINDOW_FRAMES, SURE_FRAMES = 12, 7
"""Where so many do, somebody is there, and what they say counts: 0.16 to 0.2 s after they began. Of
the coach's first five seconds alone 0.28 s were so."""

RELEASE_FRAMES = 25
"""So long without a frame that sounds like it, and the voice is back: 0.5 s."""

LONGEST_FRAMES = 250
"""After 5 s the voice is back in any case: no command lasts so long."""

LEFT_SHARE = 0.01
"""How much of the echo's power a filter that has learnt leaves in its louder moments: -20 dB."""

OVER_LEFT = 2.0
"""How far over the echo that may be left a person is: 3 dB."""

ECHO_FADING = 0.85
"""Share of the echo's power that still counts a frame later: the room rings on where the filter
ends, by 35 dB in a second."""


LEARNT_SHARE = 0.1
"""Nobody is sure to be there before no more than this was left of the echo once, over about half a
second: -10 dB. In two rooms it was so after 4 s; false signs of a person lay before 2.5 s."""

LEARNT_MEMORY = 0.96
"""Share of the old in these levels, a frame of 20 ms: half a second."""


@dataclass(slots=True)
class TalkOver:
    """Watches frames, one after the other, and says whether to lower the voice."""

    is_ducked: bool = False
    """Whether the coach's voice ought to be lowered now."""
    is_person: bool = False
    """Whether it is sure that a person talks; until the voice is back."""
    _signs: deque[bool] = field(default_factory=lambda: deque(maxlen=SURE_WINDOW_FRAMES))
    _quiet_frames: int = 0
    _ducked_frames: int = 0
    _echo_power: float = 0.0
    _has_learnt: bool = False
    _rest_level: float = 0.0
    _echo_level: float = 0.0

    def take(self, cleaned: Cleaned, is_speech: bool) -> bool:
        """Take the next frame and whether it sounds like speech; return `is_ducked`."""
        self._echo_power = max(cleaned.echo_power, ECHO_FADING * self._echo_power)
        left_power = LEFT_SHARE * self._echo_power + cleaned.uncertain_power
        is_sign = is_speech and cleaned.rest_power > OVER_LEFT * left_power
        is_sounding = cleaned.echo_power > 0.0
        if is_sounding and not self._has_learnt:
            self._learn(cleaned)
        self._signs.append(is_sign and is_sounding)
        self._quiet_frames = 0 if is_sign else self._quiet_frames + 1
        if self.is_ducked:
            self._ducked_frames += 1
            is_over = self._quiet_frames >= RELEASE_FRAMES or not is_sounding
            if is_over or self._ducked_frames >= LONGEST_FRAMES:
                self._release()
        elif sum(list(self._signs)[-WINDOW_FRAMES:]) >= SIGN_FRAMES:
            self.is_ducked = True
            self._ducked_frames = 0
        is_sure = self._has_learnt and sum(self._signs) >= SURE_FRAMES
        self.is_person = self.is_ducked and (self.is_person or is_sure)
        return self.is_ducked

    def _learn(self, cleaned: Cleaned) -> None:
        self._rest_level = LEARNT_MEMORY * self._rest_level + cleaned.rest_power
        self._echo_level = LEARNT_MEMORY * self._echo_level + cleaned.echo_power
        self._has_learnt = self._rest_level < LEARNT_SHARE * self._echo_level

    def _release(self) -> None:
        self.is_ducked = False
        self._signs.clear()
