"""Questions that the coach asks, and what each answer does.

To add one: a member of `Question`, a line that asks it, a row in `QUESTIONS`; ask it with `ask`.
A question may be asked in a session, whose clock it stops, or where none runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from assistant.coach import (
    commands,
    introduction,
    keeping,
    offering,
    relief,
    resuming,
    safety,
    screening,
    telling,
)
from assistant.coach.actions import Tone
from assistant.coach.commands import Coaching, Handler
from assistant.coach.events import Heard
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase, Question


def withdraw(c: Coaching, _heard: Heard) -> None:
    """Take the question back and go on; after pain, or where it was paused before, stay so."""
    if c.session.plan is None:
        drop(c, _heard)
    elif c.session.question in safety.ABOUT_PAIN or c.session.asked_in is Phase.PAUSED:
        c.session.stay_paused()
    else:
        c.session.resume()


def drop(c: Coaching, _heard: Heard) -> None:
    """Drop the question, which was asked where no session runs; a tone tells so."""
    c.session.dismiss()
    c.session.play(Tone.HEARD)


def pause(c: Coaching, heard: Heard) -> None:
    """Pause the session; where none runs, drop the question."""
    if c.session.plan is None:
        drop(c, heard)
    else:
        commands.pause(c, heard)


def _finish(c: Coaching, _heard: Heard) -> None:
    c.session.finish()


YES_OR_NO = frozenset({Intent.YES, Intent.NO})


@dataclass(frozen=True, slots=True)
class Answers:
    """A question's line, and what is done with the answers to it."""

    line: str
    """Name of the line that asks it; of the first of its lines, where there are several."""
    yes: Handler
    no: Handler = withdraw
    number: Callable[[Coaching, int], None] | None = None
    """What takes a number, where it asks for one."""
    help_line: str = "help_asking"
    """Name of the line that says what it takes for an answer."""
    others: Mapping[Intent, Handler] = field(default_factory=dict)
    """What else it takes, whatever that would mean without it."""
    takes: Callable[[Coaching, Heard], bool] | None = None
    """What takes commands that are answers to it, and returns False for one that is none."""
    is_asked_twice: bool = False
    """Whether it is asked once more where no answer came, before it is dropped."""
    likely: frozenset[Intent] = YES_OR_NO
    """What most people answer; see expecting.py."""


QUESTIONS: dict[Question, Answers] = {
    Question.FINISH: Answers("finish_question", yes=_finish),
    Question.KEEP: Answers("keep_all", yes=keeping.keep, no=keeping.drop),
    Question.PAIN: Answers(
        "pain_question",
        yes=safety.no_number,
        no=safety.no_number,
        number=safety.pain_score,
        help_line="help_asking_pain",
        takes=safety.answers_pain,
        likely=frozenset({Intent.NUMBER}),
    ),
    Question.RED_FLAG: Answers(
        "flags_intro",
        yes=safety.flag_is_so,
        no=safety.flag_is_not,
        takes=safety.answers_flag,
    ),
    Question.RELIEF: Answers(
        "relief_moderate",
        yes=relief.ask_again,
        help_line="help_relief",
        takes=relief.answer,
        likely=frozenset({Intent.READY, Intent.EASIER, Intent.NEXT, Intent.FINISH}),
    ),
    Question.SCREENING: Answers(
        "screen_intro",
        yes=screening.applies,
        no=screening.applies_not,
        takes=screening.answers,
        is_asked_twice=True,
    ),
    Question.WELCOME: Answers("welcome", yes=introduction.start, no=introduction.decline),
    Question.LOUDNESS: Answers(
        "loud_enough",
        yes=introduction.is_loud_enough,
        no=introduction.is_too_quiet,
        help_line="help_loudness",
        takes=introduction.answers_loudness,
        is_asked_twice=True,
        likely=YES_OR_NO | {Intent.LOUDER, Intent.QUIETER},
    ),
    Question.TRYING: Answers(
        "try_intro",
        yes=introduction.try_again,
        no=introduction.try_again,
        help_line="try_hint",
        takes=introduction.answers_trial,
        is_asked_twice=True,
        likely=frozenset(),
    ),
    Question.BEGINNING: Answers(
        "first_routine",
        yes=introduction.begin_first,
        no=introduction.leave,
        takes=introduction.answers_beginning,
        is_asked_twice=True,
    ),
    Question.TAKE_UP: Answers(
        "stopped_at",
        yes=resuming.take_up,
        no=resuming.decline,
        others=resuming.OTHERS,
    ),
    Question.STEP_UP: Answers("step_up_question", yes=offering.take, no=offering.leave),
    Question.STEP_DOWN: Answers("step_down_question", yes=offering.take, no=offering.leave),
    Question.MOVEMENT: Answers(
        "told_first",
        yes=telling.ask_again,
        no=telling.close,
        help_line="help_asking_movement",
        others={
            Intent.ADD_MOVEMENT: telling.add,
            Intent.START_EXERCISE: telling.add,
            Intent.MAKE_ROUTINE: telling.make,
            Intent.SET_DOSE: telling.set_dose,
            Intent.THAT_IS_ALL: telling.close,
            Intent.DONE: telling.close,
            Intent.FINISH: telling.close,
            Intent.CANCEL: telling.take_out,
        },
        likely=frozenset({Intent.ADD_MOVEMENT, Intent.START_EXERCISE, Intent.THAT_IS_ALL}),
    ),
    Question.KEEP_ROUTINE: Answers(
        "told_keep",
        yes=telling.keep,
        no=telling.drop,
        number=telling.keep_under,
        others={Intent.THAT_IS_ALL: telling.keep, Intent.CANCEL: telling.drop},
        likely=YES_OR_NO | {Intent.NUMBER},
    ),
    Question.DELETE_ROUTINE: Answers(
        "delete_question",
        yes=telling.delete_for_good,
        no=telling.spare,
        others={Intent.CANCEL: telling.spare},
    ),
}

OF_INTRODUCTION = frozenset(
    {Question.WELCOME, Question.LOUDNESS, Question.TRYING, Question.BEGINNING}
)
SILENCES = 2
"""After so many silences in a row a question that is asked twice is dropped."""


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
        drop(c, _heard)
    else:
        ask(c, Question.FINISH)


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


def first_an_answer(handler: Handler) -> Handler:
    """A handler that lets the open question take a command before it does what `handler` does."""

    def answer_or(c: Coaching, heard: Heard) -> None:
        c.silences = 0
        answers = _open(c)
        if answers.takes is None or not answers.takes(c, heard):
            answers.others.get(heard.intent, handler)(c, heard)

    answer_or.__name__ = f"answer_or_{handler.__name__}"
    return answer_or


def skip_introduction(c: Coaching, heard: Heard) -> None:
    """End the first session, where one of its questions is open."""
    if c.session.question in OF_INTRODUCTION:
        introduction.decline(c, heard)
    else:
        help_asking(c, heard)


def lapse(c: Coaching) -> None:
    """A question was left open: ask it once more where that helps, else drop it."""
    s = c.session
    if not _open(c).is_asked_twice:
        s.lapse()
        return
    c.silences += 1
    if c.silences < SILENCES and s.question is not None:
        c.ask(s.question, s.asked)
    else:
        c.silences = 0
        s.dismiss()
        s.say(s.prompts.say("another_time"))
