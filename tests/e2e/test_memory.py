"""Progress through a real recogniser and voice: earned, offered, taken, and asked about."""

from pathlib import Path

import pytest
from coach_rig import practised

from assistant.app import load_world
from assistant.coach.actions import LevelReason, LevelSet, SessionBegan
from assistant.config import load_settings
from assistant.rehearsal.rig import RoomEvent
from assistant.rehearsal.script import load_script
from assistant.rehearsals import REHEARSED_UTC_S, make_surroundings, rehearse
from assistant.runner import Spoke

SCRIPT = Path(__file__).parents[1] / "data" / "scripts" / "progress.yaml"


@pytest.mark.slow
def test_third_plank_earns_a_step_that_the_next_one_takes(tmp_path: Path):
    data_dir = tmp_path / "data"
    world = load_world(load_settings(config_dir=tmp_path / "config", data_dir=data_dir))
    events: list[RoomEvent] = []
    outcome = rehearse(
        world,
        load_script(SCRIPT),
        place=str(SCRIPT),
        voices=["slt"],
        snr_db=30.0,
        surroundings=make_surroundings(None, None, is_reverberated=False, seed=1),
        profile=practised(2, until_utc_s=REHEARSED_UTC_S, exercise="plank", routine="plank"),
        emit=events.append,
        warn=pytest.fail,
    )
    assert outcome.score.understood == outcome.score.commands
    assert outcome.score.wrong == outcome.score.false_accepts == 0
    (step,) = [e for e in events if isinstance(e, LevelSet)]
    assert (step.exercise, step.level, step.reason) == ("plank", 2, LevelReason.EARNED)
    began = [e for e in events if isinstance(e, SessionBegan)]
    assert [session.routine for session in began] == ["plank", "plank", "minutes_10"]
    assert [session.movements[0].works for session in began[:2]] == [3, 5]
    assert [hold.planned_s for hold in outcome.score.holds] == [5.0] * 8
    said = [e.text for e in events if isinstance(e, Spoke)]
    for line in (
        "You did the plank three times as planned. Try a little more?",
        "Good. The plank is a little more next time.",
        "Your longest plank is 8 seconds.",
        "3 days in a row.",
        "3 sessions in the last seven days, on 3 days.",
    ):
        assert line in said, said
    assert not data_dir.exists()  # a rehearsal is no history
