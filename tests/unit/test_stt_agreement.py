import pytest

from assistant.stt.agreement import LONGEST_WORD_S, Thresholds, agree

MEANINGS = {
    "stop": "stop",
    "no": "no",
    "nope": "no",
    "plank": "plank",
    "louder": "louder",
    "hold longer": "longer",
}
THRESHOLDS = Thresholds(agreed=0.2, unheard=0.5, against=0.8, over_phrase=0.9, foreign=0.3)


def taken(heard: str, duration_s: float = 0.5, **posteriors: float) -> str:
    shares = {"stop": 0.0, "no": 0.0, "nope": 0.0, "down": 0.0, "[rest]": 0.0} | posteriors
    return agree(heard, duration_s, shares, MEANINGS.get, THRESHOLDS)


def test_word_that_both_hear_needs_little():
    assert taken("stop", stop=0.25) == "stop"
    assert taken("stop", stop=0.15) == ""


def test_words_of_one_meaning_agree():
    assert taken("nope", no=0.25) == "no"


@pytest.mark.parametrize("heard", ["", "[unk]", "stop [unk]"])
def test_word_that_vosk_does_not_hear_needs_more(heard):
    assert taken(heard, stop=0.55) == "stop"
    assert taken(heard, stop=0.45) == ""


def test_word_against_vosk_needs_most():
    assert taken("no", stop=0.85) == "stop"
    assert taken("no", stop=0.7) == ""


def test_near_word_is_rejected_though_vosk_takes_it_for_a_command():
    assert taken("no", down=0.9, no=0.1) == ""


def test_words_of_one_meaning_count_together():
    assert taken("", no=0.3, nope=0.31) == "nope"


def test_word_that_only_vosk_knows_is_taken_where_the_spotter_hears_none_of_its_own():
    assert taken("plank", **{"[rest]": 0.9}) == "plank"
    assert taken("plank", down=0.6) == ""


def test_phrase_of_several_words_is_left_to_vosk_but_where_the_spotter_is_sure():
    assert taken("hold longer", duration_s=1.2, stop=0.6) == "hold longer"
    assert taken("hold longer", duration_s=1.2, stop=0.95) == "stop"
    assert taken("hold longer", duration_s=2.0, stop=0.95) == "hold longer"


def test_long_speech_is_no_single_word():
    assert taken("[unk]", duration_s=LONGEST_WORD_S + 0.1, stop=0.99) == ""


def test_word_that_means_nothing_in_this_phase_is_no_candidate():
    shares = {"stop": 0.9, "no": 0.1}
    assert agree("", 0.5, shares, {"no": "no"}.get, THRESHOLDS) == ""
