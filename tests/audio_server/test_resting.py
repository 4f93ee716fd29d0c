"""The loudspeaker's stream rests while nobody asks for anything, and is awake when it has to be."""

import json
import re
import time
from pathlib import Path

import numpy as np
import pytest
from program import Earshot, Line, Person, earshot, in_tries, with_tiny_routine
from server import SoundServer, onsets_s

pytestmark = [pytest.mark.audio_server, pytest.mark.timeout(400)]

RESTED_MS, AWAKE_MS = 200.0, 100.0
"""A stream that rests holds more than the first ahead, one that is awake less than the second."""

WOKEN = """
import json, time
import numpy as np
from assistant.audio.lasting import LastingLoudspeaker
from assistant.audio.playback import Loudspeaker
from assistant.sound import Clip

events, blocks = [], []
speaker = LastingLoudspeaker(
    lambda tell, rests: Loudspeaker(tell, wait=False, rests=rests, tap=blocks.append), events.append
)

def attend(seconds, may_rest):
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        assert speaker.attend(may_rest=may_rest) is None
        time.sleep(0.02)

def blocks_in_a_second(may_rest):
    attend(2.0, may_rest)
    del blocks[:]
    attend(1.0, may_rest)
    return len(blocks)

counts = [blocks_in_a_second(False), blocks_in_a_second(True)]
times = np.arange(4800) / 48_000
tone = Clip((0.5 * np.cos(2 * np.pi * 1000 * times)).astype(np.float32), 48_000)
ordered_s = time.monotonic()
for number in range(3):
    speaker.play(str(number), tone, ordered_s + 3.0 + number / 2)
speaker.play("at once", tone)
attend(5.0, True)
told = {e.playback_id: e.at_s - ordered_s for e in events if type(e).__name__ == "Started"}
print(json.dumps([counts, told]))
speaker.close()
"""


def test_order_wakes_a_stream_that_rests_and_what_was_planned_is_heard_at_its_time(
    sound_server: SoundServer,
) -> None:
    with sound_server.record_speaker() as recording:
        (awake, resting), told_s = json.loads(sound_server.run_python(WOKEN))
    onsets = onsets_s(recording.samples)
    print(f"{awake} and {resting} blocks a second; told at {told_s}, heard at {onsets}")
    assert awake > 80
    assert resting < 10
    assert 0.0 < told_s["at once"] < 2.0
    assert [told_s[x] for x in "012"] == pytest.approx([3.0, 3.5, 4.0], abs=0.005)
    assert len(onsets) == 4
    assert np.diff(onsets)[1:] == pytest.approx([0.5, 0.5], abs=0.005)


def streams_ms(server: SoundServer) -> list[float]:
    """How much each stream to a loudspeaker holds ahead."""
    listing = server.control("list", "sink-inputs")
    return [int(us) / 1000 for us in re.findall(r"Buffer Latency: (\d+) usec", listing)]


def wait_for_rest(server: SoundServer, others: int) -> None:
    """Wait until the coach's stream holds much; `others` are not the coach's."""
    end_s = time.monotonic() + 90
    while len([x for x in streams_ms(server) if x > RESTED_MS]) <= others:
        assert time.monotonic() < end_s, streams_ms(server)
        time.sleep(0.5)


def test_who_says_the_wake_phrase_is_answered_at_once_by_a_coach_that_rested(
    sound_server: SoundServer, tmp_path: Path
) -> None:
    folders = iter(range(3))

    def attempt() -> tuple[Earshot, Line]:
        folder = tmp_path / str(next(folders))
        folder.mkdir()
        with_tiny_routine(folder, "evening stretch")
        with (
            sound_server.awake_microphone(),
            sound_server.awake_loudspeaker(),
            sound_server.noise(-70.0),
            earshot(sound_server, folder) as program,
        ):
            program.let_greet()
            wait_for_rest(sound_server, others=1)
            heard = Person(sound_server, program, folder).say("hey coach help", "help")
            program.wait(lambda: len(program.all("Spoke")) == 2, "answer")
            assert any(x < AWAKE_MS for x in streams_ms(sound_server))
        return program, heard

    program, heard = in_tries(attempt)
    delay_s = program.all("Spoke")[1].values["at_s"] - heard.logged_s
    print(f"\nthe answer begins {delay_s:.2f} s after it was understood")
    assert delay_s < 0.5
