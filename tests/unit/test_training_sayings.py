from collections import Counter

import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs the extra `train`")

from assistant.training.sayings import Drawing

PHRASES = ("pause it", "pause please", "pause it right now", "hold on")


def test_each_beginning_is_drawn_as_often_and_short_phrases_oftener():
    drawing, rng = Drawing.of(PHRASES), np.random.default_rng(1)
    drawn = Counter(drawing.draw(rng) for _ in range(4000))
    assert drawn.keys() == set(PHRASES)
    assert drawn["hold on"] == pytest.approx(2000, abs=120)
    assert drawn["pause it"] == pytest.approx(4 * drawn["pause it right now"], rel=0.3)
