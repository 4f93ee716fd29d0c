"""`earshot bench resources` on a real sound server: both programs listen and are measured."""

import pytest
from server import SoundServer

from assistant.app import load_world
from assistant.bench.registry import Options
from assistant.bench.resources.bench import findings, measured
from assistant.config import load_settings

pytestmark = [pytest.mark.audio_server, pytest.mark.timeout(600)]


def test_the_program_and_the_usual_loop_are_measured_in_the_same_room(tmp_path):
    if not SoundServer.is_installed():
        pytest.skip("needs pulseaudio and pulseaudio-utils")
    world = load_world(load_settings(config_dir=tmp_path, cache_dir=tmp_path / "cache"))
    ours, usual = measured(world, 4.0, Options(), starts=1, settling_s=1.0)
    found = findings(ours, usual, 0.5, minutes=4 / 60, hours=24)
    print("\n", ours, usual)
    for taken in (ours, usual):
        assert 0 < taken.silent_share < 200
        assert 0 < taken.talk_share < 200
        assert 50 < taken.rss_mb <= taken.largest_mb < 400
        assert len(taken.starts_s) == 1
    assert {x.name: x.target for x in found.figures if x.target is not None} == {
        "start to listening": 2.0,
        "silent room": 3.0,
        "others talk": 12.0,
        "memory": 150.0,
        "largest memory": 200.0,
        "memory's growth in 24 h": 1.0,
    }
