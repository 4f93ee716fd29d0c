"""Pain and emergencies: what is done at once, what is asked, what follows from the answer."""

from assistant.coach.actions import PainReported
from assistant.coach.commands import Coaching
from assistant.coach.events import Heard
from assistant.coach.phases import ACTIVE, Question

PAIN_MODERATE, PAIN_SEVERE = 4, 6
"""From here the easier way is offered; from here the movement is left. Doses and rules: the
coaching notes after McGill and the Mayo Clinic, in docs/coaching.md."""


def pain(c: Coaching, _heard: Heard) -> None:
    """End the movement's hold, say how to ease out, ask how bad it is."""
    s = c.session
    prompts = s.prompts
    if s.plan is None:  # a question is open where no session runs
        s.dismiss()
        c.reply("pain_idle")
        return
    s.end_hold_for_good()
    s.record(PainReported(s.now, s.step.exercise.id))
    s.ask(Question.PAIN, (*prompts.say("pain"), *prompts.say("pain_question")))


def ask_pain_again(c: Coaching, _heard: Heard) -> None:
    """Ask for the number once more."""
    c.session.ask(Question.PAIN, c.session.prompts.say("pain_question"))


def pain_score(c: Coaching, score: int) -> None:
    """Take how bad the pain is, 0 to 10."""
    s = c.session
    s.record(PainReported(s.now, s.step.exercise.id, score))
    step = s.segment.step
    if score < PAIN_SEVERE:
        # The hold in which it hurt is over; a gentler try begins it anew.
        s.wait(s.prompts.say("pain_mild" if score < PAIN_MODERATE else "pain_moderate"))
    elif step + 1 < len(s.running.steps):
        s.explain(step + 1, s.prompts.say("pain_severe"))
    else:
        s.finish()
        s.say(s.prompts.say("pain_severe_last"))


def emergency(c: Coaching, _heard: Heard) -> None:
    """Say at once what this machine cannot do and whom to call; halt."""
    if c.session.phase in ACTIVE:
        c.session.pause()
    else:
        c.session.silence()
    c.session.say(c.session.prompts.say("emergency", number=" ".join(c.emergency_number)))
