"""Habits between the sessions: reminders spoken at their time, and when not.

How they are asked for is in reminding.py.

A reminder waits while a session runs, while something is being said, while the person wants none,
and in the quiet hours. What fell due meanwhile is told in one line: those by an interval or of
every day only where they still make sense, those for once in any case.
"""

from collections.abc import Iterable

from assistant.coach.actions import Tone
from assistant.coach.commands import Coaching
from assistant.coach.intents import Habit
from assistant.coach.phases import ACTIVE, INACTIVE
from assistant.coach.profile import WallClock
from assistant.coach.prompts import Parts, Prompts
from assistant.coach.reminders import (
    CLOCK_KNOWN_FROM_UTC_S,
    Reminder,
    ReminderEnded,
    RemindersSpoken,
    after_jump,
    as_fact,
    following,
)

AFTER_SESSION_S = 20.0
"""Peace after a session before a reminder is spoken, seconds."""
STALE_S = 3600.0
"""Later than this a reminder is no longer news. Ours."""
TOGETHER_S = 60.0
"""What is due so soon after another is told with it, seconds."""
CHIME_S = 0.4
"""From the tone that goes before a reminder to its words, seconds: it comes out of silence."""
RETRY_S = 1.0
"""How often a reminder is tried again that something sounding keeps back."""
EARLY_S = 0.01
"""A deadline is met to the rounding of two clocks, seconds."""
HINTED = 2
"""So many reminders tell how to put them off."""
VARIANTS = 3
"""Lines of each habit in lines.yaml: reminder_walk_1 and so on."""
BY_TURNS = (Habit.MOVE, Habit.WALK, Habit.AWARE, Habit.STRETCH)
"""What a reminder is about that named nothing. Sleep and exercise are asked for."""


# Time ------------------------------------------------------------------------------------------


def utc_s(c: Coaching) -> float:
    """The time of day, seconds since 1970, UTC; where nobody told it, the machine started then."""
    return c.session.now if c.now_utc_s is None else c.now_utc_s


def quiet_until(c: Coaching, at_utc_s: float) -> float | None:
    """When quiet hours are over that hold at a time; None where none hold, or nobody knows."""
    if c.almanac is None or at_utc_s < CLOCK_KNOWN_FROM_UTC_S:
        return None
    return c.almanac.quiet_until(at_utc_s)


def _allowed_from(c: Coaching, at_utc_s: float) -> float:
    """From when on, at or after a time, a reminder may be spoken; infinity where nobody knows."""
    wanted = max(at_utc_s, c.profile.reminders.quiet_until_utc_s)
    if wanted == float("inf"):
        return wanted
    return quiet_until(c, wanted) or wanted


def deadline(c: Coaching) -> float | None:
    """Monotonic time at which the next reminder is to be spoken, where no session runs."""
    standing = c.profile.reminders.standing
    if not standing or c.session.phase not in INACTIVE:
        return None
    due = _allowed_from(c, max(utc_s(c), min(x.due_utc_s for x in standing)))
    if due == float("inf"):
        return None
    clock = c.clock or WallClock(0.0, 0.0)
    at = max(clock.at_s + due - clock.at_utc_s, c.free_since_s + AFTER_SESSION_S)
    return at if at > c.session.now + EARLY_S else c.session.now + RETRY_S


def clock_set(c: Coaching, was_utc_s: float) -> None:
    """The wall clock was set: keep to what was meant. `was_utc_s` is what it would have shown."""
    now = utc_s(c)
    for reminder in c.profile.reminders.standing:
        moved = after_jump(reminder, now, now - was_utc_s, c.almanac)
        if moved != reminder:
            c.session.record(as_fact(moved, c.session.now))


# Speaking --------------------------------------------------------------------------------------


def remind(c: Coaching) -> None:
    """Speak what is due, where that may be."""
    s = c.session
    now = utc_s(c)
    soon = [x for x in c.profile.reminders.standing if x.due_utc_s <= now + TOGETHER_S]
    is_time = any(x.due_utc_s <= now + EARLY_S for x in soon)
    if not is_time or s.phase in ACTIVE or now + EARLY_S < _allowed_from(c, now):
        return
    if s.now < c.free_since_s + AFTER_SESSION_S:
        return
    told = [x for x in soon if _is_news(x, now)]
    parts = _words(c, told, now)
    if parts and not s.is_free(parts):
        return
    if parts:
        s.record(RemindersSpoken(s.now, tuple(x.number for x in told)))
        s.play(Tone.LISTENING)
        s.say(parts, s.now + CHIME_S)
        s.last_said = parts
        c.reminded_at_s = s.now
    for reminder in soon:
        _move_on(c, reminder, now)


def _is_news(reminder: Reminder, now_utc_s: float) -> bool:
    """Whether it is still worth telling: one for once always is, or it would be lost."""
    late_s = now_utc_s - reminder.due_utc_s
    if reminder.every_s is not None:
        return late_s <= min(STALE_S, reminder.every_s / 2)
    return reminder.is_once or late_s <= STALE_S


def _move_on(c: Coaching, reminder: Reminder, now_utc_s: float) -> None:
    after = following(reminder, now_utc_s, c.almanac)
    if after is not None:
        c.session.record(as_fact(after, c.session.now))
    elif reminder.is_once:
        c.session.record(ReminderEnded(c.session.now, reminder.number))


def _words(c: Coaching, told: list[Reminder], now_utc_s: float) -> Parts:
    """One line for all that is told; () for nothing."""
    prompts, turn = c.session.prompts, c.profile.reminders.told
    if not told:
        return ()
    habits = dict.fromkeys(x.habit or BY_TURNS[turn % len(BY_TURNS)] for x in told)
    hint = prompts.say("reminder_hint") if turn < HINTED else ()
    if any(now_utc_s - x.due_utc_s > STALE_S for x in told):
        return prompts.say("reminder_missed", habits=_named(prompts, habits))
    if len(habits) > 1:
        return (*prompts.say("reminder_several", habits=_named(prompts, habits)), *hint)
    variant = turn // len(BY_TURNS) % VARIANTS + 1
    return (*prompts.say(f"reminder_{next(iter(habits))}_{variant}"), *hint)


def _named(prompts: Prompts, habits: Iterable[Habit | None]) -> str:
    """Habits joined: "a walk, a stretch and your posture"."""
    texts = prompts.lines.texts
    *most, last = (habit_name(prompts, habit) for habit in habits)
    return f"{', '.join(most)} {texts['list_and']} {last}" if most else last


def habit_name(prompts: Prompts, habit: Habit | None) -> str:
    """A habit in words, as in the middle of a sentence: "a walk"."""
    return prompts.lines.texts[f"habit_{habit or 'any'}"]
