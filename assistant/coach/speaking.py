"""What a session says and sounds: answers where there is room, and the sounds of its segments.

Every sound of a timed segment is ordered for an absolute time, from `Place.starts_at` on.
"""

from collections.abc import Iterable

from assistant.coach.actions import Action, Fact, Prepare, Record, Tone
from assistant.coach.breath import Pacing, breath_sounds, first_breath, is_worded
from assistant.coach.owing import Answer
from assistant.coach.phases import Phase
from assistant.coach.place import Place
from assistant.coach.plan import Kind
from assistant.coach.prompts import Parts
from assistant.coach.timeline import (
    CLEAR_S,
    Sound,
    gap_sounds,
    hold_sounds,
    lead_in_sounds,
    quiet_from_s,
    rep_sounds,
)

ANSWER_S = 3.0
"""A question stays open for so long after whatever was said about it, seconds."""


class Speaking(Place):
    """A session's sounds. The actions that order them gather in `out`, with its other actions."""

    @property
    def out(self) -> list[Action]:
        """The actions ordered and not yet taken."""
        return self._sounding.out

    def take_actions(self) -> list[Action]:
        """Return the actions ordered since the last time, in order."""
        taken, self._sounding.out = self._sounding.out, []
        return taken

    def record(self, fact: Fact) -> None:
        """Order a fact to be remembered."""
        self.out.append(Record(fact))

    def say(self, parts: Parts, at_s: float | None = None) -> str:
        """Order a prompt; whatever would be said at the same time is cancelled for it."""
        return self._sounding.say(parts, self.now, at_s)

    def play(self, tone: Tone, at_s: float | None = None) -> None:
        """Order a tone."""
        self._sounding.play(tone, at_s)

    def reply(self, parts: Parts, *, keeps: bool = True) -> bool:
        """Answer now where there is room, and return whether there was; else by a tone now and by
        words in the next gap of the movement. Words that do not keep (a number of seconds) are not
        said later."""
        if not self.has_room(parts):
            if keeps:
                self.owe(Answer(parts))
            else:
                self.play(Tone.HEARD)
            return False
        playback_id = self.say(parts)
        if self.phase is Phase.EXPLAINING:
            self._awaited = playback_id
        elif self.phase is Phase.ASKING and self.ends_at is not None:
            heard_at = self.now + self.prompts.length_s(parts)
            self.ends_at = max(self.ends_at, heard_at + ANSWER_S)
        return True

    def owe(self, answer: Answer) -> None:
        """Show by a tone that a question was heard; its answer is said at the next chance."""
        self.say_later(answer)
        self.play(Tone.HEARD)

    def say_later(self, answer: Answer) -> None:
        """Have something said at the next chance."""
        self._owed.add(answer)
        self._render(part for form in answer.forms for part in form)

    def has_room(self, parts: Parts) -> bool:
        """Whether a prompt can be said now without running into a countdown."""
        room = self._room_s()
        return room is None or self.prompts.length_s(parts) <= room

    def is_free(self, parts: Parts) -> bool:
        """Whether a prompt can be said now without running into anything."""
        return self.has_room(parts) and self._sounding.is_free(parts, self.now)

    def _room_s(self) -> float | None:
        """How long may be talked now; None means as long as it takes."""
        if self.ends_at is None or self.phase in (Phase.PAUSED, Phase.ASKING):
            return None
        if self.phase is Phase.HOLD:
            if self.pacing is not None:
                return self.ends_at - CLEAR_S - self.now
            # Not the difference of the two times: of a hold of 10 s that may be 9.999999.
            length = self._length_s(self.index)
            if length is not None:
                return self.starts_at + quiet_from_s(length) - self.now
        return self.ends_at - CLEAR_S - self.now

    def silence(self) -> None:
        """Silence everything at once."""
        self._sounding.silence()
        self._awaited = None

    @property
    def is_speaking(self) -> bool:
        """Whether the coach talks."""
        return self._sounding.is_speaking(self.now)

    def hush(self) -> None:
        """Stop talking; tones stay."""
        self._sounding.hush()

    def learn_lengths(self) -> None:
        """Lengths became known: what turns out not to fit is taken back."""
        room = self._room_s()
        self._sounding.learn_lengths(self.now, None if room is None else self.now + room)

    def _render(self, texts: Iterable[str]) -> None:
        """Have lines rendered whose lengths are not known yet."""
        missing = tuple(text for text in texts if text not in self.prompts.lengths_s)
        if missing:
            self.out.append(Prepare(missing, self.prompts.rate_wpm, self.prompts.voice))

    # The sounds of segments ------------------------------------------------------------------

    def _order(self, sounds: list[Sound], after_s: float) -> None:
        """Order a segment's sounds from an offset on."""
        for sound in sorted(sounds, key=lambda s: s.offset_s):
            if sound.offset_s < after_s:
                continue
            at_s = self.starts_at + sound.offset_s
            if sound.tone is not None:
                self.play(sound.tone, at_s)
            elif sound.air is not None:
                self._sounding.breathe(sound.air, sound.length_s, at_s)
            elif at_s >= self.now:
                self.say(sound.parts, at_s)

    def pacing_ahead(self, index: int) -> Pacing | None:
        """How segment `index` will be paced from its start; None where it is no paced hold."""
        segment = self.running.segments[index]
        if segment.kind is not Kind.WORK:
            return None
        return self.breathing.pacing(segment, self.running.steps[segment.step])

    def _hold_sounds(self, length_s: float) -> list[Sound]:
        plan, pacing = self.running, self.pacing
        if pacing is None:
            return hold_sounds(plan, self.index, length_s, self.prompts)
        has_words = is_worded(plan, self.index, pacing, self.prompts)
        return breath_sounds(pacing, self.prompts, is_worded=has_words)

    def _lead_in_sounds(self, length_s: float, say: Parts = ()) -> list[Sound]:
        sounds = lead_in_sounds(self.running, self.index, length_s, self.prompts, say)
        return sounds + first_breath(self.pacing, self.carried_s, length_s)

    def lay_anew(self) -> None:
        """It was changed: order what is still to sound in the timed segment under way anew. Of its
        words those of a paced hold and of a gap are said, where they are still to come."""
        if self.ends_at is None or self.phase in (Phase.PAUSED, Phase.ASKING):
            return
        length = self.ends_at - self.starts_at
        is_paced_hold = self.phase is Phase.HOLD and self.pacing is not None
        self._sounding.take_back(self.now, keep_breath=is_paced_hold)
        if self.phase is Phase.LEAD_IN:
            sounds = self._lead_in_sounds(length)
        elif self.segment.kind is not Kind.WORK:
            sounds = self._gap_sounds(length)
        elif self.segment.is_hold:
            sounds = self._hold_sounds(length)
        else:
            sounds = rep_sounds(self.running, self.index, length)
        is_gap = self.segment.kind is not Kind.WORK  # whose call into position must not be lost
        kept = [s for s in sounds if is_paced_hold or is_gap or not s.parts]
        self._order([s for s in kept if self.starts_at + s.offset_s >= self.now], 0.0)

    def _gap_sounds(self, length_s: float, *, is_new: bool = False) -> list[Sound]:
        """What sounds in the gap under way; in one that just begins also what is owed, and
        praise."""
        index, step = self.index, self.segment.step
        owed = self._owed.choices() if is_new else ()
        is_praised = is_new and self._is_earned and step not in self._praised
        sounds = gap_sounds(
            self.running, index, length_s, self.prompts, owed, is_praised=is_praised
        )
        praise = self.prompts.encouragement(self.running.segments[index])
        for sound in sounds:
            self._owed.settle(sound.parts)
            if is_praised and set(praise) & set(sound.parts):
                self._praised.add(step)
        if self.segment.kind is Kind.CHANGE:
            return sounds
        return sounds + first_breath(self.pacing_ahead(index + 1), 0.0, length_s)
