"""A session that was cut off, by a power cut or the end of the program: offered at the next start.

Where the session is, is recorded whenever it moves on, together with what was done there, so that
nothing is done twice and nothing is lost. A hold that was cut off begins anew. What hurt is not
taken up again: the session goes on with the movement after it.
"""

from collections.abc import Callable
from types import MappingProxyType

from assistant.coach import commands, screening
from assistant.coach.commands import Coaching, Handler
from assistant.coach.events import Heard
from assistant.coach.intents import Intent
from assistant.coach.marks import MarkedStep, MarkedWish, PlaceReached
from assistant.coach.phases import Phase, Question
from assistant.coach.plan import Kind, Plan, PlannedStep, Segment
from assistant.coach.profile import Profile
from assistant.coach.suiting import against
from assistant.coach.wishes import REST_FIELDS, Change, Wish
from assistant.library import Library
from assistant.library.models import LaidDose

OFFERED_WITHIN_S = 4 * 3600.0
"""A session that was cut off longer ago is not offered: the body is cold again. Ours."""
_WISHED = {"instead", "level", "hold_s", "tempo_share", *REST_FIELDS.values()}
LONGEST_SEGMENT_S = 3600.0
"""What is longer was not laid out by this program."""


# Marking the place ----------------------------------------------------------------------------


def follow(c: Coaching) -> None:
    """After each event: record where the session is, if that has changed."""
    s, wishes = c.session, c.wishes
    if s.plan is None:
        c.marked = None
        return
    hurts = s.phase in (Phase.ASKING, Phase.PAUSED) and s.step.exercise.id in wishes.pained
    pained = tuple(sorted(wishes.pained))
    wanted = dict(wishes.by_movement)
    breathing = (s.breathing.is_off, s.breathing.asked_in)
    made_from = (s.index, hurts, s.pace, s.done, pained, wanted, breathing)
    before, place = c.marked, c.profile.place
    if before is not None and before[0] is s.plan and before[1] == made_from:
        return
    if before is not None and place is not None and before[0].steps is s.plan.steps:
        steps = place.steps
    else:
        steps = tuple(_marked(step, c.library) for step in s.plan.steps)
    c.marked = (s.plan, made_from)
    s.record(
        PlaceReached(
            s.now,
            s.plan.routine,
            s.plan.name,
            steps,
            s.plan.segments,
            s.index,
            hurts=hurts,
            pace=s.pace,
            done=s.done,
            pained=pained,
            wishes={
                named: MarkedWish(
                    _marked(wish.before, c.library), wish.exercise, wish.fields, wish.changes
                )
                for named, wish in wanted.items()
            },
            pace_before=wishes.pace_before,
            is_unpaced=s.breathing.is_off,
            paced_step=s.breathing.asked_in,
        )
    )


def _marked(step: PlannedStep, library: Library) -> MarkedStep:
    return MarkedStep(
        step.exercise.id,
        step.level or _form(step, library),
        LaidDose.model_construct(**dict(step.dose)),  # as it is: it is checked when it is read
        step.level,
        step.named,
        step.only_side,
        step.tempo_share,
    )


def _form(step: PlannedStep, library: Library) -> int:
    """The level whose cues a movement with a dose of its own has."""
    exercise = library.exercises[step.exercise.id]
    levels = range(1, len(exercise.levels) + 1)
    return next((n for n in levels if exercise.at_level(n).cues == step.exercise.cues), 1)


# Finding it again -----------------------------------------------------------------------------


def plan_at(place: PlaceReached, library: Library, profile: Profile) -> tuple[Plan, int] | None:
    """The plan of a session that was cut off, and the work at which it goes on. None where nothing
    is left of it, where the library or the person has changed so that it cannot go on, or where
    the record makes no sense."""
    if not all(_is_known(step, library, profile) for step in place.steps):
        return None
    if not _is_laid_out(place.segments, len(place.steps)):
        return None
    if not 0 <= place.index < len(place.segments):
        return None
    steps = tuple(_planned(step, library) for step in place.steps)
    plan = Plan(place.routine, place.name, steps, place.segments)
    here = place.segments[place.index]
    if not place.hurts and here.kind is not Kind.CHANGE:
        work = plan.work_ahead(place.index)
        return None if work is None else (plan, work)
    step = here.step + 1
    return (plan, plan.first_of(step)) if step < len(steps) else None


def _is_known(step: MarkedStep, library: Library, profile: Profile) -> bool:
    exercise = library.exercises.get(step.exercise)
    if exercise is None or against(exercise, profile) is not None:
        return False
    levels = range(1, len(exercise.levels) + 1)
    is_named = step.named is None or step.named in library.exercises
    is_at_level = step.form in levels and (step.level is None or step.level in levels)
    return is_named and is_at_level and 0.1 <= step.tempo_share <= 10.0


def _is_laid_out(segments: tuple[Segment, ...], steps: int) -> bool:
    """Whether segments are those of so many movements, each of which ends with its change."""
    if [s.step for s in segments if s.kind is Kind.CHANGE] != list(range(steps)) or not steps:
        return False
    step = 0
    is_first = True
    for segment in segments:
        is_work = segment.kind is Kind.WORK
        if segment.step != step or (is_first and not is_work):
            return False
        if segment.seconds is None and (not is_work or segment.is_hold):
            return False
        least_s = 0.1 if is_work else 0.0
        if segment.seconds is not None and not least_s <= segment.seconds <= LONGEST_SEGMENT_S:
            return False
        numbers = (segment.set_no, segment.sets, segment.rep_no, segment.reps, segment.breaths or 1)
        if not all(1 <= n <= 1000 for n in numbers):
            return False
        is_first = segment.kind is Kind.CHANGE
        step += is_first
    return True


def _planned(step: MarkedStep, library: Library) -> PlannedStep:
    exercise = library.exercises[step.exercise].at_level(step.form)
    return PlannedStep(
        exercise, step.dose, step.level, step.named, step.only_side, step.tempo_share
    )


# Offering it ----------------------------------------------------------------------------------


def offer(c: Coaching) -> bool:
    """At the start: ask whether to go on, where a session was cut off; return whether it asked.
    One that is too old, or cannot go on, is over."""
    place = c.profile.place
    if place is None:
        return False
    found = plan_at(place, c.library, c.profile)
    if found is None or c.place_age_s > OFFERED_WITHIN_S:
        c.leave_place()
        return False
    plan, index = found
    name = plan.steps[plan.segments[index].step].exercise.name
    c.ask(Question.TAKE_UP, c.session.prompts.say("stopped_at", exercise=name))
    return True


def take_up(c: Coaching, heard: Heard) -> None:
    """Yes: go on from there, with what was changed by voice."""
    place = c.profile.place
    found = None if place is None else plan_at(place, c.library, c.profile)
    if place is None or found is None:
        decline(c, heard)
        return
    s = c.session
    s.dismiss()
    s.pace = min(max(place.pace, 0.1), 10.0)
    s.breathing.is_off = place.is_unpaced
    s.breathing.asked_in = place.paced_step
    c.wishes.clear()
    c.wishes.pained.update(place.pained)
    c.wishes.pace_before = place.pace_before
    for named, wish in (place.wishes or {}).items():
        if _makes_sense(wish) and _is_known(wish.before, c.library, c.profile):
            before = _planned(wish.before, c.library)
            changes = {name: Change(change) for name, change in wish.changes.items()}
            c.wishes.by_movement[named] = Wish(before, wish.exercise, wish.fields, changes)
    plan, index = found
    s.take_up(plan, index, place.done)


def _makes_sense(wish: MarkedWish) -> bool:
    """Whether it can be agreed to: each field is one of a dose, and something was asked for."""
    fields, changes = wish.fields, wish.changes
    are_known = fields.keys() <= _WISHED and fields.keys() == changes.keys()
    are_changes = all(change in set(Change) for change in changes.values())
    are_values = all(isinstance(x, str) == (name == "instead") for name, x in fields.items())
    return bool(fields) and are_known and are_changes and are_values


def decline(c: Coaching, _heard: Heard) -> None:
    """No: it ended where it was cut off."""
    c.session.dismiss()
    c.leave_place()
    c.reply("place_left")


def resume(c: Coaching, heard: Heard) -> None:
    """ "Resume" where no session runs: the one that was cut off, if it stands."""
    if c.profile.place is None:
        c.reply("nothing_to_resume")
    else:
        take_up(c, heard)


def _instead(handler: Handler) -> Callable[[Coaching, Heard], None]:
    """Something else was asked for: the question is dropped for it."""

    def do_instead(c: Coaching, heard: Heard) -> None:
        c.session.dismiss()
        handler(c, heard)

    return do_instead


OTHERS = MappingProxyType(
    {
        **dict.fromkeys((Intent.RESUME, Intent.START, Intent.READY), take_up),
        **dict.fromkeys((Intent.FINISH, Intent.CANCEL), decline),
        Intent.START_ROUTINE: _instead(screening.first(commands.start_routine)),
        Intent.START_EXERCISE: _instead(screening.first(commands.start_exercise)),
    }
)
"""What the question takes besides yes and no."""
