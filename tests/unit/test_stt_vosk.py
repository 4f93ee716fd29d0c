"""What Vosk brings into the process, and what not."""

import ctypes
import platform
import subprocess
import sys
from itertools import islice, permutations

import pytest

from assistant.stt.engines import COACH_MODEL_DIR
from assistant.stt.port import Grammar
from assistant.stt.vosk_engine import VoskRecogniser

HEARS = """
import sys
from assistant.stt.engines import COACH_MODEL_DIR
from assistant.stt.vosk_engine import VoskRecogniser
VoskRecogniser(COACH_MODEL_DIR)
print([name for name in ("requests", "urllib3") if name in sys.modules])
import requests
print(callable(requests.get))
"""


def test_what_hears_people_loads_no_client_of_the_network():
    """And leaves it to whoever wants it."""
    told = subprocess.run(
        [sys.executable, "-c", HEARS], capture_output=True, text=True, check=True
    ).stdout
    assert told.split("\n")[:2] == ["[]", "True"]


class Heap(ctypes.Structure):
    """mallinfo2(3)."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def taken_kb() -> float:
    """What was asked of the heap and not given back."""
    asked = ctypes.CDLL(None).mallinfo2
    asked.restype = Heap
    heap = asked()
    return float(heap.uordblks + heap.hblkhd) / 1024


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="counts glibc's heap")
def test_a_grammar_that_is_replaced_is_freed():
    """As it is with each utterance that is heard a second time: for months."""
    recogniser = VoskRecogniser(COACH_MODEL_DIR)
    words = ("stop", "hold", "left", "right", "next", "more")
    grammars = [
        Grammar({f"{' '.join(start)} {end}": 1 for start in permutations(words, 2) for end in ends})
        for ends in islice(permutations(words, 2), 25)
    ]
    for grammar in grammars[:5]:
        recogniser.set_grammar(grammar)
    before_kb = taken_kb()
    for _ in range(4):
        for grammar in grammars:
            recogniser.set_grammar(grammar)
    each_kb = (taken_kb() - before_kb) / (4 * len(grammars))
    print(f"{each_kb:.2f} kB each")
    assert each_kb < 1.0
