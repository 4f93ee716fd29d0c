"""`earshot health`: the file that the service writes, read and judged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.appliance.health import (
    STALE_S,
    Health,
    State,
    as_dict,
    as_text,
    is_running,
    judge,
    memory_mb,
    own_file,
    places,
    read,
    write,
)
from assistant.cli import main
from assistant.errors import ServiceError

WELL = Health(
    state=State.LISTENING,
    since_utc_s=1_790_000_000.0,
    written_s=500.0,
    last_frame_s=499.9,
    dropped_frames=0,
    overflows=2,
    dropped_events=0,
    memory_mb=151.26,
    pid=4321,
    version="0.1.0",
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "earshot" / "health.json"
    write(WELL, file)
    assert read([tmp_path / "none.json", file]) == WELL
    assert [path.name for path in file.parent.iterdir()] == ["health.json"]
    assert file.stat().st_mode & 0o044 == 0o044  # a monitor may be another user


def test_no_file_means_that_nothing_runs(tmp_path: Path) -> None:
    assert read([tmp_path / "health.json"]) is None
    assert judge(None, 1.0, is_alive=False).reasons == ("Earshot is not running",)


def test_a_service_that_hears_is_well() -> None:
    assert judge(WELL, 503.0, is_alive=True).is_well


@pytest.mark.parametrize(
    ("change", "now_s", "is_alive", "reason"),
    [
        ({}, 501.0, False, "ended without a word"),
        ({}, 400.0, True, "ended without a word"),  # written before the machine's last start
        ({}, 500.0 + STALE_S + 1, True, "no sign of life for 31 s"),
        ({"state": State.STARTING, "last_frame_s": None}, 501.0, True, "not listening yet"),
        ({"state": State.SEARCHING}, 501.0, True, "microphone is gone"),
        ({"last_frame_s": 490.0}, 501.0, True, "no sound comes from the microphone"),
    ],
)
def test_what_is_wrong_is_named(
    change: dict[str, object], now_s: float, is_alive: bool, reason: str
) -> None:
    verdict = judge(replace(WELL, **change), now_s, is_alive=is_alive)
    assert not verdict.is_well
    assert [reason in text for text in verdict.reasons] == [True]


def test_monitors_get_the_same_names_every_time() -> None:
    told = as_dict(judge(WELL, 502.0, is_alive=True), 502.0)
    assert told == {
        "healthy": True,
        "reasons": [],
        "state": "listening",
        "since": "2026-09-21T14:13:20+00:00",
        "last_frame_age_s": 2.1,
        "dropped_frames": 0,
        "overflows": 2,
        "dropped_events": 0,
        "memory_mb": 151.3,
        "pid": 4321,
        "version": "0.1.0",
    }
    assert as_text(judge(WELL, 502.0, is_alive=True), 502.0)[:2] == ["well", "state: listening"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '{"state": "dancing"}',
        json.dumps({**json.loads('{"pid": -1}'), "state": "listening"}),
    ],
)
def test_a_file_that_is_none_of_ours_is_named_with_its_mend(tmp_path: Path, text: str) -> None:
    file = tmp_path / "health.json"
    file.write_text(text)
    with pytest.raises(ServiceError, match="this is no health of a service") as error:
        read([file])
    assert error.value.place == str(file)


def test_what_a_newer_version_adds_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "health.json"
    write(WELL, file)
    file.write_text(json.dumps({**json.loads(file.read_text()), "mood": "good"}))
    assert read([file]) == WELL


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    change=st.dictionaries(
        st.sampled_from(sorted(Health.__slots__)),
        st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=5), st.booleans()),
    )
)
def test_no_edited_file_gives_anything_but_a_verdict_or_a_named_error(
    tmp_path: Path, change: dict[str, object]
) -> None:
    file = tmp_path / "health.json"
    write(WELL, file)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    try:
        found = read([file])
    except ServiceError:
        return
    assert found is not None
    verdict = judge(found, 1000.0, is_alive=is_running(found.pid))
    assert json.dumps(as_dict(verdict, 1000.0))


def test_it_lies_where_systemd_says_else_in_the_users_runtime_folder(tmp_path: Path) -> None:
    assert own_file({"RUNTIME_DIRECTORY": "/run/earshot:/run/x"}) == Path(
        "/run/earshot/health.json"
    )
    environment = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert own_file(environment) == tmp_path / "earshot" / "health.json"
    assert places(environment) == (own_file(environment), Path("/run/earshot/health.json"))


def test_a_process_is_there_or_not() -> None:
    assert is_running(1)
    assert not is_running(2**22)


def test_memory_is_told_where_the_system_tells_it() -> None:
    memory = memory_mb()
    assert memory is None or 5 < memory < 5000


def test_the_command_says_well_or_not_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    if Path("/run/earshot/health.json").exists():
        pytest.skip("a service of the system's runs here")
    assert main(["health", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "healthy": False,
        "reasons": ["Earshot is not running"],
    }
    file = tmp_path / "earshot" / "health.json"
    file.parent.mkdir()
    file.write_text("cut off")
    assert main(["health"]) == 2
    assert str(file) in capsys.readouterr().err
