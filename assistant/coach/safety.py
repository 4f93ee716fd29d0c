"""Pain and emergencies: what is done at once, what is asked, what follows from the answers.

Pain: the hold ends, a number is asked for; where it is high, or what was said calls for it, warning
signs are asked about (redflags.py); then the easier form, the next movement or the end is offered
(relief.py).
"""

from dataclasses import replace

from assistant.coach import relief
from assistant.coach.actions import (
    AdviceGiven,
    PainReported,
    RedFlagAnswered,
    RunEmergencyCommand,
)
from assistant.coach.commands import Coaching
from assistant.coach.events import Heard
from assistant.coach.intents import Intent
from assistant.coach.phases import ACTIVE, Phase, Question
from assistant.coach.prompts import Parts
from assistant.coach.redflags import ASKED_AGAIN_AFTER_S, Urgency, flags_to_ask
from assistant.coach.talks import PainTalk

ABOUT_PAIN = frozenset({Question.PAIN, Question.RED_FLAG, Question.RELIEF})
"""Questions after which a session stays where nothing moves, whatever becomes of them."""


def pain(c: Coaching, heard: Heard) -> None:
    """End the movement's hold, say how to ease out, ask how bad it is."""
    s = c.session
    exercise = None
    if s.plan is not None:
        s.end_hold_for_good()
        exercise = s.step.exercise.id
    symptom = heard.slots.symptom
    if symptom is None and s.question in ABOUT_PAIN:
        symptom = c.pain.symptom
    c.pain = PainTalk(exercise, symptom)
    s.record(PainReported(s.now, exercise, symptom=symptom))
    ease_out = s.prompts.say("pain" if s.plan is not None else "pain_outside")
    c.ask(Question.PAIN, (*ease_out, *s.prompts.say("pain_question")))


def no_number(c: Coaching, heard: Heard) -> None:
    """Yes or no in place of a number: ask once more. Said again, "no" is no pain, as where the
    coach had misheard it; after "yes" nobody knows how much it is."""
    if not c.pain.is_asked_again:
        c.pain = replace(c.pain, is_asked_again=True)
        c.ask(Question.PAIN, c.session.prompts.say("pain_number"))
    elif heard.intent is Intent.NO:
        pain_score(c, 0)
    else:
        _go_on_from(c, None)


def pain_score(c: Coaching, score: int) -> None:
    """Take how bad the pain is, 0 to 10; ask about warning signs where that calls for it."""
    s = c.session
    talk = c.pain
    s.record(PainReported(s.now, talk.exercise, score, talk.symptom))
    _go_on_from(c, score)


def _go_on_from(c: Coaching, score: int | None) -> None:
    s, talk = c.session, c.pain
    lately = c.profile.flags_asked_since(c.utc_s - ASKED_AGAIN_AFTER_S)
    flags = flags_to_ask(talk.symptom, score, lately)
    c.pain = replace(talk, score=score, flags=flags)
    if flags:
        _ask_flag(c, s.prompts.say("flags_intro"))
    else:
        offer(c)


def _ask_flag(c: Coaching, before: Parts = ()) -> None:
    c.ask(Question.RED_FLAG, (*before, *c.session.prompts.say(c.pain.flags[0].question)))


def flag_is_so(c: Coaching, _heard: Heard) -> None:
    """A warning sign: say what to do about it, and go on with nothing else."""
    s = c.session
    flag = c.pain.flags[0]
    s.record(RedFlagAnswered(s.now, flag.name, is_so=True))
    advice = s.prompts.say(flag.advice)
    if flag.urgency is Urgency.NOW:
        halt(c)
        s.say((*advice, *_whom_to_call(c)))
    elif s.plan is not None:
        c.ask(Question.FINISH, (*advice, *s.prompts.say("finish_question")))
    else:
        s.dismiss()
        s.say(advice)


def flag_is_not(c: Coaching, _heard: Heard) -> None:
    """No: on to the next warning sign, or to what may be done now."""
    s = c.session
    flag, *others = c.pain.flags
    s.record(RedFlagAnswered(s.now, flag.name, is_so=False))
    c.pain = replace(c.pain, flags=tuple(others))
    if others:
        _ask_flag(c)
    else:
        offer(c)


def offer(c: Coaching) -> None:
    """Say what may be done now; advise to see someone where pain keeps coming back."""
    s = c.session
    advice: Parts = ()
    if c.pain.score != 0 and c.profile.pain_recurs(c.utc_s):
        advice = s.prompts.say("pain_recurs")
        s.record(AdviceGiven(s.now))
    if s.plan is not None:
        relief.offer(c, advice)
    else:
        s.dismiss()
        s.say(advice or s.prompts.say("pain_idle"))


def answers_pain(c: Coaching, heard: Heard) -> bool:
    """Who does not want to give a number may say what comes after it."""
    is_answer = c.session.plan is not None and heard.intent in (Intent.NEXT, Intent.EASIER)
    return is_answer and relief.answer(c, heard)


def answers_flag(c: Coaching, heard: Heard) -> bool:
    """ "skip" leaves the other warning signs out."""
    if heard.intent is not Intent.NEXT:
        return False
    offer(c)
    return True


def emergency(c: Coaching, _heard: Heard) -> None:
    """Say at once what this machine can and cannot do and whom to call; halt; run the user's
    command where there is one."""
    halt(c)
    c.session.say(_whom_to_call(c))
    if c.has_emergency_command:
        c.session.out.append(RunEmergencyCommand())


def halt(c: Coaching) -> None:
    """Silence, and nothing moves."""
    if c.session.phase in ACTIVE:
        c.session.pause()
    else:
        c.session.silence()


def _whom_to_call(c: Coaching) -> Parts:
    name = "emergency_runs" if c.has_emergency_command else "emergency"
    return c.session.prompts.say(name, number=" ".join(c.emergency_number))


def emergency_command_ended(c: Coaching, *, is_done: bool) -> None:
    """Tell how the user's command went; a session stays halted."""
    s = c.session
    number = " ".join(c.emergency_number)
    name = "emergency_done" if is_done else "emergency_failed"
    if s.phase in ACTIVE - {Phase.PAUSED}:  # someone went on meanwhile: no countdown is broken
        s.reply(s.prompts.say(name, number=number))
    else:
        s.say(s.prompts.say(name, number=number))


def notice(c: Coaching, _heard: Heard) -> None:
    """The safety notice; where a movement is under way and has time, what it asks to mind."""
    s = c.session
    prompts = s.prompts
    if s.phase in (Phase.LEAD_IN, Phase.HOLD, Phase.REP, Phase.REST):
        s.reply(prompts.say("safety_short"))
        return
    own: Parts = ()
    if s.plan is not None:
        own = tuple(x.say for x in s.step.exercise.contraindications[:1])
    s.reply((*prompts.say("safety_notice"), *own, *prompts.say("safety_reviewed")))
