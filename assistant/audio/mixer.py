"""Places clips in one stream of samples, each at its time to the sample.

The mixer is arithmetic: it has no thread, no lock and no clock of its own. `schedule`, `cancel`
and `set_gain` may be called from any one thread while another calls `render`; orders pass through
a deque, whose append and popleft are atomic. What is slow (conversion of rates) happens in
`schedule`, so that `render` may run in a sound card's callback.
"""

import logging
import math
from collections import OrderedDict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import soxr

from assistant.audio.clock import SampleClock
from assistant.audio.reference import Played
from assistant.sound import Clip, Float32

log = logging.getLogger(__name__)

FADE_S = 0.01
"""How long a cancelled clip takes to fall silent: short enough to be at once, long enough not to
click."""

RAMP_S = 0.02
"""How long the master gain takes to reach a new value, and the voice to be lowered."""

DUCK_DB = -20.0
"""How much everything is lowered while a person talks: with it 16 of 24 commands were understood
12 dB under the coach's voice, without it 14 (a linear canceller in a simulated room)."""

KNEE = 0.9
"""Samples up to this are left alone; louder ones are bent towards full scale, never past it."""

KEPT_CLIPS = 8
"""Shared clips whose conversion is kept: the breaths of a five-minute session are sixty orders for
two clips, at 48 kHz 0.7 MB and more each."""

CLIP_LIMIT = 1024
"""Clips that may wait or sound at once. A stream that has stopped asking fills up to here."""


@dataclass(frozen=True, slots=True)
class Started:
    """A clip's first sample is heard at `at_s`. Told when the sample is rendered, which is
    earlier by the latency of the output."""

    playback_id: str
    at_s: float
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A clip is over: the first moment without it is `at_s`. Told once for each scheduled clip,
    when its last sample is rendered, which is earlier by the latency of the output."""

    playback_id: str
    at_s: float
    """Monotonic seconds."""
    cancelled: bool
    """Whether it was cut short, or taken back before it began (then nothing told its start)."""


PlaybackEvent = Started | Finished


@dataclass(slots=True, eq=False)
class _Voice:
    """A clip at the mixer's rate, waiting or sounding; the rendering thread's own once taken."""

    playback_id: str
    samples: Float32
    at_s: float | None
    start: int | None = None
    """Number of the stream's sample at which it began; None while it waits."""
    end: int = 0
    """Number of the first sample after it; known once it has begun."""
    fade_start: int | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class _Cancel:
    ids: frozenset[str] | None


class Mixer:
    """Mixes scheduled clips into blocks of float32 mono at `rate_hz`."""

    def __init__(self, rate_hz: int, tap: Callable[[Played], None] | None = None) -> None:
        """`tap` is given each block as it is rendered, in the rendering thread: it must return
        within microseconds and leave the samples as they are."""
        if rate_hz <= 0:
            raise ValueError(f"rate_hz must be positive, not {rate_hz}")
        self.rate_hz: Final = rate_hz
        self.dropped = 0
        """Clips, cancels and events lost because nobody rendered or nobody read them."""
        self._clock = SampleClock(rate_hz)
        self._orders: deque[_Voice | _Cancel] = deque(maxlen=2 * CLIP_LIMIT)
        self._events: deque[PlaybackEvent] = deque(maxlen=4 * CLIP_LIMIT)
        self._voices: list[_Voice] = []
        self._converted: OrderedDict[int, tuple[Clip, Float32]] = OrderedDict()
        """By the identity of a clip that nobody can change, which it keeps alive."""
        self._next_index = 0
        self._gain = _Gain(max(1, round(RAMP_S * rate_hz)))
        self._ducking = _Gain(max(1, round(RAMP_S * rate_hz)))
        self._tap = tap
        fade_samples = max(1, round(FADE_S * rate_hz))
        turn = np.arange(1, fade_samples + 1) / fade_samples * math.pi
        self._fade: Float32 = (0.5 + 0.5 * np.cos(turn)).astype(np.float32)

    def schedule(
        self, playback_id: str, clip: Clip, at_s: float | None = None, *, gain_db: float = 0.0
    ) -> None:
        """Let a clip be heard from monotonic time `at_s`, to the sample.

        Without `at_s`, or where it has passed, the clip begins with the next block, from its
        first sample. Clips of any rate; samples that are not finite become silence. Raises
        ValueError for a clip that is not mono, or a rate, time or gain that makes no sense.
        """
        if at_s is not None and not math.isfinite(at_s):
            raise ValueError(f"at_s must be finite, not {at_s}")
        samples = self._at_own_rate(clip)
        if gain_db != 0.0:
            samples = samples * _amplitude(gain_db)
        if len(self._orders) + len(self._voices) >= CLIP_LIMIT:
            self.dropped += 1
            log.warning("playback %s dropped: %d clips already wait", playback_id, CLIP_LIMIT)
            return
        self._orders.append(_Voice(playback_id, samples, at_s))

    def _at_own_rate(self, clip: Clip) -> Float32:
        if clip.samples.flags.writeable:
            return _converted(clip, self.rate_hz)
        key = id(clip.samples)
        if key not in self._converted:
            self._converted[key] = (clip, _converted(clip, self.rate_hz))
            if len(self._converted) > KEPT_CLIPS:
                self._converted.popitem(last=False)
        self._converted.move_to_end(key)
        return self._converted[key][1]

    def cancel(self, ids: Collection[str] | None) -> None:
        """Silence these playbacks, or all for None, from the next block on.

        Those that sound fade out over 10 ms; those that wait are never heard.
        """
        if len(self._orders) == self._orders.maxlen:
            self.dropped += 1
        self._orders.append(_Cancel(None if ids is None else frozenset(ids)))

    def set_gain(self, gain_db: float) -> None:
        """Set the gain of everything, reached over 20 ms; minus infinity mutes."""
        self._gain.wanted = _amplitude(gain_db)

    def duck(self, is_ducked: bool) -> None:
        """Lower everything by 20 dB under the gain, or no longer, over 20 ms. From any thread."""
        self._ducking.wanted = _amplitude(DUCK_DB) if is_ducked else 1.0

    def resync(self) -> None:
        """Take the time of the next block at its word, since the output has stood still."""
        self._clock.resync()

    def events(self) -> list[PlaybackEvent]:
        """Return what has happened since the last call, oldest first."""
        events: list[PlaybackEvent] = []
        while self._events:
            events.append(self._events.popleft())
        return events

    def render(self, frames: int, heard_at_s: float) -> Float32:
        """Return the next block: float32 in [-1, 1], shape (frames,).

        Its first sample will be heard at about monotonic time `heard_at_s`.
        """
        first = self._next_index
        self._clock.follow(first, heard_at_s)
        self._obey_orders(first)
        block: Float32 = np.zeros(frames, np.float32)
        for voice in self._voices:
            self._mix(voice, block, first)
        self._next_index = first + frames
        self._gain.apply(block)
        self._ducking.apply(block)
        if self._voices:  # silence needs no limit, and is what is rendered most of the day
            self._voices = [voice for voice in self._voices if not voice.is_over]
            block = _limited(block)
        if self._tap is not None:
            self._tap(Played(self.rate_hz, first, self._clock.time_of(first), block))
        return block

    def _obey_orders(self, first: int) -> None:
        while self._orders:
            order = self._orders.popleft()
            if isinstance(order, _Voice):
                self._voices.append(order)
                continue
            for voice in self._voices:
                if order.ids is None or voice.playback_id in order.ids:
                    self._silence(voice, first)

    def _silence(self, voice: _Voice, first: int) -> None:
        if voice.is_over or voice.fade_start is not None:
            return
        if voice.start is None:
            voice.is_over = True
            self._tell(Finished(voice.playback_id, self._clock.time_of(first), cancelled=True))
            return
        voice.fade_start = first
        voice.end = min(voice.end, first + len(self._fade))

    def _mix(self, voice: _Voice, block: Float32, first: int) -> None:
        after = first + len(block)
        if voice.is_over:
            return
        if voice.start is None:
            start = first if voice.at_s is None else max(first, self._clock.index_of(voice.at_s))
            if start >= after:
                return
            voice.start, voice.end = start, start + len(voice.samples)
            self._tell(Started(voice.playback_id, self._clock.time_of(start)))
        begin, end = max(voice.start, first), min(voice.end, after)
        part = voice.samples[begin - voice.start : end - voice.start]
        if voice.fade_start is not None:
            part = part * self._fade[begin - voice.fade_start : end - voice.fade_start]
        block[begin - first : end - first] += part
        if voice.end <= after:
            voice.is_over = True
            at_s = self._clock.time_of(voice.end)
            self._tell(Finished(voice.playback_id, at_s, voice.fade_start is not None))

    def _tell(self, event: PlaybackEvent) -> None:
        if len(self._events) == self._events.maxlen:
            self.dropped += 1
        self._events.append(event)


class _Gain:
    """The master gain: a straight ramp from where it is to where it is wanted."""

    def __init__(self, ramp_samples: int) -> None:
        self.wanted = 1.0
        """Amplitude; set by any thread."""
        self._ramp_samples = ramp_samples
        self._from = self._to = self._now = 1.0
        self._left = 0

    def apply(self, block: Float32) -> None:
        """Multiply a block in place."""
        if self.wanted != self._to:
            self._from, self._to, self._left = self._now, self.wanted, self._ramp_samples
        done = self._ramp_samples - self._left
        ramped = min(self._left, len(block))
        if ramped:
            progress = np.arange(done + 1, done + ramped + 1) / self._ramp_samples
            curve = self._from + (self._to - self._from) * progress
            block[:ramped] *= curve.astype(np.float32)
            self._now = float(curve[-1])
            self._left -= ramped
        if self._to != 1.0:
            block[ramped:] *= self._to


def _converted(clip: Clip, rate_hz: int) -> Float32:
    if clip.samples.ndim != 1:
        raise ValueError(f"a clip is mono, shape (n,), not {clip.samples.shape}")
    if clip.rate_hz <= 0:
        raise ValueError(f"a clip's rate_hz must be positive, not {clip.rate_hz}")
    samples: Float32 = np.nan_to_num(clip.samples, nan=0.0, posinf=0.0, neginf=0.0)
    if clip.rate_hz != rate_hz and len(samples):
        samples = soxr.resample(samples, clip.rate_hz, rate_hz)
    return samples.astype(np.float32, copy=False)


def _amplitude(gain_db: float) -> float:
    if math.isnan(gain_db) or gain_db > 60:
        raise ValueError(f"gain_db must be a number up to 60, not {gain_db}")
    return float(10.0 ** (gain_db / 20))


def _limited(block: Float32) -> Float32:
    level = np.abs(block)
    if not len(block) or level.max() <= KNEE:
        return block
    bent = KNEE + (1 - KNEE) * np.tanh((level - KNEE) / (1 - KNEE))
    limited: Float32 = np.where(level <= KNEE, block, np.sign(block) * np.minimum(bent, 1.0))
    return limited.astype(np.float32, copy=False)
