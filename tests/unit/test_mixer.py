"""The mixer on simulated time: what is heard, and when, to the sample."""

import math
import random
import threading

import numpy as np
import pytest

from assistant.audio.mixer import CLIP_LIMIT, Finished, Mixer, Started
from assistant.sound import Clip

RATE_HZ = 48_000
START_S = 1000.0


def clip(samples: int, level: float = 0.5, rate_hz: int = RATE_HZ) -> Clip:
    return Clip(np.full(samples, level, np.float32), rate_hz)


class Rig:
    """Renders with exact times, block after block."""

    def __init__(self, block: int = 480) -> None:
        self.mixer = Mixer(RATE_HZ)
        self.block = block
        self.index = 0

    def render(self, seconds: float) -> np.ndarray:
        blocks = []
        until = self.index + round(seconds * RATE_HZ)
        while self.index < until:
            frames = min(self.block, until - self.index)
            blocks.append(self.mixer.render(frames, START_S + self.index / RATE_HZ))
            self.index += frames
        return np.concatenate(blocks)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_clip_begins_at_its_sample_and_ends_after_its_last(rig):
    rig.mixer.schedule("cue", clip(100), START_S + 12_345 / RATE_HZ)
    heard = np.flatnonzero(rig.render(0.5))
    assert (heard[0], heard[-1]) == (12_345, 12_444)
    assert rig.mixer.events() == [
        Started("cue", pytest.approx(START_S + 12_345 / RATE_HZ, abs=1e-9)),
        Finished("cue", pytest.approx(START_S + 12_445 / RATE_HZ, abs=1e-9), cancelled=False),
    ]
    assert rig.mixer.events() == []


@pytest.mark.parametrize("at_s", [None, START_S, START_S + 0.0999])
def test_a_clip_without_time_or_too_late_begins_with_the_next_block_unclipped(rig, at_s):
    rig.render(0.1)
    rising = np.linspace(0.1, 0.5, 1000, dtype=np.float32)
    rig.mixer.schedule("late", Clip(rising, RATE_HZ), at_s)
    np.testing.assert_array_equal(rig.render(0.1)[:1000], rising)


def test_placement_under_jitter_wanders_by_less_than_a_millisecond():
    chance = random.Random(7)
    mixer = Mixer(RATE_HZ)
    wanted = [START_S + 3 + second / 2 for second in range(20)]
    for at_s in wanted:
        mixer.schedule("tick", clip(960), at_s)
    sound = np.concatenate(
        [
            mixer.render(480, START_S + block * 0.01 + chance.uniform(-0.004, 0.004))
            for block in range(1400)
        ]
    )
    loud = np.flatnonzero(sound)
    onsets = loud[np.diff(loud, prepend=-2) > 1] / RATE_HZ + START_S
    assert np.abs(onsets - wanted).max() < 0.001
    assert len(onsets) == 20, "a clip was torn by a correction of the clock"
    assert len(loud) == 20 * 960


def test_overlapping_clips_add_up(rig):
    rig.mixer.schedule("one", clip(960, 0.25))
    rig.mixer.schedule("two", clip(960, 0.5), START_S + 0.01)
    sound = rig.render(0.04)
    assert (sound[0], sound[480], sound[960]) == pytest.approx((0.25, 0.75, 0.5))


def test_cancel_silences_what_sounds_within_ten_milliseconds_without_a_click(rig):
    rig.mixer.schedule("long", clip(RATE_HZ))
    rig.render(0.1)
    rig.mixer.cancel(None)
    tail = rig.render(0.1)
    assert not tail[480:].any()
    assert np.abs(np.diff(tail, prepend=0.5)).max() < 0.01
    assert rig.mixer.events()[-1] == Finished("long", pytest.approx(START_S + 0.11), cancelled=True)


def test_cancel_takes_back_what_waits_and_leaves_what_is_not_named(rig):
    rig.mixer.schedule("gone", clip(480), START_S + 0.05)
    rig.mixer.schedule("stays", clip(480), START_S + 0.07)
    rig.render(0.01)
    rig.mixer.cancel({"gone", "unknown"})
    heard = np.flatnonzero(rig.render(0.1)) + 480
    assert (heard[0], heard[-1]) == (3360, 3839)
    started = [event.playback_id for event in rig.mixer.events() if isinstance(event, Started)]
    assert started == ["stays"]


def test_each_clip_is_told_finished_once_even_when_cancelled_twice(rig):
    rig.mixer.schedule("sounding", clip(RATE_HZ))
    rig.mixer.schedule("waiting", clip(RATE_HZ), START_S + 10)
    rig.render(0.02)
    for _ in range(2):
        rig.mixer.cancel(None)
        rig.render(0.004)
    rig.render(0.1)
    finished = [event for event in rig.mixer.events() if isinstance(event, Finished)]
    assert sorted((event.playback_id, event.cancelled) for event in finished) == [
        ("sounding", True),
        ("waiting", True),
    ]


def test_a_clip_scheduled_after_cancel_all_is_heard(rig):
    rig.mixer.schedule("same", clip(4800))
    rig.mixer.cancel(None)
    rig.mixer.schedule("same", clip(4800, 0.25))
    assert rig.render(0.01)[0] == pytest.approx(0.25)


def test_gain_of_a_clip_is_in_decibels(rig):
    rig.mixer.schedule("soft", clip(480), gain_db=-20.0)
    assert rig.render(0.01)[0] == pytest.approx(0.05)


def test_master_gain_is_reached_smoothly_in_twenty_milliseconds(rig):
    rig.mixer.schedule("long", clip(RATE_HZ))
    rig.render(0.1)
    rig.mixer.set_gain(-math.inf)
    sound = rig.render(0.1)
    assert np.abs(np.diff(sound, prepend=0.5)).max() < 0.001
    assert not sound[960:].any()
    rig.mixer.set_gain(0.0)
    assert rig.render(0.1)[-1] == pytest.approx(0.5)


def test_too_loud_a_sum_is_bent_to_full_scale_and_never_wraps(rig):
    for name in "abc":
        rig.mixer.schedule(name, clip(480, 0.8))
        rig.mixer.schedule(name, clip(480, -0.8), START_S + 0.01)
    rig.mixer.set_gain(20.0)
    sound = rig.render(0.02)
    assert sound[:480].min() > 0.9
    assert sound[480:].max() < -0.9
    assert np.abs(sound).max() <= 1.0


def test_samples_that_are_not_finite_become_silence(rig):
    broken = np.array([0.5, math.nan, math.inf, -math.inf], np.float32)
    rig.mixer.schedule("broken", Clip(broken, RATE_HZ))
    np.testing.assert_array_equal(rig.render(0.01)[:4], np.array([0.5, 0, 0, 0], np.float32))


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 22_050, 44_100, 96_000])
def test_clips_of_other_rates_keep_length_pitch_and_level(rig, rate_hz):
    times = np.arange(rate_hz) / rate_hz
    tone = (0.5 * np.sin(2 * math.pi * 440 * times)).astype(np.float32)
    rig.mixer.schedule("tone", Clip(tone, rate_hz), START_S)
    sound = rig.render(1.5)
    _, finished = rig.mixer.events()
    assert finished.at_s - START_S == pytest.approx(1.0, abs=0.0005)
    middle = sound[12_000:36_000]
    assert np.abs(np.fft.rfft(middle)).argmax() * RATE_HZ / len(middle) == pytest.approx(440)
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.01)


def test_an_empty_clip_starts_and_finishes_at_the_same_time(rig):
    rig.mixer.schedule("nothing", clip(0), START_S + 0.001)
    rig.render(0.01)
    started, finished = rig.mixer.events()
    assert started.at_s == finished.at_s


def test_clips_beyond_the_limit_are_dropped_and_counted_and_cancel_still_works(rig):
    rig.render(0.01)
    for number in range(CLIP_LIMIT + 3):
        rig.mixer.schedule(str(number), clip(480))
    assert rig.mixer.dropped == 3
    rig.mixer.cancel(None)
    assert not rig.render(0.1).any()


@pytest.mark.parametrize(
    ("sound", "at_s", "gain_db"),
    [
        (clip(10), math.nan, 0.0),
        (clip(10), math.inf, 0.0),
        (clip(10), None, math.nan),
        (clip(10, rate_hz=0), None, 0.0),
        (Clip(np.zeros((10, 2), np.float32), RATE_HZ), None, 0.0),
    ],
)
def test_what_makes_no_sense_is_refused_when_scheduled(rig, sound, at_s, gain_db):
    with pytest.raises(ValueError, match=r"must be|mono"):
        rig.mixer.schedule("wrong", sound, at_s, gain_db=gain_db)


def test_after_a_resync_cues_follow_the_shifted_stream(rig):
    rig.render(3.0)
    rig.mixer.schedule("cue", clip(48), START_S + 3.5)
    rig.mixer.resync()
    blocks = [rig.mixer.render(480, START_S + 3.03 + block * 0.01) for block in range(100)]
    assert np.flatnonzero(np.concatenate(blocks))[0] == round(0.47 * RATE_HZ)


def test_orders_from_another_thread_while_rendering_are_neither_lost_nor_doubled(rig):
    def give_orders() -> None:
        for number in range(300):
            rig.mixer.schedule(str(number), clip(100))
            if number % 3 == 0:
                rig.mixer.cancel({str(number)})

    thread = threading.Thread(target=give_orders)
    thread.start()
    while thread.is_alive():
        rig.render(0.01)
    rig.render(0.02)
    ended = [e.playback_id for e in rig.mixer.events() if isinstance(e, Finished)]
    assert sorted(ended) == sorted(str(number) for number in range(300))


def test_a_ducked_voice_is_twenty_decibels_lower_within_twenty_milliseconds_without_a_click(rig):
    rig.mixer.schedule("a", clip(RATE_HZ, level=0.5))
    rig.render(0.1)
    rig.mixer.duck(True)
    down = rig.render(0.1)
    assert np.abs(np.diff(down)).max() < 0.001
    assert down[round(0.02 * RATE_HZ) :] == pytest.approx(0.05, abs=1e-4)
    rig.mixer.set_gain(-6.0)  # the volume stays its own
    assert rig.render(0.1)[-1] == pytest.approx(0.05 * 10 ** (-6 / 20), abs=1e-4)
    rig.mixer.duck(False)
    assert rig.render(0.1)[-1] == pytest.approx(0.5 * 10 ** (-6 / 20), abs=1e-4)


def test_the_tap_is_given_every_block_as_it_is_played_with_its_time():
    taken = []
    mixer = Mixer(RATE_HZ, taken.append)
    mixer.schedule("a", clip(300, level=2.0), START_S + 0.015)
    blocks = [mixer.render(480, START_S + i * 0.01) for i in range(4)]
    assert [played.index for played in taken] == [0, 480, 960, 1440]
    assert [played.at_s for played in taken] == pytest.approx(
        [START_S + i * 0.01 for i in range(4)]
    )
    for block, played in zip(blocks, taken, strict=True):
        assert played.rate_hz == RATE_HZ
        assert np.array_equal(played.samples, block)  # limited, as the loudspeaker gets it
