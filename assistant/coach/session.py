"""The mechanics of a session: where it is, what sounds, and how it moves on.

`Session` knows nothing of commands: commands.py says what each one does, in terms of the moves
here, and table.py says which applies in which phase. Time is an argument: `now` is the time of
the event being handled, and every sound of a timed segment is ordered for an absolute time when
the segment begins. Segments follow each other at their planned ends, not at the time at which
somebody woke up, so nothing drifts.
"""

from collections.abc import Iterable
from dataclasses import replace

from assistant.coach.actions import (
    Action,
    Fact,
    HoldEnded,
    MovementDone,
    PhaseEntered,
    Prepare,
    Record,
    SessionBegan,
    SessionEnded,
    Tone,
)
from assistant.coach.breath import (
    SAME_S,
    Breathing,
    Pacing,
    breath_sounds,
    first_breath,
    is_worded,
)
from assistant.coach.owing import Answer, Owed
from assistant.coach.phases import ACTIVE, Phase, Question, Suspended
from assistant.coach.plan import SAY_READY_S, Kind, Plan, PlannedStep, Segment, remaining_s
from assistant.coach.prompts import Parts, Prompts, Talk
from assistant.coach.sounding import Sounding
from assistant.coach.timeline import (
    CLEAR_S,
    Sound,
    gap_sounds,
    hold_sounds,
    lead_in_sounds,
    quiet_from_s,
    rep_sounds,
    tempo_words,
)
from assistant.library.models import CueTime

STALL_S = 0.5
"""A deadline met later than this (a suspended machine) is not made up for: the next segment
starts now, so that cues never come in a burst."""
RESUME_LEAD_S = 3.0
"""From "resume" to the start tone, seconds: time to get back into position."""
ASK_S = 20.0
"""How long a question stays open, seconds."""
ANSWER_S = 3.0
"""It stays open for so long after whatever was said about it, seconds."""


class Session:
    """A session's state and the moves on it. Actions gather in `out`."""

    def __init__(self, prompts: Prompts) -> None:
        self.prompts = prompts
        self.phase = Phase.IDLE
        self.now = 0.0
        self.plan: Plan | None = None
        self.index = 0
        """The segment under way; in a lead-in, the work that it leads to."""
        self.starts_at = 0.0
        """When the timed segment under way began, pauses moved out of it."""
        self.ends_at: float | None = None
        """When it ends: the deadline. None in phases that wait for a person."""
        self.carried_s = 0.0
        """In a lead-in after a pause: how much of the work had passed before it."""
        self.suspended: Suspended | None = None
        self.question: Question | None = None
        self.asked: Parts = ()
        """The words in which it was asked."""
        self.asked_in = Phase.IDLE
        """The phase in which the open question was asked."""
        self.step_since = 0.0
        """When the movement under way was begun or begun again."""
        self.pace = 1.0
        self.breathing = Breathing()
        self.pacing: Pacing | None = None
        """The breaths of the hold under way, counted into, or interrupted; None: not paced."""
        self.last_said: Parts = ()
        """What "say that again" repeats."""
        self._owed = Owed()
        self._is_earned = False
        """Whether all that the movement asked for so far was done to its end."""
        self._praised: set[int] = set()
        """The movements that were praised in this session."""
        self._done: set[str] = set()
        """The movements done in this session."""
        self._awaited: str | None = None
        """The prompt whose end lets a movement's explanation pass into waiting."""
        self._sounding = Sounding(prompts)

    # Where it is -----------------------------------------------------------------------------

    @property
    def running(self) -> Plan:
        """The plan of the session under way. Raises LookupError where none is."""
        if self.plan is None:
            raise LookupError(f"no session in phase {self.phase}")
        return self.plan

    @property
    def segment(self) -> Segment:
        """The segment under way."""
        return self.running.segments[self.index]

    @property
    def step(self) -> PlannedStep:
        """The movement under way."""
        return self.running.steps[self.segment.step]

    @property
    def elapsed_s(self) -> float:
        """How much of the segment has passed, seconds, pauses left out."""
        if self.suspended is not None:
            return self.suspended.elapsed_s
        return max(0.0, self.now - self.starts_at) if self.ends_at is not None else 0.0

    @property
    def was_in(self) -> Phase:
        """The phase, or the one that a pause or a question interrupted."""
        return self.phase if self.suspended is None else self.suspended.phase

    @property
    def worked_s(self) -> float:
        """How much of the segment at the cursor is done, seconds; a lead-in is none of it."""
        return self.carried_s if self.was_in is Phase.LEAD_IN else self.elapsed_s

    @property
    def session_left_s(self) -> float:
        """How much of the session is left, seconds: `remaining_s` less what is done."""
        explaining = self.was_in is Phase.EXPLAINING
        lengths = self.prompts.lengths_s
        left = remaining_s(self.running, self.index, lengths, self.pace, explained=not explaining)
        lead_in_s = self.step.dose.prepare_s * self.pace
        if self.was_in is Phase.WAITING:
            left += lead_in_s + SAY_READY_S
        elif self.phase is Phase.LEAD_IN and self.ends_at is not None:
            left += self.ends_at - self.now
        elif self.was_in is Phase.LEAD_IN:
            left += lead_in_s
        planned_s, length_s = self.segment.seconds, self._length_s(self.index)
        if self.pacing is not None and planned_s is not None and length_s is not None:
            left += length_s - planned_s
        return left - self.worked_s

    @property
    def left_s(self) -> float | None:
        """How much of the timed segment is left, seconds; None where it is not timed."""
        if self.suspended is not None:
            length = self._length_s(self.index)
            return None if length is None else max(0.0, length - self.worked_s)
        return None if self.ends_at is None else max(0.0, self.ends_at - self.now)

    def _length_s(self, index: int) -> float | None:
        segment = self.running.segments[index]
        if index == self.index and self.pacing is not None:
            return self.pacing.ends_s
        if segment.seconds is None or segment.kind is Kind.WORK:
            return segment.seconds
        return segment.seconds * self.pace

    # Sounds ----------------------------------------------------------------------------------

    @property
    def out(self) -> list[Action]:
        """The actions ordered and not yet taken."""
        return self._sounding.out

    def take_actions(self) -> list[Action]:
        """Return the actions ordered since the last time, in order."""
        taken, self._sounding.out = self._sounding.out, []
        return taken

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

    def finished(self, playback_id: str) -> None:
        """A sound is over."""
        self._sounding.over(playback_id)
        if playback_id == self._awaited:
            self._awaited = None
            if self.phase is Phase.EXPLAINING:
                self._enter(Phase.WAITING)
                if self.prompts.talk is Talk.BEEPS:
                    self.play(Tone.LISTENING)  # in place of "say ready"

    def learn_lengths(self) -> None:
        """Lengths became known: what turns out not to fit is taken back."""
        room = self._room_s()
        self._sounding.learn_lengths(self.now, None if room is None else self.now + room)

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

    # Moves -----------------------------------------------------------------------------------

    def record(self, fact: Fact) -> None:
        """Order a fact to be remembered."""
        self.out.append(Record(fact))

    def _enter(self, phase: Phase, at_s: float | None = None) -> None:
        self.phase = phase
        at = self.now if at_s is None else at_s
        if self.plan is None or phase in (Phase.IDLE, Phase.DONE):
            self.record(PhaseEntered(at, phase))
            return
        s = self.segment
        exercise = self.step.exercise.id
        self.record(PhaseEntered(at, phase, exercise, s.side, s.set_no, s.rep_no))

    def begin(self, plan: Plan, intro: Parts = (), notes: Parts = ()) -> None:
        """Start a session; `intro` takes the place of what usually opens one, `notes` follow it."""
        self.silence()
        self.breathing.begin()
        pattern = self.breathing.pattern
        self.plan = plan if pattern is None else plan.with_breath(0, pattern)
        self.record(SessionBegan(self.now, plan.routine, self.plan.movements))
        self.suspended = self.question = None
        self._owed.clear()
        self._praised.clear()
        self._done = set()
        self.prepare()
        opening = intro or self.prompts.intro(self.running, self.pace)
        self.explain(0, before=(*opening, *notes))

    def prepare(self) -> None:
        """Have the lines rendered that the plan will need."""
        self._render(self.prompts.ahead(self.running))

    def _render(self, texts: Iterable[str]) -> None:
        """Have lines rendered whose lengths are not known yet."""
        missing = tuple(text for text in texts if text not in self.prompts.lengths_s)
        if missing:
            self.out.append(Prepare(missing, self.prompts.rate_wpm))

    def explain(self, step: int, before: Parts = ()) -> None:
        """Open a movement: say what it is and how to get there, then wait for "ready"."""
        self._sounding.take_back(self.now)
        plan = self.running
        self.index = plan.first_of(step)
        self.pacing = None
        self.ends_at = None
        self.suspended = self.question = None
        self.carried_s = 0.0
        self.step_since = self.now
        self._enter(Phase.EXPLAINING)
        explanation = self.prompts.explanation(plan, step, first=step == 0)
        self._is_earned = True
        self._awaited = self.say((*self._owed.take_lasting(), *before, *explanation))
        self.last_said = explanation

    def wait(self, parts: Parts = ()) -> None:
        """Wait for "ready" before the work under way."""
        self._sounding.take_back(self.now)
        work = self.running.work_ahead(self.index)
        if work is not None:
            self.index = work
        self.pacing = None
        self.ends_at = None
        self.suspended = self.question = None
        self.carried_s = 0.0
        self._enter(Phase.WAITING)
        if parts:
            self.say(parts)

    def lead_in(
        self, target: int, *, seconds: float | None = None, carried_s: float = 0.0, say: Parts = ()
    ) -> None:
        """Count into the work at `target`, `carried_s` of which has passed already."""
        self._sounding.take_back(self.now)
        self.index = target
        self.suspended = self.question = None
        self.carried_s = carried_s
        if carried_s == 0.0:
            self.pacing = self.pacing_ahead(target)
        length = self.step.dose.prepare_s * self.pace if seconds is None else seconds
        self.starts_at = self.now
        self.ends_at = self.now + length
        self._enter(Phase.LEAD_IN)
        self._order(self._lead_in_sounds(length, say), 0.0)

    def _enter_segment(self, index: int, at_s: float, elapsed_s: float = 0.0) -> None:
        self.index = index
        self.carried_s = 0.0
        self.suspended = self.question = None
        if elapsed_s == 0.0:
            self.pacing = self.pacing_ahead(index)
        self.starts_at = at_s - elapsed_s
        length = self._length_s(index)
        self.ends_at = None if length is None else self.starts_at + length
        self._sounding.new_segment()
        segment = self.segment
        sounds: list[Sound] = []
        if segment.kind is not Kind.WORK:
            self._enter(Phase.REST, at_s)
            sounds = self._gap_sounds(length or 0.0, is_new=elapsed_s == 0.0)
        elif segment.is_hold and length is not None:
            self._enter(Phase.HOLD, at_s)
            # The breath that begins it was ordered ahead, with its start tone.
            sounds = [
                s
                for s in self._hold_sounds(length)
                if s.air is None or s.offset_s > elapsed_s + SAME_S
            ]
        else:
            self._enter(Phase.REP, at_s)
            if length is not None:
                sounds = rep_sounds(self.running, index, length)
                sounds += tempo_words(self.running, index, self.prompts)
        self._order(sounds, elapsed_s)

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

    def advance(self) -> None:
        """The deadline has passed: go on from it."""
        if self.ends_at is None:
            return
        at = self.ends_at if self.now - self.ends_at <= STALL_S else self.now
        match self.phase:
            case Phase.LEAD_IN:
                self._enter_segment(self.index, at, self.carried_s)
            case Phase.HOLD | Phase.REP:
                self.end_work(at, completed=True)
            case Phase.REST:
                self.end_gap(at)
            case _:  # a question: asking.py lets it lapse
                pass

    def end_work(self, at_s: float, *, completed: bool) -> None:
        """The hold or repetition under way is over: note it and go on to what follows."""
        self.note_hold(at_s, completed=completed)
        if completed:
            self._note_movement(at_s)
        self._is_earned = self._is_earned and completed
        if not completed:
            self._sounding.take_back(self.now)
        if not completed or self.segment.seconds is None:
            self.play(Tone.END)
        plan = self.running
        if self.index + 1 == len(plan.segments) - 1:
            self.complete(at_s)
        else:
            self._enter_segment(self.index + 1, at_s)

    def count_next(self) -> None:
        """The repetition that follows the rest under way was done already."""
        self._sounding.take_back(self.now)
        self._enter_segment(self.index + 1, self.now)
        self.end_work(self.now, completed=True)

    def note_hold(self, at_s: float, *, completed: bool) -> None:
        """Record the hold under way, if there is one, as over."""
        segment = self.segment
        planned = self._length_s(self.index)
        if segment.kind is not Kind.WORK or not segment.is_hold or planned is None:
            return
        elapsed = planned if completed else self.worked_s
        if elapsed > 0.0:
            exercise = self.step.exercise.id
            breaths = self.pacing.whole(elapsed) if self.pacing else None
            self.record(
                HoldEnded(at_s, exercise, segment.side, planned, elapsed, completed, breaths)
            )

    def _note_movement(self, at_s: float) -> None:
        """Record the movement under way as done, once a session."""
        exercise = self.step.exercise.id
        if exercise not in self._done:
            self._done.add(exercise)
            self.record(MovementDone(at_s, exercise))

    def end_hold_for_good(self) -> None:
        """Note the hold under way as over; going on from here means waiting for "ready"."""
        self.note_hold(self.now, completed=False)
        self.pacing = None
        self._is_earned = False
        self._owed.clear()
        self.suspended = Suspended(Phase.WAITING, 0.0)
        self.carried_s = 0.0

    def end_gap(self, at_s: float) -> None:
        """The rest under way is over."""
        if self.segment.kind is Kind.CHANGE:
            self.explain(self.segment.step + 1)
        else:
            self._enter_segment(self.index + 1, at_s)

    def skip_to_step(self, step: int, before: Parts = ()) -> None:
        """Leave what is under way and open a movement, or end after the last."""
        self.note_hold(self.now, completed=False)
        if step >= len(self.running.steps):
            self._sounding.take_back(self.now)
            self.complete(self.now)
        else:
            self.explain(step, before)

    def complete(self, at_s: float) -> None:
        """The last movement is over, since `at_s`."""
        plan = self.running
        exit_cue = self.prompts.cue(self.step, CueTime.EXIT)
        was_working = self.phase in (Phase.HOLD, Phase.REP)
        leaving = (exit_cue.text,) if exit_cue and was_working else ()
        owed = self._owed.take_all()
        self.hush()
        closing = self.prompts.say("closing")
        self._end_session(at_s)
        self.last_said = (*leaving, *owed, *closing)
        # After the end tone, which is sounding now.
        self.say(self.last_said, self.now + CLEAR_S)
        self.record(SessionEnded(at_s, plan.routine, completed=True))

    def finish(self) -> None:
        """End the session early."""
        plan = self.running
        self.note_hold(self.now, completed=False)
        self.silence()
        words = self.prompts.say("finished_early")
        self._end_session(self.now)
        self.say(words)
        self.record(SessionEnded(self.now, plan.routine, completed=False))

    def _end_session(self, at_s: float) -> None:
        self.ends_at = None
        self.suspended = self.question = None
        self._awaited = self.pacing = None
        self._owed.clear()
        self.prompts.round += 1
        self._enter(Phase.DONE, at_s)
        self.plan = None

    # Pausing and asking ----------------------------------------------------------------------

    def pause(self) -> None:
        """Stop the clock, keep what has passed of it, fall silent. A question that was asked where
        no session runs is dropped."""
        if self.plan is None:
            self.dismiss()
            return
        if self.phase in ACTIVE:
            self._suspend()
        self.silence()
        self.question = None
        self.ends_at = None
        self._enter(Phase.PAUSED)

    def _suspend(self) -> None:
        """Keep where the session is; a breath that is broken off will begin again."""
        if self.suspended is not None:
            return
        self.suspended = Suspended(self.phase, self.elapsed_s)
        if self.phase is Phase.HOLD and self.pacing is not None:
            self.pacing = self.pacing.taken_up(self.elapsed_s)

    def dismiss(self) -> None:
        """Drop a question that was asked where no session runs, and fall silent."""
        self.silence()
        if self.phase is Phase.ASKING:
            self.suspended = self.question = None
            self.ends_at = None
            self._enter(self.asked_in)

    def lapse(self) -> None:
        """A question was left open: nothing changes, and a session stays where nothing moves."""
        if self.plan is None:
            self.dismiss()
        else:
            self.stay_paused()

    def stay_paused(self) -> None:
        """Stay where nothing moves, and say so."""
        self.pause()
        self.say(self.prompts.say("still_paused"))

    def resume(self) -> None:
        """Go on from where the session was paused."""
        was = self.suspended
        if was is None:
            return
        self.suspended = self.question = None
        on = self.prompts.say_next("go_on")
        match was.phase:
            case Phase.EXPLAINING:
                self.explain(self.segment.step)
            case Phase.LEAD_IN:
                self.lead_in(self.index, carried_s=self.carried_s, say=on)
            case Phase.HOLD | Phase.REP if self._length_s(self.index) is not None:
                lead = RESUME_LEAD_S
                self.lead_in(self.index, seconds=lead, carried_s=was.elapsed_s, say=on)
            case Phase.REP | Phase.REST:
                self.hush()
                self._enter_segment(self.index, self.now, was.elapsed_s)
                self.play(Tone.HEARD)
            case _:
                self.wait(self.prompts.say("ready_hint"))

    def ask(self, question: Question, parts: Parts, open_s: float = ASK_S) -> None:
        """Stop the clock and ask; unanswered questions lapse after `open_s` seconds. What the
        answers do is in asking.py."""
        if self.phase is not Phase.ASKING:
            self.asked_in = self.phase
        self._suspend()
        self.silence()
        self.question = question
        self.asked = parts
        self.starts_at = self.now
        self.ends_at = self.now + open_s
        self._enter(Phase.ASKING)
        self.say(parts)

    # Changing what is under way --------------------------------------------------------------

    def set_length(self, seconds: float) -> None:
        """Change the length of the timed segment under way without stopping its clock."""
        changed = replace(self.segment, seconds=seconds)
        self.plan = self.running.with_segment(self.index, changed)
        length = self._length_s(self.index)
        if self.ends_at is None or length is None or self.phase is Phase.LEAD_IN:
            return
        self.ends_at = self.starts_at + length
        self.lay_anew()

    def set_pace(self, pace: float) -> None:
        """Change the pace of the rests to come; one under way keeps its length."""
        seconds = self.segment.seconds if self.was_in is Phase.REST else None
        if seconds is not None:
            kept = replace(self.segment, seconds=seconds * self.pace / pace)
            self.plan = self.running.with_segment(self.index, kept)
        self.pace = pace
