"""The transition table against real sessions: every phase and intent, tried for what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
from coach_rig import Rig, at_level, levelled, library_of, practised, with_forms

from assistant.coach import View, screening
from assistant.coach.actions import Action, Cancel, Play, Record, Say
from assistant.coach.events import ClockSet, Heard
from assistant.coach.intents import NO_SLOTS, Intent, Side, Slots
from assistant.coach.phases import INACTIVE, TIMED, Phase
from assistant.coach.profile import Profile
from assistant.coach.table import BY_ITSELF, TABLE
from assistant.library import Dose, Library, Sides

LIBRARY = library_of(
    Dose(hold_s=30, reps=2, sets=2, sides=Sides.PER_SET),
    Dose(mode="reps", reps=2),
    Dose(hold_s=8),
)
ENDING = library_of(Dose(hold_s=8))
LEVELLED = levelled(Dose(hold_s=8), Dose(hold_s=10))
NOON_S = 1_768_219_200.0
EARNED = practised(2, until_utc_s=NOON_S)
FORMS = at_level(
    with_forms(library_of(Dose(hold_s=8)), Dose(hold_s=3, reps=2), Dose(hold_s=8, reps=2), knees=1),
    2,
)
LAST_OF_FORMS = at_level(
    with_forms(library_of(Dose(hold_s=8)), Dose(hold_s=3), Dose(hold_s=8), knees=1), 2
)


def idle(library: Library = LIBRARY) -> Rig:
    return Rig(library)


def explaining() -> Rig:
    rig = idle()
    rig.start()
    rig.run(1)
    return rig


def waiting() -> Rig:
    rig = explaining()
    rig.run_until(Phase.WAITING)
    return rig


def lead_in() -> Rig:
    rig = waiting()
    rig.hear(Intent.READY)
    rig.run(1)
    return rig


def lead_in_after_a_pause() -> Rig:
    rig = hold()
    rig.hear(Intent.PAUSE)
    rig.hear(Intent.RESUME)
    rig.run(1)
    return rig


def hold(library: Library = LIBRARY) -> Rig:
    rig = idle(library)
    rig.hold()
    rig.run(4.25)
    return rig


def last_hold() -> Rig:
    return hold(ENDING)


def countdown() -> Rig:
    rig = hold()
    rig.run(23.5)
    return rig


def rep() -> Rig:
    rig = hold()
    rig.hear(Intent.NEXT)
    rig.hold()
    rig.run(3)
    return rig


def rest() -> Rig:
    rig = hold()
    rig.run_until(Phase.REST)
    rig.run(1)
    return rig


def rest_after_a_movement() -> Rig:
    rig = rep()
    rig.hear(Intent.DONE)
    rig.run_until(Phase.REP)
    rig.hear(Intent.DONE)
    rig.run(1)
    return rig


def paused() -> Rig:
    rig = hold()
    rig.hear(Intent.PAUSE)
    rig.run(6)
    return rig


def paused_while_waiting() -> Rig:
    rig = waiting()
    rig.hear(Intent.PAUSE)
    return rig


def paused_in_a_rest() -> Rig:
    rig = rest()
    rig.hear(Intent.PAUSE)
    return rig


def paused_in_a_lead_in() -> Rig:
    rig = lead_in_after_a_pause()
    rig.hear(Intent.PAUSE)
    return rig


def paused_in_the_explanation() -> Rig:
    rig = explaining()
    rig.hear(Intent.PAUSE)
    return rig


def paused_in_a_repetition() -> Rig:
    rig = rep()
    rig.hear(Intent.PAUSE)
    return rig


def asking_in_the_explanation() -> Rig:
    rig = explaining()
    rig.hear(Intent.FINISH)
    return rig


def asking_while_waiting() -> Rig:
    rig = waiting()
    rig.hear(Intent.FINISH)
    return rig


def asking_in_a_rest() -> Rig:
    rig = rest()
    rig.hear(Intent.FINISH)
    return rig


def asking_in_a_repetition() -> Rig:
    rig = rep()
    rig.hear(Intent.FINISH)
    return rig


def asking_for_pain_with_more_to_come() -> Rig:
    rig = hold()
    rig.hear(Intent.PAIN)
    return rig


def asking_to_finish() -> Rig:
    rig = hold()
    rig.hear(Intent.FINISH)
    rig.run(1)
    return rig


def asking_for_pain() -> Rig:
    rig = last_hold()
    rig.hear(Intent.PAIN)
    return rig


def asking_from_a_pause() -> Rig:
    rig = paused()
    rig.hear(Intent.FINISH)
    return rig


def telling() -> Rig:
    rig = idle()
    rig.hear(Intent.MAKE_ROUTINE)
    return rig


def telling_more() -> Rig:
    rig = telling()
    rig.hear(Intent.ADD_MOVEMENT, exercise="first_movement")
    return rig


def telling_after_a_session() -> Rig:
    rig = done()
    rig.hear(Intent.MAKE_ROUTINE)
    return rig


def asking_to_keep_routine() -> Rig:
    rig = telling_more()
    rig.hear(Intent.THAT_IS_ALL)
    return rig


def asking_to_keep_after_a_session() -> Rig:
    rig = telling_after_a_session()
    rig.hear(Intent.ADD_MOVEMENT, exercise="first_movement")
    rig.hear(Intent.THAT_IS_ALL)
    return rig


def idle_with_a_routine() -> Rig:
    rig = asking_to_keep_routine()
    rig.hear(Intent.YES)
    return rig


def asking_to_delete() -> Rig:
    rig = idle_with_a_routine()
    rig.hear(Intent.DELETE_ROUTINE)
    return rig


def asking_what_to_do_after_pain() -> Rig:
    rig = asking_for_pain_with_more_to_come()
    rig.hear(Intent.NUMBER, count=5)
    return rig


def asking_what_to_do_after_pain_at_the_end() -> Rig:
    rig = asking_for_pain()
    rig.hear(Intent.NUMBER, count=5)
    return rig


def asking_about_a_warning_sign() -> Rig:
    rig = asking_for_pain()
    rig.hear(Intent.NUMBER, count=8)
    return rig


def asking_for_pain_where_nothing_runs() -> Rig:
    rig = idle()
    rig.hear(Intent.PAIN)
    return rig


def asking_for_pain_after_a_session() -> Rig:
    rig = done()
    rig.hear(Intent.PAIN)
    return rig


def asking_about_a_warning_sign_where_nothing_runs() -> Rig:
    rig = asking_for_pain_where_nothing_runs()
    rig.hear(Intent.NUMBER, count=8)
    return rig


def asking_about_a_warning_sign_after_a_session() -> Rig:
    rig = asking_for_pain_after_a_session()
    rig.hear(Intent.NUMBER, count=8)
    return rig


def asking_whether_to_begin_the_introduction() -> Rig:
    rig = Rig(LIBRARY, welcomes=True)
    rig.listen()
    return rig


def asking_what_to_leave_out() -> Rig:
    rig = Rig(LIBRARY, welcomes=True)
    rig.start()
    return rig


def asking_whether_to_begin() -> Rig:
    rig = Rig(LIBRARY, profile=Profile(introduction="beginning"))
    rig.hear(Intent.INTRODUCTION)
    return rig


def asking_whether_to_begin_after_a_session() -> Rig:
    rig = done()
    rig.hear(Intent.INTRODUCTION)
    rig.hear(Intent.YES)
    for _ in screening.TAGS:
        rig.hear(Intent.NO)
    rig.hear(Intent.NEXT)
    return rig


def _cut_off(rig: Rig) -> Rig:
    return Rig(rig.library, profile=rig.known())


def idle_with_a_session_cut_off() -> Rig:
    return _cut_off(explaining())


def idle_with_a_session_cut_off_in_a_movement() -> Rig:
    return _cut_off(rest())


def asking_whether_to_take_up() -> Rig:
    rig = idle_with_a_session_cut_off()
    rig.listen()
    return rig


def asking_whether_to_take_up_in_a_movement() -> Rig:
    rig = idle_with_a_session_cut_off_in_a_movement()
    rig.listen()
    return rig


def newcomer() -> Rig:
    return Rig(LIBRARY, welcomes=True)


def hold_with_forms() -> Rig:
    """In a hold that is longer by now than the easier form's."""
    return hold(FORMS)


def last_hold_with_forms() -> Rig:
    return hold(LAST_OF_FORMS)


def lowest_form() -> Rig:
    rig = idle(at_level(FORMS, 1))
    rig.hold()
    return rig


def rest_before_the_last_repetition() -> Rig:
    rig = hold(library_of(Dose(mode="reps", reps=2)))
    rig.hear(Intent.DONE)
    rig.run(1)
    return rig


def asking_to_keep() -> Rig:
    rig = last_hold()
    rig.hear(Intent.HOLD_LONGER)
    rig.run_until(Phase.DONE)
    rig.run_until(Phase.ASKING)
    return rig


def done() -> Rig:
    rig = last_hold()
    rig.run_until(Phase.DONE)
    return rig


def asking_for_a_step_up() -> Rig:
    rig = Rig(LEVELLED, profile=EARNED)
    rig.send(ClockSet(at=rig.now, utc_s=NOON_S))
    rig.start()
    rig.play_through()
    rig.run_until(Phase.ASKING)
    return rig


SITUATIONS: dict[Callable[[], Rig], Phase] = {
    idle: Phase.IDLE,
    explaining: Phase.EXPLAINING,
    waiting: Phase.WAITING,
    lead_in: Phase.LEAD_IN,
    lead_in_after_a_pause: Phase.LEAD_IN,
    hold: Phase.HOLD,
    last_hold: Phase.HOLD,
    countdown: Phase.HOLD,
    rep: Phase.REP,
    rest: Phase.REST,
    rest_after_a_movement: Phase.REST,
    paused: Phase.PAUSED,
    paused_while_waiting: Phase.PAUSED,
    paused_in_a_rest: Phase.PAUSED,
    paused_in_a_lead_in: Phase.PAUSED,
    paused_in_the_explanation: Phase.PAUSED,
    paused_in_a_repetition: Phase.PAUSED,
    asking_in_the_explanation: Phase.ASKING,
    asking_while_waiting: Phase.ASKING,
    asking_in_a_rest: Phase.ASKING,
    asking_in_a_repetition: Phase.ASKING,
    asking_for_pain_with_more_to_come: Phase.ASKING,
    asking_to_finish: Phase.ASKING,
    asking_for_pain: Phase.ASKING,
    asking_from_a_pause: Phase.ASKING,
    asking_for_a_step_up: Phase.ASKING,
    telling: Phase.ASKING,
    telling_more: Phase.ASKING,
    telling_after_a_session: Phase.ASKING,
    asking_to_keep_routine: Phase.ASKING,
    asking_to_keep_after_a_session: Phase.ASKING,
    idle_with_a_routine: Phase.IDLE,
    asking_to_delete: Phase.ASKING,
    asking_what_to_do_after_pain: Phase.ASKING,
    asking_what_to_do_after_pain_at_the_end: Phase.ASKING,
    asking_about_a_warning_sign: Phase.ASKING,
    asking_for_pain_where_nothing_runs: Phase.ASKING,
    asking_for_pain_after_a_session: Phase.ASKING,
    asking_about_a_warning_sign_where_nothing_runs: Phase.ASKING,
    asking_about_a_warning_sign_after_a_session: Phase.ASKING,
    asking_whether_to_begin_the_introduction: Phase.ASKING,
    asking_what_to_leave_out: Phase.ASKING,
    asking_whether_to_begin: Phase.ASKING,
    asking_whether_to_begin_after_a_session: Phase.ASKING,
    newcomer: Phase.IDLE,
    idle_with_a_session_cut_off: Phase.IDLE,
    idle_with_a_session_cut_off_in_a_movement: Phase.IDLE,
    asking_whether_to_take_up: Phase.ASKING,
    asking_whether_to_take_up_in_a_movement: Phase.ASKING,
    hold_with_forms: Phase.HOLD,
    last_hold_with_forms: Phase.HOLD,
    lowest_form: Phase.HOLD,
    rest_before_the_last_repetition: Phase.REST,
    asking_to_keep: Phase.ASKING,
    done: Phase.DONE,
}

SIDES = tuple(Slots(side=side) for side in Side)
SLOTS: dict[Intent, tuple[Slots, ...]] = {
    Intent.START_ROUTINE: (Slots(routine="test"), NO_SLOTS),
    Intent.START_EXERCISE: (Slots(exercise="first_movement"), NO_SLOTS),
    Intent.START_LENGTH: (Slots(seconds=600), NO_SLOTS),
    Intent.LONGEST_HOLD: (Slots(exercise="first_movement"), NO_SLOTS),
    Intent.MORE_REST: (NO_SLOTS, Slots(seconds=20)),
    Intent.HOLD_LONGER: (NO_SLOTS, Slots(seconds=20)),
    Intent.HOLD_SHORTER: (NO_SLOTS, Slots(seconds=29)),
    Intent.CHOOSE_SIDE: (*SIDES, NO_SLOTS),
    Intent.ONLY_SIDE: (*SIDES, NO_SLOTS),
    Intent.BREATHE: (NO_SLOTS, Slots(seconds=60)),
    Intent.BREATH_PATTERN: (NO_SLOTS, Slots(in_s=4, out_s=6)),
    Intent.MAKE_ROUTINE: (NO_SLOTS, Slots(exercise="first_movement")),
    Intent.ADD_MOVEMENT: (Slots(exercise="first_movement", count=3, seconds=10), NO_SLOTS),
    Intent.SET_DOSE: (Slots(breaths=3), NO_SLOTS),
    Intent.DELETE_ROUTINE: (NO_SLOTS, Slots(routine="test")),
    Intent.REDO_SIDE: (*SIDES, NO_SLOTS),
    Intent.NUMBER: (NO_SLOTS, Slots(count=2), Slots(count=5), Slots(count=9)),
    Intent.REMIND_EVERY: (NO_SLOTS, Slots(minutes=120)),
    Intent.REMIND_IN: (NO_SLOTS, Slots(minutes=20)),
    Intent.REMIND_AT: (NO_SLOTS, Slots(clock=480)),
    Intent.REMIND_DAILY: (NO_SLOTS, Slots(clock=480)),
    Intent.NO_REMINDERS: (NO_SLOTS, Slots(minutes=60)),
}


@dataclass(frozen=True)
class Place:
    """Where a coach is: what it shows, and when it next does something by itself."""

    view: View
    next_deadline: float | None

    @property
    def phase(self) -> Phase:
        return self.view.phase


@dataclass(frozen=True)
class Said:
    """Something that was said, and what came of it at once."""

    intent: Intent
    slots: Slots
    before: Place
    actions: tuple[Action, ...]
    after: Place


def place_of(rig: Rig) -> Place:
    return Place(rig.coach.view(rig.now), rig.coach.next_deadline)


@cache
def whatever_is_said_in(situation: Callable[[], Rig]) -> tuple[Said, ...]:
    """Each intent, with each of its slots, said in a situation of its own."""
    outcomes = []
    for intent in Intent:
        for slots in SLOTS.get(intent, (NO_SLOTS,)):
            rig = situation()
            before = place_of(rig)
            actions = rig.coach.handle(Heard(at=rig.now, intent=intent, slots=slots))
            outcomes.append(Said(intent, slots, before, tuple(actions), place_of(rig)))
    return tuple(outcomes)


situations = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.__name__)


def test_every_phase_and_intent_has_a_row():
    assert set(TABLE) == {(phase, intent) for phase in Phase for intent in Intent}


def test_every_phase_is_tried():
    assert set(SITUATIONS.values()) == set(Phase)


@situations
def test_situation_is_in_its_phase(situation: Callable[[], Rig]):
    assert situation().phase is SITUATIONS[situation]


@situations
def test_intents_lead_where_the_table_says_and_are_answered(situation: Callable[[], Rig]):
    for said in whatever_is_said_in(situation):
        row = TABLE[said.before.phase, said.intent]
        where = f"{said.intent} with {said.slots} in {situation.__name__}"
        assert said.after.phase in row.to | {said.before.phase}, where
        if said.intent is Intent.STOP:
            # Silence is the answer.
            assert [a for a in said.actions if not isinstance(a, Record)] == [Cancel()], where
        else:
            assert any(isinstance(a, Say | Play) for a in said.actions), where


@situations
def test_row_that_leads_nowhere_keeps_the_place_and_the_clock(situation: Callable[[], Rig]):
    changes_length = {Intent.HOLD_LONGER, Intent.HOLD_SHORTER, Intent.MORE_REST, Intent.NOT_YET}
    for said in whatever_is_said_in(situation):
        intent, phase = said.intent, said.before.phase
        if said.slots != NO_SLOTS or TABLE[phase, intent].to or intent in changes_length:
            continue
        if phase is Phase.ASKING and intent in {Intent.REPEAT, Intent.FINISH}:
            continue  # asked anew, with time to answer
        assert said.after == said.before, intent


@situations
def test_deadline_stands_only_in_timed_phases(situation: Callable[[], Rig]):
    rig = situation()
    assert rig.coach.next_deadline is None or rig.phase in TIMED


def test_every_listed_destination_is_reached_from_some_situation():
    """A phase that a row lists and that nothing leads to would be a lie in the diagram."""
    reached: dict[tuple[Phase, Intent], set[Phase]] = {}
    for situation, phase in SITUATIONS.items():
        for said in whatever_is_said_in(situation):
            reached.setdefault((phase, said.intent), set()).add(said.after.phase)
    unreached = {
        intent: {to for p in phases for to in TABLE[p, intent].to}
        - {to for p in phases for to in reached[p, intent]}
        for intent in Intent
        if (phases := [p for p in Phase if TABLE[p, intent].to])
    }
    assert {intent: left for intent, left in unreached.items() if left} == {}


def test_what_happens_by_itself_is_listed():
    """Sessions that are merely played through move only along listed rows."""
    listed = {(start, to) for start, _, to in BY_ITSELF}
    moves = set()
    for doses in (
        (Dose(hold_s=5, reps=2), Dose(hold_s=5)),
        (Dose(mode="reps", reps=2, tempo={"up_s": 2, "down_s": 2}), Dose(hold_s=5)),
        (Dose(hold_s=5), Dose(mode="reps", tempo={"up_s": 2, "down_s": 2})),
    ):
        rig = Rig(library_of(*doses))
        rig.start()
        while rig.phase is not Phase.DONE:
            before = rig.phase
            if before is Phase.WAITING:
                rig.hear(Intent.READY)
                continue
            while rig.phase is before:
                rig.run(0.5)
            moves.add((before, rig.phase))
    asking = asking_to_finish()
    asking.run_until(Phase.PAUSED)
    moves.add((Phase.ASKING, asking.phase))
    offered = asking_for_a_step_up()
    moves.add((Phase.DONE, offered.phase))
    offered.run_until(Phase.DONE)
    moves.add((Phase.ASKING, offered.phase))
    for start, end in ((telling, Phase.IDLE), (telling_after_a_session, Phase.DONE)):
        asking = start()
        asking.run_until(end)
        moves.add((Phase.ASKING, asking.phase))
    for begun, back in ((idle, Phase.IDLE), (done, Phase.DONE)):
        asking = begun()
        asking.hear(Intent.PAIN)
        asking.run_until(back)
        moves.add((Phase.ASKING, asking.phase))
    keeping = last_hold()
    keeping.hear(Intent.HOLD_LONGER)
    keeping.run_until(Phase.DONE)
    keeping.run_until(Phase.ASKING)
    moves.add((Phase.DONE, keeping.phase))
    keeping.run_until(Phase.DONE)
    moves.add((Phase.ASKING, keeping.phase))
    assert moves == listed


def test_no_session_runs_in_inactive_phases():
    assert {p for p in Phase if TABLE[p, Intent.NEXT].to == frozenset()} == INACTIVE
