"""What a person can mean: the intents, and the slots that they carry."""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """A side of the body, as the person on the mat means it."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Side":
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Intent(StrEnum):
    """What was meant. The value is the intent's name in intents/<lang>/*.yaml."""

    WAKE = "wake"  # "hey coach": asks for the floor, see floor.py
    # Session
    START = "start"  # "start", "begin": nothing named
    START_ROUTINE = "start_routine"  # slot routine
    START_EXERCISE = "start_exercise"  # slot exercise
    READY = "ready"  # "ready", "go"
    NOT_YET = "not_yet"  # "not yet", "give me a second"
    PAUSE = "pause"  # "pause", "hold on", "wait", "freeze"
    RESUME = "resume"  # "resume", "carry on", "I'm back"
    STOP = "stop"  # halts motion and speech at once
    FINISH = "finish"  # ends the session, asks first
    # Navigation
    NEXT = "next"
    PREVIOUS = "previous"
    RESTART = "restart"  # this movement from its start
    REDO_SIDE = "redo_side"  # this side from its start
    SKIP_REST = "skip_rest"
    MORE_REST = "more_rest"  # slot seconds optional
    DONE = "done"  # "done", "that's one"
    # Cues and questions about the movement
    REPEAT = "repeat"  # the last thing the coach said
    HOW_TO = "how_to"  # the setup cue again
    TIME_LEFT = "time_left"
    SESSION_LEFT = "session_left"  # "how long is the whole session"
    REPS_LEFT = "reps_left"
    WHICH_SET = "which_set"
    WHICH_SIDE = "which_side"
    WHICH_EXERCISE = "which_exercise"
    WHATS_NEXT = "whats_next"
    LIST_ROUTINES = "list_routines"  # "what routines are there"
    # Negotiation
    HOLD_LONGER = "hold_longer"  # slot seconds, or count: breaths
    HOLD_SHORTER = "hold_shorter"  # slot seconds optional
    RELEASE = "release"  # end this hold now
    SWITCH_SIDES = "switch_sides"
    CHOOSE_SIDE = "choose_side"  # slot side: "start on the right", "left"
    ONLY_SIDE = "only_side"  # slot side: "left only"
    # Volume and pace
    LOUDER = "louder"
    QUIETER = "quieter"
    MUTE = "mute"
    UNMUTE = "unmute"
    SLOWER = "slower"  # more time between holds
    FASTER = "faster"
    TALK_SLOWER = "talk_slower"
    TALK_FASTER = "talk_faster"
    LESS_TALKING = "less_talking"
    MORE_TALKING = "more_talking"
    # Answers and help
    YES = "yes"
    NO = "no"
    CANCEL = "cancel"  # "cancel", "never mind"
    NUMBER = "number"  # slot count: a bare number, 0 to 10
    HELP = "help"  # "help", "what can I say"
    PAIN = "pain"
    EMERGENCY = "emergency"  # "help me", "I've fallen"
    # Questions about the movement, and about backs
    WHY = "why"  # "why this one", "what is it good for"
    MUSCLES = "muscles"
    FEEL_WHERE = "feel_where"  # "where should I feel it"
    CHECK_FORM = "check_form"  # "am I doing it right"
    FOR_ME = "for_me"  # "is it good for me"
    ASK_TOPIC = "ask_topic"  # slot topic: "how should I sleep"
    TIP = "tip"  # "give me a tip"
    TELL_MORE = "tell_more"  # the rest of the last answer


@dataclass(frozen=True, slots=True)
class Slots:
    """What was named with an intent; None where nothing was."""

    routine: str | None = None
    """Id of a routine in the library."""
    exercise: str | None = None
    """Id of an exercise in the library."""
    seconds: int | None = None
    count: int | None = None
    side: Side | None = None
    topic: str | None = None
    """Id of a topic of the library's knowledge."""


NO_SLOTS = Slots()


@dataclass(frozen=True, slots=True)
class Command:
    """An intent with its slots: what a parsed sentence comes to."""

    intent: Intent
    slots: Slots = NO_SLOTS
