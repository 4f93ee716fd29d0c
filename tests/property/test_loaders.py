"""Whatever is in the files that the program itself has written: it starts, and nothing is lost."""

import json
import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC
from pathlib import Path
from typing import Any, get_args

import pytest
from coach_rig import Rig
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as HypothesisPhase
from hypothesis import strategies as st
from pydantic_core import PydanticSerializationError

from assistant.coach.actions import Fact, HoldEnded, SessionBegan, SessionEnded
from assistant.coach.events import ClockSet
from assistant.coach.intents import Intent, Side
from assistant.coach.marks import PlaceReached
from assistant.coach.phases import Phase
from assistant.coach.resuming import plan_at
from assistant.history import reminders, report
from assistant.history.journal import FILE_NAME as JOURNAL
from assistant.history.journal import entries_of
from assistant.history.memory import recall, remembered
from assistant.history.records import (
    Remembered,
    Row,
    as_row,
    is_kept,
    profile_of,
    remembered_of,
)
from assistant.history.safekeeping import copy_of
from assistant.history.store import FILE_NAME, SqliteStore
from assistant.library import load_library
from assistant.library.models import LaidDose

NOON = 1_768_219_200.0
CALM = settings(
    max_examples=40,
    phases=[HypothesisPhase.explicit, HypothesisPhase.generate],  # shrinking would take minutes
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SHIPPED = load_library()
KINDS = [kind.__name__ for kind in get_args(Fact)]
ASKED = (
    Intent.HOW_WAS_WEEK,
    Intent.STREAK,
    Intent.PAIN_TREND,
    Intent.LONGEST_HOLD,
    Intent.LIST_REMINDERS,
    Intent.TIP,
    Intent.TELL_MORE,
    Intent.START_LIKE_LAST,
    Intent.STOP,
    Intent.FINISH,
    Intent.YES,
    Intent.START_LENGTH,
    Intent.READY,
    Intent.EASIER,
    Intent.HARDER,
    Intent.HOLD_LONGER,
    Intent.SLOWER,
    Intent.PAIN,
    Intent.NUMBER,
    Intent.NEXT,
    Intent.SWAP,
    Intent.FINISH,
    Intent.YES,
)


def never(message: object) -> None:
    pytest.fail(f"told {message}")


# The history's file ----------------------------------------------------------------------------


def a_history(folder: Path) -> list[Row]:
    """Sixty sessions, of which the copy has all."""
    facts: list[Fact] = []
    for _ in range(60):
        facts += [
            SessionBegan(1.0, "short", ()),
            HoldEnded(2.0, "plank", Side.LEFT, 9.0, 9.0, completed=True),
            SessionEnded(3.0, "short", completed=True),
        ]
    rows = [as_row(Remembered(NOON + i, fact)) for i, fact in enumerate(facts)]
    with closing(SqliteStore(folder)) as store:
        store.append(rows)
    return rows


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes, list[Row]]:
    folder = tmp_path_factory.mktemp("history")
    rows = a_history(folder)
    return (folder / FILE_NAME).read_bytes(), copy_of(folder / FILE_NAME).read_bytes(), rows


@CALM
@given(data=st.data())
def test_history_that_was_cut_or_written_over_anywhere_loses_nothing(
    whole: tuple[bytes, bytes, list[Row]], data: st.DataObject
) -> None:
    history, copy, rows = whole
    damage: Callable[[bytes], bytes] = data.draw(
        st.sampled_from(["cut", "overwritten", "inserted"]).flatmap(
            lambda kind: st.tuples(
                st.just(kind), st.integers(0, len(history)), st.binary(min_size=1, max_size=64)
            )
        )
    )
    kind, at, noise = damage
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        changed = {
            "cut": history[:at],
            "overwritten": history[:at] + noise + history[at + len(noise) :],
            "inserted": history[:at] + noise + history[at:],
        }[kind]
        (folder / FILE_NAME).write_bytes(changed)
        copy_of(folder / FILE_NAME).write_bytes(copy)
        found = recall(folder, lambda _: None)
        asides = list(folder.glob("history-damaged-*"))
        if asides:  # it was seen: all is there again, and the damaged file is kept
            assert [path.read_bytes() for path in asides] == [changed]
            assert len(found.profile.sessions) == 60
            with closing(sqlite3.connect(folder / FILE_NAME)) as db:
                kept = set(db.execute("SELECT at_utc_s, kind, data FROM fact"))
            assert {(row.at_utc_s, row.kind, row.data) for row in rows} <= kept
        again = recall(folder, lambda _: None)
        assert again.profile.sessions == found.profile.sessions


rows_of_nonsense = st.builds(
    Row,
    at_utc_s=st.floats() | st.floats(0, 4e9),
    kind=st.sampled_from(KINDS) | st.text(max_size=20),
    data=st.text(max_size=60)
    | st.sampled_from(["{}", "[]", "null", "[" * 5000, '{"at_s": 1e999}']),
)


@CALM
@given(rows=st.lists(rows_of_nonsense, max_size=30))
def test_rows_of_nonsense_are_passed_over(rows: list[Row]) -> None:
    look_at_all(list(remembered_of(rows)))


def test_ten_thousand_rows_of_nonsense_between_the_real_ones(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = a_history(tmp_path)
    nonsense = [
        (float(i) * 1e300 if i % 7 == 0 else NOON, KINDS[i % len(KINDS)], os.urandom(20).hex())
        for i in range(10_000)
    ]
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db, db:
        db.executemany("INSERT INTO fact (at_utc_s, kind, data) VALUES (?, ?, ?)", nonsense)
    found = recall(tmp_path, never)
    assert len(found.profile.sessions) == 60
    assert len(caplog.records) == 1  # they are counted, not told one by one
    with closing(SqliteStore(tmp_path)) as store:
        assert len(store.rows()) == len(rows) + 10_000


def look_at_all(facts: list[Remembered]) -> None:
    """Everything that reads a history."""
    profile_of(facts)
    for session in report.sessions_of(facts):
        report.as_text(session)
        report.as_dict(session)
    for reminder in reminders.standing(facts):
        reminders.as_text(reminder, UTC)
        reminders.as_dict(reminder)


# Facts that are well formed, and make no sense ---------------------------------------------------

names = st.sampled_from(
    [*SHIPPED.exercises, *SHIPPED.routines, "minutes_10", "minutes_0", "gone", ""]
)
numbers = st.integers(-5, 300) | st.sampled_from([-(10**9), 10**9])
amounts = st.floats(-1e3, 1e5) | st.sampled_from([0.0, -1e308, 1e308])
st.register_type_strategy(LaidDose, st.builds(LaidDose, hold_s=st.floats(1, 200)))


def drawn(kind: type) -> st.SearchStrategy[Any]:
    """A fact with any values that its types allow."""
    with_types = {str: names, int: numbers, float: amounts}
    for plain, strategy in with_types.items():
        st.register_type_strategy(plain, strategy)
    return st.from_type(kind)


def can_be_kept(fact: Fact) -> bool:
    """Whether it is history, of types that a coach makes: hypothesis draws other mappings too."""
    try:
        return is_kept(fact) and bool(as_row(Remembered(NOON, fact)))
    except PydanticSerializationError:
        return False


any_fact = st.one_of([drawn(kind) for kind in get_args(Fact)]).filter(can_be_kept)


@CALM
@given(
    facts=st.lists(st.tuples(st.floats(0, 4e9), any_fact), max_size=12),
    now_utc_s=st.sampled_from([0.0, NOON, 4e9]),
)
def test_any_facts_make_a_coach_that_can_be_asked_and_led(
    facts: list[tuple[float, Fact]], now_utc_s: float
) -> None:
    rows = [as_row(Remembered(at_utc_s, fact)) for at_utc_s, fact in facts]
    known = list(remembered_of(rows))
    look_at_all(known)
    rig = Rig(SHIPPED, profile=profile_of(known))
    rig.send(ClockSet(at=rig.now, utc_s=now_utc_s))
    rig.listen()
    rig.hear(Intent.YES)
    for intent in ASKED:
        rig.run(1.0)
        rig.hear(intent, count=7)
    rig.run(5.0)


@CALM
@given(place=drawn(PlaceReached))
def test_place_that_makes_no_sense_is_no_place_to_go_on_from(place: PlaceReached) -> None:
    found = plan_at(place, SHIPPED, profile_of([]))
    if found is not None:
        plan, index = found
        assert plan.segments[index].step < len(plan.steps)


def a_place() -> dict[str, Any]:
    """Where a session really was, as it is kept: with a wish, and after the first movement."""
    rig = Rig(SHIPPED)
    rig.hear(Intent.START_ROUTINE, routine="short")
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.SLOWER)
    rig.hear(Intent.EASIER)
    rig.hear(Intent.HOLD_LONGER)
    rig.hold()
    rig.run_until(Phase.REST)
    place = rig.known().place
    assert place is not None
    fields = json.loads(as_row(Remembered(NOON, place)).data)
    assert isinstance(fields, dict)
    return fields


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each value that holds no others."""
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key], (*path, key))]
    if isinstance(value, list):
        return [leaf for i in range(len(value)) for leaf in leaves(value[i], (*path, i))]
    return [path]


PLACE = a_place()


@settings(CALM, max_examples=120)
@given(
    path=st.sampled_from(leaves(PLACE)),
    value=st.sampled_from([None, -1, 0, 1, 2, 3, 7, 600, 10**7, 0.5, "", "left", "work", "plank"]),
)
def test_place_that_was_edited_is_gone_on_with_or_left(
    path: tuple[Any, ...], value: object
) -> None:
    fields = json.loads(json.dumps(PLACE))
    inner = fields
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    known = remembered_of([Row(NOON, PlaceReached.__name__, json.dumps(fields))])
    rig = Rig(SHIPPED, profile=profile_of(known))
    rig.send(ClockSet(at=rig.now, utc_s=NOON + 60))
    rig.listen()
    if rig.phase is not Phase.ASKING:
        return
    rig.hear(Intent.YES)
    for word in (Intent.READY, Intent.SESSION_LEFT, Intent.EASIER, Intent.NEXT, Intent.HARDER):
        rig.run(20.0)
        rig.hear(word)
    rig.play_through(within_s=200_000.0)
    rig.run(30.0)


# The journal -------------------------------------------------------------------------------------


@CALM
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_journal_of_nonsense_is_passed_over(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name, JOURNAL).write_bytes(content)
        assert list(entries_of(Path(name))) == []


# The wall clock ----------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [-60, -5, 5, 500, 7000])
def test_clock_that_jumps_years_loses_no_session(tmp_path: Path, years: int) -> None:
    rows = a_history(tmp_path)
    jumped = NOON + years * 365.25 * 86_400.0
    late = as_row(Remembered(jumped, SessionEnded(1.0, "short", completed=True)))
    with closing(SqliteStore(tmp_path)) as store:
        store.append([late])
        assert len(store.rows()) == len(rows) + 1
    facts = remembered(tmp_path, lambda _: None)
    look_at_all(facts)
    rig = Rig(SHIPPED, profile=profile_of(facts))
    rig.send(ClockSet(at=rig.now, utc_s=NOON + 3600.0))
    for intent in (Intent.HOW_WAS_WEEK, Intent.STREAK, Intent.PAIN_TREND):
        rig.hear(intent)
        rig.run(10)
    rig.hear(Intent.START_LENGTH, seconds=600)
    assert rig.phase is Phase.EXPLAINING
