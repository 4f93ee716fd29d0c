"""What is decided of an utterance over the coach's voice."""

import pytest

from assistant.stt.agreement import Evidence
from assistant.stt.overlap import MOST_REST, Overlap, agree_over
from assistant.stt.port import Understanding

KINDS = {
    "stop": "stop",
    "ready": "ready",
    "right": "choose_side:right",
    "yes": "yes",
    "pause": "pause",
    "hold on": "pause",
    "done": "done",
}
PHRASE_OF = {kind: phrase for phrase, kind in KINDS.items() if phrase != "hold on"}
UNDERSTANDING = Understanding(KINDS.get, lambda text: text == "stop", KINDS.get)
TOLD, ASKED = Overlap(is_asked=False), Overlap(is_asked=True)


def taken(
    heard: str = "",
    overlap: Overlap = TOLD,
    words: dict[str, float] | None = None,
    **kinds: float,
) -> str:
    rest = max(0.0, 1 - sum(kinds.values()))
    named = {kind.replace("__", ":"): share for kind, share in kinds.items()}
    evidence = Evidence(heard, 0.5, words or {}, {}, interruptions={"[rest]": rest} | named)
    return agree_over(evidence, overlap, UNDERSTANDING, PHRASE_OF)


def test_a_side_that_nobody_asked_for_leaves_its_share_to_what_may_interrupt():
    words = {"right": 0.7, "ready": 0.2, "[rest]": 0.1}
    assert taken(words=words, choose_side__right=0.5, ready=0.4) == "ready"


def test_a_side_counts_over_a_question():
    words = {"right": 0.9, "ready": 0.05, "[rest]": 0.05}
    assert taken(overlap=ASKED, words=words, choose_side__right=0.7, ready=0.1) == "right"


def test_what_both_others_hear_counts_though_the_head_hears_another():
    kinds, over = {"skip_rest": 0.9, "[rest]": 0.05}, {"next": 0.5, "[rest]": 0.5}
    evidence = Evidence("", 0.9, {"[rest]": 0.7}, kinds, interruptions=over)
    phrase_of = PHRASE_OF | {"skip_rest": "skip the rest", "next": "next"}
    assert agree_over(evidence, TOLD, UNDERSTANDING, phrase_of) == "skip the rest"


def test_a_phrase_that_is_certain_leaves_nothing_to_the_words_that_are_in_it():
    kinds = {"skip_rest": 0.98, "next": 0.01, "[rest]": 0.01}
    words = {"skip": 0.15, "stop": 0.3, "[rest]": 0.3}
    over = {"next": 0.96, "stop": 0.01, "[rest]": 0.01}
    understanding = Understanding(
        (KINDS | {"skip": "next"}).get, kind=(KINDS | {"skip": "next"}).get
    )
    phrase_of = PHRASE_OF | {"skip_rest": "skip the rest", "next": "next"}
    evidence = Evidence("", 0.9, words, kinds, interruptions=over)
    assert agree_over(evidence, TOLD, understanding, phrase_of) == "skip the rest"


def test_a_phrase_of_several_words_that_two_heard_stands():
    words, kinds = {"stop": 0.9, "[rest]": 0.1}, {"pause": 0.4, "[rest]": 0.6}
    evidence = Evidence("hold on", 0.6, words, kinds, interruptions={"stop": 0.9, "[rest]": 0.1})
    assert agree_over(evidence, TOLD, UNDERSTANDING, PHRASE_OF) == "hold on"


def test_a_phrase_of_two_words_is_told_as_the_shortest_of_its_kind():
    assert taken(words={"[rest]": 0.1, "pause": 0.1}, pause=0.95) == "pause"


def test_what_halts_acts_on_less():
    assert taken(words={"[rest]": 1.0}, stop=0.56, done=0.0) == "stop"
    assert taken(words={"[rest]": 1.0}, done=0.56, stop=0.0) == ""


def test_what_vosk_heard_too_needs_least():
    words = {"[rest]": 1.0}
    assert taken("", words=words, done=0.55) == ""
    assert taken("done", words=words, done=0.55) == "done"


@pytest.mark.parametrize("heard", ["", "stop"])
def test_the_rest_of_the_coach_is_nobodys_word(heard):
    assert taken(heard, words={"stop": 1.0}, stop=0.9 - MOST_REST) == ""


def test_without_a_head_of_interruptions_nothing_is_told():
    assert agree_over(Evidence("stop", 0.5, {"stop": 1.0}), TOLD, UNDERSTANDING, PHRASE_OF) == ""
