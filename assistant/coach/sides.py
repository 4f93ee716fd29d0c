"""Commands about the sides of the body."""

from assistant.coach import commands
from assistant.coach.commands import Coaching
from assistant.coach.events import Heard
from assistant.coach.intents import Side
from assistant.coach.phases import Phase
from assistant.coach.plan import Kind
from assistant.coach.session import Session


def _go_to(s: Session, side: Side) -> bool:
    """Count into the next work of the movement on a side; False where there is none."""
    segments = s.running.segments
    for i in range(s.index + 1, len(segments)):
        if segments[i].step != s.segment.step:
            return False
        if segments[i].kind is Kind.WORK and segments[i].side is side:
            s.note_hold(s.now, completed=False)
            s.lead_in(i, say=s.prompts.say("switch", side=s.prompts.side(side)))
            return True
    return False


def _is_unbegun(s: Session) -> bool:
    """Whether nothing of the movement has been done yet."""
    before = (Phase.EXPLAINING, Phase.WAITING, Phase.LEAD_IN)
    at_first = s.index == s.running.first_of(s.segment.step)
    return at_first and s.was_in in before and s.worked_s == 0.0


def _start_on(s: Session, side: Side) -> None:
    """Have the movement begin on a side; both sides keep their dose."""
    s.plan = s.running.with_first_side(s.segment.step, side)
    first = s.prompts.say("sided_first", side=s.prompts.side(side))
    if s.phase is Phase.LEAD_IN:
        s.lead_in(s.index, say=first)
    else:
        s.wait((*first, *s.prompts.say("ready_hint")))


def switch_sides(c: Coaching, _heard: Heard) -> None:
    """On to the other side; before the work, start on it."""
    s = c.session
    side = s.segment.side
    if side is None:
        c.reply("no_sides")
    elif _is_unbegun(s):
        _start_on(s, side.other)
    elif not _go_to(s, side.other):
        c.reply("other_side_done")


def redo_side(c: Coaching, heard: Heard) -> None:
    """A side that is done once more, and then on from where it was; the side under way, or none
    named: from its start."""
    s = c.session
    side = heard.slots.side
    under_way = s.segment if s.segment.kind is Kind.WORK else s.running.segments[s.index - 1]
    if side is None or under_way.side is side:
        commands.redo_side(c, heard)
    elif s.segment.side is None:
        c.reply("no_sides")
    elif not (again := s.running.last_done(s.index, side)):
        c.reply("side_to_come", side=s.prompts.side(side))
    else:
        ahead = s.running.work_ahead(s.index)
        at = s.index if ahead is None else ahead
        s.note_hold(s.now, completed=False)
        s.plan = s.running.with_repeated(at, again)
        dose = s.step.dose
        line = s.prompts.say("again_side", side=s.prompts.side(side))
        s.lead_in(at, seconds=max(dose.prepare_s, dose.switch_s) * s.pace, say=line)


def choose_side(c: Coaching, heard: Heard) -> None:
    """Before the work: start on that side. In it: go to that side."""
    s = c.session
    side = heard.slots.side
    here = s.segment
    if here.side is None or side is None:
        c.reply("no_sides")
    elif _is_unbegun(s) and (here.side is not side or s.phase is not Phase.LEAD_IN):
        _start_on(s, side)
    elif here.side is side:
        c.reply("side_is_now", side=side.value)
    elif not _go_to(s, side):
        c.reply("other_side_done")


def only_side(c: Coaching, heard: Heard) -> None:
    """Leave the other side out for the rest of this movement."""
    s = c.session
    side = heard.slots.side
    here = s.segment
    if here.side is None or side is None:
        c.reply("no_sides")
        return
    if here.kind is Kind.CHANGE:
        c.reply("other_side_done")
        return
    line = s.prompts.say("only_side", side=s.prompts.side(side))
    working = s.phase in (Phase.HOLD, Phase.REP) and here.side is side
    ahead = s.index if here.kind is Kind.WORK else s.index + 1
    plan = s.running.with_only_side(ahead, side)
    if ahead >= len(plan.segments) or plan.segments[ahead].kind is not Kind.WORK:
        c.reply("other_side_done")
        return
    if working:
        s.plan = plan
        s.reply(line)
        return
    s.note_hold(s.now, completed=False)
    if s.phase in (Phase.EXPLAINING, Phase.WAITING):
        s.plan = plan
        s.wait((*line, *s.prompts.say("ready_hint")))
    else:
        s.plan = plan
        s.lead_in(ahead, say=line)
