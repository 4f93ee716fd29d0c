"""The transition table: what each intent does in each phase, and where it may lead.

Read a row as: intent, the phases it applies in, what is done, the phases it may lead to (itself,
always). Every pair of phase and intent has a row: what makes no sense is answered and changes
nothing. docs/states.svg is drawn from this table and from `BY_ITSELF`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.coach import answers as a
from assistant.coach import asking as q
from assistant.coach import commands as c
from assistant.coach import questions as k
from assistant.coach import safety, sides
from assistant.coach.commands import Handler
from assistant.coach.intents import Intent
from assistant.coach.phases import ACTIVE, INACTIVE, Phase

IDLE, EXPLAINING, WAITING, LEAD_IN, HOLD, REP, REST, PAUSED, ASKING, DONE = Phase

ALL = frozenset(Phase)
BEFORE = frozenset({EXPLAINING, WAITING})
MOVING = frozenset({LEAD_IN, HOLD, REP, REST})
SESSION = BEFORE | MOVING
"""A session runs and nothing is paused or asked."""
STILL = SESSION | {PAUSED}
RESUMED = SESSION - {HOLD}
"""Where a session goes on after a pause: a hold is counted into again."""
UNASKED = {PAUSED, *RESUMED}
"""Where it goes on when a question is taken back."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What is done, and the phases that it may lead to besides the one it is in."""

    handler: Handler
    to: frozenset[Phase] = frozenset()


_Row = tuple[Intent, Iterable[Phase], Handler, set[Phase]]
I = Intent  # noqa: E741 - a table is read by column  # fmt: skip

ROWS: tuple[_Row, ...] = (
    (I.WAKE, ALL, c.listen, set()),
    # Session
    (I.START, INACTIVE, c.start_unnamed, set()),
    (I.START, BEFORE, c.ready, {LEAD_IN}),
    (I.START, MOVING, a.acknowledge, set()),
    (I.START, {PAUSED}, c.resume, set(RESUMED)),
    (I.START_ROUTINE, INACTIVE, c.start_routine, {EXPLAINING}),
    (I.START_ROUTINE, STILL, a.answer("already_running"), set()),
    (I.START_EXERCISE, INACTIVE, c.start_exercise, {EXPLAINING}),
    (I.START_EXERCISE, STILL, a.answer("already_running"), set()),
    (I.LIST_ROUTINES, ALL - {ASKING}, a.list_routines, set()),
    (I.READY, INACTIVE, a.answer("nothing_running"), set()),
    (I.READY, BEFORE, c.ready, {LEAD_IN}),
    (I.READY, {LEAD_IN, HOLD, REP}, a.acknowledge, set()),
    (I.READY, {REST}, c.skip_rest, {LEAD_IN, EXPLAINING}),
    (I.READY, {PAUSED}, c.resume, set(RESUMED)),
    (I.NOT_YET, BEFORE, c.not_yet, {WAITING}),
    (I.NOT_YET, {LEAD_IN}, c.not_yet, {WAITING, PAUSED}),
    (I.NOT_YET, {REST}, c.more_rest, set()),
    (I.NOT_YET, {HOLD, REP}, c.pause, {PAUSED}),
    (I.NOT_YET, {PAUSED}, a.acknowledge, set()),
    (I.NOT_YET, INACTIVE, a.answer("nothing_running"), set()),
    (I.PAUSE, SESSION, c.pause, {PAUSED}),
    (I.PAUSE, {ASKING}, c.pause, {PAUSED}),
    (I.PAUSE, {PAUSED}, a.answer("already_paused"), set()),
    (I.PAUSE, INACTIVE, a.answer("nothing_to_pause"), set()),
    (I.RESUME, {PAUSED}, c.resume, set(RESUMED)),
    (I.RESUME, {ASKING}, q.withdraw, UNASKED),
    (I.RESUME, BEFORE, c.ready, {LEAD_IN}),
    (I.RESUME, MOVING, a.acknowledge, set()),
    (I.RESUME, INACTIVE, a.answer("nothing_to_resume"), set()),
    (I.STOP, ACTIVE - {ASKING}, c.stop, {PAUSED}),
    (I.STOP, {ASKING}, c.stop, {PAUSED}),
    (I.STOP, INACTIVE, c.stop, set()),
    (I.FINISH, STILL, q.finish, {ASKING}),
    (I.FINISH, {ASKING}, q.finish, {ASKING}),
    (I.FINISH, INACTIVE, a.answer("nothing_running"), set()),
    # Navigation
    (I.NEXT, STILL, c.next_step, {EXPLAINING, DONE}),
    (I.NEXT, INACTIVE, a.answer("nothing_to_skip"), set()),
    (I.PREVIOUS, STILL, c.previous, {EXPLAINING}),
    (I.PREVIOUS, INACTIVE, a.answer("nothing_running"), set()),
    (I.RESTART, STILL, c.restart, {WAITING}),
    (I.RESTART, INACTIVE, a.answer("nothing_running"), set()),
    (I.REDO_SIDE, STILL, c.redo_side, {LEAD_IN}),
    (I.REDO_SIDE, INACTIVE, a.answer("nothing_running"), set()),
    (I.SKIP_REST, {REST}, c.skip_rest, {LEAD_IN, EXPLAINING}),
    (I.SKIP_REST, ALL - {REST, ASKING}, a.answer("not_resting"), set()),
    (I.MORE_REST, {REST}, c.more_rest, set()),
    (I.MORE_REST, BEFORE, c.not_yet, {WAITING}),
    (I.MORE_REST, {LEAD_IN}, c.not_yet, {WAITING, PAUSED}),
    (I.MORE_REST, {PAUSED}, a.answer("already_paused"), set()),
    (I.MORE_REST, {HOLD, REP} | INACTIVE, a.answer("not_resting"), set()),
    (I.DONE, {REP, HOLD}, c.done, {REST, DONE}),
    (I.DONE, ALL - {REP, HOLD, ASKING}, a.answer("nothing_to_count"), set()),
    # Cues and questions
    (I.REPEAT, ALL - {ASKING}, a.repeat, set()),
    (I.REPEAT, {ASKING}, q.repeat_question, set()),
    (I.HOW_TO, STILL, a.how_to, set()),
    (I.HOW_TO, INACTIVE, a.answer("nothing_running"), set()),
    (I.TIME_LEFT, STILL, a.time_left, set()),
    (I.TIME_LEFT, INACTIVE, a.answer("nothing_running"), set()),
    (I.SESSION_LEFT, STILL, a.session_left, set()),
    (I.SESSION_LEFT, INACTIVE, a.answer("nothing_running"), set()),
    (I.REPS_LEFT, STILL, a.reps_left, set()),
    (I.REPS_LEFT, INACTIVE, a.answer("nothing_running"), set()),
    (I.WHICH_SET, STILL, a.which_set, set()),
    (I.WHICH_SET, INACTIVE, a.answer("nothing_running"), set()),
    (I.WHICH_SIDE, STILL, a.which_side, set()),
    (I.WHICH_SIDE, INACTIVE, a.answer("nothing_running"), set()),
    (I.WHICH_EXERCISE, STILL, a.which_exercise, set()),
    (I.WHICH_EXERCISE, INACTIVE, a.answer("nothing_running"), set()),
    (I.WHATS_NEXT, STILL, a.whats_next, set()),
    (I.WHATS_NEXT, INACTIVE, a.answer("nothing_running"), set()),
    # Negotiation
    (I.HOLD_LONGER, STILL, c.hold_longer, set()),
    (I.HOLD_LONGER, INACTIVE, a.answer("no_hold"), set()),
    (I.HOLD_SHORTER, {HOLD}, c.hold_shorter, {REST, DONE}),
    (I.HOLD_SHORTER, STILL - {HOLD}, c.hold_shorter, set()),
    (I.HOLD_SHORTER, INACTIVE, a.answer("no_hold"), set()),
    (I.RELEASE, {HOLD, REP}, c.release, {REST, DONE}),
    (I.RELEASE, ALL - {HOLD, REP, ASKING}, a.answer("nothing_to_release"), set()),
    (I.SWITCH_SIDES, STILL, sides.switch_sides, {WAITING, LEAD_IN}),
    (I.SWITCH_SIDES, INACTIVE, a.answer("nothing_running"), set()),
    (I.CHOOSE_SIDE, STILL, sides.choose_side, {WAITING, LEAD_IN}),
    (I.CHOOSE_SIDE, INACTIVE, a.answer("nothing_running"), set()),
    (I.ONLY_SIDE, STILL, sides.only_side, {WAITING, LEAD_IN}),
    (I.ONLY_SIDE, INACTIVE, a.answer("nothing_running"), set()),
    # Volume, pace and talk
    (I.LOUDER, ALL, a.louder, set()),
    (I.QUIETER, ALL, a.quieter, set()),
    (I.MUTE, ALL, a.mute, set()),
    (I.UNMUTE, ALL, a.unmute, set()),
    (I.SLOWER, ALL - {ASKING}, a.slower, set()),
    (I.FASTER, ALL - {ASKING}, a.faster, set()),
    (I.TALK_SLOWER, ALL, a.talk_slower, set()),
    (I.TALK_FASTER, ALL, a.talk_faster, set()),
    (I.LESS_TALKING, ALL - {ASKING}, a.less_talking, set()),
    (I.MORE_TALKING, ALL - {ASKING}, a.more_talking, set()),
    # Answers and help
    (I.YES, {ASKING}, q.yes, {DONE}),
    (I.YES, BEFORE, k.check_passed(c.ready), {LEAD_IN}),
    (I.YES, MOVING | {PAUSED} | INACTIVE, k.check_passed(a.answer("nothing_asked")), set()),
    (I.NO, {ASKING}, q.no, UNASKED),
    (I.NO, BEFORE, k.check_failed(c.not_yet), {WAITING}),
    (I.NO, MOVING | {PAUSED} | INACTIVE, k.check_failed(a.answer("nothing_asked")), set()),
    (I.CANCEL, {ASKING}, q.withdraw, UNASKED),
    (I.CANCEL, ALL - {ASKING}, a.answer("nothing_to_cancel"), set()),
    (I.NUMBER, {ASKING}, q.number, {WAITING, EXPLAINING, DONE}),
    (I.NUMBER, ALL - {ASKING}, a.answer("number_unasked"), set()),
    (I.HELP, INACTIVE, a.answer("help_idle"), set()),
    (I.HELP, BEFORE, a.answer("help_waiting"), set()),
    (I.HELP, MOVING, a.answer("help_moving"), set()),
    (I.HELP, {PAUSED}, a.answer("help_paused"), set()),
    (I.HELP, {ASKING}, q.help_asking, set()),
    (I.PAIN, SESSION | {PAUSED}, safety.pain, {ASKING}),
    (I.PAIN, {ASKING}, safety.pain, {ASKING}),
    (I.PAIN, INACTIVE, a.answer("pain_idle"), set()),
    (I.EMERGENCY, ACTIVE - {ASKING}, safety.emergency, {PAUSED}),
    (I.EMERGENCY, {ASKING}, safety.emergency, {PAUSED}),
    (I.EMERGENCY, INACTIVE, safety.emergency, set()),
    # Questions about the movement, and about backs
    (I.WHY, STILL, k.why, set()),
    (I.WHY, INACTIVE, k.ask_topic("importance"), set()),
    (I.MUSCLES, STILL, k.muscles, set()),
    (I.MUSCLES, INACTIVE, k.ask_topic("muscles"), set()),
    (I.FEEL_WHERE, STILL, k.feel_where, set()),
    (I.FEEL_WHERE, INACTIVE, a.answer("nothing_running"), set()),
    (I.CHECK_FORM, STILL, k.check_form, set()),
    (I.CHECK_FORM, INACTIVE, a.answer("nothing_running"), set()),
    (I.FOR_ME, STILL, k.for_me, set()),
    (I.FOR_ME, INACTIVE, a.answer("nothing_running"), set()),
    (I.ASK_TOPIC, ALL - {ASKING}, k.asked_topic, set()),
    (I.TIP, ALL - {ASKING}, k.tip, set()),
    (I.TELL_MORE, ALL - {ASKING}, k.tell_more, set()),
)  # fmt: skip

BY_ITSELF: tuple[tuple[Phase, str, Phase], ...] = (
    (EXPLAINING, "cue said", WAITING),
    (LEAD_IN, "start tone", HOLD),
    (LEAD_IN, "start tone", REP),
    (HOLD, "end tone", REST),
    (HOLD, "last end tone", DONE),
    (REP, "end tone", REST),
    (REP, "last end tone", DONE),
    (REST, "start tone", HOLD),
    (REST, "start tone", REP),
    (REST, "next movement", EXPLAINING),
    (ASKING, "no answer", PAUSED),
)
"""What happens with no command: from, why, to."""


def _table() -> dict[tuple[Phase, Intent], Transition]:
    table: dict[tuple[Phase, Intent], Transition] = {}
    for intent, phases, handler, to in ROWS:
        for phase in phases:
            if (phase, intent) in table:
                raise ValueError(f"two rows for {intent} in {phase}")
            table[phase, intent] = Transition(handler, frozenset(to))
    for intent in Intent:
        # While a question is open, whatever is no answer to it is told what is.
        table.setdefault((ASKING, intent), Transition(q.help_asking))
    return table


TABLE = _table()
