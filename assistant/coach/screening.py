"""What to leave out: asked once, before the first session, and again when the person wants it.

The tags are those of the contraindications in the library's files, and conditions with which a
doctor or midwife should be asked first. Each question has a line, `screen_TAG`, answered by yes or
no; the answers are facts of the profile, and routines are suited to them (suiting.py).
"""

from collections.abc import Callable
from dataclasses import replace

from assistant.coach.actions import ScreeningAnswered
from assistant.coach.commands import Coaching, Handler
from assistant.coach.events import Heard
from assistant.coach.intents import Intent
from assistant.coach.phases import Question
from assistant.coach.profile import Profile
from assistant.coach.prompts import Parts
from assistant.coach.talks import ScreeningTalk

ASK_FIRST = ("pregnancy", "surgery", "osteoporosis", "cancer", "steroids")
"""With these a doctor or midwife should be asked before exercising."""
OF_MOVEMENTS = ("knee_trouble", "ankle_trouble", "shoulder_trouble", "flexion")
"""With these some movements are swapped or left out."""
TAGS = (*ASK_FIRST, *OF_MOVEMENTS)
CLEARED = "cleared"
"""Whether somebody was asked first, and agreed."""


def pending(profile: Profile) -> tuple[str, ...]:
    """What is still to be asked; whether somebody was asked first, until they were."""
    tags = [tag for tag in TAGS if tag not in profile.screened]
    if profile.contraindications & set(ASK_FIRST) and CLEARED not in profile.contraindications:
        tags.append(CLEARED)
    return tuple(tags)


def start(c: Coaching, _heard: Heard) -> None:
    """Ask everything anew."""
    begin(c, TAGS)


def first(then: Handler) -> Handler:
    """A handler that asks what is still to be asked before it does what `then` does."""

    def ask_first(c: Coaching, heard: Heard) -> None:
        tags = pending(c.profile) if c.welcomes else ()
        if tags:
            begin(c, tags, go_on=lambda: then(c, heard))
        else:
            then(c, heard)

    ask_first.__name__ = f"screened_{then.__name__}"
    return ask_first


def begin(c: Coaching, tags: tuple[str, ...], go_on: Callable[[], None] | None = None) -> None:
    """Ask about these, then go on with what they stand before."""
    c.screening = ScreeningTalk(tags, go_on)
    _ask(c, c.session.prompts.say("screen_intro"))


def _ask(c: Coaching, before: Parts = ()) -> None:
    line = c.session.prompts.say(f"screen_{c.screening.tags[0]}")
    c.ask(Question.SCREENING, (*before, *line))


def applies(c: Coaching, _heard: Heard) -> None:
    """Yes."""
    _answer(c, is_so=True)


def applies_not(c: Coaching, _heard: Heard) -> None:
    """No."""
    _answer(c, is_so=False)


def _answer(c: Coaching, *, is_so: bool) -> None:
    tag, *others = c.screening.tags
    c.note(ScreeningAnswered(c.session.now, tag, is_so))
    if tag == CLEARED and not is_so:
        # What these questions stand before shall not begin, until somebody was asked.
        c.session.dismiss()
        c.session.say(c.session.prompts.say("screen_ask_first"))
        return
    if is_so and tag in ASK_FIRST and CLEARED not in others:
        others.append(CLEARED)
    c.screening = replace(c.screening, tags=tuple(others))
    if others:
        _ask(c)
    else:
        _end(c)


def answers(c: Coaching, heard: Heard) -> bool:
    """ "skip" leaves the rest for another time."""
    if heard.intent not in (Intent.NEXT, Intent.SKIP_INTRODUCTION):
        return False
    _end(c)
    return True


def _end(c: Coaching) -> None:
    go_on = c.screening.go_on
    c.session.dismiss()
    if go_on is not None:
        go_on()
    else:
        c.session.say(c.session.prompts.say("screen_thanks"))
