"""What is likely to be said as things stand, and what makes no sense.

Who has asked a question hears its answer in a mumble. `Coach` tells it with the floor (floor.py),
and the recogniser weighs what it hears by it (stt/agreement.py). Nothing is ruled out.
"""

from functools import cache

from assistant.coach.answers import Refusal
from assistant.coach.asking import QUESTIONS, help_asking
from assistant.coach.floor import ALWAYS_HEARD
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase, Question
from assistant.coach.table import ROWS

_LIKELY = {
    Phase.EXPLAINING: frozenset({Intent.READY}),
    Phase.WAITING: frozenset({Intent.READY}),
    Phase.PAUSED: frozenset({Intent.RESUME, Intent.READY}),
}

_HANDLERS = {(phase, intent): handler for intent, phases, handler, _ in ROWS for phase in phases}


def likely(phase: Phase, question: Question | None) -> frozenset[Intent]:
    """What most people say in a phase, or answer to the question that is open."""
    if question is not None:
        return QUESTIONS[question].likely
    return _LIKELY.get(phase, frozenset())


@cache
def unlikely(phase: Phase, question: Question | None) -> frozenset[Intent]:
    """What would be told in a phase that it makes no sense now, or is no answer.

    None where a command is to be tried: any of them may come. What is always heard is not among
    it, nor a call for help.
    """
    if question is Question.TRYING:
        return frozenset()
    refused = (intent for intent in Intent if _is_refused(phase, intent))
    return frozenset(refused) - ALWAYS_HEARD - {Intent.HELP} - likely(phase, question)


def _is_refused(phase: Phase, intent: Intent) -> bool:
    handler = _HANDLERS.get((phase, intent), help_asking)
    return handler is help_asking or isinstance(handler, Refusal)
