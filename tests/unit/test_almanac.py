"""Days of the calendar: daylight saving, quiet hours, and no clock."""

import ast
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import assistant.almanac
from assistant.almanac import LocalAlmanac, QuietHours, quiet_hours, zone_of
from assistant.config import load_settings
from assistant.errors import SettingsError

BERLIN = ZoneInfo("Europe/Berlin")
EIGHT, HALF_PAST_TWO = 8 * 60, 2 * 60 + 30


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def shown(utc_s: float, zone: ZoneInfo = BERLIN) -> str:
    return datetime.fromtimestamp(utc_s, zone).strftime("%Y-%m-%d %H:%M")


def test_a_time_of_day_comes_next_today_or_tomorrow() -> None:
    almanac = LocalAlmanac(BERLIN)
    assert shown(almanac.next_at(EIGHT, at("2026-06-01 07:59"))) == "2026-06-01 08:00"
    assert shown(almanac.next_at(EIGHT, at("2026-06-01 08:00"))) == "2026-06-02 08:00"
    assert shown(almanac.next_at(0, at("2026-12-31 23:59"))) == "2027-01-01 00:00"


@pytest.mark.parametrize(
    ("day_before", "hours"), [("2026-03-28", 23), ("2026-10-24", 25), ("2026-06-01", 24)]
)
def test_a_day_of_daylight_saving_is_as_long_as_it_is(day_before: str, hours: int) -> None:
    first = at(f"{day_before} 08:00")
    assert LocalAlmanac(BERLIN).next_at(EIGHT, first) - first == hours * 3600


def test_a_time_that_is_left_out_comes_as_much_later() -> None:
    almanac = LocalAlmanac(BERLIN)
    assert shown(almanac.next_at(HALF_PAST_TWO, at("2026-03-29 00:00"))) == "2026-03-29 03:30"


def test_a_time_that_comes_twice_counts_once() -> None:
    almanac = LocalAlmanac(BERLIN)
    first = almanac.next_at(HALF_PAST_TWO, at("2026-10-25 00:00"))
    assert datetime.fromtimestamp(first, UTC).hour == 0
    assert shown(almanac.next_at(HALF_PAST_TWO, first)) == "2026-10-26 02:30"


def test_every_day_of_a_year_has_its_eight_o_clock() -> None:
    almanac = LocalAlmanac(BERLIN)
    now, days = at("2026-01-01 00:00"), []
    for _ in range(365):
        now = almanac.next_at(EIGHT, now)
        days.append(shown(now))
    assert all(day.endswith("08:00") for day in days)
    assert len(set(days)) == 365
    assert days[-1].startswith("2026-12-31")


def test_quiet_hours_go_over_midnight() -> None:
    almanac = LocalAlmanac(BERLIN, quiet_hours("23:00-07:00"))
    for evening in ("2026-06-01 23:00", "2026-06-02 00:00", "2026-06-02 06:59"):
        end = almanac.quiet_until(at(evening))
        assert end is not None
        assert shown(end) == "2026-06-02 07:00"
    assert almanac.quiet_until(at("2026-06-02 07:00")) is None
    assert almanac.quiet_until(at("2026-06-01 22:59")) is None
    assert LocalAlmanac(BERLIN).quiet_until(at("2026-06-02 03:00")) is None


def test_quiet_hours_within_a_day() -> None:
    quiet = quiet_hours("13:00 - 14:30")
    assert quiet == QuietHours(780, 870)
    assert 780 in quiet
    assert 870 not in quiet
    assert quiet_hours("") is None


@pytest.fixture
def machine_in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalAlmanac]:
    """The almanac of a machine whose own zone is Berlin's, without any setting."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield LocalAlmanac(zone_of(None), quiet_hours("23:00-07:00"))
    monkeypatch.undo()
    time.tzset()


def test_a_machines_own_zone_needs_no_setting(machine_in_berlin: LocalAlmanac) -> None:
    named = LocalAlmanac(BERLIN, quiet_hours("23:00-07:00"))
    for day in ("2026-03-28", "2026-03-29", "2026-06-01", "2026-10-24", "2026-10-25"):
        for hour in range(0, 24, 3):
            now = at(f"{day} {hour:02}:10")
            for minute in (0, HALF_PAST_TWO, EIGHT):
                assert machine_in_berlin.next_at(minute, now) == named.next_at(minute, now), day
            assert machine_in_berlin.quiet_until(now) == named.quiet_until(now), day


def test_a_day_that_a_zone_left_out_is_passed_over() -> None:
    samoa = ZoneInfo("Pacific/Apia")  # crossed the date line: no 30 December 2011
    before = at("2011-12-29 09:00", samoa)
    assert shown(LocalAlmanac(samoa).next_at(EIGHT, before), samoa) == "2011-12-31 08:00"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("quiet_hours", "23-7"),
        ("quiet_hours", "25:00-07:00"),
        ("quiet_hours", "07:00-07:00"),
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "../etc/passwd"),
    ],
)
def test_wrong_setting_is_named(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        load_settings(config_dir=tmp_path, **{name: value})
    assert value in str(caught.value)


def test_almanac_reads_no_clock() -> None:
    """Every time is an argument; import-linter cannot tell datetime.now from datetime."""
    tree = ast.parse(Path(assistant.almanac.__file__).read_text(encoding="utf-8"))
    called = {x.attr for x in ast.walk(tree) if isinstance(x, ast.Attribute)}
    assert called & {"now", "today", "utcnow", "time", "localtime", "monotonic"} == set()
