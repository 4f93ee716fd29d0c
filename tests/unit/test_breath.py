"""Breath-paced holds: what sounds when, in whole breaths, whatever is said in between."""

import pytest
from coach_rig import LINES, Rig, exercise, library_of

from assistant.coach.actions import Tone
from assistant.coach.intents import Intent, Side
from assistant.coach.phases import Phase
from assistant.library import Breath, Dose, Sides, Tempo, load_library

END, START = Tone.END, Tone.START
BOX = Breath(in_s=4, top_s=1, out_s=6, bottom_s=2)
line = LINES.say


def rig_of(*doses: Dose) -> Rig:
    return Rig(library_of(*doses))


def holding(*doses: Dose, after_s: float = 0.0) -> Rig:
    rig = rig_of(*doses)
    rig.hold()
    rig.run(after_s)
    return rig


def approx(breaths):
    return [(air, pytest.approx(at, abs=1e-6), pytest.approx(s)) for air, at, s in breaths]


# The hold --------------------------------------------------------------------------------------


def test_hold_begins_with_an_in_breath_and_ends_after_a_full_out_breath():
    rig = holding(Dose(hold_breaths=3, breath=BOX))
    began_s = rig.now
    rig.run_until(Phase.DONE)
    assert rig.breaths(began_s) == [
        (air, at + n * 13, length)
        for n in range(3)
        for air, at, length in (("in", 0, 4), ("out", 5, 6))
    ]
    assert rig.tones(began_s) == [(START, 0), (END, 39)]
    [hold] = rig.holds
    assert (hold.planned_s, hold.held_s, hold.breaths) == (39, 39, 3)


def test_words_for_two_breaths_then_sound_alone():
    rig = holding(Dose(hold_breaths=4))
    began_s = rig.now
    rig.run(39.9)
    words = [(s.text, round(s.start_s - began_s, 2)) for s in rig.speech(began_s)]
    assert words == [("In.", 0.25), ("Out.", 4.25), ("In.", 10.25), ("Out.", 14.25)]
    assert len(rig.breaths(began_s)) == 8


def test_words_are_said_in_the_first_hold_on_each_side_only():
    rig = holding(Dose(hold_breaths=2, reps=2, sides=Sides.ALTERNATE, switch_s=4))
    rig.play_through()
    words = [s for s in rig.speech() if s.text == "In."]
    assert len(words) == 2 * 2
    assert len(rig.breaths()) == 4 * 4


def test_who_wants_little_talk_breathes_by_sound_alone():
    rig = rig_of(Dose(hold_breaths=2))
    rig.hear(Intent.LESS_TALKING)
    rig.hear(Intent.LESS_TALKING)
    rig.hold()
    began_s = rig.now
    rig.run(15)
    assert rig.speech(began_s) == []
    assert len(rig.breaths(began_s)) == 4


def test_the_first_breath_is_ordered_before_its_hold_begins():
    """As the start tone is: a thread that wakes up late must not delay it."""
    rig = Rig(library_of(Dose(hold_breaths=2, sets=2)), tick_lag_s=0.4)
    rig.start()
    rig.play_through()
    starts = [at for tone, at in rig.tones() if tone is START]
    firsts = [at for air, at, _ in rig.breaths() if air == "in"][::2]
    assert firsts == pytest.approx(starts)


def test_strength_holds_measured_in_breaths_are_not_paced():
    library = library_of(Dose(hold_breaths=3))
    strength = exercise(0, Dose(hold_s=5)).model_copy(
        update={"levels": library.exercises["first_movement"].levels}
    )
    rig = Rig(type(library)({**library.exercises, strength.id: strength}, library.routines))
    rig.hold()
    rig.run_until(Phase.DONE)
    assert rig.breaths() == []
    assert [h.held_s for h in rig.holds] == [30]


def test_stretches_in_the_library_are_paced_and_planks_are_not():
    rig = Rig(load_library())
    rig.hear(Intent.START_EXERCISE, exercise="kneeling_stretch")
    rig.play_through()
    assert len(rig.breaths()) == 6
    rig.hear(Intent.START_EXERCISE, exercise="plank")
    rig.play_through()
    assert len(rig.breaths()) == 6


# Interruptions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("word", [Intent.PAUSE, Intent.STOP, Intent.FINISH])
def test_a_breath_that_is_broken_off_begins_again_and_no_dose_is_lost(word: Intent):
    rig = holding(Dose(hold_breaths=3), after_s=12.5)  # 2.5 s into the second
    rig.hear(word)
    assert [s for s in rig.sounds if s.end_s > rig.now and not s.text] == []
    rig.run(5)
    rig.hear(Intent.NO if word is Intent.FINISH else Intent.RESUME)
    rig.run_until(Phase.HOLD)
    again_s = rig.now
    assert rig.left_s == pytest.approx(20)
    rig.run_until(Phase.DONE)
    expected = [("in", 0, 4), ("out", 4, 6), ("in", 10, 4), ("out", 14, 6)]
    assert rig.breaths(again_s) == approx(expected)
    assert (END, pytest.approx(20)) in rig.tones(again_s)
    [hold] = rig.holds
    assert (hold.completed, hold.breaths) == (True, 3)
    assert hold.held_s == pytest.approx(32.5)
    assert hold.planned_s == pytest.approx(32.5)


def test_words_help_back_in_after_a_pause():
    rig = holding(Dose(hold_breaths=4), after_s=25)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.RESUME)
    rig.run_until(Phase.HOLD)
    again_s = rig.now
    rig.run_until(Phase.DONE)
    assert [s.text for s in rig.speech(again_s)][:4] == ["In.", "Out."] * 2


def test_two_pauses_lose_nothing_either():
    rig = holding(Dose(hold_breaths=2), after_s=3)
    for _ in range(2):
        rig.hear(Intent.PAUSE)
        rig.hear(Intent.RESUME)
        rig.run_until(Phase.HOLD)
        assert rig.left_s == pytest.approx(20)
        rig.run(3)
    rig.run_until(Phase.DONE)
    assert [(h.breaths, h.held_s) for h in rig.holds] == [(2, pytest.approx(26))]


def test_how_long_left_in_a_pause_counts_the_breath_that_comes_again():
    rig = holding(Dose(hold_breaths=3), after_s=14)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.TIME_LEFT)
    assert "20 seconds" in rig.last_words


def test_redone_after_a_pause_the_hold_has_its_dose_and_no_more():
    rig = holding(Dose(hold_breaths=2), after_s=3)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.REDO_SIDE)
    rig.run_until(Phase.DONE)
    assert [(h.held_s, h.breaths) for h in rig.holds] == [(3, 0), (20, 2)]


@pytest.mark.parametrize("word", [Intent.RELEASE, Intent.NEXT, Intent.PAIN])
def test_a_hold_that_is_ended_ends_its_breath_too(word: Intent):
    rig = holding(Dose(hold_breaths=3), Dose(hold_s=5), after_s=12.5)
    rig.hear(word)
    assert rig.breaths(rig.now) == []
    assert [s for s in rig.sounding(rig.now) if not s.text and s.end_s > rig.now + 0.5] == []
    assert [(h.breaths, h.completed) for h in rig.holds] == [(1, False)]


# Longer and shorter ----------------------------------------------------------------------------


def test_two_more_breaths_are_two_more_and_the_breath_under_way_sounds_on():
    rig = holding(Dose(hold_breaths=2), after_s=2)
    began_s = rig.now - 2
    rig.hear(Intent.HOLD_LONGER, count=2)
    assert rig.last_words == "2 breaths added."
    rig.run_until(Phase.DONE)
    assert rig.breaths(began_s) == [
        (air, at + 10 * n, length)
        for n in range(4)
        for air, at, length in (("in", 0, 4), ("out", 4, 6))
    ]
    assert [(h.held_s, h.breaths, h.completed) for h in rig.holds] == [(40, 4, True)]


def test_one_breath_less_ends_after_a_full_out_breath():
    rig = holding(Dose(hold_breaths=3), after_s=2)
    rig.hear(Intent.HOLD_SHORTER, count=1)
    assert rig.last_words == "1 breath taken off."
    rig.run_until(Phase.DONE)
    assert [(h.held_s, h.breaths) for h in rig.holds] == [(20, 2)]


def test_less_than_the_breath_under_way_is_not_taken_off():
    rig = holding(Dose(hold_breaths=3), after_s=12)
    rig.hear(Intent.HOLD_SHORTER, count=5)
    assert rig.left_s == pytest.approx(8)
    rig.hear(Intent.HOLD_SHORTER, count=1)
    assert (rig.last_words, rig.left_s) == (line("last_breath"), pytest.approx(8))


@pytest.mark.parametrize(("seconds", "breaths"), [(None, 1), (5, 1), (15, 2), (20, 2)])
def test_seconds_more_are_whole_breaths_in_a_paced_hold(seconds: int | None, breaths: int):
    rig = holding(Dose(hold_breaths=2), after_s=3)
    rig.hear(Intent.HOLD_LONGER, seconds=seconds)
    rig.run_until(Phase.DONE)
    assert [h.held_s for h in rig.holds] == [20 + 10 * breaths]


def test_more_breaths_before_a_hold_and_on_the_other_side_too():
    rig = rig_of(Dose(hold_breaths=2, sides=Sides.ALTERNATE))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.HOLD_LONGER, count=1)
    assert rig.last_words == "The next hold gets 1 breath more."
    rig.play_through()
    assert [(h.side, h.breaths, h.held_s) for h in rig.holds] == [
        (Side.LEFT, 3, 30),
        (Side.RIGHT, 3, 30),
    ]


def test_more_breaths_in_a_pause_are_held_after_it():
    rig = holding(Dose(hold_breaths=2), after_s=13)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.HOLD_LONGER, count=1)
    rig.hear(Intent.RESUME)
    rig.run_until(Phase.DONE)
    assert [(h.breaths, h.held_s) for h in rig.holds] == [(3, pytest.approx(33))]


def test_no_stretch_is_breathed_longer_than_two_minutes():
    rig = holding(Dose(hold_breaths=11), after_s=2)
    rig.hear(Intent.HOLD_LONGER, count=5)
    assert rig.last_words == "1 breath added."
    rig.hear(Intent.HOLD_LONGER, count=5)
    assert rig.last_words == line("longest_hold")


# The pattern -----------------------------------------------------------------------------------


def test_a_pattern_by_numbers_holds_from_the_next_breath_on():
    rig = holding(Dose(hold_breaths=3), after_s=2)
    began_s = rig.now - 2
    rig.hear(Intent.BREATH_PATTERN, in_s=5, out_s=7)
    assert rig.last_words == "Now 5 seconds in, 7 out."
    rig.run_until(Phase.DONE)
    assert rig.breaths(began_s) == [
        ("in", 0, 4), ("out", 4, 6), ("in", 10, 5), ("out", 15, 7), ("in", 22, 5), ("out", 27, 7),
    ]  # fmt: skip
    assert (END, 34) in rig.tones(began_s)
    assert [(h.breaths, h.held_s) for h in rig.holds] == [(3, 34)]


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.LEAD_IN])
def test_a_pattern_said_before_the_hold_holds_from_its_start(phase: Phase):
    rig = rig_of(Dose(hold_breaths=2))
    rig.start()
    rig.run_until(Phase.WAITING)
    if phase is Phase.LEAD_IN:
        rig.hear(Intent.READY)
        rig.run(1)
    rig.hear(Intent.BREATH_PATTERN, in_s=3, out_s=5)
    rig.play_through()
    assert [(air, length) for air, _, length in rig.breaths()] == [("in", 3), ("out", 5)] * 2
    assert [h.held_s for h in rig.holds] == [16]


def test_slower_and_faster_breaths_go_by_a_second_each_way():
    rig = rig_of(Dose(hold_breaths=1))
    rig.hear(Intent.BREATHE_SLOWER)
    assert rig.last_words == "Now 5 seconds in, 7 out."
    for _ in range(2):
        rig.hear(Intent.BREATHE_FASTER)
    assert rig.last_words == "Now 3 seconds in, 5 out."
    rig.hold()
    rig.run_until(Phase.DONE)
    assert [h.held_s for h in rig.holds] == [8]


@pytest.mark.parametrize("word", [Intent.BREATHE_SLOWER, Intent.BREATHE_FASTER])
def test_breaths_are_neither_rushed_nor_drawn_out_without_end(word: Intent):
    rig = rig_of(Dose(hold_breaths=1))
    for _ in range(12):
        rig.hear(word)
    assert rig.last_words == line("breath_limit")
    rig.hold()
    rig.run_until(Phase.DONE)
    assert 5 <= rig.holds[0].held_s <= 20


def test_a_pattern_in_a_pause_is_breathed_after_it():
    rig = holding(Dose(hold_breaths=2), after_s=12)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.BREATHE_SLOWER)
    rig.hear(Intent.RESUME)
    rig.run_until(Phase.DONE)
    assert [h.breaths for h in rig.holds] == [2]


# The cues --------------------------------------------------------------------------------------


def test_breathe_with_me_paces_what_is_left_of_a_hold_and_its_end_stays():
    rig = holding(Dose(hold_s=30), after_s=5)
    deadline = rig.coach.next_deadline
    rig.hear(Intent.BREATHE)
    assert rig.last_words == line("breathe_on")
    assert rig.coach.next_deadline == deadline
    rig.run_until(Phase.DONE)
    breaths = rig.breaths(deadline - 30)
    assert [air for air, _, _ in breaths] == ["in", "out"] * 3
    first, last = breaths[0], breaths[-1]
    assert first[1] > 5
    assert last[1] + last[2] == pytest.approx(30)
    assert all(length <= 6 for _, _, length in breaths)  # never slower than the pattern
    assert [(h.planned_s, h.held_s) for h in rig.holds] == [(30, 30)]


def test_breathe_with_me_before_a_work_hold_paces_it_and_no_other_movement():
    rig = rig_of(Dose(hold_s=8, reps=2), Dose(hold_s=8))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.BREATHE)
    rig.play_through()
    assert len(rig.breaths()) == 2 * 2
    assert [h.held_s for h in rig.holds] == [8, 8, 8]


def test_a_hold_too_short_for_a_breath_keeps_its_ticks():
    rig = holding(Dose(hold_s=10), after_s=6)
    rig.hear(Intent.BREATHE)
    rig.run_until(Phase.DONE)
    assert rig.breaths() == []
    assert [t for t, _ in rig.tones()].count(Tone.TICK) == 3


def test_breathe_with_me_finds_nothing_to_pace_in_repetitions():
    rig = holding(Dose(mode="reps", tempo=Tempo(up_s=2, down_s=4)))
    rig.hear(Intent.BREATHE)
    assert rig.last_words == line("breathe_no_hold")


def test_stop_the_breathing_leaves_the_hold_its_end_and_its_countdown():
    rig = holding(Dose(hold_breaths=3), after_s=12)
    deadline = rig.coach.next_deadline
    rig.hear(Intent.BREATHING_OFF)
    asked_s = rig.now
    assert (rig.phase, rig.coach.next_deadline) == (Phase.HOLD, deadline)
    assert rig.last_words == line("breathe_as_you_like")
    rig.run_until(Phase.DONE)
    assert rig.breaths(asked_s) == []
    assert rig.tones(asked_s) == [
        (Tone.HALFWAY, 3), (Tone.TICK, 15), (Tone.TICK, 16), (Tone.TICK, 17), (END, 18),
    ]  # fmt: skip
    assert [h.held_s for h in rig.holds] == [30]


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.LEAD_IN, Phase.REST])
def test_stop_the_breathing_silences_the_breaths_to_come(phase: Phase):
    rig = rig_of(Dose(hold_breaths=2, sets=2, rest_s=12))
    rig.start()
    rig.run_until(Phase.WAITING)
    if phase is not Phase.WAITING:
        rig.hear(Intent.READY)
        rig.run_until(phase)
        rig.run(1)
    before = [b for b in rig.breaths() if b[1] <= rig.now]
    rig.hear(Intent.BREATHING_OFF)
    rig.play_through()
    assert rig.breaths() == before
    assert [h.held_s for h in rig.holds] == [20, 20]


def test_cues_that_were_stopped_come_back_on_a_word():
    rig = holding(Dose(hold_breaths=3, sets=2), after_s=4)
    rig.hear(Intent.BREATHING_OFF)
    rig.run_until(Phase.REST)
    rig.run(1)
    rig.hear(Intent.BREATHE)
    asked_s = rig.now
    rig.run_until(Phase.DONE)
    assert len(rig.breaths(asked_s)) == 6
    assert [h.held_s for h in rig.holds] == [30, 30]


# A session of its own --------------------------------------------------------------------------


def breathing(seconds: int = 300, *before: Intent) -> Rig:
    rig = rig_of(Dose(hold_s=5))
    for word in before:
        rig.hear(word)
    rig.hear(Intent.BREATHE, seconds=seconds)
    return rig


def test_breathe_with_me_for_five_minutes_is_thirty_breaths():
    rig = breathing()
    assert "30 breaths, about 5 minutes." in rig.last_words
    rig.play_through()
    [hold] = rig.holds
    assert (hold.exercise, hold.held_s, hold.breaths) == ("breathing", 300, 30)
    start_s = next(at for tone, at in rig.tones() if tone is START)
    breaths = rig.breaths(start_s)
    assert len(breaths) == 60
    assert breaths[-1] == ("out", 294, 6)
    assert (END, 300) in rig.tones(start_s)


def test_a_session_ends_on_a_full_out_breath_where_the_pattern_does_not_divide_it():
    rig = breathing(60, Intent.BREATHE_SLOWER, Intent.BREATHE_SLOWER)  # 6 in, 8 out
    rig.play_through()
    assert [(h.breaths, h.held_s) for h in rig.holds] == [(4, 56)]


def test_a_session_can_be_asked_about_paused_and_stopped():
    rig = breathing()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.READY)
    rig.run_until(Phase.HOLD)
    rig.run(63)
    rig.hear(Intent.TIME_LEFT)
    assert rig.last_words == "4 minutes."
    rig.hear(Intent.STOP)
    assert rig.phase is Phase.PAUSED
    rig.run(100)
    rig.hear(Intent.TIME_LEFT)
    assert rig.last_words == "Paused, with 4 minutes to go."
    rig.hear(Intent.RESUME)
    rig.run_until(Phase.DONE)
    assert [(h.breaths, h.held_s) for h in rig.holds] == [(30, pytest.approx(303))]


def test_two_more_breaths_lengthen_a_session_past_two_minutes():
    rig = breathing()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.READY)
    rig.run_until(Phase.HOLD)
    rig.run(200)
    rig.hear(Intent.HOLD_LONGER, count=2)
    rig.run_until(Phase.DONE)
    assert [h.breaths for h in rig.holds] == [32]


def test_session_left_tells_what_a_pause_has_added():
    rig = holding(Dose(hold_breaths=6), after_s=5)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.SESSION_LEFT)
    assert rig.last_words == "About 1 minute of the session left."


def test_breathing_in_a_session_does_not_begin_another():
    rig = holding(Dose(hold_s=15))
    rig.hear(Intent.BREATHE, seconds=300)
    assert (rig.phase, rig.last_words) == (Phase.HOLD, line("already_running"))


def test_nothing_to_stop_where_nothing_runs():
    rig = rig_of(Dose(hold_s=5))
    rig.hear(Intent.BREATHING_OFF)
    assert rig.last_words == line("nothing_running")


def test_a_new_session_has_its_cues_again_and_keeps_the_pattern():
    rig = holding(Dose(hold_breaths=1), after_s=1)
    rig.hear(Intent.BREATHING_OFF)
    rig.hear(Intent.BREATH_PATTERN, in_s=5, out_s=5)
    rig.run_until(Phase.DONE)
    asked_s = rig.now
    rig.start()
    rig.play_through()
    assert [(air, length) for air, _, length in rig.breaths(asked_s)] == [("in", 5), ("out", 5)]
