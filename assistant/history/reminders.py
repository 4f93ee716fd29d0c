"""The reminders that stand, as a list: for people, and as JSON."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from typing import Any

from assistant.coach.reminders import Reminder
from assistant.history.records import Remembered, profile_of


def standing(remembered: Iterable[Remembered]) -> list[Reminder]:
    """The reminders that were asked for and are not over, the next one first."""
    return sorted(profile_of(remembered).reminders.standing, key=lambda x: x.due_utc_s)


def as_dict(reminder: Reminder) -> dict[str, Any]:
    """For JSON; the time it is due as in RFC 3339, UTC."""
    due = datetime.fromtimestamp(reminder.due_utc_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = asdict(reminder)
    del fields["due_utc_s"]
    return {"due": due, **fields}


def as_text(reminder: Reminder, zone: tzinfo | None) -> str:
    """One line: when it is due in a time zone, what it is about, how often it comes."""
    due = datetime.fromtimestamp(reminder.due_utc_s, zone).strftime("%Y-%m-%d %H:%M")
    again = "once"
    if reminder.every_s is not None:
        again = f"every {reminder.every_s / 60:g} min"
    elif reminder.is_daily:
        again = "every day"
    return f"{due}  {reminder.habit or 'by turns':10} {again}"
