"""How much is said: less as a movement becomes familiar, only beeps, and in full again."""

from dataclasses import replace

import pytest
from coach_rig import LINES, Rig, library_of

from assistant.coach import Coach
from assistant.coach.actions import DetailWanted, MovementDone, Record, Tone
from assistant.coach.familiarity import FULL_SETUPS, SHORT_SETUPS
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase
from assistant.coach.profile import NOBODY, Profile
from assistant.coach.prompts import Talk
from assistant.library import Cue, CueTime, Dose, Sides

SETUP, SHORT = "Lie down on your back, knees bent.", "On your back."
CUES = (
    Cue(when=CueTime.SETUP, text=SETUP, short=SHORT),
    Cue(when=CueTime.START, text="Lift slowly."),
    Cue(when=CueTime.DURING, text="Heels heavy on the floor."),
    Cue(when=CueTime.EXIT, text="Roll down slowly."),
)
KNOWN = Profile(times_done={"first_movement": FULL_SETUPS + SHORT_SETUPS})


def rig_of(*doses: Dose, profile: Profile = NOBODY, talk: Talk = Talk.FULL) -> Rig:
    rig = Rig(library_of(*doses, cues=CUES))
    rig.coach = Coach(rig.library, LINES, profile=profile, talk=talk)
    return rig


def kept(rig: Rig, profile: Profile) -> Profile:
    """The profile with everything that was recorded."""
    for _, action in rig.orders:
        if isinstance(action, Record):
            profile = profile.after(action.fact, 0.0)
    return profile


def said(rig: Rig, since_s: float = 0.0) -> str:
    return " ".join(s.text for s in rig.speech(since_s))


# Familiarity ----------------------------------------------------------------------------------


def test_explanation_is_full_three_times_then_short_then_only_the_name():
    profile = NOBODY
    told = []
    for _ in range(FULL_SETUPS + SHORT_SETUPS + 2):
        rig = rig_of(Dose(hold_s=5, reps=2), profile=profile)
        rig.start()
        rig.play_through()
        assert "First movement." in said(rig)
        told.append("full" if SETUP in said(rig) else "short" if SHORT in said(rig) else "name")
        profile = kept(rig, profile)
    assert told == ["full"] * 3 + ["short"] * 3 + ["name"] * 2


def test_movement_is_counted_once_a_session_however_often_it_is_done():
    rig = rig_of(Dose(hold_s=5, reps=3, sides=Sides.ALTERNATE))
    rig.start()
    rig.play_through()
    assert [f.exercise for f in rig.facts(MovementDone)] == ["first_movement"]
    rig.start()
    rig.play_through()
    assert kept(rig, NOBODY).times_done == {"first_movement": 2}


@pytest.mark.parametrize("word", [Intent.NEXT, Intent.RELEASE])
def test_movement_that_is_left_before_a_hold_is_over_is_not_counted(word: Intent):
    rig = rig_of(Dose(hold_s=15), Dose(hold_s=15))
    rig.hold()
    rig.run(4)
    rig.hear(word)
    assert rig.facts(MovementDone) == []


def test_counted_repetitions_make_a_movement_familiar_too():
    rig = rig_of(Dose(mode="reps", reps=2))
    rig.hold()
    rig.hear(Intent.DONE)
    assert [f.exercise for f in rig.facts(MovementDone)] == ["first_movement"]


def test_more_detail_brings_the_explanation_back_for_that_movement_alone():
    both = Profile(times_done={"first_movement": 9, "second_movement": 9})
    rig = rig_of(Dose(hold_s=5), Dose(hold_s=5), profile=both)
    rig.start()
    rig.run_until(Phase.WAITING)
    assert SETUP not in said(rig)
    rig.hear(Intent.MORE_TALKING)
    assert rig.last_words == SETUP
    assert rig.facts(DetailWanted) == [DetailWanted(rig.now, "first_movement")]
    rig.run(6)
    rig.play_through()
    assert said(rig).count(SETUP) == 1
    profile = kept(rig, both)
    assert profile.times_done == {"first_movement": 1, "second_movement": 10}
    again = rig_of(Dose(hold_s=5), Dose(hold_s=5), profile=profile)
    again.start()
    again.run_until(Phase.WAITING)
    assert SETUP in said(again)


def test_more_detail_in_a_hold_does_not_talk_through_it():
    rig = rig_of(Dose(hold_s=15, reps=2), profile=KNOWN)
    rig.hold()
    rig.run(0.5)
    rig.hear(Intent.MORE_TALKING)
    assert rig.last_words == LINES.say("talking_more")


def test_how_to_is_answered_in_full_however_familiar():
    rig = rig_of(Dose(hold_s=5), profile=KNOWN)
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.HOW_TO)
    assert rig.last_words == SETUP


def test_unfamiliar_movement_takes_more_detail_for_a_level_of_talk():
    rig = rig_of(Dose(hold_s=5), talk=Talk.NORMAL)
    rig.start()
    rig.hear(Intent.MORE_TALKING)
    assert rig.last_words == LINES.say("talking_more")
    assert rig.facts(DetailWanted) == []


# Just beeps -----------------------------------------------------------------------------------


def beeping(*doses: Dose) -> Rig:
    rig = rig_of(*doses)
    rig.hear(Intent.JUST_BEEPS)
    rig.start()
    return rig


def test_just_beeps_leaves_names_sides_and_the_safety_line():
    rig = beeping(Dose(hold_s=5, reps=2, sides=Sides.ALTERNATE, switch_s=5), Dose(hold_s=15))
    rig.play_through()
    assert [s.text for s in rig.speech()] == [
        "Move gently. Say pain at any time if something hurts. First movement."
        " You begin on your left.",
        "Your right.",
        "Your left.",
        "Your right.",
        "Second movement.",
        "That is everything. Well done.",
    ]


def test_just_beeps_tells_by_a_tone_that_it_waits():
    rig = beeping(Dose(hold_s=5))
    rig.run_until(Phase.WAITING)
    assert rig.tones()[-1] == (Tone.LISTENING, rig.now)


def test_just_beeps_counts_a_long_rest_out():
    rig = beeping(Dose(hold_s=5, sets=2, rest_s=15))
    rig.hold()
    rig.run_until(Phase.REST)
    began_s = rig.now
    assert rig.tones(began_s)[-4:] == [
        (Tone.TICK, 12),
        (Tone.TICK, 13),
        (Tone.TICK, 14),
        (Tone.START, 15),
    ]


def test_just_beeps_stops_a_cue_and_keeps_the_tones():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(1.2)
    rig.hear(Intent.JUST_BEEPS)
    since_s = rig.now
    rig.run_until(Phase.DONE)
    assert said(rig, since_s) == LINES.say("closing")
    assert [t for t, _ in rig.tones(since_s + 1)].count(Tone.TICK) == 3


def test_just_beeps_in_an_explanation_still_names_movement_and_side():
    rig = rig_of(Dose(hold_s=5, sides=Sides.PER_SET))
    rig.start()
    rig.run(2)
    rig.hear(Intent.JUST_BEEPS)
    assert rig.last_words == "First movement. You begin on your left."
    rig.run_until(Phase.WAITING)


@pytest.mark.parametrize("word", [Intent.PAIN, Intent.EMERGENCY])
def test_pain_and_emergencies_are_spoken_among_beeps(word: Intent):
    rig = beeping(Dose(hold_s=30))
    rig.hold()
    rig.run(5)
    since_s = rig.now
    rig.hear(word)
    assert said(rig, since_s)


@pytest.mark.parametrize("word", [Intent.TALK_NORMALLY, Intent.UNMUTE])
def test_voice_comes_back_as_the_settings_want_it(word: Intent):
    rig = beeping(Dose(hold_s=5, reps=2))
    rig.hold()
    rig.hear(word)
    assert rig.last_words == LINES.say("talking_normally")
    rig.hear(Intent.PREVIOUS)
    assert SETUP in rig.last_words


def test_talk_normally_unmutes():
    rig = rig_of(Dose(hold_s=5))
    rig.hear(Intent.MUTE)
    rig.hear(Intent.TALK_NORMALLY)
    assert not rig.speech_muted


def test_more_detail_of_a_known_movement_among_beeps_is_heard():
    rig = rig_of(Dose(hold_s=5), profile=KNOWN, talk=Talk.BEEPS)
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.MORE_TALKING)
    assert rig.last_words == SETUP


def test_less_important_cue_is_said_where_the_more_important_one_does_not_fit():
    long = "This is a cue of very many words that no hold of fifteen seconds has room for at all."
    cues = (
        *CUES[:2],
        Cue(when=CueTime.DURING, text="Hips level.", priority=3),
        Cue(when=CueTime.DURING, text=long, priority=1),
    )
    rig = Rig(library_of(Dose(hold_s=15), cues=cues))
    rig.hold()
    began_s = rig.now
    rig.run_until(Phase.DONE)
    assert "Hips level." in said(rig, began_s)
    assert long not in said(rig)


def test_profile_counts_sessions_of_each_movement():
    profile = NOBODY
    for exercise in ("plank", "plank", "bridge"):
        profile = profile.after(MovementDone(0.0, exercise), 0.0)
    assert profile == replace(NOBODY, times_done={"plank": 2, "bridge": 1})
    assert profile.after(DetailWanted(0.0, "plank"), 0.0).times_done == {"plank": 0, "bridge": 1}
