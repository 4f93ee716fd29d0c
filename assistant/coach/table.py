"""The transition table: what each intent does in each phase, and where it may lead.

Read a row as: intent, the phases it applies in, what is done, the phases it may lead to (itself,
always). Every pair of phase and intent has a row: what makes no sense is answered and changes
nothing. docs/states.svg is drawn from this table and from `BY_ITSELF`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.coach import answers as a
from assistant.coach import asking as q
from assistant.coach import breathing as b
from assistant.coach import commands as c
from assistant.coach import (
    forms,
    introduction,
    reps,
    resuming,
    safety,
    screening,
    sides,
    talking,
    tally,
    telling,
    today,
)
from assistant.coach import questions as k
from assistant.coach import reminding as r
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
UNASKED = {PAUSED, *RESUMED, *INACTIVE}
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
    (I.START_ROUTINE, INACTIVE, screening.first(c.start_routine), {EXPLAINING, ASKING}),
    (I.START_ROUTINE, STILL, a.Refusal("already_running"), set()),
    (I.START_ROUTINE, {ASKING}, q.help_asking, {EXPLAINING, ASKING, IDLE}),
    (I.START_EXERCISE, INACTIVE, screening.first(c.start_exercise), {EXPLAINING, ASKING}),
    (I.START_EXERCISE, STILL, a.Refusal("already_running"), set()),
    (I.LIST_ROUTINES, ALL - {ASKING}, a.list_routines, set()),
    (I.READY, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.READY, BEFORE, c.ready, {LEAD_IN}),
    (I.READY, {LEAD_IN, HOLD, REP}, a.acknowledge, set()),
    (I.READY, {REST}, c.skip_rest, {LEAD_IN, EXPLAINING}),
    (I.READY, {PAUSED}, c.resume, set(RESUMED)),
    (I.NOT_YET, BEFORE, c.not_yet, {WAITING}),
    (I.NOT_YET, {LEAD_IN}, c.not_yet, {WAITING, PAUSED}),
    (I.NOT_YET, {REST}, c.more_rest, set()),
    (I.NOT_YET, {HOLD, REP}, c.pause, {PAUSED}),
    (I.NOT_YET, {PAUSED}, a.acknowledge, set()),
    (I.NOT_YET, INACTIVE, r.not_now, set()),
    (I.PAUSE, SESSION, c.pause, {PAUSED}),
    (I.PAUSE, {ASKING}, q.pause, {PAUSED} | INACTIVE),
    (I.PAUSE, {PAUSED}, a.Refusal("already_paused"), set()),
    (I.PAUSE, INACTIVE, a.Refusal("nothing_to_pause"), set()),
    (I.RESUME, {PAUSED}, c.resume, set(RESUMED)),
    (I.RESUME, {ASKING}, q.withdraw, {*UNASKED, DONE}),
    (I.RESUME, BEFORE, c.ready, {LEAD_IN}),
    (I.RESUME, MOVING, a.acknowledge, set()),
    (I.RESUME, INACTIVE, resuming.resume, {EXPLAINING, WAITING}),
    (I.STOP, ACTIVE - {ASKING}, c.stop, {PAUSED}),
    (I.STOP, {ASKING}, c.stop, {PAUSED} | INACTIVE),
    (I.STOP, INACTIVE, c.stop, set()),
    (I.FINISH, STILL, q.finish, {ASKING}),
    (I.FINISH, {ASKING}, q.finish, {ASKING} | INACTIVE),
    (I.FINISH, INACTIVE, a.Refusal("nothing_running"), set()),
    # Navigation
    (I.NEXT, STILL, c.next_step, {EXPLAINING, DONE}),
    (I.NEXT, INACTIVE, a.Refusal("nothing_to_skip"), set()),
    (I.PREVIOUS, STILL, c.previous, {EXPLAINING}),
    (I.PREVIOUS, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.RESTART, STILL, c.restart, {WAITING}),
    (I.RESTART, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.REDO_SIDE, STILL, sides.redo_side, {LEAD_IN}),
    (I.REDO_SIDE, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.SKIP_REST, {REST}, c.skip_rest, {LEAD_IN, EXPLAINING}),
    (I.SKIP_REST, ALL - {REST, ASKING}, a.Refusal("not_resting"), set()),
    (I.MORE_REST, {REST}, c.more_rest, set()),
    (I.MORE_REST, BEFORE, c.not_yet, {WAITING}),
    (I.MORE_REST, {LEAD_IN}, c.not_yet, {WAITING, PAUSED}),
    (I.MORE_REST, {PAUSED}, a.Refusal("already_paused"), set()),
    (I.MORE_REST, {HOLD, REP}, c.more_rest, set()),
    (I.MORE_REST, INACTIVE, a.Refusal("not_resting"), set()),
    (I.DONE, {REP, HOLD}, c.done, {REST, DONE}),
    (I.DONE, {REST}, reps.done_early, {DONE}),
    (I.DONE, ALL - {REP, HOLD, REST, ASKING}, a.Refusal("nothing_to_count"), set()),
    # Cues and questions
    (I.REPEAT, ALL - {ASKING}, a.repeat, set()),
    (I.REPEAT, {ASKING}, q.repeat_question, set()),
    (I.HOW_TO, STILL, a.how_to, set()),
    (I.HOW_TO, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.TIME_LEFT, STILL, a.time_left, set()),
    (I.TIME_LEFT, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.SESSION_LEFT, STILL, a.session_left, set()),
    (I.SESSION_LEFT, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.REPS_LEFT, STILL, a.reps_left, set()),
    (I.REPS_LEFT, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.WHICH_SET, STILL, a.which_set, set()),
    (I.WHICH_SET, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.WHICH_SIDE, STILL, a.which_side, set()),
    (I.WHICH_SIDE, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.WHICH_EXERCISE, STILL, a.which_exercise, set()),
    (I.WHICH_EXERCISE, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.WHATS_NEXT, STILL, a.whats_next, set()),
    (I.WHATS_NEXT, INACTIVE, a.Refusal("nothing_running"), set()),
    # Negotiation
    (I.HOLD_LONGER, STILL, b.hold_longer, set()),
    (I.HOLD_LONGER, INACTIVE, a.Refusal("no_hold"), set()),
    (I.HOLD_SHORTER, {HOLD}, b.hold_shorter, {REST, DONE}),
    (I.HOLD_SHORTER, STILL - {HOLD}, b.hold_shorter, set()),
    (I.HOLD_SHORTER, INACTIVE, a.Refusal("no_hold"), set()),
    (I.RELEASE, {HOLD, REP}, c.release, {REST, DONE}),
    (I.RELEASE, ALL - {HOLD, REP, ASKING}, a.Refusal("nothing_to_release"), set()),
    (I.SWITCH_SIDES, STILL, sides.switch_sides, {WAITING, LEAD_IN}),
    (I.SWITCH_SIDES, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.CHOOSE_SIDE, STILL, sides.choose_side, {WAITING, LEAD_IN}),
    (I.CHOOSE_SIDE, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.ONLY_SIDE, STILL, sides.only_side, {WAITING, LEAD_IN}),
    (I.ONLY_SIDE, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.EASIER, {HOLD}, forms.easier, {EXPLAINING, REST, DONE}),
    (I.EASIER, STILL - {HOLD}, forms.easier, {EXPLAINING}),
    (I.EASIER, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.HARDER, STILL, forms.harder, {EXPLAINING}),
    (I.HARDER, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.ON_KNEES, {HOLD}, forms.on_knees, {EXPLAINING, REST, DONE}),
    (I.ON_KNEES, STILL - {HOLD}, forms.on_knees, {EXPLAINING}),
    (I.ON_KNEES, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.SWAP, STILL, forms.swap, {EXPLAINING}),
    (I.SWAP, INACTIVE, a.Refusal("nothing_running"), set()),
    # Volume, pace and talk
    (I.LOUDER, ALL, a.louder, set()),
    (I.QUIETER, ALL, a.quieter, set()),
    (I.MUTE, ALL, a.mute, set()),
    (I.UNMUTE, ALL, r.unmute, set()),
    (I.SLOWER, ALL - {ASKING}, reps.slower, set()),
    (I.FASTER, ALL - {ASKING}, reps.faster, set()),
    (I.TALK_SLOWER, ALL, a.talk_slower, set()),
    (I.TALK_FASTER, ALL, a.talk_faster, set()),
    (I.ANOTHER_VOICE, ALL, a.another_voice, set()),
    (I.LESS_TALKING, ALL - {ASKING}, a.less_talking, set()),
    (I.MORE_TALKING, STILL, talking.more_detail, set()),
    (I.MORE_TALKING, INACTIVE, a.more_talking, set()),
    (I.JUST_BEEPS, ALL - {ASKING}, talking.just_beeps, set()),
    (I.TALK_NORMALLY, ALL - {ASKING}, talking.talk_normally, set()),
    # Answers and help
    (I.YES, {ASKING}, q.yes, {EXPLAINING, WAITING, PAUSED} | INACTIVE),
    (I.YES, BEFORE, k.check_passed(c.ready), {LEAD_IN}),
    (I.YES, MOVING | {PAUSED}, k.check_passed(a.Refusal("nothing_asked")), set()),
    (I.YES, INACTIVE, r.agreed, set()),
    (I.NO, {ASKING}, q.no, UNASKED),
    (I.NO, BEFORE, k.check_failed(c.not_yet), {WAITING}),
    (I.NO, MOVING | {PAUSED}, k.check_failed(a.Refusal("nothing_asked")), set()),
    (I.NO, INACTIVE, r.agreed, set()),
    (I.CANCEL, {ASKING}, q.withdraw, UNASKED),
    (I.CANCEL, ALL - {ASKING}, r.cancel, set()),
    (I.NUMBER, {ASKING}, q.number, set(INACTIVE)),
    (I.NUMBER, ALL - {ASKING}, a.Refusal("number_unasked"), set()),
    (I.HELP, INACTIVE, a.answer("help_idle"), set()),
    (I.HELP, BEFORE, a.answer("help_waiting"), set()),
    (I.HELP, MOVING, a.answer("help_moving"), set()),
    (I.HELP, {PAUSED}, a.answer("help_paused"), set()),
    (I.HELP, {ASKING}, q.help_asking, set()),
    (I.PAIN, SESSION | {PAUSED}, safety.pain, {ASKING}),
    (I.PAIN, {ASKING}, safety.pain, {ASKING}),
    (I.PAIN, INACTIVE, safety.pain, {ASKING}),
    (I.EMERGENCY, ACTIVE - {ASKING}, safety.emergency, {PAUSED}),
    (I.EMERGENCY, {ASKING}, safety.emergency, {PAUSED} | INACTIVE),
    (I.EMERGENCY, INACTIVE, safety.emergency, set()),
    # Reminders
    (I.REMIND_EVERY, ALL - {ASKING}, r.remind_every, set()),
    (I.REMIND_IN, ALL - {ASKING}, r.remind_in, set()),
    (I.REMIND_AT, ALL - {ASKING}, r.remind_at, set()),
    (I.REMIND_DAILY, ALL - {ASKING}, r.remind_daily, set()),
    (I.SNOOZE, ALL - {ASKING}, r.snooze, set()),
    (I.LIST_REMINDERS, ALL - {ASKING}, r.list_reminders, set()),
    (I.CANCEL_REMINDERS, ALL - {ASKING}, r.cancel_reminders, set()),
    (I.NO_REMINDERS, ALL - {ASKING}, r.no_reminders, set()),
    (I.REMIND_AGAIN, ALL - {ASKING}, r.remind_again, set()),
    # Adapted to the day, and what was done
    (I.START_LIKE_LAST, INACTIVE, screening.first(today.start_like_last), {EXPLAINING, ASKING}),
    (I.START_LIKE_LAST, STILL, a.Refusal("already_running"), set()),
    (I.START_LENGTH, INACTIVE, screening.first(today.start_length), {EXPLAINING, ASKING}),
    (I.START_LENGTH, STILL, a.Refusal("already_running"), set()),
    (I.HOW_WAS_WEEK, ALL - {ASKING}, tally.week, set()),
    (I.STREAK, ALL - {ASKING}, tally.streak, set()),
    (I.PAIN_TREND, ALL - {ASKING}, tally.pain_trend, set()),
    (I.LONGEST_HOLD, ALL - {ASKING}, tally.longest_hold, set()),
    # Breathing
    (I.BREATHE, INACTIVE, b.start_breathing, {EXPLAINING}),
    (I.BREATHE, STILL, b.breathe_with_me, set()),
    (I.BREATHE_SLOWER, ALL - {ASKING}, b.slower_breaths, set()),
    (I.BREATHE_FASTER, ALL - {ASKING}, b.faster_breaths, set()),
    (I.BREATH_PATTERN, ALL - {ASKING}, b.pattern_by_numbers, set()),
    (I.BREATHING_OFF, STILL, b.breathing_off, set()),
    (I.BREATHING_OFF, INACTIVE, a.Refusal("nothing_running"), set()),
    # A routine of the person's own
    (I.MAKE_ROUTINE, INACTIVE, telling.make, {ASKING}),
    (I.MAKE_ROUTINE, STILL, a.Refusal("already_running"), set()),
    (I.MAKE_ROUTINE, {ASKING}, q.help_asking, {ASKING}),
    (I.ADD_MOVEMENT, {ASKING}, q.help_asking, {ASKING}),
    (I.ADD_MOVEMENT, STILL, a.Refusal("nothing_asked"), set()),
    (I.ADD_MOVEMENT, INACTIVE, a.Refusal("told_unasked"), set()),
    (I.START_EXERCISE, {ASKING}, q.help_asking, {EXPLAINING, ASKING, IDLE}),
    (I.SET_DOSE, {ASKING}, q.help_asking, {ASKING}),
    (I.SET_DOSE, STILL, a.Refusal("nothing_asked"), set()),
    (I.SET_DOSE, INACTIVE, a.Refusal("told_unasked"), set()),
    (I.THAT_IS_ALL, {ASKING}, q.help_asking, {ASKING} | INACTIVE),
    (I.THAT_IS_ALL, STILL, a.Refusal("nothing_asked"), set()),
    (I.THAT_IS_ALL, INACTIVE, a.Refusal("told_unasked"), set()),
    (I.DONE, {ASKING}, q.help_asking, {ASKING} | INACTIVE),
    (I.START_OWN, INACTIVE, screening.first(telling.start_own), {EXPLAINING, ASKING}),
    (I.START_OWN, STILL, a.Refusal("already_running"), set()),
    (I.DELETE_ROUTINE, INACTIVE, telling.delete, {ASKING}),
    (I.DELETE_ROUTINE, STILL, a.Refusal("already_running"), set()),
    # Safety and the first session; answers to their questions
    (I.SAFETY, ALL, safety.notice, set()),
    (I.EASIER, {ASKING}, q.help_asking, {EXPLAINING}),
    (I.NEXT, {ASKING}, q.help_asking, {EXPLAINING, *INACTIVE}),
    (I.READY, {ASKING}, q.help_asking, {WAITING, EXPLAINING}),
    (I.START, {ASKING}, q.help_asking, {WAITING, EXPLAINING}),
    (I.SCREENING, INACTIVE, screening.start, {ASKING}),
    (I.SCREENING, STILL, a.Refusal("after_session"), set()),
    (I.INTRODUCTION, INACTIVE, introduction.start, {ASKING}),
    (I.INTRODUCTION, STILL, a.Refusal("after_session"), set()),
    (I.SKIP_INTRODUCTION, {ASKING}, q.skip_introduction, {EXPLAINING, *INACTIVE}),
    (I.SKIP_INTRODUCTION, ALL - {ASKING}, a.Refusal("nothing_to_skip"), set()),
    # Questions about the movement, and about backs
    (I.WHY, STILL, k.why, set()),
    (I.WHY, INACTIVE, k.ask_topic("importance"), set()),
    (I.MUSCLES, STILL, k.muscles, set()),
    (I.MUSCLES, INACTIVE, k.ask_topic("muscles"), set()),
    (I.FEEL_WHERE, STILL, k.feel_where, set()),
    (I.FEEL_WHERE, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.CHECK_FORM, STILL, k.check_form, set()),
    (I.CHECK_FORM, INACTIVE, a.Refusal("nothing_running"), set()),
    (I.FOR_ME, STILL, k.for_me, set()),
    (I.FOR_ME, INACTIVE, a.Refusal("nothing_running"), set()),
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
    (DONE, "a step is earned", ASKING),
    (ASKING, "no answer", DONE),
    (ASKING, "no answer", IDLE),
    (ASKING, "no answer", DONE),
    (ASKING, "no answer", IDLE),
    (ASKING, "no answer", DONE),
    (DONE, "something to keep", ASKING),
    (ASKING, "no answer", DONE),
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
        row = table.setdefault((ASKING, intent), Transition(q.help_asking))
        table[ASKING, intent] = replace(row, handler=q.first_an_answer(row.handler))
    return table


TABLE = _table()
