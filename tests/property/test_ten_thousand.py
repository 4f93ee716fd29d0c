"""Ten thousand sessions, each of them different: whatever is said and whenever, the rules hold.

A plain loop over seeds, so that a session that fails is named by its number and can be had again
(`Story(number).told()`). Beside test_coach_machine.py, which looks for the smallest failure among a
few thousand moves, this tries very many whole sessions, from the start to whatever end.
"""

from itertools import pairwise
from random import Random

import pytest
from coach_rig import Rig, even_spoken_s, library_of
from test_coach_machine import GOING_ALONG, HARMLESS, assert_held_time_is_exact

from assistant.coach.actions import Cancel, HoldEnded, PhaseEntered, Record, SessionEnded
from assistant.coach.events import (
    Fault,
    LoudspeakerLost,
    LoudspeakerReturned,
    MicrophoneFault,
    MicrophoneLost,
    MicrophoneReturned,
    NotUnderstood,
    Tick,
)
from assistant.coach.intents import Intent, Side, Slots
from assistant.coach.phases import ACTIVE, INACTIVE, Phase
from assistant.coach.timeline import COUNTDOWN_FROM_S, COUNTDOWN_S
from assistant.library import Dose, Sides, Tempo

SESSIONS = 10_000
BLOCKS = 20
MOST_SAYINGS = 8
EXACT_S = 1e-6
GAPS_S = (0.0, 1.0, 2.5, 6.0, 12.0)
HOLDS_S = (1.0, 5.0, 7.25, 10.0, 15.0, 30.0)
ANYTHING = tuple(Intent)
NOTHING_CHANGED = tuple(sorted(HARMLESS))
TEMPO = Tempo(up_s=2, pause_s=1, down_s=1.5)


class Story:
    """One session, drawn by its number: a routine, a room, and a person who says things."""

    def __init__(self, number: int) -> None:
        self.draw = Random(number)
        draw = self.draw
        self.is_patient = draw.random() < 0.6
        """Whether the person says only what neither adds nor leaves out any work."""
        self.doses = [self._dose() for _ in range(draw.choice((1, 1, 1, 2)))]
        self.rig = Rig(
            library_of(*self.doses),
            voice=even_spoken_s,
            tick_lag_s=draw.choice((0.0, 0.0, 0.07, 0.4)),
            finish_lag_s=draw.choice((0.0, 0.0, 0.05, 0.6)),
        )
        self.said_s: list[float] = []
        """When something was said or happened: only then may a prompt be cut short."""

    def _dose(self) -> Dose:
        draw = self.draw
        about = {
            "sets": draw.choice((1, 1, 2, (2, 1))),
            "reps": draw.choice((1, 1, 2)),
            "sides": draw.choice(tuple(Sides)),
            "first_side": draw.choice(("left", "right")),
            "prepare_s": draw.choice(GAPS_S),
            "reset_s": draw.choice(GAPS_S),
            "switch_s": draw.choice(GAPS_S),
            "rest_s": draw.choice(GAPS_S),
            "rest_after_s": draw.choice(GAPS_S),
        }
        mode = draw.choice(("hold", "hold", "hold", "hold", "reps", "paced", "open"))
        if mode == "hold":
            return Dose(hold_s=draw.choice(HOLDS_S), **about)
        if mode == "paced":
            return Dose(mode="reps", tempo=TEMPO, **about)
        return Dose(mode=mode, **about)

    def told(self) -> "Story":
        """The session from its start to its end; it always comes to one."""
        self.rig.start()
        for _ in range(self.draw.randrange(MOST_SAYINGS + 1)):
            self._time_passes()
            if self.draw.random() < 0.1:
                self._something_happens()
            elif self.draw.random() < 0.35:
                self._go_along()
            else:
                self._say(self.draw.choice(NOTHING_CHANGED if self.is_patient else ANYTHING))
        if self.draw.random() < 0.7:
            self._time_passes()
            self._stop_and_resume()
        if self.is_patient or self.draw.random() < 0.5:
            self._play_through()
        else:
            self._time_passes()
            self._finish()
        self._answer_what_is_asked_at_the_end()
        return self

    # What happens ----------------------------------------------------------------------------

    def _time_passes(self) -> None:
        rig, draw = self.rig, self.draw
        deadline = rig.coach.next_deadline
        if deadline is not None and draw.random() < 0.5:
            # Near what is about to happen, where most goes wrong.
            rig.run_to(max(rig.now, deadline + draw.uniform(-4.5, 0.5)))
        else:
            rig.run(draw.choice((0.0, 0.5, 3.0, draw.uniform(0.0, 15.0))))

    def _say(self, intent: Intent) -> None:
        draw = self.draw
        slots = Slots(
            seconds=draw.choice((None, 1, 10, 45)),
            count=draw.choice((None, 0, 2, 5, 9)),
            side=draw.choice((None, *Side)),
            routine="test",
            exercise="first_movement",
        )
        self._begin_event()
        self.rig.hear(intent, slots)

    def _begin_event(self) -> None:
        """What is due by now comes first, so that what follows is an answer to the event alone."""
        self.rig.run(0)
        self.rig.send(Tick(at=self.rig.now))
        self.said_s.append(self.rig.now)

    def _go_along(self) -> None:
        word = GOING_ALONG.get(self.rig.phase)
        if word is not None and (word is not Intent.DONE or self.rig.coach.next_deadline is None):
            self._say(word)

    def _something_happens(self) -> None:
        self._begin_event()
        at = self.rig.now
        self.rig.send(
            self.draw.choice(
                (
                    NotUnderstood(at=at),
                    MicrophoneLost(at=at),
                    MicrophoneReturned(at=at),
                    LoudspeakerLost(at=at),
                    LoudspeakerReturned(at=at),
                    MicrophoneFault(at=at, fault=self.draw.choice((None, *Fault))),
                )
            )
        )

    def _stop_and_resume(self) -> None:
        """Stop silences everything and halts; resume goes on."""
        rig = self.rig
        self._begin_event()
        was_active = rig.phase in ACTIVE and rig.coach.view(rig.now).exercise is not None
        orders = rig.hear(Intent.STOP)
        assert [a for a in orders if not isinstance(a, Record)] == [Cancel()]
        assert [s for s in rig.sounds if s.end_s > rig.now] == []
        assert rig.coach.next_deadline is None
        if was_active:
            assert rig.phase is Phase.PAUSED
            rig.run(self.draw.choice((0.0, 2.0, 60.0)))
            assert rig.phase is Phase.PAUSED
            self._begin_event()
            rig.hear(Intent.RESUME)
            assert rig.phase not in INACTIVE | {Phase.PAUSED, Phase.ASKING}

    def _play_through(self) -> None:
        """Go along to the end; then it is over, and starting again is possible."""
        rig = self.rig
        if rig.phase is Phase.ASKING:
            rig.run_until(Phase.PAUSED, *INACTIVE)
        if rig.phase in INACTIVE:
            return
        while rig.phase is not Phase.DONE:
            word = GOING_ALONG.get(rig.phase)
            if rig.phase is Phase.EXPLAINING:
                rig.run_until(Phase.WAITING)
            elif word is None or (word is Intent.DONE and rig.coach.next_deadline is not None):
                rig.run_until(*(set(Phase) - {rig.phase}))
            else:
                self._begin_event()
                rig.hear(word)
        rig.run(10)

    def _finish(self) -> None:
        """ "Finish" and "yes" end it, wherever it is."""
        rig = self.rig
        if rig.phase is Phase.ASKING:
            self._say(Intent.CANCEL)
        if rig.phase in INACTIVE:
            return
        for word in (Intent.FINISH, Intent.YES):
            self._begin_event()
            rig.hear(word)
        assert rig.phase is Phase.DONE
        rig.run(10)

    def _answer_what_is_asked_at_the_end(self) -> None:
        """Whether changes are to stay so, with yes, no or silence."""
        rig = self.rig
        if rig.phase is not Phase.ASKING:
            return
        assert rig.coach.view(rig.now).exercise is None  # the session is over
        word = self.draw.choice((Intent.YES, Intent.NO, None))
        if word is None:
            rig.run_until(*INACTIVE)
        else:
            self._say(word)

    # What has to be so -----------------------------------------------------------------------

    def check(self) -> None:
        assert self.rig.phase in INACTIVE
        assert_held_time_is_exact(self.rig)
        self._one_prompt_at_a_time()
        self._no_prompt_is_cut_but_by_what_happens()
        self._no_countdown_is_talked_over()
        if self.is_patient:
            self._each_side_has_had_its_dose()

    def _one_prompt_at_a_time(self) -> None:
        for before, after in pairwise(self.rig.speech()):
            assert before.end_s <= after.start_s + EXACT_S, (before, after)

    def _no_prompt_is_cut_but_by_what_happens(self) -> None:
        for prompt in self.rig.speech():
            assert not prompt.is_cut or prompt.end_s in self.said_s, prompt

    def _no_countdown_is_talked_over(self) -> None:
        entered_s = 0.0
        speech = self.rig.speech()
        for _, action in self.rig.orders:
            match action:
                case Record(PhaseEntered(phase=Phase.HOLD, at_s=at_s)):
                    entered_s = at_s
                case Record(HoldEnded(completed=True) as hold):
                    if hold.planned_s < COUNTDOWN_FROM_S or hold.breaths is not None:
                        continue  # breaths pace it, and no countdown
                    quiet_s = max(hold.at_s - COUNTDOWN_S, entered_s)
                    assert [
                        s
                        for s in speech
                        if s.end_s > quiet_s + EXACT_S and s.start_s < hold.at_s - EXACT_S
                    ] == []

    def _each_side_has_had_its_dose(self) -> None:
        sessions = len(self.rig.facts(SessionEnded))
        for exercise, dose in zip(self.rig.library.exercises, self.doses, strict=False):
            holds = [h for h in self.rig.holds if h.exercise == exercise]
            if dose.hold_s is None:
                assert holds == []
                continue
            for side in (None,) if dose.sides is Sides.NONE else Side:
                held_s = [h.held_s for h in holds if h.side is side]
                assert held_s == pytest.approx([dose.hold_s] * sum(dose.set_reps) * sessions)
            assert all(h.completed for h in holds)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_session_keeps_the_rules(block: int) -> None:
    for number in range(block, SESSIONS, BLOCKS):
        try:
            Story(number).told().check()
        except AssertionError as wrong:
            raise AssertionError(f"session {number}") from wrong
