"""A microphone or loudspeaker that goes away, and comes back.

Without either of them nobody is led: whatever runs is paused. Once both are there it goes on by
itself, if it was the loss that paused it, and the person has neither said anything since nor waited
for so long that they may have got up. What the person paused stays so. A question that was open is
dropped, and the session stays paused.
"""

from collections import deque
from enum import StrEnum

from assistant.coach import habits
from assistant.coach.commands import Coaching
from assistant.coach.events import (
    LoudspeakerLost,
    LoudspeakerReturned,
    MicrophoneLost,
    MicrophoneReturned,
)
from assistant.coach.phases import ACTIVE, INACTIVE, Phase
from assistant.coach.prompts import Parts
from assistant.coach.timeline import CLEAR_S

GONE_LONG_S = 300.0
"""After so long nobody is taken to be lying there waiting: "resume" is needed, seconds."""

BACK_LEAD_S = 6.0
"""From a device's return to the start tone: time to get back into a position that was left without
warning, seconds."""

SHAKY_LOSSES, SHAKY_S = 5, 60.0
"""A device that was lost so many times in so many seconds (a loose plug) is not trusted: "resume"
is needed."""

TOLD_AGAIN_S = 600.0
"""Where no session runs a loss is told once in so many seconds, and not in the quiet hours."""

MISSED_S = 10.0
"""A microphone that is missing for so long when the loudspeaker comes back is told then. A sound
server that restarts gives back both within seconds."""


class Lost(StrEnum):
    """What may be lost."""

    MICROPHONE = "microphone"
    LOUDSPEAKER = "loudspeaker"


def device_of(
    event: MicrophoneLost | MicrophoneReturned | LoudspeakerLost | LoudspeakerReturned,
) -> Lost:
    """What an event is about."""
    if isinstance(event, MicrophoneLost | MicrophoneReturned):
        return Lost.MICROPHONE
    return Lost.LOUDSPEAKER


class Losses:
    """What is missing, and what becomes of the session meanwhile."""

    def __init__(self, coaching: Coaching) -> None:
        self._coaching = coaching
        self._since_s: dict[Lost, float] = {}
        """What is missing, since when."""
        self._first_s = 0.0
        """When the first of what is missing was lost."""
        self._losses_s: deque[tuple[Lost, float]] = deque(maxlen=2 * SHAKY_LOSSES)
        self._goes_on = False
        """Whether the session goes on by itself once nothing is missing."""
        self._was_deaf = False
        """Whether the microphone was among what is missing."""
        self._told_s = float("-inf")
        self._is_told = False
        """Whether the person was told of this loss, or would have been."""

    @property
    def is_audible(self) -> bool:
        """Whether what is said can be heard, as far as is known."""
        return Lost.LOUDSPEAKER not in self._since_s

    def person_spoke(self) -> None:
        """A command was understood: from here on the person decides."""
        self._goes_on = False

    def lost(self, device: Lost) -> None:
        """A device is gone: pause, and say so where that can be heard."""
        s = self._coaching.session
        if device in self._since_s:
            return
        if not self._since_s:
            self._first_s = s.now
            self._goes_on = s.phase in ACTIVE - {Phase.PAUSED, Phase.ASKING}
            self._was_deaf = False
            self._is_told = s.phase in ACTIVE or self._may_tell()
        self._since_s[device] = s.now
        self._was_deaf = self._was_deaf or device is Lost.MICROPHONE
        self._losses_s.append((device, s.now))
        if self._is_shaky(device):
            self._goes_on = False
        if s.phase in ACTIVE and s.phase is not Phase.PAUSED:
            s.pause()
        if device is Lost.MICROPHONE and self.is_audible and self._is_told:
            s.say(s.prompts.say("microphone_lost"))

    def returned(self, device: Lost) -> None:
        """A device is back. Once nothing is missing, go on or say how."""
        s = self._coaching.session
        if self._since_s.pop(device, None) is None:
            return
        if self._since_s:
            since_s = self._since_s.get(Lost.MICROPHONE)
            if since_s is not None and s.now - since_s > MISSED_S and self._is_told:
                s.say(s.prompts.say("microphone_lost"))
            return
        line = "microphone_back" if self._was_deaf else "sound_back"
        if s.phase is Phase.PAUSED:
            if self._goes_on and s.now - self._first_s <= GONE_LONG_S:
                self._go_on(s.prompts.say(f"{line}_on"))
            else:
                s.say(s.prompts.say(f"{line}_paused"))
        elif s.phase in INACTIVE and self._is_told:
            s.say(s.prompts.say(line))
        self._goes_on = False

    def _go_on(self, words: Parts) -> None:
        s = self._coaching.session
        s.resume(words, max(BACK_LEAD_S, s.prompts.length_s(words) + 2 * CLEAR_S))

    def _is_shaky(self, device: Lost) -> bool:
        from_s = self._coaching.session.now - SHAKY_S
        recent = [1 for lost, at_s in self._losses_s if lost is device and at_s > from_s]
        return len(recent) >= SHAKY_LOSSES

    def _may_tell(self) -> bool:
        """Where no session runs: whether it is time to say something unasked."""
        s = self._coaching.session
        if s.now - self._told_s < TOLD_AGAIN_S:
            return False
        if habits.quiet_until(self._coaching, habits.utc_s(self._coaching)) is not None:
            return False
        self._told_s = s.now
        return True
