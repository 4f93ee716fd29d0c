"""The power is cut in the middle of a session: the real program, killed, and started again."""

import time
from pathlib import Path

import pytest
from program import Earshot, earshot_that_is_told, with_tiny_routine
from server import SoundServer

from assistant.coach.actions import HoldEnded, SessionBegan
from assistant.coach.intents import Side
from assistant.history.memory import remembered
from assistant.history.records import profile_of

pytestmark = [pytest.mark.audio_server, pytest.mark.slow]


def wait_for_place(program: Earshot, folder: Path, side: Side) -> None:
    """Until it is on the disk that the session has got to a side; what a busy machine has paused
    goes on."""
    limit_s = time.monotonic() + 60.0
    while time.monotonic() < limit_s:
        place = profile_of(remembered(folder, print)).place
        if place is not None and place.segments[place.index].side is side:
            return
        if program.all("PhaseEntered")[-1].values["phase"] == "paused":
            program.tell("resume")
        time.sleep(0.2)
    raise AssertionError(f"the place on the {side} side was never kept")


def phase(program: Earshot, name: str, side: str | None = None) -> None:
    """Wait for a phase."""
    about = {} if side is None else {"side": side}
    program.wait_for("PhaseEntered", phase=name, timeout_s=40.0, **about)


def test_session_that_a_power_cut_ended_goes_on_by_voice_where_it_was(
    sound_server: SoundServer, tmp_path: Path
):
    data = tmp_path / "data"
    (tmp_path / "settings.toml").write_text(f'data_dir = "{data}"\n')
    with_tiny_routine(tmp_path, "evening stretch", hold_s=3)
    with sound_server.awake_microphone():
        with earshot_that_is_told(sound_server, tmp_path) as program:
            program.wait(lambda: "listening" in program.printed, "listening", 40.0)
            program.tell("start_routine", routine="tiny")
            program.tell("ready")
            phase(program, "hold", "left")
            wait_for_place(program, data, Side.RIGHT)
            program.process.kill()
            program.process.wait()
        with earshot_that_is_told(sound_server, tmp_path) as program:
            phase(program, "asking")
            program.tell("yes")
            phase(program, "waiting", "right")
    facts = [entry.fact for entry in remembered(data, pytest.fail)]
    assert sum(isinstance(fact, SessionBegan) for fact in facts) == 1
    holds = [fact for fact in facts if isinstance(fact, HoldEnded)]
    assert [hold.side for hold in holds if hold.completed] == [Side.LEFT]
