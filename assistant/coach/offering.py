"""Steps up and down: asked for at the end of a session, told at the start after a long break."""

from assistant.coach.actions import LevelReason, LevelSet, StepDeclined
from assistant.coach.commands import Coaching
from assistant.coach.events import Heard
from assistant.coach.levels import Offer
from assistant.coach.phases import Question


def offer_of(c: Coaching) -> Offer | None:
    """What to offer after the session that has just ended: at most one thing. What hurt comes
    first, then what has waited longest."""
    progress = c.profile.progress
    names = [name for name in progress.done_last if name in c.library.exercises]
    for name in names:
        level = progress.of(name).level or 1
        if progress.of(name).wants_easier and level > 1:
            return Offer(name, level - 1, Question.STEP_DOWN)
    earned = [
        name
        for name in names
        if progress.has_earned(name)
        and (progress.of(name).level or 1) < len(c.library.exercises[name].levels)
    ]
    if not earned:
        return None
    # Of equals the first in the session.
    name = max(earned, key=lambda n: len(progress.of(n).done_utc_s))
    return Offer(name, (progress.of(name).level or 1) + 1, Question.STEP_UP)


def take(c: Coaching, _heard: Heard) -> None:
    """Yes: from the next time on."""
    offer = _taken(c)
    reason = LevelReason.EARNED if offer.question is Question.STEP_UP else LevelReason.PAIN
    c.session.record(LevelSet(c.session.now, offer.exercise, offer.level, reason))
    _answer(c, f"{offer.question}_taken", offer)


def leave(c: Coaching, _heard: Heard) -> None:
    """No: it stays, and is not asked again until it is earned again."""
    offer = _taken(c)
    c.session.record(StepDeclined(c.session.now, offer.exercise, offer.level))
    c.session.dismiss()
    c.reply("step_left")


def _taken(c: Coaching) -> Offer:
    offer, c.offer = c.offer, None
    if offer is None:
        raise LookupError("nothing was on offer")
    return offer


def _answer(c: Coaching, line: str, offer: Offer) -> None:
    c.session.dismiss()
    c.reply(line, exercise=c.library.exercises[offer.exercise].name)
