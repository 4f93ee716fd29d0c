"""Repetitions: counted by the person's word, or paced by a tempo."""

from assistant.coach import answers, forms
from assistant.coach.commands import Coaching
from assistant.coach.events import Heard
from assistant.coach.plan import Kind
from assistant.coach.wishes import Change, at_tempo
from assistant.library.models import Mode

TEMPO_SHARES = (0.65, 0.8, 1.0, 1.25, 1.5, 2.0)
"""Factors on a tempo that "faster" and "slower" step through."""


def done_early(c: Coaching, _heard: Heard) -> None:
    """A repetition was done before its start tone: it counts."""
    s = c.session
    between = s.segment.kind in (Kind.RESET, Kind.SWITCH)
    if between and s.step.dose.mode is Mode.REPS and s.step.dose.work_s is None:
        s.count_next()
    else:
        c.reply("nothing_to_count")


def slower(c: Coaching, heard: Heard) -> None:
    """Slower repetitions, from the next one on, where they are paced; else longer rests."""
    _tempo(c, heard, up=True)


def faster(c: Coaching, heard: Heard) -> None:
    """Faster repetitions, from the next one on, where they are paced; else shorter rests."""
    _tempo(c, heard, up=False)


def _tempo(c: Coaching, heard: Heard, *, up: bool) -> None:
    s = c.session
    if s.plan is None or s.step.dose.tempo is None or s.running.work_ahead(s.index) is None:
        before = s.pace
        (answers.slower if up else answers.faster)(c, heard)
        if s.plan is not None and s.pace != before:
            c.wishes.note_pace(before)
        return
    step = s.step
    beyond = [x for x in TEMPO_SHARES if (x > step.tempo_share if up else x < step.tempo_share)]
    if not beyond:
        c.reply("pace_limit")
        return
    share = min(beyond) if up else max(beyond)
    change = Change.SLOWER if up else Change.FASTER
    c.wishes.note(step, change, {"tempo_share": share})
    forms.go_on_as(c, at_tempo(step, share), s.prompts.say(f"{change}_reps"))
