"""How much the room talks: to whoever talks on and on the coach need not listen so closely."""

from assistant.sound import FRAME_S

STILL_S, STIRRED_S = 3.0, 10.0
"""What is heard after so much silence may be a person who wants something, and may be answered for
so long. A room that talks on and on is not: there the answer may come 0.8 s late."""

TALK_S, TALK_SHARE = 8.0, 0.6
"""Where the gate was open for more than this share of the last seconds (a time constant) the room
talks: somebody who gives one command after the other stays below a third, household noise at 5 dB
below a fifth."""


class RoomTalk:
    """Follows when something that may be speech is heard, frame by frame. Owned by one thread."""

    def __init__(self) -> None:
        self.now_s = float("-inf")
        """When the last frame ended, monotonic seconds."""
        self.is_in_talk = False
        """Whether the utterance under way, or the next one, is one of many."""
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
            self.is_in_talk = self._share >= TALK_SHARE
            return
        if now_s - self._heard_s > STILL_S:
            self._stirred_until_s = now_s + STIRRED_S
        self._heard_s = now_s

    def reset(self) -> None:
        """Forget how much was said: nothing was heard for a while."""
        self._share, self.is_in_talk = 0.0, False
