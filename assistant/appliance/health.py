"""How the running service is, in a small file of the runtime folder: for `earshot health`.

A file and no socket: nothing listens, nothing has to answer while it hangs, and it is gone with the
machine's memory. It holds counts and times, no word of what was said.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from assistant.errors import ServiceError

FILE_NAME = "health.json"

SYSTEM_DIR = Path("/run/earshot")
"""Where a system service has its runtime folder (RuntimeDirectory=earshot)."""

STALE_S = 30.0
"""A file that was not written for so long is a service that hangs; it is written every 5 s."""

DEAF_S = 5.0
"""Without a frame for so long the service does not hear; frames come every 20 ms."""


Seconds = Annotated[float, Field(ge=0, le=1e10, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


class State(StrEnum):
    """What the service is doing, as far as a monitor cares."""

    STARTING = "starting"
    LISTENING = "listening"
    SEARCHING = "looking_for_the_microphone"


@dataclass(frozen=True, slots=True)
class Health:
    """What the service wrote about itself. Times are this boot's monotonic seconds, unless said."""

    state: State
    since_utc_s: Seconds
    """When it came into that state, seconds since 1970, UTC."""
    written_s: Seconds
    last_frame_s: Seconds | None
    """When the newest frame came from the microphone; None: none yet."""
    dropped_frames: Count
    overflows: Count
    dropped_events: Count
    memory_mb: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None
    """Resident memory, MiB; None where the system does not tell."""
    pid: Annotated[int, Field(gt=0, le=2**22)]  # the kernel's largest
    version: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a monitor should call somebody."""

    reasons: tuple[str, ...]
    """What is wrong; none: it is well."""
    health: Health | None
    """None: there is no file, so nothing runs."""

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.reasons


def own_file(environment: Mapping[str, str]) -> Path:
    """Where this process writes: systemd's RUNTIME_DIRECTORY, else the user's runtime folder."""
    named = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return (Path(named) if named else _user_dir(environment)) / FILE_NAME


def places(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Where a service may have written: the user's, then the system's."""
    return _user_dir(environment) / FILE_NAME, SYSTEM_DIR / FILE_NAME


def _user_dir(environment: Mapping[str, str]) -> Path:
    """Of the user's own runtime folder, else of the folder for temporary files."""
    named = environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    if Path(named).is_dir():
        return Path(named) / "earshot"
    return Path(tempfile.gettempdir()) / f"earshot-{os.getuid()}"


def write(health: Health, file: Path) -> None:
    """Write the file whole: a reader sees the old or the new one. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{health.pid}")
    fresh.write_text(json.dumps(asdict(health)) + "\n", encoding="utf-8")
    fresh.chmod(0o644)  # for monitors, whoever they run as
    fresh.replace(file)


_HEALTH = TypeAdapter(Health)


def read(candidates: Sequence[Path]) -> Health | None:
    """What the first of the files says that is there; None: none is. Raises ServiceError for one
    that cannot be read, or is none of ours. What a newer version adds to it is passed over."""
    for file in candidates:
        try:
            return _HEALTH.validate_json(file.read_bytes())
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ServiceError(
                f"the service's health cannot be read ({error.strerror})",
                place=str(file),
                mend="Ask as the service's user, or as root.",
            ) from error
        except ValidationError as error:
            raise ServiceError(
                f"this is no health of a service: {error.errors()[0]['msg']}",
                place=str(file),
                mend="Start the service again: it writes the file anew.",
            ) from error
    return None


def judge(health: Health | None, now_s: float, *, is_alive: bool) -> Verdict:
    """What is to be thought of it at a monotonic time; `is_alive`: whether its process is there."""
    if health is None:
        return Verdict(("Earshot is not running",), None)
    if not is_alive or health.written_s > now_s:  # written before the machine was started anew
        return Verdict(("Earshot has ended without a word",), health)
    reasons = []
    silent_s = now_s - health.written_s
    if silent_s > STALE_S:
        reasons.append(f"it has given no sign of life for {silent_s:.0f} s")
    if health.state is State.STARTING:
        reasons.append("it is not listening yet")
    elif health.state is State.SEARCHING:
        reasons.append("the microphone is gone; it is looking for it")
    elif health.last_frame_s is None or health.written_s - health.last_frame_s > DEAF_S:
        reasons.append("no sound comes from the microphone")
    return Verdict(tuple(reasons), health)


def is_running(pid: int) -> bool:
    """Whether there is such a process, whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def memory_mb() -> float | None:
    """This process's resident memory, MiB; None where the system does not tell (not Linux)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    return next(
        (int(x.split()[1]) / 1024 for x in status.splitlines() if x.startswith("VmRSS:")), None
    )


def as_dict(verdict: Verdict, now_s: float) -> dict[str, Any]:
    """For `earshot health --json`: the names are kept from version to version."""
    told: dict[str, Any] = {"healthy": verdict.is_well, "reasons": list(verdict.reasons)}
    health = verdict.health
    if health is None:
        return told
    frame_s = health.last_frame_s
    return told | {
        "state": health.state.value,
        "since": _moment(health.since_utc_s),
        "last_frame_age_s": None if frame_s is None else round(max(0.0, now_s - frame_s), 1),
        "dropped_frames": health.dropped_frames,
        "overflows": health.overflows,
        "dropped_events": health.dropped_events,
        "memory_mb": None if health.memory_mb is None else round(health.memory_mb, 1),
        "pid": health.pid,
        "version": health.version,
    }


def as_text(verdict: Verdict, now_s: float) -> list[str]:
    """For `earshot health`: the verdict, then a line for each figure."""
    lines = ["; ".join(verdict.reasons) or "well"]
    told = as_dict(verdict, now_s)
    return lines + [f"{key}: {told[key]}" for key in list(told)[2:]]


def _moment(utc_s: float) -> str:
    return datetime.fromtimestamp(utc_s, UTC).isoformat(timespec="seconds")
