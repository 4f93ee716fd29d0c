"""The scripts, run by a real bash in a copy of the checkout.

Stand-ins for python3, apt-get and their like come first on the PATH; each notes its call, and a
missing package or a missing microphone is a file that is not there.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(p for p in (*CHECKOUT.glob("scripts/*"), CHECKOUT / ".ci/run") if p.is_file())

NOTE = '#!/bin/bash\nprintf "%s\\n" "${0##*/} $*" >>"$STAND_IN/calls"\n'
STAND_INS = {
    # Asked for its identity it answers; asked for a venv it makes one of stand-ins.
    "python3": NOTE
    + """
case "$1" in
  -c) [ -e "$STAND_IN/has-python" ] && cat "$STAND_IN/has-python" ;;
  -V) echo Python 3.11.2 ;;
  -m) mkdir -p "$3/bin" && cp "$STAND_IN/venv-python" "$3/bin/python" ;;
esac
""",
    # The Python in the venv: `pip install` puts the program there unless it is to fail.
    "venv-python": NOTE
    + """
case "$*" in
  *'pip install'*)
    [ ! -e "$STAND_IN/pip-fails" ] || exit 1
    for name in earshot ruff mypy lint-imports pytest; do
      cp "$STAND_IN/program" "${0%/*}/$name"
    done ;;
  *'import assistant'*) [ -e "${0%/*}/earshot" ] ;;
  *--version*) [ ! -e "$STAND_IN/pip-damaged" ] ;;
esac
""",
    "program": NOTE
    + """
case "${0##*/} $*" in
  'earshot devices'*)
    [ ! -e "$STAND_IN/devices-fail" ] || { echo 'the sound system is broken'; exit 2; }
    [ -e "$STAND_IN/has-microphone" ] ;;
  'earshot rehearse'*) echo '{"event": "summary"}' ;;
  'earshot models'*) [ -e "$STAND_IN/online" ] ;;
  'pytest'*)
    echo "corpus: $EARSHOT_CORPUS" >>"$STAND_IN/calls"
    [ "$2" != "$(cat "$STAND_IN/pytest-fails" 2>/dev/null)" ] ;;
  *) [ ! -e "$STAND_IN/${0##*/}-fails" ] ;;
esac
""",
    "dpkg-query": '#!/bin/bash\nsed "s/$/ installed/" "$STAND_IN/packages"\n',
    "apt-get": NOTE
    + """
case "$*" in
  *install*)
    printf '%s\\n' "${@:6}" >>"$STAND_IN/packages"
    case "$*" in *python3-venv*) echo /usr 3.11.2 >"$STAND_IN/has-python" ;; esac ;;
esac
""",
    "sudo": NOTE + '[ -e "$STAND_IN/may-sudo" ] && "$@"\n',
    "id": '#!/bin/bash\ncat "$STAND_IN/uid"\n',
}
BASE = ["espeak-ng", "libespeak-ng1", "libportaudio2", "libatomic1", "flite"]
TEST_ONLY = ["pulseaudio", "pulseaudio-utils", "libasound2-plugins", "systemd"]


class Machine:
    """A machine with a copy of the scripts: by default root, all packages, online, silent."""

    def __init__(self, home: Path) -> None:
        self.project = home / "project"
        self.state = home / "stand-ins"
        self.state.mkdir()
        self.project.mkdir()
        shutil.copytree(CHECKOUT / "scripts", self.project / "scripts")
        shutil.copytree(CHECKOUT / ".ci", self.project / ".ci")
        (self.project / "pyproject.toml").write_text("first\n")
        for name, text in STAND_INS.items():
            path = self.state / name
            path.write_text(text)
            path.chmod(0o755)
        self.set("packages", "\n".join([*BASE, *TEST_ONLY]) + "\n")
        self.set("has-python", "/usr 3.11.2")
        self.set("online")
        self.set("uid", "0")

    def set(self, name: str, text: str = "") -> None:
        (self.state / name).write_text(text)

    def unset(self, name: str) -> None:
        (self.state / name).unlink()

    def run(self, *command: str, corpus: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a script from the home folder; `calls` holds what it did."""
        self.set("calls")
        environment = {
            "PATH": f"{self.state}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "STAND_IN": str(self.state),
        }
        if corpus is not None:
            environment["EARSHOT_CORPUS"] = corpus
        script, *arguments = command
        return subprocess.run(
            [str(self.project / script), *arguments],
            cwd=self.project.parent,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @property
    def calls(self) -> list[str]:
        return (self.state / "calls").read_text().splitlines()

    def calls_of(self, start: str) -> list[str]:
        return [call for call in self.calls if call.startswith(start)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def is_pip_install(call: str) -> bool:
    return call.startswith("python ") and "pip install" in call


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_sound_bash_and_can_be_started(script: Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)
    is_library = script.suffix == ".sh"
    assert os.access(script, os.X_OK) != is_library
    assert is_library or "\nset -euo pipefail\n" in script.read_text()


class TestSetup:
    def test_missing_packages_alone_are_installed(self, machine: Machine) -> None:
        machine.set("packages", "espeak-ng\nlibatomic1\nflite\n")
        assert machine.run("scripts/setup").returncode == 0
        update, install = machine.calls_of("apt-get")
        assert update.endswith("update")
        assert install.endswith("install --no-install-recommends libespeak-ng1 libportaudio2")

    def test_a_python_without_venv_brings_debians(self, machine: Machine) -> None:
        machine.unset("has-python")
        assert machine.run("scripts/setup").returncode == 0
        assert machine.calls_of("apt-get")[-1].endswith(" python3 python3-venv")

    def test_test_packages_come_with_test_alone(self, machine: Machine) -> None:
        machine.set("packages", "\n".join(BASE))
        machine.run("scripts/setup")
        assert not machine.calls_of("apt-get")
        machine.run("scripts/setup", "--test")
        assert machine.calls_of("apt-get")[-1].endswith(" ".join(TEST_ONLY))

    def test_sudo_is_used_where_we_are_not_root(self, machine: Machine) -> None:
        machine.set("uid", "1000")
        machine.set("may-sudo")
        machine.set("packages", "\n".join(BASE[1:]))
        assert machine.run("scripts/setup").returncode == 0
        assert machine.calls_of("sudo env")[-1].endswith(
            "install --no-install-recommends espeak-ng"
        )

    def test_neither_root_nor_sudo_says_what_to_do(self, machine: Machine) -> None:
        machine.set("uid", "1000")
        machine.set("packages", "\n".join(BASE[1:]))
        result = machine.run("scripts/setup")
        assert result.returncode == 1
        assert "As root: apt-get install --no-install-recommends espeak-ng" in result.stderr
        assert not machine.calls_of("apt-get")
        assert not (machine.project / ".venv").exists()

    def test_without_root_a_complete_machine_is_set_up(self, machine: Machine) -> None:
        machine.set("uid", "1000")
        assert machine.run("scripts/setup").returncode == 0

    def test_an_old_python_is_refused(self, machine: Machine) -> None:
        machine.unset("has-python")
        (machine.state / "apt-get").write_text("#!/bin/bash\n")
        result = machine.run("scripts/setup")
        assert result.returncode == 1
        assert "needs Python 3.11 or newer" in result.stderr

    def test_a_second_time_there_is_nothing_to_do(self, machine: Machine) -> None:
        machine.run("scripts/setup")
        assert machine.run("scripts/setup").stderr == ""
        assert not any(is_pip_install(call) for call in machine.calls)
        assert not machine.calls_of("earshot")

    def test_a_changed_pyproject_installs_again_in_the_same_venv(self, machine: Machine) -> None:
        machine.run("scripts/setup")
        (machine.project / "pyproject.toml").write_text("second\n")
        machine.run("scripts/setup")
        assert any(is_pip_install(call) for call in machine.calls)
        assert not machine.calls_of("python3 -m venv")

    def test_another_python_makes_the_venv_anew(self, machine: Machine) -> None:
        machine.run("scripts/setup")
        machine.set("has-python", "/usr 3.13.5")
        machine.run("scripts/setup")
        assert machine.calls_of("python3 -m venv")

    def test_tests_need_more_than_a_run_and_a_run_no_more_than_tests(
        self, machine: Machine
    ) -> None:
        machine.run("scripts/setup")
        machine.run("scripts/setup", "--test")
        assert [call[-6:] for call in machine.calls if is_pip_install(call)] == ["[test]"]
        machine.run("scripts/setup")
        assert not any(is_pip_install(call) for call in machine.calls)

    def test_an_interrupted_installation_is_done_again(self, machine: Machine) -> None:
        machine.set("pip-fails")
        result = machine.run("scripts/setup")
        assert result.returncode == 1
        assert "pip could not install" in result.stderr
        machine.unset("pip-fails")
        assert machine.run("scripts/setup").returncode == 0
        assert any(is_pip_install(call) for call in machine.calls)

    def test_a_failed_upgrade_is_not_taken_for_the_state_before_it(self, machine: Machine) -> None:
        machine.run("scripts/setup")
        (machine.project / "pyproject.toml").write_text("second\n")
        machine.set("pip-fails")
        machine.run("scripts/setup")
        (machine.project / "pyproject.toml").write_text("first\n")
        machine.unset("pip-fails")
        machine.run("scripts/setup")
        assert any(is_pip_install(call) for call in machine.calls)

    @pytest.mark.parametrize("lost", ["bin/python", "bin/earshot", ".made-by"])
    def test_a_broken_venv_is_mended(self, machine: Machine, lost: str) -> None:
        machine.run("scripts/setup")
        (machine.project / ".venv" / lost).unlink()
        assert machine.run("scripts/setup").returncode == 0
        assert (machine.project / ".venv" / lost).exists()
        assert any(is_pip_install(call) for call in machine.calls)

    def test_a_venv_with_damaged_pip_is_made_anew(self, machine: Machine) -> None:
        machine.run("scripts/setup")
        (machine.project / ".venv/bin/earshot").unlink()
        machine.set("pip-damaged")
        assert machine.run("scripts/setup").returncode == 0
        assert machine.calls_of("python3 -m venv")

    def test_the_model_is_asked_for_once_also_when_it_fails(self, machine: Machine) -> None:
        machine.unset("online")
        result = machine.run("scripts/setup")
        assert result.returncode == 0
        assert machine.calls_of("earshot") == ["earshot models fetch --if-online"]
        assert "scripts/fetch_models" in result.stderr
        machine.run("scripts/setup")
        assert not machine.calls_of("earshot")
        assert machine.run("scripts/fetch_models").returncode == 1
        assert machine.calls_of("earshot") == ["earshot models fetch"]

    def test_the_tests_leave_the_model_to_a_later_run(self, machine: Machine) -> None:
        machine.run("scripts/setup", "--test")
        assert not machine.calls_of("earshot")
        machine.run("scripts/setup")
        assert machine.calls_of("earshot") == ["earshot models fetch --if-online"]

    def test_an_unknown_flag_is_refused(self, machine: Machine) -> None:
        result = machine.run("scripts/setup", "--tset")
        assert result.returncode == 1
        assert "--tset is unknown" in result.stderr
        assert machine.calls == []


class TestRun:
    def test_with_a_microphone_the_coach_runs(self, machine: Machine) -> None:
        machine.set("has-microphone")
        assert machine.run("scripts/run", "strengthening", "--quiet").returncode == 0
        assert machine.calls[-1] == "earshot run strengthening --quiet"

    def test_without_a_microphone_it_rehearses_and_says_why_and_where(
        self, machine: Machine
    ) -> None:
        result = machine.run("scripts/run")
        assert result.returncode == 0
        assert machine.calls[-1] == "earshot rehearse stretches --out rehearsal.wav"
        last_line = result.stderr.splitlines()[-1]
        assert "No microphone was found" in last_line
        assert str(machine.project.parent / "rehearsal.wav") in last_line

    @pytest.mark.parametrize(
        ("arguments", "rehearsed"),
        [
            ([], "stretches --out rehearsal.wav"),
            (["--json"], "stretches --out rehearsal.wav --json"),
            (["short", "--json"], "short --out rehearsal.wav --json"),
            (["--out", "a.wav"], "stretches --out a.wav"),
            (["short", "--out=a.wav"], "short --out=a.wav"),
        ],
    )
    def test_a_rehearsal_asked_for_is_held_with_a_microphone_too(
        self, machine: Machine, arguments: Sequence[str], rehearsed: str
    ) -> None:
        machine.set("has-microphone")
        result = machine.run("scripts/run", "--rehearse", *arguments)
        assert machine.calls[-1] == f"earshot rehearse {rehearsed}"
        says_where = "rehearsal.wav" in result.stderr
        assert says_where == ("rehearsal.wav" in rehearsed)

    def test_standard_output_is_the_programs_alone(self, machine: Machine) -> None:
        assert machine.run("scripts/run", "--rehearse").stdout == '{"event": "summary"}\n'

    def test_a_broken_sound_system_is_not_taken_for_a_missing_microphone(
        self, machine: Machine
    ) -> None:
        machine.set("devices-fail")
        result = machine.run("scripts/run")
        assert result.returncode == 2
        assert "the sound system is broken" in result.stderr
        assert not machine.calls_of("earshot rehearse")


class TestTest:
    def test_every_check_is_made_in_order(self, machine: Machine) -> None:
        result = machine.run("scripts/test", corpus="/recordings")
        assert result.returncode == 0
        checks = [call.split()[0] for call in machine.calls if not call.startswith("python")]
        assert checks[:4] == ["ruff", "ruff", "mypy", "lint-imports"]
        # These two at the same time.
        tests = {call.split(" -")[1] for call in machine.calls_of("pytest")}
        assert tests == {"m not audio_server", "m audio_server"}
        assert machine.calls_of("corpus") == ["corpus: /recordings"] * 2

    @pytest.mark.parametrize("which", ["audio_server", "not audio_server"])
    def test_either_run_of_pytest_may_fail(self, machine: Machine, which: str) -> None:
        machine.set("pytest-fails", which)
        result = machine.run("scripts/test")
        assert result.returncode == 1
        assert "failed after" in result.stdout
        assert len(machine.calls_of("pytest")) == 2

    def test_the_first_failure_ends_it(self, machine: Machine) -> None:
        machine.set("mypy-fails")
        result = machine.run("scripts/test")
        assert result.returncode == 1
        assert "mypy failed" in result.stdout
        assert not machine.calls_of("lint-imports")
        assert not machine.calls_of("pytest")

    def test_arguments_go_to_one_run_of_pytest(self, machine: Machine) -> None:
        machine.run("scripts/test", "tests/unit", "-k", "hold")
        assert machine.calls_of("pytest") == ["pytest tests/unit -k hold"]

    def test_missing_recordings_are_named_at_the_end(self, machine: Machine) -> None:
        result = machine.run("scripts/test")
        last_line = result.stdout.splitlines()[-1]
        assert "all passed" in last_line
        assert "EARSHOT_CORPUS is not set" in last_line


class TestCi:
    def test_recordings_beside_the_checkout_are_used(self, machine: Machine) -> None:
        recordings = machine.project.parent / "shared/audio/tune"
        recordings.mkdir(parents=True)
        machine.run(".ci/run")
        assert machine.calls_of("corpus")[0] == f"corpus: {recordings}"

    def test_recordings_named_by_the_caller_win(self, machine: Machine) -> None:
        (machine.project.parent / "shared/audio/tune").mkdir(parents=True)
        machine.run(".ci/run", corpus="/mine")
        assert machine.calls_of("corpus")[0] == "corpus: /mine"

    def test_without_recordings_it_still_runs(self, machine: Machine) -> None:
        assert machine.run(".ci/run").returncode == 0
        assert machine.calls_of("corpus")[0] == "corpus: "
