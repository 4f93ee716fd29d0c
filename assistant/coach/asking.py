"""Questions that the coach asks, and what each answer does.

To add one: a member of `Question`, a line that asks it, a row in `QUESTIONS`; ask it with `ask`.
A question may be asked in a session, whose clock it stops, or where none runs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.coach import commands, keeping, safety
from assistant.coach.actions import Tone
from assistant.coach.commands import Coaching, Handler
from assistant.coach.events import Heard
from assistant.coach.phases import Phase, Question


def withdraw(c: Coaching, _heard: Heard) -> None:
    """Take the question back and go on; after pain, or where it was paused before, stay so."""
    if c.session.plan is None:
        c.session.dismiss()
        c.session.play(Tone.HEARD)
    elif c.session.question is Question.PAIN or c.session.asked_in is Phase.PAUSED:
        c.session.stay_paused()
    else:
        c.session.resume()


def _finish(c: Coaching, _heard: Heard) -> None:
    c.session.finish()


@dataclass(frozen=True, slots=True)
class Answers:
    """A question's line, and what is done with the answers to it."""

    line: str
    """Name of the line that asks it, and asks it again."""
    yes: Handler
    no: Handler = withdraw
    number: Callable[[Coaching, int], None] | None = None
    """What takes a number, where it asks for one."""
    help_line: str = "help_asking"
    """Name of the line that says what it takes for an answer."""


QUESTIONS: dict[Question, Answers] = {
    Question.FINISH: Answers("finish_question", yes=_finish),
    Question.KEEP: Answers("keep_all", yes=keeping.keep, no=keeping.drop),
    Question.PAIN: Answers(
        "pain_question",
        yes=safety.ask_pain_again,
        no=safety.ask_pain_again,
        number=safety.pain_score,
        help_line="help_asking_pain",
    ),
}


def _open(c: Coaching) -> Answers:
    question = c.session.question
    if question is None:
        raise LookupError(f"no question in phase {c.session.phase}")
    return QUESTIONS[question]


def ask(c: Coaching, question: Question, **places: str | int) -> None:
    """Ask; the clock of a session stops until it is answered."""
    c.session.ask(question, c.session.prompts.say(QUESTIONS[question].line, **places))


def finish(c: Coaching, _heard: Heard) -> None:
    """Ask whether to end; where no session runs, drop the question that is open."""
    if c.session.plan is None:
        withdraw(c, _heard)
    else:
        ask(c, Question.FINISH)


def pause(c: Coaching, heard: Heard) -> None:
    """Pause the session; where none runs, drop the question that is open."""
    if c.session.plan is None:
        withdraw(c, heard)
    else:
        commands.pause(c, heard)


def yes(c: Coaching, heard: Heard) -> None:
    """Yes, to the question that is open."""
    _open(c).yes(c, heard)


def no(c: Coaching, heard: Heard) -> None:
    """No, to the question that is open."""
    _open(c).no(c, heard)


def number(c: Coaching, heard: Heard) -> None:
    """A number, to the question that is open."""
    take = _open(c).number
    if take is None or heard.slots.count is None:
        help_asking(c, heard)
    else:
        take(c, heard.slots.count)


def help_asking(c: Coaching, _heard: Heard) -> None:
    """Say what the open question takes for an answer."""
    c.reply(_open(c).help_line)


def repeat_question(c: Coaching, _heard: Heard) -> None:
    """Ask the open question again, in the words it was asked in."""
    s = c.session
    if s.question is not None:
        s.ask(s.question, s.asked)
