"""What has been ordered to sound: prompts and tones, by id, so that they can be taken back.

One prompt at a time: an order to speak cancels whatever would be said at the same moment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from assistant.coach.actions import Action, Air, Breathe, Cancel, Play, Say, Tone
from assistant.coach.prompts import Parts, Prompts


@dataclass(frozen=True, slots=True)
class Speech:
    """A prompt ordered and not yet known to be over."""

    start_s: float
    parts: Parts


class Sounding:
    """The orders for sound that a session gives; they gather in `out` with its other actions."""

    def __init__(self, prompts: Prompts) -> None:
        self.out: list[Action] = []
        self._prompts = prompts
        self._speech: dict[str, Speech] = {}
        self._tones: list[tuple[str, float]] = []
        """The tones ordered for the segment under way, with their times."""
        self._breaths: dict[str, float] = {}
        """The breath sounds ordered and not yet known to be over, with their times."""
        self._ids = 0

    def say(self, parts: Parts, now: float, at_s: float | None = None) -> str:
        """Order a prompt and return its id."""
        start = now if at_s is None else at_s
        end = start + self._prompts.length_s(parts)
        self._cancel(
            playback_id
            for playback_id, other in self._speech.items()
            # One that has begun may last longer than reckoned: it sounds until it is known over.
            if other.start_s < end and (self._end(other) > start or start == now >= other.start_s)
        )
        playback_id = self._next_id("say")
        self._speech[playback_id] = Speech(start, parts)
        self.out.append(Say(playback_id, parts, at_s))
        return playback_id

    def play(self, tone: Tone, at_s: float | None = None) -> None:
        """Order a tone."""
        playback_id = self._next_id(tone.value)
        if at_s is not None:
            self._tones.append((playback_id, at_s))
        self.out.append(Play(playback_id, tone, at_s))

    def breathe(self, air: Air, length_s: float, at_s: float) -> None:
        """Order the sound of one phase of a breath."""
        playback_id = self._next_id(f"breath-{air.value}")
        self._breaths[playback_id] = at_s
        self.out.append(Breathe(playback_id, air, length_s, at_s))

    def is_speaking(self, now: float) -> bool:
        """Whether a prompt that has begun is not known to be over."""
        return any(speech.start_s <= now for speech in self._speech.values())

    def is_free(self, parts: Parts, now: float) -> bool:
        """Whether a prompt can be said now with no other cancelled for it."""
        end = now + self._prompts.length_s(parts)
        return not self.is_speaking(now) and all(x.start_s >= end for x in self._speech.values())

    def said_until_s(self, now: float) -> float | None:
        """When the prompt that sounds now will be over, as reckoned; None where none does."""
        ends = [self._end(speech) for speech in self._speech.values() if speech.start_s <= now]
        return max((end for end in ends if end > now), default=None)

    def over(self, playback_id: str) -> None:
        """A sound is over."""
        self._speech.pop(playback_id, None)
        self._breaths.pop(playback_id, None)

    def silence(self) -> None:
        """Silence everything at once."""
        self.out.append(Cancel())
        self._speech.clear()
        self._tones.clear()
        self._breaths.clear()

    def hush(self) -> None:
        """Stop talking; tones stay."""
        self._cancel(self._speech)

    def take_back(self, now: float, *, keep_breath: bool = False, keep_said: bool = False) -> None:
        """Stop talking, and forget the tones still to come; one that sounds may ring out. A breath
        or a prompt that sounds is cut short, unless it is to be kept."""
        coming = [playback_id for playback_id, at in self._tones if at >= now]
        self._tones.clear()
        cut = [i for i, at in self._breaths.items() if at >= now or not keep_breath]
        prompts = [i for i, s in self._speech.items() if s.start_s > now or not keep_said]
        self._cancel([*prompts, *coming, *cut])

    def new_segment(self) -> None:
        """The tones ordered so far belong to the past; the last of them may sound just now."""
        self._tones.clear()

    def learn_lengths(self, now: float, until_s: float | None) -> None:
        """Lengths became known: cancel what turns out to be said at the same time as another, or
        to go on after `until_s`."""
        ordered = sorted(self._speech.items(), key=lambda item: item[1].start_s)
        for (_, before), (later, after) in pairwise(ordered):
            if after.start_s > now and self._end(before) > after.start_s:
                self._cancel([later])
        if until_s is not None:
            coming = [(i, s) for i, s in self._speech.items() if s.start_s > now]
            self._cancel(i for i, s in coming if self._end(s) > until_s)

    def _end(self, speech: Speech) -> float:
        return speech.start_s + self._prompts.length_s(speech.parts)

    def _cancel(self, ids: Iterable[str]) -> None:
        doomed = tuple(ids)
        if doomed:
            self.out.append(Cancel(doomed))
            for playback_id in doomed:
                self._speech.pop(playback_id, None)
                self._breaths.pop(playback_id, None)

    def _next_id(self, kind: str) -> str:
        self._ids += 1
        return f"{kind}-{self._ids}"
