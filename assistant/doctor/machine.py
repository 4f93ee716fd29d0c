"""The machine: permissions, sound server, disk, clock, lingering, service."""

import getpass
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from assistant.appliance.install import run, status, target
from assistant.appliance.units import UNIT
from assistant.config import Settings
from assistant.doctor import verdicts
from assistant.doctor.finding import Finding, not_applicable, ok, problem, warning
from assistant.errors import EarshotError

ANSWER_S = 3.0
"""How long a program of the system may take to answer."""

SOUND_DEVICES = Path("/dev/snd")


def asked(command: Sequence[str]) -> str | None:
    """What a program of the system prints, None where it is missing, fails or hangs."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ANSWER_S,
            check=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()


def permissions(folder: Path = SOUND_DEVICES) -> Finding:
    """Whether the kernel's sound devices may be used."""
    check = "permissions"
    devices = sorted(folder.glob("pcm*")) if folder.is_dir() else []
    if not devices:
        return not_applicable(check, f"the kernel has no sound card ({folder} holds none)")
    closed = [path.name for path in devices if not os.access(path, os.R_OK | os.W_OK)]
    user = getpass.getuser()
    if closed:
        return problem(
            check,
            f"{user} may not use {', '.join(closed)}",
            f"sudo adduser {user} audio, then log out and in, or start the machine anew.",
        )
    return ok(check, f"{user} may use all {len(devices)} sound devices of the kernel")


def sound_server(ask: Callable[[Sequence[str]], str | None] = asked) -> Finding:
    """Which sound server answers, and what it takes by default."""
    check = "sound server"
    told = ask(["pactl", "info"])
    if told is None:
        if _is_expected():
            return problem(
                check,
                "it does not answer",
                "Start it: systemctl --user restart pipewire pipewire-pulse wireplumber, or"
                " pulseaudio --start; and run this as the user whom it belongs to.",
            )
        return not_applicable(check, "none: the kernel's devices are opened directly")
    facts = dict(line.partition(": ")[::2] for line in told.splitlines())
    name = facts.get("Server Name", "a sound server")
    source, sink = facts.get("Default Source", ""), facts.get("Default Sink", "")
    if source.endswith(".monitor") or source in {"", "(null)", "@NONE@"}:
        return problem(
            check,
            f"{name} has no microphone",
            "Plug one in, or switch its profile on: pavucontrol, Configuration.",
        )
    return ok(check, f"{name}; from {source}, to {sink}")


def _is_expected() -> bool:
    """Whether this user's programs are sent to a sound server."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    sockets = [Path(runtime) / "pulse" / "native", Path(runtime) / "pipewire-0"]
    has_socket = bool(runtime) and any(path.exists() for path in sockets)
    return has_socket or bool(os.environ.get("PULSE_SERVER"))


def disk(settings: Settings) -> list[Finding]:
    """Whether what is kept can be kept."""
    folders = {
        "history": settings.data_dir,
        "cache": settings.cache_root,
        "settings": settings.config_dir,
    }
    return [folder(name, path) for name, path in folders.items()]


def folder(name: str, path: Path) -> Finding:
    """Whether a folder can be written, or made, and the space there."""
    check = f"disk: {name}"
    place = next((p for p in (path, *path.absolute().parents) if p.exists()), Path("/"))
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(bytes(65536))
            file.flush()
        free_bytes = shutil.disk_usage(place).free
    except OSError as error:
        user = getpass.getuser()
        return problem(
            check,
            f"{path} cannot be written: {error.strerror}",
            f"Free some space, or give it to {user}: sudo chown -R {user} {place};"
            " or name another folder in the settings.",
        )
    return verdicts.of_disk(name, str(path), free_bytes)


class Clock:
    """Watches the wall clock from now on."""

    def __init__(self, ask: Callable[[Sequence[str]], str | None] = asked) -> None:
        self._ask = ask
        self._began = time.time() - time.monotonic()

    def check(self) -> Finding:
        """How it is now."""
        now = time.time()
        told = self._ask(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
        return verdicts.of_clock(
            now,
            datetime.fromtimestamp(now).astimezone().isoformat(sep=" ", timespec="minutes"),
            now - time.monotonic() - self._began,
            None if told not in {"yes", "no"} else told == "yes",
        )


def lingering(ask: Callable[[Sequence[str]], str | None] = asked) -> Finding:
    """Whether the user's services run without a login."""
    user = getpass.getuser()
    told = ask(["loginctl", "show-user", user, "--property=Linger", "--value"])
    if told is None and ask(["loginctl", "list-users"]) is not None:
        told = "no"  # whoever is not logged in and does not linger is not known to it
    lingers = None if told not in {"yes", "no"} else told == "yes"
    return verdicts.of_lingering(user, lingers, has_service=target(is_system=False).file.exists())


def service() -> Finding:
    """Whether Earshot's service runs, where it is installed."""
    check = "service"
    found = [x for x in (target(is_system=False), target(is_system=True)) if x.file.exists()]
    if not found:
        return not_applicable(check, "not installed; to install it: earshot service install")
    try:
        state = status(found[0], run)
    except EarshotError as error:
        return warning(check, error.problem, error.mend)
    if not state.is_installed or not state.state.startswith("active"):
        return problem(check, f"{UNIT} is {state.state}", "earshot service logs says why.")
    if not state.is_enabled:
        mend = "earshot service install"
        return problem(check, f"{UNIT} runs, and does not come up with the machine", mend)
    return ok(check, f"{UNIT} is {state.state}")
