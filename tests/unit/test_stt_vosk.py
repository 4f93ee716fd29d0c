"""What Vosk brings into the process, and what not."""

import subprocess
import sys

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
