"""Reminders of habits: what was asked for, folded from facts; no clock, no words.

A reminder knows when it is next due, in seconds since 1970, UTC. One at a time of day asks the
almanac anew each day, so that daylight saving moves it with the clock on the wall; one by an
interval counts seconds. When they are spoken is in habits.py.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from assistant.coach.intents import Habit

CLOCK_KNOWN_FROM_UTC_S = 1_767_225_600.0
"""Start of 2026, before which this program did not exist: a wall clock that shows less was not set
since the machine started, as on one without a clock battery."""


class Almanac(Protocol):
    """The calendar of the place where the person lives. It reads no clock."""

    def next_at(self, minute: int, after_utc_s: float) -> float:
        """When a minute of the local day, 0 to 1439, comes next after a time: seconds since 1970,
        UTC."""

    def quiet_until(self, utc_s: float) -> float | None:
        """When the quiet hours are over that hold at a time; None where none hold."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something to be reminded of."""

    number: int
    due_utc_s: float
    """When it is next spoken, seconds since 1970, UTC."""
    habit: Habit | None = None
    """What it is about; None: habits by turns."""
    every_s: float | None = None
    """Seconds from one time to the next, where it was asked for by an interval."""
    minute: int | None = None
    """Minute of the local day, 0 to 1439, where it was asked for by the time of day."""
    is_daily: bool = False

    @property
    def is_once(self) -> bool:
        """Whether it is over when it was spoken."""
        return self.every_s is None and not self.is_daily

    def is_like(self, other: "Reminder") -> bool:
        """Whether it takes the other's place: the same habit, by an interval or at the same time
        of day."""
        if self.habit is not other.habit:
            return False
        if self.every_s is not None:
            return other.every_s is not None
        return self.minute is not None and self.minute == other.minute


@dataclass(frozen=True, slots=True)
class ReminderSet:
    """A fact to record: a reminder was asked for, or is due at another time from now on."""

    at_s: float
    number: int
    due_utc_s: float
    habit: Habit | None = None
    every_s: float | None = None
    minute: int | None = None
    is_daily: bool = False


@dataclass(frozen=True, slots=True)
class RemindersSpoken:
    """A fact to record: these reminders were spoken, as one line."""

    at_s: float
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReminderEnded:
    """A fact to record: a reminder was cancelled, or spoken for the last time."""

    at_s: float
    number: int


@dataclass(frozen=True, slots=True)
class QuietSet:
    """A fact to record: no reminder is to be spoken, or they may be spoken again."""

    at_s: float
    is_quiet: bool
    until_utc_s: float | None = None
    """Until when, seconds since 1970, UTC; None: until the person says so."""


ReminderFact = ReminderSet | RemindersSpoken | ReminderEnded | QuietSet


def as_fact(reminder: Reminder, at_s: float) -> ReminderSet:
    """The fact that a reminder is set, at a monotonic time in seconds."""
    x = reminder
    return ReminderSet(at_s, x.number, x.due_utc_s, x.habit, x.every_s, x.minute, x.is_daily)


@dataclass(frozen=True, slots=True)
class Reminders:
    """What is to be reminded of, and whether that is wanted just now."""

    standing: tuple[Reminder, ...] = ()
    """Oldest first."""
    last: tuple[Reminder, ...] = ()
    """What was spoken last, as it was then: what "snooze" is about."""
    last_utc_s: float = float("-inf")
    """When that was."""
    told: int = 0
    """How often reminders were spoken: variants and habits take turns by it."""
    next_number: int = 1
    quiet_until_utc_s: float = float("-inf")
    """Until when the person wants none; infinity: until they say so."""

    def after(self, fact: ReminderFact, utc_s: float) -> "Reminders":
        """The reminders with one more fact, which happened at `utc_s`."""
        match fact:
            case ReminderSet():
                return self._with(fact)
            case RemindersSpoken():
                last = tuple(x for x in self.standing if x.number in fact.numbers)
                return replace(self, last=last, last_utc_s=utc_s, told=self.told + 1)
            case ReminderEnded():
                return self._without(fact.number)
            case QuietSet(is_quiet=False):
                return replace(self, quiet_until_utc_s=float("-inf"))
            case QuietSet():
                until = float("inf") if fact.until_utc_s is None else fact.until_utc_s
                return replace(self, quiet_until_utc_s=until)

    def _with(self, fact: ReminderSet) -> "Reminders":
        reminder = Reminder(
            fact.number, fact.due_utc_s, fact.habit, fact.every_s, fact.minute, fact.is_daily
        )
        others = [x for x in self.standing if x.number != fact.number]
        standing = tuple(sorted([*others, reminder], key=lambda x: x.number))
        return replace(self, standing=standing, next_number=max(self.next_number, fact.number + 1))

    def _without(self, number: int) -> "Reminders":
        return replace(self, standing=tuple(x for x in self.standing if x.number != number))


NO_REMINDERS = Reminders()


def following(reminder: Reminder, now_utc_s: float, almanac: Almanac | None) -> Reminder | None:
    """The reminder with the time after this one's; None where it was for once.

    One by an interval keeps its grid while it is spoken in time; spoken late (after a session), it
    counts from then, or the next would follow at once.
    """
    if reminder.is_daily and reminder.minute is not None and almanac is not None:
        due = almanac.next_at(reminder.minute, max(now_utc_s, reminder.due_utc_s))
        return replace(reminder, due_utc_s=due)
    if reminder.every_s is None:
        return None
    is_late = now_utc_s - reminder.due_utc_s > LATE_S
    since = now_utc_s if is_late else reminder.due_utc_s
    return replace(reminder, due_utc_s=since + reminder.every_s)


LATE_S = 60.0
"""Later than this is not in time, seconds."""


def after_jump(
    reminder: Reminder, now_utc_s: float, jump_s: float, almanac: Almanac | None
) -> Reminder:
    """The reminder after the wall clock was set from a wrong time to a right one.

    `jump_s` is how far it was set forward, seconds. A clock that went back, or that had not been
    set at all, had been wrong: what counts from "now" keeps the time that is left, and a time of
    day is looked up anew. One that went forward may have slept: the time has passed.
    """
    was_unset = reminder.due_utc_s < CLOCK_KNOWN_FROM_UTC_S
    if jump_s >= 0.0 and not was_unset:
        return reminder
    if reminder.minute is None:
        return replace(reminder, due_utc_s=reminder.due_utc_s + jump_s)
    if almanac is None or reminder.due_utc_s <= now_utc_s - jump_s:
        return reminder  # it was due before the jump
    return replace(reminder, due_utc_s=almanac.next_at(reminder.minute, now_utc_s))
