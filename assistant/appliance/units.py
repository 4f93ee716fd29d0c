"""systemd's unit files for Earshot, as text (systemd.service(5), systemd.exec(5)).

The user's service is the usual one: PulseAudio and PipeWire run for each user, so what wants to
hear and speak through them must run as that user. The system's service opens ALSA's devices itself.

Both are closed towards everything that a coach does not need; `systemd-analyze security
--offline=true FILE` prints what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ServiceError

UNIT = "earshot.service"

WATCHDOG_S = 30
"""How long the live audio path may give no sign of life: it gives one a second, but a slow card may
hold a write up for seconds."""

START_LIMIT_S = 120
"""How long it may take from its start to the first sound from the microphone."""

SYSTEM_DIRS = ("/etc/earshot", "/var/lib/earshot", "/var/cache/earshot")
"""Settings, history and spoken lines of the system's service."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What differs from one installation to another."""

    command: tuple[str, ...]
    """The program, an absolute path, and its arguments."""
    writable: tuple[str, ...] = ()
    """Folders that it may write to; %h stands for the user's home."""
    environment: tuple[str, ...] = ()
    """Settings of its own, NAME=value."""
    user: str | None = None
    """Whose the system's service is; None: it is a user's own service."""
    is_networked: bool = False
    """Whether it may open network connections: for the user's emergency command alone."""

    def __post_init__(self) -> None:
        """Raise ServiceError for what no unit file can hold."""
        for text in (*self.command, *self.writable, *self.environment, self.user or ""):
            if any(ord(letter) < 32 for letter in text):
                raise ServiceError(
                    f"{text!r} cannot stand in a unit file",
                    place="earshot service install",
                    mend="Rename it so that it has no line break or other control character.",
                )


def render(unit: Unit) -> str:
    """The unit file."""
    sections = {
        "Unit": _unit(unit),
        "Service": [*_service(unit), *_hardening(unit)],
        "Install": [f"WantedBy={'default.target' if unit.user is None else 'multi-user.target'}"],
    }
    blocks = ["\n".join([f"[{name}]", *lines]) for name, lines in sections.items()]
    return "\n\n".join(["# Made by `earshot service install`.", *blocks]) + "\n"


def _unit(unit: Unit) -> list[str]:
    after = "pipewire-pulse.service pulseaudio.service" if unit.user is None else "sound.target"
    return [
        "Description=Earshot, a voice coach for floor exercise",
        f"After={after}",
        "# A microphone may be plugged in after hours: never give up.",
        "StartLimitIntervalSec=0",
    ]


def _service(unit: Unit) -> list[str]:
    lines = [
        "Type=notify",
        "NotifyAccess=main",
        f"ExecStart={' '.join(quoted(word) for word in unit.command)}",
        "Restart=always",
        "RestartSec=10",
        f"TimeoutStartSec={START_LIMIT_S}",
        "TimeoutStopSec=15",
        f"WatchdogSec={WATCHDOG_S}",
        "# So that it closes its history, if it still can; 15 s later it is killed.",
        "WatchdogSignal=SIGTERM",
        "TimeoutAbortSec=15",
        *(f"Environment={quoted(setting)}" for setting in unit.environment),
        "RuntimeDirectory=earshot",
    ]
    if unit.user is not None:
        # The folder of /etc is the service's own: routines that are told by voice are kept there.
        lines += [
            f"User={unit.user}",
            "SupplementaryGroups=audio",
            "ConfigurationDirectory=earshot",
            "StateDirectory=earshot",
            "CacheDirectory=earshot",
            "RuntimeDirectoryMode=0755",
            "StateDirectoryMode=0700",
            "CacheDirectoryMode=0700",
        ]
    return lines


def _hardening(unit: Unit) -> list[str]:
    lines = [
        "# What it cannot do, it cannot be made to do.",
        "NoNewPrivileges=true",
        "CapabilityBoundingSet=",
        "AmbientCapabilities=",
        "ProtectSystem=strict",
        *(f"ReadWritePaths={quoted(f'-{folder}')}" for folder in unit.writable),
        "PrivateTmp=true",
        "ProtectProc=invisible",
        "ProtectClock=true",
        "ProtectControlGroups=true",
        "ProtectHostname=true",
        "ProtectKernelModules=true",
        "ProtectKernelTunables=true",
        "RestrictNamespaces=true",
        "RestrictRealtime=true",
        "RestrictSUIDSGID=true",
        "LockPersonality=true",
        "RemoveIPC=true",
        "UMask=0077",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
        "SystemCallErrorNumber=EPERM",
    ]
    if unit.user is None:
        lines += [
            "# Without it a user's systemd cannot do most of the above.",
            "PrivateUsers=true",
            "ProtectHome=read-only",
        ]
    else:
        lines += [
            "ProtectKernelLogs=true",  # a user cannot read them, and in a container it fails
            "ProtectHome=read-only",
            "DevicePolicy=closed",
            "DeviceAllow=char-alsa rw",
        ]
    if unit.is_networked:
        return [
            *lines,
            "# The network is open for emergency_command of the settings.",
            "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
        ]
    return [
        *lines,
        "# The sound server and systemd are spoken to by sockets of the file system.",
        "RestrictAddressFamilies=AF_UNIX",
        "PrivateNetwork=true",
        "IPAddressDeny=any",
    ]


def quoted(word: str) -> str:
    """A word as systemd takes it, whatever is in it; "%h" at its start stays the user's home."""
    lead, rest = ("%h", word[2:]) if word.startswith("%h/") else ("", word)
    if word.startswith("-%h/"):
        lead, rest = "-%h", word[3:]
    escaped = rest.replace("%", "%%").replace("$", "$$").replace("\\", "\\\\").replace('"', '\\"')
    plain = escaped and not any(letter.isspace() or letter in "'\"\\;#" for letter in escaped)
    return f"{lead}{escaped}" if plain else f'"{lead}{escaped}"'


def below_home(folder: Path, home: Path) -> str:
    """A folder as a unit names it: by %h where it lies at home, as one unit serves everybody."""
    return f"%h/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)


def user_unit(command: Sequence[str], writable: Sequence[str], *, is_networked: bool) -> Unit:
    """A user's own service."""
    return Unit(tuple(command), tuple(writable), is_networked=is_networked)


def system_unit(command: Sequence[str], user: str, *, is_networked: bool) -> Unit:
    """The system's service."""
    config, data, cache = SYSTEM_DIRS
    settings = {"CONFIG_DIR": config, "DATA_DIR": data, "CACHE_DIR": f"{cache}/voice"}
    return Unit(
        tuple(command),
        environment=tuple(f"EARSHOT_{name}={value}" for name, value in settings.items()),
        user=user,
        is_networked=is_networked,
    )
