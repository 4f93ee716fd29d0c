"""Habits between the sessions: reminders asked for by voice, spoken at their time.

A reminder waits while a session runs, while something is being said, while the person wants none,
and in the quiet hours. What fell due meanwhile is told in one line: those by an interval or of
every day only where they still make sense, those for once in any case.
"""

from collections.abc import Iterable
from dataclasses import replace

from assistant.coach import answers
from assistant.coach.actions import Tone
from assistant.coach.commands import Coaching
from assistant.coach.events import Heard
from assistant.coach.intents import Habit, Half, Slots
from assistant.coach.phases import ACTIVE, INACTIVE
from assistant.coach.profile import WallClock
from assistant.coach.prompts import Parts, Prompts
from assistant.coach.reminders import (
    CLOCK_KNOWN_FROM_UTC_S,
    QuietSet,
    Reminder,
    ReminderEnded,
    RemindersSpoken,
    after_jump,
    as_fact,
    following,
)

MOST_REMINDERS = 10
SNOOZE_MINUTES = 10
"""How long "snooze" is where no time is named."""
SNOOZED_WITHIN_S = 900.0
"""So long after a reminder "snooze" is about it, seconds."""
ANSWERED_WITHIN_S = 60.0
"""So long "okay" and "not now" answer it, seconds."""
UNDONE_WITHIN_S = 30.0
"""So long after a reminder was asked for "cancel that" takes it back, seconds."""
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
LISTED = 4
"""So many are named by "what reminders"; of more their number is said."""
VARIANTS = 3
"""Lines of each habit in lines.yaml: reminder_walk_1 and so on."""
BY_TURNS = (Habit.MOVE, Habit.WALK, Habit.AWARE, Habit.STRETCH)
"""What a reminder is about that named nothing. Sleep and exercise are asked for."""


# Time ------------------------------------------------------------------------------------------


def utc_s(c: Coaching) -> float:
    """The time of day, seconds since 1970, UTC; where nobody told it, the machine started then."""
    return c.session.now if c.now_utc_s is None else c.now_utc_s


def _knows_time(c: Coaching) -> bool:
    return c.almanac is not None and utc_s(c) >= CLOCK_KNOWN_FROM_UTC_S


def _quiet_until(c: Coaching, utc_s: float) -> float | None:
    """When quiet hours are over that hold at a time; None where none hold, or nobody knows."""
    if c.almanac is None or utc_s < CLOCK_KNOWN_FROM_UTC_S:
        return None
    return c.almanac.quiet_until(utc_s)


def _allowed_from(c: Coaching, utc_s: float) -> float:
    """From when on, at or after a time, a reminder may be spoken; infinity where nobody knows."""
    wanted = max(utc_s, c.profile.reminders.quiet_until_utc_s)
    if wanted == float("inf"):
        return wanted
    return _quiet_until(c, wanted) or wanted


def deadline(c: Coaching) -> float | None:
    """Monotonic time at which the next reminder is to be spoken, where no session runs."""
    standing = c.profile.reminders.standing
    if not standing or c.session.phase not in INACTIVE:
        return None
    due = _allowed_from(c, min(x.due_utc_s for x in standing))
    if due == float("inf"):
        return None
    clock = c.clock or WallClock(0.0, 0.0)
    at = max(clock.at_s + due - clock.at_utc_s, c.free_since_s + AFTER_SESSION_S)
    return at if at > c.session.now else c.session.now + RETRY_S


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
    *most, last = (_name(prompts, habit) for habit in habits)
    return f"{', '.join(most)} {texts['list_and']} {last}" if most else last


def _name(prompts: Prompts, habit: Habit | None) -> str:
    return prompts.lines.texts[f"habit_{habit or 'any'}"]


# Asking for them -------------------------------------------------------------------------------


def remind_every(c: Coaching, heard: Heard) -> None:
    """A reminder by an interval."""
    minutes = heard.slots.minutes
    if minutes is None:
        c.reply("reminder_unclear")
        return
    every_s = minutes * 60.0
    reminder = Reminder(0, utc_s(c) + every_s, heard.slots.habit, every_s=every_s)
    line = "reminder_set_hourly" if minutes == 60 else "reminder_set_every"
    _take(c, reminder, line, duration=_span(c.session.prompts, every_s))


def remind_in(c: Coaching, heard: Heard) -> None:
    """A reminder once, after a time."""
    minutes = heard.slots.minutes
    if minutes is None:
        c.reply("reminder_unclear")
        return
    after_s = minutes * 60.0
    reminder = Reminder(0, utc_s(c) + after_s, heard.slots.habit)
    if _quiet_until(c, reminder.due_utc_s) is not None:
        c.reply("reminder_in_quiet")
    else:
        _take(c, reminder, "reminder_set_in", duration=_span(c.session.prompts, after_s))


def remind_at(c: Coaching, heard: Heard) -> None:
    """A reminder once, at a time of day."""
    _remind_at(c, heard.slots, is_daily=False)


def remind_daily(c: Coaching, heard: Heard) -> None:
    """A reminder each day, at a time of day."""
    _remind_at(c, heard.slots, is_daily=True)


def _remind_at(c: Coaching, slots: Slots, *, is_daily: bool) -> None:
    if slots.clock is None:
        c.reply("reminder_unclear")
        return
    if c.almanac is None or not _knows_time(c):
        c.reply("time_unknown")
        return
    halves = Half if slots.half is None else (slots.half,)
    now = utc_s(c)
    times = {
        c.almanac.next_at(minute, now): minute
        for minute in (slots.clock + (720 if half is Half.EVENING else 0) for half in halves)
    }
    # Eight is the next eight o'clock, unless nothing may be said then: then it is the other one.
    due = next((at for at in sorted(times) if _quiet_until(c, at) is None), None)
    if due is None:
        c.reply("reminder_in_quiet")
        return
    minute = times[due]
    reminder = Reminder(0, due, slots.habit, minute=minute, is_daily=is_daily)
    line = "reminder_set_daily" if is_daily else "reminder_set_at"
    _take(c, reminder, line, time=clock_words(c.session.prompts, minute))


def _take(c: Coaching, wanted: Reminder, line: str, **places: str) -> None:
    """Keep a reminder, in the place of one like it, and say so."""
    reminders = c.profile.reminders
    like = next((x for x in reminders.standing if wanted.is_like(x)), None)
    if like is None and len(reminders.standing) >= MOST_REMINDERS:
        c.reply("reminders_full", count=MOST_REMINDERS)
        return
    number = reminders.next_number if like is None else like.number
    c.session.record(as_fact(replace(wanted, number=number), c.session.now))
    c.undoable = (number, c.session.now)
    c.reply(line, **places)


# Putting off, listing, cancelling --------------------------------------------------------------


def snooze(c: Coaching, heard: Heard) -> None:
    """Say the last reminder again, later."""
    reminders, now = c.profile.reminders, utc_s(c)
    if not reminders.last or not 0.0 <= now - reminders.last_utc_s <= SNOOZED_WITHIN_S:
        c.reply("nothing_to_snooze")
        return
    after_s = (heard.slots.minutes or SNOOZE_MINUTES) * 60.0
    if _quiet_until(c, now + after_s) is not None:
        c.reply("reminder_in_quiet")
        return
    c.session.hush()
    for reminder in reminders.last:
        c.session.record(as_fact(replace(reminder, due_utc_s=now + after_s), c.session.now))
    c.reply("reminder_snoozed", duration=_span(c.session.prompts, after_s))


def list_reminders(c: Coaching, _heard: Heard) -> None:
    """Say which there are, and when the next one comes."""
    prompts, reminders = c.session.prompts, c.profile.reminders
    is_quiet = reminders.quiet_until_utc_s > utc_s(c)
    parts = prompts.say("reminders_quiet") if is_quiet else ()
    if not reminders.standing:
        c.session.reply((*prompts.say("reminders_none"), *parts))
        return
    soonest = sorted(reminders.standing, key=lambda x: x.due_utc_s)
    items = tuple(part for x in soonest[:LISTED] for part in _item(c, x))
    more = len(soonest) - LISTED
    left = prompts.say("reminders_more", count=more) if more > 0 else ()
    in_s = soonest[0].due_utc_s - utc_s(c)
    is_told = soonest[0].every_s is None
    coming = () if is_told else prompts.say("reminder_next", duration=_span(prompts, in_s))
    c.session.reply((*items, *left, *coming, *parts))


def _item(c: Coaching, reminder: Reminder) -> Parts:
    prompts = c.session.prompts
    habit = _name(prompts, reminder.habit)
    if reminder.every_s is not None:
        line = "reminder_item_hourly" if reminder.every_s == 3600.0 else "reminder_item_every"
        return prompts.say(line, duration=_span(prompts, reminder.every_s), habit=habit)
    if reminder.minute is not None:
        line = "reminder_item_daily" if reminder.is_daily else "reminder_item_at"
        return prompts.say(line, time=clock_words(prompts, reminder.minute), habit=habit)
    left_s = reminder.due_utc_s - utc_s(c)
    return prompts.say("reminder_item_in", duration=_span(prompts, left_s), habit=habit)


def cancel_reminders(c: Coaching, heard: Heard) -> None:
    """End all reminders, or those of the habit that was named."""
    wanted = heard.slots.habit
    doomed = [x for x in c.profile.reminders.standing if wanted in (None, x.habit)]
    if not doomed:
        c.reply("reminders_none")
        return
    for reminder in doomed:
        c.session.record(ReminderEnded(c.session.now, reminder.number))
    c.undoable = None
    c.reply("reminder_cancelled" if len(doomed) == 1 else "reminders_cancelled", count=len(doomed))


def cancel(c: Coaching, _heard: Heard) -> None:
    """Take back the reminder that was just asked for, perhaps misheard."""
    number, at_s = c.undoable or (0, float("-inf"))
    is_standing = any(x.number == number for x in c.profile.reminders.standing)
    if not is_standing or c.session.now - at_s > UNDONE_WITHIN_S:
        c.reply("nothing_to_cancel")
        return
    c.undoable = None
    c.session.record(ReminderEnded(c.session.now, number))
    c.reply("reminder_cancelled")


# Do not disturb --------------------------------------------------------------------------------


def no_reminders(c: Coaching, heard: Heard) -> None:
    """Speak no reminders, for a time or until the person says so."""
    minutes = heard.slots.minutes
    until = None if minutes is None else utc_s(c) + minutes * 60.0
    c.session.record(QuietSet(c.session.now, is_quiet=True, until_utc_s=until))
    if minutes is None:
        c.reply("reminders_off")
    else:
        c.reply("reminders_off_for", duration=_span(c.session.prompts, minutes * 60.0))


def remind_again(c: Coaching, _heard: Heard) -> None:
    """Speak the reminders again."""
    c.reply("reminders_on" if _end_quiet(c) else "as_it_is")


def unmute(c: Coaching, heard: Heard) -> None:
    """Speech again, the reminders too."""
    _end_quiet(c)
    answers.unmute(c, heard)


def _end_quiet(c: Coaching) -> bool:
    if c.profile.reminders.quiet_until_utc_s <= utc_s(c):
        return False
    c.session.record(QuietSet(c.session.now, is_quiet=False))
    return True


# Answers to a reminder -------------------------------------------------------------------------


def _is_answer(c: Coaching) -> bool:
    return c.session.now - c.reminded_at_s <= ANSWERED_WITHIN_S


def agreed(c: Coaching, _heard: Heard) -> None:
    """ "Okay" or "no" to a reminder is heard; to nothing, it is answered."""
    if _is_answer(c):
        c.session.hush()
        c.session.play(Tone.HEARD)
    else:
        c.reply("nothing_asked")


def not_now(c: Coaching, heard: Heard) -> None:
    """ "Not now" to a reminder puts it off."""
    if _is_answer(c):
        snooze(c, heard)
    else:
        c.reply("nothing_running")


# Words for times -------------------------------------------------------------------------------


def _span(prompts: Prompts, seconds: float) -> str:
    """A length of time in words, to the minute: "45 minutes", "2 hours", "1 hour 30 minutes"."""
    whole = max(1, round(seconds / 60.0))
    hours, minutes = divmod(whole, 60)
    if hours == 0 or whole == 90:
        return prompts.counted("minute", whole)
    spoken = prompts.counted("hour", hours)
    return f"{spoken} {prompts.counted('minute', minutes)}" if minutes else spoken


def clock_words(prompts: Prompts, minute: int) -> str:
    """A time of day in words: "half past 8 in the evening"."""
    texts = prompts.lines.texts
    if minute == 0:
        return texts["clock_midnight"]
    if minute == 720:
        return texts["clock_noon"]
    hour, past = divmod(minute, 60)
    name = {0: "clock_hour", 15: "clock_quarter_past", 30: "clock_half", 45: "clock_quarter_to"}
    named = hour + 1 if past == 45 else hour
    time = texts[name.get(past, "clock_minutes")].format(hour=(named - 1) % 12 + 1, minute=past)
    part = "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
    return f"{time} {texts[f'clock_{part}']}"
