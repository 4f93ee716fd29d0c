import pytest

from assistant.coach.intents import Intent
from assistant.stt.interrupting import may_interrupt
from assistant.stt.judge import Judge, SpokenLine
from assistant.stt.port import Transcript, Word

PHRASES = {"stop", "hold longer", "go back", "go"}
JUDGE = Judge(PHRASES.__contains__)


def transcript(text: str, start_s: float = 10.0, end_s: float = 10.6) -> Transcript:
    words = tuple(Word(word, start_s, end_s, 1.0) for word in text.split())
    return Transcript(text, words, start_s, end_s, 1.0, "vosk")


def test_whole_phrase_is_accepted():
    verdict = JUDGE.judge(transcript("hold longer"))
    assert verdict.accepted
    assert verdict.reason == "accepted"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("[unk]", "unknown_words"),
        ("[unk] stop", "unknown_words"),
        ("stop [unk]", "unknown_words"),
        ("hold", "not_a_phrase"),
        ("please hold longer", "not_a_phrase"),
        ("stop stop", "not_a_phrase"),
    ],
)
def test_anything_but_a_whole_phrase_is_rejected(text: str, reason: str):
    verdict = JUDGE.judge(transcript(text))
    assert not verdict.accepted
    assert verdict.reason == reason


def test_unknown_speech_is_rejected_even_where_every_text_is_a_phrase():
    assert JUDGE.judge(transcript("stop")).accepted
    assert Judge(lambda text: True).judge(transcript("stop [unk]")).reason == "unknown_words"


def test_click_is_too_short_to_be_a_command():
    assert JUDGE.judge(transcript("go", 10.0, 10.09)).reason == "too_short"
    assert JUDGE.judge(transcript("go", 10.0, 10.2)).accepted


def test_words_of_the_line_being_spoken_are_the_coachs_own():
    line = SpokenLine("Say stop, and I stop.", 9.0, 11.0)
    assert JUDGE.judge(transcript("stop"), [line]).reason == "own_voice"


def test_stop_is_obeyed_during_a_line_without_it():
    line = SpokenLine("Press the floor away and hold.", 9.0, 11.0)
    assert JUDGE.judge(transcript("stop"), [line]).accepted


def test_words_in_another_order_than_the_lines_are_the_persons():
    line = SpokenLine("Bring your back down, then go.", 9.0, 11.0)
    assert JUDGE.judge(transcript("go back"), [line]).accepted


def test_words_of_the_line_with_others_between_are_still_the_coachs():
    line = SpokenLine("Hold a little longer.", 9.8, 11.8)
    assert JUDGE.judge(transcript("hold longer"), [line]).reason == "own_voice"


def test_part_of_a_longer_word_is_not_the_word():
    line = SpokenLine("Stopping now.", 9.0, 11.0)
    assert JUDGE.judge(transcript("stop"), [line]).accepted


@pytest.mark.parametrize(
    ("start_s", "end_s", "is_own"),
    [(7.0, 8.9, False), (8.9, 9.3, True), (9.9, 10.3, True), (10.4, 10.9, False)],
)
def test_own_voice_counts_only_about_when_the_word_is_said(start_s, end_s, is_own):
    line = SpokenLine("We stop here.", 9.0, 11.0)
    verdict = JUDGE.judge(transcript("stop", start_s, end_s), [line])
    assert (verdict.reason == "own_voice") is is_own


def test_answer_just_after_the_coach_offered_it_is_the_persons():
    line = SpokenLine("End the session? Say yes or no.", 9.0, 11.1)
    judge = Judge({"no"}.__contains__)
    assert judge.judge(transcript("no", 10.75, 11.0), [line]).reason == "own_voice"
    assert judge.judge(transcript("no", 11.55, 11.8), [line]).accepted


def test_typographic_apostrophe_in_a_line_is_the_spoken_word():
    judge = Judge({"what's next"}.__contains__)
    line = SpokenLine("Ask me what\N{RIGHT SINGLE QUOTATION MARK}s next.", 9.0, 11.0)
    assert judge.judge(transcript("what's next"), [line]).reason == "own_voice"


INTERRUPTED = Judge(
    is_phrase=lambda text: text in {"stop", "yes", "what set"},
    may_interrupt=lambda heard, is_asked, is_person: (
        is_person and (heard.text == "stop" or (is_asked and heard.text == "yes"))
    ),
)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("stop", "Lower your hips slowly.", "accepted"),
        ("what set", "Lower your hips slowly.", "talked_over"),
        ("yes", "Lower your hips slowly.", "talked_over"),
        ("yes", "Shall we end it here?", "accepted"),
        ("[unk]", "Lower your hips slowly.", "talked_over"),
        ("set what", "Lower your hips slowly.", "talked_over"),
    ],
)
def test_while_the_coach_talks_only_what_may_interrupt_counts(text, line, reason):
    spoken = [SpokenLine(line, 9.0, 13.0)]
    assert INTERRUPTED.judge(transcript(text, 10.0, 10.5), spoken).reason == reason


def test_after_the_coach_has_ended_everything_counts():
    spoken = [SpokenLine("Lower your hips slowly.", 7.0, 9.9)]
    assert INTERRUPTED.judge(transcript("what set", 10.0, 10.5), spoken).reason == "accepted"


def test_what_can_be_left_of_the_coachs_voice_is_no_command():
    line = SpokenLine("Lower your hips slowly.", 9.0, 13.0)
    heard = transcript("stop", 10.0, 10.5)
    assert INTERRUPTED.judge(heard, [line], is_person=True).accepted
    assert INTERRUPTED.judge(heard, [line], is_person=False).reason == "talked_over"
    assert INTERRUPTED.judge(heard, [], is_person=False).accepted  # nothing to be left of


@pytest.mark.parametrize(
    ("intent", "words", "is_asked", "is_person", "counts"),
    [
        (Intent.STOP, 1, False, False, True),
        (Intent.PAIN, 1, False, False, False),
        (Intent.PAIN, 1, False, True, True),
        (Intent.PAIN, 3, False, False, True),
        (Intent.EMERGENCY, 2, False, False, True),
        (Intent.NEXT, 1, False, False, False),
        (Intent.NEXT, 1, False, True, True),
        (Intent.HOLD_LONGER, 1, False, True, False),
        (Intent.HOLD_LONGER, 2, False, True, True),
        (Intent.YES, 1, False, True, False),
        (Intent.YES, 1, True, True, True),
        (Intent.YES, 1, True, False, False),
        (Intent.NUMBER, 1, False, True, False),
    ],
)
def test_what_may_interrupt_goes_by_what_it_means(intent, words, is_asked, is_person, counts):
    found = may_interrupt(intent, words, is_asked=is_asked, is_person=is_person)
    assert found is counts


@pytest.mark.parametrize(("confidence", "counts"), [(0.5, False), (0.9, True)])
def test_stop_has_to_be_sure_where_nobody_was_noticed(confidence, counts):
    found = may_interrupt(Intent.STOP, 1, is_asked=False, is_person=False, confidence=confidence)
    assert found is counts
    assert may_interrupt(Intent.STOP, 1, is_asked=False, is_person=True, confidence=confidence)
