"""Easier, harder, on the knees, something else: another form of the movement under way.

A level of the same movement takes over where it is: work that is done counts for its side, and a
hold's clock runs on. Another movement in its place is explained from the start.
"""

from dataclasses import replace

from assistant.coach.commands import SHORTEST_HOLD_S, Coaching
from assistant.coach.events import Heard
from assistant.coach.owing import Answer
from assistant.coach.phases import Phase
from assistant.coach.plan import PlannedStep, is_alike
from assistant.coach.prompts import Parts
from assistant.coach.suiting import against
from assistant.coach.wishes import Change, at_level
from assistant.library.models import CueTime, Exercise


def easier(c: Coaching, _heard: Heard) -> None:
    """The level below; below the lowest, the movement that is linked as easier."""
    step = c.session.step
    level = _level(step)
    if level > 1:
        _to_level(c, level - 1, Change.EASIER)
    else:
        _to_link(c, _shipped(c, step).easier, Change.EASIER, "easiest")


def harder(c: Coaching, _heard: Heard) -> None:
    """The level above; above the highest, the movement that is linked as harder. Not where
    something hurt in this session."""
    step = c.session.step
    if step.exercise.id in c.wishes.pained:
        c.reply("not_after_pain")
    elif _level(step) < len(_shipped(c, step).levels):
        _to_level(c, _level(step) + 1, Change.HARDER)
    else:
        _to_link(c, _shipped(c, step).harder, Change.HARDER, "hardest")


def on_knees(c: Coaching, _heard: Heard) -> None:
    """The hardest level that is done on the knees, of those below this one."""
    step = c.session.step
    levels, level = _shipped(c, step).levels, _level(step)
    if levels[level - 1].on_knees:
        c.reply("knees_already")
        return
    below = [n for n in range(1, level) if levels[n - 1].on_knees]
    if below:
        _to_level(c, below[-1], Change.EASIER)
    else:
        c.reply("no_knees")


def swap(c: Coaching, _heard: Heard) -> None:
    """Another movement for the same purpose that suits the person and that the session does not
    have already."""
    s = c.session
    here = _shipped(c, s.step)
    planned = {step.exercise.id for step in s.running.steps}
    links = (here.easier, here.harder)
    known = [c.library.exercises[link] for link in links if link is not None]
    found = next(
        (
            exercise
            for exercise in (*known, *c.library.exercises.values())
            if exercise.group is here.group
            and exercise.id not in planned
            and against(exercise, c.profile) is None
        ),
        None,
    )
    if found is None:
        c.reply("nothing_to_swap")
    else:
        _to_exercise(c, found, Change.SWAPPED)


def _level(step: PlannedStep) -> int:
    """The level of a step; a dose of its own counts as the first."""
    return step.level or 1


def _shipped(c: Coaching, step: PlannedStep) -> Exercise:
    """The movement with the cues of all levels."""
    return c.library.exercises[step.exercise.id]


def _to_link(c: Coaching, link: str | None, change: Change, none_left: str) -> None:
    exercise = c.library.exercises.get(link or "")
    if exercise is None or against(exercise, c.profile) is not None:
        c.reply(none_left)
    else:
        _to_exercise(c, exercise, change)


def _to_exercise(c: Coaching, exercise: Exercise, change: Change) -> None:
    """Another movement in this one's place, from its explanation; after its work, next time."""
    s = c.session
    step = s.step
    planned = PlannedStep(exercise.at_level(1), exercise.levels[0].dose, named=step.routine_id)
    c.wishes.note(step, change, {"instead": exercise.id}, exercise=exercise.name)
    if s.running.work_ahead(s.index) is None:
        c.reply("form_next_time")
        return
    begin_anew(c, planned, s.prompts.say("instead"))


def _to_level(c: Coaching, level: int, change: Change) -> None:
    s = c.session
    step = s.step
    planned = at_level(step, c.library, level)
    c.wishes.note(step, change, {"level": level})
    if s.running.work_ahead(s.index) is None:
        c.reply("form_next_time")
        return
    line = s.prompts.say(f"{change}_now")
    if not is_alike(step.dose, planned.dose):
        begin_anew(c, planned, line)
        return
    go_on_as(c, planned, line, is_harder=change is Change.HARDER)


def begin_anew(c: Coaching, planned: PlannedStep, line: Parts) -> None:
    """Lead through something else in place of the movement under way, from its explanation."""
    s = c.session
    number = s.segment.step  # asked before the plan changes: it may have fewer segments then
    s.note_hold(s.now, completed=False)
    s.plan = s.running.with_replaced(number, planned)
    s.prepare()
    s.explain(number, line)


def go_on_as(c: Coaching, planned: PlannedStep, line: Parts, *, is_harder: bool = False) -> None:
    """Go on with the movement in another form, from where it is; say so, and how to get there
    where that differs. A hold takes on the new length while its clock runs."""
    s = c.session
    at = s.running.work_ahead(s.index)
    if at is None:
        return
    before, position = s.running.segments[at], _change_of_position(s.step, planned)
    words = (*line, *position)
    plan = s.running.relaid(s.index, planned, is_harder=is_harder)
    now = plan.segments[at]
    worked_s = s.worked_s if at == s.index else 0.0
    if s.phase in (Phase.HOLD, Phase.REP):
        s.plan = plan.with_segment(at, replace(now, seconds=before.seconds))
        s.prepare()
        _change_work(c, now.seconds, line, position)
        return
    if worked_s > 0.0 and now.seconds is not None:
        # Of work that is interrupted something must be left to go on with.
        now = replace(now, seconds=max(now.seconds, worked_s + SHORTEST_HOLD_S))
    s.plan = plan.with_segment(at, now)
    s.prepare()
    match s.phase:
        case Phase.EXPLAINING:
            s.explain(s.segment.step, line)
        case Phase.WAITING:
            s.wait((*words, *s.prompts.say("ready_hint")))
        case Phase.LEAD_IN if position:
            s.lead_in(s.index, carried_s=s.carried_s, say=words)
        case _:
            s.reply(words, keeps=bool(position))


def _change_work(c: Coaching, seconds: float | None, line: Parts, position: Parts) -> None:
    """Give the hold under way its new length; a repetition is finished as it was begun. Where
    there is no room for all the words, the position goes first."""
    s = c.session
    if s.phase is Phase.HOLD and seconds is not None and seconds <= s.elapsed_s:
        s.say_later(Answer(position or line))
        s.end_work(s.now, completed=False)
        return
    if s.phase is Phase.HOLD and seconds is not None and seconds != s.segment.seconds:
        s.set_length(seconds)
    words = (*line, *position)
    s.reply(words if s.has_room(words) else position or line, keeps=bool(position))


def _change_of_position(before: PlannedStep, after: PlannedStep) -> Parts:
    """How to get into the new form, where it is another position."""
    was, cue = before.exercise.cue(CueTime.SETUP), after.exercise.cue(CueTime.SETUP)
    return () if cue is None or cue == was else (cue.short or cue.text,)
