"""When the coach's voice is lowered: at the first sign that a person talks while it sounds.

The sign is voice activity in what the echo canceller leaves, louder than the echo that may be left
in it. To lower the voice for nothing costs little, so a sign is no proof: the judge decides what
was said, and without more to hear the voice comes back.
"""

from collections import deque
from dataclasses import dataclass, field

from assistant.audio.echo import Cleaned

WINDOW_FRAMES, SIGN_FRAMES = 12, 8
"""A person talks where so many of the last so many frames of 20 ms sound like it: about 0.2 s."""

RELEASE_FRAMES = 25
"""So long without a frame that sounds like it, and the voice is back: 0.5 s."""

LONGEST_FRAMES = 250
"""After 5 s the voice is back in any case: no command lasts so long."""

LEFT_SHARE = 0.02
"""How much of the echo's power a filter that has learnt leaves: -17 dB."""

OVER_LEFT = 2.0
"""How far over the echo that may be left a person is: 3 dB."""

ECHO_FADING = 0.85
"""Share of the echo's power that still counts a frame later: the room rings on where the filter
ends, by 35 dB in a second."""


@dataclass(slots=True)
class TalkOver:
    """Watches frames, one after the other, and says whether to lower the voice."""

    is_ducked: bool = False
    """Whether the coach's voice ought to be lowered now."""
    _signs: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW_FRAMES))
    _quiet_frames: int = 0
    _ducked_frames: int = 0
    _echo_power: float = 0.0

    def take(self, cleaned: Cleaned, is_speech: bool) -> bool:
        """Take the next frame and whether it sounds like speech; return `is_ducked`."""
        self._echo_power = max(cleaned.echo_power, ECHO_FADING * self._echo_power)
        left_power = LEFT_SHARE * self._echo_power + cleaned.uncertain_power
        is_sign = is_speech and cleaned.rest_power > OVER_LEFT * left_power
        is_sounding = cleaned.echo_power > 0.0
        self._signs.append(is_sign and is_sounding)
        self._quiet_frames = 0 if is_sign else self._quiet_frames + 1
        if self.is_ducked:
            self._ducked_frames += 1
            is_over = self._quiet_frames >= RELEASE_FRAMES or not is_sounding
            if is_over or self._ducked_frames >= LONGEST_FRAMES:
                self._release()
        elif sum(self._signs) >= SIGN_FRAMES:
            self.is_ducked = True
            self._ducked_frames = 0
        return self.is_ducked

    def _release(self) -> None:
        self.is_ducked = False
        self._signs.clear()
