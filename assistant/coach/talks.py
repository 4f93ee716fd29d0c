"""What the questions under way are about. Between questions it means nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.coach.intents import Symptom
from assistant.coach.redflags import RedFlag


@dataclass(frozen=True, slots=True)
class PainTalk:
    """Pain that was told and is being asked about."""

    exercise: str | None = None
    """Id of the movement in which it was told; None outside a session."""
    symptom: Symptom | None = None
    score: int | None = None
    """0 to 10; None until it is known."""
    is_asked_again: bool = False
    """Whether the number was asked for a second time."""
    flags: tuple[RedFlag, ...] = ()
    """Warning signs still to be asked about; the first is the open question."""


@dataclass(frozen=True, slots=True)
class ScreeningTalk:
    """The questions about what to leave out."""

    tags: tuple[str, ...] = ()
    """Still to be asked; the first is the open question."""
    go_on: Callable[[], None] | None = None
    """What follows, where they stand before something: a session, a part of the first one."""


@dataclass(frozen=True, slots=True)
class IntroductionTalk:
    """Where the first session is."""

    trial: int = 0
    """Index of the command that is being tried."""
    misses: int = 0
    """How often something else was said instead."""
