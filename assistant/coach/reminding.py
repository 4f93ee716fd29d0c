"""What is said about reminders: asking for them, putting off, listing, cancelling, do not disturb.

When they are spoken is in habits.py.
"""

from dataclasses import replace

from assistant.coach import talking
from assistant.coach.actions import Tone
from assistant.coach.commands import Coaching
from assistant.coach.events import Heard
from assistant.coach.habits import habit_name, quiet_until, utc_s
from assistant.coach.intents import Half, Slots
from assistant.coach.prompts import Parts, Prompts
from assistant.coach.reminders import (
    CLOCK_KNOWN_FROM_UTC_S,
    QuietSet,
    Reminder,
    ReminderEnded,
    as_fact,
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
LISTED = 4
"""So many are named by "what reminders"; of more their number is said."""


# Asking for them -------------------------------------------------------------------------------


def _knows_time(c: Coaching) -> bool:
    return c.almanac is not None and utc_s(c) >= CLOCK_KNOWN_FROM_UTC_S


def remind_every(c: Coaching, heard: Heard) -> None:
    """A reminder by an interval."""
    minutes = heard.slots.minutes
    if minutes is None:
        c.reply("reminder_unclear")
        return
    every_s = minutes * 60.0
    reminder = Reminder(0, utc_s(c) + every_s, heard.slots.habit, every_s=every_s)
    line = "reminder_set_hourly" if minutes == 60 else "reminder_set_every"
    _take(c, reminder, line, duration=span(c.session.prompts, every_s))


def remind_in(c: Coaching, heard: Heard) -> None:
    """A reminder once, after a time."""
    minutes = heard.slots.minutes
    if minutes is None:
        c.reply("reminder_unclear")
        return
    after_s = minutes * 60.0
    reminder = Reminder(0, utc_s(c) + after_s, heard.slots.habit)
    if quiet_until(c, reminder.due_utc_s) is not None:
        c.reply("reminder_in_quiet")
    else:
        _take(c, reminder, "reminder_set_in", duration=span(c.session.prompts, after_s))


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
    due = next((at for at in sorted(times) if quiet_until(c, at) is None), None)
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
    if quiet_until(c, now + after_s) is not None:
        c.reply("reminder_in_quiet")
        return
    c.session.hush()
    for reminder in reminders.last:
        c.session.record(as_fact(replace(reminder, due_utc_s=now + after_s), c.session.now))
    c.reply("reminder_snoozed", duration=span(c.session.prompts, after_s))


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
    coming = () if is_told else prompts.say("reminder_next", duration=span(prompts, in_s))
    c.session.reply((*items, *left, *coming, *parts))


def _item(c: Coaching, reminder: Reminder) -> Parts:
    prompts = c.session.prompts
    habit = habit_name(prompts, reminder.habit)
    if reminder.every_s is not None:
        line = "reminder_item_hourly" if reminder.every_s == 3600.0 else "reminder_item_every"
        return prompts.say(line, duration=span(prompts, reminder.every_s), habit=habit)
    if reminder.minute is not None:
        line = "reminder_item_daily" if reminder.is_daily else "reminder_item_at"
        return prompts.say(line, time=clock_words(prompts, reminder.minute), habit=habit)
    left_s = reminder.due_utc_s - utc_s(c)
    return prompts.say("reminder_item_in", duration=span(prompts, left_s), habit=habit)


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
        c.reply("reminders_off_for", duration=span(c.session.prompts, minutes * 60.0))


def remind_again(c: Coaching, _heard: Heard) -> None:
    """Speak the reminders again."""
    c.reply("reminders_on" if _end_quiet(c) else "as_it_is")


def unmute(c: Coaching, heard: Heard) -> None:
    """Speech again, the reminders too."""
    _end_quiet(c)
    talking.voice_on(c, heard)


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


def span(prompts: Prompts, seconds: float) -> str:
    """A length of time in words, to the minute: "45 minutes", "2 hours", "1 hour 30 minutes"."""
    whole = max(1, round(seconds / 60.0))
    hours, minutes = divmod(whole, 60)
    if hours == 0 or whole == 90:
        return prompts.count("minute", whole)
    spoken = prompts.count("hour", hours)
    return f"{spoken} {prompts.count('minute', minutes)}" if minutes else spoken


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
