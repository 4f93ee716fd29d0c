"""A session in which devices are pulled and put back, fall silent, or change.

On a real sound server: unloading a module is a device unplugged, suspending one is a stream that
silently stops. PulseAudio moves the streams of an unplugged device elsewhere, and they run on.
"""

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from program import Earshot, earshot_that_is_told, in_tries, with_tiny_routine
from server import MICROPHONE, SPEAKER, SoundServer, running

pytestmark = [pytest.mark.audio_server, pytest.mark.timeout(600)]

NOTICED_S = 2.0
"""Within so many seconds a loss is to be noticed."""


@dataclass
class Fault:
    """A device was taken away, and given back."""

    noticed_s: float
    """From the loss to the pause."""
    went_on_s: float
    """From the return to the lead-in."""
    said: list[str]
    """From the loss to the start tone."""
    told: list[str]
    """What the log tells of the devices."""


class Losing:
    """Takes devices away from a running session."""

    def __init__(self, server: SoundServer, program: Earshot) -> None:
        self.server = server
        self.program = program

    def fault(self, take: Callable[[], object], give: Callable[[], object]) -> Fault:
        program = self.program
        since, complaints = len(program.lines), len(program.complaints)
        taken_s = time.monotonic()
        take()
        paused = program.wait_for("PhaseEntered", since=since, phase="paused", timeout_s=5.0)
        time.sleep(0.5)
        returned, given_s = len(program.lines), time.monotonic()
        give()
        again = program.wait_for("PhaseEntered", since=returned, phase="lead_in", timeout_s=15.0)
        since_back = program.lines.index(again)
        program.wait_for("Spoke", since=since_back, timeout_s=5.0)
        return Fault(
            paused.logged_s - taken_s,
            again.logged_s - given_s,
            [x.values["text"] for x in program.all("Spoke", since=since)],
            [x for x in program.complaints[complaints:] if "audio.upkeep" in x],
        )

    def unload(self, name: str) -> None:
        self.server.control("unload-module", self.server.module_number(name))


@dataclass
class Faults:
    """What a session met with, one after the other, and how it ended."""

    microphone_pulled: Fault
    microphone_stopped: Fault
    loudspeaker_stopped: Fault
    loudspeaker_pulled: Fault
    ends_in: str

    @property
    def is_whole(self) -> bool:
        """Whether each device was lost when it was taken, and at no other time: a busy machine
        lets streams run dry."""
        return all(
            {line.split(" is ")[0].split()[-1] for line in getattr(self, name).told}
            == {name.split("_")[0]}
            for name in TAKEN
        )


TAKEN = ["microphone_pulled", "microphone_stopped", "loudspeaker_stopped", "loudspeaker_pulled"]


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Faults:
    return in_tries(
        lambda: session_of_faults(tmp_path_factory.mktemp("faults")), lambda found: found.is_whole
    )


def session_of_faults(folder: Path) -> Faults:
    with_tiny_routine(folder, "evening stretch", hold_s=120)
    with running() as server, server.awake_microphone(), contextlib.ExitStack() as readers:
        readers.enter_context(server.awake_loudspeaker())
        with earshot_that_is_told(server, folder) as program:
            program.wait_for("Spoke")
            program.tell("start_routine", routine="tiny")
            program.tell("ready")
            program.wait_for("PhaseEntered", phase="hold")
            losing = Losing(server, program)

            def plug_in_loudspeaker() -> None:
                server.control("load-module", *SPEAKER.replace("48000", "44100").split())
                readers.enter_context(server.awake_loudspeaker())
                server.control("set-default-sink", "speaker")

            def pull_loudspeaker() -> None:
                # What PulseAudio's own settings and PipeWire do where no loudspeaker is left.
                server.control("load-module", "module-null-sink", "sink_name=auto_null")
                server.control("set-default-sink", "auto_null")
                losing.unload("sink_name=speaker")

            return Faults(
                losing.fault(
                    lambda: losing.unload("source_name=mic"),
                    lambda: server.control("load-module", *MICROPHONE.split(), "rate=44100"),
                ),
                losing.fault(
                    lambda: server.control("suspend-source", "mic", "1"),
                    lambda: server.control("suspend-source", "mic", "0"),
                ),
                losing.fault(
                    lambda: server.control("suspend-sink", "speaker", "1"),
                    lambda: server.control("suspend-sink", "speaker", "0"),
                ),
                losing.fault(pull_loudspeaker, plug_in_loudspeaker),
                program.wait_for("PhaseEntered", since=len(program.lines), phase="hold").values[
                    "phase"
                ],
            )


@pytest.mark.parametrize("name", TAKEN)
def test_hold_is_paused_within_two_seconds_and_goes_on_by_itself(faults: Faults, name: str):
    fault: Fault = getattr(faults, name)
    print(f"\n{name}: paused after {fault.noticed_s:.2f} s, went on {fault.went_on_s:.2f} s later")
    device = name.split("_", maxsplit=1)[0]
    assert fault.noticed_s < NOTICED_S
    assert fault.went_on_s < 8
    assert any(f"the {device} is gone" in line for line in fault.told)
    assert any(f"the {device} is back" in line for line in fault.told)
    if device == "microphone":
        assert fault.said[0] == "I cannot hear the microphone. Please check it."
    assert any(text.endswith("Let's go on.") for text in fault.said)


def test_the_hold_itself_goes_on_after_all_of_them(faults: Faults):
    assert faults.ends_in == "hold"


# Devices by name, whose numbers change ---------------------------------------------------------

KEPT_UP = """
import faulthandler, json, sys, time
faulthandler.dump_traceback_later(60, exit=True)  # if it hangs, says where
from pathlib import Path
import numpy as np
from assistant.audio.capture import Microphone
from assistant.audio.lasting import LastingLoudspeaker
from assistant.audio.playback import Loudspeaker
from assistant.audio.upkeep import LastingDevices
from assistant.sound import Clip

changes, events = [], []
microphone = Microphone("desk")
first = microphone.device.index
opened = [microphone]

def open_microphone():
    opened.append(Microphone("desk"))
    return opened[-1]

speaker = LastingLoudspeaker(lambda tell, rests: Loudspeaker(tell, wait=False), events.append)
devices = LastingDevices(
    microphone, open_microphone, speaker, lambda *change: changes.append(change), wait=time.sleep
)

def until(is_there, limit_s=15.0):
    end_s = time.monotonic() + limit_s
    while not is_there():
        devices.read(0.2)
        assert time.monotonic() < end_s, changes

until(lambda: devices.read(0.2) is not None)
print("running", flush=True)
until(lambda: changes)
print("lost", flush=True)
until(lambda: len(changes) == 2)
speaker.play("after", Clip(np.zeros(480, np.float32), 48_000))
until(lambda: speaker.is_idle)
print(json.dumps([[f"{k} {back}" for k, back in changes], first, opened[-1].device.index,
                  [e.cancelled for e in events if type(e).__name__ == "Finished"]]))
devices.close()
speaker.close()
"""

DESK = 'pcm.desk {{ type pulse server "unix:{}/pulse/native" device mic {} }}\n'
HINT = "hint { show on description microphone }"


def test_microphone_whose_number_has_changed_is_found_by_its_name():
    # The microphone lies on a server of its own: that ends, as a card does that is pulled.
    with running() as server, server.awake_loudspeaker(), running() as card:
        settings = server.folder / ".asoundrc"
        usual = settings.read_text()
        desk = DESK.format(card.folder, HINT)
        settings.write_text(usual + desk)
        with server.start_python(KEPT_UP) as program, card.awake_microphone():
            assert program.stdout is not None
            assert program.stdout.readline() == "running\n"
            card.close()
            settings.write_text(usual)  # nor does ALSA know it any more
            assert program.stdout.readline() == "lost\n"
            time.sleep(2.0)
            again = SoundServer(card.folder)
            try:
                settings.write_text(usual + desk.replace("desk", "another") + desk)
                with again.awake_microphone():
                    printed, complaints = program.communicate(timeout=60)
            finally:
                again.close()
    assert program.returncode == 0, complaints
    changes, first, last, cancelled = json.loads(printed)
    assert changes == ["microphone False", "microphone True"]
    assert last != first
    assert cancelled == [False]
