"""Commands about breathing: a session of its own, the cues of a hold, and a hold's breaths."""

from dataclasses import replace

from assistant.coach import commands
from assistant.coach.breath import Pacing, by_seconds
from assistant.coach.commands import LONGEST_HOLD_S, Coaching
from assistant.coach.events import Heard
from assistant.coach.phases import ACTIVE, Phase
from assistant.coach.plan import Kind, PlannedStep, lay_out
from assistant.coach.session import Session
from assistant.coach.timeline import CLEAR_S
from assistant.coach.wishes import Change
from assistant.library.models import Breath, Group, Mode

EXERCISE = "breathing"
"""Id of the exercise that is nothing but breathing."""
LONGEST_BREATHING_S = 1200.0
"""The longest that may be breathed in one go, seconds. Ours."""
LEAST_IN_S, LEAST_OUT_S = 2.0, 3.0
"""The quickest pattern: twelve breaths a minute, which is breathing at rest. Ours."""
SLOWEST_S = 20.0
"""The longest breath that is paced, seconds: three a minute. Ours."""
STEP_S = 1.0
"""By how much "slower breaths" lengthens the in and the out, seconds each."""
MORE_S = 10
"""What "longer" means where no number is said, seconds; at least one breath."""


# A session of breathing -----------------------------------------------------------------------


def start_breathing(c: Coaching, heard: Heard) -> None:
    """A session of nothing but breaths, for as long as was said, in whole breaths."""
    exercise = c.library.exercises[EXERCISE].at_level(1)
    dose = exercise.levels[0].dose
    pattern = c.session.breathing.pattern or dose.breath
    if heard.slots.seconds is not None:
        count = max(1, round(heard.slots.seconds / pattern.total_s))
        dose = dose.model_copy(update={"hold_breaths": count})
    dose = dose.model_copy(update={"breath": pattern})
    plan = lay_out(exercise.id, exercise.name, (PlannedStep(exercise, dose),))
    prompts = c.session.prompts
    count = dose.hold_breaths or 1
    length = prompts.duration(count * pattern.total_s)
    intro = prompts.say("breathing_intro", breaths=prompts.breaths(count), duration=length)
    c.begin(plan, intro)


# The cues -------------------------------------------------------------------------------------


def breathe_with_me(c: Coaching, heard: Heard) -> None:
    """Pace the holds of this movement by breaths: the one under way as soon as there is room."""
    s = c.session
    if heard.slots.seconds is not None:
        c.reply("already_running")
        return
    step = _movement(s)
    if s.running.steps[step].dose.mode is not Mode.HOLD:
        c.reply("breathe_no_hold")
        return
    s.breathing.is_off = False
    s.breathing.asked_in = step
    told = s.prompts.say("breathe_on")
    if not _is_working(s):
        _lay_anew(s)
    elif s.pacing is None:
        from_s = s.worked_s + s.prompts.length_s(told) + CLEAR_S
        _pace_rest(s, from_s if s.phase is Phase.HOLD else s.worked_s)
        if s.pacing is None:
            told = s.prompts.say("breathe_next")
    s.reply(told)


def _movement(s: Session) -> int:
    """The movement that is meant: in the rest after one, the next."""
    step = s.segment.step
    is_over = s.segment.kind is Kind.CHANGE and s.was_in is Phase.REST
    return min(step + is_over, len(s.running.steps) - 1)


def _is_working(s: Session) -> bool:
    """Whether part of the hold at the cursor is done: it is held, interrupted, or counted into
    again."""
    return s.was_in is Phase.HOLD or (s.was_in is Phase.LEAD_IN and s.carried_s > 0.0)


def _lay_anew(s: Session) -> None:
    """The cues of what comes have changed: order its first breath anew, or take it back."""
    if s.was_in is Phase.LEAD_IN:
        s.pacing = s.pacing_ahead(s.index)
    s.lay_anew()


def _pace_rest(s: Session, from_s: float) -> None:
    """Pace what is left of a hold from an offset in it; its end stays. An interrupted hold goes
    on with a breath at once."""
    length = s.segment.seconds
    if length is not None and s.segment.is_hold:
        s.pacing = by_seconds(from_s, length, s.breathing.pattern or s.step.dose.breath)
        if s.pacing is not None:
            s.lay_anew()


def breathing_off(c: Coaching, _heard: Heard) -> None:
    """No more breathing cues; the hold that is under way keeps its end."""
    s = c.session
    s.breathing.is_off, s.breathing.asked_in = True, None
    if not _is_working(s):
        _lay_anew(s)
    elif s.pacing is not None:
        s.plan = s.running.with_segment(s.index, replace(s.segment, seconds=s.pacing.ends_s))
        s.pacing = None
        s.lay_anew()
    c.reply("breathe_as_you_like")


# The pattern ----------------------------------------------------------------------------------


def pattern_by_numbers(c: Coaching, heard: Heard) -> None:
    """In and out by numbers of seconds, with no pause between them."""
    slots = heard.slots
    now = _pattern(c)
    in_s, out_s = slots.in_s or now.in_s, slots.out_s or now.out_s
    _set_pattern(c, Breath(in_s=in_s, out_s=out_s))


def slower_breaths(c: Coaching, _heard: Heard) -> None:
    """In and out a second longer each."""
    _step(c, STEP_S)


def faster_breaths(c: Coaching, _heard: Heard) -> None:
    """In and out a second shorter each."""
    _step(c, -STEP_S)


def _pattern(c: Coaching) -> Breath:
    s = c.session
    if s.breathing.pattern is not None:
        return s.breathing.pattern
    return Breath() if s.plan is None else s.step.dose.breath


def _step(c: Coaching, by_s: float) -> None:
    now = _pattern(c)
    in_s, out_s = now.in_s + by_s, now.out_s + by_s
    is_slow = by_s > 0 and now.total_s + 2 * by_s > SLOWEST_S
    if is_slow or (by_s < 0 and (in_s < LEAST_IN_S or out_s < LEAST_OUT_S)):
        c.reply("breath_limit")
        return
    _set_pattern(c, Breath(in_s=in_s, top_s=now.top_s, out_s=out_s, bottom_s=now.bottom_s))


def _set_pattern(c: Coaching, pattern: Breath) -> None:
    """Breathe so from the next breath on, also in the sessions to come."""
    s = c.session
    s.breathing.pattern = pattern
    if s.phase in ACTIVE and s.plan is not None:
        is_working = _is_working(s)
        s.plan = s.plan.with_breath(s.index + is_working, pattern)
        if not is_working:
            _lay_anew(s)
        elif s.pacing is not None:
            _set_pacing(s, s.pacing.patterned(pattern, s.worked_s))
    told = {"inhale": f"{pattern.in_s:g}", "exhale": f"{pattern.out_s:g}"}
    c.reply("breath_pattern", **told)


def _set_pacing(s: Session, pacing: Pacing) -> None:
    """Change the breaths of a hold, a part of which is done, without stopping its clock."""
    s.pacing = pacing
    if s.phase is Phase.HOLD:
        s.ends_at = s.starts_at + pacing.ends_s
        s.lay_anew()


# Longer and shorter, in breaths ---------------------------------------------------------------


def hold_longer(c: Coaching, heard: Heard) -> None:
    """Lengthen a hold: where it is paced by whole breaths, else as commands.py does."""
    if not _change(c, heard, 1):
        commands.hold_longer(c, heard)


def hold_shorter(c: Coaching, heard: Heard) -> None:
    """Shorten a hold likewise; the breath under way is breathed to its end."""
    if not _change(c, heard, -1):
        commands.hold_shorter(c, heard)


def _change(c: Coaching, heard: Heard, sign: int) -> bool:
    """Change a hold by whole breaths; False where it is not paced."""
    s = c.session
    target = s.running.work_ahead(s.index)
    if target is None:
        return False
    is_working = target == s.index and _is_working(s)
    pacing = s.pacing if is_working else s.pacing_ahead(target)
    if pacing is None:
        return False
    breath_s = pacing.breaths[-1].total_s
    count = heard.slots.count
    if count is None:
        count = max(1, round((heard.slots.seconds or MORE_S) / breath_s))
    if sign > 0:
        count = min(count, int((_longest_s(s) - pacing.ends_s) / breath_s))
    changed = pacing.changed_by(sign * max(count, 0), s.worked_s if is_working else -1.0)
    by = len(changed.breaths) - len(pacing.breaths)
    if by == 0:
        c.reply("longest_hold" if sign > 0 else "last_breath")
        return True
    _replan(s, target, by, by * breath_s if by > 0 else changed.ends_s - pacing.ends_s)
    if is_working:
        _set_pacing(s, changed)
    else:
        _lay_anew(s)
    if s.step.exercise.group is not Group.BREATH:  # whose length is asked for each time
        change = Change.LONGER if by > 0 else Change.SHORTER
        c.wishes.note(s.step, change, {"hold_s": changed.ends_s})
    names = ("more_seconds", "fewer_seconds") if is_working else ("longer_next", "shorter_next")
    c.reply(names[by < 0], duration=s.prompts.breaths(abs(by)))
    return True


def _longest_s(s: Session) -> float:
    is_breathing = s.step.exercise.group is Group.BREATH
    return LONGEST_BREATHING_S if is_breathing else LONGEST_HOLD_S


def _replan(s: Session, target: int, by: int, by_s: float) -> None:
    """Let the plan know of a hold's new dose, on the other side too."""
    hold = s.running.segments[target]
    if hold.seconds is None:
        return
    seconds = hold.seconds + by_s
    breaths = None if hold.breaths is None else hold.breaths + by
    plan = s.running.with_other_side(target, seconds, breaths)
    s.plan = plan.with_segment(target, replace(hold, seconds=seconds, breaths=breaths))
