"""What happened: facts that the coach is told, each with its monotonic time in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.coach.intents import NO_SLOTS, Intent, Slots


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A command was understood."""

    at: float
    """When it was understood."""
    intent: Intent
    slots: Slots = NO_SLOTS
    text: str = ""
    spoken_at: float | None = None
    """When the person began to say it, where that is known."""

    @property
    def meant_at(self) -> float:
        """When the person meant it: the start of their speech, else when it was understood."""
        return self.at if self.spoken_at is None else min(self.spoken_at, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningBegan:
    """The program has started and can hear."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSet:
    """The wall clock was read: at the start, and where it jumped."""

    at: float
    utc_s: float
    """Seconds since 1970, UTC."""
    utc_offset_s: float = 0.0
    """Local time less UTC, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """Speech was heard that is no command."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackFinished:
    """A sound has been heard to its end, or was cancelled."""

    at: float
    playback_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesReady:
    """Lines were rendered: their lengths are known."""

    at: float
    lengths_s: Mapping[str, float] = field(default_factory=dict)
    """Line to its length, seconds, at the rate of speech and in the voice they were ordered for."""
    rate_wpm: int
    voice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed: the coach's deadline is reached, or nothing else happened."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneLost:
    """The microphone went silent or was pulled."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneReturned:
    """The microphone is heard again."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoudspeakerLost:
    """Nobody hears the coach: the loudspeaker was pulled, or takes no sound any more."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoudspeakerReturned:
    """The loudspeaker sounds again."""

    at: float


class Fault(StrEnum):
    """What may be wrong with a microphone that delivers sound."""

    SILENT = "silent"  # nothing but silence: muted, or turned down
    OVERLOADED = "overloaded"  # at full scale all the time


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneFault:
    """The microphone gives sound in which nobody can be heard; `fault` None: it is good again."""

    at: float
    fault: Fault | None


class HistoryFault(StrEnum):
    """What may be wrong with what is remembered from one start to the next."""

    SET_ASIDE = "set_aside"  # it could not be read: the coach knows nobody
    RESTORED = "restored"  # it could not be read: a copy took its place
    NOT_KEPT = "not_kept"  # it cannot be written


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsWrong:
    """Something in the settings, or in a user's own files, cannot be used: the usual counts."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLost:
    """Something is not remembered. The session goes on."""

    at: float
    fault: HistoryFault


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutineNotStored:
    """A routine that was told, or its deletion, could not be written down: it lasts until the
    program ends."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyCommandEnded:
    """The user's command for emergencies has run, or failed."""

    at: float
    is_done: bool


Event = (
    ListeningBegan
    | ClockSet
    | Heard
    | NotUnderstood
    | PlaybackFinished
    | LinesReady
    | Tick
    | MicrophoneLost
    | MicrophoneReturned
    | LoudspeakerLost
    | LoudspeakerReturned
    | MicrophoneFault
    | HistoryLost
    | SettingsWrong
    | RoutineNotStored
    | EmergencyCommandEnded
)
