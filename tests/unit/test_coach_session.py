"""Sessions as they are heard: what sounds when, with the time of a virtual clock."""

import pytest
from coach_rig import LINES, Rig, library_of

from assistant.coach.actions import PhaseEntered, Prepare, SessionEnded, Tone
from assistant.coach.events import Tick
from assistant.coach.intents import Intent, Side
from assistant.coach.phases import Phase
from assistant.library import Dose, Sides, Tempo

line = LINES.say

END, HALFWAY, HEARD, START, SWITCH, TICK = (
    Tone.END,
    Tone.HALFWAY,
    Tone.HEARD,
    Tone.START,
    Tone.SWITCH,
    Tone.TICK,
)


def rig_of(*doses: Dose, **settings) -> Rig:
    return Rig(library_of(*doses), **settings)


def test_coach_says_hello_when_it_can_hear():
    rig = rig_of(Dose(hold_s=5))
    rig.listen()
    assert "listening" in rig.last_words
    assert rig.phase is Phase.IDLE


def test_session_opens_with_its_name_the_safety_line_and_the_first_movement():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    assert rig.phase is Phase.EXPLAINING
    assert rig.last_words.startswith("Test routine. 1 movement, about")
    for words in ("Say pain at any time", "First movement.", "Lie down on your back", "Say ready"):
        assert words in rig.last_words


def test_explanation_passes_into_waiting_when_it_has_been_said():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    said = rig.speech()[0]
    rig.run_to(said.end_s - 0.01)
    assert rig.phase is Phase.EXPLAINING
    rig.run_to(said.end_s)
    assert rig.phase is Phase.WAITING


def test_nothing_begins_before_ready():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    rig.run(600)
    assert rig.phase is Phase.WAITING
    assert rig.tones() == []


def test_ready_gives_the_preparation_time_then_the_start_tone():
    rig = rig_of(Dose(hold_s=5, prepare_s=7))
    rig.start()
    rig.run_until(Phase.WAITING)
    said_s = rig.now
    rig.hear(Intent.READY)
    assert rig.phase is Phase.LEAD_IN
    rig.run_until(Phase.HOLD)
    assert rig.now == said_s + 7
    assert rig.tones(said_s)[0] == (START, 7)


def test_ready_during_the_explanation_cuts_it_short():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    rig.run(1.0)
    rig.hear(Intent.READY)
    assert rig.phase is Phase.LEAD_IN
    assert [s.text for s in rig.sounding(rig.now + 0.1)] == []


@pytest.mark.parametrize(
    ("hold_s", "expected"),
    [
        (5, [(END, 5)]),
        (10, [(TICK, 7), (TICK, 8), (TICK, 9), (END, 10)]),
        (15, [(HALFWAY, 7.5), (TICK, 12), (TICK, 13), (TICK, 14), (END, 15)]),
        (30, [(HALFWAY, 15), (TICK, 27), (TICK, 28), (TICK, 29), (END, 30)]),
    ],
)
def test_hold_sounds_exactly_its_tones(hold_s: float, expected):
    rig = rig_of(Dose(hold_s=hold_s))
    rig.hold()
    began_s = rig.now
    rig.run_until(Phase.DONE)
    assert rig.tones(began_s + 0.001) == [(t, pytest.approx(s - 0.001)) for t, s in expected]
    assert rig.now == pytest.approx(began_s + hold_s)


def test_session_of_one_hold_ends_with_praise_after_the_end_tone():
    rig = rig_of(Dose(hold_s=10))
    rig.hold()
    rig.run_until(Phase.DONE)
    ended_s = rig.now
    assert rig.last_words == "Roll down slowly. That is everything. Well done."
    assert rig.speech()[-1].start_s == pytest.approx(ended_s + 0.4)


def test_rest_after_a_movement_leads_to_the_next_explanation():
    rig = rig_of(Dose(hold_s=5, rest_after_s=12), Dose(hold_s=8))
    rig.hold()
    rig.run_until(Phase.REST)
    rested_from_s = rig.now
    rig.run_until(Phase.EXPLAINING)
    assert rig.now == pytest.approx(rested_from_s + 12)
    assert rig.last_words.startswith("Second movement.")


def test_reps_follow_each_other_by_themselves():
    rig = rig_of(Dose(hold_s=5, reps=3, reset_s=4))
    rig.hold()
    began_s = rig.now
    rig.run_until(Phase.DONE)
    expected = [(END, 5), (START, 9), (END, 14), (START, 18), (END, 23)]
    assert rig.tones(began_s + 0.5) == [(t, pytest.approx(s - 0.5)) for t, s in expected]


def test_pyramid_is_held_to_the_last():
    rig = rig_of(Dose(hold_s=8, sets=(5, 3, 1)))
    rig.start()
    rig.play_through()
    assert len(rig.holds) == 9
    assert all(h.completed and h.held_s == h.planned_s == 8 for h in rig.holds)
    sets = [e.set_no for e in rig.facts(PhaseEntered) if e.phase is Phase.HOLD]
    assert sets == [1] * 5 + [2] * 3 + [3]


@pytest.mark.parametrize("sides", [Sides.ALTERNATE, Sides.PER_SET])
def test_both_sides_are_held_equally_long(sides: Sides):
    rig = rig_of(Dose(hold_s=6, sets=(3, 1), sides=sides))
    rig.start()
    rig.play_through()
    held = {side: [h.held_s for h in rig.holds if h.side is side] for side in Side}
    assert held[Side.LEFT] == held[Side.RIGHT] == [6] * 4


def test_switching_time_lies_outside_the_dose():
    rig = rig_of(Dose(hold_s=5, sides=Sides.ALTERNATE, switch_s=6))
    rig.hold()
    began_s = rig.now
    rig.run_until(Phase.DONE)
    assert rig.now == pytest.approx(began_s + 5 + 6 + 5)
    times = [t for tone, t in rig.tones(began_s + 0.5) if tone is SWITCH]
    assert times == [pytest.approx(5 + 0.35 - 0.5)]


def test_paced_reps_sound_their_tempo_and_their_end():
    rig = rig_of(Dose(mode="reps", reps=2, tempo=Tempo(up_s=2, pause_s=1, down_s=3), reset_s=2))
    rig.hold()
    assert rig.phase is Phase.REP
    began_s = rig.now
    rig.run_until(Phase.DONE)
    expected = [(TICK, 2), (TICK, 3), (END, 6), (START, 8), (TICK, 10), (TICK, 11), (END, 14)]
    assert rig.tones(began_s + 0.5) == [(t, pytest.approx(s - 0.5)) for t, s in expected]


def test_counted_rep_waits_for_done():
    rig = rig_of(Dose(mode="reps", reps=2, reset_s=3))
    rig.hold()
    assert rig.coach.next_deadline is None
    rig.run(60)
    assert rig.phase is Phase.REP
    rig.hear(Intent.DONE)
    assert rig.phase is Phase.REST
    rig.run_until(Phase.REP)
    rig.hear(Intent.DONE)
    assert rig.phase is Phase.DONE


def test_done_ends_an_open_movement_with_the_end_tone():
    rig = rig_of(Dose(mode="open"))
    rig.hold()
    rig.run(20)
    rig.hear(Intent.DONE)
    assert (END, 0) in rig.tones(rig.now)


def test_late_ticks_do_not_add_up():
    rig = rig_of(Dose(hold_s=5, reps=5, reset_s=4), tick_lag_s=0.3)
    rig.hold()
    began_s = rig.facts(PhaseEntered)[-1].at_s
    rig.run_until(Phase.DONE)
    ends = [t for tone, t in rig.tones(began_s) if tone is END]
    assert ends == [pytest.approx(5 + 9 * n) for n in range(5)]
    assert [h.held_s for h in rig.holds] == [5] * 5


def test_session_is_over_when_its_last_hold_is_however_late_the_tick():
    rig = rig_of(Dose(hold_s=5), tick_lag_s=0.3)
    rig.hold()
    rig.run_until(Phase.DONE)
    over_s = rig.holds[-1].at_s
    assert rig.facts(PhaseEntered)[-1].at_s == rig.facts(SessionEnded)[-1].at_s == over_s


def test_stalled_clock_gives_no_burst_of_cues():
    rig = rig_of(Dose(hold_s=5, reps=8, reset_s=4))
    rig.hold()
    rig.run(1)
    rig.jump(60)
    woke_s = rig.now
    rig.send(Tick(at=woke_s))
    assert rig.phase is Phase.REST  # one segment on, and no further
    assert [t for t in rig.tones(woke_s) if t[1] < 1] == []
    assert len([s for s in rig.speech(woke_s) if s.start_s < woke_s + 1]) <= 1
    rig.run_until(Phase.HOLD)
    assert rig.now == pytest.approx(woke_s + 4)


def test_early_tick_changes_nothing():
    rig = rig_of(Dose(hold_s=5))
    rig.hold()
    deadline = rig.coach.next_deadline
    rig.run(2)
    assert rig.send(Tick(at=rig.now)) == []
    assert (rig.phase, rig.coach.next_deadline) == (Phase.HOLD, deadline)


def test_events_replayed_give_the_same_orders():
    def orders():
        rig = rig_of(Dose(hold_s=15, reps=2), Dose(hold_s=5, sides=Sides.PER_SET))
        rig.hold()
        rig.run(3.3)
        rig.hear(Intent.PAUSE)
        rig.run(5)
        rig.play_through()
        return rig.orders

    assert orders() == orders()


def test_lines_are_prepared_when_the_session_starts():
    rig = rig_of(Dose(hold_s=15))
    rig.start()
    prepared = next(a for _, a in rig.orders if isinstance(a, Prepare))
    for text in ("Heels heavy on the floor.", "Roll down slowly.", line("pain")):
        assert text in prepared.texts


# Pausing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("passed_s", [0.125, 3.3333333, 9.87654321, 14.999])
def test_pause_keeps_the_fraction_of_a_hold(passed_s: float):
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(passed_s)
    rig.hear(Intent.PAUSE)
    assert rig.left_s == pytest.approx(15 - passed_s, abs=1e-9)
    rig.run(77.7)
    assert rig.left_s == pytest.approx(15 - passed_s, abs=1e-9)
    rig.hear(Intent.RESUME)
    rig.run_until(Phase.HOLD)
    resumed_s = rig.now
    rig.run_until(Phase.DONE)
    assert rig.now - resumed_s == pytest.approx(15 - passed_s, abs=1e-9)
    assert rig.holds[-1].held_s == pytest.approx(15, abs=1e-9)


def test_pause_silences_everything_and_stops_the_clock():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(1.2)  # in the middle of the cue
    assert rig.sounding(rig.now)
    rig.hear(Intent.PAUSE)
    paused_s = rig.now
    rig.run(300)
    assert rig.phase is Phase.PAUSED
    assert rig.coach.next_deadline is None
    assert [s.text for s in rig.heard(paused_s)] == [line("paused")]


def test_resume_in_a_hold_counts_in_and_only_the_rest_of_its_tones_sound():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(8)  # halfway was at 7.5
    rig.hear(Intent.PAUSE)
    rig.run(10)
    resumed_s = rig.now
    rig.hear(Intent.RESUME)
    assert rig.phase is Phase.LEAD_IN
    assert rig.last_words == line("go_on")
    rig.run_until(Phase.DONE)
    expected = [(START, 3), (TICK, 7), (TICK, 8), (TICK, 9), (END, 10)]
    assert rig.tones(resumed_s) == [(t, pytest.approx(s)) for t, s in expected]


def test_second_pause_in_the_lead_in_after_a_pause_keeps_the_hold():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(6.25)
    for _ in range(3):
        rig.hear(Intent.PAUSE)
        rig.run(5)
        rig.hear(Intent.RESUME)
        rig.run(1.5)
    rig.run_until(Phase.DONE)
    assert [h.held_s for h in rig.holds] == [15]


def test_not_yet_in_the_lead_in_after_a_pause_keeps_what_was_held():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(6.25)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.RESUME)
    rig.run(1)
    rig.hear(Intent.NOT_YET)
    rig.run(30)
    rig.hear(Intent.READY)
    rig.run_until(Phase.HOLD)
    assert rig.left_s == pytest.approx(8.75)


def test_resume_in_a_rest_goes_on_with_what_was_left_of_it():
    rig = rig_of(Dose(hold_s=5, sets=2, rest_s=20))
    rig.hold()
    rig.run_until(Phase.REST)
    rig.run(6.5)
    rig.hear(Intent.PAUSE)
    rig.run(100)
    rig.hear(Intent.RESUME)
    resumed_s = rig.now
    assert rig.phase is Phase.REST
    rig.run_until(Phase.HOLD)
    assert rig.now == pytest.approx(resumed_s + 13.5)
    assert line("get_set") in [s.text for s in rig.speech(resumed_s)]


def test_resume_after_a_pause_in_the_explanation_explains_again():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    rig.run(3)
    rig.hear(Intent.PAUSE)
    rig.run(3)
    rig.hear(Intent.RESUME)
    assert rig.phase is Phase.EXPLAINING
    assert "First movement." in rig.last_words


def test_resume_while_waiting_waits_again():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    rig.run_until(Phase.WAITING)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.RESUME)
    assert rig.phase is Phase.WAITING
    assert rig.last_words == line("ready_hint")


def test_counted_rep_goes_on_after_a_pause():
    rig = rig_of(Dose(mode="reps", reps=2))
    rig.hold()
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.RESUME)
    assert rig.phase is Phase.REP
    assert rig.tones(rig.now) == [(HEARD, 0)]


# Stopping and finishing -----------------------------------------------------------------------


def test_stop_in_a_hold_silences_at_once_and_halts_the_clock():
    rig = rig_of(Dose(hold_s=30))
    rig.hold()
    rig.run(1.5)
    rig.hear(Intent.STOP)
    stopped_s = rig.now
    rig.run(120)
    assert rig.heard(stopped_s) == []
    assert rig.phase is Phase.PAUSED
    assert rig.left_s == pytest.approx(28.5)


def test_stop_during_the_closing_words_silences_them():
    rig = rig_of(Dose(hold_s=5))
    rig.hold()
    rig.run_until(Phase.DONE)
    rig.run(1)
    assert rig.sounding(rig.now)
    rig.hear(Intent.STOP)
    assert rig.sounding(rig.now) == []
    assert rig.phase is Phase.DONE


@pytest.mark.parametrize("pause_first", [False, True])
def test_finish_asks_and_yes_ends(pause_first: bool):
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(4.5)
    if pause_first:
        rig.hear(Intent.PAUSE)
    rig.hear(Intent.FINISH)
    assert (rig.phase, rig.last_words) == (Phase.ASKING, "Shall we end the session here?")
    rig.run(2)
    rig.hear(Intent.YES)
    assert rig.phase is Phase.DONE
    assert [(h.held_s, h.completed) for h in rig.holds] == [(pytest.approx(4.5), False)]
    rig.run(60)
    assert [t for t in rig.tones(rig.now - 60) if t[0] is END] == []


def test_finish_and_no_goes_on_with_the_hold():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(4.5)
    rig.hear(Intent.FINISH)
    rig.run(2)
    rig.hear(Intent.NO)
    assert rig.phase is Phase.LEAD_IN
    rig.run_until(Phase.HOLD)
    assert rig.left_s == pytest.approx(10.5)


def test_finish_from_a_pause_and_no_stays_paused():
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(4.5)
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.FINISH)
    rig.hear(Intent.NO)
    assert rig.phase is Phase.PAUSED
    assert rig.left_s == pytest.approx(10.5)


@pytest.mark.parametrize("pause_first", [False, True])
def test_unanswered_finish_lapses_into_a_pause_after_twenty_seconds(pause_first: bool):
    rig = rig_of(Dose(hold_s=15))
    rig.hold()
    rig.run(4.5)
    if pause_first:
        rig.hear(Intent.PAUSE)
    asked_s = rig.now
    rig.hear(Intent.FINISH)
    rig.run_until(Phase.PAUSED)
    assert rig.now == pytest.approx(asked_s + 20)
    assert "Still paused" in rig.last_words
    rig.hear(Intent.RESUME)
    rig.run_until(Phase.HOLD)
    assert rig.left_s == pytest.approx(10.5)


def test_new_session_can_start_after_the_last():
    rig = rig_of(Dose(hold_s=5))
    rig.start()
    rig.play_through()
    rig.start()
    rig.play_through()
    assert len(rig.holds) == 2


def test_hold_of_ten_seconds_is_not_talked_over_at_whatever_time_it_began():
    """10.0 s from 125.0021… to 135.0021… are 9.9999… s to a computer: still a hold with a count."""
    for sevenths in range(60):
        rig = rig_of(Dose(hold_s=10))
        rig.now += sevenths / 7
        rig.hold()
        began_s = rig.now
        rig.run(5)
        rig.hear(Intent.WHICH_SET)
        assert rig.speech(began_s + 0.1) == [], rig.now
