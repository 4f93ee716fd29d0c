"""A short day in simulated time, by the real recogniser, voice and history, with every fault."""

import json
from pathlib import Path

import pytest

from assistant.cli import main


@pytest.mark.slow
@pytest.mark.timeout(900)  # half a minute of computing; a busy machine needs several
def test_a_short_day_loses_nothing_and_starts_nothing_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--config-dir", str(tmp_path), "bench", "soak", "--simulated", "--hours", "0.1"]
    code = main([*command, "--json"])
    told = json.loads(capsys.readouterr().out)
    values = {figure["name"]: figure["value"] for figure in told["figures"]}
    print(f"\n{values}")
    assert values["sessions lost"] == 0
    assert values["sessions led to an end"] >= 1
    assert values["false starts"] == 0
    assert values["commands said"] >= 2
    assert min(values[f"{x}, times"] for x in ("microphone lost", "loudspeaker lost", "restart"))
    assert code == 0
