"""A loudspeaker that is lost and comes back; the device is made up, and so is the time."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np
import pytest

from assistant.audio.lasting import HEALING_S, REOPEN_S, LastingLoudspeaker
from assistant.audio.mixer import Finished, PlaybackEvent, Started
from assistant.errors import DeviceError
from assistant.sound import Clip

CLIP = Clip(np.zeros(480, np.float32), 48_000)


@dataclass
class Device:
    """A sink that can be unplugged."""

    tell: Callable[[PlaybackEvent], None]
    played: list[tuple[str, float | None]] = field(default_factory=list)
    gain_db: float = 0.0
    is_lost: bool = False
    is_running: bool = True
    is_closed: bool = False
    is_ducked: bool = False
    rests: bool = False

    def play(
        self, playback_id: str, clip: Clip, at_s: float | None = None, gain_db: float = 0.0
    ) -> None:
        if self.is_lost:
            raise DeviceError("the loudspeaker has gone silent")
        self.played.append((playback_id, at_s))

    def cancel(self, ids: Collection[str] | None) -> None:
        self.played = [x for x in self.played if ids is not None and x[0] not in ids]

    def set_gain(self, gain_db: float) -> None:
        self.gain_db = gain_db

    def duck(self, is_ducked: bool) -> None:
        self.is_ducked = is_ducked

    def close(self) -> None:
        self.is_closed = True


@dataclass
class Computer:
    """Opens devices, where one is plugged in; it is 100 s after its start."""

    devices: list[Device] = field(default_factory=list)
    told: list[PlaybackEvent] = field(default_factory=list)
    tries: int = 0
    is_plugged: bool = True
    takes_one: bool = False
    """Whether a second stream is refused while there is one."""
    runs_at_once: bool = True
    now_s: float = 100.0

    def open(self, tell: Callable[[PlaybackEvent], None], rests: bool) -> Device:
        self.tries += 1
        if self.takes_one and any(not device.is_closed for device in self.devices):
            raise DeviceError("the device is busy")
        if not self.is_plugged:
            raise DeviceError("this computer has no loudspeaker")
        self.devices.append(Device(tell, is_running=self.runs_at_once, rests=rests))
        return self.devices[-1]

    def loudspeaker(self) -> LastingLoudspeaker:
        return LastingLoudspeaker(self.open, self.told.append, clock=lambda: self.now_s)

    @property
    def ends(self) -> list[tuple[str, bool]]:
        return [(e.playback_id, e.cancelled) for e in self.told if isinstance(e, Finished)]


def test_stream_that_stops_is_replaced_with_what_was_ordered_for_later():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.set_gain(-6.0)
    for playback_id, at_s in (("over", None), ("sounding", None), ("missed", 99.0), ("end", 110.0)):
        loudspeaker.play(playback_id, CLIP, at_s)
    first = computer.devices[0]
    first.tell(Finished("over", 100.0, cancelled=False))
    first.tell(Started("sounding", 100.0))
    first.is_lost = True
    assert loudspeaker.attend() is None
    assert first.is_closed
    assert computer.devices[1].played == [("end", 110.0)]
    assert computer.devices[1].gain_db == -6.0
    loudspeaker.attend()
    assert computer.ends == [("over", False), ("missed", True), ("sounding", True)]


def test_what_was_cancelled_does_not_come_back_with_another_stream():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.play("cue", CLIP, 110.0)
    loudspeaker.play("end", CLIP, 120.0)
    computer.devices[0].is_lost = True
    loudspeaker.cancel(["cue"])
    loudspeaker.attend()
    assert computer.devices[1].played == [("end", 120.0)]
    loudspeaker.cancel(None)
    computer.devices[1].is_lost = True
    loudspeaker.attend()
    assert computer.devices[2].played == []


def test_cue_that_is_ordered_while_the_stream_stands_still_is_heard_from_the_next():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    computer.devices[0].is_lost = True
    loudspeaker.play("stop", CLIP)
    loudspeaker.attend()
    assert computer.devices[1].played == [("stop", None)]
    assert computer.ends == []


def test_absent_device_is_a_loss_at_once_and_is_looked_for_every_second():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.play("end", CLIP, 110.0)
    computer.devices[0].is_lost = True
    computer.is_plugged = False
    assert loudspeaker.attend() is False
    for _ in range(20):
        assert loudspeaker.attend() is None
        with pytest.raises(DeviceError, match="looked for every second"):
            loudspeaker.play("tick", CLIP)
    assert computer.tries == 2
    assert computer.ends == [("end", True)]
    computer.is_plugged = True
    computer.now_s += REOPEN_S
    assert loudspeaker.attend() is True
    loudspeaker.play("next", CLIP)
    assert computer.devices[-1].played == [("next", None)]


def test_stream_that_does_not_run_in_time_is_a_loss_until_it_does():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.play("end", CLIP, 110.0)
    computer.devices[0].is_lost = True
    computer.runs_at_once = False
    assert loudspeaker.attend() is None
    computer.now_s += HEALING_S / 2
    assert loudspeaker.attend() is None
    computer.now_s += HEALING_S
    assert loudspeaker.attend() is False
    assert computer.devices[1].played == []
    computer.devices[1].is_running = True
    assert loudspeaker.attend() is True
    assert computer.ends == [("end", True)]


def test_stream_that_stood_still_with_the_whole_program_gets_another_moment():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.attend()
    computer.now_s += 3.0
    computer.devices[0].is_lost = True
    assert loudspeaker.attend() is None
    computer.devices[0].is_lost = False
    computer.now_s += 0.02
    assert loudspeaker.attend() is None
    assert computer.tries == 1


def test_loss_is_known_before_what_it_cancels():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.play("explanation", CLIP)
    computer.devices[0].tell(Started("explanation", 100.0))
    computer.devices[0].is_lost = True
    computer.is_plugged = False
    assert loudspeaker.attend() is False
    assert computer.ends == []
    loudspeaker.attend()
    assert computer.ends == [("explanation", True)]


def test_stream_that_goes_where_nobody_hears_it_is_a_loss():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.play("end", CLIP, 110.0)
    assert loudspeaker.attend(is_diverted=True) is False
    assert computer.devices[0].played == []
    with pytest.raises(DeviceError):
        loudspeaker.play("tick", CLIP)
    assert loudspeaker.attend(is_diverted=True) is None
    assert loudspeaker.attend() is True
    assert computer.tries == 1


def test_clips_wait_for_a_device_that_is_opened_for_the_first_time():
    computer = Computer(runs_at_once=False)
    loudspeaker = computer.loudspeaker()
    loudspeaker.play("hello", CLIP)
    assert loudspeaker.attend() is None
    assert computer.devices[0].played == [("hello", None)]


def test_stream_that_is_let_go_is_opened_again_and_no_loss():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.let_go()
    assert computer.devices[0].is_closed
    assert not loudspeaker.is_open
    computer.runs_at_once = False
    assert loudspeaker.attend() is None
    assert loudspeaker.is_open


def test_nothing_is_opened_after_the_end():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.duck(True)
    assert computer.devices[0].is_ducked
    loudspeaker.close()
    computer.now_s += 10
    loudspeaker.attend()
    loudspeaker.duck(False)
    assert computer.devices[0].is_closed
    assert computer.tries == 1


# Rest ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("takes_one", [False, True])
def test_stream_rests_while_nothing_is_about_to_be_said_and_an_order_wakes_it(takes_one):
    computer = Computer(takes_one=takes_one)
    loudspeaker = computer.loudspeaker()
    loudspeaker.set_gain(-6.0)
    for _ in range(3):
        assert loudspeaker.attend(may_rest=True) is None
    assert [x.rests for x in computer.devices] == [False, True]
    loudspeaker.play("reminder", CLIP, 100.1)
    computer.now_s = 100.2  # that late was it seen to
    assert loudspeaker.attend(may_rest=True) is None
    resting, awake = computer.devices[1:]
    assert (resting.played, resting.is_closed) == ([], True)
    assert (awake.played, awake.rests, awake.gain_db) == ([("reminder", 100.1)], False, -6.0)
    awake.tell(Finished("reminder", 101.0, cancelled=False))
    loudspeaker.attend(may_rest=True)
    assert computer.devices[-1].rests
    loudspeaker.attend(may_rest=False)
    assert not computer.devices[-1].rests
    assert [x.is_closed for x in computer.devices] == [True] * 4 + [False]


def test_stream_does_not_rest_while_anything_sounds_or_waits():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.play("cue", CLIP, 110.0)
    loudspeaker.attend(may_rest=True)
    assert [x.rests for x in computer.devices] == [False]


def test_order_that_comes_while_the_resting_stream_is_opened_is_heard():
    computer = Computer()

    def open_and_order(tell: Callable[[PlaybackEvent], None], rests: bool) -> Device:
        if rests:
            loudspeaker.play("cue", CLIP)
        return computer.open(tell, rests)

    loudspeaker = LastingLoudspeaker(
        open_and_order, computer.told.append, clock=lambda: computer.now_s
    )
    loudspeaker.attend(may_rest=True)
    awake, resting = computer.devices
    assert (awake.played, awake.is_closed) == ([("cue", None)], False)
    assert resting.is_closed


def test_what_is_cancelled_before_the_stream_is_awake_is_never_heard():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.attend(may_rest=True)
    loudspeaker.play("answer", CLIP)
    loudspeaker.cancel(None)
    loudspeaker.attend(may_rest=True)
    loudspeaker.attend(may_rest=True)
    assert [x.played for x in computer.devices] == [[]] * len(computer.devices)
    assert computer.ends == [("answer", True)]


def test_loss_of_a_stream_that_rests_is_told_and_so_is_its_return():
    computer = Computer()
    loudspeaker = computer.loudspeaker()
    loudspeaker.attend(may_rest=True)
    computer.is_plugged = False
    computer.devices[-1].is_lost = True
    assert loudspeaker.attend(may_rest=True) is False
    with pytest.raises(DeviceError):
        loudspeaker.play("cue", CLIP)
    computer.is_plugged = True
    computer.now_s += REOPEN_S
    assert loudspeaker.attend(may_rest=True) is True
    assert computer.devices[-1].rests
