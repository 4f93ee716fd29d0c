"""What Vosk brings into the process, and what not."""

import ctypes
import platform
import subprocess
import sys
from itertools import islice, permutations

import numpy as np
import pytest

from assistant.audio.wavfile import as_int16
from assistant.rehearsal.speakers import Speaker, mix
from assistant.stt.engines import COACH_MODEL_DIR
from assistant.stt.port import Alternative, Grammar
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
@pytest.mark.parametrize("how", ["replaced", "heard again"])
def test_a_grammar_that_has_served_is_freed(how):
    """As it is with each utterance that is heard a second time: for months."""
    recogniser = VoskRecogniser(COACH_MODEL_DIR)
    again, silence = recogniser.second_hearing(), np.zeros(1600, np.int16)
    words = ("stop", "hold", "left", "right", "next", "more")
    grammars = [
        [f"{' '.join(start)} {end}" for start in permutations(words, 2) for end in ends]
        for ends in islice(permutations(words, 2), 25)
    ]

    def serve(phrases: list[str]) -> None:
        if how == "replaced":
            recogniser.set_grammar(Grammar(dict.fromkeys(phrases, 1)))
        else:
            again.alternatives(phrases, silence)

    for phrases in grammars[:5]:
        serve(phrases)
    before_kb = taken_kb()
    for _ in range(4):
        for phrases in grammars:
            serve(phrases)
    each_kb = (taken_kb() - before_kb) / (4 * len(grammars))
    print(f"{each_kb:.2f} kB each")
    assert each_kb < 1.0


def test_whoever_hears_again_gives_what_it_may_be_with_how_much_it_is_behind():
    again = VoskRecogniser(COACH_MODEL_DIR).second_hearing()
    said = Speaker().speak("start on the right", "slt")
    utterance = as_int16(mix(said, 10.0, 1).samples)
    phrases = ["start on the right", "start on the left", "start again", "switch sides"]
    found = again.alternatives(phrases, utterance)
    assert found[0] == Alternative("start on the right", 0.0)
    assert [one.behind for one in found] == sorted(one.behind for one in found)
    assert again.alternatives(phrases, np.zeros(16_000, np.int16)) == []
    again.close()


def test_word_that_is_known_to_be_misheard_is_heard_again_as_what_it_stands_for():
    again = VoskRecogniser(COACH_MODEL_DIR).second_hearing()
    utterance = as_int16(mix(Speaker().speak("now", "slt"), 30.0, 1).samples)
    heard = {one.text for one in again.alternatives(["stop now", "no"], utterance)}
    assert "no" in heard
    assert "now" not in heard


def test_phrase_with_a_word_that_the_model_lacks_is_not_listened_for():
    again = VoskRecogniser(COACH_MODEL_DIR).second_hearing()
    utterance = as_int16(mix(Speaker().speak("start", "slt"), 30.0, 1).samples)
    assert again.alternatives(["start zorbing"], utterance) == []
    assert again.alternatives(["start zorbing", "start"], utterance)[0].text == "start"
