from dataclasses import replace

import pytest

from assistant.stt.agreement import (
    LONG_WORD_S,
    LONGEST_KIND_S,
    LONGEST_WORD_S,
    Evidence,
    Thresholds,
    agree,
    with_expectation,
)
from assistant.stt.port import Alternative, Expectation, Understanding

MEANINGS = {
    "stop": "stop",
    "no": "no",
    "nope": "no",
    "louder": "louder",
    "louder please": "louder, please",
    "stop the breathing": "no breathing",
    "hey coach louder": "louder, coach",
    "plank": "plank",
    "hold longer": "longer",
    "keep holding": "longer",
    "ten more seconds": "longer by ten",
}
KINDS = {
    "hold longer": "longer",
    "keep holding": "longer",
    "ten more seconds": "longer:#",
    "louder please": "louder",
    "say that again": "repeat",
    "stop the breathing": "breathing",
    "hey coach louder": "louder",
}
UNDERSTANDING = Understanding(
    MEANINGS.get,
    lambda text: text == "stop",
    KINDS.get,
    woken_words=lambda text: 2 * text.startswith("hey coach"),
)
THRESHOLDS = Thresholds(
    agreed=0.2,
    agreed_again=0.23,
    unheard=0.5,
    against=0.8,
    urgent=0.4,
    urgent_unheard=0.7,
    seldom=0.9,
    seldom_agreed=0.3,
    over_phrase=0.95,
    foreign=0.3,
    long=0.7,
    kind_heard=0.1,
    kind_addressed=0.03,
    kind_untrained=0.4,
    kind_alone=0.6,
    kind_share=0.3,
    over_kind=0.4,
)
NOTHING = {"stop": 0.0, "no": 0.0, "nope": 0.0, "louder": 0.0, "down": 0.0, "[rest]": 0.0}


def taken(
    heard: str,
    duration_s: float = 0.5,
    kinds: dict[str, float] | None = None,
    again: str | dict[str, float] = "",
    **words: float,
) -> str:
    """`again` is a text, or texts with how much each is behind."""
    behind = again if isinstance(again, dict) else {again: 0.0} if again else {}
    alternatives = [Alternative(text, nats) for text, nats in behind.items()]
    evidence = Evidence(heard, duration_s, NOTHING | words, kinds or {}, alternatives)
    return agree(
        evidence, UNDERSTANDING, {"longer": "hold longer"}, frozenset({"louder"}), THRESHOLDS
    )


def test_word_that_both_hear_needs_little():
    assert taken("no", no=0.25) == "no"
    assert taken("no", no=0.15) == ""


def test_words_of_one_meaning_agree_and_count_together():
    assert taken("nope", no=0.25) == "no"
    assert taken("", no=0.3, nope=0.31) == "nope"


@pytest.mark.parametrize("heard", ["", "[unk]", "no [unk]"])
def test_word_that_vosk_does_not_hear_needs_more(heard):
    assert taken(heard, no=0.55) == "no"
    assert taken(heard, no=0.45) == ""


def test_word_against_vosk_needs_most():
    assert taken("plank", no=0.85) == "no"
    assert taken("plank", no=0.7) == ""


def test_what_halts_acts_on_little():
    assert taken("no", stop=0.45) == "stop"
    assert taken("no", stop=0.35) == ""


def test_what_halts_needs_more_where_vosk_hears_nothing_as_in_what_clatters():
    assert taken("", stop=0.65) == ""
    assert taken("", stop=0.75) == "stop"
    assert taken("[unk]", stop=0.45) == "stop"


def test_word_learnt_from_few_people_needs_vosk_or_certainty():
    assert taken("louder", louder=0.25) == ""
    assert taken("louder", louder=0.35) == "louder"
    assert taken("", louder=0.8) == ""
    assert taken("", louder=0.95) == "louder"


def test_near_word_is_rejected_though_vosk_takes_it_for_a_command():
    assert taken("no", down=0.9, no=0.1) == ""


def test_word_that_only_vosk_knows_is_taken_where_the_spotter_hears_none_of_its_own():
    assert taken("plank", **{"[rest]": 0.9}) == "plank"
    assert taken("plank", down=0.6) == ""


def test_phrase_is_vosks_but_where_the_spotter_is_certain_of_a_word():
    assert taken("hold longer", stop=0.6) == "hold longer"
    assert taken("hold longer", stop=0.96) == "stop"
    assert taken("louder please", louder=0.96) == "louder please"  # of which the word is a part
    assert taken("stop the breathing", stop=0.96) == "stop"
    assert taken("stop the breathing", stop=0.6) == "stop the breathing"
    assert taken("ten more seconds", LONGEST_KIND_S + 0.1, stop=0.96) == "ten more seconds"


def test_phrase_of_another_kind_than_was_heard_is_rejected():
    assert taken("keep holding", 1.2, {"longer": 0.15, "[rest]": 0.8}) == "keep holding"
    assert taken("keep holding", 1.2, {"longer": 0.05, "[rest]": 0.9}) == ""


def test_phrase_of_a_likelier_kind_that_is_heard_again_outvotes_what_was_heard_at_first():
    kinds = {"longer": 0.45, "repeat": 0.38, "[rest]": 0.05}
    assert taken("say that again", 0.8, kinds) == "say that again"
    again = {"hold longer": 0.0, "say that again": 0.3}
    assert taken("say that again", 0.8, kinds, again) == "hold longer"
    again = {"say that again": 0.0, "hold longer": 0.1}
    assert taken("say that again", 0.8, kinds, again) == "hold longer"
    again = {"say that again": 0.0, "hold longer": 0.8}
    assert taken("say that again", 0.8, kinds, again) == "say that again"


def test_phrase_behind_another_text_is_of_the_likeliest_kind_or_none():
    kinds = {"longer": 0.3, "repeat": 0.35, "[rest]": 0.05}
    assert taken("", 0.8, kinds, {"hold longer": 0.0}) == "hold longer"
    assert taken("", 0.8, kinds, {"longer longer": 0.0, "hold longer": 0.4}) == ""
    kinds |= {"repeat": 0.25}
    assert taken("", 0.8, kinds, {"longer longer": 0.0, "hold longer": 0.4}) == "hold longer"


def test_text_that_is_heard_twice_is_as_far_behind_as_where_it_comes_first():
    kinds = {"longer": 0.3, "repeat": 0.35, "[rest]": 0.05}
    twice = [Alternative("hold longer", 0.0), Alternative("hold longer", 0.4)]
    assert agree(Evidence("", 0.8, {}, kinds, twice), UNDERSTANDING) == "hold longer"


def test_what_halts_and_begins_with_the_wake_phrase_stands_as_either():
    understanding = replace(UNDERSTANDING, is_urgent=lambda text: text == "hey coach louder")
    again = [Alternative("hey coach louder", 0.0)]
    kinds = {"louder": 0.03, "longer": 0.4, "[rest]": 0.2}
    evidence = Evidence("hey coach louder", 1.4, {}, kinds, again)
    assert agree(evidence, understanding) == "hey coach louder"


def test_what_was_heard_at_first_and_not_again_is_behind_all():
    kinds = {"longer": 0.3, "repeat": 0.35, "[rest]": 0.05}
    again = {"hold longer": 0.0, "hold long": 1.0}
    assert taken("say that again", 0.8, kinds, again) == "hold longer"


def test_what_halts_is_never_outvoted():
    phrases = {"my back hurts": "pain", "go back": "back"}
    understanding = Understanding(phrases.get, lambda text: text == "my back hurts", phrases.get)
    kinds = {"back": 0.45, "pain": 0.38, "[rest]": 0.05}
    evidence = Evidence("my back hurts", 0.8, {}, kinds, [Alternative("go back", 0.0)])
    assert agree(evidence, understanding) == "my back hurts"


def test_phrase_with_a_name_that_nobody_trained_is_left_to_vosk_where_something_was_said():
    understanding = Understanding(
        {"start my twist": "twist"}.get, kind=lambda _: "start_exercise:#"
    )
    for rest, chosen in ((0.5, "start my twist"), (0.7, "")):
        kinds = {"start_exercise:#": 0.0, "louder": 0.3, "repeat": 0.7 - rest, "[rest]": rest}
        evidence = Evidence("start my twist", 1.2, {}, kinds)
        assert agree(evidence, understanding) == chosen
    in_talk = Thresholds().in_talk(6.0)
    evidence = Evidence("start my twist", 1.2, {}, {"louder": 0.4, "[rest]": 0.6})
    assert agree(evidence, understanding, thresholds=in_talk) == ""


def test_phrase_with_a_name_is_not_believed_against_a_certain_kind():
    phrases = {"breathing exercise": "add_movement:#", "explain this exercise": "how_to"}
    understanding = Understanding(phrases.get, kind=phrases.get)
    kinds = {"how_to": 0.52, "add_movement:#": 0.0, "[rest]": 0.1}
    evidence = Evidence("breathing exercise", 1.2, {}, kinds)
    assert agree(evidence, understanding, {"how_to": "explain it"}) == "explain it"


def test_phrase_that_is_heard_among_the_likeliest_alone_needs_a_likely_kind():
    assert taken("[unk]", 1.2, {"longer:#": 0.12}, again="ten more seconds") == "ten more seconds"
    assert taken("[unk]", 1.2, {"longer:#": 0.08}, again="ten more seconds") == ""
    assert taken("[unk]", 1.2, {"longer": 0.3}, again="more seconds") == ""


def test_phrase_of_a_much_less_likely_kind_is_not_believed():
    kinds = {"longer": 0.2, "repeat": 0.7}
    assert taken("keep holding", 1.2, kinds) == taken("", 1.2, kinds, again="hold longer") == ""
    kinds = {"longer": 0.25, "repeat": 0.75}
    assert taken("keep holding", 1.2, kinds) == "keep holding"
    assert taken("", 1.2, kinds, again="hold longer") == "hold longer"


def test_phrase_behind_what_is_none_is_taken_where_its_kind_is_likely():
    kinds = {"longer": 0.2}
    assert taken("", 1.2, kinds, again={"hold long": 0.0, "hold longer": 1.2}) == "hold longer"
    assert taken("", 1.2, kinds, again={"hold long": 0.0, "hold longer": 1.6}) == ""


def test_phrase_of_the_likelier_kind_is_taken_before_one_a_little_ahead():
    kinds = {"longer": 0.5, "longer:#": 0.3}
    again = {"ten more seconds": 0.0, "hold longer": 0.4}
    assert taken("", 1.2, kinds, again=again) == "hold longer"
    assert taken("", 1.2, kinds, again=again | {"hold longer": 1.2}) == "ten more seconds"


def test_phrase_with_the_wake_phrase_that_vosk_hears_twice_needs_hardly_any_of_its_kind():
    kinds = {"longer": 0.9, "louder": 0.03}
    assert taken("hey coach louder", 1.0, kinds, again="hey coach louder") == "hey coach louder"
    assert taken("hey coach louder", 1.0, kinds, again="hold longer") == "hold longer"
    assert taken("louder please", 1.0, kinds, again="louder please") != "louder please"
    kinds = {"longer": 0.5, "louder": 0.0}
    assert taken("hey coach louder", 1.0, kinds, again="hey coach louder") == ""


def test_phrase_too_long_for_the_heads_is_vosks_unless_nobody_speaks_so_slowly():
    assert taken("hold longer", LONGEST_KIND_S + 0.1, {}) == ""
    assert taken("ten more seconds", LONGEST_KIND_S + 0.1, {}) == "ten more seconds"


def test_word_that_is_heard_again_needs_little():
    assert taken("[unk]", no=0.25) == ""
    assert taken("[unk]", again="no", no=0.25) == "no"
    assert taken("[unk]", again="no", no=0.21) == ""  # among few words Vosk takes much for one
    assert taken("louder", louder=0.35) == "louder"
    assert taken("[unk]", again="louder", louder=0.35) == ""  # learnt from few people


def test_yes_and_no_need_more_where_the_kind_alone_tells():
    phrase_of = {"no": "not that", "louder": "louder please"}
    for kinds, taken_for in (
        ({"no": 0.7, "[rest]": 0.3}, ""),
        ({"no": 0.8, "[rest]": 0.2}, "not that"),
        ({"louder": 0.7, "[rest]": 0.3}, "louder please"),
    ):
        evidence = Evidence("[unk]", 0.6, NOTHING, kinds)
        assert agree(evidence, UNDERSTANDING, phrase_of) == taken_for


def test_kind_that_is_certain_gives_its_phrase_where_all_its_phrases_mean_the_same():
    assert taken("", 1.2, {"longer": 0.7}) == "hold longer"
    assert taken("go on", 1.2, {"longer": 0.7}) == "hold longer"
    assert taken("", 1.2, {"longer": 0.5}) == ""
    assert taken("", 1.2, {"longer:#": 0.9}) == ""


def test_word_that_both_hear_stands_against_a_kind_that_is_certain_alone():
    kinds = {"longer": 0.7}
    assert taken("no", 0.5, kinds, no=0.5) == taken("[unk]", 0.5, kinds, "no", no=0.5) == "no"
    assert taken("no", 0.5, kinds, no=0.35) == taken("", 0.5, kinds, no=0.5) == "hold longer"


def test_kind_that_nobody_trained_is_left_to_vosk():
    assert taken("keep holding", 1.2, {"other": 0.5}) == "keep holding"
    assert taken("keep holding", 1.2, {"other": 0.3, "[rest]": 0.7}) == ""


def test_speech_longer_than_most_words_is_a_word_only_where_it_is_likely():
    long_s = LONG_WORD_S + 0.05
    assert taken("[unk]", no=0.65) == "no"
    assert taken("[unk]", long_s, no=0.65) == ""
    assert taken("[unk]", long_s, no=0.75) == "no"
    assert taken("plank", long_s, no=0.75) == ""
    assert taken("[unk]", long_s, stop=0.45) == "stop"


def test_long_speech_is_no_single_word():
    assert taken("[unk]", duration_s=LONGEST_WORD_S + 0.1, stop=0.99) == ""


def test_word_that_means_nothing_in_this_phase_is_no_candidate():
    only_no = Understanding({"no": "no"}.get)
    assert agree(Evidence("", 0.5, {"stop": 0.9, "no": 0.1}), only_no) == ""


# What is expected ----------------------------------------------------------------------------


def test_what_is_expected_counts_for_more_and_what_makes_no_sense_for_less():
    heard = {"no": 0.2, "louder": 0.2, "longer:#": 0.2, "[rest]": 0.4}
    expected = Expectation(frozenset({"no"}), frozenset({"longer"}))
    kinds = {"no": "no", "louder": "louder", "longer:#": "longer:#"}
    found = with_expectation(heard, kinds.get, expected)
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["no"] == pytest.approx(2 * found["louder"])
    assert found["louder"] == pytest.approx(3 * found["longer:#"])
    assert found["[rest]"] == pytest.approx(2 * found["louder"])


def test_without_expectation_nothing_changes():
    assert with_expectation(NOTHING | {"no": 1.0}, KINDS.get, Expectation())["no"] == 1.0
    assert with_expectation({}, KINDS.get, Expectation(frozenset({"no"}))) == {}


def test_word_that_the_user_has_taught_needs_less_and_never_more():
    evidence = Evidence("[unk]", 0.5, NOTHING | {"down": 0.31, "[rest]": 0.69})
    understanding = Understanding({"down": "down"}.get)
    assert agree(evidence, understanding) == ""
    assert agree(evidence, understanding, taught=frozenset({"down"})) == "down"
    lower = Thresholds(unheard=0.3, taught=0.5)
    assert agree(evidence, understanding, taught=frozenset({"down"}), thresholds=lower) == "down"


# A room that talks ---------------------------------------------------------------------------

IN_TALK = 6.0


def test_in_a_room_that_talks_all_needs_more_but_what_halts():
    quiet, talking = Thresholds(), Thresholds().in_talk(IN_TALK)
    assert talking.against / (1 - talking.against) == pytest.approx(
        IN_TALK * quiet.against / (1 - quiet.against)
    )
    for name in (
        "agreed",
        "unheard",
        "against",
        "seldom",
        "long",
        "taught",
        "seldom_agreed",
        "over_phrase",
    ):
        assert getattr(quiet, name) < getattr(talking, name) < 1.0
    for name in ("kind_heard", "kind_untrained", "kind_alone", "kind_answer"):
        assert getattr(quiet, name) < getattr(talking, name) < 1.0
    for name in (
        "urgent",
        "urgent_unheard",
        "kind_urgent",
        "kind_addressed",
        "kind_share",
        "foreign",
    ):
        assert getattr(quiet, name) == getattr(talking, name)


def test_word_that_halts_halts_in_talk_too_also_where_both_hear_it():
    understanding = Understanding({"stop": "stop"}.get, lambda text: text == "stop")
    for heard in ("stop", "[unk]"):
        evidence = Evidence(heard, 0.5, NOTHING | {"stop": 0.3, "[rest]": 0.7})
        assert agree(evidence, understanding, thresholds=Thresholds().in_talk(IN_TALK)) == "stop"


def test_phrase_that_halts_halts_in_talk_too():
    phrases = {"my back hurts": "pain", "keep holding": "longer"}
    understanding = Understanding(phrases.get, lambda text: text == "my back hurts", phrases.get)
    kinds = {"pain": 0.1, "longer": 0.1, "[rest]": 0.8}
    for heard, taken in (("my back hurts", "my back hurts"), ("keep holding", "")):
        evidence = Evidence(heard, 1.4, {}, kinds)
        assert agree(evidence, understanding, thresholds=Thresholds().in_talk(IN_TALK)) == taken
