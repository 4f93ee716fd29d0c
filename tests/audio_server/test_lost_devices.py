"""What happens when the devices go away in the middle of a session."""

import json

import pytest
from server import SoundServer

pytestmark = pytest.mark.audio_server

# PulseAudio moves streams from an unplugged device to the default one, so the devices are lost
# only with the server itself.
LOSE = """
import json, time
import numpy as np
from assistant.audio.capture import Microphone
from assistant.audio.playback import Loudspeaker
from assistant.errors import DeviceError
from assistant.sound import Clip

speaker = Loudspeaker(lambda event: None)
microphone = Microphone()
assert microphone.read(5.0) is not None
print("running", flush=True)
begin_s = time.monotonic()
said = []
try:
    for frame in microphone.frames():
        pass
except DeviceError as error:
    said.append(str(error))
lost_s = time.monotonic() - begin_s
try:
    while time.monotonic() < begin_s + 5:
        speaker.play("late", Clip(np.zeros(480, np.float32), 48_000))
        time.sleep(0.05)
except DeviceError as error:
    said.append(str(error))
microphone.close()
speaker.close()
print(json.dumps([lost_s, said]))
"""


def test_lost_devices_are_told_within_two_seconds_and_can_be_closed(doomed_server: SoundServer):
    with doomed_server.start_python(LOSE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "running\n"
        doomed_server.close()
        printed, complaints = program.communicate(timeout=20)
    assert program.returncode == 0, complaints
    lost_s, said = json.loads(printed)
    assert lost_s < 2
    assert [text.split('"')[0] for text in said] == ["the microphone ", "the loudspeaker "]
    assert all("has gone silent" in text for text in said)


REREAD = """
import os
from pathlib import Path
import sounddevice as sd
from assistant.audio.devices import list_devices, refresh
from assistant.errors import DeviceError

def told(act):
    try:
        return act()
    except DeviceError as error:
        return str(error).split("(")[0]

settings = Path(os.environ["HOME"]) / ".asoundrc"
usual = settings.read_text()
settings.write_text("pcm.!default { type ")
print(told(refresh))
print(told(list_devices))
settings.write_text(usual)
print(told(refresh))
print(bool(told(list_devices)))
"""


def test_list_of_devices_that_cannot_be_read_is_told_and_read_again_later(
    doomed_server: SoundServer,
):
    printed = doomed_server.run_python(REREAD).splitlines()
    assert printed == [
        "PortAudio does not start ",
        "PortAudio lists no devices ",
        "None",
        "True",
    ]
