"""What is to be done: orders that the coach gives. Times are monotonic seconds."""

from dataclasses import dataclass
from enum import StrEnum

from assistant.coach.intents import Side, Symptom
from assistant.coach.marks import PlaceReached
from assistant.coach.phases import Phase
from assistant.coach.plan import PlannedMovement
from assistant.coach.reminders import ReminderFact
from assistant.library.models import Routine


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


class Air(StrEnum):
    """The two phases of a breath that sound; in its pauses it is still."""

    IN = "in"
    OUT = "out"


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
class Breathe:
    """Sound one phase of a breath: rising for in, falling for out, `length_s` seconds long to the
    sample; `at_s` None means now."""

    playback_id: str
    air: Air
    length_s: float
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
    voice: str = ""
    """By name; "" is the one that the settings name, here and below."""


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
class SetVoice:
    """Speak in another voice, by its name."""

    voice: str


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
    breaths: int | None = None
    """How many whole breaths it held; None where it was not paced by breaths."""


@dataclass(frozen=True, slots=True)
class PainReported:
    """A fact to record: pain in a movement; `score` 0 to 10, None until it was asked."""

    at_s: float
    exercise: str | None
    score: int | None = None
    symptom: Symptom | None = None


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A fact to record: the session is over; `completed` False where it was ended early."""

    at_s: float
    routine: str
    completed: bool


@dataclass(frozen=True, slots=True)
class SessionBegan:
    """A fact to record: a session has begun, with this plan."""

    at_s: float
    routine: str
    movements: tuple[PlannedMovement, ...]


class LevelReason(StrEnum):
    """Why a movement's level was set."""

    EARNED = "earned"  # a step up that was offered and taken
    PAIN = "pain"  # a step down that was offered and taken
    BREAK = "break"  # a step down after a long time without the movement


@dataclass(frozen=True, slots=True)
class LevelSet:
    """A fact to record: from now on a movement is done at this level, from 1."""

    at_s: float
    exercise: str
    level: int
    reason: LevelReason


@dataclass(frozen=True, slots=True)
class StepDeclined:
    """A fact to record: a step to this level was offered, and not wanted."""

    at_s: float
    exercise: str
    level: int


ProgressFact = SessionBegan | LevelSet | StepDeclined
"""What is recorded of progress."""


@dataclass(frozen=True, slots=True)
class MovementDone:
    """A fact to record: a movement was done in this session, in part at least. Once a session."""

    at_s: float
    exercise: str


@dataclass(frozen=True, slots=True)
class DetailWanted:
    """A fact to record: the person wants a movement explained in full again."""

    at_s: float
    exercise: str


@dataclass(frozen=True, slots=True)
class SafetyFact:
    """A fact to record of safety or of the first session."""

    at_s: float


@dataclass(frozen=True, slots=True)
class RedFlagAnswered(SafetyFact):
    """A fact to record: a question about a warning sign was answered; names in redflags.py."""

    flag: str
    is_so: bool


@dataclass(frozen=True, slots=True)
class AdviceGiven(SafetyFact):
    """A fact to record: the person was advised to see someone, since pain keeps coming back."""


@dataclass(frozen=True, slots=True)
class ScreeningAnswered(SafetyFact):
    """A fact to record: whether a contraindication applies; tags as in the library's files."""

    tag: str
    is_so: bool


@dataclass(frozen=True, slots=True)
class SwapExplained(SafetyFact):
    """A fact to record: why a movement is left out for this person was told in full."""

    exercise: str
    tag: str


@dataclass(frozen=True, slots=True)
class IntroductionReached(SafetyFact):
    """A fact to record: a part of the first session was begun; names in introduction.py."""

    part: str


@dataclass(frozen=True, slots=True)
class IntroductionEnded(SafetyFact):
    """A fact to record: the first session is over; `completed` False where it was skipped."""

    completed: bool


@dataclass(frozen=True, slots=True)
class DoseAgreed:
    """A fact to record: how a movement is to be done from now on. None: as the routine says."""

    at_s: float
    exercise: str
    """Id of the movement that the routine names."""
    instead: str | None = None
    """Id of the movement to do in its place."""
    level: int | None = None
    hold_s: float | None = None
    tempo_share: float | None = None
    """Factor on the phases of a paced repetition."""
    reset_s: float | None = None
    switch_s: float | None = None
    rest_s: float | None = None
    rest_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class PaceAgreed:
    """A fact to record: the factor on every rest and preparation from now on."""

    at_s: float
    pace: float


@dataclass(frozen=True, slots=True)
class SpeakingSet:
    """A fact to record: how the coach is to speak from now on, as it was asked for by voice."""

    at_s: float
    gain_db: float
    rate_wpm: int
    talk: int
    """A level of `prompts.Talk`."""
    usual_rate_wpm: int
    usual_talk: int
    """What the settings said of rate and talk at that time: where they say something else by now,
    it was changed there since, and that counts."""
    voice: str = ""
    usual_voice: str = ""


@dataclass(frozen=True, slots=True)
class TipTold:
    """A fact to record: a tip was told, by its id in the library's knowledge."""

    at_s: float
    tip: str


Fact = (
    PhaseEntered
    | HoldEnded
    | PainReported
    | SessionEnded
    | ProgressFact
    | MovementDone
    | DetailWanted
    | ReminderFact
    | RedFlagAnswered
    | AdviceGiven
    | ScreeningAnswered
    | SwapExplained
    | IntroductionReached
    | IntroductionEnded
    | DoseAgreed
    | PaceAgreed
    | SpeakingSet
    | TipTold
    | PlaceReached
)


@dataclass(frozen=True, slots=True)
class Record:
    """Remember a fact."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class KeepRoutine:
    """Keep a routine that was told, in place of one with the same id; answered by
    RoutineNotStored where that fails."""

    routine: Routine


@dataclass(frozen=True, slots=True)
class DeleteRoutine:
    """Delete a routine that was told; likewise."""

    routine_id: str


@dataclass(frozen=True, slots=True)
class RunEmergencyCommand:
    """Run the command that the user has set for emergencies; EmergencyCommandEnded tells how it
    went."""


Action = (
    Say
    | Play
    | Breathe
    | Cancel
    | Prepare
    | SetVolume
    | SetRate
    | SetVoice
    | Record
    | KeepRoutine
    | DeleteRoutine
    | RunEmergencyCommand
)
