"""After pain: an easier form, the next movement, or the end."""

from dataclasses import replace

from assistant.coach.commands import Coaching
from assistant.coach.events import Heard
from assistant.coach.forms import begin_anew
from assistant.coach.intents import Intent
from assistant.coach.phases import Question
from assistant.coach.plan import PlannedStep
from assistant.coach.profile import Profile
from assistant.coach.prompts import Parts
from assistant.coach.redflags import PAIN_MODERATE, PAIN_SEVERE
from assistant.coach.suiting import against
from assistant.coach.wishes import at_level
from assistant.library import Dose, Library

SHORTEST_HALVED_S = 4.0
"""A hold of this length and more may be halved, seconds."""


def offer(c: Coaching, before: Parts = ()) -> None:
    """Ask what is to be done about the movement under way."""
    score = c.pain.score
    if score is None or PAIN_MODERATE <= score < PAIN_SEVERE:
        name = "relief_moderate"
    else:
        name = "relief_mild" if score < PAIN_MODERATE else "relief_severe"
    c.ask(Question.RELIEF, (*before, *c.session.prompts.say(name)))


def ask_again(c: Coaching, _heard: Heard) -> None:
    """Neither yes nor no answers it: ask again."""
    offer(c)


def answer(c: Coaching, heard: Heard) -> bool:
    """Take an answer; False for what is none."""
    match heard.intent:
        case Intent.EASIER:
            _easier(c)
        case Intent.NEXT:
            c.session.skip_to_step(c.session.segment.step + 1)
        case Intent.FINISH:
            c.session.finish()
        case Intent.READY | Intent.RESUME | Intent.START:
            _gently(c)
        case _:
            return False
    return True


def _gently(c: Coaching) -> None:
    """The same movement again, if pain allows it."""
    s = c.session
    if _is_severe(c):
        offer(c)
    elif s.running.work_ahead(s.index) is None:  # it hurt after the last of it
        s.skip_to_step(s.segment.step + 1)
    else:
        s.wait(s.prompts.say("relief_gently"))


def _is_severe(c: Coaching) -> bool:
    return c.pain.score is not None and c.pain.score >= PAIN_SEVERE


def _easier(c: Coaching) -> None:
    """An easier form of the movement under way takes its place, from its start; after severe pain
    there is none."""
    s = c.session
    if _is_severe(c):
        offer(c)
        return
    form = easier_form(s.step, c.library, c.profile)
    if form is None:
        offer(c, s.prompts.say("no_easier"))
        return
    begin_anew(c, form, s.prompts.say("easier_form"))


def easier_form(planned: PlannedStep, library: Library, profile: Profile) -> PlannedStep | None:
    """A level below, else the easier movement where it suits the person, else half of the dose;
    None where there is nothing less."""
    if planned.level is not None and planned.level > 1:
        return at_level(planned, library, planned.level - 1)
    exercise = library.exercises.get(planned.exercise.id, planned.exercise)
    other = library.exercises.get(exercise.easier or "")
    if other is not None and planned.level is not None and against(other, profile) is None:
        dose = other.levels[0].dose
        return PlannedStep(other.at_level(1), dose, level=1, named=planned.routine_id)
    halved = _halved(planned.dose)
    return None if halved is None else replace(planned, dose=halved, level=None)


def _halved(dose: Dose) -> Dose | None:
    reps = min(dose.set_reps)
    if len(dose.set_reps) > 1 or reps > 1:
        return dose.model_copy(update={"sets": 1, "reps": max(1, reps // 2)})
    if dose.hold_breaths is not None and dose.hold_breaths > 1:
        return dose.model_copy(update={"hold_breaths": dose.hold_breaths // 2})
    if dose.hold_s is not None and dose.hold_s >= SHORTEST_HALVED_S:
        return dose.model_copy(update={"hold_s": dose.hold_s / 2})
    return None
