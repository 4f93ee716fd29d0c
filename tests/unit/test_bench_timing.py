"""Known sounds in a made-up recording: where they are found, and what is made of that."""

import json
from argparse import ArgumentTypeError

import numpy as np
import pytest

from assistant.bench.figures import as_dict
from assistant.bench.registry import BENCHES, load_bench
from assistant.bench.timing import usual
from assistant.bench.timing.bench import Heard, Timing, findings, off_zero_s
from assistant.bench.timing.onsets import Planned, drift_s, errors_s, onset
from assistant.bench.timing.server import RATE_HZ
from assistant.bench.timing.session import NotingSink
from assistant.cli.options import minutes
from assistant.sound import Clip
from assistant.tts.tones import Tone, tone

CLIPS = {kind.value: tone(kind, RATE_HZ).samples for kind in Tone}
ORIGIN_S = 5000.0


def recording(sounds: list[tuple[float, str]], length_s: float, *, noise: float = 0.001):
    """int16 samples with tones at offsets, seconds."""
    samples = np.random.default_rng(1).normal(0, noise, round(length_s * RATE_HZ))
    for at_s, name in sounds:
        first = round(at_s * RATE_HZ)
        samples[first : first + len(CLIPS[name])] += CLIPS[name]
    return np.rint(samples * 32767).astype(np.int16)


def test_each_tone_is_found_to_the_sample_and_told_from_the_others():
    silence = np.zeros(RATE_HZ // 2)
    for name, clip in CLIPS.items():
        window = np.concatenate([silence, 0.1 * clip, silence])
        assert onset(window, clip) == len(silence)
        others = {x for x in CLIPS if x != name and onset(window, CLIPS[x]) is not None}
        assert others <= {"tick"} or name == "heard", (name, others)


def test_sounds_late_by_known_times_are_measured_as_that():
    late_s = [0.0, 0.002, -0.005, 0.0201]
    planned = [Planned(ORIGIN_S + 1 + n, "end") for n in range(4)]
    samples = recording([(1 + n + late_s[n], "end") for n in range(4)], 6.0)
    found = errors_s(samples, ORIGIN_S, planned, CLIPS)
    assert found == pytest.approx(late_s, abs=1 / RATE_HZ)


def test_sound_that_was_not_played_is_not_found():
    planned = [Planned(ORIGIN_S + 1, "end"), Planned(ORIGIN_S + 60, "start")]
    found = errors_s(recording([(1.0, "start")], 3.0), ORIGIN_S, planned, CLIPS)
    assert found == [None, None]


def test_sound_under_a_louder_one_is_found_but_not_where_it_is_not():
    planned = [Planned(ORIGIN_S + 1, "start"), Planned(ORIGIN_S + 1.01, "end")]
    loud = recording([(1.0, "start")], 3.0)
    both = loud + np.rint(0.2 * recording([(1.013, "end")], 3.0, noise=0.0)).astype(np.int16)
    assert errors_s(both, ORIGIN_S, planned[1:], CLIPS) == [None]
    assert errors_s(both, ORIGIN_S, planned, CLIPS) == pytest.approx([0.0, 0.003], abs=1 / RATE_HZ)
    assert errors_s(loud, ORIGIN_S, planned, CLIPS) == [pytest.approx(0.0), None]


def test_drift_is_told_from_scatter():
    times = np.linspace(0, 1800, 200)
    scatter = np.tile([0.002, -0.002], 100)
    assert abs(drift_s(times, scatter)) < 2e-4
    assert drift_s(times, scatter + times * 1e-5) == pytest.approx(0.018, abs=2e-4)
    assert drift_s([3.0], [0.1]) == 0.0


def heard(late_s: list[float | None]) -> Heard:
    """A hold of ten seconds with its count."""
    names = ["start", "tick", "tick", "tick", "end"]
    times = [100.0, 107.0, 108.0, 109.0, 110.0]
    planned = [Planned(at, name) for at, name in zip(times, names, strict=True)]
    return Heard(planned, late_s, 0.04, [(100.0, 110.0)], underflows=0)


def test_count_that_ends_late_is_seen_where_every_tone_is_close_to_its_plan():
    assert off_zero_s(heard([-0.002, 0, 0, 0, 0.002])) == pytest.approx([0.004])


def test_hold_whose_start_was_not_heard_is_not_measured():
    assert off_zero_s(heard([None, 0, 0, 0, 0.002])) == []


def told(*args) -> dict[str, tuple[float | None, bool]]:
    return {f["name"]: (f["value"], f["met"]) for f in as_dict(findings(*args))["figures"]}


def test_exact_session_meets_every_target_and_the_usual_timer_is_told_beside_it():
    late_usual = [("halfway", 0.4), (usual.END, 3.0), (usual.END, 3.2), ("one", None)]
    figures = told(heard([0.0005, -0.001, 0, 0, 0.002]), late_usual, 30)
    assert all(met for _, met in figures.values())
    assert figures["within 3 ms of the plan"][0] == 100
    assert figures["usual timer: count's end late"][0] == pytest.approx(3100)
    assert figures["usual timer: within 3 ms"][0] == 0


def test_a_lost_sound_and_a_far_one_miss_their_targets():
    figures = told(heard([0.0, None, 0, 0, 0.02]), [], 30)
    assert figures["sounds heard"] == (80, False)
    assert figures["within 3 ms of the plan"] == (60, False)
    assert figures["farthest from the plan"][1] is False
    assert figures["count's end off zero"][1] is False


def test_run_in_which_nothing_was_heard_misses_its_targets():
    figures = told(Heard([], [], 0.0, [], 0), [], 30)
    assert not any(met for name, (_, met) in figures.items() if "usual" not in name)


class Nowhere:
    """A sink that plays nothing."""

    def play(self, playback_id, clip, at_s=None, gain_db=0.0):
        pass

    def cancel(self, ids):
        pass


def test_only_what_has_a_time_and_is_not_taken_back_counts_as_planned():
    sink = NotingSink(Nowhere())
    clip = Clip(CLIPS["end"], RATE_HZ)
    far_s = 1e9
    for playback_id, at_s in (("now", None), ("a", far_s), ("b", far_s), ("heard", 1.0)):
        sink.play(playback_id, clip, at_s)
    sink.cancel(["a", "heard", "unknown"])
    assert set(sink.planned) == {"b", "heard"}
    sink.cancel(None)
    assert set(sink.planned) == {"heard"}
    assert len(sink.clips) == 1


def test_bench_is_known_by_its_name():
    assert "timing" in BENCHES
    assert isinstance(load_bench("timing"), Timing)


@pytest.mark.parametrize("text", ["0", "-3", "soon", "nan", "1e9"])
def test_minutes_that_make_no_sense_are_refused(text: str):
    with pytest.raises(ArgumentTypeError):
        minutes(text)


def test_figures_are_json():
    json.dumps(as_dict(findings(heard([0.0] * 5), [], 1)))
