"""What holds for the mixer whatever is scheduled, and however the card asks for it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audio.mixer import Finished, Mixer, Started
from assistant.sound import Clip

RATE_HZ = 8000
START_S = 500.0
LENGTH = 4000

clips = st.lists(
    st.tuples(
        st.integers(-200, LENGTH - 1),  # sample at which it begins
        st.integers(0, 900),  # samples
        st.floats(-1, 1, width=32),  # level
        st.floats(-30, 6),  # decibels
    ),
    max_size=8,
)
untimed = settings(deadline=None)  # what is heard, not how fast: a busy machine is slower
block_sizes = st.lists(st.integers(1, 700), min_size=1, max_size=20)


def rendered(plan, sizes, *, cancel_at=None):
    mixer = Mixer(RATE_HZ)
    for number, (start, samples, level, gain_db) in enumerate(plan):
        sound = Clip(np.full(samples, level, np.float32), RATE_HZ)
        mixer.schedule(str(number), sound, START_S + start / RATE_HZ, gain_db=gain_db)
    blocks, index, turn = [], 0, 0
    while index < LENGTH:
        limit = LENGTH if cancel_at is None or index >= cancel_at else cancel_at
        if index == cancel_at:
            mixer.cancel(None)
            mixer.set_gain(-6.0)
        frames = min(sizes[turn % len(sizes)], limit - index)
        blocks.append(mixer.render(frames, START_S + index / RATE_HZ))
        index, turn = index + frames, turn + 1
    return np.concatenate(blocks), mixer.events()


@untimed
@given(clips, block_sizes, st.integers(0, LENGTH - 1))
def test_the_sizes_of_the_blocks_change_nothing_that_is_heard(plan, sizes, cancel_at):
    whole, _ = rendered(plan, [LENGTH], cancel_at=cancel_at)
    parts, _ = rendered(plan, sizes, cancel_at=cancel_at)
    np.testing.assert_allclose(parts, whole, atol=1e-6)


@untimed
@given(clips, block_sizes)
def test_the_output_is_finite_and_within_full_scale(plan, sizes):
    sound, _ = rendered(plan, sizes)
    assert sound.dtype == np.float32
    assert sound.shape == (LENGTH,)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1.0


@untimed
@given(clips, block_sizes)
def test_starts_are_told_at_the_planned_sample(plan, sizes):
    _, events = rendered(plan, sizes)
    told = {event.playback_id: event.at_s for event in events if isinstance(event, Started)}
    assert len(told) == len(plan)
    for number, (start, *_) in enumerate(plan):
        error_samples = (told[str(number)] - START_S) * RATE_HZ - max(start, 0)
        assert abs(error_samples) < 0.01


@untimed
@given(clips, block_sizes, st.integers(0, LENGTH - 1000))
def test_after_cancel_all_there_is_silence_and_one_end_for_each(plan, sizes, cancel_at):
    sound, events = rendered(plan, sizes, cancel_at=cancel_at)
    fade = round(0.01 * RATE_HZ)
    assert not sound[cancel_at + fade :].any()
    ends = [event.playback_id for event in events if isinstance(event, Finished)]
    assert sorted(ends) == sorted(str(number) for number in range(len(plan)))
