"""Whether what was changed by voice is to stay so: asked once, when the session is over.

The question waits for the closing words to end. Whoever goes on to something else is not asked.
"""

from assistant.coach.actions import PaceAgreed, PainReported, Record, SessionEnded
from assistant.coach.commands import Coaching
from assistant.coach.events import Event, Heard, PlaybackFinished
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase, Question
from assistant.coach.prompts import Parts
from assistant.coach.wishes import Change

_HARMLESS = frozenset({Intent.LOUDER, Intent.QUIETER})
"""What may be said between the closing words and the question without dropping it."""


def follow(c: Coaching, event: Event) -> None:
    """After each event: see what it means for the wishes, and ask when it is time."""
    s, wishes = c.session, c.wishes
    was_due = wishes.is_due
    for fact in [action.fact for action in s.out if isinstance(action, Record)]:
        if isinstance(fact, PainReported):
            wishes.note_pain(fact.exercise)
        if isinstance(fact, SessionEnded):
            wishes.is_due = True
    if not wishes.is_due:
        return
    goes_on = was_due and isinstance(event, Heard) and event.intent not in _HARMLESS
    question = _question(c)
    if s.phase is not Phase.DONE or goes_on or c.muted or not question:
        wishes.clear()
    elif isinstance(event, PlaybackFinished) and s.is_free(question):
        wishes.is_due = False
        s.ask(Question.KEEP, question)


def keep(c: Coaching, _heard: Heard) -> None:
    """Yes: record what was agreed."""
    s, wishes = c.session, c.wishes
    for wish in wishes.by_movement.values():
        s.record(wish.agreed(s.now))
    if _pace_change(c) is not None:
        s.record(PaceAgreed(s.now, s.pace))
    wishes.clear()
    s.dismiss()
    c.reply("kept")


def drop(c: Coaching, _heard: Heard) -> None:
    """No: the next time it is as it was."""
    if c.wishes.pace_before is not None:
        c.session.set_pace(c.wishes.pace_before)
    c.wishes.clear()
    c.session.dismiss()
    c.reply("not_kept")


def _pace_change(c: Coaching) -> Change | None:
    before, now = c.wishes.pace_before, c.session.pace
    if before is None or before == now:
        return None
    return Change.PACE_SLOWER if now > before else Change.PACE_FASTER


def _question(c: Coaching) -> Parts:
    """The question, as short as what it is about; () where there is nothing to keep."""
    changes = [
        (change, wish.exercise)
        for wish in c.wishes.by_movement.values()
        for change in dict.fromkeys(wish.changes.values())
    ]
    pace = _pace_change(c)
    if pace is not None:
        changes.append((pace, ""))
    if not changes:
        return ()
    if len(changes) > 1:
        return c.session.prompts.say("keep_all")
    change, exercise = changes[0]
    return c.session.prompts.say(f"keep_{change}", exercise=exercise)
