"""What the loudspeaker really plays, measured in a recording of it."""

import json

import numpy as np
import pytest
from server import RATE_HZ, SoundServer, onsets_s

pytestmark = pytest.mark.audio_server

PRELUDE = """
import json, sys, time
import numpy as np
from assistant.audio.playback import Loudspeaker
from assistant.sound import Clip

def tone(seconds, rate_hz=48_000):
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return Clip((0.5 * np.cos(2 * np.pi * 1000 * times)).astype(np.float32), rate_hz)

events = []
speaker = Loudspeaker(events.append)
"""

TONES = """
begin_s = time.monotonic() + 0.3
for number in range(12):
    speaker.play(str(number), tone(0.1), begin_s + number / 2)
time.sleep(6.5)
told = [e.at_s - begin_s for e in events if type(e).__name__ == "Started"]
ended = [e.cancelled for e in events if type(e).__name__ == "Finished"]
print(json.dumps([begin_s, speaker.underflows, told, ended]))
speaker.close()
"""

CANCEL = """
cancelled_s = []
for number in range(5):
    speaker.play(str(number), tone(5.0))
    time.sleep(0.4037)
    speaker.cancel([str(number)])
    cancelled_s.append(time.monotonic())
    time.sleep(0.3)
time.sleep(0.2)
ended_s = [e.at_s for e in events if type(e).__name__ == "Finished"]
print(json.dumps([cancelled_s, ended_s]))
speaker.close()
"""

AFTER_SILENCE = """
time.sleep(3)
click = np.zeros(2400, np.float32)
click[:48] = 0.9
click[48:] = 0.2
speaker.play("cue", Clip(click, 48_000))
time.sleep(0.4)
speaker.close()
"""


def test_tones_are_heard_at_their_planned_distance(sound_server: SoundServer):
    with sound_server.record_speaker() as recording:
        printed = sound_server.run_python(PRELUDE + TONES)
    begin_s, underflows, told_s, cancelled = json.loads(printed)
    onsets = onsets_s(recording.samples)
    assert len(onsets) == 12
    plan = np.arange(12) / 2
    errors_ms = 1000 * (onsets - plan - np.median(onsets - plan))
    late_ms = 1000 * np.median(recording.origin_s + onsets - plan - begin_s)
    print(
        f"onsets off by at most {np.abs(errors_ms).max():.2f} ms, deviation {errors_ms.std():.2f}"
        f" ms; recorded at most {late_ms:+.1f} ms from the plan; {underflows} underflows"
    )
    assert np.abs(errors_ms).max() < 5
    assert abs(late_ms) < 80
    assert told_s == pytest.approx(list(plan), abs=0.005)
    assert cancelled == [False] * 12


def test_a_cancel_is_silent_within_80_ms(sound_server: SoundServer):
    with sound_server.record_speaker() as recording:
        printed = sound_server.run_python(PRELUDE + CANCEL)
    cancelled_s, ended_s = json.loads(printed)
    loud = np.flatnonzero(np.abs(recording.samples) > 0.001)
    last_loud = loud[np.diff(loud, append=len(recording.samples) + RATE_HZ) > RATE_HZ // 10]
    heard_ms = 1000 * (recording.origin_s + last_loud / RATE_HZ - np.array(cancelled_s))
    told_ms = 1000 * (np.array(ended_s) - np.array(cancelled_s))
    print(f"silent after {heard_ms.round(1)} ms at most as recorded, {told_ms.round(1)} as told")
    assert len(heard_ms) == 5
    assert np.median(heard_ms) < 80
    assert np.median(told_ms) < 80


def test_the_first_samples_of_a_cue_after_long_silence_are_there(sound_server: SoundServer):
    with sound_server.record_speaker() as recording:
        sound_server.run_python(PRELUDE + AFTER_SILENCE)
    loud = np.flatnonzero(np.abs(recording.samples) > 0.1)
    cue = recording.samples[loud[0] : loud[0] + 2400]
    assert len(loud) == pytest.approx(2400, abs=2)
    assert np.mean(cue[1:47]) == pytest.approx(0.9, abs=0.02)
    assert np.mean(cue[60:2390]) == pytest.approx(0.2, abs=0.01)


def test_an_unknown_loudspeaker_is_named_beside_what_exists(sound_server: SoundServer):
    printed = sound_server.run_python(
        "from assistant.audio.playback import Loudspeaker\n"
        "from assistant.errors import DeviceError\n"
        "try:\n"
        "    Loudspeaker(print, device_name='Kitchen')\n"
        "except DeviceError as error:\n"
        "    print(error)\n"
    )
    assert 'no loudspeaker is called "Kitchen"' in printed
    assert "default" in printed
