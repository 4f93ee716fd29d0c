"""The lesson by itself: examples are directions in a small space."""

import numpy as np
import pytest

from assistant.library import load_lines
from assistant.stt.takes import Flaw
from assistant.teaching.lesson import MOST_SILENCES, MOST_TRIES, Lesson

LINES = load_lines()


def like(direction: int, seed: int = 0) -> np.ndarray:
    values = np.eye(8)[direction] + 0.1 * np.random.default_rng(seed).standard_normal(8)
    return (values / np.linalg.norm(values)).astype(np.float32)


def begun(*words: str) -> Lesson:
    lesson = Lesson(words, LINES, least_likeness=0.5)
    assert lesson.begin().endswith(f"Say: {words[0]}.")
    return lesson


def teach_word(lesson: Lesson, direction: int) -> str:
    for seed in range(2):
        lesson.heard(like(direction, seed), None)
    return lesson.heard(like(direction, 2), None)


def test_each_word_is_asked_for_three_times_and_praised():
    lesson = begun("stop", "go")
    assert lesson.heard(like(0), None) == "And a second time."
    assert lesson.heard(like(0, 1), None) == "And a third time."
    assert lesson.heard(like(0, 2), None) == "Good. Say: go."
    assert teach_word(lesson, 1) == "Good. Thank you. I know your voice now."
    assert lesson.is_over
    assert {word: rows.shape for word, rows in lesson.taught.items()} == {
        "stop": (3, 8),
        "go": (3, 8),
    }


@pytest.mark.parametrize("flaw", list(Flaw))
def test_example_with_a_flaw_is_named_and_asked_for_again(flaw: Flaw):
    lesson = begun("stop")
    said = lesson.heard(like(0), flaw)
    assert said.endswith("Say: stop.")
    assert LINES.say(f"teach_{flaw}") in said
    teach_word(lesson, 0)
    assert len(lesson.taught["stop"]) == 3


@pytest.mark.parametrize("odd", [0, 1, 2])
def test_the_one_example_that_is_unlike_the_other_two_is_asked_for_again(odd: int):
    lesson = begun("stop")
    takes = [like(0, seed) for seed in range(3)]
    takes[odd] = like(5)
    said = [lesson.heard(take, None) for take in takes]
    assert said[-1] == "That sounded different. Say: stop."
    assert lesson.heard(like(0, 9), None).startswith("Good.")
    kept = lesson.taught["stop"]
    assert (kept @ like(0)).min() > 0.5


def test_word_of_before_said_by_mistake_is_noticed_at_once():
    lesson = begun("stop", "go")
    teach_word(lesson, 0)
    lesson.heard(like(1), None)
    assert lesson.heard(like(0, 5), None) == "That sounded different. Say: go."


def test_word_that_does_not_come_right_is_left_out_and_the_lesson_goes_on():
    lesson = begun("stop", "go")
    said = [lesson.heard(like(0), Flaw.QUIET) for _ in range(MOST_TRIES)]
    assert said[-1] == "I leave out stop. Say: go."
    assert teach_word(lesson, 1).endswith("I know your voice now.")
    assert (list(lesson.taught), lesson.left_out) == (["go"], ["stop"])


def test_silence_is_answered_and_then_ends_the_lesson_with_nothing_learnt():
    lesson = begun("stop")
    for _ in range(MOST_SILENCES - 1):
        assert lesson.nobody_spoke() == "I hear nothing. Say: stop."
    assert lesson.nobody_spoke() == "I could not learn your voice."
    assert lesson.is_over
    assert lesson.taught == {}


def test_silences_count_only_in_a_row():
    lesson = begun("stop")
    for _ in range(MOST_SILENCES * 2):
        lesson.nobody_spoke()
        if not lesson.is_over:
            lesson.heard(like(0), Flaw.LONG)
        if lesson.left_out:
            break
    assert lesson.left_out == ["stop"] or not lesson.is_over
