"""What a process takes, as Linux's /proc tells it."""

import os
import statistics
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import EvaluationError

_BYTES_A_KB = 1024
_BYTES_A_MB = 2**20
_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


def status_mb(field: str, process_id: int | None = None) -> float:
    """A size of proc(5)'s `status`, MB: "VmRSS" (resident), "VmHWM" (its largest so far) or
    "RssAnon" (what is not a file's). Raises EvaluationError where there is no such process."""
    path = _proc(process_id) / "status"
    for line in _read(path).splitlines():
        name, _, rest = line.partition(":")
        if name == field:
            return int(rest.split()[0]) * _BYTES_A_KB / _BYTES_A_MB
    raise EvaluationError(f"no {field} is told here", place=str(path), mend="Use Linux.")


def processor_s(process_id: int | None = None) -> float:
    """Processor time that a process has taken, all its threads, seconds. Raises EvaluationError
    where there is no such process."""
    fields = _read(_proc(process_id) / "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S  # utime and stime


def children_of(process_id: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = (_proc(process_id) / "task").glob("*/children")
    return [int(child) for path in found for child in _read(path).split()]


def growth_mb(samples: Sequence[float]) -> float | None:
    """By how much what was sampled at even times has grown, MB: the median of the last quarter
    less that of the second. The first is warming up. None for fewer than eight."""
    if len(samples) < 8:
        return None
    quarter = len(samples) // 4
    early = statistics.median(samples[quarter : 2 * quarter])
    return statistics.median(samples[-quarter:]) - early


def _proc(process_id: int | None) -> Path:
    return Path("/proc") / ("self" if process_id is None else str(process_id))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise EvaluationError(
            f"nothing is told of this process ({error.strerror or error})",
            place=str(path),
            mend="Run this on Linux, and see that the process has not ended.",
        ) from error
