"""What is to be done: orders that the coach gives. Times are monotonic seconds."""

from dataclasses import dataclass
from enum import StrEnum

from assistant.coach.intents import Side
from assistant.coach.phases import Phase


class Tone(StrEnum):
    """The earcons, and the tick of a countdown."""

    START = "start"
    HALFWAY = "halfway"
    END = "end"
    SWITCH = "switch"
    HEARD = "heard"
    LISTENING = "listening"
    NOT_UNDERSTOOD = "not_understood"
    TICK = "tick"


PART_GAP_S = 0.25
"""Silence between the lines of a prompt, seconds."""


@dataclass(frozen=True, slots=True)
class Say:
    """Speak lines as one prompt, PART_GAP_S apart; `at_s` None means now."""

    playback_id: str
    parts: tuple[str, ...]
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class Play:
    """Sound a tone; `at_s` None means now."""

    playback_id: str
    tone: Tone
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Silence sounds and forget scheduled ones; `playback_ids` None means all."""

    playback_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Prepare:
    """Render lines now and report their lengths with LinesReady."""

    texts: tuple[str, ...]
    rate_wpm: int


@dataclass(frozen=True, slots=True)
class SetVolume:
    """Set the loudness of everything, and whether speech is silenced (tones stay)."""

    gain_db: float
    speech_muted: bool


@dataclass(frozen=True, slots=True)
class SetRate:
    """Set the rate of speech, words per minute."""

    rate_wpm: int


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """A fact to record: where the session is now, and since when."""

    at_s: float
    phase: Phase
    exercise: str | None = None
    side: Side | None = None
    set_no: int | None = None
    rep_no: int | None = None


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """A fact to record: a hold is over. Planned and held lengths in seconds, pauses left out."""

    at_s: float
    exercise: str
    side: Side | None
    planned_s: float
    held_s: float
    completed: bool
    """False where it was skipped or released early."""


@dataclass(frozen=True, slots=True)
class PainReported:
    """A fact to record: pain in a movement; `score` 0 to 10, None until it was asked."""

    at_s: float
    exercise: str | None
    score: int | None = None


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A fact to record: the session is over; `completed` False where it was ended early."""

    at_s: float
    routine: str
    completed: bool


@dataclass(frozen=True, slots=True)
class TipTold:
    """A fact to record: a tip was told, by its id in the library's knowledge."""

    at_s: float
    tip: str


Fact = PhaseEntered | HoldEnded | PainReported | SessionEnded | TipTold


@dataclass(frozen=True, slots=True)
class Record:
    """Remember a fact."""

    fact: Fact


Action = Say | Play | Cancel | Prepare | SetVolume | SetRate | Record
