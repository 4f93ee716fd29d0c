"""Reminders over weeks of simulated wall clock: asked for, spoken, put off, kept, cancelled."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from coach_rig import LINES, Rig, library_of

from assistant.almanac import LocalAlmanac, quiet_hours
from assistant.coach import Coach
from assistant.coach.actions import Record, SessionEnded, Tone
from assistant.coach.events import ClockSet, Tick
from assistant.coach.habits import AFTER_SESSION_S, BY_TURNS, VARIANTS
from assistant.coach.intents import Habit, Half, Intent
from assistant.coach.phases import Phase
from assistant.coach.profile import NOBODY, Profile
from assistant.coach.prompts import Prompts
from assistant.coach.reminders import ReminderEnded, ReminderSet, RemindersSpoken
from assistant.coach.reminding import MOST_REMINDERS, SNOOZE_MINUTES, clock_words
from assistant.library import Dose

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_S, DAY_S = 3600.0, 86_400.0
SPOKEN = {
    text
    for name, text in LINES.texts.items()
    if name.startswith("reminder_") and name[-1].isdigit()
} | {LINES.texts["reminder_missed"], LINES.texts["reminder_several"]}


@dataclass
class House(Rig):
    """A rig with a clock on the wall."""

    profile: Profile = NOBODY
    quiet: str = "23:00-07:00"
    utc_s: float = field(default=0.0)
    """Wall clock less monotonic time, seconds."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.coach = Coach(
            self.library,
            LINES,
            wake_phrase=self.wake_phrase,
            profile=self.profile,
            almanac=LocalAlmanac(BERLIN, quiet_hours(self.quiet)),
        )

    def set_clock(self, text: str) -> None:
        wall = datetime.fromisoformat(text).replace(tzinfo=BERLIN)
        self.utc_s = wall.timestamp() - self.now
        self.send(ClockSet(at=self.now, utc_s=wall.timestamp()))

    def shown(self, at_s: float) -> str:
        return datetime.fromtimestamp(at_s + self.utc_s, BERLIN).strftime("%d %H:%M")

    def run_until_shown(self, text: str) -> None:
        wall = datetime.fromisoformat(text).replace(tzinfo=BERLIN)
        self.run_to(wall.timestamp() - self.utc_s)

    def reminders(self, since_s: float = 0.0) -> list[str]:
        """When reminders were spoken."""
        return [
            self.shown(sound.start_s)
            for sound in self.speech(since_s)
            if any(is_reminder(part) for part in sound.what)
        ]

    @property
    def kept(self) -> Profile:
        """What a store would give back at the next start."""
        profile = self.profile
        for _, action in self.orders:
            if isinstance(action, Record):
                profile = profile.after(action.fact, action.fact.at_s + self.utc_s)
        return profile


def is_reminder(part: str) -> bool:
    return any(part.startswith(text.split("{")[0]) for text in SPOKEN)


def house(shown: str = "2026-06-01 10:00", profile: Profile = NOBODY, **about) -> House:
    rig = House(library_of(Dose(hold_s=20)), profile=profile, **about)
    rig.listen()
    rig.run(5)
    rig.set_clock(shown)
    return rig


# Asked for and spoken ------------------------------------------------------------------------


def test_every_two_hours_is_spoken_every_two_hours_by_day() -> None:
    rig = house()
    rig.hear(Intent.REMIND_EVERY, minutes=120, habit=Habit.MOVE)
    assert rig.last_words == "I will remind you every 2 hours."
    rig.run(DAY_S)
    assert rig.reminders() == [
        *("01 12:00", "01 14:00", "01 16:00", "01 18:00", "01 20:00", "01 22:00"),
        "02 09:00",
    ]


def test_interval_does_not_drift_over_weeks() -> None:
    rig = house(quiet="")
    rig.hear(Intent.REMIND_EVERY, minutes=45, habit=Habit.WALK)
    asked = rig.now
    rig.run(21 * DAY_S)
    starts = [s.start_s for s in rig.speech(asked + 60)]
    assert len(starts) == 21 * 32
    assert all(abs((at - asked) % 2700 - 0.4) < 0.1 for at in starts)


@pytest.mark.parametrize(
    ("now", "half", "spoken"),
    [
        ("2026-06-01 07:30", None, "01 08:00"),
        ("2026-06-01 10:00", None, "01 20:00"),
        ("2026-06-01 21:00", None, "02 08:00"),
        ("2026-06-01 10:00", Half.MORNING, "02 08:00"),
        ("2026-06-01 07:30", Half.EVENING, "01 20:00"),
    ],
)
def test_at_eight_is_the_next_eight_o_clock(now: str, half: Half | None, spoken: str) -> None:
    rig = house(now)
    rig.hear(Intent.REMIND_AT, clock=480, half=half, habit=Habit.WALK)
    part = "morning" if spoken.endswith("08:00") else "evening"
    assert rig.last_words == f"I will remind you at 8 in the {part}."
    rig.run(4 * DAY_S)
    assert rig.reminders() == [spoken]


def test_an_hour_in_the_quiet_hours_is_the_other_one() -> None:
    rig = house("2026-06-01 20:00")
    rig.hear(Intent.REMIND_AT, clock=180)
    assert rig.last_words == "I will remind you at 3 in the afternoon."


@pytest.mark.parametrize(
    ("intent", "slots"),
    [
        (Intent.REMIND_AT, {"clock": 180, "half": Half.MORNING}),
        (Intent.REMIND_DAILY, {"clock": 690, "half": Half.EVENING}),
        (Intent.REMIND_IN, {"minutes": 180}),
    ],
)
def test_what_falls_in_the_quiet_hours_is_refused(intent: Intent, slots: dict) -> None:
    rig = house("2026-06-01 21:00")
    rig.hear(intent, **slots)
    assert "quiet hours" in rig.last_words
    assert rig.facts(ReminderSet) == []


def test_in_twenty_minutes_is_spoken_once() -> None:
    rig = house()
    rig.hear(Intent.REMIND_IN, minutes=20, habit=Habit.STRETCH)
    assert rig.last_words == "I will remind you in 20 minutes."
    rig.run(3 * DAY_S)
    assert rig.reminders() == ["01 10:20"]
    assert rig.coach.next_deadline is None


def test_a_reminder_of_every_day_keeps_to_the_wall_over_daylight_saving() -> None:
    rig = house("2026-03-27 12:00")
    rig.hear(Intent.REMIND_DAILY, clock=480, half=Half.MORNING, habit=Habit.EXERCISE)
    rig.run(4 * DAY_S)
    assert rig.reminders() == ["28 08:00", "29 08:00", "30 08:00", "31 08:00"]
    rig = house("2026-10-23 12:00")
    rig.hear(Intent.REMIND_DAILY, clock=480, half=Half.EVENING, habit=Habit.EXERCISE)
    rig.run(4 * DAY_S)
    assert rig.reminders() == ["23 20:00", "24 20:00", "25 20:00", "26 20:00"]


def test_lines_vary_and_habits_take_turns() -> None:
    rig = house(quiet="")
    rig.hear(Intent.REMIND_EVERY, minutes=60)
    started = rig.now
    rig.run(len(BY_TURNS) * VARIANTS * HOUR_S + 60)
    said = [s.what[0] for s in rig.speech(started + 60)]
    assert len(said) == len(set(said)) == len(BY_TURNS) * VARIANTS


def test_the_first_reminders_tell_how_to_put_them_off() -> None:
    rig = house(quiet="")
    rig.hear(Intent.REMIND_EVERY, minutes=60, habit=Habit.WALK)
    rig.run(5 * HOUR_S)
    hinted = ["Say snooze" in s.text for s in rig.speech() if is_reminder(s.what[0])]
    assert hinted == [True, True, False, False, False]


def test_a_tone_goes_before_a_reminder() -> None:
    rig = house()
    rig.hear(Intent.REMIND_IN, minutes=20)
    asked = rig.now
    rig.run(HOUR_S)
    tone, words = rig.heard(asked + 60)
    assert tone.what is Tone.LISTENING
    assert tone.end_s <= words.start_s


def test_reminders_of_one_time_are_one_line() -> None:
    rig = house()
    for habit in (Habit.WALK, Habit.STRETCH, Habit.AWARE):
        rig.hear(Intent.REMIND_AT, clock=480, half=Half.EVENING, habit=habit)
    asked = rig.now
    rig.run(DAY_S)
    (said,) = rig.speech(asked + 60)
    assert said.what[0] == "It is time for a walk, a stretch and your posture."


def test_what_is_due_within_a_minute_is_told_together() -> None:
    rig = house()
    rig.hear(Intent.REMIND_IN, minutes=20, habit=Habit.WALK)
    rig.run(20)
    rig.hear(Intent.REMIND_EVERY, minutes=20, habit=Habit.STRETCH)
    asked = rig.now
    rig.run(45 * 60)
    assert rig.speech(asked + 60)[0].what[0] == "It is time for a walk and a stretch."
    # The one that came early keeps its own time.
    assert rig.speech()[-1].start_s == pytest.approx(asked + 2400.4)


def test_without_a_time_of_day_what_counts_from_now_works_and_eight_is_refused() -> None:
    rig = Rig(library_of(Dose(hold_s=20)))
    rig.hear(Intent.REMIND_AT, clock=480)
    assert rig.last_words == "I do not know the time of day yet."
    rig.hear(Intent.REMIND_IN, minutes=20, habit=Habit.WALK)
    asked = rig.now
    rig.run(HOUR_S)
    (said,) = rig.speech(asked + 60)
    assert said.start_s - asked == pytest.approx(1200.4)


# Not now -------------------------------------------------------------------------------------


def test_reminder_waits_for_the_end_of_a_session() -> None:
    rig = house()
    rig.hear(Intent.REMIND_IN, minutes=5, habit=Habit.WALK)
    rig.run(280)
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.run(600)
    assert rig.reminders() == []
    rig.play_through()
    ended = rig.facts(SessionEnded)[0].at_s
    rig.run(60)
    (said,) = [s for s in rig.speech() if is_reminder(s.what[0])]
    assert said.start_s >= ended + AFTER_SESSION_S
    assert rig.phase is Phase.DONE


def test_reminder_by_an_interval_that_a_session_passed_by_is_not_made_up_for() -> None:
    rig = house()
    rig.hear(Intent.REMIND_EVERY, minutes=20, habit=Habit.MOVE)
    rig.run(1190)
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.run(900)
    rig.play_through()
    ended = rig.now
    rig.run(1180)
    assert rig.reminders() == []
    rig.run(200)
    assert len(rig.reminders(ended)) == 1


def test_reminder_does_not_cut_what_is_being_said() -> None:
    rig = house()
    rig.hear(Intent.REMIND_IN, minutes=5, habit=Habit.WALK)
    rig.run(299)
    rig.hear(Intent.HELP)
    rig.run(60)
    assert not any(s.is_cut for s in rig.sounds)
    assert len(rig.reminders()) == 1


def test_do_not_disturb_keeps_reminders_back_until_they_may_be_spoken_again() -> None:
    rig = house()
    rig.hear(Intent.REMIND_EVERY, minutes=60, habit=Habit.MOVE)
    rig.hear(Intent.REMIND_IN, minutes=30, habit=Habit.WALK)
    rig.hear(Intent.NO_REMINDERS)
    asked = rig.now
    rig.run(4 * HOUR_S + 60)
    assert rig.speech(asked + 60) == []
    assert rig.coach.next_deadline is None
    rig.hear(Intent.REMIND_AGAIN)
    assert rig.last_words == "I will remind you again."
    began = rig.now
    rig.run(50 * 60)
    assert [s.what[0] for s in rig.speech(began + 0.1)] == [
        "I could not remind you in time of a walk."
    ]


def test_do_not_disturb_for_a_time_ends_by_itself() -> None:
    rig = house()
    rig.hear(Intent.REMIND_EVERY, minutes=60, habit=Habit.MOVE)
    rig.hear(Intent.NO_REMINDERS, minutes=120)
    rig.run(5 * HOUR_S)
    assert rig.reminders() == ["01 13:00", "01 14:00", "01 15:00"]


def test_what_there_is_tells_that_none_is_wanted_now() -> None:
    rig = house()
    rig.hear(Intent.NO_REMINDERS)
    rig.hear(Intent.LIST_REMINDERS)
    assert rig.last_words == "You have no reminders. For now I keep them to myself."


def test_you_may_speak_again_ends_both_silences() -> None:
    rig = house()
    rig.hear(Intent.REMIND_EVERY, minutes=60, habit=Habit.MOVE)
    rig.hear(Intent.MUTE)
    rig.hear(Intent.NO_REMINDERS)
    rig.hear(Intent.UNMUTE)
    assert not rig.speech_muted
    rig.run(HOUR_S + 60)
    assert rig.reminders() == ["01 11:00"]


def test_a_reminder_after_the_wake_phrase_went_unused_opens_the_floor() -> None:
    rig = house(wake_phrase="hey coach")
    rig.hear(Intent.REMIND_IN, minutes=20, habit=Habit.WALK)
    rig.run(1190)
    assert not rig.coach.floor.hears(Intent.SNOOZE, rig.now, is_woken=False)
    rig.run(20)
    assert rig.coach.floor.hears(Intent.SNOOZE, rig.now, is_woken=False)
    assert rig.coach.floor.hears(Intent.START_ROUTINE, rig.now, is_woken=False)
    rig.run(60)
    assert not rig.coach.floor.hears(Intent.SNOOZE, rig.now, is_woken=False)


# Answers to it -------------------------------------------------------------------------------


def reminded(**about) -> House:
    rig = house(**about)
    rig.hear(Intent.REMIND_EVERY, minutes=120, habit=Habit.WALK)
    rig.run(2 * HOUR_S + 10)
    assert len(rig.reminders()) == 1
    return rig


@pytest.mark.parametrize("intent", [Intent.SNOOZE, Intent.NOT_YET])
def test_snooze_says_it_again_in_ten_minutes(intent: Intent) -> None:
    rig = reminded()
    rig.hear(intent)
    assert rig.last_words == f"I will come back to it in {SNOOZE_MINUTES} minutes."
    rig.run(5 * HOUR_S)
    assert rig.reminders() == ["01 12:00", "01 12:10", "01 14:10", "01 16:10"]


def test_snooze_brings_back_one_that_was_for_once() -> None:
    rig = house()
    rig.hear(Intent.REMIND_IN, minutes=20, habit=Habit.WALK)
    rig.run(1210)
    rig.hear(Intent.SNOOZE, minutes=30)
    rig.run(DAY_S)
    assert rig.reminders() == ["01 10:20", "01 10:50"]


def test_snooze_without_a_reminder_is_answered() -> None:
    rig = house()
    rig.hear(Intent.SNOOZE)
    assert rig.last_words == "There was no reminder just now."
    rig = reminded()
    rig.run(HOUR_S)
    rig.hear(Intent.SNOOZE)
    assert rig.last_words == "There was no reminder just now."


@pytest.mark.parametrize("intent", [Intent.YES, Intent.NO])
def test_okay_and_no_are_heard_after_a_reminder_only(intent: Intent) -> None:
    rig = reminded()
    at_s = rig.now
    rig.hear(intent)
    assert rig.tones(at_s) == [(Tone.HEARD, 0.0)]
    rig.run(120)
    rig.hear(intent)
    assert rig.last_words == "I did not ask anything."


# What there is, and its end ------------------------------------------------------------------


def test_reminders_are_listed_in_words() -> None:
    rig = house()
    rig.hear(Intent.LIST_REMINDERS)
    assert rig.last_words == "You have no reminders."
    rig.hear(Intent.REMIND_EVERY, minutes=90, habit=Habit.WALK)
    rig.run(600)
    rig.hear(Intent.LIST_REMINDERS)
    assert rig.last_words == (
        "Every 90 minutes, a walk. The first of them comes in 1 hour 20 minutes."
    )
    rig.hear(Intent.REMIND_AT, clock=510, half=Half.EVENING)
    rig.hear(Intent.REMIND_DAILY, clock=585, half=Half.EVENING, habit=Habit.SLEEP)
    rig.hear(Intent.REMIND_IN, minutes=60, habit=Habit.STRETCH)
    rig.hear(Intent.LIST_REMINDERS)
    assert rig.last_words == (
        "In 1 hour, a stretch. Every 90 minutes, a walk. "
        "At half past 8 in the evening, some movement. "
        "Every day at quarter to 10 in the evening, a good night."
    )


def test_all_reminders_are_cancelled_or_those_of_a_habit() -> None:
    rig = house()
    for minutes, habit in ((60, Habit.WALK), (90, Habit.MOVE), (120, Habit.STRETCH)):
        rig.hear(Intent.REMIND_EVERY, minutes=minutes, habit=habit)
    rig.hear(Intent.CANCEL_REMINDERS, habit=Habit.WALK)
    assert rig.last_words == "That reminder is gone."
    rig.hear(Intent.CANCEL_REMINDERS)
    assert rig.last_words == "All 2 reminders are gone."
    rig.run(DAY_S)
    assert rig.reminders() == []
    rig.hear(Intent.CANCEL_REMINDERS)
    assert rig.last_words == "You have no reminders."


def test_a_misheard_reminder_is_taken_back_at_once() -> None:
    rig = house()
    rig.hear(Intent.REMIND_IN, minutes=20)
    rig.run(5)
    rig.hear(Intent.CANCEL)
    assert rig.last_words == "That reminder is gone."
    rig.hear(Intent.CANCEL)
    assert rig.last_words == "Nothing to cancel."
    rig.run(DAY_S)
    assert rig.reminders() == []


def test_a_new_interval_takes_the_place_of_the_old_one() -> None:
    rig = house()
    rig.hear(Intent.REMIND_EVERY, minutes=60, habit=Habit.WALK)
    rig.hear(Intent.REMIND_EVERY, minutes=180, habit=Habit.WALK)
    rig.run(7 * HOUR_S)
    assert rig.reminders() == ["01 13:00", "01 16:00"]


def test_reminders_are_limited() -> None:
    rig = house()
    for minutes in range(MOST_REMINDERS + 1):
        rig.hear(Intent.REMIND_IN, minutes=10 + minutes)
    assert rig.last_words == f"I keep {MOST_REMINDERS} reminders at most."
    assert len(rig.kept.reminders.standing) == MOST_REMINDERS


@pytest.mark.parametrize(
    ("minute", "words"),
    [
        (0, "midnight"),
        (15, "quarter past 12 in the morning"),
        (480, "8 in the morning"),
        (510, "half past 8 in the morning"),
        (705, "quarter to 12 in the morning"),
        (720, "noon"),
        (765, "quarter to 1 in the afternoon"),
        (1085, "6 5 in the evening"),
        (1185, "quarter to 8 in the evening"),
    ],
)
def test_times_of_day_in_words(minute: int, words: str) -> None:
    assert clock_words(Prompts(LINES), minute) == words


# Restarts and clocks -------------------------------------------------------------------------


def test_reminders_are_kept_over_a_restart() -> None:
    before = house()
    before.hear(Intent.REMIND_EVERY, minutes=120, habit=Habit.MOVE)
    before.hear(Intent.REMIND_AT, clock=480, half=Half.EVENING, habit=Habit.WALK)
    before.run(HOUR_S)
    after = house("2026-06-01 11:30", before.kept)
    after.run_until_shown("2026-06-01 20:01")
    assert after.reminders() == ["01 12:00", "01 14:00", "01 16:00", "01 18:00", "01 20:00"]


def test_what_was_missed_is_one_line_after_a_restart() -> None:
    before = house()
    before.hear(Intent.REMIND_EVERY, minutes=30, habit=Habit.MOVE)
    before.hear(Intent.REMIND_DAILY, clock=660, half=Half.MORNING, habit=Habit.STRETCH)
    for minutes, habit in ((20, Habit.WALK), (40, Habit.AWARE), (60, Habit.EXERCISE)):
        before.hear(Intent.REMIND_IN, minutes=minutes, habit=habit)
    after = house("2026-06-15 12:10", before.kept)
    after.run(25 * 60)
    assert [s.text for s in after.speech(10.0) if is_reminder(s.what[0])] == [
        "I could not remind you in time of a walk, your posture and your exercises."
    ]
    assert len(after.kept.reminders.standing) == 2
    after.run(HOUR_S)
    assert after.reminders() == ["15 12:10", "15 12:40", "15 13:10"]


def test_what_was_missed_is_told_after_the_greeting() -> None:
    before = house()
    before.hear(Intent.REMIND_IN, minutes=20, habit=Habit.WALK)
    rig = House(library_of(Dose(hold_s=20)), profile=before.kept)
    rig.set_clock("2026-06-01 15:00")
    rig.listen()
    rig.run(30)
    greeting, missed = rig.speech()
    assert "Earshot is listening." in greeting.text
    assert not greeting.is_cut
    assert missed.start_s >= greeting.end_s
    assert missed.text == "I could not remind you in time of a walk."


def test_clock_that_was_never_set_jumps_by_years_and_intervals_keep_their_time() -> None:
    rig = house("1970-01-01 03:00")
    rig.hear(Intent.REMIND_EVERY, minutes=60, habit=Habit.MOVE)
    rig.hear(Intent.REMIND_AT, clock=480)
    assert rig.last_words == "I do not know the time of day yet."
    asked = rig.now
    rig.run(20 * 60)
    rig.set_clock("2026-06-01 12:20")
    assert rig.reminders() == []
    rig.run(2 * HOUR_S)
    assert rig.reminders(asked) == ["01 13:00", "01 14:00"]


def test_kept_reminders_wait_for_a_clock_that_starts_in_the_past() -> None:
    before = house()
    before.hear(Intent.REMIND_AT, clock=480, half=Half.EVENING, habit=Habit.WALK)
    after = house("1970-01-01 00:01", before.kept)
    after.run(600)
    assert after.reminders() == []
    after.set_clock("2026-06-01 19:50")
    after.run(HOUR_S)
    assert after.reminders() == ["01 20:00"]


def test_clock_put_back_keeps_the_time_that_is_left() -> None:
    rig = house("2026-06-03 10:00")
    rig.hear(Intent.REMIND_IN, minutes=60, habit=Habit.WALK)
    rig.hear(Intent.REMIND_AT, clock=480, half=Half.EVENING, habit=Habit.STRETCH)
    rig.run(20 * 60)
    rig.set_clock("2026-06-01 10:20")
    rig.run(DAY_S)
    assert rig.reminders() == ["01 11:00", "01 20:00"]


def test_machine_that_slept_speaks_one_line_on_waking() -> None:
    rig = house()
    rig.hear(Intent.REMIND_IN, minutes=20, habit=Habit.WALK)
    rig.hear(Intent.REMIND_EVERY, minutes=30, habit=Habit.MOVE)
    rig.run(600)
    rig.set_clock("2026-06-01 15:10")
    rig.run(20 * 60)
    assert rig.reminders() == ["01 15:10"]
    assert "in time of a walk" in rig.speech()[-1].text


def test_what_was_missed_waits_for_the_morning_without_waking_up_for_it() -> None:
    before = house()
    before.hear(Intent.REMIND_IN, minutes=60, habit=Habit.WALK)
    night = house("2026-06-02 03:00", before.kept)
    assert night.coach.next_deadline is not None
    assert night.shown(night.coach.next_deadline) == "02 07:00"
    night.run(6 * HOUR_S)
    assert night.reminders() == ["02 07:00"]


def test_late_tick_speaks_a_reminder_once() -> None:
    rig = house()
    rig.hear(Intent.REMIND_EVERY, minutes=20, habit=Habit.WALK)
    rig.run(1000)
    rig.jump(210)
    rig.send(Tick(at=rig.now))
    rig.run(600)
    assert len(rig.reminders()) == 1
    assert len(rig.facts(RemindersSpoken)) == 1
    assert rig.facts(ReminderEnded) == []
