"""A session of questions, with the real recogniser and voice: heard, answered, in time."""

from pathlib import Path
from typing import Any

import pytest
from rehearsed import led_through

from assistant.library import load_library

SCRIPT = Path(__file__).parents[1] / "data" / "scripts" / "questions.yaml"
KNOWLEDGE = load_library().knowledge

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("questions")
    arguments = ("stretches", "--script", str(SCRIPT), "--out", str(folder / "q.wav"))
    return led_through(*arguments, config_dir=folder)


def said(events: list[dict[str, Any]]) -> list[str]:
    return [e["text"] for e in events if e.get("who") == "coach"]


def test_every_question_is_understood(events: list[dict[str, Any]]) -> None:
    summary = events[-1]
    assert summary["commands"] == summary["understood"] >= 18
    assert summary["wrong"] == summary["false_accepts"] == 0
    asked = {e["intent"] for e in events if e["event"] == "heard"}
    assert {"why", "muscles", "feel_where", "check_form", "tip", "tell_more", "ask_topic"} <= asked


def test_topic_is_answered_in_two_sentences_and_more_brings_the_next(
    events: list[dict[str, Any]],
) -> None:
    answer = KNOWLEDGE.topic("sleep").answer
    first = said(events).index(" ".join(answer[:2]))
    assert said(events)[first + 1] == " ".join(answer[2:4])


def test_tips_of_the_session_differ(events: list[dict[str, Any]]) -> None:
    tips = [e["tip"] for e in events if e["event"] == "tip_told"]
    assert tips == [tip.id for tip in KNOWLEDGE.tips[:2]]


def test_yes_after_a_self_check_begins_nothing(events: list[dict[str, Any]]) -> None:
    checked = next(i for i, e in enumerate(events) if "I cannot see" in e.get("text", ""))
    answered = next(i for i, e in enumerate(events) if e.get("text", "").startswith("Good."))
    assert checked < answered
    assert not [e for e in events[checked:answered] if e["event"] == "phase"]


def test_question_before_the_end_of_a_hold_is_answered_at_the_change_of_sides(
    events: list[dict[str, Any]],
) -> None:
    switch = next(i for i, e in enumerate(events) if e.get("phase") == "rest")
    answer = next(e["text"] for e in events[switch:] if e.get("who") == "coach")
    assert answer.startswith("It works your lower back and buttocks.")
    assert "your right" in answer


def test_question_in_a_long_hold_is_one_short_line_and_the_hold_is_whole(
    events: list[dict[str, Any]],
) -> None:
    assert KNOWLEDGE.topic("walking").short in said(events)
    assert any(" ".join(KNOWLEDGE.topic("walking").answer[:2]) in text for text in said(events))
    held = [e for e in events if e["event"] == "hold" and e["exercise"] == "kneeling_stretch"]
    assert [(e["held_s"], e["completed"]) for e in held] == [(30.0, True)]
