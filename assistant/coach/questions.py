"""Questions that a person asks: about the movement under way, and about backs.

An answer is a list of sentences: two are said, "tell me more" brings the next two. In the middle of
a hold it is one short line, or, where there is none or no room for it, it waits for the hold's end.
"""

from dataclasses import replace

from assistant.coach.actions import TipTold
from assistant.coach.commands import Coaching, Handler
from assistant.coach.conversation import CHECK_OPEN_S
from assistant.coach.events import Heard
from assistant.coach.owing import Answer
from assistant.coach.phases import Phase
from assistant.coach.prompts import Parts
from assistant.library.knowledge import PAGE_SENTENCES, Tip, sentences
from assistant.library.models import Exercise

HOLD_WORDS = 7
"""Words that may be said at once in the middle of a hold: more distracts from it."""


def _tell(c: Coaching, answer: Parts, *, short: Parts = (), about: Exercise | None = None) -> None:
    """Answer. `short` stands for the answer in a hold; `about` is the movement that it means
    nothing without."""
    s, talk = c.session, c.conversation
    page, rest = answer[:PAGE_SENTENCES], answer[PAGE_SENTENCES:]
    if s.phase in (Phase.HOLD, Phase.REP) and s.ends_at is not None:
        said, after = short, answer[1:] if short == answer[:1] else answer
    else:
        said, after = page, rest
    is_said = bool(said) and s.has_room(said)
    talk.answered(after if is_said else rest, about.id if about else None)
    if is_said:
        s.reply(said)
        s.last_said = said
    else:
        said = page
        s.owe(Answer(page, short, is_of_movement=about is not None))
    if said[-1].endswith("?"):
        asked_at = s.now if is_said or s.ends_at is None else s.ends_at
        talk.check_until_s = asked_at + s.prompts.length_s(said) + CHECK_OPEN_S


def _brief(text: str) -> Parts:
    """A sentence as a prompt, where it is short enough for a hold; else ()."""
    return (text,) if len(text.split()) <= HOLD_WORDS else ()


# The movement under way -----------------------------------------------------------------------


def why(c: Coaching, _heard: Heard) -> None:
    """What the movement is good for."""
    exercise = c.session.step.exercise
    answer = sentences(exercise.why)
    _tell(c, answer, short=_brief(answer[0]), about=exercise)


def muscles(c: Coaching, _heard: Heard) -> None:
    """Which muscles it works."""
    exercise, prompts = c.session.step.exercise, c.session.prompts
    answer = prompts.say("muscles_are", muscles=prompts.all_of(exercise.muscles))
    short = prompts.say("muscles_short", muscle=exercise.muscles[0])
    _tell(c, answer, short=short, about=exercise)


def feel_where(c: Coaching, _heard: Heard) -> None:
    """Where it should be felt."""
    exercise, prompts = c.session.step.exercise, c.session.prompts
    in_muscles = prompts.say("feel_in", muscles=prompts.all_of(exercise.muscles))
    answer = sentences(exercise.feel) if exercise.feel else in_muscles
    short = _brief(answer[0]) or prompts.say("muscles_short", muscle=exercise.muscles[0])
    _tell(c, answer, short=short, about=exercise)


def check_form(c: Coaching, _heard: Heard) -> None:
    """Say that nobody looks, and ask what the person can tell; the two checks take turns."""
    exercise, prompts, talk = c.session.step.exercise, c.session.prompts, c.conversation
    one, other = exercise.self_checks[:: -1 if talk.checks_asked % 2 else 1]
    answer = (*prompts.say("cannot_see"), one, other)
    check = _brief(one) or _brief(other)
    short = (*prompts.say("cannot_see_short"), *check) if check else ()
    talk.checks_asked += 1
    _tell(c, answer, short=short, about=exercise)


def _checked(line: str, otherwise: Handler) -> Handler:
    """A handler that answers with a line where a self-check is open, else does what it would."""

    def take(c: Coaching, heard: Heard) -> None:
        if heard.meant_at > c.conversation.check_until_s or c.session.plan is None:
            otherwise(c, heard)
            return
        c.conversation.check_until_s = float("-inf")
        c.reply(line)

    take.__name__ = f"{line}_or_{getattr(otherwise, '__name__', 'else')}"
    return take


def check_passed(otherwise: Handler) -> Handler:
    """Yes: to the self-check that was asked, else `otherwise`."""
    return _checked("check_yes", otherwise)


def check_failed(otherwise: Handler) -> Handler:
    """No: to the self-check that was asked, else `otherwise`."""
    return _checked("check_no", otherwise)


def for_me(c: Coaching, _heard: Heard) -> None:
    """Say honestly what is known: who had better leave the movement out, and no more."""
    exercise, prompts = c.session.step.exercise, c.session.prompts
    warnings = [s for x in exercise.contraindications for s in sentences(x.say)]
    known = warnings or prompts.say("nothing_against")
    answer = (*prompts.say("cannot_examine"), *known, *prompts.say("if_it_hurts"))
    _tell(c, answer, short=prompts.say("if_it_hurts"), about=exercise)


# Backs ----------------------------------------------------------------------------------------


def ask_topic(topic_id: str) -> Handler:
    """A handler that tells about a topic."""

    def tell_topic(c: Coaching, heard: Heard) -> None:
        asked_topic(c, replace(heard, slots=replace(heard.slots, topic=topic_id)))

    tell_topic.__name__ = f"tell_{topic_id}"
    return tell_topic


def asked_topic(c: Coaching, heard: Heard) -> None:
    """Tell about the topic that was asked for."""
    topic = c.library.knowledge.topic(heard.slots.topic or "")
    if topic is None:
        c.reply("nothing_known")
    else:
        _tell(c, topic.answer, short=(topic.short,))


def tip(c: Coaching, _heard: Heard) -> None:
    """Give a tip; none twice before all were told, over all sessions."""
    fresh = _next_tip(c.library.knowledge.tips, c.profile.tips)
    if fresh is None:
        c.reply("nothing_known")
        return
    _tell(c, fresh.text, short=_brief(fresh.text[0]))
    c.session.record(TipTold(c.session.now, fresh.id))


def _next_tip(tips: tuple[Tip, ...], told: tuple[str, ...]) -> Tip | None:
    """The first tip that was not told; where all were, the one that was told longest ago."""
    fresh = next((tip for tip in tips if tip.id not in told), None)
    if fresh is not None or not tips:
        return fresh
    return min(tips, key=lambda tip: told.index(tip.id))


def tell_more(c: Coaching, heard: Heard) -> None:
    """The next sentences of the last answer; in a session where nothing was asked, why."""
    talk = c.conversation
    here = None if c.session.plan is None else c.session.step.exercise
    if talk.about is not None and (here is None or here.id != talk.about):
        talk.forget()
    if talk.rest:
        about = here if talk.about is not None else None
        _tell(c, talk.rest, short=_brief(talk.rest[0]), about=about)
    elif talk.is_asked:
        c.reply("nothing_more")
    elif here is not None:
        why(c, heard)
    else:
        c.reply("ask_first")
