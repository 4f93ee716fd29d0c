import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from assistant.coach.floor import OPEN_S
from assistant.coach.intents import Command, Intent, Side, Slots
from assistant.evaluation.conditions import CLEAN, Condition
from assistant.evaluation.corpus import Recording
from assistant.evaluation.curves import trade_off
from assistant.evaluation.measure import (
    ConditionResult,
    Cost,
    Decision,
    Ear,
    Evaluation,
    Result,
    StreamResult,
    Trial,
    expected,
)
from assistant.evaluation.page import as_html
from assistant.evaluation.report import as_dict, as_text, confusions
from assistant.listener import Listener
from assistant.nlu import Phrasebook
from assistant.sound import FRAME_S, FRAME_SAMPLES, Int16
from assistant.stt.port import Grammar, Transcript, Word

STOP = Command(Intent.STOP)
LEFT = Command(Intent.CHOOSE_SIDE, Slots(side=Side.LEFT))
RIGHT = Command(Intent.CHOOSE_SIDE, Slots(side=Side.RIGHT))
SEVEN = Command(Intent.NUMBER, Slots(count=7))
MEANINGS = {"stop": STOP, "left": LEFT, "right": RIGHT, "seven": SEVEN}
PHRASEBOOK = Phrasebook(MappingProxyType(MEANINGS))


class ScriptedRecogniser:
    """Hears what a script says, by the number of the frame."""

    name = "scripted"

    def __init__(self, script: Mapping[int, str]) -> None:
        self.script = script
        self.sizes: list[int] = []
        self.resets = 0

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        return []

    def accept(self, samples: Int16) -> Transcript | None:
        self.sizes.append(len(samples))
        text = self.script.get(len(self.sizes))
        if text is None:
            return None
        end_s = len(self.sizes) * 0.02
        return Transcript(
            text, (Word(text, end_s - 0.5, end_s, 1.0),), end_s - 0.5, end_s, 1.0, "x"
        )

    def finish(self) -> Transcript | None:
        return None

    def partial(self) -> str:
        return ""

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        pass


def trial(label: str, *heard: str, confidence: float = 0.5, at_s: float = 1.3) -> Trial:
    recording = Recording(Path(label), label, "commands", label, "me", 1.0, "")
    meant = expected(PHRASEBOOK, label, takes_numbers=False)
    decisions = tuple(Decision(MEANINGS[text], text, confidence, at_s) for text in heard)
    return Trial(recording, meant, decisions, speech_end_s=1.0)


def results(*trials: Trial, condition: Condition = CLEAN) -> ConditionResult:
    return ConditionResult(condition, trials, Cost(0.5, 10.0))


@pytest.mark.parametrize(
    ("label", "heard", "result"),
    [
        ("stop", ["stop"], Result.RIGHT),
        ("stop", ["stop", "stop"], Result.RIGHT),
        ("stop", ["stop", "left"], Result.WRONG),
        ("stop", ["left"], Result.WRONG),
        ("left", ["right"], Result.RIGHT),
        ("left", ["right", "stop"], Result.WRONG),
        ("stop", [], Result.MISSED),
        ("marvin", ["stop"], Result.ACCEPTED),
        ("marvin", [], Result.REJECTED),
        ("seven", ["stop"], Result.ACCEPTED),
    ],
)
def test_what_becomes_of_a_recording(label, heard, result):
    assert trial(label, *heard).result is result


def test_other_side_is_the_right_intent_with_a_wrong_slot():
    found = results(trial("left", "right"), trial("left", "left"), trial("stop", "left"))
    assert (found.accuracy, found.slots_wrong) == (pytest.approx(2 / 3), 1)
    assert found.accuracy_with_slots == pytest.approx(1 / 3)
    assert confusions(found, commands=True) == {("left", "right"): 1, ("stop", "left"): 1}
    (condition,) = as_dict(Evaluation((found,), None, Cost(0.1, 30.0), 100.0))["conditions"]
    assert (condition["accuracy"], condition["slots_wrong"]) == (0.6667, 1)
    (row,) = (x for x in as_text(Evaluation((found,), None, Cost(1, 30), 1)) if "clean" in x)
    assert "slots wrong 1" in row


def test_where_no_session_runs_only_the_wake_phrase_and_what_follows_is_accepted():
    def decided(at_s: float, *, woken: bool = False) -> Decision:
        return Decision(STOP, "stop", 0.5, at_s, woken)

    heard = StreamResult(
        (
            decided(1.0),
            decided(100.0, woken=True),
            decided(101.0),
            decided(100.0 + 3 * OPEN_S),
        ),
        Cost(1.0, 1800.0),
    )
    assert [d.at_s for d in heard.idle_decisions] == [100.0, 101.0]
    figures = as_dict(Evaluation((), heard, Cost(0.1, 30.0), 100.0))
    assert figures["stream"]["false_accepts"] == 4
    assert figures["stream_idle"] == {"hours": 0.5, "false_accepts": 2, "per_hour": 4.0}


def test_numbers_are_commands_only_among_digits():
    assert expected(PHRASEBOOK, "seven", takes_numbers=False) is None
    assert expected(PHRASEBOOK, "seven", takes_numbers=True) == SEVEN
    assert expected(PHRASEBOOK, "marvin", takes_numbers=True) is None


def test_number_that_nobody_asked_for_is_not_accepted():
    heard = {
        takes: Ear(Listener(ScriptedRecogniser({3: "seven"}), PHRASEBOOK), takes_numbers=takes)
        for takes in (False, True)
    }
    audio = np.zeros(FRAME_SAMPLES * 5, np.int16)
    assert heard[False].hear(audio) == []
    assert [d.command for d in heard[True].hear(audio)] == [SEVEN]


def test_listener_gets_frames_of_20_ms_whatever_the_pieces():
    recogniser = ScriptedRecogniser({})
    ear = Ear(Listener(recogniser, PHRASEBOOK), takes_numbers=False)
    for size in (100, 1000, 500):
        ear.hear(np.zeros(size, np.int16))
    assert recogniser.sizes == [FRAME_SAMPLES] * 5
    assert ear.now_s == pytest.approx(0.1)


def test_decision_is_known_when_its_frame_has_been_spoken_and_computed():
    ear = Ear(Listener(ScriptedRecogniser({50: "stop"}), PHRASEBOOK), takes_numbers=False)
    (decision,) = ear.hear(np.zeros(FRAME_SAMPLES * 60, np.int16))
    assert 1.0 <= decision.at_s < 1.1
    assert decision.text == "stop"
    cost = ear.cost()
    assert cost.audio_s == pytest.approx(1.2)
    assert 0 < cost.processor_s < 1
    assert ear.cost().audio_s == 0


def test_slow_listener_falls_behind_and_its_latency_shows():
    class Busy(ScriptedRecogniser):
        def accept(self, samples: Int16) -> Transcript | None:
            until = time.process_time() + 1.5 * FRAME_S
            while time.process_time() < until:
                pass
            return super().accept(samples)

    ear = Ear(Listener(Busy({10: "stop"}), PHRASEBOOK), takes_numbers=False)
    (decision,) = ear.hear(np.zeros(FRAME_SAMPLES * 10, np.int16))
    cost = ear.cost()
    assert cost.real_time_factor > 1
    assert decision.at_s > cost.processor_s > 0.2


def test_figures_have_the_names_that_scripts_read():
    found = results(
        trial("stop", "stop"),
        trial("stop", "left"),
        trial("left"),
        trial("left", "left", at_s=1.5),
        trial("marvin", "stop"),
        trial("happy"),
    )
    spoken = StreamResult(trial("marvin", "stop", "left").decisions, Cost(36.0, 1800.0))
    figures = as_dict(Evaluation((found,), spoken, Cost(0.1, 30.0), 120.04))
    (condition,) = figures["conditions"]
    assert condition["name"] == "clean"
    assert (condition["commands"], condition["accuracy"]) == (4, 0.5)
    assert (condition["wrong"], condition["missed"]) == (1, 1)
    assert (condition["oov"], condition["oov_accepted"]) == (2, 1)
    assert condition["oov_accepted_share"] == 0.5
    assert figures["stream"] == {"hours": 0.5, "false_accepts": 2, "per_hour": 4.0}
    assert figures["latency_s"] == {"p50": 0.4, "p95": 0.49}
    assert figures["latency_stop_s"] == {"p50": 0.3, "p95": 0.3}
    assert (figures["rtf"], figures["rss_mb"]) == (0.02, 120.0)


def test_without_anything_to_measure_there_is_no_figure():
    figures = as_dict(Evaluation((results(),), None, Cost(0.1, 30.0), 100.0))
    assert figures["stream"] is None
    assert figures["conditions"][0]["accuracy"] is None
    assert figures["latency_s"] == {"p50": None, "p95": None}
    assert figures["rtf"] == 0.05


def test_lines_for_people_say_what_was_misheard():
    found = results(trial("stop", "left"), trial("left"), trial("marvin", "stop"))
    lines = "\n".join(as_text(Evaluation((found,), None, Cost(0.1, 30.0), 100.0)))
    assert "stop→left 1" in lines
    assert "left→(nothing) 1" in lines
    assert "marvin→stop 1" in lines
    assert confusions(found, commands=False) == {("marvin", "stop"): 1}


def test_trade_off_goes_from_nothing_accepted_to_what_the_judge_does():
    found = results(
        trial("stop", "stop", confidence=0.9),
        trial("marvin", "stop", confidence=0.8),
        trial("left", "left", confidence=0.7),
        trial("happy"),
    )
    assert trade_off(found) == [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0)]
    assert trade_off(results(trial("stop", "stop"))) == []


def test_page_needs_nothing_else_and_escapes_labels():
    found = results(trial("stop", "left"), trial("<b>&", "stop"), trial("left", "left"))
    page = as_html(Evaluation((found,), None, Cost(0.1, 30.0), 100.0), "a <corpus>")
    assert page.count("<svg") == 3
    assert "&lt;b&gt;&amp;" in page
    assert "<b>" not in page
    assert "a <corpus>" not in page
    assert "http" not in page
    assert "<script" not in page
