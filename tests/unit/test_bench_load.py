"""The load beside which the coach's timing is measured, on this machine's own cores."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.bench.timing.bench import busy_cores
from assistant.bench.timing.load import worked_s

CORES = os.cpu_count() or 1


@pytest.fixture
def others() -> Iterator[None]:
    """Work that wants every core, as other tests may."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(CORES)]
    yield
    for process in spinning:
        process.kill()
        process.wait()


def needed_s(process_id: int) -> float:
    """The processor time of a process so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="/proc/stat tells")
def test_all_cores_but_one_are_busy():
    with busy_cores():
        time.sleep(0.5)  # Python's own start
        before_s, began_s = worked_s(), time.monotonic()
        time.sleep(1.5)
        busy = (worked_s() - before_s) / (time.monotonic() - began_s)
    assert busy > 0.8 * max(1, CORES - 1)


@pytest.mark.skipif(CORES < 2, reason="a single core is shared with the load")
def test_what_others_keep_busy_is_left_to_them(others):
    load = subprocess.Popen([sys.executable, "-m", "assistant.bench.timing.load"])
    try:
        time.sleep(1.5)
        settled_s, began_s = needed_s(load.pid), time.monotonic()
        time.sleep(1.5)
        share = (needed_s(load.pid) - settled_s) / (time.monotonic() - began_s)
    finally:
        load.kill()
        load.wait()
    assert share < 0.2
