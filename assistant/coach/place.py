"""Where a session is: its state, and what follows from it about time."""

from assistant.coach.breath import Breathing, Pacing
from assistant.coach.owing import Owed
from assistant.coach.phases import Phase, Question, Suspended
from assistant.coach.plan import SAY_READY_S, Kind, Plan, PlannedStep, Segment, remaining_s
from assistant.coach.prompts import Parts, Prompts
from assistant.coach.sounding import Sounding


class Place:
    """The state of a session; speaking.py has it sound, session.py moves it."""

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
