"""What `earshot doctor` says of sick machines: real parts, missing or broken one by one.

None of them has sound; `tests/audio_server/test_doctor_listens.py` has those that do.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant.doctor.machine import permissions

REPOSITORY = Path(__file__).parents[2]
FULL_BYTES = 1 << 20


@dataclass
class Told:
    """What the doctor said."""

    code: int
    findings: list[dict[str, Any]]
    complaints: str

    def __getitem__(self, check: str) -> dict[str, Any]:
        return next(x for x in self.findings if x["check"] == check)

    @property
    def wrong(self) -> set[str]:
        """What is a problem, beside the sound that no machine here has."""
        without = {"microphone", "loudspeaker", "sound server"}
        return {x["check"] for x in self.findings if x["verdict"] == "problem"} - without


def doctor(folder: Path, *options: str, **environment: str) -> Told:
    """Run it in a home of its own, without a sound server."""
    env: Mapping[str, str] = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("PULSE_", "EARSHOT_"))},
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        **environment,
    }
    command = [sys.executable, "-m", "assistant.cli"]
    done = subprocess.run(
        [*command, "--config-dir", str(folder), "doctor", "--json", *options],
        env=env,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return Told(done.returncode, json.loads(done.stdout)["findings"], done.stderr)


@pytest.mark.skipif(Path("/proc/asound/cards").exists(), reason="this computer has sound cards")
def test_without_sound_hardware_and_server_both_devices_are_problems(tmp_path: Path):
    told = doctor(tmp_path)
    assert told.code == 1
    assert told["microphone"]["verdict"] == told["loudspeaker"]["verdict"] == "problem"
    assert "Plug in a microphone" in told["microphone"]["mend"]
    assert told["echo"]["verdict"] == "not applicable"
    assert told["permissions"]["verdict"] == "not applicable"
    assert told.wrong == set()
    assert told.complaints == ""


def test_wrong_settings_and_model_are_named_and_the_rest_is_looked_at_all_the_same(tmp_path: Path):
    model = tmp_path / "model"
    model.mkdir()
    (tmp_path / "settings.toml").write_text(f'talk = "loud"\nmodel = "{model}"\n')
    told = doctor(tmp_path, "--data-dir", str(tmp_path / "data"))
    assert told.code == 1
    assert told.wrong == {"settings", "recogniser"}
    assert "loud" in told["settings"]["found"]
    assert "settings.toml" in told["settings"]["mend"]
    assert str(model) in told["recogniser"]["found"]
    assert told["recogniser"]["mend"]
    assert told["voice"]["verdict"] == told["disk: history"]["verdict"] == "ok"


def test_machine_without_espeak_ng_has_no_voice(tmp_path: Path):
    # The first place where a library is looked for holds files that are none.
    for name in ("libespeak-ng.so.1", "libespeak-ng.so", "libespeak.so.1", "libespeak.so"):
        (tmp_path / name).write_bytes(b"")
    told = doctor(tmp_path, LD_LIBRARY_PATH=str(tmp_path))
    assert told.code == 1
    assert told.wrong == {"voice"}
    assert "espeak-ng" in told["voice"]["mend"]
    assert told["recogniser"]["verdict"] == "ok"


def test_full_disk_and_broken_routine_are_problems(tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={FULL_BYTES}", "tmpfs", str(data)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        with pytest.raises(OSError, match="No space"), (data / "filler").open("wb") as file:
            file.write(bytes(2 * FULL_BYTES))
        (tmp_path / "routines").mkdir()
        (tmp_path / "routines" / "mine.yaml").write_text("id: mine\nsteps: 3\n")
        told = doctor(tmp_path, "--data-dir", str(data))
    finally:
        subprocess.run(["umount", "--lazy", str(data)], check=True)
    assert told.wrong == {"disk: history", "routines"}
    assert "Free some space" in told["disk: history"]["mend"]
    assert "mine.yaml" in told["routines"]["found"]
    assert told["recogniser"]["verdict"] == "not applicable"


def test_sound_devices_that_others_may_use_alone_are_a_problem(tmp_path: Path):
    (tmp_path / "pcmC0D0c").write_bytes(b"")
    assert permissions(tmp_path).verdict == "ok"
    (tmp_path / "pcmC0D0p").symlink_to(tmp_path / "not there")
    told = permissions(tmp_path)
    assert told.verdict == "problem"
    assert "audio" in told.mend


def test_wrong_flag_is_an_error_of_whoever_gave_it(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "doctor", "--engine", "ears"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "ears" in done.stderr
