"""What the doctor says of a machine with a microphone and a loudspeaker, and of sick ones.

Here the loudspeaker is heard in the room, 30 ms later and 12 dB quieter, and a fan hums there.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from server import REPOSITORY, SoundServer, running

pytestmark = pytest.mark.audio_server

FAN_DBFS = -55.0

LISTENING = """
import json
from assistant.config import load_settings
from assistant.doctor.devices import listening
from assistant.doctor.finding import as_dict
print(json.dumps(as_dict(listening(load_settings(), None))))
"""


@pytest.fixture(scope="module")
def machine() -> Iterator[SoundServer]:
    with running() as server, server.awake_microphone(), server.awake_loudspeaker():
        loop = ("source=speaker.monitor", "sink=room", "latency_msec=30")
        server.control("load-module", "module-loopback", *loop)
        inputs = json.loads(server.control("--format=json", "list", "sink-inputs"))
        server.control("set-sink-input-volume", str(inputs[-1]["index"]), "-12dB")
        yield server


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {x["check"]: x["verdict"] for x in found["findings"]}


def finding(found: dict[str, Any], check: str) -> dict[str, Any]:
    [one] = [x for x in found["findings"] if x["check"] == check]
    return one


def test_on_a_healthy_machine_everything_is_well(machine: SoundServer):
    with machine.noise(FAN_DBFS), tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "assistant.cli", "--config-dir", folder, "doctor"]
        done = subprocess.run(
            [*command, "--json", "--data-dir", str(Path(folder) / "data")],
            env=machine.env,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    told = verdicts(found)
    wrong = [x for x in found["findings"] if x["verdict"] in {"warning", "problem"}]
    assert [x for x in wrong if x["check"] != "overruns"] == []  # a busy machine loses sound
    assert done.returncode == 0
    wanted = ["microphone", "loudspeaker", "microphone level", "a spoken line", "echo", "voice"]
    assert {told[check] for check in [*wanted, "recogniser", "clock", "sound server"]} == {"ok"}
    echo = finding(found, "echo")["measured"]
    print(f"\nechoes {1000 * echo['delay_s']:.0f} ms after its time, {echo['gain_db']:+.1f} dB")
    assert echo["gain_db"] == pytest.approx(-12.0, abs=3.0)  # a tenth of the sound lost: -1 dB
    assert 0.0 < echo["delay_s"] < 0.2
    level = finding(found, "microphone level")["measured"]
    assert level["noise_dbfs"] == pytest.approx(FAN_DBFS, abs=3.0)


def test_muted_microphone_and_absent_loudspeaker_are_problems_with_their_mends(
    machine: SoundServer,
):
    machine.control("load-module", "module-null-sink", "sink_name=auto_null")
    machine.control("set-source-mute", "mic", "1")
    machine.control("set-default-sink", "auto_null")
    try:
        found = json.loads(machine.run_python(LISTENING))
    finally:
        machine.control("set-default-sink", "speaker")
        machine.control("set-source-mute", "mic", "0")
        machine.control("unload-module", machine.module_number("sink_name=auto_null"))
    told = verdicts(found)
    assert (told["microphone"], told["loudspeaker"]) == ("ok", "problem")
    assert told["microphone level"] == "problem"
    assert told["a spoken line"] == told["echo"] == "not applicable"
    assert "nobody hears" in finding(found, "loudspeaker")["found"]
    assert "Unmute it" in finding(found, "microphone level")["mend"]


def test_microphone_at_full_scale_is_a_problem_with_its_mend(machine: SoundServer):
    with machine.noise(-3.0):
        found = json.loads(machine.run_python(LISTENING))
    assert finding(found, "microphone level")["verdict"] == "problem"
    assert "overloaded" in finding(found, "microphone level")["found"]
    assert "gain down" in finding(found, "microphone level")["mend"]


def test_machine_without_a_microphone_is_told_so_and_not_its_own_echo(machine: SoundServer):
    machine.control("set-default-source", "speaker.monitor")
    try:
        found = json.loads(machine.run_python(LISTENING))
    finally:
        machine.control("set-default-source", "mic")
    assert verdicts(found)["microphone"] == "problem"
    assert "lends" in finding(found, "microphone")["found"]
    assert verdicts(found)["echo"] == "not applicable"
