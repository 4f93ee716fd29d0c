"""What holds for the coach in any session, whatever is said and however late the threads are."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from coach_rig import Rig, at_level, even_spoken_s, library_of, with_forms
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from assistant.coach.actions import Air, Breathe, Cancel, HoldEnded, PhaseEntered, Record, Tone
from assistant.coach.events import (
    Event,
    Fault,
    Heard,
    LoudspeakerLost,
    LoudspeakerReturned,
    MicrophoneFault,
    MicrophoneLost,
    MicrophoneReturned,
    NotUnderstood,
    PlaybackFinished,
    Tick,
)
from assistant.coach.intents import Intent, Side, Slots
from assistant.coach.phases import INACTIVE, TIMED, Phase
from assistant.coach.table import TABLE
from assistant.coach.timeline import COUNTDOWN_S
from assistant.library import Breath, Dose, Sides, Tempo

CALM = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)

gaps_s = st.sampled_from([0.0, 1.0, 2.5, 6.0, 12.0])


@st.composite
def doses(draw) -> Dose:
    mode = draw(st.sampled_from(["hold", "hold", "breaths", "breaths", "reps", "paced", "open"]))
    about = {
        "sets": draw(st.sampled_from([1, 2, (3, 1), (2, 1, 1)])),
        "reps": draw(st.integers(1, 3)),
        "sides": draw(st.sampled_from(Sides)),
        "first_side": draw(st.sampled_from(["left", "right"])),
        "prepare_s": draw(gaps_s),
        "reset_s": draw(gaps_s),
        "switch_s": draw(gaps_s),
        "rest_s": draw(gaps_s),
        "rest_after_s": draw(gaps_s),
    }
    if mode == "hold":
        return Dose(hold_s=draw(st.sampled_from([10, 15, 30, 7.25, 5, 1])), **about)
    if mode == "breaths":
        breath = draw(st.sampled_from([Breath(), Breath(in_s=2, top_s=1, out_s=3.5, bottom_s=0.5)]))
        return Dose(hold_breaths=draw(st.integers(1, 4)), breath=breath, **about)
    if mode == "paced":
        tempo = Tempo(up_s=draw(gaps_s), pause_s=draw(gaps_s), down_s=1.5)
        return Dose(mode="reps", tempo=tempo, **about)
    return Dose(mode=mode, **about)


routines = st.lists(doses(), min_size=1, max_size=3)
slots = st.builds(
    Slots,
    seconds=st.none() | st.integers(1, 60),
    in_s=st.none() | st.integers(2, 7),
    out_s=st.none() | st.integers(3, 8),
    count=st.none() | st.integers(0, 10),
    breaths=st.none() | st.integers(1, 20),
    side=st.none() | st.sampled_from(Side),
    routine=st.just("test"),
    exercise=st.just("first_movement"),
)
intents = st.sampled_from(Intent)
moments_s = st.floats(0, 25) | st.sampled_from([0.0, 0.5, 3.0, 5.0, 10.0])

GOING_ALONG = {
    Phase.IDLE: Intent.START_ROUTINE,
    Phase.DONE: Intent.START_ROUTINE,
    Phase.EXPLAINING: Intent.READY,
    Phase.WAITING: Intent.READY,
    Phase.REP: Intent.DONE,
    Phase.PAUSED: Intent.RESUME,
    Phase.ASKING: Intent.NO,
}
HARMLESS = frozenset(
    {
        Intent.READY,
        Intent.START,
        Intent.RESUME,
        Intent.PAUSE,
        Intent.STOP,
        Intent.FINISH,
        Intent.NO,
        Intent.CANCEL,
        Intent.NOT_YET,
        Intent.MORE_REST,
        Intent.SKIP_REST,
        Intent.SLOWER,
        Intent.FASTER,
        Intent.EMERGENCY,
        Intent.CHOOSE_SIDE,
        *(i for i in Intent if not any(row.to for (_, x), row in TABLE.items() if x is i)),
    }
) - {Intent.HOLD_LONGER, Intent.HOLD_SHORTER, Intent.CHOOSE_SIDE}
"""What neither leaves out nor adds any work."""


class AnySession(RuleBasedStateMachine):
    """A coach in its room, any routine, anybody saying anything at any time."""

    vocabulary = intents
    welcomes = False

    @initialize(
        routine=routines,
        tick_lag_s=st.sampled_from([0.0, 0.0, 0.07, 0.4]),
        finish_lag_s=st.sampled_from([0.0, 0.0, 0.05, 0.6]),
        is_started=st.sampled_from([True, True, True, False]),
        easier=st.none() | doses(),
    )
    def room_is_opened(
        self,
        routine: list[Dose],
        tick_lag_s: float,
        finish_lag_s: float,
        is_started: bool,
        easier: Dose | None,
    ) -> None:
        self.routine = routine
        library = library_of(*routine)
        if easier is not None:
            library = at_level(with_forms(library, easier, routine[0], knees=1), 2)
        self.rig = Rig(
            library,
            voice=even_spoken_s,
            tick_lag_s=tick_lag_s,
            finish_lag_s=finish_lag_s,
            welcomes=self.welcomes,
        )
        if is_started:
            self.rig.start()

    # Rules -----------------------------------------------------------------------------------

    @rule(seconds=moments_s)
    def time_passes(self, seconds: float) -> None:
        self.rig.run(seconds)

    @rule(data=st.data(), slots=slots)
    def something_is_said(self, data: st.DataObject, slots: Slots) -> None:
        self.say(data.draw(self.vocabulary), slots)

    @rule()
    def person_goes_along(self) -> None:
        """The word that the session waits for, where it waits for one."""
        word = GOING_ALONG.get(self.rig.phase)
        if word is None or (word is Intent.DONE and self.rig.coach.next_deadline is not None):
            self.rig.run(1.0)
        else:
            self.say(word, Slots(routine="test"))

    @precondition(lambda self: self.rig.coach.next_deadline is not None)
    @rule(
        share=st.floats(0, 1),
        word=st.sampled_from([Intent.PAUSE, Intent.STOP, Intent.FINISH, Intent.EMERGENCY]),
    )
    def person_interrupts(self, share: float, word: Intent) -> None:
        """Somewhere in the middle of what is under way."""
        self.rig.run(share * (self.rig.left_s or 0.0))
        self.say(word, Slots())

    @precondition(lambda self: self.rig.phase is Phase.HOLD)
    @rule(seconds=st.floats(3, 6), word=st.sampled_from([Intent.WHICH_SET, Intent.REPS_LEFT]))
    def question_is_asked_before_the_end(self, seconds: float, word: Intent) -> None:
        self.rig.run_to(max(self.rig.now, (self.rig.coach.next_deadline or 0.0) - seconds))
        self.say(word, Slots())

    @precondition(lambda self: self.rig.phase in TIMED)
    @rule(seconds=st.floats(-5, 0.3))
    def deadline_comes_near(self, seconds: float) -> None:
        deadline = self.rig.coach.next_deadline
        if deadline is not None:
            self.rig.run_to(max(self.rig.now, deadline + seconds))

    @rule()
    def clock_ticks_early(self) -> None:
        before = self.where()
        deadline = self.rig.coach.next_deadline
        actions = self.rig.send(Tick(at=self.rig.now))
        if deadline is None or deadline > self.rig.now:
            assert actions == []
            assert self.where() == before

    @rule(
        event=st.sampled_from(
            [
                NotUnderstood,
                MicrophoneReturned,
                MicrophoneLost,
                LoudspeakerReturned,
                LoudspeakerLost,
                *(partial(MicrophoneFault, fault=fault) for fault in (None, *Fault)),
            ]
        )
    )
    def room_does_something(self, event: Callable[..., Event]) -> None:
        self.rig.run(0)
        self.rig.send(event(at=self.rig.now))

    @precondition(lambda self: self.rig.sounds)
    @rule(data=st.data())
    def end_of_a_sound_is_told_again(self, data: st.DataObject) -> None:
        over = [s for s in self.rig.sounds if s.end_s < self.rig.now - 1]
        if over:
            sound = data.draw(st.sampled_from(over))
            self.meet_deadlines()
            before = self.where()
            event = PlaybackFinished(at=self.rig.now, playback_id=sound.playback_id)
            assert self.rig.send(event) == []
            assert self.where() == before

    # Sayings ---------------------------------------------------------------------------------

    def meet_deadlines(self) -> None:
        self.rig.send(Tick(at=self.rig.now))

    def where(self) -> tuple:
        view = self.rig.coach.view(self.rig.now)
        return (
            (view.phase, view.exercise, view.side, view.set_no, view.rep_no),
            self.rig.coach.next_deadline,
        )

    def say(self, intent: Intent, slots: Slots) -> None:
        rig = self.rig
        self.meet_deadlines()
        before = self.where()
        row = TABLE[rig.phase, intent]
        was = rig.phase
        actions = rig.coach.handle(Heard(at=rig.now, intent=intent, slots=slots))
        assert rig.phase in row.to | {was}
        changes_length = {
            *(Intent.HOLD_LONGER, Intent.HOLD_SHORTER, Intent.MORE_REST, Intent.NOT_YET),
            *(Intent.BREATHE_SLOWER, Intent.BREATHE_FASTER, Intent.BREATH_PATTERN),
        }
        asks_anew = was is Phase.ASKING
        if not row.to and intent not in changes_length and not asks_anew:
            assert self.where() == before
        rig.carry_out(actions)
        if intent is Intent.STOP:
            assert [a for a in actions if not isinstance(a, Record)] == [Cancel()]
            self.assert_silent_from(rig.now)

    def assert_silent_from(self, at_s: float) -> None:
        assert [s for s in self.rig.sounds if s.end_s > at_s] == []
        assert self.rig.coach.next_deadline is None

    # Invariants ------------------------------------------------------------------------------

    @invariant()
    def deadlines_stand_only_in_timed_phases(self) -> None:
        if self.rig.coach.next_deadline is not None:
            assert self.rig.phase in TIMED

    @invariant()
    def one_prompt_at_a_time(self) -> None:
        speech = self.rig.speech(self.rig.now - 60)
        for before, after in pairwise(speech):
            assert before.end_s <= after.start_s + 1e-6, (before, after)

    @invariant()
    def breaths_follow_each_other_and_end_with_the_hold(self) -> None:
        rig = self.rig
        breaths = [s for s in rig.heard(rig.now - 60) if isinstance(s.what, Breathe)]
        for before, after in pairwise(breaths):
            assert before.end_s <= after.start_s + 1e-6, (before, after)
        deadline = rig.coach.next_deadline
        if rig.phase is Phase.HOLD and deadline is not None:
            coming = [s for s in breaths if s.end_s > rig.now]
            assert all(s.end_s <= deadline + 1e-6 for s in coming)
            if coming:
                assert coming[-1].what.air is Air.OUT

    @invariant()
    def nothing_is_said_in_a_countdown(self) -> None:
        rig = self.rig
        deadline = rig.coach.next_deadline
        view = rig.coach.view(rig.now)
        if rig.phase is not Phase.HOLD or deadline is None or view.left_s is None:
            return
        began = next(f for f in reversed(rig.facts(PhaseEntered)) if f.phase is Phase.HOLD)
        ticks = [
            s for s in rig.sounds if s.what is Tone.TICK and began.at_s <= s.start_s < deadline
        ]
        if not ticks:
            return
        quiet_from_s = max(deadline - COUNTDOWN_S, began.at_s)
        assert [
            s
            for s in rig.speech(rig.now - 60)
            if s.end_s > quiet_from_s + 1e-6 and s.start_s < deadline
        ] == []

    def teardown(self) -> None:
        rig = getattr(self, "rig", None)
        if rig is None:
            return
        assert_held_time_is_exact(rig)
        if rig.phase is Phase.ASKING:
            rig.run_until(Phase.PAUSED, *INACTIVE)
        if rig.phase is not Phase.IDLE:
            rig.play_through(within_s=7200)
            assert rig.phase is Phase.DONE
            assert_held_time_is_exact(rig)


def assert_held_time_is_exact(rig: Rig) -> None:
    """The time that was spent in HOLD, hold by hold, is what was recorded as held."""
    held_s = 0.0
    entered: PhaseEntered | None = None
    for _, action in rig.orders:
        if not isinstance(action, Record):
            continue
        match action.fact:
            case PhaseEntered() as fact:
                if entered is not None:
                    held_s += fact.at_s - entered.at_s
                entered = fact if fact.phase is Phase.HOLD else None
            case HoldEnded() as fact:
                if entered is not None:
                    held_s += fact.at_s - entered.at_s
                entered = None
                assert abs(fact.held_s - held_s) < 1e-6, (fact, held_s)
                if fact.completed:
                    assert abs(fact.held_s - fact.planned_s) < 1e-6
                held_s = 0.0


class NewcomersSession(AnySession):
    """Somebody of whom nothing is known: questions stand before the first routine."""

    welcomes = True


class PatientSession(AnySession):
    """Somebody who says much, but neither skips nor changes any work."""

    vocabulary = st.sampled_from(sorted(HARMLESS))

    @invariant()
    def nothing_is_left_half_done(self) -> None:
        assert all(h.completed for h in self.rig.holds)

    def teardown(self) -> None:
        super().teardown()
        rig = getattr(self, "rig", None)
        if rig is None or rig.phase is Phase.IDLE:
            return
        sessions = sum(1 for f in rig.facts(PhaseEntered) if f.phase is Phase.DONE)
        for number, dose in enumerate(self.routine):
            name = list(rig.library.exercises)[number]
            held = [h for h in rig.holds if h.exercise == name]
            if dose.work_s is None or dose.tempo is not None:
                assert held == []
                continue
            on_one_side = sum(dose.set_reps)
            for side in (None,) if dose.sides is Sides.NONE else Side:
                mine = [h for h in held if h.side is side]
                if dose.hold_breaths is None:
                    assert [h.held_s for h in mine] == [dose.work_s] * on_one_side * sessions
                    continue
                # A pause takes up a broken breath anew, a pattern changes the length; the number
                # of breaths is the dose, and is not counted where the cues were stopped.
                assert len(mine) == on_one_side * sessions
                assert {h.breaths for h in mine} <= {dose.hold_breaths, None}


TestAnySession = AnySession.TestCase
TestAnySession.settings = CALM
TestPatientSession = PatientSession.TestCase
TestPatientSession.settings = CALM
TestNewcomersSession = NewcomersSession.TestCase
TestNewcomersSession.settings = CALM
