"""What a process takes, read from /proc; and whether it grows."""

import mmap
import os
import subprocess
import sys

import pytest

from assistant.bench.memory import children_of, growth_mb, processor_s, status_mb
from assistant.errors import EvaluationError


def test_memory_of_this_process_is_told_in_megabytes():
    before_mb = status_mb("RssAnon")
    # From the system itself: Python's heap may have as much left of earlier tests.
    with mmap.mmap(-1, 64 * 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as taken:
        for page in range(0, len(taken), mmap.PAGESIZE):
            taken[page] = 1
        assert status_mb("RssAnon") - before_mb == pytest.approx(64, abs=4)
        assert status_mb("VmHWM") >= status_mb("VmRSS") > 64


def test_processor_time_grows_with_work():
    before_s = processor_s()
    while processor_s() - before_s < 0.05:
        sum(range(10_000))


def test_children_are_found_and_end():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in children_of(os.getpid())
        child.communicate(b"\n")
    assert child.pid not in children_of(os.getpid())


def test_a_process_that_is_gone_is_an_error_with_its_mend():
    with pytest.raises(EvaluationError) as caught:
        status_mb("VmRSS", 2**30)
    assert caught.value.mend
    with pytest.raises(EvaluationError, match="no VmNothing"):
        status_mb("VmNothing")


def test_growth_leaves_the_warming_up_out():
    warming = [100.0, 150.0]
    assert growth_mb([*warming, *[180.0] * 6]) == 0.0
    assert growth_mb([*warming, *(180.0 + n for n in range(6))]) == 4.0
    assert growth_mb([180.0] * 7) is None
