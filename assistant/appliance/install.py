"""Puts Earshot into systemd's hands and takes it out again: `earshot service`."""

import os
import pwd
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from assistant.appliance.units import UNIT, below_home, render, system_unit, user_unit
from assistant.config import Settings
from assistant.errors import ServiceError

SYSTEM_UNITS = Path("/etc/systemd/system")

COMMAND_LIMIT_S = 180.0
"""systemctl waits for the service's start: up to `units.START_LIMIT_S`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command came to."""

    code: int
    printed: str
    complaint: str


Run = Callable[[Sequence[str]], Answer]


def run(command: Sequence[str]) -> Answer:
    """Run a command to its end. Raises ServiceError where it is missing or takes too long."""
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=COMMAND_LIMIT_S
        )
    except FileNotFoundError as error:
        raise ServiceError(
            f"this computer has no {command[0]}",
            place="earshot service",
            mend="A service needs systemd. Without it, start `earshot run` as this computer starts"
            " its other programs, with --log-file.",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ServiceError(
            f"`{' '.join(command)}` has taken longer than {COMMAND_LIMIT_S:.0f} s",
            place="earshot service",
            mend="Look with `earshot service logs`.",
        ) from error
    return Answer(ended.returncode, ended.stdout.strip(), ended.stderr.strip())


@dataclass(frozen=True, slots=True)
class Target:
    """Whose service it is, and where its unit file lies."""

    is_system: bool
    user: str
    """Who it runs as."""
    folder: Path

    @property
    def file(self) -> Path:
        """The unit file."""
        return self.folder / UNIT

    @property
    def systemctl(self) -> tuple[str, ...]:
        """systemctl, for that manager."""
        return ("systemctl",) if self.is_system else ("systemctl", "--user")

    @property
    def journalctl(self) -> tuple[str, ...]:
        """journalctl, for that unit."""
        which = "--unit" if self.is_system else "--user-unit"
        return ("journalctl", which, UNIT)


def target(
    *, is_system: bool, user: str | None = None, environment: Mapping[str, str] = os.environ
) -> Target:
    """The user's own service or the system's. That runs as `user`, else as who called sudo, else as
    the caller. Raises ServiceError for a user who does not exist."""
    caller = pwd.getpwuid(os.getuid()).pw_name
    if not is_system:
        return Target(False, caller, platformdirs.user_config_path() / "systemd" / "user")
    name = user or environment.get("SUDO_USER") or caller
    try:
        pwd.getpwnam(name)
    except KeyError as error:
        raise ServiceError(
            f"there is no user {name!r}",
            place="--user",
            mend=f"Make one: sudo adduser --system --group {name}; sudo adduser {name} audio.",
        ) from error
    return Target(True, name, SYSTEM_UNITS)


def program() -> tuple[str, ...]:
    """The command that starts this very installation, whatever the PATH is."""
    beside = Path(sys.prefix) / "bin" / "earshot"
    if beside.is_file():
        return (str(beside),)
    return (sys.executable, "-P", "-m", "assistant.cli")


def unit_text(target: Target, settings: Settings, command: Sequence[str]) -> str:
    """The unit file for these settings. Raises ServiceError for what cannot stand in one."""
    is_networked = bool(settings.emergency_command)
    if target.is_system:
        unit = system_unit([*command, "run"], target.user, is_networked=is_networked)
    else:
        home = Path.home()
        folders = [below_home(folder, home) for folder in writable_dirs(settings)]
        config = (
            []
            if settings.config_dir == platformdirs.user_config_path("earshot")
            else ["--config-dir", below_home(settings.config_dir, home)]
        )
        unit = user_unit([*command, *config, "run"], folders, is_networked=is_networked)
    return render(unit)


def writable_dirs(settings: Settings) -> tuple[Path, ...]:
    """Where a user's service writes: routines told by voice, history and voices, spoken lines."""
    folders = (
        settings.config_dir,
        settings.data_dir,
        platformdirs.user_data_path("earshot"),
        settings.cache_root,
    )
    return tuple(dict.fromkeys(folder.absolute() for folder in folders))


def install(target: Target, settings: Settings, run: Run, tell: Callable[[str], None]) -> None:
    """Write the unit, start the service, and see to it that it comes up with the machine. Where
    there is one already it is replaced. Raises ServiceError; what was done until then stays, and
    installing again goes on from there."""
    text = unit_text(target, settings, program())
    if not target.is_system:
        for folder in writable_dirs(settings):  # systemd makes writable only what is there
            _make_dir(folder)
    _write(target.file, text)
    tell(f"wrote {target.file}")
    _must(run, [*target.systemctl, "daemon-reload"])
    if not target.is_system:
        _linger(target.user, run)
    _must(run, [*target.systemctl, "enable", UNIT])
    tell("starting; it is ready once it hears the microphone")
    _must(
        run,
        [*target.systemctl, "restart", UNIT],
        mend="`earshot service logs` says why; it is tried again every 10 s.",
    )
    tell("Earshot listens, and comes up with the machine")


def uninstall(target: Target, run: Run, tell: Callable[[str], None]) -> None:
    """Stop the service and remove its unit; what Earshot remembers stays. Raises ServiceError."""
    if not target.file.exists():
        tell(f"there is no {target.file}: nothing to remove")
        return
    _must(run, [*target.systemctl, "disable", "--now", UNIT])
    try:
        target.file.unlink()
    except OSError as error:
        raise _refused(target.file, error) from error
    _must(run, [*target.systemctl, "daemon-reload"])
    tell(f"removed {target.file}; settings and history are still there")
    if not target.is_system:
        tell(
            "Your services may still run without you logged in; to end that, too: "
            f"loginctl disable-linger {target.user}"
        )


@dataclass(frozen=True, slots=True)
class Status:
    """What systemd says of the service."""

    is_installed: bool
    state: str
    """Such as "active (running)"."""
    said: str
    """What the service last told systemd of itself."""
    starts: int
    """How often systemd had to start it anew."""
    is_enabled: bool
    """Whether it comes up with the machine; for a user's service that takes lingering too."""
    has_network: bool

    @property
    def is_well(self) -> bool:
        """Whether it runs and will run again."""
        return self.state.startswith("active") and self.is_enabled


_ASKED = ("LoadState", "ActiveState", "SubState", "StatusText", "NRestarts", "UnitFileState")


def status(target: Target, run: Run) -> Status:
    """Ask systemd. Raises ServiceError where it cannot be asked."""
    shown = _must(run, [*target.systemctl, "show", UNIT, f"--property={','.join(_ASKED)}"])
    found = dict(line.partition("=")[::2] for line in shown.printed.splitlines())
    is_enabled = found.get("UnitFileState") == "enabled"
    if not target.is_system and is_enabled:
        is_enabled = _lingers(target.user, run)
    return Status(
        is_installed=found.get("LoadState") == "loaded",
        state=f"{found.get('ActiveState', '?')} ({found.get('SubState', '?')})",
        said=found.get("StatusText", ""),
        starts=int(found.get("NRestarts") or 0),
        is_enabled=is_enabled,
        has_network=_has_network(target.file),
    )


def status_text(found: Status, settings: Settings) -> list[str]:
    """For `earshot service status`."""
    if not found.is_installed:
        return ["not installed; to install it: earshot service install"]
    lines = [found.state + (f": {found.said}" if found.said else "")]
    if found.starts:
        lines.append(f"started anew {found.starts} times by systemd")
    if not found.is_enabled:
        lines.append("does not come up with the machine; to mend it: earshot service install")
    if settings.emergency_command and not found.has_network:
        lines.append(
            "emergency_command may have no network: the service was installed without it; to open"
            " it: earshot service install"
        )
    return lines


def _lingers(user: str, run: Run) -> bool:
    """Whether the user's services run without the user being logged in."""
    told = run(["loginctl", "show-user", user, "--property=Linger", "--value"])
    return told.printed == "yes"


def _linger(user: str, run: Run) -> None:
    """Or the service would start when the user logs in, and end with their last session."""
    # Asked first: where it is on already, a user without rights is refused all the same.
    if not _lingers(user, run):
        mend = f"Type: sudo loginctl enable-linger {user}; then install again."
        _must(run, ["loginctl", "enable-linger", user], mend)


def _has_network(file: Path) -> bool:
    try:
        return "PrivateNetwork=true" not in file.read_text(encoding="utf-8")
    except OSError:
        return True


def _must(run: Run, command: Sequence[str], mend: str = "") -> Answer:
    answer = run(command)
    if answer.code == 0:
        return answer
    why = answer.complaint or answer.printed or f"exit code {answer.code}"
    if "Failed to connect to" in why:
        mend = (
            "Log in as that user itself, by ssh or at the machine: `su` and `sudo -u` bring no"
            " session of systemd's. Or use --system."
        )
    elif "Access denied" in why or "Interactive authentication required" in why:
        mend = mend or "Do it as root: sudo."
    raise ServiceError(
        f"`{' '.join(command)}` failed: {why}",
        place="earshot service",
        mend=mend or "Mend what it says, then do this again.",
    )


def _make_dir(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(folder, error) from error


def _write(file: Path, text: str) -> None:
    """Write a file whole, or not at all."""
    _make_dir(file.parent)
    fresh = file.with_name(f".{file.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise _refused(file, error) from error


def _refused(place: Path, error: OSError) -> ServiceError:
    return ServiceError(
        f"it cannot be written ({error.strerror})",
        place=str(place),
        mend="For the system's service use sudo; else see to whom the folder belongs.",
    )
