"""Sessions adapted to the day: the same as last time, or of a length."""

from assistant.coach.commands import Coaching, begin_routine
from assistant.coach.composing import compose
from assistant.coach.events import Heard
from assistant.coach.levels import routine_of

COMPOSED = "minutes_"
"""How the id of a composed session begins; its length in minutes follows."""
USUAL_S = 600
"""How long a session is where no length was understood, seconds."""


def start_like_last(c: Coaching, _heard: Heard) -> None:
    """Start what was done last; a session of a length is composed anew, of the same length."""
    for past in reversed(c.profile.sessions):
        id_ = past.routine
        if id_ in c.library.routines:
            begin_routine(c, c.library.routines[id_])
            return
        if id_ in c.library.exercises:
            begin_routine(c, routine_of(c.library.exercises[id_]))
            return
        minutes = id_.removeprefix(COMPOSED)
        if minutes != id_ and minutes.isdecimal():
            _start_of_minutes(c, int(minutes))
            return
    _ask_which(c, "no_session_yet")


def start_length(c: Coaching, heard: Heard) -> None:
    """Start a session of the length that was named."""
    _start_of_minutes(c, round((heard.slots.seconds or USUAL_S) / 60))


def _start_of_minutes(c: Coaching, minutes: int) -> None:
    length_s = minutes * 60.0
    name = c.session.prompts.lines.texts["composed_name"]
    avoid = c.profile.progress.blocked(c.utc_s)
    id_ = f"{COMPOSED}{minutes}"
    routine = compose(c.library, c.profile, length_s, id_=id_, name=name, avoid=avoid)
    if routine is None:
        _ask_which(c, "too_short")
    else:
        begin_routine(c, routine)


def _ask_which(c: Coaching, line: str) -> None:
    names = c.session.prompts.choice(r.name for r in c.library.routines.values())
    c.reply(line, routines=names)
