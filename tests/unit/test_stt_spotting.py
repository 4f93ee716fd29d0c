"""Recogniser and spotters joined, all three made up: what is asked when, and who is asked again."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.judge import Judge
from assistant.stt.overlap import Overlap
from assistant.stt.port import (
    UNKNOWN,
    Alternative,
    Expectation,
    Grammar,
    Transcript,
    Understanding,
    Word,
)
from assistant.stt.spotting import AGAIN_FIRST, AROUND_S, SpottingRecogniser

KINDS = {
    "hold longer": "longer",
    "keep holding": "longer",
    "say that again": "repeat",
    "ten more seconds": "longer:#",
    "five more seconds": "longer:#",
    "stop": "stop",
}
UNDERSTANDING = Understanding(KINDS.get, lambda text: text == "stop", KINDS.get)
SECOND = np.resize(np.array([500, -500], np.int16), 16_000)


class FakeRecogniser:
    """Hears what it was told to, or nothing."""

    name = "fake"

    def __init__(self, hears: str = "") -> None:
        self.hears = hears

    def knows(self, word: str) -> bool:
        return True

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:
        return ()

    def accept(self, samples: Int16) -> Transcript | None:
        return None

    def finish(self) -> Transcript | None:
        if not self.hears:
            return None
        words = tuple(Word(word, 0.1, 0.9, 1.0) for word in self.hears.split())
        return Transcript(self.hears, words, 0.1, 0.9, 1.0, self.name)

    def partial(self) -> str:
        return self.hears

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


class FakeSecondHearing:
    """Hears what it was told to, or nothing."""

    def __init__(self, hears: str = "") -> None:
        self.hears = hears
        self.asked: list[set[str]] = []
        self.closed = False

    def alternatives(self, phrases: Sequence[str], utterance: Int16) -> Sequence[Alternative]:
        assert len(utterance) == len(SECOND)
        self.asked.append(set(phrases))
        return [Alternative(self.hears, 0.0)] if self.hears else []

    def close(self) -> None:
        self.closed = True


class FakeSpotter:
    """Has these posteriors for everything."""

    def __init__(self, posteriors: dict[str, float]) -> None:
        self.posteriors = posteriors
        self.words = tuple(posteriors)
        self.encoder = self
        self.seldom = frozenset()
        self.lengths: list[int] = []
        """How long what was looked at was, samples."""

    def frames(self, utterance: Int16) -> None:
        self.lengths.append(len(utterance))

    def posteriors_of(self, frames: object) -> dict[str, float]:
        return self.posteriors


def joined(
    hears: str, again: str, kinds: dict[str, float], **words: float
) -> tuple[SpottingRecogniser, FakeSecondHearing]:
    other = FakeSecondHearing(again)
    recogniser = SpottingRecogniser(
        FakeRecogniser(hears),
        FakeSpotter(words | {"[rest]": 0.5}),
        UNDERSTANDING,
        kinds=FakeSpotter(kinds),
        again=other,
    )
    recogniser.set_grammar(Grammar(dict.fromkeys(KINDS, 1)))
    recogniser.accept(SECOND)
    return recogniser, other


def text_of(recogniser: SpottingRecogniser) -> str:
    transcript = recogniser.finish()
    return "" if transcript is None else transcript.text


def test_what_is_garbled_is_heard_again_among_the_phrases_of_likely_kinds():
    kinds = {"longer:#": 0.3, "longer": 0.1, "repeat": 0.01, "[rest]": 0.5}
    recogniser, other = joined("more seconds", "ten more seconds", kinds)
    assert text_of(recogniser) == "ten more seconds"
    assert other.asked[-1] == {
        "ten more seconds",
        "five more seconds",
        "hold longer",
        "keep holding",
    }


def test_likely_words_are_listened_for_beside_the_phrases():
    kinds = {"longer": 0.3, "[rest]": 0.5}
    recogniser, other = joined("stopping", "stop", kinds, stop=0.1, down=0.3)
    assert text_of(recogniser) == "[unk]"
    assert other.asked[-1] == {"hold longer", "keep holding", "stop"}


def test_phrase_that_was_heard_of_another_kind_is_listened_for_again_beside_the_likelier():
    kinds = {"longer": 0.3, "repeat": 0.01, "[rest]": 0.5}
    recogniser, other = joined("say that again", "hold longer", kinds)
    assert text_of(recogniser) == "hold longer"
    assert other.asked == [{"hold longer", "keep holding", "say that again"}]


def test_what_is_heard_at_first_may_change_until_the_end_and_is_listened_for_then():
    first, other = FakeRecogniser("say that"), FakeSecondHearing("hold longer")
    kinds = FakeSpotter({"longer": 0.3, "repeat": 0.01, "[rest]": 0.5})
    recogniser = SpottingRecogniser(
        first, FakeSpotter({"[rest]": 0.5}), UNDERSTANDING, kinds=kinds, again=other
    )
    recogniser.set_grammar(Grammar(dict.fromkeys(KINDS, 1)))
    recogniser.accept(SECOND)
    recogniser.partial()
    first.hears = "say that again"
    recogniser.finish()
    assert [("say that again" in asked) for asked in other.asked] == [False, True]


@pytest.mark.parametrize(("share", "taken"), [(0.3, "keep holding"), (0.01, UNKNOWN)])
def test_words_amid_noise_that_is_too_long_are_looked_at_alone(share, taken):
    spotter = FakeSpotter({"[rest]": 1.0})
    kinds = FakeSpotter({"longer": share, "[rest]": 1 - share})
    recogniser = SpottingRecogniser(
        FakeRecogniser("keep holding"), spotter, UNDERSTANDING, kinds=kinds
    )
    recogniser.set_grammar(Grammar(dict.fromkeys(KINDS, 1)))
    recogniser.accept(np.tile(SECOND, 3))
    recogniser.partial()
    assert not spotter.lengths
    assert text_of(recogniser) == taken
    from_s, to_s = 0.1 - AROUND_S, 0.9 + AROUND_S  # cut where the utterance begins
    assert spotter.lengths == [round((to_s - max(0.0, from_s)) * SPEECH_RATE_HZ)]


def test_phrase_of_the_likeliest_kind_is_not_heard_again():
    recogniser, other = joined("hold longer", "", {"longer": 0.6, "repeat": 0.2})
    assert text_of(recogniser) == "hold longer"
    assert other.asked == []


def test_phrase_with_a_word_of_another_engines_is_not_heard_again():
    class Narrow(FakeRecogniser):
        def knows(self, word: str) -> bool:
            return word != "that"

    other = FakeSecondHearing("hold longer")
    kinds = FakeSpotter({"longer": 0.3, "repeat": 0.2, "[rest]": 0.4})
    recogniser = SpottingRecogniser(
        Narrow("say that again"),
        FakeSpotter({"[rest]": 0.5}),
        UNDERSTANDING,
        kinds=kinds,
        again=other,
    )
    recogniser.set_grammar(Grammar(dict.fromkeys(KINDS, 1)))
    recogniser.accept(SECOND)
    assert text_of(recogniser) == "say that again"
    assert not other.asked


def test_nothing_is_heard_again_where_no_kind_is_likely():
    recogniser, other = joined("", "hold longer", {"longer": 0.01, "[rest]": 0.9})
    assert text_of(recogniser) == ""
    assert other.asked == []


def test_utterance_is_heard_again_once_however_often_it_is_asked_for():
    recogniser, other = joined("holding", "keep holding", {"longer": 0.3, "[rest]": 0.3})
    assert [recogniser.partial(), recogniser.partial()] == ["keep holding"] * 2
    assert text_of(recogniser) == "keep holding"
    assert len(other.asked) == 1


def test_only_the_likeliest_kinds_are_listened_for():
    kinds = {f"kind {i}": 0.1 + i / 100 for i in range(AGAIN_FIRST + 1)}
    phrases = {f"say {i}": f"kind {i}" for i in range(AGAIN_FIRST + 1)}
    understanding = Understanding(phrases.get, lambda _: False, phrases.get)
    other = FakeSecondHearing()
    recogniser = SpottingRecogniser(
        FakeRecogniser(),
        FakeSpotter({"[rest]": 1.0}),
        understanding,
        kinds=FakeSpotter(kinds),
        again=other,
    )
    recogniser.set_grammar(Grammar(dict.fromkeys(phrases, 1)))
    recogniser.accept(SECOND)
    recogniser.finish()
    assert "say 0" not in other.asked[-1]
    assert len(other.asked[-1]) == AGAIN_FIRST


def test_kind_alone_is_taken_for_what_most_of_its_phrases_mean():
    meanings = {"i'm numb": "numbness", "it really hurts": "pain", "that really hurts": "pain"}
    pain = Understanding(meanings.get, lambda _: False, lambda text: meanings.get(text) and "pain")
    spotter = FakeSpotter({"[rest]": 1.0})
    recogniser = SpottingRecogniser(
        FakeRecogniser(), spotter, pain, kinds=FakeSpotter({"pain": 0.9, "[rest]": 0.1})
    )
    recogniser.set_grammar(Grammar(dict.fromkeys(meanings, 1)))
    recogniser.accept(SECOND)
    assert text_of(recogniser) == "it really hurts"


@pytest.mark.parametrize("hears", ["stop", "hold longer"])
def test_closing_frees_both(hears):
    recogniser, other = joined(hears, "", {"longer": 1.0})
    recogniser.close()
    assert other.closed


def test_word_that_is_expected_is_believed_on_less():
    for expected, taken in (((), ""), (("stop",), "stop")):
        recogniser, _ = joined("", "", {"longer": 0.01, "[rest]": 0.9}, stop=0.35)
        recogniser.expect(Expectation(frozenset(expected)))
        assert text_of(recogniser) == taken


def test_phrase_of_a_kind_that_makes_no_sense_is_not_preferred():
    kinds = {"longer": 0.3, "repeat": 0.2, "[rest]": 0.4}
    recogniser, _ = joined("say that again", "", kinds)
    assert text_of(recogniser) == "say that again"
    recogniser, _ = joined("say that again", "", kinds)
    recogniser.expect(Expectation(frozenset({"longer"}), frozenset({"repeat"})))
    assert text_of(recogniser) != "say that again"


def test_room_that_talks_is_not_looked_at_while_the_floor_is_closed():
    addressed = replace(UNDERSTANDING, is_addressed=lambda text: text == "keep holding")
    closed, opened = Expectation(is_closed=True), Expectation()
    for hears, expected, partial in (
        ("hold longer", opened, "hold longer"),
        ("hold longer", closed, ""),
        ("keep holding", closed, "keep holding"),
    ):
        kinds = FakeSpotter({"longer": 0.6, "[rest]": 0.1})
        words = FakeSpotter({"stop": 0.6, "[rest]": 0.4})
        recogniser = SpottingRecogniser(FakeRecogniser(hears), words, addressed, kinds=kinds)
        recogniser.set_grammar(Grammar(dict.fromkeys(KINDS, 1)))
        recogniser.expect(expected)
        recogniser.accept(SECOND)
        assert recogniser.partial() == partial
        assert len(words.lengths) == (partial != "")
        assert text_of(recogniser) == hears


def test_utterance_begun_with_an_open_floor_is_answered_as_such():
    addressed = replace(UNDERSTANDING, is_addressed=lambda text: False)
    recogniser = SpottingRecogniser(FakeRecogniser("stop"), FakeSpotter({"stop": 0.9}), addressed)
    recogniser.set_grammar(Grammar(dict.fromkeys(KINDS, 1)))
    recogniser.accept(SECOND)
    recogniser.expect(Expectation(is_closed=True))
    assert recogniser.partial() == "stop"
    recogniser.finish()
    recogniser.accept(SECOND)
    assert recogniser.partial() == ""
    recogniser.expect(Expectation())
    assert recogniser.partial() == "stop"


def test_word_has_to_be_surer_in_a_room_that_talks_unless_it_halts():
    for word, share, expected, taken in (
        ("down", 0.6, Expectation(), "down"),
        ("down", 0.6, Expectation(talk_odds=6.0), ""),
        ("down", 0.9, Expectation(talk_odds=6.0), "down"),
        ("stop", 0.45, Expectation(talk_odds=6.0), "stop"),
    ):
        words = FakeSpotter({word: share, "[rest]": 1.0 - share})
        kinds = KINDS | {"down": "down"}
        understanding = Understanding(kinds.get, lambda text: text == "stop", kinds.get)
        recogniser = SpottingRecogniser(FakeRecogniser(), words, understanding)
        recogniser.set_grammar(Grammar(dict.fromkeys(kinds, 1)))
        recogniser.expect(expected)
        recogniser.accept(SECOND)
        assert recogniser.partial() == taken
        assert text_of(recogniser) == taken


@pytest.mark.parametrize(
    ("word", "share", "partial", "is_taken"),
    [
        ("stop", 0.8, "", True),
        ("stop", 0.8, "stop", True),
        ("stop", 0.8, "[unk]", True),
        ("stop", 0.8, "say that", False),
        ("stop", 0.6, "stop", False),
        ("down", 0.9, "", False),
    ],
)
def test_word_that_surely_halts_is_known_before_it_is_silent(word, share, partial, is_taken):
    kinds = KINDS | {"down": "down"}
    words = FakeSpotter({word: share, "[rest]": 1.0 - share})
    understanding = Understanding(kinds.get, lambda text: text == "stop", kinds.get)
    recogniser = SpottingRecogniser(FakeRecogniser(partial), words, understanding)
    recogniser.set_grammar(Grammar(dict.fromkeys(kinds, 1)))
    assert not recogniser.halts()
    recogniser.accept(SECOND)
    assert recogniser.halts() == is_taken
    if is_taken:
        heard = recogniser.finish()
        assert heard is not None
        assert (heard.text, heard.confidence) == (word, share)
        assert len(words.lengths) == 1


def test_halting_word_that_few_people_said_waits_until_it_is_silent():
    words = FakeSpotter({"dizzy": 0.8, "[rest]": 0.2})
    words.seldom = frozenset({"dizzy"})
    kinds = KINDS | {"dizzy": "dizzy"}
    understanding = Understanding(kinds.get, lambda text: text == "dizzy", kinds.get)
    recogniser = SpottingRecogniser(FakeRecogniser(), words, understanding)
    recogniser.set_grammar(Grammar(dict.fromkeys(kinds, 1)))
    recogniser.accept(SECOND)
    assert not recogniser.halts()
    assert text_of(recogniser) == ""
    words.seldom = frozenset()
    recogniser.accept(SECOND)
    assert recogniser.halts()


def test_wake_phrase_needs_no_more_in_a_room_that_talks():
    phrases = {"hey coach back please": "back", "back please": "back"}
    for hears, taken in (("hey coach back please", True), ("back please", False)):
        understanding = Understanding(
            phrases.get,
            kind=phrases.get,
            woken_words=lambda text: 2 * text.startswith("hey coach"),
        )
        kinds = FakeSpotter({"back": 0.1, "[rest]": 0.9})
        recogniser = SpottingRecogniser(
            FakeRecogniser(hears), FakeSpotter({"[rest]": 1.0}), understanding, kinds=kinds
        )
        recogniser.set_grammar(Grammar(dict.fromkeys(phrases, 1)))
        recogniser.expect(Expectation(talk_odds=6.0))
        recogniser.accept(SECOND)
        assert (text_of(recogniser) == hears) is taken


def test_what_halted_is_looked_at_anew_where_more_is_said():
    words = FakeSpotter({"stop": 0.8, "[rest]": 0.2})
    recogniser = SpottingRecogniser(FakeRecogniser(), words, UNDERSTANDING)
    recogniser.set_grammar(Grammar(dict.fromkeys(KINDS, 1)))
    recogniser.accept(SECOND)
    assert recogniser.halts()
    words.posteriors = {"stop": 0.1, "[rest]": 0.9}
    recogniser.accept(SECOND)
    assert recogniser.finish() is None


def test_nothing_halts_early_over_the_coach_or_with_the_floor_closed():
    for told in (
        lambda recogniser: recogniser.attend(Overlap(is_asked=False)),
        lambda recogniser: recogniser.expect(Expectation(is_closed=True)),
    ):
        words = FakeSpotter({"stop": 0.9, "[rest]": 0.1})
        recogniser = SpottingRecogniser(FakeRecogniser(), words, UNDERSTANDING)
        recogniser.set_grammar(Grammar(dict.fromkeys(KINDS, 1)))
        told(recogniser)
        recogniser.accept(SECOND)
        assert not recogniser.halts()


def test_wake_phrase_stands_where_what_follows_is_unclear():
    woken = replace(UNDERSTANDING, woken_words=lambda text: 2 * text.startswith("hey coach"))
    for hears, left in (("hey coach back please", "hey coach [unk]"), ("back please", "[unk]")):
        recogniser = SpottingRecogniser(FakeRecogniser(hears), FakeSpotter({"[rest]": 0.9}), woken)
        recogniser.set_grammar(Grammar(dict.fromkeys(KINDS, 1)))
        recogniser.accept(SECOND)
        heard = recogniser.finish()
        assert heard is not None
        assert heard.text == left == " ".join(word.text for word in heard.words)


def test_certainty_is_that_of_the_head_that_is_surest():
    understanding = Understanding({"yes": "yes", "yeah": "yes"}.get, kind=lambda _: "yes")
    words = FakeSpotter({"yes": 0.4, "yeah": 0.3, "[rest]": 0.3})
    recogniser = SpottingRecogniser(FakeRecogniser(), words, understanding)
    recogniser.set_grammar(Grammar({"yes": 1, "yeah": 1}))
    recogniser.accept(SECOND)
    heard = recogniser.finish()
    assert heard is not None
    assert (heard.text, heard.confidence) == ("yes", pytest.approx(0.7))

    over = FakeSpotter({"yes": 0.9, "[rest]": 0.1})
    recogniser = SpottingRecogniser(FakeRecogniser(), words, understanding, interruptions=over)
    recogniser.set_grammar(Grammar({"yes": 1, "yeah": 1}))
    recogniser.attend(Overlap(is_asked=True))
    recogniser.accept(SECOND)
    heard = recogniser.finish()
    assert heard is not None
    assert (heard.text, heard.confidence) == ("yes", pytest.approx(0.9))


def test_word_that_the_recogniser_took_for_a_shorter_one_is_no_click():
    class Short(FakeRecogniser):
        def finish(self) -> Transcript:
            words = (Word("the", 0.3, 0.4, 1.0),)
            return Transcript("the", words, 0.3, 0.4, 1.0, self.name)

    recogniser = SpottingRecogniser(Short(), FakeSpotter({"stop": 0.9}), UNDERSTANDING)
    recogniser.accept(SECOND)
    transcript = recogniser.finish()
    assert transcript is not None
    assert Judge(lambda _: True).judge(transcript).accepted
