"""The recogniser joined with the spotters, while the coach talks and while it is silent."""

from types import SimpleNamespace

import numpy as np
import pytest

from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.overlap import Overlap
from assistant.stt.port import Grammar, Transcript, Understanding
from assistant.stt.spotting import BEFORE_SIGN_SAMPLES, SpottingRecogniser

KINDS = {"ready": "ready", "right": "choose_side:right"}
UNDERSTANDING = Understanding(KINDS.get, lambda _: False, KINDS.get)
SECOND: Int16 = np.full(SPEECH_RATE_HZ, 1000, np.int16)


class Deaf:
    """A recogniser that hears nothing."""

    name = "deaf"

    def set_grammar(self, grammar: Grammar) -> list[str]:
        return []

    def accept(self, samples: Int16) -> Transcript | None:
        return None

    def finish(self) -> Transcript | None:
        return None

    def partial(self) -> str:
        return ""


class Encoder:
    """Keeps how long what it saw was."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def frames(self, utterance: Int16) -> int:
        self.seen.append(len(utterance))
        return 0


def spotter(encoder: Encoder, **shares: float) -> SimpleNamespace:
    posteriors = {kind.replace("__", ":"): share for kind, share in shares.items()}
    return SimpleNamespace(
        encoder=encoder,
        words=tuple(posteriors),
        seldom=frozenset(),
        posteriors_of=lambda _: posteriors,
    )


@pytest.fixture
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture
def spotting(encoder: Encoder) -> SpottingRecogniser:
    made = SpottingRecogniser(
        Deaf(),
        spotter(encoder, right=0.8, ready=0.2),
        UNDERSTANDING,
        interruptions=spotter(encoder, choose_side__right=0.5, ready=0.5),
    )
    made.set_grammar(Grammar({"ready": 1, "right": 1}))
    return made


def decided(spotting: SpottingRecogniser) -> str:
    heard = spotting.finish()
    assert heard is not None
    return heard.text


def test_over_the_coach_what_may_interrupt_is_heard(spotting):
    spotting.attend(Overlap(is_asked=False))
    spotting.accept(SECOND[:8000])
    assert spotting.partial() == "ready"
    assert decided(spotting) == "ready"


def test_a_silent_coach_leaves_all_words_open(spotting):
    spotting.attend(None)
    spotting.accept(SECOND[:8000])
    assert decided(spotting) == "right"


def test_who_was_noticed_within_an_utterance_counts_to_its_end_and_no_longer(spotting):
    spotting.accept(SECOND[:4000])
    spotting.attend(Overlap(is_asked=False))
    spotting.accept(SECOND[:4000])
    spotting.attend(None)
    assert decided(spotting) == "ready"
    spotting.attend(None)
    spotting.accept(SECOND[:8000])
    assert decided(spotting) == "right"


def test_what_was_heard_long_before_the_person_is_not_looked_at(spotting, encoder):
    spotting.accept(SECOND)
    spotting.attend(Overlap(is_asked=False))
    spotting.accept(SECOND[:8000])
    spotting.finish()
    assert encoder.seen[-1] == BEFORE_SIGN_SAMPLES + 8000
