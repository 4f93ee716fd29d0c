"""What the coach expects to hear: it follows from the transition table and the open question."""

import itertools

import pytest
from coach_rig import Rig, library_of

from assistant.coach.answers import Refusal
from assistant.coach.expecting import likely, unlikely
from assistant.coach.floor import ALWAYS_HEARD
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase, Question
from assistant.coach.table import TABLE
from assistant.library import Dose

STATES = [(phase, None) for phase in Phase if phase is not Phase.ASKING] + [
    (Phase.ASKING, question) for question in Question
]


@pytest.mark.parametrize(("phase", "question"), STATES)
def test_what_halts_or_helps_is_never_unlikely(phase: Phase, question: Question | None) -> None:
    assert not unlikely(phase, question) & (ALWAYS_HEARD | {Intent.HELP})
    assert not unlikely(phase, question) & likely(phase, question)


@pytest.mark.parametrize(
    ("phase", "intent"),
    [pair for pair in itertools.product(Phase, Intent) if pair[0] is not Phase.ASKING],
)
def test_what_is_refused_in_a_phase_is_unlikely_there(phase: Phase, intent: Intent) -> None:
    refused = isinstance(TABLE[phase, intent].handler, Refusal)
    assert (intent in unlikely(phase, None)) == (refused and intent not in ALWAYS_HEARD)


@pytest.mark.parametrize("question", Question)
def test_an_answer_to_a_question_is_not_unlikely(question: Question) -> None:
    assert likely(Phase.ASKING, question) or question is Question.TRYING
    if likely(Phase.ASKING, question) >= {Intent.YES, Intent.NO}:
        assert Intent.TIME_LEFT in unlikely(Phase.ASKING, question)


def test_the_coach_tells_what_it_expects_as_the_session_goes_on() -> None:
    rig = Rig(library_of(Dose(hold_s=15)))
    assert Intent.READY in rig.coach.floor.unlikely
    rig.start()
    assert Intent.READY in rig.coach.floor.likely
    assert Intent.START_ROUTINE in rig.coach.floor.unlikely
    rig.hear(Intent.PAUSE)
    assert Intent.RESUME in rig.coach.floor.likely
    rig.hear(Intent.FINISH)
    assert rig.coach.floor.likely == {Intent.YES, Intent.NO}
    assert rig.coach.floor.is_open
