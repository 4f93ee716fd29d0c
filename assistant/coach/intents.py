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


class Habit(StrEnum):
    """What a reminder may be about."""

    MOVE = "move"  # a change of position
    WALK = "walk"
    STRETCH = "stretch"  # a mobility break
    AWARE = "aware"  # posture, and how one moves
    SLEEP = "sleep"  # how one lies at night
    EXERCISE = "exercise"  # a session


class Half(StrEnum):
    """Half of a day."""

    MORNING = "morning"  # midnight to noon
    EVENING = "evening"  # noon to midnight


class Symptom(StrEnum):
    """What is felt beside pain, or instead of it, where that was said."""

    NUMBNESS = "numbness"  # numb, tingling
    WEAKNESS = "weakness"
    DIZZINESS = "dizziness"


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
    REDO_SIDE = "redo_side"  # this side from its start; slot side optional: "do left again"
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
    EASIER = "easier"
    HARDER = "harder"
    ON_KNEES = "on_knees"  # "on my knees"
    SWAP = "swap"  # "swap this": another movement in its place
    # Volume and pace
    LOUDER = "louder"
    QUIETER = "quieter"
    MUTE = "mute"
    UNMUTE = "unmute"
    SLOWER = "slower"  # more time between holds
    FASTER = "faster"
    TALK_SLOWER = "talk_slower"
    TALK_FASTER = "talk_faster"
    ANOTHER_VOICE = "another_voice"
    LESS_TALKING = "less_talking"
    MORE_TALKING = "more_talking"
    JUST_BEEPS = "just_beeps"  # tones, and names and sides by need
    TALK_NORMALLY = "talk_normally"
    # Answers and help
    YES = "yes"
    NO = "no"
    CANCEL = "cancel"  # "cancel", "never mind"
    NUMBER = "number"  # slot count: a bare number, 0 to 10
    HELP = "help"  # "help", "what can I say"
    PAIN = "pain"  # slot symptom optional
    # Adapted to the day, and what was done
    START_LIKE_LAST = "start_like_last"  # "same as yesterday"
    START_LENGTH = "start_length"  # slot seconds: "a ten minute session"
    HOW_WAS_WEEK = "how_was_week"
    STREAK = "streak"
    PAIN_TREND = "pain_trend"  # "is my pain better"
    LONGEST_HOLD = "longest_hold"  # slot exercise optional
    EMERGENCY = "emergency"  # "help me", "I've fallen"
    # Breathing
    BREATHE = "breathe"  # "breathe with me"; with slot seconds a session of its own
    BREATHE_SLOWER = "breathe_slower"  # "slower breaths"
    BREATHE_FASTER = "breathe_faster"
    BREATH_PATTERN = "breath_pattern"  # slots in_s, out_s: "four in six out"
    BREATHING_OFF = "breathing_off"  # "stop the breathing": its sounds, not the hold
    # Reminders; slot habit where one was named
    REMIND_EVERY = "remind_every"  # slot minutes
    REMIND_IN = "remind_in"  # slot minutes
    REMIND_AT = "remind_at"  # slots clock, half
    REMIND_DAILY = "remind_daily"  # slots clock, half
    SNOOZE = "snooze"  # slot minutes optional
    LIST_REMINDERS = "list_reminders"
    CANCEL_REMINDERS = "cancel_reminders"
    NO_REMINDERS = "no_reminders"  # do not disturb; slot minutes optional
    REMIND_AGAIN = "remind_again"  # the reminders may be spoken again
    # A routine of the person's own, see telling.py
    MAKE_ROUTINE = "make_routine"  # slot exercise optional: the first movement
    ADD_MOVEMENT = "add_movement"  # slot exercise; count: reps, seconds, breaths optional
    SET_DOSE = "set_dose"  # count: reps, seconds, breaths: of the movement told last
    THAT_IS_ALL = "that_is_all"  # "that's the routine"
    START_OWN = "start_own"  # "start my routine"
    DELETE_ROUTINE = "delete_routine"  # slot routine optional
    # Safety and the first session
    SAFETY = "safety"  # "safety please": what to watch out for
    SCREENING = "screening"  # "change what I told you": asks again what to leave out
    INTRODUCTION = "introduction"  # "first session"
    SKIP_INTRODUCTION = "skip_introduction"  # "skip the first session"
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
    in_s: int | None = None
    out_s: int | None = None
    habit: Habit | None = None
    minutes: int | None = None
    """A length of time, as in "every two hours"."""
    clock: int | None = None
    """Minutes on a dial of twelve hours, 0 to 719: twelve o'clock is 0."""
    half: Half | None = None
    """Which half of the day `clock` is in; None: whichever comes next."""
    breaths: int | None = None
    """Where `count` is something else."""
    symptom: Symptom | None = None
    topic: str | None = None
    """Id of a topic of the library's knowledge."""


NO_SLOTS = Slots()


@dataclass(frozen=True, slots=True)
class Command:
    """An intent with its slots: what a parsed sentence comes to."""

    intent: Intent
    slots: Slots = NO_SLOTS
