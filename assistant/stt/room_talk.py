"""How much the room talks: to whoever talks on and on the coach need not listen so closely."""

import math

from assistant.sound import FRAME_S

STILL_S, STIRRED_S = 3.0, 10.0
"""What is heard after so much silence may be a person who wants something, and may be answered for
so long. A room that talks on and on is not: there the answer may come 0.8 s late."""

TALK_S, QUIET_SHARE = 8.0, 1 / 3
"""Where the gate was open for more than this share of the last seconds (a time constant) the room
talks: somebody who gives one command after the other stays below it, household noise at 5 dB below
a fifth."""

NATS_A_SHARE, MOST_ODDS = 8.0, 6.0
"""How much less likely a command is the more the room talks: by a factor whose logarithm grows with
the share above `QUIET_SHARE`, and no more than the second, which is reached where somebody talked
for more than half of the time. What it costs and saves stands in docs/hearing.md."""


class RoomTalk:
    """Follows when something that may be speech is heard, frame by frame. Owned by one thread."""

    def __init__(self) -> None:
        self.now_s = float("-inf")
        """When the last frame ended, monotonic seconds."""
        self.odds = 1.0
        """How many times less likely than in a quiet room the utterance under way, or the next one,
        is a command."""
        self._share = 0.0
        """How much of the last seconds somebody talked, 0 to 1, the coach's own talk left out."""
        self._heard_s = self._stirred_until_s = float("-inf")

    @property
    def is_stirred(self) -> bool:
        """Whether an answer may be wanted, since something was heard after a silence."""
        return self.now_s < self._stirred_until_s

    def take(self, now_s: float, *, is_open: bool, is_sounding: bool) -> None:
        """Learn, at a frame's end, whether the gate is open and whether the coach itself sounds."""
        self.now_s = now_s
        if not is_sounding:
            self._share += (is_open - self._share) * FRAME_S / TALK_S
        if not is_open:
            more = max(0.0, self._share - QUIET_SHARE)
            self.odds = min(MOST_ODDS, math.exp(NATS_A_SHARE * more))
            return
        if now_s - self._heard_s > STILL_S:
            self._stirred_until_s = now_s + STIRRED_S
        self._heard_s = now_s

    def reset(self) -> None:
        """Forget how much was said: nothing was heard for a while."""
        self._share, self.odds = 0.0, 1.0
