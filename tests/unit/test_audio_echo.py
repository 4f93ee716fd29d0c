"""The echo canceller in simulated rooms: what it takes away, and what it leaves."""

from collections.abc import Iterator

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audio.echo import EchoCanceller
from assistant.audio.reference import Played, Reference
from assistant.audio.wavfile import as_float, as_int16
from assistant.rehearsal.acoustics import Way, drawn_box, response, unit_power
from assistant.sound import FRAME_S, FRAME_SAMPLES, SPEECH_RATE_HZ, Float32, Frame

AHEAD_S = 0.06
"""How long before it is heard a block is rendered: as on a sound server, with the frame's way."""


def voice(length_s: float, seed: int = 1) -> Float32:
    """Something like speech: syllables of shaped noise over a buzz, with pauses."""
    rng = np.random.default_rng(seed)
    count = round(length_s * SPEECH_RATE_HZ)
    time_s = np.arange(count) / SPEECH_RATE_HZ
    buzz = np.sign(np.sin(2 * np.pi * (110 + 20 * np.sin(time_s)) * time_s))
    hiss = np.convolve(rng.standard_normal(count), [0.5, 0.3, 0.2], "same")
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * time_s + rng.uniform(0, 6)), 0, None)
    phrases = np.sin(2 * np.pi * 0.31 * time_s) > -0.8
    return (0.12 * (0.5 * buzz + hiss) * syllables * phrases).astype(np.float32)


def in_room(played: Float32, room: int, delay_s: float, gain: float = 1.0) -> Float32:
    """What the microphone hears of it, so much later than through the air."""
    box = drawn_box(room)
    heard = Way(unit_power(response(box, box.loudspeaker_m, room))).pass_on(played)
    shift = round(delay_s * SPEECH_RATE_HZ)
    moved = np.pad(heard, (max(0, shift), 0))[: len(heard)]
    return (gain * (moved if shift >= 0 else np.pad(heard[-shift:], (0, -shift)))).astype(
        np.float32
    )


class Bench:
    """A canceller that is told what is played as a mixer tells it."""

    def __init__(self, played: Float32, rate_hz: int = 48_000) -> None:
        self.reference = Reference()
        self.canceller = EchoCanceller(self.reference)
        self._rate_hz = rate_hz
        self._block = rate_hz // 100
        self._played = soxr.resample(played, SPEECH_RATE_HZ, rate_hz).astype(np.float32)
        self._index = 0

    def clean(self, heard: Float32, rng_seed: int = 0) -> Iterator[Float32]:
        noise = np.random.default_rng(rng_seed).normal(0.0, 3e-4, len(heard))
        frames = as_int16((heard + noise).astype(np.float32)).reshape(-1, FRAME_SAMPLES)
        for number, samples in enumerate(frames):
            self._tell((number + 1) * FRAME_S + AHEAD_S)
            yield as_float(self.canceller.clean(Frame(number * FRAME_S, samples)).frame.samples)

    def _tell(self, until_s: float) -> None:
        while self._index + self._block <= min(until_s * self._rate_hz, len(self._played)):
            samples = self._played[self._index : self._index + self._block]
            at_s = self._index / self._rate_hz
            self.reference.put(Played(self._rate_hz, self._index, at_s, samples))
            self._index += self._block


def lowered_db(heard: Float32, left: Float32, since_s: float, until_s: float) -> float:
    part = slice(round(since_s * SPEECH_RATE_HZ), round(until_s * SPEECH_RATE_HZ))
    return float(10 * np.log10(np.sum(heard[part] ** 2) / np.sum(left[part] ** 2)))


@pytest.mark.parametrize(("room", "least_db"), [(1, 15), (2, 15), (3, 15), (4, 15), (5, 15)])
def test_echo_is_lowered_in_rooms_with_reverberation(room, least_db):
    played = voice(12)
    heard = in_room(played, room, 0.04)
    left = np.concatenate(list(Bench(played).clean(heard)))
    assert lowered_db(heard, left, 0, 1) > -0.5  # never made louder, not even at first
    assert lowered_db(heard, left, 6, 12) > least_db


def test_words_of_a_person_stay_while_both_talk():
    played, person = voice(16), voice(16, seed=7)
    person[: 8 * SPEECH_RATE_HZ] = 0.0
    echo = in_room(played, 1, 0.04)
    left = np.concatenate(list(Bench(played).clean(echo + person)))
    part = slice(10 * SPEECH_RATE_HZ, None)
    wanted, got = person[part].astype(np.float64), left[part].astype(np.float64)
    gain = np.dot(wanted, got) / np.dot(wanted, wanted)
    assert gain == pytest.approx(1.0, abs=0.1)
    assert lowered_db(echo, left - person, 10, 16) > 8


@pytest.mark.parametrize("delay_s", [0.0, 0.02, 0.05, 0.12, 0.2, 0.3])
def test_delay_is_found_within_a_few_milliseconds(delay_s):
    played = voice(4)
    bench = Bench(played)
    list(bench.clean(in_room(played, 1, delay_s)))
    assert bench.canceller.delay_s == pytest.approx(delay_s + 0.4 / 343, abs=0.003)


@pytest.mark.parametrize(("before_s", "after_s"), [(0.03, 0.07), (0.06, 0.04), (0.02, 0.2)])
def test_delay_is_followed_when_it_jumps(before_s, after_s):
    played = voice(16)
    bench = Bench(played)
    heard = in_room(played, 1, before_s)
    jump = 8 * SPEECH_RATE_HZ
    heard[jump:] = in_room(played, 1, after_s)[jump:]
    left = np.concatenate(list(bench.clean(heard)))
    assert bench.canceller.delay_s == pytest.approx(after_s + 0.4 / 343, abs=0.003)
    assert lowered_db(heard, left, 11, 16) > 12


@pytest.mark.parametrize("rate_hz", [16_000, 24_000, 44_100, 48_000])
def test_every_rate_of_a_loudspeaker_serves(rate_hz):
    played = voice(8)
    heard = in_room(played, 1, 0.04)
    left = np.concatenate(list(Bench(played, rate_hz).clean(heard)))
    assert lowered_db(heard, left, 5, 8) > 12


def test_before_and_long_after_sound_the_microphone_passes_unchanged():
    played = np.pad(voice(3), (2 * SPEECH_RATE_HZ, 5 * SPEECH_RATE_HZ))
    person = voice(10, seed=3)
    canceller_in = as_int16(person).reshape(-1, FRAME_SAMPLES)
    bench = Bench(played)
    frames = [
        bench.canceller.clean(Frame(number * FRAME_S, samples))
        for number, samples in enumerate(canceller_in)
        if bench._tell((number + 1) * FRAME_S + AHEAD_S) is None
    ]
    for number in [*range(95), *range(360, 500)]:
        assert np.array_equal(frames[number].frame.samples, canceller_in[number])
        assert frames[number].echo_power == 0.0
    assert any(frame.echo_power > 0 for frame in frames)


def test_a_gap_in_what_was_played_does_not_shift_it():
    played = np.concatenate([voice(6), np.zeros(SPEECH_RATE_HZ, np.float32), voice(3, seed=2)])
    heard = in_room(played, 2, 0.04)
    left = np.concatenate(list(Bench(played).clean(heard)))
    assert lowered_db(heard, left, 7, 10) > 10


def test_a_sound_after_a_long_silence_is_read_at_its_time():
    reference, block = Reference(), 160
    for number in range(1050):
        samples = np.full(block, 0.5 if number >= 1000 else 0.0, np.float32)
        reference.put(Played(16_000, number * block, 3.0 + number * 0.01, samples))
        reference.position_of(0.0)  # the listener asks all the time
    begin = round(reference.position_of(3.0 + 10.0))
    assert (begin, reference.end) == (160_000, 168_000)
    assert not reference.sounded_within(0, begin) or reference.read(0, begin).max() == 0.0
    assert reference.read(begin - 100, 200).tolist() == [0.0] * 100 + [0.5] * 100


def test_another_stream_is_learnt_anew():
    played = voice(8)
    heard = in_room(played, 1, 0.04)
    first = Bench(played)
    list(first.clean(heard))
    # A loudspeaker that was plugged in again counts its samples from nothing.
    second = Bench(played)
    second.reference, second.canceller = first.reference, first.canceller
    left = np.concatenate(list(second.clean(heard)))
    assert lowered_db(heard, left, 5, 8) > 12


def test_a_frame_of_another_length_is_refused():
    with pytest.raises(ValueError, match="320 samples, not 160"):
        EchoCanceller(Reference()).clean(Frame(0.0, np.zeros(160, np.int16)))


@settings(max_examples=15, deadline=None)
@given(
    data=st.lists(st.sampled_from(["noise", "full", "silent"]), min_size=3, max_size=40),
    gain=st.sampled_from([0.0, 0.01, 1.0, 30.0]),
)
def test_whatever_sounds_the_result_is_finite_and_no_louder(data, gain):
    rng = np.random.default_rng(len(data))
    kinds = {
        "noise": lambda: rng.normal(0, 0.1, FRAME_SAMPLES),
        "full": lambda: np.sign(rng.standard_normal(FRAME_SAMPLES)),
        "silent": lambda: np.zeros(FRAME_SAMPLES),
    }
    played = np.concatenate([kinds[kind]() for kind in data]).astype(np.float32)
    heard = np.clip(gain * np.pad(played, (640, 0))[: len(played)], -1, 1).astype(np.float32)
    bench = Bench(played)
    for number, left in enumerate(bench.clean(heard)):
        begin = number * FRAME_SAMPLES
        before = heard[begin : begin + FRAME_SAMPLES]
        assert np.isfinite(left).all()
        assert np.sum(left**2) <= 1.01 * np.sum(before**2) + 1e-3  # the room's own noise


# Headphones ----------------------------------------------------------------------------------


def test_what_is_in_the_microphone_is_the_coach_until_a_second_without_it_has_passed():
    played = voice(12)
    bench = Bench(played)
    known = [bench.canceller.is_heard for _ in bench.clean(np.zeros_like(played))]
    assert all(known[: round(1.0 / FRAME_S)])
    assert not any(known[round(1.1 / FRAME_S) :])


def test_after_a_sentence_that_the_microphone_did_not_hear_the_next_one_needs_no_wait():
    sentence, pause = voice(4), np.zeros(3 * SPEECH_RATE_HZ, np.float32)
    played = np.concatenate([sentence, pause, sentence])
    bench = Bench(played)
    known = [bench.canceller.is_heard for _ in bench.clean(np.zeros_like(played))]
    assert not any(known[round(7.0 / FRAME_S) : round(8.0 / FRAME_S)])


def test_where_headphones_are_pulled_the_coach_is_found_in_the_microphone():
    played = voice(12)
    heard = in_room(played, 1, 0.04)
    heard[: 4 * SPEECH_RATE_HZ] = 0.0
    bench = Bench(played)
    known = [bench.canceller.is_heard for _ in bench.clean(heard)]
    assert not known[round(3.9 / FRAME_S)]
    assert all(known[round(6.0 / FRAME_S) :])
