"""Reminders from one run to the next: through the store, and on the command line."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from assistant.cli import main
from assistant.coach.actions import Fact
from assistant.coach.intents import Habit
from assistant.coach.reminders import (
    QuietSet,
    Reminder,
    ReminderEnded,
    ReminderSet,
    RemindersSpoken,
)
from assistant.history.memory import recall
from assistant.history.records import Remembered, as_row
from assistant.history.reminders import as_text, standing
from assistant.history.store import SqliteStore

NOON_UTC_S = 1_780_315_200.0  # 1 June 2026, 12:00 UTC
FACTS: tuple[Fact, ...] = (
    ReminderSet(1.0, 1, NOON_UTC_S + 7200, Habit.WALK, every_s=7200.0),
    ReminderSet(2.0, 2, NOON_UTC_S + 3600, None, minute=780),
    ReminderSet(3.0, 3, NOON_UTC_S + 600, Habit.SLEEP),
    ReminderSet(4.0, 4, NOON_UTC_S + 9000, Habit.EXERCISE, minute=480, is_daily=True),
    RemindersSpoken(5.0, (3,)),
    ReminderEnded(5.0, 3),
    QuietSet(6.0, is_quiet=True),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path)
    store.append([as_row(Remembered(NOON_UTC_S + fact.at_s, fact)) for fact in FACTS])
    store.close()
    return tmp_path


def test_next_start_knows_every_reminder_and_the_wish_for_quiet(folder: Path) -> None:
    reminders = recall(folder, pytest.fail).profile.reminders
    assert reminders.standing == (
        Reminder(1, NOON_UTC_S + 7200, Habit.WALK, every_s=7200.0),
        Reminder(2, NOON_UTC_S + 3600, None, minute=780),
        Reminder(4, NOON_UTC_S + 9000, Habit.EXERCISE, minute=480, is_daily=True),
    )
    assert reminders.last == (Reminder(3, NOON_UTC_S + 600, Habit.SLEEP),)
    assert reminders.quiet_until_utc_s == float("inf")
    assert reminders.next_number == 5


def test_reminders_are_listed_the_next_one_first(folder: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("EARSHOT_TIME_ZONE", "Europe/Berlin")
    options = ("--config-dir", str(folder), "reminders", "--data-dir", str(folder))
    assert main([*options]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2026-06-01 15:00  by turns   once",
        "2026-06-01 16:00  walk       every 120 min",
        "2026-06-01 16:30  exercise   every day",
    ]
    assert main([*options, "--json"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first["due"] == "2026-06-01T13:00:00Z"
    assert first["number"] == 2


def test_a_folder_without_any_is_said_to_have_none(tmp_path: Path, capsys) -> None:
    options = ("--config-dir", str(tmp_path), "reminders", "--data-dir", str(tmp_path / "none"))
    assert main([*options]) == 0
    assert "no reminders in" in capsys.readouterr().out


def test_a_line_shows_the_time_of_its_zone() -> None:
    due = standing([Remembered(NOON_UTC_S, FACTS[0])])[0]
    assert as_text(due, ZoneInfo("America/New_York")).startswith("2026-06-01 10:00")
