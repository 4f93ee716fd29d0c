"""The floor: open in a session, else only for whoever says the wake phrase, for a while."""

import pytest
from coach_rig import Rig, library_of

from assistant.coach.actions import Tone
from assistant.coach.events import MicrophoneLost, NotUnderstood, Tick
from assistant.coach.floor import (
    ALWAYS_HEARD,
    CLOSED,
    OPEN,
    OPEN_AROUND_SESSION_S,
    OPEN_S,
    Floor,
)
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase
from assistant.library import Dose

LONG_S = 60.0


def rig_of(*doses: Dose) -> Rig:
    return Rig(library_of(*(doses or (Dose(hold_s=15),))), wake_phrase="hey coach")


def closed() -> Rig:
    """A coach that has run for a while with nobody there."""
    rig = rig_of()
    rig.listen()
    rig.run(LONG_S)
    return rig


def is_heard(rig: Rig, intent: Intent | None = Intent.START, *, woken: bool = False) -> bool:
    return rig.coach.floor.hears(intent, rig.now, is_woken=woken)


# The rule ------------------------------------------------------------------------------------


@pytest.mark.parametrize("intent", [*Intent, None])
def test_closed_floor_hears_only_who_says_the_wake_phrase(intent: Intent | None) -> None:
    assert CLOSED.hears(intent, 5.0, is_woken=True)
    assert not CLOSED.hears(intent, 5.0, is_woken=False)
    assert OPEN.hears(intent, 5.0, is_woken=False)


def test_what_was_begun_in_time_counts() -> None:
    floor = Floor(is_open=False, open_until_s=5.0)
    assert floor.hears(Intent.START, 4.9, is_woken=False)
    assert not floor.hears(Intent.START, 5.1, is_woken=False)


@pytest.mark.parametrize("intent", Intent)
def test_stop_and_pain_need_no_wake_phrase_while_anything_sounds(intent: Intent) -> None:
    sounding = Floor(is_open=False, is_sounding=True)
    assert sounding.hears(intent, 5.0, is_woken=False) == (intent in ALWAYS_HEARD)
    assert {Intent.STOP, Intent.PAIN} <= ALWAYS_HEARD


@pytest.mark.parametrize(
    "floor", [OPEN, CLOSED, Floor(False, open_until_s=5.0), Floor(False, is_sounding=True)]
)
@pytest.mark.parametrize("at_s", [4.9, 5.1])
def test_closed_is_a_floor_on_which_nothing_counts_without_the_wake_phrase(
    floor: Floor, at_s: float
) -> None:
    counts = any(floor.hears(intent, at_s, is_woken=False) for intent in [*Intent, None])
    assert floor.is_closed(at_s) is not counts


# The coach keeps it --------------------------------------------------------------------------


def test_greeting_teaches_the_wake_phrase_and_leaves_the_floor_open_for_a_while() -> None:
    rig = rig_of()
    rig.listen()
    assert "Say hey coach, start stretches." in rig.last_words
    rig.run(OPEN_AROUND_SESSION_S - 1)
    assert is_heard(rig)
    rig.run(LONG_S)
    assert not is_heard(rig)


def test_without_a_wake_phrase_the_floor_is_always_open() -> None:
    rig = Rig(library_of(Dose(hold_s=5)))
    rig.listen()
    rig.run(LONG_S)
    assert is_heard(rig)
    assert "hey coach" not in rig.last_words


def test_wake_phrase_opens_it_with_a_tone_for_a_while() -> None:
    rig = closed()
    rig.hear(Intent.WAKE)
    assert rig.tones(rig.now) == [(Tone.LISTENING, 0)]
    rig.run(OPEN_S - 0.5)
    assert is_heard(rig)
    rig.run(1.0)
    assert not is_heard(rig)
    assert is_heard(rig, woken=True)


def test_answer_leaves_it_open_from_its_end_on() -> None:
    rig = closed()
    rig.hear(Intent.LIST_ROUTINES)
    answer = rig.speech(rig.now)[-1]
    rig.run_to(answer.end_s + OPEN_S - 0.5)
    assert is_heard(rig)
    rig.run(1.0)
    assert not is_heard(rig)


def test_answer_that_lasts_longer_than_was_reckoned_keeps_it_open() -> None:
    rig = Rig(library_of(Dose(hold_s=5)), voice=lambda text, rate_wpm: 8.0, wake_phrase="hey coach")
    rig.listen()
    rig.run(LONG_S)
    rig.hear(Intent.LIST_ROUTINES)
    rig.run(8.0 + OPEN_S - 0.5)
    assert is_heard(rig)


def test_every_phase_of_a_session_has_an_open_floor_also_a_long_pause() -> None:
    rig = closed()
    rig.start()
    for act in (
        lambda: rig.run_until(Phase.WAITING),
        lambda: rig.hear(Intent.READY),
        lambda: rig.run_until(Phase.HOLD),
        lambda: rig.hear(Intent.FINISH),
        lambda: rig.run_until(Phase.PAUSED),
        lambda: rig.run(3600.0),
    ):
        assert is_heard(rig)
        act()
    assert is_heard(rig)


def test_end_of_a_session_leaves_it_open_longer_and_then_closes_it() -> None:
    rig = closed()
    rig.start()
    rig.play_through()
    ended_s = rig.now
    rig.run_to(rig.speech(ended_s)[-1].end_s + OPEN_AROUND_SESSION_S - 1)
    assert is_heard(rig)
    rig.run(2.0)
    assert not is_heard(rig)


def test_wake_phrase_silences_an_answer_and_in_a_session_only_sounds() -> None:
    rig = closed()
    rig.hear(Intent.LIST_ROUTINES)
    rig.run(1.0)
    rig.hear(Intent.WAKE)
    assert [s.what for s in rig.sounding(rig.now)] == [Tone.LISTENING]
    rig.start()
    rig.run(1.0)
    rig.hear(Intent.WAKE)
    assert len(rig.sounding(rig.now)) == 2
    assert rig.phase is Phase.EXPLAINING


def test_television_makes_no_tone_and_does_not_keep_the_floor_open() -> None:
    rig = closed()
    assert rig.send(NotUnderstood(at=rig.now)) == []
    rig = rig_of()
    rig.listen()
    rig.run(6.0)
    assert rig.send(NotUnderstood(at=rig.now)) == []
    rig.run(LONG_S)
    assert not is_heard(rig)


def test_who_has_asked_and_is_not_understood_is_told_by_a_tone_alone() -> None:
    rig = closed()
    rig.hear(Intent.WAKE)
    woken_s = rig.now
    for _ in range(5):
        rig.run(1.0)
        rig.send(NotUnderstood(at=rig.now))
    assert rig.tones(woken_s).count((Tone.NOT_UNDERSTOOD, 5.0)) == 1
    assert rig.speech(woken_s) == []
    rig.run_to(woken_s + OPEN_S + 0.5)
    assert not is_heard(rig)
    assert rig.send(NotUnderstood(at=rig.now)) == []


def test_stop_and_pain_are_heard_while_the_coach_talks_of_its_own_accord() -> None:
    rig = closed()
    rig.send(MicrophoneLost(at=rig.now))
    assert rig.coach.floor.is_sounding
    assert is_heard(rig, Intent.PAIN)


def test_view_tells_others_who_may_speak() -> None:
    rig = closed()
    rig.send(Tick(at=rig.now))
    assert rig.coach.view(rig.now).floor == rig.coach.floor
    assert not rig.coach.view(rig.now).floor.is_open
    rig.start()
    assert rig.coach.view(rig.now).floor.is_open
