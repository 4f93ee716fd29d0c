"""What the microphone hears of a room."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from server import REPOSITORY, SoundServer

from assistant.audio.wavfile import read_wav, write_wav
from assistant.sound import Clip

pytestmark = pytest.mark.audio_server

LISTEN = """
import itertools, json, sys
from pathlib import Path
import numpy as np
from assistant.audio.capture import Microphone
from assistant.audio.wavfile import write_wav
microphone = Microphone()
print("listening", flush=True)
frames = list(itertools.islice(microphone.frames(), 200))
microphone.close()
write_wav(Path(sys.argv[1]), np.concatenate([frame.samples for frame in frames]))
print(json.dumps([
    microphone.format.rate_hz, microphone.dropped_frames, microphone.overflows,
    [frame.at_s for frame in frames], sorted({len(frame.samples) for frame in frames}),
]))
"""


def test_what_is_played_into_the_room_is_heard_at_16_khz(sound_server: SoundServer, tmp_path: Path):
    times = np.arange(48_000 // 2) / 48_000
    tone = Clip((0.5 * np.sin(2 * np.pi * 1000 * times)).astype(np.float32), 48_000)
    write_wav(tmp_path / "tone.wav", tone)
    with sound_server.start_python(LISTEN, str(tmp_path / "heard.wav")) as listener:
        assert listener.stdout is not None
        assert listener.stdout.readline() == "listening\n"
        # The virtual source begins to deliver up to two seconds after it was opened.
        for _ in range(4):
            sound_server.play_into_mic(tmp_path / "tone.wav")
        rate_hz, dropped, overflows, at_s, sizes = json.loads(listener.stdout.readline())
    heard = read_wav(tmp_path / "heard.wav")
    loud = np.abs(heard.samples) > 0.3
    begin = int(np.flatnonzero(loud)[0])
    part = heard.samples[begin : begin + 4000]
    gaps_s = np.diff(at_s)
    print(f"{rate_hz} Hz, {overflows} overflows, frames {gaps_s.min():.4f}-{gaps_s.max():.4f} s")
    assert (heard.rate_hz, sizes, dropped) == (16_000, [320], 0)
    assert np.abs(np.fft.rfft(part)).argmax() * 16_000 / len(part) == pytest.approx(1000, abs=4)
    assert np.abs(part).max() == pytest.approx(0.5, abs=0.05)
    # PulseAudio corrects what it tells of a new stream's delay: the clock shifts before and after.
    uneven = np.flatnonzero(np.abs(gaps_s - 0.02) >= 0.002)
    assert np.diff([-1, *uneven, len(gaps_s)]).max() > 75


MAPPED = """
from pathlib import Path
from assistant.audio.capture import Microphone
microphone = Microphone()
is_heard = microphone.read(10.0) is not None
print(is_heard, "pulseaudio (deleted)" in Path("/proc/self/maps").read_text())
microphone.close()
"""


def test_no_memory_is_shared_with_the_sound_server_whose_end_would_hang_us(
    sound_server: SoundServer,
):
    with sound_server.awake_microphone():
        assert sound_server.run_python(MAPPED) == "True False\n"


HAS_MICROPHONE = "from assistant.audio.devices import has_microphone; print(has_microphone())"


def test_a_sound_server_with_a_microphone_has_one(sound_server: SoundServer):
    assert sound_server.run_python(HAS_MICROPHONE) == "True\n"


def test_the_echo_of_a_loudspeaker_is_no_microphone(sound_server: SoundServer):
    sound_server.control("set-default-source", "speaker.monitor")
    try:
        assert sound_server.run_python(HAS_MICROPHONE) == "False\n"
    finally:
        sound_server.control("set-default-source", "mic")


def test_without_any_sound_hardware_there_is_no_microphone_and_no_noise(
    sound_server: SoundServer, tmp_path: Path
):
    done = subprocess.run(
        sound_server.python_command(HAS_MICROPHONE),
        env=sound_server.env | {"XDG_RUNTIME_DIR": str(tmp_path), "PULSE_SERVER": "unix:/nowhere"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_a_broken_sound_setup_is_told_and_counts_as_no_microphone(
    sound_server: SoundServer, tmp_path: Path
):
    code = HAS_MICROPHONE + (
        "\nfrom assistant.audio.devices import list_devices\n"
        "from assistant.errors import DeviceError\n"
        "try:\n"
        "    list_devices()\n"
        "except DeviceError as error:\n"
        "    print(error)\n"
    )
    (tmp_path / ".asoundrc").write_text("pcm.!default { type ")
    done = subprocess.run(
        sound_server.python_command(code),
        env=sound_server.env | {"HOME": str(tmp_path)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("False\nPortAudio does not start")
    assert done.stderr == ""


LOADED = """
from pathlib import Path
from assistant.audio.devices import list_devices, refresh
for look in (list_devices, refresh):
    look()
    print("libavcodec" in Path("/proc/self/maps").read_text(), len(list_devices()))
"""


@pytest.mark.skipif(
    not list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_a52.so")),
    reason="ALSA has no Dolby encoder here",
)
def test_looking_for_devices_loads_no_ffmpeg(sound_server: SoundServer):
    first, again = sound_server.run_python(LOADED).splitlines()
    assert first == again
    assert first.split()[0] == "False"
    assert int(first.split()[1]) >= 2
