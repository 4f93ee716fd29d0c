"""`earshot service`: unit files judged by systemd itself, installation into a temporary home.

No systemd runs where tests do, so systemctl and loginctl alone are stand-ins: programs on the PATH
that note how they were called.
"""

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.appliance import install
from assistant.appliance.install import Answer, Target
from assistant.appliance.units import Unit, below_home, quoted, render, system_unit, user_unit
from assistant.config import load_settings
from assistant.errors import ServiceError

CHECKOUT = Path(__file__).resolve().parents[2]

ME = pwd.getpwuid(os.getuid()).pw_name
COMMAND = ("/opt/earshot/bin/earshot", "run")
UNITS = {
    "user": user_unit(COMMAND, ["%h/.config/earshot", "%h/.cache/earshot"], is_networked=False),
    "user with network": user_unit(COMMAND, ["%h/.config/earshot"], is_networked=True),
    "system": system_unit(COMMAND, "daemon", is_networked=False),
    "system with network": system_unit(COMMAND, "daemon", is_networked=True),
}


@pytest.fixture
def systemd_analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("needs systemd-analyze (Debian: systemd); scripts/setup --test brings it")
    return found


# The unit files -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_the_unit_exposed_no_more_than_3(
    name: str, systemd_analyze: str, tmp_path: Path
) -> None:
    file = tmp_path / "earshot.service"
    file.write_text(render(UNITS[name]))
    judged = subprocess.run(
        [systemd_analyze, "security", "--offline=true", "--threshold=30", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Overall exposure level" in judged.stdout, judged.stderr
    print(judged.stdout.strip().splitlines()[-1])
    assert judged.returncode == 0, judged.stdout


@pytest.mark.parametrize("name", UNITS)
def test_systemd_understands_every_line_of_the_unit(
    name: str, systemd_analyze: str, tmp_path: Path
) -> None:
    unit = Unit(
        # A program that is there, with words that need quoting.
        (sys.executable, "run", 'a "b" c', "50%", "$HOME", "back\\slash", "x;y", "#z"),
        (*UNITS[name].writable, "/tmp/with space"),
        UNITS[name].environment,
        UNITS[name].user,
        UNITS[name].is_networked,
    )
    file = tmp_path / "earshot.service"
    file.write_text(render(unit))
    manager = "--system" if unit.user else "--user"
    judged = subprocess.run(
        [systemd_analyze, "verify", manager, "--man=false", str(file)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.stderr == ""
    assert judged.returncode == 0


def test_the_unit_waits_for_the_microphone_and_is_watched() -> None:
    lines = render(UNITS["user"]).splitlines()
    assert {"Type=notify", "WatchdogSec=30", "Restart=always", "StartLimitIntervalSec=0"} <= {
        *lines
    }
    assert "WantedBy=default.target" in lines
    assert "WantedBy=multi-user.target" in render(UNITS["system"]).splitlines()


def test_the_network_is_closed_unless_a_call_for_help_needs_it() -> None:
    assert "PrivateNetwork=true" in render(UNITS["user"])
    assert "AF_INET" not in render(UNITS["user"])
    assert "PrivateNetwork" not in render(UNITS["user with network"])


def test_the_systems_service_may_use_sound_cards_and_no_other_device() -> None:
    lines = render(UNITS["system"]).splitlines()
    assert {"DevicePolicy=closed", "DeviceAllow=char-alsa rw"} <= {*lines}
    assert {"User=daemon", "SupplementaryGroups=audio"} <= {*lines}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("plain", "plain"),
        ("", '""'),
        ("two words", '"two words"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("50%", "50%%"),
        ("$HOME", "$$HOME"),
        ("%h/.cache", "%h/.cache"),
        ("-%h/my files", '"-%h/my files"'),
        ("%h", "%%h"),
    ],
)
def test_words_are_quoted_as_systemd_takes_them(word: str, expected: str) -> None:
    assert quoted(word) == expected


@pytest.mark.parametrize("bad", ["line\nbreak", "nul\0", "tab\tulator"])
def test_a_path_that_no_unit_can_hold_is_refused(bad: str) -> None:
    with pytest.raises(ServiceError, match="cannot stand in a unit file"):
        user_unit([f"/opt/{bad}"], [], is_networked=False)


def test_folders_at_home_are_named_for_whoever_runs_it() -> None:
    home = Path("/home/ann")
    assert below_home(home / ".cache" / "earshot", home) == "%h/.cache/earshot"
    assert below_home(Path("/srv/earshot"), home) == "/srv/earshot"


# Installing -----------------------------------------------------------------------------------

STAND_IN = """#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
case "$*" in
  *" show "*) [ ! -e "$SHOWN" ] || cat "$SHOWN" ;;
  *--property=Linger*) cat "$LINGERS" ;;
  enable-linger*) echo yes >"$LINGERS" ;;
esac
"""


@dataclass
class Home:
    """A person's home, with stand-ins for systemd's programs alone."""

    folder: Path

    def __post_init__(self) -> None:
        programs = self.folder / "bin"
        programs.mkdir()
        for name in ("systemctl", "loginctl", "journalctl"):
            (programs / name).write_text(STAND_IN)
            (programs / name).chmod(0o755)
        (self.folder / "lingers").write_text("no\n")
        self.environment = {
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_RUNTIME_DIR": str(self.folder),
            "PATH": f"{programs}:/usr/bin:/bin",
            "PYTHONPATH": str(CHECKOUT),
            "CALLS": str(self.folder / "calls"),
            "LINGERS": str(self.folder / "lingers"),
            "SHOWN": str(self.folder / "shown"),
        }

    @property
    def unit(self) -> Path:
        return self.folder / "config" / "systemd" / "user" / "earshot.service"

    def earshot(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "assistant.cli", *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[str]:
        """What was called since the last time."""
        file = self.folder / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_install_starts_it_now_and_with_the_machine_and_uninstall_takes_it_away(
    home: Home,
) -> None:
    done = home.earshot("service", "install")
    assert done.returncode == 0, done.stderr
    assert home.calls() == [
        "systemctl --user daemon-reload",
        f"loginctl show-user {ME} --property=Linger --value",
        f"loginctl enable-linger {ME}",
        "systemctl --user enable earshot.service",
        "systemctl --user restart earshot.service",
    ]
    text = home.unit.read_text()
    assert "ReadWritePaths=-%h/data/earshot" in text
    # systemd makes writable only what is there.
    assert all((home.folder / x / "earshot").is_dir() for x in ("config", "data", "cache"))

    (home.folder / "data" / "earshot" / "history.db").write_text("what was done")
    gone = home.earshot("service", "uninstall")
    assert gone.returncode == 0, gone.stderr
    assert home.calls() == [
        "systemctl --user disable --now earshot.service",
        "systemctl --user daemon-reload",
    ]
    assert list(home.unit.parent.iterdir()) == []
    assert (home.folder / "data" / "earshot" / "history.db").exists()
    assert f"loginctl disable-linger {ME}" in gone.stdout
    assert "nothing to remove" in home.earshot("service", "uninstall").stdout
    assert home.calls() == []


def test_print_shows_the_unit_and_does_nothing(home: Home) -> None:
    shown = home.earshot("--config-dir", str(home.folder / "own"), "service", "install", "--print")
    assert shown.returncode == 0, shown.stderr
    assert "--config-dir %h/own run" in shown.stdout
    assert not home.unit.exists()
    assert home.calls() == []


def test_an_emergency_command_opens_the_network(home: Home) -> None:
    own = home.folder / "config" / "earshot"
    own.mkdir(parents=True)
    (own / "settings.toml").write_text('emergency_command = ["/usr/bin/ring"]\n')
    assert "PrivateNetwork" not in home.earshot("service", "install", "--print").stdout


def test_refused_lingering_names_the_mend_and_starts_nothing(home: Home) -> None:
    (home.folder / "bin" / "loginctl").write_text(
        "#!/bin/sh\ncase $1 in show-user) echo no ;; *)\n"
        "echo 'Could not enable linger: Access denied' >&2; exit 1 ;; esac\n"
    )
    refused = home.earshot("service", "install")
    assert refused.returncode == 2
    assert f"sudo loginctl enable-linger {ME}; then install again" in refused.stderr
    assert home.calls() == ["systemctl --user daemon-reload"]


def test_where_lingering_is_on_nobody_is_asked_for_it(home: Home) -> None:
    (home.folder / "lingers").write_text("yes\n")
    assert home.earshot("service", "install").returncode == 0
    assert not any("enable-linger" in call for call in home.calls())


def test_a_start_that_fails_says_where_to_look(home: Home) -> None:
    (home.folder / "bin" / "systemctl").write_text(
        "#!/bin/sh\ncase $* in *restart*) echo 'Job failed.' >&2; exit 1 ;; esac\n"
    )
    failed = home.earshot("service", "install")
    assert failed.returncode == 2
    assert "Job failed" in failed.stderr
    assert "`earshot service logs` says why" in failed.stderr


def test_a_login_without_a_session_of_systemds_names_the_mend() -> None:
    def no_bus(command: object) -> Answer:
        return Answer(1, "", "Failed to connect to bus: No medium found")

    target = Target(False, "ann", Path("/nowhere"))
    with pytest.raises(ServiceError, match="Log in as that user itself"):
        install.status(target, no_bus)


def test_without_systemd_the_mend_is_another_way(home: Home) -> None:
    (home.folder / "bin" / "systemctl").unlink()
    home.environment["PATH"] = str(home.folder / "bin")
    lacking = home.earshot("service", "install")
    assert lacking.returncode == 2
    assert "this computer has no systemctl" in lacking.stderr
    assert "--log-file" in lacking.stderr


def test_a_home_that_cannot_be_written_is_named(home: Home) -> None:
    (home.folder / "config").write_text("a file where the folder belongs")
    refused = home.earshot("service", "install")
    assert refused.returncode == 2
    assert str(home.folder / "config") in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_unknown_user_of_the_systems_service_is_named(home: Home) -> None:
    refused = home.earshot("service", "install", "--system", "--user", "nobody-of-that-name")
    assert refused.returncode == 2
    assert "there is no user 'nobody-of-that-name'" in refused.stderr
    assert "adduser" in refused.stderr
    assert home.calls() == []


def test_the_systems_service_runs_as_who_called_sudo(tmp_path: Path) -> None:
    target = install.target(is_system=True, environment={"SUDO_USER": "daemon"})
    assert (target.user, target.file) == ("daemon", Path("/etc/systemd/system/earshot.service"))
    text = install.unit_text(target, load_settings(config_dir=tmp_path), ["/opt/earshot"])
    assert "User=daemon" in text
    assert "EARSHOT_DATA_DIR=/var/lib/earshot" in text


# Status and logs ------------------------------------------------------------------------------

SHOWN = """LoadState=loaded
ActiveState=active
SubState=running
StatusText=listening
NRestarts={restarts}
UnitFileState={enabled}
"""


def test_status_tells_what_systemd_and_the_service_say(home: Home) -> None:
    assert home.earshot("service", "status").stdout.startswith("not installed")
    (home.folder / "shown").write_text(SHOWN.format(restarts=3, enabled="disabled"))
    told = home.earshot("service", "status")
    assert told.stdout.splitlines()[:3] == [
        "active (running): listening",
        "started anew 3 times by systemd",
        "does not come up with the machine; to mend it: earshot service install",
    ]
    assert "Earshot is not running" in told.stdout  # systemd says so, but there is no health
    assert told.returncode == 1


def test_status_warns_of_an_emergency_command_without_network(home: Home) -> None:
    home.earshot("service", "install")
    (home.folder / "shown").write_text(SHOWN.format(restarts=0, enabled="enabled"))
    told = home.earshot("service", "status").stdout
    assert "come up" not in told
    assert "network" not in told
    settings = home.folder / "config" / "earshot" / "settings.toml"
    settings.write_text('emergency_command = ["/usr/bin/ring"]\n')
    assert "emergency_command may have no network" in home.earshot("service", "status").stdout


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        ([], "journalctl --user-unit earshot.service --pager-end"),
        (["--follow"], "journalctl --user-unit earshot.service --follow"),
        (["--system"], "journalctl --unit earshot.service --pager-end"),
    ],
)
def test_logs_are_the_journals(home: Home, arguments: list[str], call: str) -> None:
    assert home.earshot("service", "logs", *arguments).returncode == 0
    assert home.calls() == [call]
