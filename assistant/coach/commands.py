"""What each command does, in terms of a session's moves.

One function a meaning; table.py says which applies in which phase. A function that finds nothing
to do answers and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from assistant.coach.actions import Fact, LevelSet, SessionEnded, Tone
from assistant.coach.conversation import Conversation
from assistant.coach.events import Heard
from assistant.coach.intents import Intent
from assistant.coach.levels import Offer, eased_after_break, level_for, routine_of
from assistant.coach.phases import ACTIVE, INACTIVE, Phase, Question
from assistant.coach.plan import Kind, Plan, PlannedStep, lay_out
from assistant.coach.profile import NOBODY, Profile, WallClock
from assistant.coach.prompts import Parts, Talk
from assistant.coach.reminders import CLOCK_KNOWN_FROM_UTC_S, Almanac
from assistant.coach.session import ASK_S, RESUME_LEAD_S, Session
from assistant.coach.suiting import Suited, suit
from assistant.coach.talks import IntroductionTalk, PainTalk, ScreeningTalk
from assistant.coach.wishes import REST_FIELDS, Change, Wishes, with_agreed
from assistant.library import Library, dose_of
from assistant.library.models import Routine, Step

BACK_WITHIN_S = 2.0
"""Said within this time of a movement's start, "back" means the movement before."""
CHANGE_S = 10
"""How much longer or shorter where no number is said, seconds."""
LONGEST_HOLD_S = 120.0
SHORTEST_HOLD_S = 2.0


@dataclass
class Coaching:
    """What a command may touch: the session, the library, and the settings said by voice."""

    session: Session
    library: Library
    emergency_number: str
    profile: Profile = NOBODY
    """What is known of the person; the coach keeps it up to date with every fact recorded."""
    clock: WallClock | None = None
    """What the wall clock said last; None where nobody has told."""
    usual_talk: Talk = Talk.FULL
    """How much the settings want to be said."""
    voices: tuple[str, ...] = ("",)
    """The names of the voices to choose from, that of the settings first."""
    gain_db: float = 0.0
    muted: bool = False
    almanac: Almanac | None = None
    """Days and quiet hours where the person lives; None: no reminder at a time of day."""
    free_since_s: float = float("-inf")
    """When the last session ended; monotonic seconds, as the next two."""
    reminded_at_s: float = float("-inf")
    """When a reminder was spoken."""
    undoable: tuple[int, float] | None = None
    """The reminder asked for last, and when: it may have been misheard."""
    offer: Offer | None = None
    """What the open question offers; see offering.py."""
    next_offer: Offer | None = None
    """What is to be offered as soon as nothing is being said."""
    told: tuple[Step, ...] = ()
    """The movements of a routine that is being told."""
    told_number: int | None = None
    """The number under which to keep it, as asked; None: none is free."""
    doomed: str | None = None
    """Id of the routine that was asked about, whether to delete it."""
    welcomes: bool = False
    """Whether someone of whom nothing is known is offered the first session, and asked what to
    leave out."""
    has_emergency_command: bool = False
    pain: PainTalk = field(default_factory=PainTalk)
    screening: ScreeningTalk = field(default_factory=ScreeningTalk)
    introduction: IntroductionTalk = field(default_factory=IntroductionTalk)
    silences: int = 0
    """How many questions in a row were left open."""

    @property
    def utc_s(self) -> float:
        """The time by which facts are kept: 1970 and on where nobody has told."""
        now = self.now_utc_s
        return self.session.now if now is None else now

    def ask(self, question: Question, parts: Parts) -> None:
        """Ask; there is as much time to answer as ever, from the end of the words on."""
        open_s = self.session.prompts.length_s(parts) + ASK_S
        self.session.ask(question, parts, open_s)

    def note(self, fact: Fact) -> None:
        """Record a fact that counts at once. It is folded in again with the others that come of
        the same event: use it for facts that say the same when told twice."""
        self.session.record(fact)
        self.profile = self.profile.after(fact, self.utc_s)

    wishes: Wishes = field(default_factory=Wishes)
    """What was changed by voice in this session; see keeping.py."""
    conversation: Conversation = field(default_factory=Conversation)
    """What was asked and answered last."""

    marked: tuple[Plan, tuple[object, ...]] | None = None
    """The plan, and all else, that the place recorded last was made from; see resuming.py."""

    def begin(self, plan: Plan, intro: Parts = (), notes: Parts = ()) -> None:
        """Begin a session; one that was cut off before is over by that."""
        self.leave_place()
        self.session.begin(plan, intro, notes)

    def leave_place(self) -> None:
        """A session that was cut off is not gone on with: it ended when it was cut off."""
        place = self.profile.place
        if place is not None and self.session.plan is None:
            ended_s = self.session.now - self.place_age_s
            self.session.record(SessionEnded(ended_s, place.routine, completed=False))

    @property
    def place_age_s(self) -> float:
        """How long ago the last place in a session was reached, seconds; 0 where the clock was not
        set, then or now."""
        now, reached = self.now_utc_s, self.profile.place_utc_s
        if now is None or min(now, reached) < CLOCK_KNOWN_FROM_UTC_S:
            return 0.0
        return max(0.0, now - reached)

    @property
    def now_utc_s(self) -> float | None:
        """The time of the event being handled, seconds since 1970 UTC; None where unknown."""
        return None if self.clock is None else self.clock.utc_s(self.session.now)

    def reply(self, name: str, **places: str | int) -> None:
        """Answer with a line of the library."""
        self.session.reply(self.session.prompts.say_next(name, **places))


Handler = Callable[[Coaching, Heard], None]


# Attention ------------------------------------------------------------------------------------


def listen(c: Coaching, _heard: Heard) -> None:
    """Give the person the floor; where nothing runs, stop talking for it."""
    if c.session.phase in INACTIVE:
        c.session.hush()
    c.session.play(Tone.LISTENING)


# Starting and ending --------------------------------------------------------------------------


def start_unnamed(c: Coaching, _heard: Heard) -> None:
    """Ask which routine."""
    names = c.session.prompts.choice(r.name for r in c.library.routines.values())
    c.reply("which_routine", routines=names)


def plan_of(library: Library, routine: Routine, profile: Profile = NOBODY) -> Plan:
    """Lay a routine out at the person's levels, with what was agreed about its movements."""
    steps = tuple(_planned(library, step, profile) for step in routine.steps)
    return lay_out(routine.id, routine.name, steps)


def _planned(library: Library, step: Step, profile: Profile) -> PlannedStep:
    level = level_for(library, step, profile)
    at_level = step if level is None else step.model_copy(update={"level": level})
    exercise = library.exercises[step.exercise].at_level(at_level.level)
    planned = PlannedStep(exercise, dose_of(at_level, library), level)
    return with_agreed(planned, library, profile)


def start_routine(c: Coaching, heard: Heard) -> None:
    """Start the routine that was named."""
    if heard.slots.routine is None:
        start_unnamed(c, heard)
        return
    routine = c.library.routines.get(heard.slots.routine)
    if routine is None:  # one of the names kept free for routines that are told
        c.reply("own_none")
    else:
        begin_routine(c, routine)


def begin_routine(c: Coaching, routine: Routine) -> None:
    """Start a routine, suited to the person and at their levels; after a long break at easier ones.
    What is changed is said."""
    suited = suit(routine.steps, c.library, c.profile)
    told = _told(c, suited)
    if not suited.steps:
        c.session.say((*told, *c.session.prompts.say("nothing_suits")))
        return
    routine = routine.model_copy(update={"steps": suited.steps})
    eased: list[LevelSet] = []
    if c.now_utc_s is not None:
        eased += eased_after_break(c.library, routine, c.profile, c.session.now, c.now_utc_s)
    for fact in eased:
        c.note(fact)
    if eased:
        told += c.session.prompts.say("level_break")
    c.begin(plan_of(c.library, routine, c.profile), notes=told)


def _told(c: Coaching, suited: Suited) -> Parts:
    """What is swapped or left out: with the reason in full the first time, later in brief."""
    prompts = c.session.prompts
    facts = suited.unexplained(c.profile, c.session.now)
    new = {fact.exercise for fact in facts}
    told: list[str] = []
    for swap in suited.swaps:
        names = {"exercise": swap.exercise.name}
        if swap.instead is None:
            told += prompts.say("left_out", **names)
        else:
            told += prompts.say("swapped", **names, instead=swap.instead.name)
        if swap.exercise.id in new:
            told.append(swap.reason.say)
    for fact in facts:
        c.note(fact)
    return tuple(told)


def start_exercise(c: Coaching, heard: Heard) -> None:
    """Start a session of the one movement that was named."""
    if heard.slots.exercise is None:
        start_unnamed(c, heard)
        return
    exercise = c.library.exercises[heard.slots.exercise]
    begin_routine(c, routine_of(exercise))


def stop(c: Coaching, _heard: Heard) -> None:
    """Silence and halt at once. The act is the answer."""
    if c.session.phase in ACTIVE:
        c.session.pause()
    else:
        c.session.silence()


# Moving through the session -------------------------------------------------------------------


def ready(c: Coaching, _heard: Heard) -> None:
    """Begin the work after the time to get into position; with none left, the next movement."""
    s = c.session
    work = s.running.work_ahead(s.index)
    if work is not None:
        s.lead_in(work)
    else:
        s.skip_to_step(s.segment.step + 1)


def not_yet(c: Coaching, _heard: Heard) -> None:
    """Go back to waiting; where part of the hold is done, pause, which keeps it."""
    s = c.session
    take_your_time = s.prompts.say_next("take_your_time")
    if s.worked_s > 0.0:
        s.pause()
        s.say(take_your_time)
    else:
        s.wait(take_your_time)


def pause(c: Coaching, _heard: Heard) -> None:
    """Stop the clock and say how to go on."""
    c.session.pause()
    c.reply("paused")


def resume(c: Coaching, _heard: Heard) -> None:
    """Go on from where it was."""
    c.session.resume()


def next_step(c: Coaching, _heard: Heard) -> None:
    """On to the next movement; after the last, the end."""
    c.session.skip_to_step(c.session.segment.step + 1)


def previous(c: Coaching, heard: Heard) -> None:
    """The movement before within two seconds of this one's start, else this one again."""
    s = c.session
    step = s.segment.step
    if heard.meant_at - s.step_since <= BACK_WITHIN_S and step > 0:
        step -= 1
    name = s.running.steps[step].exercise.name
    s.skip_to_step(step, s.prompts.say("back_to", exercise=name))


def restart(c: Coaching, _heard: Heard) -> None:
    """This movement from its start, without the explanation."""
    s = c.session
    s.note_hold(s.now, completed=False)
    s.index = s.running.first_of(s.segment.step)
    s.step_since = s.now
    again = s.prompts.say_next("again", exercise=s.step.exercise.name)
    s.wait((*again, *s.prompts.say("ready_hint")))


def redo_side(c: Coaching, _heard: Heard) -> None:
    """This side of this set from its start; where there are no sides, this hold."""
    s = c.session
    here = s.segment
    target = s.index if here.kind is Kind.WORK else s.index - 1
    side = s.running.segments[target].side
    while target > 0:
        before = s.running.segments[target - 1]
        same_set = (before.step, before.set_no) == (here.step, s.running.segments[target].set_no)
        if side is None or not same_set or before.side is not side:
            break
        target -= 1
    work = s.running.work_ahead(target)
    s.note_hold(s.now, completed=False)
    if side is not None:
        line = s.prompts.say_next("again_side", side=s.prompts.side(side))
    else:
        line = s.prompts.say_next("again", exercise=s.step.exercise.name)
    s.lead_in(target if work is None else work, say=line)


def skip_rest(c: Coaching, _heard: Heard) -> None:
    """Cut the rest short: into the next hold after three seconds, or on to the next movement."""
    s = c.session
    if s.segment.kind is Kind.CHANGE:
        s.skip_to_step(s.segment.step + 1)
    else:
        s.lead_in(s.index + 1, seconds=RESUME_LEAD_S)


def more_rest(c: Coaching, heard: Heard) -> None:
    """Lengthen the rest under way; in work, the one that follows it."""
    s = c.session
    more = heard.slots.seconds or CHANGE_S
    in_rest = s.phase is Phase.REST
    at = s.index if in_rest else s.index + 1
    rest = s.running.segments[at]
    if at == len(s.running.segments) - 1 or rest.seconds is None:
        c.reply("not_resting")
        return
    seconds = rest.seconds + more / s.pace
    if heard.intent is Intent.MORE_REST:
        name = REST_FIELDS[rest.kind]
        c.wishes.note(s.step, Change.RESTED, {name: rest.seconds + more})
    if in_rest:
        s.set_length(seconds)
        c.reply("more_rest", duration=s.prompts.duration(more))
    else:
        s.plan = s.running.with_segment(at, replace(rest, seconds=seconds))
        c.reply("more_rest_next", duration=s.prompts.duration(more))


def done(c: Coaching, _heard: Heard) -> None:
    """One repetition is done, or the hold is over."""
    s = c.session
    s.end_work(s.now, completed=s.segment.seconds is None)


def release(c: Coaching, _heard: Heard) -> None:
    """End the hold now."""
    c.session.end_work(c.session.now, completed=False)


# Longer and shorter ---------------------------------------------------------------------------


def _change_hold(c: Coaching, by_s: float) -> None:
    s = c.session
    target = s.running.work_ahead(s.index)
    hold = s.running.segments[target] if target is not None else None
    if target is None or hold is None or hold.seconds is None or not hold.is_hold:
        c.reply("no_hold")
        return
    seconds = hold.seconds
    if by_s > 0:
        changed = max(seconds, min(seconds + by_s, LONGEST_HOLD_S))
    else:
        # Of a hold that is interrupted something must be left to go on with.
        done_s = s.worked_s if target == s.index and s.phase is not Phase.HOLD else 0.0
        changed = min(seconds, max(seconds + by_s, SHORTEST_HOLD_S + done_s))
    by = abs(changed - seconds)
    if by < 1.0:
        c.reply("longest_hold" if by_s > 0 else "as_it_is")
        return
    change = Change.LONGER if by_s > 0 else Change.SHORTER
    c.wishes.note(s.step, change, {"hold_s": changed})
    said = s.prompts.duration(by)
    if s.phase is Phase.HOLD and changed <= s.elapsed_s:
        s.end_work(s.now, completed=False)
        return
    s.plan = s.running.with_other_side(target, changed)
    if s.phase is Phase.HOLD:
        s.set_length(changed)
        c.reply("more_seconds" if by_s > 0 else "fewer_seconds", duration=said)
        return
    s.plan = s.running.with_segment(target, replace(hold, seconds=changed))
    line = "longer_next" if by_s > 0 else "shorter_next"
    s.reply(s.prompts.say(line, duration=said), keeps=False)  # after that hold it would be wrong


def _wanted_change_s(c: Coaching, heard: Heard) -> float:
    """By how much: seconds, or a count of breaths at the movement's own pace."""
    if heard.slots.count is not None:
        return heard.slots.count * c.session.step.dose.breath.total_s
    return float(heard.slots.seconds or CHANGE_S)


def hold_longer(c: Coaching, heard: Heard) -> None:
    """Lengthen the hold under way, or the one that comes next; the other side likewise."""
    _change_hold(c, _wanted_change_s(c, heard))


def hold_shorter(c: Coaching, heard: Heard) -> None:
    """Shorten the hold under way, or the one that comes next; the other side likewise."""
    _change_hold(c, -_wanted_change_s(c, heard))
