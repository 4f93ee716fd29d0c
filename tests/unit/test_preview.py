"""A session in writing: what the coach would do, with nobody there."""

import pytest
from coach_rig import LINES, TONE_S, Rig, library_of, spoken_s

from assistant.coach import Coach
from assistant.coach.actions import HoldEnded, PhaseEntered, SessionEnded, Tone
from assistant.coach.intents import Command, Intent, Slots
from assistant.coach.preview import Answer, Earcon, Moment, Utterance, play_out
from assistant.library import Dose, Library, Sides

TONES_S = dict.fromkeys(Tone, TONE_S)
START = Command(Intent.START_ROUTINE, Slots(routine="test"))
DOSES = (
    Dose(hold_s=20, reps=2, sets=2, sides=Sides.PER_SET),
    Dose(mode="reps", reps=3),
    Dose(mode="reps", reps=2, tempo={"up_s": 2, "down_s": 2}),
    Dose(hold_breaths=2),
)


def played(library: Library) -> list[Moment]:
    return play_out(Coach(library, LINES), START, spoken_s, TONES_S, rate_wpm=155)


def of(moments: list[Moment], kind: type) -> list:
    return [m for m in moments if isinstance(m, kind)]


def test_it_is_what_a_session_with_a_prompt_person_is():
    """Against the rig of the tests, a room of its own: the same holds, phases and tones."""
    moments = played(library_of(*DOSES))
    rig = Rig(library_of(*DOSES))
    rig.start()
    rig.play_through(done_after_s=5.0)
    rig.run(10)
    held = [(h.exercise, h.side, h.planned_s, h.held_s) for h in of(moments, HoldEnded)]
    assert held == [(h.exercise, h.side, h.planned_s, h.held_s) for h in rig.holds]
    assert held
    phases = [(p.phase, p.exercise, p.side, p.rep_no) for p in of(moments, PhaseEntered)]
    lived = [(p.phase, p.exercise, p.side, p.rep_no) for p in rig.facts(PhaseEntered)]
    assert phases == lived
    assert [e.tone for e in of(moments, Earcon)] == [tone for tone, _ in rig.tones()]
    said = [u.text for u in of(moments, Utterance)]
    assert said == [sound.text for sound in rig.speech()]


def test_times_begin_at_zero_and_rise_to_the_end_of_the_last_words():
    moments = played(library_of(*DOSES))
    times_s = [m.at_s for m in moments]
    assert times_s[0] == 0.0
    assert times_s == sorted(times_s)
    assert isinstance(moments[0], Answer)
    assert len(of(moments, SessionEnded)) == 1
    assert "Well done" in moments[-1].text


def test_each_prompt_has_the_length_that_the_voice_gives_it():
    for utterance in of(played(library_of(Dose(hold_s=20))), Utterance):
        assert not utterance.is_cut
    slow = play_out(
        Coach(library_of(Dose(hold_s=20)), LINES, rate_wpm=110),
        START,
        spoken_s,
        TONES_S,
        rate_wpm=110,
    )
    quick = played(library_of(Dose(hold_s=20)))
    assert of(slow, Utterance)[0].seconds > of(quick, Utterance)[0].seconds


def test_the_end_tone_comes_before_what_follows():
    moments = played(library_of(Dose(hold_s=10, reps=2)))
    ends = [i for i, m in enumerate(moments) if isinstance(m, Earcon) and m.tone is Tone.END]
    following = [moments[i + 1] for i in ends]
    assert all(isinstance(m, HoldEnded | PhaseEntered) for m in following)
    assert [m.at_s for m in following] == [moments[i].at_s for i in ends]


def test_a_command_that_starts_nothing_is_refused():
    with pytest.raises(LookupError, match="starts no session"):
        play_out(
            Coach(library_of(Dose(hold_s=5)), LINES),
            Command(Intent.LIST_ROUTINES),
            spoken_s,
            TONES_S,
            rate_wpm=155,
        )


def test_the_same_routine_gives_the_same_plan():
    assert played(library_of(*DOSES)) == played(library_of(*DOSES))
