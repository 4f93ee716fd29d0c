"""What the heads alone get right, kept beside them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs the extra `train`")

from assistant.stt.spotter import HEAD_FILE, Spotter
from assistant.training.measure import main

CORPUS = Path(__file__).parents[1] / "data" / "corpus"


def test_figures_are_kept_beside_the_heads_which_stay_as_they_are(tmp_path, capsys):
    heads = shutil.copy(HEAD_FILE, tmp_path / "head.npz")
    window = (np.random.default_rng(1).standard_normal(32_000) * 900).astype(np.int16)
    before = Spotter(heads).posteriors(window)
    assert main(["--corpus", str(CORPUS), "--heads", str(heads)]) == 0
    assert "clean" in capsys.readouterr().out
    with np.load(heads) as arrays:
        figures = json.loads(str(arrays["figures"]))
    assert figures["clean"]["commands"] > 0
    assert figures["clean"]["right"] >= 0.5
    assert Spotter(heads).posteriors(window) == before
