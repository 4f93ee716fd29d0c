from collections import Counter

import numpy as np
import pytest

from assistant.app import load_world
from assistant.coach.intents import Intent
from assistant.config import load_settings
from assistant.training.sayings import Drawing, plain_texts

PHRASES = ("pause it", "pause please", "pause it right now", "hold on")


def test_each_beginning_is_drawn_as_often_and_short_phrases_oftener():
    drawing, rng = Drawing.of(PHRASES), np.random.default_rng(1)
    drawn = Counter(drawing.draw(rng) for _ in range(4000))
    assert drawn.keys() == set(PHRASES)
    assert drawn["hold on"] == pytest.approx(2000, abs=120)
    assert drawn["pause it"] == pytest.approx(4 * drawn["pause it right now"], rel=0.3)


def test_what_most_people_say_are_commands_of_every_intent(tmp_path):
    phrasebook = load_world(load_settings(config_dir=tmp_path)).phrasebook
    plain = plain_texts(6)
    assert plain.keys() >= {command.intent for command in phrasebook.commands.values()}
    for intent, texts in plain.items():
        assert 1 <= len(texts) <= 6
        assert all(phrasebook.parse(text).intent is intent for text in texts)
    assert "hold on" in plain[Intent.PAUSE]
    assert "help" in plain[Intent.HELP]
