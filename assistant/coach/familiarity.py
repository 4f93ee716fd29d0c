"""How much is still explained of a movement that the person knows.

What has been heard often enough is left out; "more detail" begins anew, and "how do I do it" is
always answered in full.
"""

from assistant.library.models import CueTime, Exercise

FULL_SETUPS = 3
"""In so many sessions a movement is explained in full: too much description every time is among the
commonest complaints about such programs, and three times is what the project decided on."""
SHORT_SETUPS = 3
"""In so many more sessions it is explained in short, our choice; after them it is only named."""


def is_faded(times_done: int) -> bool:
    """Whether less than everything is said of a movement done in so many sessions."""
    return times_done >= FULL_SETUPS


def setup_text(exercise: Exercise, times_done: int) -> str | None:
    """How to get into a movement that was done in so many sessions; None: the name will do."""
    cue = exercise.cue(CueTime.SETUP)
    if cue is None or times_done >= FULL_SETUPS + SHORT_SETUPS:
        return None
    return cue.short or cue.text if is_faded(times_done) else cue.text
