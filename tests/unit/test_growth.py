"""What `earshot history`, `history export` and `progress` tell of the facts."""

import csv
import io
import json
import time
import zipfile
from contextlib import closing
from datetime import UTC, date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from coach_rig import LINES, Rig, library_of

from assistant import cli
from assistant.coach.actions import (
    Fact,
    HoldEnded,
    LevelReason,
    LevelSet,
    MovementDone,
    PainReported,
    RedFlagAnswered,
    SessionBegan,
    SessionEnded,
)
from assistant.coach.events import ClockSet, ListeningBegan
from assistant.coach.intents import Intent
from assistant.history.growth import growth_of
from assistant.history.growth_svg import picture
from assistant.history.journal import Journal
from assistant.history.records import Remembered, as_row, profile_of
from assistant.history.report import as_csv, as_text, in_last_week, sessions_of
from assistant.history.store import FILE_NAME, SqliteStore
from assistant.library import Dose

NOON = 1_768_219_200.0  # Monday, 12 January 2026, 12:00 UTC
DAY_S = 86_400.0
MOVE = "first_movement"


def session(at_utc_s: float, held_s: float = 10.0, pain: int | None = None) -> list[Remembered]:
    facts: list[Fact] = [
        SessionBegan(0.0, "test", ()),
        HoldEnded(1.0, MOVE, None, held_s, held_s, completed=True),
        MovementDone(1.0, MOVE),
        *([] if pain is None else [PainReported(2.0, MOVE, pain)]),
        SessionEnded(3.0, "test", completed=True),
    ]
    return [Remembered(at_utc_s, fact) for fact in facts]


def history(*ages: tuple[float, float, int | None]) -> list[Remembered]:
    """Sessions so many days ago, each with its hold and its pain."""
    return [entry for age, *about in ages for entry in session(NOON - age * DAY_S, *about)]


KEPT = history((20, 8.0, 6), (9, 10.0, 4), (6, 12.0, None), (1, 15.0, 1), (0, 14.0, None))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EARSHOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("EARSHOT_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "data"


def keep(home: Path, facts: list[Remembered]) -> None:
    with closing(SqliteStore(home)) as store:
        store.append([as_row(entry) for entry in facts])


def until_now(facts: list[Remembered]) -> list[Remembered]:
    """The same, ending an hour ago."""
    later_s = time.time() - 3600.0 - NOON
    return [Remembered(entry.at_utc_s + later_s, entry.fact) for entry in facts]


# The list --------------------------------------------------------------------------------------


def test_session_that_another_followed_without_its_end_ended_early():
    cut = session(NOON - DAY_S)[:-1]
    first, second = sessions_of([*cut, *session(NOON)])
    assert (first.is_completed, first.held_s, first.ended_utc_s) == (False, 10.0, NOON - DAY_S)
    assert (second.is_completed, second.held_s) == (True, 10.0)


def test_warning_signs_that_were_answered_with_yes_are_listed():
    facts = session(NOON)
    facts.insert(2, Remembered(NOON, RedFlagAnswered(1.0, "chest", is_so=True)))
    facts.insert(2, Remembered(NOON, RedFlagAnswered(1.0, "fever", is_so=False)))
    (found,) = sessions_of(facts)
    assert found.warning_signs == ("chest",)
    assert "warning signs: chest" in as_text(found)


def test_week_is_the_last_seven_days_as_by_voice():
    found = in_last_week(sessions_of(KEPT), NOON)
    assert [s.held_s for s in found] == [12.0, 15.0, 14.0]
    rig = Rig(library_of(Dose(hold_s=8)), profile=profile_of(KEPT))
    rig.send(ClockSet(at=rig.now, utc_s=NOON))
    rig.hear(Intent.HOW_WAS_WEEK)
    assert rig.last_words == LINES.say("week", sessions="3 sessions", days="3 days")


def test_table_has_a_line_of_names_and_one_for_each_session():
    rows = list(csv.DictReader(io.StringIO(as_csv(sessions_of(KEPT)))))
    assert [row["worst_pain"] for row in rows] == ["6", "4", "", "1", ""]
    assert rows[0]["exercises"] == MOVE
    assert rows[0]["ended"] == "2025-12-23T12:00:00Z"


def test_week_and_table_on_the_command_line(home: Path, capsys: pytest.CaptureFixture[str]):
    keep(home, until_now(KEPT))
    assert cli.main(["history", "--week"]) == 0
    *lines, total = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert total == "3 sessions on 3 days, 1 min held"
    assert cli.main(["history", "--csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6


# Taking it away --------------------------------------------------------------------------------


def test_export_has_every_fact_the_sessions_and_the_journal(home: Path, tmp_path: Path):
    keep(home, KEPT)
    journal = Journal(home)
    journal.note(ListeningBegan(at=1.0))
    journal.close()
    file = tmp_path / "earshot.zip"
    assert cli.main(["history", "export", str(file)]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        facts = [json.loads(line) for line in archive.read("history.jsonl").splitlines()]
        assert len(archive.read("sessions.csv").splitlines()) == 6
        assert b"ListeningBegan" in archive.read("journal.jsonl")
    assert len(facts) == len(KEPT)
    assert facts[0] == {
        "at": "2025-12-23T12:00:00.000+00:00",
        "at_utc_s": NOON - 20 * DAY_S,
        "kind": "SessionBegan",
        "fields": {"at_s": 0.0, "routine": "test", "movements": []},
    }


def test_export_replaces_no_file_unasked_and_names_what_is_wrong(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "earshot.zip"
    assert cli.main(["history", "export", str(file)]) == 2
    assert "nothing is kept here" in capsys.readouterr().err
    keep(home, KEPT)
    file.write_text("mine")
    assert cli.main(["history", "export", str(file)]) == 2
    assert file.read_text() == "mine"
    assert "--replace" in capsys.readouterr().err
    assert cli.main(["history", "export", str(file), "--replace"]) == 0
    assert zipfile.is_zipfile(file)
    assert cli.main(["history", "export", str(tmp_path / "absent" / "x.zip")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_journal_is_printed_a_run_at_a_time(home: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["journal"]) == 0
    assert "no journal" in capsys.readouterr().err
    for at in (1.0, 2.0):
        journal = Journal(home)
        journal.note(ListeningBegan(at=at))
        journal.close()
    assert cli.main(["journal"]) == 0
    assert [json.loads(x)["at"] for x in capsys.readouterr().out.splitlines()] == [2.0]
    assert cli.main(["journal", "--all"]) == 0
    assert [json.loads(x)["at"] for x in capsys.readouterr().out.splitlines()] == [1.0, 2.0]


# Progress --------------------------------------------------------------------------------------


def test_weeks_begin_on_monday_and_empty_ones_are_there():
    growth = growth_of(KEPT, NOON, UTC, weeks=5)
    assert [week.begins for week in growth.weeks] == [
        *(date(2025, 12, 15), date(2025, 12, 22), date(2025, 12, 29)),
        *(date(2026, 1, 5), date(2026, 1, 12)),
    ]
    assert [week.sessions for week in growth.weeks] == [0, 1, 1, 2, 1]
    assert [week.pain for week in growth.weeks] == [None, 6.0, 4.0, 0.5, 0.0]
    assert growth.weeks[3].held_min == pytest.approx(27.0 / 60)
    assert growth.streak_days == 2


def test_streak_is_the_one_that_is_told_by_voice():
    for ages in ([0, 1, 2, 4], [1, 2], [2, 3], []):
        facts = history(*((age, 8.0, None) for age in sorted(ages, reverse=True)))
        days = growth_of(facts, NOON, UTC).streak_days
        rig = Rig(library_of(Dose(hold_s=8)), profile=profile_of(facts))
        rig.send(ClockSet(at=rig.now, utc_s=NOON))
        rig.hear(Intent.STREAK)
        told = LINES.say("streak", days=f"{days} days") if days else LINES.say("streak_none")
        assert rig.last_words == told


def test_longest_holds_and_levels_of_each_movement():
    level = Remembered(NOON, LevelSet(9.0, MOVE, 2, LevelReason.EARNED))
    (movement,) = growth_of([*KEPT, level], NOON, UTC).movements
    assert (movement.first_s, movement.longest_s, movement.level) == (8.0, 15.0, 2)
    rig = Rig(library_of(Dose(hold_s=8)), profile=profile_of(KEPT))
    rig.hear(Intent.LONGEST_HOLD, exercise=MOVE)
    assert rig.last_words == LINES.say("longest", exercise="first movement", duration="15 seconds")


def test_whether_pain_is_better_is_told_from_the_sessions():
    facts = history((20, 8.0, 6), (16, 8.0, 4), (3, 8.0, 2), (1, 8.0, None))
    rig = Rig(library_of(Dose(hold_s=8)), profile=profile_of(facts))
    rig.send(ClockSet(at=rig.now, utc_s=NOON))
    rig.hear(Intent.PAIN_TREND)
    assert rig.last_words == LINES.say("pain_better", now="1", before="5")


def test_picture_shows_every_week_and_movement_and_needs_nothing_from_elsewhere():
    text = picture(growth_of(KEPT, NOON, UTC))
    root = ElementTree.fromstring(text)
    kinds = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert kinds.count("circle") == 4  # weeks with a session
    assert kinds.count("rect") == 1 + 12 + 2
    assert "first movement" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_empty_history_has_a_picture_too():
    ElementTree.fromstring(picture(growth_of([], NOON, UTC)))


def test_progress_is_drawn_in_the_terminal(home: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["progress"]) == 0
    assert "no sessions" in capsys.readouterr().out
    keep(home, until_now(KEPT))
    assert cli.main(["progress"]) == 0
    said = capsys.readouterr().out
    assert "█" in said
    assert "first movement" in said
    assert "5 sessions in 12 weeks" in said


def test_progress_as_a_picture_and_for_programs(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    keep(home, until_now(KEPT))
    file = tmp_path / "progress.svg"
    assert cli.main(["progress", "--svg", str(file), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["weeks"]) == 12
    assert file.read_text().startswith("<svg")
    assert cli.main(["progress", "--svg", str(tmp_path / "absent" / "x.svg")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_damaged_history_is_told_by_each_command_and_none_of_them_fails(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    for command in (["history"], ["history", "--csv"], ["progress"], ["reminders"]):
        keep(home, until_now(KEPT))
        (home / FILE_NAME).write_bytes(b"no database " * 500)
        assert cli.main(command) == 0
        assert "set aside" in capsys.readouterr().err
