"""The moves of a session: how it begins, goes on, stops and ends.

place.py has where it is, speaking.py what sounds. `Session` knows nothing of commands: commands.py
says what each one does, in terms of the moves here, and table.py says which applies in which phase.
Time is an argument: `now` is the time of the event being handled. Segments follow each other at
their planned ends, not at the time at which somebody woke up, so nothing drifts.
"""

from collections.abc import Iterable
from dataclasses import replace

from assistant.coach.actions import (
    HoldEnded,
    MovementDone,
    PhaseEntered,
    SessionBegan,
    SessionEnded,
    Tone,
)
from assistant.coach.breath import SAME_S
from assistant.coach.phases import ACTIVE, Phase, Question, Suspended
from assistant.coach.plan import Kind, Plan
from assistant.coach.prompts import Parts, Talk
from assistant.coach.speaking import Speaking
from assistant.coach.timeline import CLEAR_S, Sound, rep_sounds, tempo_words
from assistant.library.models import CueTime

STALL_S = 0.5
"""A deadline met later than this (a suspended machine) is not made up for: the next segment
starts now, so that cues never come in a burst."""
RESUME_LEAD_S = 3.0
"""From "resume" to the start tone, seconds: time to get back into position."""
ASK_S = 20.0
"""How long a question stays open, seconds."""


class Session(Speaking):
    """A session's state and the moves on it. Actions gather in `out`."""

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
        self.breathing.begin()
        pattern = self.breathing.pattern
        self._open(plan if pattern is None else plan.with_breath(0, pattern))
        self.record(SessionBegan(self.now, plan.routine, self.running.movements))
        self.prepare()
        opening = intro or self.prompts.intro(self.running, self.pace)
        self.explain(0, before=(*opening, *notes))

    def take_up(self, plan: Plan, index: int, done: Iterable[str]) -> None:
        """Go on with a session that was cut off, at work `index`: from the explanation of its
        movement, where that is not begun yet. `done` are the movements recorded as done."""
        self._open(plan)
        self._done.update(done)
        self.prepare()
        self.index = index
        if index == plan.first_of(self.segment.step):
            self.explain(self.segment.step)
            return
        self.step_since = self.now
        self._is_earned = False
        parts = self.prompts.say("movement_name", exercise=self.step.exercise.name)
        if self.segment.side is not None:
            parts += self.prompts.say("get_set_side", side=self.prompts.side(self.segment.side))
        self.wait((*parts, *self.prompts.say("ready_hint")))

    def _open(self, plan: Plan) -> None:
        self.silence()
        self.plan = plan
        self.suspended = self.question = None
        self._owed.clear()
        self._praised.clear()
        self._done = set()

    @property
    def done(self) -> tuple[str, ...]:
        """The movements that were recorded as done in this session."""
        return tuple(sorted(self._done))

    def prepare(self) -> None:
        """Have the lines rendered that the plan will need."""
        self._render(self.prompts.ahead(self.running))

    def explain(self, step: int, before: Parts = (), *, lets_end: bool = False) -> None:
        """Open a movement: say what it is and how to get there, then wait for "ready". `lets_end`:
        after what is just being said, which is cut short otherwise."""
        said_s = self._sounding.said_until_s(self.now) if lets_end else None
        self._sounding.take_back(self.now, keep_said=said_s is not None)
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
        parts = (*self._owed.take_lasting(), *before, *explanation)
        self._awaited = self.say(parts, said_s)
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
            self.explain(self.segment.step + 1, lets_end=True)
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

    def finished(self, playback_id: str) -> None:
        """A sound is over."""
        self._sounding.over(playback_id)
        if playback_id == self._awaited:
            self._awaited = None
            if self.phase is Phase.EXPLAINING:
                self._enter(Phase.WAITING)
                if self.prompts.talk is Talk.BEEPS:
                    self.play(Tone.LISTENING)  # in place of "say ready"

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

    def resume(self, words: Parts = (), lead_s: float = RESUME_LEAD_S) -> None:
        """Go on from where the session was paused; `words` say why, where nobody asked for it."""
        was = self.suspended
        if was is None:
            return
        self.suspended = self.question = None
        on = words or self.prompts.say_next("go_on")
        match was.phase:
            case Phase.EXPLAINING:
                self.explain(self.segment.step, words)
            case Phase.LEAD_IN:
                usual_s = self.step.dose.prepare_s * self.pace
                seconds = max(usual_s, lead_s) if words else usual_s
                self.lead_in(self.index, seconds=seconds, carried_s=self.carried_s, say=on)
            case Phase.HOLD | Phase.REP if self._length_s(self.index) is not None:
                self.lead_in(self.index, seconds=lead_s, carried_s=was.elapsed_s, say=on)
            case Phase.REP | Phase.REST:
                self.hush()
                self._enter_segment(self.index, self.now, was.elapsed_s)
                if words:
                    self.reply(words)
                else:
                    self.play(Tone.HEARD)
            case _:
                self.wait((*words, *self.prompts.say("ready_hint")))

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
