"""The power is cut while somebody is in a hold: the real program, killed, and started again."""

import time
from contextlib import closing
from pathlib import Path

import pytest
from server import SoundServer
from test_session import Earshot, Person, earshot, in_tries, with_tiny_routine

from assistant.coach.actions import HoldEnded, SessionBegan
from assistant.coach.intents import Side
from assistant.history.memory import remembered
from assistant.history.records import profile_of
from assistant.history.store import SqliteStore

pytestmark = [pytest.mark.audio_server, pytest.mark.slow, pytest.mark.timeout(600)]


def wait_for_place(folder: Path, side: Side) -> None:
    """Until it is on the disk that the session has got to a side."""
    limit_s = time.monotonic() + 20.0
    while time.monotonic() < limit_s:
        if (folder / "history.db").exists():
            place = profile_of(remembered(folder, print)).place
            if place is not None and place.segments[place.index].side is side:
                return
        time.sleep(0.1)
    raise AssertionError(f"the place on the {side} side was never kept")


def cut_and_taken_up(server: SoundServer, folder: Path) -> tuple[Path, Earshot]:
    data = folder / "data"
    (folder / "settings.toml").write_text(f'data_dir = "{data}"\n')
    with_tiny_routine(folder, "knee routine")
    with server.awake_microphone():
        with earshot(server, folder) as program:
            person = Person(server, program, folder)
            program.wait_for("Spoke")
            person.say("start knee routine", "start_routine")
            person.say("ready", "ready")
            program.wait_for("PhaseEntered", phase="hold", side="right")
            wait_for_place(data, Side.RIGHT)
            program.process.kill()
            program.process.wait()
        with earshot(server, folder) as program:
            person = Person(server, program, folder)
            program.wait_for("PhaseEntered", phase="asking")
            person.say("yes", "yes")
            program.wait_for("PhaseEntered", phase="waiting", side="right")
            person.say("ready", "ready")
            program.wait_for("PhaseEntered", phase="hold", side="right")
            program.process.terminate()
            assert program.process.wait(timeout=10) == 0
    return data, program


def test_session_that_a_power_cut_ended_goes_on_by_voice_where_it_was(
    sound_server: SoundServer, tmp_path_factory: pytest.TempPathFactory
):
    data, _ = in_tries(lambda: cut_and_taken_up(sound_server, tmp_path_factory.mktemp("cut")))
    facts = [entry.fact for entry in remembered(data, pytest.fail)]
    assert sum(isinstance(fact, SessionBegan) for fact in facts) == 1
    holds = [fact for fact in facts if isinstance(fact, HoldEnded)]
    assert [(hold.side, hold.completed) for hold in holds] == [(Side.LEFT, True)]
    with closing(SqliteStore(data)) as store:
        assert store.set_aside is None
