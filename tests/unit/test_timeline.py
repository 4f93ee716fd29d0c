import pytest
from coach_rig import CUES, LINES, exercise

from assistant.coach.actions import Tone
from assistant.coach.plan import Plan, PlannedStep, lay_out
from assistant.coach.prompts import Prompts, Talk
from assistant.coach.timeline import (
    CLEAR_S,
    Sound,
    gap_sounds,
    hold_sounds,
    lead_in_sounds,
    quiet_from_s,
    rep_sounds,
)
from assistant.library import Cue, CueTime, Dose, Sides, Tempo

LONG = "This is a cue of very many words that no short hold has ever had any room for at all."


def plan_of(*doses: Dose, cues=CUES) -> Plan:
    steps = tuple(PlannedStep(exercise(i, d, cues), d) for i, d in enumerate(doses))
    return lay_out("test", "test", steps)


def tones(sounds: list[Sound]) -> list[tuple[Tone, float]]:
    return sorted(((s.tone, s.offset_s) for s in sounds if s.tone), key=lambda t: t[1])


def spoken(sounds: list[Sound]) -> list[tuple[float, str]]:
    return sorted((s.offset_s, " ".join(s.parts)) for s in sounds if s.parts)


END, HALFWAY, START, SWITCH, TICK = Tone.END, Tone.HALFWAY, Tone.START, Tone.SWITCH, Tone.TICK


@pytest.mark.parametrize(
    ("hold_s", "expected"),
    [
        (5, [(END, 5)]),
        (9.5, [(END, 9.5)]),
        (10, [(TICK, 7), (TICK, 8), (TICK, 9), (END, 10)]),
        (15, [(HALFWAY, 7.5), (TICK, 12), (TICK, 13), (TICK, 14), (END, 15)]),
        (30, [(HALFWAY, 15), (TICK, 27), (TICK, 28), (TICK, 29), (END, 30)]),
    ],
)
def test_tones_of_a_hold(hold_s: float, expected):
    plan = plan_of(Dose(hold_s=hold_s))
    assert tones(hold_sounds(plan, 0, hold_s, Prompts(LINES))) == expected


def test_short_hold_has_no_words():
    assert spoken(hold_sounds(plan_of(Dose(hold_s=10)), 0, 10, Prompts(LINES))) == []


def test_long_hold_has_one_cue_and_one_at_halfway():
    sounds = hold_sounds(plan_of(Dose(hold_s=30)), 0, 30, Prompts(LINES))
    assert spoken(sounds) == [
        (1.0, "Heels heavy on the floor."),
        (15 + CLEAR_S, "Halfway there, breathing easily."),
    ]


def test_cue_that_does_not_fit_gives_way_to_its_short_form():
    cues = (*CUES[:2], Cue(when=CueTime.DURING, text=LONG, short="Heels heavy."))
    plan = plan_of(Dose(hold_s=15), cues=cues)
    assert spoken(hold_sounds(plan, 0, 15, Prompts(LINES))) == [(1.0, "Heels heavy.")]


def test_cue_that_does_not_fit_at_all_is_left_out():
    cues = (*CUES[:2], Cue(when=CueTime.DURING, text=LONG))
    assert spoken(hold_sounds(plan_of(Dose(hold_s=15), cues=cues), 0, 15, Prompts(LINES))) == []


def test_rendered_length_decides_what_fits():
    lengths = {"Heels heavy on the floor.": 6.5, "Heels heavy.": 1.0}
    sounds = hold_sounds(plan_of(Dose(hold_s=15)), 0, 15, Prompts(LINES, lengths))
    assert spoken(sounds)[0] == (1.0, "Heels heavy.")


def test_only_the_first_hold_is_cued():
    plan = plan_of(Dose(hold_s=30, reps=2))
    assert spoken(hold_sounds(plan, 2, 30, Prompts(LINES))) == []


@pytest.mark.parametrize(("talk", "cues"), [(Talk.FULL, 2), (Talk.NORMAL, 1), (Talk.QUIET, 0)])
def test_less_talk_leaves_cues_out_and_tones_in(talk: Talk, cues: int):
    sounds = hold_sounds(plan_of(Dose(hold_s=30)), 0, 30, Prompts(LINES, talk=talk))
    assert len(spoken(sounds)) == cues
    assert len(tones(sounds)) == 5


@pytest.mark.parametrize(("hold_s", "quiet_s"), [(5, 4.6), (10, 6.6), (30, 26.6)])
def test_silence_before_the_countdown_or_the_end(hold_s: float, quiet_s: float):
    assert quiet_from_s(hold_s) == pytest.approx(quiet_s)


def test_lead_in_says_the_side_and_the_start_and_ends_with_the_start_tone():
    plan = plan_of(Dose(hold_s=5, sides=Sides.ALTERNATE))
    sounds = lead_in_sounds(plan, 0, 5.0, Prompts(LINES), ())
    assert spoken(sounds) == [(0.3, "Now your left. Lift slowly.")]
    assert tones(sounds) == [(START, 5.0)]


def test_lead_in_too_short_for_words_still_has_its_tone():
    sounds = lead_in_sounds(plan_of(Dose(hold_s=5)), 0, 0.5, Prompts(LINES), ())
    assert (spoken(sounds), tones(sounds)) == ([], [(START, 0.5)])


def test_switch_has_its_tone_and_names_the_side():
    plan = plan_of(Dose(hold_s=5, sides=Sides.ALTERNATE))
    sounds = gap_sounds(plan, 1, 5.0, Prompts(LINES))
    assert tones(sounds) == [(SWITCH, 0.35), (START, 5.0)]
    assert spoken(sounds) == [(0.7, "Now your right.")]


def test_rest_between_sets_calls_into_position_in_time():
    plan = plan_of(Dose(hold_s=5, sets=2))
    sounds = gap_sounds(plan, 1, 20.0, Prompts(LINES))
    assert spoken(sounds) == [(0.4, "Rest. Set 2 of 2 next."), (15.0, "Get into position.")]
    assert tones(sounds) == [(START, 20.0)]


def test_rest_after_a_movement_announces_the_next_and_starts_nothing():
    plan = plan_of(Dose(hold_s=5), Dose(hold_s=5))
    sounds = gap_sounds(plan, 1, 10.0, Prompts(LINES))
    assert spoken(sounds) == [(0.4, "Roll down slowly. Rest. Coming up, second movement.")]
    assert tones(sounds) == []


def test_answer_owed_from_the_hold_comes_first_in_the_rest():
    plan = plan_of(Dose(hold_s=5, reps=2))
    sounds = gap_sounds(plan, 1, 10.0, Prompts(LINES), owed=(("Set 1 of 1.",),))
    assert spoken(sounds) == [(0.4, "Set 1 of 1. And relax.")]


def test_answer_owed_that_does_not_fit_leaves_the_usual_words():
    plan = plan_of(Dose(hold_s=5, reps=2))
    sounds = gap_sounds(plan, 1, 3.0, Prompts(LINES), owed=((LONG,),))
    assert spoken(sounds) == [(0.4, "And relax.")]


def test_paced_repetition_ticks_where_it_turns():
    dose = Dose(mode="reps", tempo=Tempo(up_s=2, pause_s=1, down_s=3))
    assert tones(rep_sounds(plan_of(dose), 0, 6.0)) == [(TICK, 2), (TICK, 3), (END, 6)]


def test_repetition_with_no_pause_ticks_once():
    dose = Dose(mode="reps", tempo=Tempo(up_s=2, down_s=2))
    assert tones(rep_sounds(plan_of(dose), 0, 4.0)) == [(TICK, 2), (END, 4)]
