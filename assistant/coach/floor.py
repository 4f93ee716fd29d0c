"""Who may speak to the coach: everybody while something runs, else whoever says the wake phrase.

A room talks, and so does a television. While a session runs every command counts. When none does,
only the wake phrase opens the floor, for a while: long enough for a question and what follows from
its answer. `Coach` keeps the floor; the listener asks it about each utterance, so live, rehearsal
and evaluation are held to the same rule.
"""

from dataclasses import dataclass

from assistant.coach.intents import Intent

OPEN_S = 15.0
"""How long the floor stays open after the wake phrase, and after whatever the coach has said,
seconds: time to choose from a list just heard, and for a second try. Ours."""

OPEN_AROUND_SESSION_S = 20.0
"""The same after the program's start and after a session's end, where a person is there for
certain and may want the next thing. Ours."""

ALWAYS_HEARD = frozenset({Intent.STOP, Intent.PAIN, Intent.EMERGENCY})
"""What needs no wake phrase while anything sounds, whatever else is closed."""

IDLE_INTENTS = ALWAYS_HEARD | {
    Intent.START,
    Intent.START_ROUTINE,
    Intent.START_EXERCISE,
    Intent.LIST_ROUTINES,
    Intent.HELP,
    Intent.REPEAT,
    Intent.LOUDER,
    Intent.QUIETER,
    Intent.MUTE,
    Intent.UNMUTE,
    Intent.TALK_SLOWER,
    Intent.TALK_FASTER,
    Intent.ANOTHER_VOICE,
    Intent.LESS_TALKING,
    Intent.MORE_TALKING,
    Intent.JUST_BEEPS,
    Intent.TALK_NORMALLY,
    Intent.BREATHE,
    Intent.REMIND_EVERY,
    Intent.REMIND_IN,
    Intent.REMIND_AT,
    Intent.REMIND_DAILY,
    Intent.SNOOZE,
    Intent.LIST_REMINDERS,
    Intent.CANCEL_REMINDERS,
    Intent.NO_REMINDERS,
    Intent.REMIND_AGAIN,
    Intent.MAKE_ROUTINE,
    Intent.START_OWN,
    Intent.DELETE_ROUTINE,
    Intent.SAFETY,
    Intent.SCREENING,
    Intent.INTRODUCTION,
    Intent.WHY,
    Intent.MUSCLES,
    Intent.ASK_TOPIC,
    Intent.TIP,
    Intent.TELL_MORE,
}
"""What makes sense where nothing runs: said in one breath with the wake phrase."""


@dataclass(frozen=True, slots=True)
class Floor:
    """Who may speak, as things stand. Times are monotonic seconds."""

    is_open: bool
    """Whether every command counts: a session runs, or no wake phrase is wanted."""
    open_until_s: float = float("-inf")
    """Until when every command counts all the same."""
    is_sounding: bool = False
    """Whether the coach talks."""
    likely: frozenset[Intent] = frozenset()
    """What most people say as things stand: believed on less."""
    unlikely: frozenset[Intent] = frozenset()
    """What makes no sense as things stand: believed on more."""

    def hears(self, intent: Intent | None, spoken_at_s: float, *, is_woken: bool) -> bool:
        """Whether an utterance begun at a time counts.

        `intent` is None for one that is no command; `is_woken` says that it began with the wake
        phrase.
        """
        if is_woken or self.is_open or spoken_at_s <= self.open_until_s:
            return True
        return self.is_sounding and intent in ALWAYS_HEARD

    def is_closed(self, spoken_at_s: float) -> bool:
        """Whether nothing counts that begins at a time but what begins with the wake phrase."""
        return not (self.is_open or self.is_sounding or spoken_at_s <= self.open_until_s)


OPEN = Floor(is_open=True)
CLOSED = Floor(is_open=False)
