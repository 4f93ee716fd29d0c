"""A loudspeaker that is lost and comes back; the device is made up."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np
import pytest

from assistant.audio.mixer import Finished, PlaybackEvent
from assistant.audio.playback import LastingLoudspeaker
from assistant.errors import DeviceError
from assistant.sound import Clip

CLIP = Clip(np.zeros(480, np.float32), 48_000)


@dataclass
class Device:
    """A sink that can be unplugged."""

    tell: Callable[[PlaybackEvent], None]
    played: list[str] = field(default_factory=list)
    gain_db: float = 0.0
    is_lost: bool = False
    is_running: bool = True
    is_closed: bool = False

    def play(
        self, playback_id: str, clip: Clip, at_s: float | None = None, gain_db: float = 0.0
    ) -> None:
        self.played.append(playback_id)

    def cancel(self, ids: Collection[str] | None) -> None:
        self.played.clear()

    def set_gain(self, gain_db: float) -> None:
        self.gain_db = gain_db

    def close(self) -> None:
        self.is_closed = True


@dataclass
class Computer:
    """Opens devices, where one is plugged in."""

    devices: list[Device] = field(default_factory=list)
    tries: int = 0
    is_plugged: bool = True

    def open(self, tell: Callable[[PlaybackEvent], None]) -> Device:
        self.tries += 1
        if not self.is_plugged:
            raise DeviceError("this computer has no loudspeaker")
        self.devices.append(Device(tell))
        return self.devices[-1]


def test_a_lost_device_ends_what_was_ordered_and_the_next_clip_opens_it_again():
    computer, told = Computer(), list[PlaybackEvent]()
    loudspeaker = LastingLoudspeaker(computer.open, told.append)
    loudspeaker.set_gain(-6.0)
    loudspeaker.play("heard", CLIP)
    loudspeaker.play("waiting", CLIP, 100.0)
    first = computer.devices[0]
    first.tell(Finished("heard", 1.0, cancelled=False))
    first.is_lost = True
    loudspeaker.play("next", CLIP)
    assert first.is_closed
    assert [(e.playback_id, e.cancelled) for e in told if isinstance(e, Finished)] == [
        ("heard", False),
        ("waiting", True),
    ]
    assert computer.devices[1].played == ["next"]
    assert computer.devices[1].gain_db == -6.0


def test_clips_are_not_saved_up_while_a_lost_device_comes_to_life_again():
    computer = Computer()
    loudspeaker = LastingLoudspeaker(computer.open, lambda event: None)
    computer.devices[0].is_lost = True
    loudspeaker.play("first", CLIP)
    computer.devices[1].is_running = False
    with pytest.raises(DeviceError, match="opened again"):
        loudspeaker.play("tick", CLIP, 1.0)
    assert computer.devices[1].played == ["first"]


def test_clips_wait_for_a_device_that_is_opened_for_the_first_time():
    computer = Computer()
    loudspeaker = LastingLoudspeaker(computer.open, lambda event: None)
    computer.devices[0].is_running = False
    loudspeaker.play("hello", CLIP)
    assert computer.devices[0].played == ["hello"]


def test_an_absent_device_is_not_tried_with_every_clip():
    computer = Computer()
    loudspeaker = LastingLoudspeaker(computer.open, lambda event: None)
    computer.devices[0].is_lost = True
    computer.is_plugged = False
    for _ in range(20):
        with pytest.raises(DeviceError):
            loudspeaker.play("tick", CLIP)
    loudspeaker.cancel(None)
    loudspeaker.close()
    assert computer.tries == 2
