"""What counts while the coach talks: few single words, so that few of its own can be one.

Nearly every phrase that the recogniser took what was left of the coach's voice for was a single
word: "no", "again", "release". So phrases of several words count as ever.
"""

from assistant.coach.intents import Intent

INTERRUPTING = frozenset(
    {
        Intent.STOP,
        Intent.PAUSE,
        Intent.RESUME,
        Intent.FINISH,
        Intent.PAIN,
        Intent.EMERGENCY,
        Intent.NEXT,
        Intent.PREVIOUS,
        Intent.RESTART,
        Intent.SWITCH_SIDES,
        Intent.REPEAT,
        Intent.READY,
        Intent.NOT_YET,
        Intent.DONE,
        Intent.RELEASE,
        Intent.START,
        Intent.LOUDER,
        Intent.QUIETER,
        Intent.MUTE,
        Intent.UNMUTE,
        Intent.SLOWER,
        Intent.FASTER,
        Intent.CANCEL,
        Intent.HELP,
    }
)
"""What is said in a word to stop, to get on, or to hear the coach otherwise."""

ANSWERING = frozenset({Intent.YES, Intent.NO, Intent.NUMBER, Intent.CHOOSE_SIDE})
"""What counts only over a question: "yes" before it has been asked to the end."""


VITAL = frozenset({Intent.STOP, Intent.PAIN, Intent.EMERGENCY})
"""What is believed on less: "stop" always, the others in several words ("my back hurts"). In the
same reading none of these was heard; "dizzy" and "numbness" alone were."""

SURE_UNNOTICED = 0.85
"""How sure that must be where nobody was noticed, 0 to 1: in rooms that the filter had not learnt
"stop" was heard in the coach's first words with 0.46, and in its "help" with 0.76."""


def may_interrupt(
    intent: Intent, words: int, *, is_asked: bool, is_person: bool, confidence: float = 1.0
) -> bool:
    """Whether a phrase of so many words counts while the coach talks.

    `is_asked`: what the coach says is a question. `is_person`: more was heard than can be left of
    the coach's voice; before the echo canceller has learnt a room nobody is noticed. `confidence`
    is the transcript's.
    """
    is_urgent = intent in VITAL and (intent is Intent.STOP or words > 1)
    if is_urgent and (is_person or confidence >= SURE_UNNOTICED):
        return True
    if not is_person or (intent in ANSWERING and not is_asked):
        return False
    return words > 1 or intent in INTERRUPTING or intent in ANSWERING
