"""What counts while the coach talks: few commands, so that few of its own words can be one."""

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
        Intent.REDO_SIDE,
        Intent.SKIP_REST,
        Intent.SWITCH_SIDES,
        Intent.REPEAT,
        Intent.HOW_TO,
        Intent.READY,
        Intent.NOT_YET,
        Intent.DONE,
        Intent.RELEASE,
        Intent.START,
        Intent.START_ROUTINE,
        Intent.START_EXERCISE,
        Intent.LOUDER,
        Intent.QUIETER,
        Intent.MUTE,
        Intent.UNMUTE,
        Intent.SLOWER,
        Intent.FASTER,
        Intent.TALK_SLOWER,
        Intent.TALK_FASTER,
        Intent.LESS_TALKING,
        Intent.CANCEL,
        Intent.HELP,
    }
)
"""What is said to stop, to get on, or to hear the coach otherwise. Questions wait for a pause."""

ANSWERING = frozenset({Intent.YES, Intent.NO, Intent.NUMBER, Intent.CHOOSE_SIDE})
"""What counts only over a question: "yes" before it has been asked to the end."""


def may_interrupt(intent: Intent, *, is_asked: bool) -> bool:
    """Whether an intent counts while the coach talks; `is_asked`: what it says is a question."""
    return intent in INTERRUPTING or (is_asked and intent in ANSWERING)
