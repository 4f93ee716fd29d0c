"""Which sample is heard when: sample numbers against monotonic time.

A sound driver reports the time of each block with a jitter of up to milliseconds, and its crystal
runs some tens of parts per million off the computer's. Taking each report at its word would make
the distance between two cues wander; counting samples alone would drift. So the clock follows
the reports slowly, and jumps only when they say that the stream has stood still: when one is
far off, or when many in a row are off to the same side.
"""

JUMP_S = 0.05
"""A report further off than this means a restarted stream, not jitter."""

SHIFT_S = 0.005
"""Reports further off than this, all to one side and for `SHIFT_FOR_S`, mean lost samples."""

SHIFT_FOR_S = 0.2
"""PulseAudio 16.1 refills a buffer that ran dry without telling: all that follows is then heard
20 to 40 ms later, and no underflow is reported."""

SETTLE_S = 2.0
"""Time constant with which the clock follows. At 10 ms a block, 2 ms of jitter (standard
deviation) leaves 0.1 ms in the clock, and a crystal 100 ppm off makes it lag 0.2 ms."""

EXACT_S = 1e-6
"""A report this close is right: floating-point noise never moves a sample."""


class SampleClock:
    """Maps sample numbers to monotonic seconds and back."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._anchor_index = 0
        self._anchor_s = 0.0
        self._last_index = 0
        self._reports = 0
        self._shifted_since: int | None = None
        self._shift_s = 0.0

    def follow(self, index: int, at_s: float) -> None:
        """Take a report: sample `index` is heard at monotonic time `at_s`."""
        error_s = at_s - self.time_of(index)
        elapsed_s = (index - self._last_index) / self._rate_hz
        self._last_index = index
        if self._reports == 0 or abs(error_s) > JUMP_S or self._has_shifted(index, error_s):
            self._anchor_index, self._anchor_s, self._reports = index, at_s, 1
            self._shifted_since = None
            return
        self._reports += 1
        if abs(error_s) > EXACT_S:
            # The mean of all reports at first, so that the clock is right within a second.
            share = max(1 / self._reports, elapsed_s / SETTLE_S)
            self._anchor_s += min(1.0, share) * error_s

    def _has_shifted(self, index: int, error_s: float) -> bool:
        is_same_side = error_s * self._shift_s > 0
        self._shift_s = error_s
        if abs(error_s) <= SHIFT_S:
            self._shifted_since = None
        elif self._shifted_since is None or not is_same_side:
            self._shifted_since = index
        since = self._shifted_since
        return since is not None and index - since >= SHIFT_FOR_S * self._rate_hz

    def resync(self) -> None:
        """Take the next report at its word, since samples were lost or the stream stood still."""
        self._reports = 0

    def time_of(self, index: float) -> float:
        """Return when a sample is heard, monotonic seconds."""
        return self._anchor_s + (index - self._anchor_index) / self._rate_hz

    def index_of(self, at_s: float) -> int:
        """Return the sample nearest to a monotonic time."""
        return self._anchor_index + round((at_s - self._anchor_s) * self._rate_hz)
