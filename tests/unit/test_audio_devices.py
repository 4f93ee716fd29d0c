"""Which device a name means, what it is opened with, and what people are told."""

import subprocess
import sys
from dataclasses import dataclass

import pytest

from assistant.audio.devices import Device, Format, Kind, choose, formats, start_stream
from assistant.errors import DeviceError


def device(name, kind=Kind.INPUT, *, index=0, rate_hz=44_100, channels=1, is_default=False):
    return Device(name, index, kind, rate_hz, channels, is_default)


DEVICES = (
    device("HDMI 0", Kind.OUTPUT),
    device("USB PnP Sound Device: Audio (hw:1,0)"),
    device("sysdefault"),
    device("default", is_default=True),
)


def test_no_name_means_the_default():
    assert choose(DEVICES, None, Kind.INPUT).name == "default"


def test_without_a_default_the_first_of_its_kind_is_taken():
    assert choose(DEVICES, None, Kind.OUTPUT).name == "HDMI 0"


def test_part_of_a_name_is_enough_in_any_case():
    assert choose(DEVICES, "usb pnp", Kind.INPUT).name.startswith("USB PnP")


def test_an_exact_name_wins_over_an_earlier_longer_one():
    assert choose(DEVICES, "Default", Kind.INPUT).name == "default"


def test_an_unknown_name_is_named_beside_what_exists():
    with pytest.raises(DeviceError, match=r'no microphone is called "HDMI".*USB PnP.*sysdefault'):
        choose(DEVICES, "HDMI", Kind.INPUT)


def test_a_computer_without_loudspeaker_is_told_to_plug_one_in():
    with pytest.raises(DeviceError, match=r"no loudspeaker.*Plug in a loudspeaker"):
        choose(DEVICES[1:], None, Kind.OUTPUT)


def test_formats_try_the_wanted_rate_and_mono_first():
    tried = formats(device("array", rate_hz=48_000, channels=6), 16_000)
    assert tried[0] == Format(16_000, 1)
    assert tried[3:] == (Format(48_000, 1), Format(48_000, 2), Format(48_000, 6))


class RefusedError(Exception):
    """Stands for PortAudio's error."""


@dataclass
class PickyStream:
    """Takes one format; refuses the others when built or, as some drivers do, when started."""

    format: Format
    taken: Format
    refuses_at_start: bool = False
    is_started: bool = False
    is_closed: bool = False

    def __post_init__(self):
        if not self.refuses_at_start:
            self.check()

    def check(self):
        if self.format != self.taken:
            raise RefusedError("Invalid sample rate")

    def start(self):
        self.check()
        self.is_started = True

    def close(self):
        self.is_closed = True


@pytest.mark.parametrize("refuses_at_start", [False, True])
def test_a_device_that_takes_only_its_own_rate_in_stereo_is_opened_so(refuses_at_start):
    made = []

    def make(format_):
        made.append(PickyStream(format_, Format(44_100, 2), refuses_at_start))
        return made[-1]

    stream, format_ = start_stream(device("USB", channels=2), 16_000, make, RefusedError)
    assert format_ == Format(44_100, 2)
    assert stream.is_started
    assert all(other.is_closed for other in made[:-1]), "refused streams hold the device"


def test_a_device_that_refuses_everything_is_named_with_the_reason():
    def make(format_):
        return PickyStream(format_, Format(1, 1))

    with pytest.raises(DeviceError, match=r'"USB" cannot be opened .Invalid sample rate'):
        start_stream(device("USB"), 16_000, make, RefusedError)


def test_importing_the_audio_package_does_not_load_portaudio():
    code = (
        "import sys; import assistant.audio.playback, assistant.audio.capture;"
        "sys.exit('sounddevice' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


NO_LIBRARY = """
import sys, types
missing = types.ModuleType("ctypes.util"); missing.find_library = lambda name: None
sys.modules["ctypes.util"] = missing
from assistant.audio.devices import has_microphone, list_devices
from assistant.errors import DeviceError
print(has_microphone())
try:
    list_devices()
except DeviceError as error:
    print(error)
"""


def test_missing_portaudio_is_told_with_the_package_to_install():
    told = subprocess.run(
        [sys.executable, "-c", NO_LIBRARY], capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith("False\n")
    assert "apt-get install libportaudio2" in told.stdout
    assert told.stderr == ""
