"""How this process talks to PulseAudio: through its socket alone, without shared memory.

With shared memory libpulse waits, when the server ends, until nobody holds a block that came from
there, and the capturing thread holds one while it waits for libpulse: neither ever comes back, nor
does who closes the stream (libpulse 16.1, seen in the stacks of two of 40 microphones whose server
had ended). What a microphone and a voice send is 0.2 MB a second, for which a socket does.
"""

import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)

VARIABLE = "PULSE_CLIENTCONFIG"
"""Names the file that libpulse takes in place of the user's and the computer's settings."""

_MACHINE = Path("/etc/pulse/client.conf")
_NO_SHARED_MEMORY = "enable-shm = no\n"


def leave_out_shared_memory() -> None:
    """Let libpulse in this process, and in those that it starts, use no shared memory.

    Call it before the first connection. All other settings stay. The file lies in memory and goes
    with this process. Where it cannot be made, or the settings not be looked at, that is logged and
    all stays as it was. Never raises.
    """
    try:
        settings = without_shared_memory(_in_use())
        file = os.memfd_create("client.conf")
        os.write(file, settings.encode())
    except OSError as error:
        log.warning("PulseAudio's shared memory stays in use: %s", error)
    else:
        # Not /proc/self: programs that we start look for it too.
        os.environ[VARIABLE] = f"/proc/{os.getpid()}/fd/{file}"


def without_shared_memory(settings: Path) -> str:
    """Return settings that say what a file of them says, and the folder of additions beside it,
    but for the shared memory."""
    additions = sorted(settings.with_name(f"{settings.name}.d").glob("*.conf"))
    included = [f".include {path}\n" for path in (settings, *additions)]
    return "".join((*included, _NO_SHARED_MEMORY))


def _in_use() -> Path:
    """The file that libpulse would take, in its order. Where there is none, the computer's."""
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    candidates = [Path(config) / "pulse" / "client.conf", Path.home() / ".pulse" / "client.conf"]
    if os.environ.get(VARIABLE):
        candidates.insert(0, Path(os.environ[VARIABLE]))
    return next((path for path in candidates if path.is_file()), _MACHINE)
