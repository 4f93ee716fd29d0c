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


def may_interrupt(intent: Intent, words: int, *, is_asked: bool) -> bool:
    """Whether a phrase of so many words counts while the coach talks.

    `is_asked`: what the coach says is a question.
    """
    if intent in ANSWERING:
        return is_asked
    return words > 1 or intent in INTERRUPTING
