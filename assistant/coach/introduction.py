"""The first session, by voice alone: what the coach can do, how loud, what to leave out, the safety
line, some commands to try, and into the first routine.

It is offered where nothing is known of the person. Each part is a question where no session runs;
the part reached is a fact, so that the next start goes on from there.
"""

from collections.abc import Callable
from dataclasses import replace

from assistant.coach import answers, screening
from assistant.coach.actions import IntroductionEnded, IntroductionReached, Tone
from assistant.coach.commands import Coaching, begin_routine
from assistant.coach.events import Heard
from assistant.coach.intents import Intent
from assistant.coach.phases import Question
from assistant.coach.prompts import Parts
from assistant.coach.talks import IntroductionTalk
from assistant.library.models import Routine

LOUDNESS, SCREENING, TRYING, BEGINNING = PARTS = ("loudness", "screening", "trying", "beginning")
"""The parts, in order."""

TRIALS = (
    (Intent.READY, "try_ready"),
    (Intent.PAUSE, "try_pause"),
    (Intent.RESUME, "try_resume"),
    (Intent.TIME_LEFT, "try_time_left"),
    (Intent.HOLD_LONGER, "try_longer"),
    (Intent.WHICH_SIDE, "try_side"),
    (Intent.REPEAT, "try_repeat"),
    (Intent.PREVIOUS, "try_back"),
    (Intent.NEXT, "try_next"),
    (Intent.HOW_TO, "try_how_to"),
    (Intent.SWITCH_SIDES, "try_switch"),
    (Intent.EASIER, "try_easier"),
    (Intent.MORE_REST, "try_rest"),
    (Intent.WHATS_NEXT, "try_whats_next"),
    (Intent.HELP, "try_help"),
)
"""Commands to try, each with the line that asks for it. About two minutes."""
MISSES = 2
"""After so many other answers the next command is tried."""
FIRST_ROUTINE = "short"
"""The routine that it leads into; where the library has none of that id, the shortest."""

_ALWAYS = frozenset(
    {
        *(
            Intent.YES,
            Intent.NO,
            Intent.STOP,
            Intent.PAIN,
            Intent.EMERGENCY,
            Intent.FINISH,
            Intent.CANCEL,
            Intent.WAKE,
        ),
        *(Intent.LOUDER, Intent.QUIETER, Intent.MUTE, Intent.UNMUTE, Intent.SAFETY),
        *(Intent.TALK_SLOWER, Intent.TALK_FASTER, Intent.ANOTHER_VOICE, Intent.SKIP_INTRODUCTION),
    }
)
"""What means the same while commands are tried."""


def is_due(c: Coaching) -> bool:
    """Whether to offer it at the start."""
    return c.welcomes and not c.profile.is_introduced


def offer(c: Coaching) -> None:
    """Ask whether to begin it, or to go on with it."""
    prompts = c.session.prompts
    is_new = c.profile.introduction is None
    c.introduction = IntroductionTalk()
    c.ask(
        Question.WELCOME,
        (*prompts.say("hello_new"), *prompts.say("welcome" if is_new else "welcome_back")),
    )


def start(c: Coaching, _heard: Heard) -> None:
    """Begin it, or go on from the part that was reached."""
    reached = c.profile.introduction
    c.introduction = IntroductionTalk()
    _to(c, reached if reached in PARTS else LOUDNESS, is_resumed=reached is not None)


def decline(c: Coaching, _heard: Heard) -> None:
    """No, or enough of it: it is not offered again."""
    c.session.dismiss()
    _end(c, is_completed=False)
    c.reply("introduction_declined")


def _to(c: Coaching, part: str, *, is_resumed: bool = False) -> None:
    prompts = c.session.prompts
    c.note(IntroductionReached(c.session.now, part))
    match part:
        case "loudness":
            about = () if is_resumed else (*prompts.say("about_it"), *prompts.say("about_stop"))
            c.ask(Question.LOUDNESS, (*about, *prompts.say("loud_enough")))
        case "screening":
            tags = screening.pending(c.profile)
            if tags:
                screening.begin(c, tags, go_on=lambda: _to(c, TRYING))
            else:
                _to(c, TRYING)
        case "trying":
            c.introduction = IntroductionTalk()
            _try(c, (*prompts.say("safety_notice"), *prompts.say("try_intro")))
        case _:
            c.ask(Question.BEGINNING, prompts.say("first_routine", routine=_routine(c).name))


# How loud -------------------------------------------------------------------------------------


def is_loud_enough(c: Coaching, _heard: Heard) -> None:
    """On to what is to be left out."""
    _to(c, SCREENING)


def is_too_quiet(c: Coaching, heard: Heard) -> None:
    """Louder, and ask again; at the limit go on."""
    _change_loudness(c, heard, answers.louder)


def answers_loudness(c: Coaching, heard: Heard) -> bool:
    """Take "louder", "quieter" and "skip"."""
    match heard.intent:
        case Intent.LOUDER:
            _change_loudness(c, heard, answers.louder)
        case Intent.QUIETER:
            _change_loudness(c, heard, answers.quieter)
        case Intent.NEXT:
            _to(c, SCREENING)
        case _:
            return False
    return True


def _change_loudness(c: Coaching, heard: Heard, change: Callable[[Coaching, Heard], None]) -> None:
    before = c.gain_db
    change(c, heard)
    if c.gain_db == before:
        _to(c, SCREENING)
    else:
        c.ask(Question.LOUDNESS, c.session.prompts.say("loud_enough_now"))


# Trying commands ------------------------------------------------------------------------------


def _try(c: Coaching, before: Parts = ()) -> None:
    line = c.session.prompts.say(TRIALS[c.introduction.trial][1])
    c.ask(Question.TRYING, (*before, *line))


def answers_trial(c: Coaching, heard: Heard) -> bool:
    """Take whatever is said instead of the command to try, except what always means the same."""
    talk, prompts = c.introduction, c.session.prompts
    wanted = TRIALS[talk.trial][0]
    if heard.intent is wanted:
        c.session.play(Tone.HEARD)
        _next_trial(c, prompts.say("tried"))
    elif heard.intent is Intent.NEXT:
        _to(c, BEGINNING)
    elif heard.intent in _ALWAYS:
        return False
    elif talk.misses + 1 >= MISSES:
        _next_trial(c, prompts.say("try_later"))
    else:
        c.introduction = replace(talk, misses=talk.misses + 1)
        _try(c, prompts.say("try_other"))
    return True


def try_again(c: Coaching, _heard: Heard) -> None:
    """Ask for the command once more."""
    _try(c)


def _next_trial(c: Coaching, before: Parts) -> None:
    trial = c.introduction.trial + 1
    if trial < len(TRIALS):
        c.introduction = IntroductionTalk(trial)
        _try(c, before)
    else:
        _to(c, BEGINNING)


# Into the first routine -----------------------------------------------------------------------


def begin_first(c: Coaching, _heard: Heard) -> None:
    """Yes: the first routine."""
    c.session.dismiss()
    _end(c, is_completed=True)
    begin_routine(c, _routine(c))


def leave(c: Coaching, _heard: Heard) -> None:
    """No: everything was said, and nothing is begun."""
    c.session.dismiss()
    _end(c, is_completed=True)
    c.reply("introduction_over")


def answers_beginning(c: Coaching, heard: Heard) -> bool:
    """ "start" and "ready" are a yes, "skip" is a no."""
    match heard.intent:
        case Intent.START | Intent.READY:
            begin_first(c, heard)
        case Intent.NEXT:
            leave(c, heard)
        case _:
            return False
    return True


def _end(c: Coaching, *, is_completed: bool) -> None:
    c.note(IntroductionEnded(c.session.now, is_completed))


def _routine(c: Coaching) -> Routine:
    routines = c.library.routines
    if FIRST_ROUTINE in routines:
        return routines[FIRST_ROUTINE]
    return min(routines.values(), key=lambda routine: len(routine.steps))
