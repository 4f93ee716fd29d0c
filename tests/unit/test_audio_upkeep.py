"""A microphone and a loudspeaker that are looked after together; both are made up."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from test_audio_lasting import CLIP, Computer

from assistant.audio.devices import Kind
from assistant.audio.routes import Routes
from assistant.audio.upkeep import FIRST_LOOK_S, LastingDevices
from assistant.errors import DeviceError
from assistant.sound import Frame

FRAME = Frame(0.0, np.zeros(320, np.int16))
IN, OUT = Kind.INPUT, Kind.OUTPUT


@dataclass
class Source:
    """A microphone that can be unplugged."""

    is_lost: bool = False
    is_closed: bool = False

    def read(self, timeout_s: float) -> Frame | None:
        if self.is_lost:
            raise DeviceError("the microphone has gone silent")
        return FRAME

    def close(self) -> None:
        self.is_closed = True


@dataclass
class Room:
    """A computer with both, and what was told of them."""

    computer: Computer = field(default_factory=Computer)
    sources: list[Source] = field(default_factory=lambda: [Source()])
    changes: list[tuple[Kind, bool]] = field(default_factory=list)
    routes: Routes = field(default_factory=Routes)
    cards: tuple[str, ...] = ("microphone",)
    listed: tuple[str, ...] = ("microphone",)
    """What PortAudio knows: the cards that were there when it last looked."""
    opened: int = 0
    reread: int = 0
    may_rest: bool = False

    def __post_init__(self) -> None:
        self.loudspeaker = self.computer.loudspeaker()
        self.devices = LastingDevices(
            self.sources[0],
            self.open_microphone,
            self.loudspeaker,
            lambda kind, is_back: self.changes.append((kind, is_back)),
            wait=self.wait,
            may_rest=lambda: self.may_rest,
            routes=lambda: self.routes,
            on_opened=self.note_opened,
            hardware=lambda: self.cards,
            refresh=self.refresh,
            clock=lambda: self.computer.now_s,
        )

    def wait(self, seconds: float) -> None:
        self.computer.now_s += seconds

    def note_opened(self) -> None:
        self.opened += 1

    def refresh(self) -> None:
        open_sources = [s for s in self.sources if not s.is_closed]
        open_sinks = [d for d in self.computer.devices if not d.is_closed]
        assert not open_sources, "PortAudio would free it under its reader"
        assert not open_sinks, "PortAudio would free it under its player"
        self.reread += 1
        self.listed = self.cards

    def open_microphone(self) -> Source:
        if self.listed != self.cards or not self.cards:
            raise DeviceError("this computer has no microphone")
        self.sources.append(Source())
        return self.sources[-1]

    def unplug(self) -> None:
        self.cards = ()
        self.sources[-1].is_lost = True

    def run(self, seconds: float) -> list[Frame]:
        end_s = self.computer.now_s + seconds
        frames = []
        while self.computer.now_s < end_s:
            frame = self.devices.read(0.2)
            if frame is not None:
                self.computer.now_s += 0.02
                frames.append(frame)
        return frames


def test_microphone_that_falls_silent_is_opened_again():
    room = Room()
    room.sources[0].is_lost = True
    assert room.devices.read(0.2) is None
    assert room.sources[0].is_closed
    assert room.devices.read(0.2) is FRAME
    assert room.changes == [(IN, False), (IN, True)]
    assert (room.opened, room.reread) == (1, 0)


def test_loudspeaker_rests_while_it_may():
    room = Room()
    for may_rest in (False, True, False):
        room.may_rest = may_rest
        room.run(1.0)
        assert room.computer.devices[-1].rests is may_rest
    assert room.changes == []


def test_the_loss_is_told_before_the_stream_is_closed_which_may_hang():
    room = Room()
    told_at_close = []
    room.sources[0].is_lost = True
    room.sources[0].close = lambda: told_at_close.extend(room.changes)
    room.devices.read(0.2)
    assert told_at_close == [(IN, False)]


def test_microphone_that_is_unplugged_is_found_under_its_new_number():
    room = Room()
    room.unplug()
    assert room.run(3.0) == []
    room.cards = ("webcam", "microphone")
    assert room.run(1.5)
    assert room.changes == [(IN, False), (IN, True)]
    assert room.reread == 2
    assert room.loudspeaker.is_open


def test_list_is_not_read_again_while_the_coach_speaks():
    room = Room()
    room.unplug()
    room.loudspeaker.play("I cannot hear the microphone", CLIP)
    room.run(3.0)
    assert room.reread == 0
    assert room.loudspeaker.is_open


def test_without_a_sign_the_list_is_read_again_less_and_less_often():
    room = Room()
    room.unplug()
    room.run(1.0)
    assert room.reread == 1  # the cards have changed
    room.run(60.0)
    assert 3 <= room.reread <= 60 / FIRST_LOOK_S / 2
    assert room.changes == [(IN, False)]


def test_where_both_are_missing_they_are_found_soon_after_however_long_it_took():
    room = Room()
    room.unplug()
    room.computer.devices[0].is_lost = True
    room.computer.is_plugged = False
    room.run(600.0)
    room.cards = ("microphone",)
    room.listed = ()  # as it was when PortAudio last looked, and no sign of a change
    room.computer.is_plugged = True
    room.run(FIRST_LOOK_S + 1.5)
    assert set(room.changes[-2:]) == {(OUT, True), (IN, True)}


def test_lost_loudspeaker_is_told_and_the_microphone_goes_on():
    room = Room()
    room.computer.devices[0].is_lost = True
    room.computer.is_plugged = False
    assert room.run(1.0)
    assert room.changes == [(OUT, False)]
    room.computer.is_plugged = True
    assert room.run(1.5)
    assert room.changes == [(OUT, False), (OUT, True)]


@pytest.mark.parametrize(
    ("routes", "kind"),
    [(Routes(hears_itself=True), IN), (Routes(plays_to_nobody=True), OUT)],
)
def test_stream_that_the_server_moved_to_nobody_is_a_loss(routes, kind):
    room = Room()
    room.routes = routes
    frames = room.devices.read(0.2)
    assert (frames is None) is (kind is IN)
    assert room.changes == [(kind, False)]
    room.routes = Routes()
    assert room.run(0.1)
    assert room.changes == [(kind, False), (kind, True)]


def test_microphone_is_closed_in_the_end_and_the_loudspeaker_left_to_its_player():
    room = Room()
    room.devices.close()
    assert room.sources[0].is_closed
    assert not room.computer.devices[0].is_closed
