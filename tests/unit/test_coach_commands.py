"""What people say in the middle of a session, and what comes of it."""

import pytest
from coach_rig import LINES, Rig, library_of

from assistant.coach.actions import (
    Cancel,
    HoldEnded,
    PainReported,
    Prepare,
    SetVoice,
    SetVolume,
    Tone,
)
from assistant.coach.events import (
    Fault,
    Heard,
    LinesReady,
    MicrophoneFault,
    NotUnderstood,
    PlaybackFinished,
    Tick,
)
from assistant.coach.intents import Intent, Side
from assistant.coach.phases import Phase
from assistant.library import Dose, Sides, Tempo

line = LINES.say

END, HALFWAY, HEARD, START, TICK = Tone.END, Tone.HALFWAY, Tone.HEARD, Tone.START, Tone.TICK
LEFT, RIGHT = Side.LEFT, Side.RIGHT


def rig_of(*doses: Dose, **settings) -> Rig:
    return Rig(library_of(*doses), **settings)


def held(rig: Rig) -> list[tuple[Side | None, float, bool]]:
    return [(h.side, pytest.approx(h.held_s), h.completed) for h in rig.holds]


def exercise_of(rig: Rig) -> str | None:
    return rig.coach.view(rig.now).exercise


# Longer, shorter, over ------------------------------------------------------------------------


def test_longer_moves_the_end_of_a_hold_and_its_clock_runs_on():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    began_s = rig.now
    rig.run(4.3)
    rig.hear(Intent.HOLD_LONGER, seconds=10)
    assert (rig.phase, rig.last_words) == (Phase.HOLD, "10 seconds added.")
    assert rig.left_s == pytest.approx(20.7)
    rig.run_until(Phase.DONE)
    expected = [(HALFWAY, 12.5), (TICK, 22), (TICK, 23), (TICK, 24), (END, 25)]
    assert rig.tones(began_s + 1) == [(t, pytest.approx(s - 1)) for t, s in expected]
    assert [(h.planned_s, h.held_s, h.completed) for h in rig.holds] == [(25, 25, True)]


def test_longer_on_one_side_is_longer_on_the_other_too():
    rig = rig_of(Dose(hold_s=10, reps=2, sides=Sides.ALTERNATE))
    rig.hold()
    rig.run(2)
    rig.hear(Intent.HOLD_LONGER, seconds=5)
    rig.run_until(Phase.DONE)
    assert [(h.side, h.planned_s) for h in rig.holds] == [
        (LEFT, 15),
        (RIGHT, 15),
        (LEFT, 10),
        (RIGHT, 10),
    ]


def test_longer_with_no_number_is_ten_seconds():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.hear(Intent.HOLD_LONGER)
    assert rig.left_s == pytest.approx(25)


def test_shorter_moves_the_end_of_a_hold():
    rig = rig_of(Dose(hold_s=30))
    rig.hold()
    began_s = rig.now
    rig.run(3)
    rig.hear(Intent.HOLD_SHORTER, seconds=18)
    rig.run_until(Phase.DONE)
    expected = [(TICK, 9), (TICK, 10), (TICK, 11), (END, 12)]
    assert rig.tones(began_s + 1) == [(t, pytest.approx(s - 1)) for t, s in expected]


def test_shorter_than_what_is_already_held_ends_the_hold():
    rig = rig_of(Dose(hold_s=30, reps=2))
    rig.hold()
    rig.run(12)
    rig.hear(Intent.HOLD_SHORTER, seconds=25)
    assert rig.phase is Phase.REST
    assert rig.tones(rig.now)[0] == (END, 0)
    assert held(rig) == [(None, 12, False)]


def test_shorter_in_a_pause_leaves_something_to_hold():
    rig = rig_of(Dose(hold_s=30))
    rig.hold()
    rig.run(12)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.HOLD_SHORTER, seconds=25)
    rig.hear(Intent.RESUME)
    rig.run_until(Phase.HOLD)
    assert rig.left_s == pytest.approx(2)
    rig.run_until(Phase.DONE)
    assert held(rig) == [(None, 14, True)]


def test_longer_never_shortens_a_hold_of_many_breaths():
    rig = rig_of(Dose(hold_breaths=20))
    rig.hold()
    rig.hear(Intent.HOLD_LONGER)
    assert rig.left_s == pytest.approx(200)
    assert rig.last_words == line("longest_hold")


def test_shorter_never_lengthens_a_hold_of_a_second():
    rig = rig_of(Dose(hold_s=1))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.HOLD_SHORTER)
    rig.play_through()
    assert held(rig) == [(None, 1, True)]


def test_longer_while_waiting_changes_the_next_hold():
    rig = rig_of(Dose(hold_s=15))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.HOLD_LONGER, seconds=5)
    rig.play_through()
    assert held(rig) == [(None, 20, True)]


def test_longer_in_a_paced_repetition_finds_no_hold():
    rig = rig_of(Dose(mode="reps", tempo=Tempo(up_s=2, down_s=4)))
    rig.hold()
    deadline = rig.coach.next_deadline
    rig.hear(Intent.HOLD_LONGER, seconds=10)
    assert rig.last_words == line("no_hold")
    rig.hear(Intent.PAUSE)
    assert rig.left_s == pytest.approx(deadline - rig.now)


def test_hold_is_never_longer_than_two_minutes():
    rig = rig_of(Dose(hold_s=115))
    rig.hold()
    rig.hear(Intent.HOLD_LONGER, seconds=60)
    assert rig.left_s == pytest.approx(120)
    assert rig.last_words == "5 seconds added."


@pytest.mark.parametrize("word", [Intent.RELEASE, Intent.DONE])
def test_release_ends_the_hold_with_the_end_tone(word: Intent):
    rig = rig_of(Dose(hold_s=15, reps=2))
    rig.hold()
    rig.run(6.5)
    rig.hear(word)
    released_s = rig.now
    assert rig.phase is Phase.REST
    assert held(rig) == [(None, 6.5, False)]
    rig.run_until(Phase.HOLD)
    assert rig.tones(released_s)[:2] == [(END, 0), (START, pytest.approx(3))]


# Sides ----------------------------------------------------------------------------------------


def test_start_on_the_right_before_the_work_keeps_the_dose_of_both_sides():
    rig = rig_of(Dose(hold_s=5, reps=2, sides=Sides.PER_SET))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.CHOOSE_SIDE, side=RIGHT)
    assert "You begin on your right." in rig.last_words
    rig.play_through()
    assert held(rig) == [(side, 5, True) for side in (RIGHT, RIGHT, LEFT, LEFT)]


@pytest.mark.parametrize("pause_first", [False, True])
@pytest.mark.parametrize("words", [(Intent.CHOOSE_SIDE, RIGHT), (Intent.SWITCH_SIDES, None)])
def test_other_side_in_the_first_lead_in_keeps_the_dose_of_both_sides(words, pause_first):
    rig = rig_of(Dose(hold_s=5, reps=2, sides=Sides.ALTERNATE))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.READY)
    rig.run(2)
    if pause_first:
        rig.hear(Intent.PAUSE)
    rig.hear(words[0], side=words[1])
    rig.play_through()
    assert [h.side for h in rig.holds] == [RIGHT, LEFT, RIGHT, LEFT]


def test_switch_sides_in_a_hold_goes_to_the_other_side():
    rig = rig_of(Dose(hold_s=15, sides=Sides.ALTERNATE))
    rig.hold()
    rig.run(4)
    rig.hear(Intent.SWITCH_SIDES)
    assert (rig.phase, rig.coach.view(rig.now).side) == (Phase.LEAD_IN, RIGHT)
    assert held(rig) == [(LEFT, 4, False)]


def test_switch_sides_on_the_last_side_says_so_and_changes_nothing():
    rig = rig_of(Dose(hold_s=15, sides=Sides.ALTERNATE))
    rig.hold()
    rig.hear(Intent.SWITCH_SIDES)
    rig.run_until(Phase.HOLD)
    rig.hear(Intent.SWITCH_SIDES)
    assert (rig.phase, rig.last_words) == (Phase.HOLD, line("other_side_done"))


def test_redo_side_in_a_hold_begins_that_side_again():
    rig = rig_of(Dose(hold_s=5, reps=2, sides=Sides.PER_SET))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run_until(Phase.HOLD)  # the second on the left
    rig.run(1)
    rig.hear(Intent.REDO_SIDE)
    view = rig.coach.view(rig.now)
    assert (rig.phase, view.side, view.rep_no) == (Phase.LEAD_IN, LEFT, 1)
    rig.play_through()
    assert held(rig) == [
        (LEFT, 5, True),
        (LEFT, 1, False),
        *[(LEFT, 5, True)] * 2,
        *[(RIGHT, 5, True)] * 2,
    ]


def test_redo_side_in_the_switch_goes_back_to_the_side_just_done():
    rig = rig_of(Dose(hold_s=5, sides=Sides.ALTERNATE, switch_s=6))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.hear(Intent.REDO_SIDE)
    assert rig.coach.view(rig.now).side is LEFT
    rig.play_through()
    assert [h.side for h in rig.holds] == [LEFT, LEFT, RIGHT]


def test_redo_side_where_one_side_was_left_out_stays_in_the_set():
    rig = rig_of(Dose(hold_s=5, sets=2, sides=Sides.PER_SET))
    rig.hold()
    rig.hear(Intent.ONLY_SIDE, side=LEFT)
    rig.run_until(Phase.REST)
    rig.run_until(Phase.HOLD)
    rig.hear(Intent.REDO_SIDE)
    assert rig.coach.view(rig.now).set_no == 2


def test_only_one_side_leaves_the_other_out():
    rig = rig_of(Dose(hold_s=5, reps=3, sides=Sides.ALTERNATE))
    rig.hold()
    rig.run(1)
    rig.hear(Intent.ONLY_SIDE, side=LEFT)
    assert rig.phase is Phase.HOLD
    rig.play_through()
    assert held(rig) == [(LEFT, 5, True)] * 3


def test_only_the_other_side_goes_there():
    rig = rig_of(Dose(hold_s=5, reps=2, sides=Sides.ALTERNATE))
    rig.hold()
    rig.run(1)
    rig.hear(Intent.ONLY_SIDE, side=RIGHT)
    rig.play_through()
    assert held(rig) == [(LEFT, 1, False), (RIGHT, 5, True), (RIGHT, 5, True)]


def test_only_side_in_the_rest_after_a_movement_leaves_the_next_movement_alone():
    sided = Dose(hold_s=5, sides=Sides.ALTERNATE)
    rig = rig_of(sided, sided)
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run_until(Phase.HOLD)
    rig.run_until(Phase.REST)
    rig.hear(Intent.ONLY_SIDE, side=RIGHT)
    assert rig.phase is Phase.REST
    rig.play_through()
    assert [h.side for h in rig.holds] == [LEFT, RIGHT] * 2


@pytest.mark.parametrize("word", [Intent.SWITCH_SIDES, Intent.CHOOSE_SIDE, Intent.ONLY_SIDE])
def test_movement_with_no_sides_says_so(word: Intent):
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.hear(word, side=LEFT)
    assert (rig.phase, rig.last_words) == (Phase.HOLD, line("no_sides"))


# Rests ----------------------------------------------------------------------------------------


def test_skip_rest_counts_into_the_next_hold_in_three_seconds():
    rig = rig_of(Dose(hold_s=5, sets=2, rest_s=20))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run(2)
    skipped_s = rig.now
    rig.hear(Intent.SKIP_REST)
    rig.run_until(Phase.HOLD)
    assert rig.now == pytest.approx(skipped_s + 3)


def test_skip_rest_after_a_movement_opens_the_next():
    rig = rig_of(Dose(hold_s=5), Dose(hold_s=5))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.hear(Intent.SKIP_REST)
    assert (rig.phase, exercise_of(rig)) == (Phase.EXPLAINING, "second movement")


def test_more_rest_moves_the_start_tone():
    rig = rig_of(Dose(hold_s=5, sets=2, rest_s=20))
    rig.hold()
    rig.run_until(Phase.REST)
    rested_from_s = rig.now
    rig.run(7)
    rig.hear(Intent.MORE_REST, seconds=15)
    rig.run_until(Phase.HOLD)
    assert rig.now == pytest.approx(rested_from_s + 35)
    assert rig.tones(rested_from_s + 0.1)[0] == (START, pytest.approx(34.9))


def test_more_rest_after_a_change_of_pace_adds_what_was_asked():
    rig = rig_of(Dose(hold_s=5, sets=2, rest_s=20))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run(5)
    rig.hear(Intent.FASTER)
    rig.hear(Intent.MORE_REST, seconds=10)
    assert rig.left_s == pytest.approx(25)


def test_change_of_pace_leaves_a_rest_under_way_as_it_is():
    rig = rig_of(Dose(hold_s=5, sets=2, rest_s=20))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run(5)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.FASTER)
    assert rig.left_s == pytest.approx(15)
    rig.hear(Intent.RESUME)
    assert rig.left_s == pytest.approx(15)


def test_slower_stretches_the_next_rest():
    rig = rig_of(Dose(hold_s=5, reps=2, reset_s=4))
    rig.hold()
    rig.hear(Intent.SLOWER)
    rig.run_until(Phase.REST)
    rested_from_s = rig.now
    rig.run_until(Phase.HOLD)
    assert rig.now == pytest.approx(rested_from_s + 5)


# Moving through the session -------------------------------------------------------------------


def test_next_opens_the_next_movement_and_notes_what_was_held():
    rig = rig_of(Dose(hold_s=15), Dose(hold_s=5))
    rig.hold()
    rig.run(4)
    rig.hear(Intent.NEXT)
    assert (rig.phase, exercise_of(rig)) == (Phase.EXPLAINING, "second movement")
    assert held(rig) == [(None, 4, False)]
    rig.run(30)
    assert [t for t, _ in rig.tones(rig.now - 29.9)] == []


def test_next_at_the_last_movement_ends_the_session():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.hear(Intent.NEXT)
    assert rig.phase is Phase.DONE
    assert "Well done" in rig.last_words


@pytest.mark.parametrize(
    ("after_s", "expected"), [(1.9, "first movement"), (2.1, "second movement")]
)
def test_back_within_two_seconds_means_the_movement_before(after_s: float, expected: str):
    rig = rig_of(Dose(hold_s=15), Dose(hold_s=5))
    rig.hold()
    rig.hear(Intent.NEXT)
    began_s = rig.now
    rig.run(4)  # understood long after it was begun to be said
    rig.hear(Intent.PREVIOUS, spoken_at=began_s + after_s)
    assert (rig.phase, exercise_of(rig)) == (Phase.EXPLAINING, expected)
    assert rig.last_words.startswith(f"Back to {expected}.")


def test_back_twice_goes_to_the_movement_before():
    rig = rig_of(Dose(hold_s=5), Dose(hold_s=15))
    rig.hold()
    rig.run_until(Phase.EXPLAINING)
    rig.hold()
    rig.run(5)
    rig.hear(Intent.PREVIOUS)
    assert exercise_of(rig) == "second movement"
    rig.run(1)
    rig.hear(Intent.PREVIOUS)
    assert exercise_of(rig) == "first movement"


def test_back_at_the_first_movement_begins_it_again():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    rig.hear(Intent.PREVIOUS)
    assert (rig.phase, exercise_of(rig)) == (Phase.EXPLAINING, "first movement")


def test_restart_waits_to_begin_this_movement_anew():
    rig = rig_of(Dose(hold_s=5, reps=2))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run_until(Phase.HOLD)
    rig.hear(Intent.RESTART)
    assert (rig.phase, rig.coach.view(rig.now).rep_no) == (Phase.WAITING, 1)
    assert rig.last_words == "One more try: first movement. Say ready."


def test_not_yet_in_the_lead_in_waits_again():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.READY)
    rig.run(4)
    rig.hear(Intent.NOT_YET)
    assert (rig.phase, rig.last_words) == (Phase.WAITING, line("take_your_time"))
    asked_s = rig.now
    rig.run(60)
    assert rig.tones(asked_s) == []


# Pain and emergencies -------------------------------------------------------------------------


def test_pain_in_a_hold_ends_it_and_asks_how_bad():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(4)
    rig.hear(Intent.PAIN)
    assert rig.phase is Phase.ASKING
    assert rig.last_words == "Ease out slowly, and rest. How bad is it, from zero to ten?"
    assert held(rig) == [(None, 4, False)]
    assert rig.facts(PainReported) == [PainReported(rig.now, "first_movement")]


@pytest.mark.parametrize("score", [0, 2, 5])
def test_pain_below_six_allows_a_gentle_try_of_the_whole_hold(score: int):
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(4)
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER, count=score)
    assert rig.phase is Phase.ASKING
    assert rig.last_words.startswith("Noted.")
    assert rig.facts(PainReported)[-1].score == score
    rig.hear(Intent.READY)
    assert rig.phase is Phase.WAITING
    rig.hear(Intent.READY)
    rig.run_until(Phase.HOLD)
    assert rig.left_s == pytest.approx(15)


def test_pain_of_two_and_of_five_are_answered_differently():
    answers = []
    for score in (2, 5):
        rig = rig_of(Dose(hold_s=15))
        rig.hold()
        rig.hear(Intent.PAIN)
        rig.hear(Intent.NUMBER, count=score)
        answers.append(rig.last_words)
    assert answers[0] != answers[1]


def test_pain_in_the_rest_after_a_movement_is_of_that_movement():
    rig = rig_of(Dose(hold_s=5), Dose(hold_s=5))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER, count=2)
    assert rig.facts(PainReported)[-1].exercise == "first_movement"
    rig.hear(Intent.READY)
    assert (rig.phase, exercise_of(rig)) == (Phase.EXPLAINING, "second movement")


def test_pain_while_a_question_is_open_comes_first():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(3)
    rig.hear(Intent.FINISH)
    rig.hear(Intent.PAIN)
    assert "How bad is it" in rig.last_words
    rig.hear(Intent.YES)
    assert (rig.phase, rig.last_words) == (Phase.ASKING, line("pain_number"))
    rig.hear(Intent.PAIN)
    assert len(rig.holds) == 1


def test_unanswered_pain_stays_paused_and_the_hold_is_over():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(3)
    rig.hear(Intent.PAIN)
    rig.run(30)
    assert rig.phase is Phase.PAUSED
    rig.hear(Intent.RESUME)
    assert rig.phase is Phase.WAITING


def test_number_with_no_value_asks_for_the_number_again():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.hear(Intent.PAIN)
    rig.hear(Intent.NUMBER)
    assert rig.last_words == line("help_asking_pain")


@pytest.mark.parametrize("in_session", [False, True])
def test_emergency_says_the_number_and_halts(in_session: bool):
    rig = rig_of(Dose(hold_s=15))
    if in_session:
        rig.hold()
        rig.run(3)
    rig.hear(Intent.EMERGENCY)
    called_s = rig.now
    assert rig.last_words == "I cannot phone. Call 1 1 2, or shout for someone."
    rig.run(60)
    assert len(rig.heard(called_s)) == 1
    assert rig.phase is (Phase.PAUSED if in_session else Phase.IDLE)


# Volume, pace and talk ------------------------------------------------------------------------


def test_louder_steps_up_to_the_limit_then_says_so():
    rig = rig_of(Dose(hold_s=5))
    gains = []
    for _ in range(3):
        rig.hear(Intent.LOUDER)
        gains.append(rig.gain_db)
    assert gains == [6, 12, 12]
    assert rig.last_words == line("volume_limit")
    for _ in range(9):
        rig.hear(Intent.QUIETER)
    assert rig.gain_db == -24


def test_mute_stops_speech_and_keeps_tones():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(1.2)
    rig.hear(Intent.MUTE)
    muted_s = rig.now
    rig.run_until(Phase.DONE)
    rig.run(10)
    assert rig.speech(muted_s) == []
    assert [t for t, _ in rig.tones(muted_s + 1)] == [HALFWAY, TICK, TICK, TICK, END]
    rig.hear(Intent.UNMUTE)
    rig.start()
    assert rig.sounding(rig.now + 0.1)


def test_muted_session_still_gets_to_waiting():
    rig = rig_of(Dose(hold_s=15))
    rig.start()
    rig.run(0.5)
    rig.hear(Intent.MUTE)
    assert rig.phase is Phase.WAITING


def test_louder_while_muted_stays_muted():
    rig = rig_of(Dose(hold_s=5))
    rig.hear(Intent.MUTE)
    rig.hear(Intent.LOUDER)
    volumes = [action for _, action in rig.orders if isinstance(action, SetVolume)]
    assert volumes[-1] == SetVolume(6.0, speech_muted=True)


def test_talk_slower_renders_the_lines_anew():
    rig = rig_of(Dose(hold_s=15))
    rig.start()
    before = next(a for _, a in rig.orders if isinstance(a, Prepare))
    rig.hear(Intent.TALK_SLOWER)
    after = [a for _, a in rig.orders if isinstance(a, Prepare)][-1]
    assert after.rate_wpm < before.rate_wpm
    assert set(after.texts) == set(before.texts)


def test_another_voice_leads_through_all_of_them_and_renders_the_lines_anew():
    rig = rig_of(Dose(hold_s=15), voices=("ours", "en-gb", "en-us+f3"))
    rig.start()
    for name in ("en-gb", "en-us+f3", ""):
        rig.hear(Intent.ANOTHER_VOICE)
        assert [a.voice for _, a in rig.orders if isinstance(a, SetVoice)][-1] == name
        prepared = [a for _, a in rig.orders if isinstance(a, Prepare)][-1]
        assert prepared.voice == name
        assert line("another_voice") in [s.text for s in rig.speech(rig.now)]


def test_without_another_voice_it_is_said_that_nothing_changes():
    rig = rig_of(Dose(hold_s=15), voices=("ours",))
    rig.hear(Intent.ANOTHER_VOICE)
    assert not [a for _, a in rig.orders if isinstance(a, SetVoice)]
    assert line("as_it_is") in [s.text for s in rig.speech()]


@pytest.mark.parametrize("intent", [Intent.TALK_SLOWER, Intent.ANOTHER_VOICE])
def test_lengths_at_another_rate_or_in_another_voice_are_not_taken(intent: Intent):
    rig = rig_of(Dose(hold_s=30))
    rig.start()
    rig.hear(intent)
    cue = "Heels heavy on the floor."
    rig.send(LinesReady(at=rig.now, lengths_s={cue: 60.0}, rate_wpm=155))
    rig.hold()
    assert cue in [s.text for s in rig.speech(rig.now)]


def test_less_talking_leaves_the_setup_out():
    rig = rig_of(Dose(hold_s=5), Dose(hold_s=5))
    rig.hold()
    rig.hear(Intent.LESS_TALKING)
    rig.hear(Intent.LESS_TALKING)
    rig.hear(Intent.NEXT)
    assert rig.last_words == "Second movement. Say ready."


# Not understood, and devices ------------------------------------------------------------------


def test_third_miss_in_a_row_gets_help_and_the_hold_goes_on():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    deadline = rig.coach.next_deadline
    for n in range(3):
        rig.run(1)
        rig.send(NotUnderstood(at=rig.now))
        assert (rig.last_words == line("not_understood")) == (n == 2)
        assert (Tone.NOT_UNDERSTOOD, 0) in rig.tones(rig.now)
        assert (rig.phase, rig.coach.next_deadline) == (Phase.HOLD, deadline)


def test_command_between_misses_counts_anew():
    rig = rig_of(Dose(hold_s=30))
    rig.hold()
    for _ in range(2):
        rig.send(NotUnderstood(at=rig.now))
    rig.hear(Intent.WHICH_SET)
    rig.send(NotUnderstood(at=rig.now))
    assert rig.last_words == "Set 1 of 1, number 1 of 1."


def test_talk_in_the_room_is_no_miss_when_no_session_runs():
    rig = rig_of(Dose(hold_s=15))
    assert rig.send(NotUnderstood(at=rig.now)) == []


@pytest.mark.parametrize("fault", Fault)
def test_microphone_that_hears_nobody_is_told_once_and_the_session_goes_on(fault):
    rig = rig_of(Dose(hold_s=30))
    rig.hold()
    rig.run(3)
    rig.send(MicrophoneFault(at=rig.now, fault=fault))
    rig.run(20)
    [said] = [s for s in rig.speech() if s.text == line(f"microphone_{fault}")]
    assert said.start_s < rig.now - 15
    assert not said.is_cut
    assert rig.phase is Phase.HOLD


def test_fault_of_the_microphone_waits_for_the_end_of_what_is_being_said():
    rig = rig_of(Dose(hold_s=15))
    rig.start()
    rig.run(1)
    explanation = rig.last_words
    rig.send(MicrophoneFault(at=rig.now, fault=Fault.SILENT))
    assert rig.last_words == explanation
    rig.run_until(Phase.WAITING)
    assert rig.last_words == line("microphone_silent")


def test_fault_of_the_microphone_is_kept_out_of_the_countdown():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(11)
    rig.send(MicrophoneFault(at=rig.now, fault=Fault.SILENT))
    assert line("microphone_silent") not in [s.text for s in rig.speech()]
    rig.run_until(Phase.DONE)
    rig.run(15)
    *_, closing, told = rig.speech()
    assert line("closing") in closing.text
    assert not closing.is_cut
    assert told.text == line("microphone_silent")


def test_fault_that_is_over_before_it_could_be_told_is_not_told():
    rig = rig_of(Dose(hold_s=15))
    rig.start()
    rig.send(MicrophoneFault(at=rig.now, fault=Fault.SILENT))
    rig.send(MicrophoneFault(at=rig.now, fault=None))
    rig.run_until(Phase.WAITING)
    assert line("microphone_silent") not in [s.text for s in rig.speech()]


def test_event_from_the_past_is_taken_as_now():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(5)
    rig.send(Tick(at=rig.now))
    rig.send(Heard(at=rig.now - 3, intent=Intent.PAUSE))
    assert rig.left_s == pytest.approx(10)


def test_command_at_a_deadline_that_was_slept_through_meets_the_next_segment():
    rig = rig_of(Dose(hold_s=5, reps=2, reset_s=4))
    rig.hold()
    rig.jump(5.2)
    rig.hear(Intent.SKIP_REST)
    assert rig.phase is Phase.LEAD_IN
    assert [h.held_s for h in rig.facts(HoldEnded)] == [5]


def test_end_of_an_unknown_sound_changes_nothing():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    assert rig.send(PlaybackFinished(at=rig.now, playback_id="say-999")) == []
    assert rig.phase is Phase.EXPLAINING


# Answers --------------------------------------------------------------------------------------


def left_said(rig: Rig) -> str:
    rig.hear(Intent.TIME_LEFT)
    return rig.last_words


def test_time_left_in_a_hold_a_rest_a_lead_in_and_a_pause():
    rig = rig_of(Dose(hold_s=30, sets=2, rest_s=20, prepare_s=10))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.READY)
    rig.run(3)
    assert left_said(rig) == "Starting in 7 seconds."
    rig.run_until(Phase.HOLD)
    rig.run(11)
    assert left_said(rig) == "19 seconds."
    rig.hear(Intent.PAUSE)
    rig.run(50)
    assert left_said(rig) == "Paused, with 19 seconds to go."
    rig.hear(Intent.RESUME)
    rig.run_until(Phase.REST)
    rig.run(4)
    assert left_said(rig) == "16 seconds of rest."


def test_time_left_too_late_in_a_hold_is_a_tone_and_never_an_old_number():
    rig = rig_of(Dose(hold_s=15, reps=2, reset_s=8))
    rig.hold()
    rig.run(12)
    asked_s = rig.now
    rig.hear(Intent.TIME_LEFT)
    assert (HEARD, 0) in rig.tones(asked_s)
    rig.run_until(Phase.HOLD)
    rig.run(15)
    assert all("second" not in s.text for s in rig.speech(asked_s))


def test_answer_with_no_room_in_the_hold_comes_in_the_rest():
    rig = rig_of(Dose(hold_s=15, reps=2, reset_s=8))
    rig.hold()
    rig.run(11)
    rig.hear(Intent.WHICH_SET)
    assert rig.sounding(rig.now)[0].what is HEARD
    rig.run_until(Phase.REST)
    assert rig.last_words == "Set 1 of 1, number 1 of 2. And relax."


def test_answer_about_a_movement_is_not_said_after_it():
    rig = rig_of(Dose(hold_s=15), Dose(hold_s=5))
    rig.hold()
    rig.run(14)
    rig.hear(Intent.WHICH_SET)
    rig.hear(Intent.NEXT)
    assert rig.last_words.startswith("Second movement.")


def test_session_left_is_exact_where_only_work_and_rests_are_left():
    rig = rig_of(Dose(hold_s=20, reps=3, reset_s=5))
    rig.hold()
    rig.run(8)
    rig.hear(Intent.SESSION_LEFT)
    assert rig.last_words == "About 1 minute 2 seconds of the session left."
    rig.run_until(Phase.REST)
    rig.run(1)
    rig.hear(Intent.SESSION_LEFT)
    assert rig.last_words == "About 49 seconds of the session left."


def test_session_left_in_a_lead_in_counts_what_is_left_of_it():
    rig = rig_of(Dose(hold_s=20, reps=2, reset_s=5, prepare_s=10))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.READY)
    rig.run(4)
    rig.hear(Intent.SESSION_LEFT)
    assert rig.last_words == "About 51 seconds of the session left."


def test_session_left_in_a_pause_counts_what_was_held():
    rig = rig_of(Dose(hold_s=20, reps=2, reset_s=5))
    rig.hold()
    rig.run(8)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.SESSION_LEFT)
    assert rig.last_words == "About 37 seconds of the session left."


def test_questions_about_where_and_what():
    rig = rig_of(Dose(hold_s=30, sets=(2, 1), sides=Sides.ALTERNATE), Dose(hold_s=5))
    rig.hold()
    answers = {}
    for intent in (
        Intent.REPS_LEFT,
        Intent.WHICH_SET,
        Intent.WHICH_SIDE,
        Intent.WHICH_EXERCISE,
        Intent.WHATS_NEXT,
    ):
        rig.hear(intent)
        answers[intent] = rig.last_words
        rig.run(3)
    assert answers == {
        Intent.REPS_LEFT: "5 more after this.",
        Intent.WHICH_SET: "Set 1 of 2, number 1 of 2.",
        Intent.WHICH_SIDE: "Your left side.",
        Intent.WHICH_EXERCISE: "This is first movement.",
        Intent.WHATS_NEXT: "Coming up, second movement.",
    }


def test_last_one_and_last_movement_are_known():
    rig = rig_of(Dose(hold_s=30))
    rig.hold()
    rig.hear(Intent.REPS_LEFT)
    assert rig.last_words == line("reps_left_last")
    rig.hear(Intent.WHATS_NEXT)
    assert rig.last_words == line("last_movement")


def test_answer_takes_the_place_of_what_is_being_said():
    rig = rig_of(Dose(hold_s=30))
    rig.hold()
    rig.run(1.2)
    rig.hear(Intent.TIME_LEFT)
    assert [s.text for s in rig.sounding(rig.now + 0.01)] == ["29 seconds."]


def test_repeat_while_waiting_says_the_explanation_again():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.REPEAT)
    assert "Lie down on your back" in rig.last_words


def test_repeat_during_the_explanation_waits_when_it_is_over():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    rig.run(2)
    rig.hear(Intent.REPEAT)
    again = rig.speech(rig.now)[-1]
    rig.run_to(again.end_s - 0.01)
    assert rig.phase is Phase.EXPLAINING
    rig.run_to(again.end_s)
    assert rig.phase is Phase.WAITING


def test_question_open_is_repeated_and_helped_with():
    rig = rig_of(Dose(hold_s=5))
    rig.hold()
    rig.hear(Intent.FINISH)
    rig.hear(Intent.HELP)
    assert rig.last_words == line("help_asking")
    rig.hear(Intent.REPEAT)
    assert rig.last_words == line("finish_question")


def test_start_with_no_name_offers_the_routines():
    rig = rig_of(Dose(hold_s=5))
    rig.hear(Intent.START)
    assert rig.last_words == "Which one? Say start, then test routine."


def test_single_movement_can_be_started():
    rig = rig_of(Dose(hold_s=5), Dose(hold_s=8))
    rig.hear(Intent.START_EXERCISE, exercise="second_movement")
    rig.play_through()
    assert [(h.exercise, h.held_s) for h in rig.holds] == [("second_movement", 8)]


def test_stop_orders_nothing_but_silence():
    rig = rig_of(Dose(hold_s=5))
    assert rig.hear(Intent.STOP) == [Cancel()]
