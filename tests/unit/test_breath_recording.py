"""A breath-paced hold as it is heard: the real coach, runner, mixer and sounds, rendered."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
import pytest
import soxr
from coach_rig import LINES, library_of

from assistant.coach import Coach
from assistant.coach.actions import Air, HoldEnded, Tone
from assistant.coach.events import Heard, Tick
from assistant.coach.floor import Floor
from assistant.coach.intents import Intent, Slots
from assistant.coach.phases import Phase
from assistant.library import Breath, Dose
from assistant.rehearsal.rig import OUT_RATE_HZ, SimulatedLoudspeaker
from assistant.runner import Breathed, Happening, Runner
from assistant.sound import FRAME_S, Clip, Float32
from assistant.stt.judge import SpokenLine
from assistant.tts.breath import breath_sound
from assistant.tts.tones import tone

PATTERN = Breath(in_s=4, top_s=1, out_s=6, bottom_s=2)
BREATHS = 3
SAMPLE_S = 1 / OUT_RATE_HZ


class SilentVoice:
    """Speaks for half a second and is not heard, so that what else sounds can be measured."""

    def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
        return Clip(np.zeros(OUT_RATE_HZ // 2, np.float32), OUT_RATE_HZ)


@dataclass
class Studio:
    """A runner whose loudspeaker is recorded, in frames of simulated time."""

    dose: Dose
    seen: list[Happening] = field(default_factory=list)
    blocks: list[Float32] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.sink = SimulatedLoudspeaker(post=lambda e: self.runner.post(e))  # noqa: PLW0108 - made below
        self.runner = Runner(
            Coach(library_of(self.dose), LINES),
            SilentVoice(),
            self.sink,
            {kind: tone(kind) for kind in Tone},
            clock=lambda: self.now,
            rate_wpm=155,
            observe=self.seen.append,
            ears=self,
            in_background=False,
        )

    def speaking(self, lines: Iterable[SpokenLine]) -> None:
        pass

    def cut_short(self, lines: Collection[SpokenLine], at_s: float) -> None:
        pass

    def attend(self, floor: Floor) -> None:
        pass

    def hear(self, intent: Intent, **slots) -> None:
        self.runner.handle(Heard(at=self.now, intent=intent, slots=Slots(**slots)))

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            self.now = len(self.blocks) * FRAME_S
            self.runner.drain()
            deadline = self.runner.coach.next_deadline
            if deadline is not None and deadline <= self.now:
                self.runner.handle(Tick(at=self.now))
            self.blocks.append(self.sink.render(self.now))

    def run_until(self, phase: Phase) -> None:
        while self.runner.coach.phase is not phase:
            self.run(FRAME_S)

    def hold(self) -> None:
        self.hear(Intent.START_ROUTINE, routine="test")
        self.run_until(Phase.WAITING)
        self.hear(Intent.READY)
        self.run_until(Phase.HOLD)

    def recording(self) -> Float32:
        return np.concatenate(self.blocks)


def onset_s(recording: Float32, kind: Tone, near_s: float) -> float:
    """Where a tone begins, by matched filter within 0.3 s of a time."""
    shape = tone(kind, OUT_RATE_HZ).samples
    first = round((near_s - 0.3) * OUT_RATE_HZ)
    last = round((near_s + 0.3) * OUT_RATE_HZ) + len(shape)
    match = np.correlate(recording[first:last], shape, mode="valid")
    return (first + int(np.argmax(match))) / OUT_RATE_HZ


def spans_s(recording: Float32, from_s: float) -> list[tuple[float, float]]:
    """Start and length of everything that sounds from a time on; stillness of 0.1 s divides."""
    first = round(from_s * OUT_RATE_HZ)
    loud = first + np.flatnonzero(np.abs(recording[first:]) > 1e-3)
    ends = np.flatnonzero(np.diff(loud) > OUT_RATE_HZ // 10)
    starts = [loud[0], *loud[ends + 1]]
    stops = [*loud[ends], loud[-1]]
    return [
        (a / OUT_RATE_HZ, (b - a + 1) / OUT_RATE_HZ) for a, b in zip(starts, stops, strict=True)
    ]


@pytest.fixture(scope="module")
def studio() -> Studio:
    made = Studio(Dose(hold_breaths=BREATHS, breath=PATTERN))
    made.hold()
    made.run_until(Phase.DONE)
    made.run(1.0)
    return made


@pytest.fixture(scope="module")
def start_s(studio: Studio) -> float:
    first = next(x for x in studio.seen if isinstance(x, Breathed))
    return onset_s(studio.recording(), Tone.START, first.at_s)


def test_the_hold_lasts_its_breaths_from_tone_to_tone_to_the_sample(studio, start_s):
    length = BREATHS * (4 + 1 + 6 + 2)
    end_s = onset_s(studio.recording(), Tone.END, start_s + length)
    assert end_s - start_s == pytest.approx(length, abs=1.01 * SAMPLE_S)
    [hold] = [x for x in studio.seen if isinstance(x, HoldEnded)]
    assert (hold.held_s, hold.breaths) == (length, BREATHS)


def test_each_sound_is_as_long_as_its_phase_within_a_millisecond(studio, start_s):
    heard = spans_s(studio.recording(), start_s)[: 2 * BREATHS]
    expected = [(n * 13 + at, s) for n in range(BREATHS) for at, s in ((0, 4), (5, 6))]
    for (at_s, length_s), (planned_s, phase_s) in zip(heard, expected, strict=True):
        assert at_s - start_s == pytest.approx(planned_s, abs=0.001)
        assert length_s == pytest.approx(phase_s, abs=0.001)


def test_the_recording_is_the_planned_sounds_and_nothing_else(studio, start_s):
    """Sample for sample, the pauses silent: start tone, three breaths, end tone."""
    recording = studio.recording()
    expected = np.zeros_like(recording)
    planned = [(0.0, tone(Tone.START)), (39.0, tone(Tone.END))]
    for n in range(BREATHS):
        planned.append((n * 13.0, breath_sound(Air.IN, 4.0)))
        planned.append((n * 13.0 + 5.0, breath_sound(Air.OUT, 6.0)))
    for at_s, clip in planned:
        first = round((start_s + at_s) * OUT_RATE_HZ)
        samples = soxr.resample(clip.samples, clip.rate_hz, OUT_RATE_HZ)
        expected[first : first + len(samples)] += samples
    first, last = (round((start_s + at) * OUT_RATE_HZ) for at in (0.0, 39.2))
    difference = np.abs(recording[first:last] - expected[first:last])
    assert difference.max() < 1e-6


def test_after_a_pause_the_breath_that_was_broken_off_is_heard_whole():
    studio = Studio(Dose(hold_breaths=2, breath=PATTERN))
    studio.hold()
    studio.run(15.0)  # two seconds into the second breath
    studio.hear(Intent.PAUSE)
    studio.run(4.0)
    studio.hear(Intent.RESUME)
    studio.run_until(Phase.HOLD)
    studio.run_until(Phase.DONE)
    studio.run(1.0)
    *_, again, out = [x for x in studio.seen if isinstance(x, Breathed)]
    recording = studio.recording()
    start_s = onset_s(recording, Tone.START, again.at_s)
    [first, second, *_] = spans_s(recording, start_s)
    assert (again.air, out.air) == (Air.IN, Air.OUT)
    assert (first[1], second[1]) == (pytest.approx(4, abs=0.001), pytest.approx(6, abs=0.001))
    assert second[0] - start_s == pytest.approx(5, abs=0.001)
    assert onset_s(recording, Tone.END, start_s + 13) - start_s == pytest.approx(13, abs=0.0001)
