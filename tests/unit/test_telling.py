"""A routine told by voice: told, read back, kept, started, deleted."""

import pytest
from coach_rig import LINES, Rig, library_of

from assistant.coach.actions import DeleteRoutine, KeepRoutine, ScreeningAnswered
from assistant.coach.events import RoutineNotStored
from assistant.coach.intents import Intent, Slots
from assistant.coach.phases import Phase
from assistant.coach.profile import NOBODY
from assistant.coach.telling import MOST_MOVEMENTS, MOST_OWN, own_id, own_names, told_dose
from assistant.library import Dose, Library, Mode, Routine, Sides, Step, with_item
from assistant.library.models import Contraindication

FIRST, SECOND = "first_movement", "second_movement"


@pytest.fixture
def rig() -> Rig:
    return Rig(library_of(Dose(hold_s=20, sets=(3, 1)), Dose(hold_s=5, sides=Sides.ALTERNATE)))


def kept(rig: Rig) -> list[Routine]:
    return [a.routine for _, a in rig.orders if isinstance(a, KeepRoutine)]


def tell(rig: Rig) -> None:
    """Two movements, up to the question whether to keep it."""
    rig.hear(Intent.MAKE_ROUTINE)
    rig.hear(Intent.ADD_MOVEMENT, exercise=FIRST, count=3, seconds=10)
    rig.hear(Intent.ADD_MOVEMENT, exercise=SECOND)
    rig.hear(Intent.THAT_IS_ALL)


def test_told_movements_and_doses_become_a_routine(rig: Rig) -> None:
    tell(rig)
    rig.hear(Intent.YES)
    (routine,) = kept(rig)
    assert (routine.id, routine.name) == ("my_routine_1", "routine one")
    assert [step.exercise for step in routine.steps] == [FIRST, SECOND]
    dose = routine.steps[0].dose
    assert dose is not None
    assert (dose.set_reps, dose.hold_s) == ((3,), 10)
    assert routine.steps[1].dose is None  # the usual dose, which may grow
    assert rig.phase is Phase.IDLE


def test_each_movement_is_read_back_and_all_of_them_before_the_question(rig: Rig) -> None:
    rig.hear(Intent.MAKE_ROUTINE)
    assert rig.last_words == "Which movement comes first?"
    rig.hear(Intent.ADD_MOVEMENT, exercise=FIRST, count=3, seconds=10)
    first = "First movement, 3 reps of 10 seconds."
    assert rig.last_words == f"{first} Which movement comes after that?"
    rig.hear(Intent.ADD_MOVEMENT, exercise=SECOND, breaths=1, count=1)
    rig.hear(Intent.THAT_IS_ALL)
    assert rig.last_words == f"{first} Second movement, 1 breath. Shall I keep this as routine one?"


def test_a_dose_alone_is_that_of_the_movement_before(rig: Rig) -> None:
    rig.hear(Intent.MAKE_ROUTINE, exercise=SECOND)
    rig.hear(Intent.SET_DOSE, count=4)
    rig.hear(Intent.SET_DOSE, breaths=3)
    assert rig.last_words.startswith("Second movement, 4 reps of 3 breaths.")
    rig.hear(Intent.DONE)
    rig.hear(Intent.YES)
    dose = kept(rig)[0].steps[0].dose
    assert dose is not None
    assert (dose.reps, dose.hold_breaths, dose.hold_s, dose.sides) == (4, 3, None, Sides.ALTERNATE)


def test_a_told_routine_can_be_started_at_once_and_holds_as_told(rig: Rig) -> None:
    tell(rig)
    rig.hear(Intent.YES)
    rig.hear(Intent.START_OWN)
    assert rig.phase is Phase.EXPLAINING
    assert "Routine one" in rig.last_words
    rig.play_through()
    assert [(h.exercise, h.held_s) for h in rig.holds] == [
        *[(FIRST, 10.0)] * 3,
        *[(SECOND, 5.0)] * 2,
    ]


def test_of_several_own_routines_it_asks_which(rig: Rig) -> None:
    for _ in range(2):
        tell(rig)
        rig.hear(Intent.YES)
    rig.hear(Intent.START_OWN)
    assert rig.last_words == "Which one? Say start, then routine one or routine two."
    rig.hear(Intent.START_ROUTINE, routine=own_id(2))
    assert rig.phase is Phase.EXPLAINING


def test_a_name_that_nothing_was_kept_under_is_answered(rig: Rig) -> None:
    rig.hear(Intent.START_ROUTINE, routine=own_id(3))
    assert rig.phase is Phase.IDLE
    assert rig.last_words == "There is none yet. Say make a routine."


def test_another_number_is_taken_and_one_in_use_asked_about_first(rig: Rig) -> None:
    tell(rig)
    rig.hear(Intent.NUMBER, count=2)
    assert [r.id for r in kept(rig)] == [own_id(2)]
    tell(rig)
    assert rig.last_words.endswith("Shall I keep this as routine one?")
    rig.hear(Intent.NUMBER, count=2)
    assert rig.last_words == "Shall this replace routine two?"
    assert len(kept(rig)) == 1
    rig.hear(Intent.YES)
    assert [r.id for r in kept(rig)] == [own_id(2)] * 2


def test_a_number_beyond_the_last_is_explained(rig: Rig) -> None:
    tell(rig)
    rig.hear(Intent.NUMBER, count=9)
    assert rig.last_words.startswith(f"Say a number from one to {MOST_OWN}.")
    assert kept(rig) == []


def test_with_all_numbers_in_use_it_asks_which_to_replace(rig: Rig) -> None:
    for _ in range(MOST_OWN):
        tell(rig)
        rig.hear(Intent.YES)
    tell(rig)
    rig.hear(Intent.YES)
    assert rig.last_words == f"Say a number from one to {MOST_OWN}."
    rig.hear(Intent.NUMBER, count=3)
    rig.hear(Intent.YES)
    assert kept(rig)[-1].id == own_id(3)


def test_a_name_that_a_file_of_the_persons_has_is_passed_over() -> None:
    library = library_of(Dose(hold_s=20), Dose(hold_s=5))
    mine = library.routines["test"].model_copy(update={"aliases": ("routine one",)})
    rig = Rig(with_item(library, mine))
    tell(rig)
    assert rig.last_words.endswith("Shall I keep this as routine two?")
    rig.hear(Intent.NUMBER, count=1)
    assert rig.last_words.startswith("Say a number from one to")
    rig.hear(Intent.YES)
    assert [r.id for r in kept(rig)] == [own_id(2)]


def test_no_keeps_nothing(rig: Rig) -> None:
    tell(rig)
    rig.hear(Intent.NO)
    assert kept(rig) == []
    rig.hear(Intent.MAKE_ROUTINE)
    assert rig.last_words == "Which movement comes first?"


def test_cancel_takes_the_last_movement_out_and_then_leaves(rig: Rig) -> None:
    rig.hear(Intent.MAKE_ROUTINE, exercise=FIRST)
    rig.hear(Intent.CANCEL)
    assert rig.last_words == "First movement is out again. Which movement comes first?"
    rig.hear(Intent.CANCEL)
    assert rig.phase is Phase.IDLE


@pytest.mark.parametrize("word", [Intent.DONE, Intent.FINISH, Intent.NO, Intent.THAT_IS_ALL])
def test_every_word_for_enough_closes_it(rig: Rig, word: Intent) -> None:
    rig.hear(Intent.MAKE_ROUTINE, exercise=FIRST)
    rig.hear(word)
    assert rig.last_words.endswith("Shall I keep this as routine one?")


def test_naming_a_movement_as_if_to_start_it_adds_it(rig: Rig) -> None:
    rig.hear(Intent.MAKE_ROUTINE)
    rig.hear(Intent.START_EXERCISE, exercise=FIRST)
    assert rig.phase is Phase.ASKING
    assert rig.last_words.startswith("First movement, with its usual dose.")


@pytest.mark.parametrize("interruption", [Intent.STOP, Intent.PAUSE, None])
def test_what_was_told_is_still_there_after_an_interruption(
    rig: Rig, interruption: Intent | None
) -> None:
    rig.hear(Intent.MAKE_ROUTINE, exercise=FIRST)
    if interruption is None:
        rig.run_until(Phase.IDLE)
    else:
        rig.hear(interruption)
    assert rig.phase is Phase.IDLE
    rig.hear(Intent.MAKE_ROUTINE)
    assert rig.last_words == (
        "This is what I have. First movement, with its usual dose. Which movement comes after that?"
    )


def test_a_routine_has_an_end(rig: Rig) -> None:
    rig.hear(Intent.MAKE_ROUTINE)
    for _ in range(MOST_MOVEMENTS):
        rig.hear(Intent.ADD_MOVEMENT, exercise=FIRST)
    assert rig.last_words.startswith("That is as long as a routine gets.")
    rig.hear(Intent.YES)
    assert len(kept(rig)[0].steps) == MOST_MOVEMENTS


def test_deleting_asks_first_and_leaves_the_others(rig: Rig) -> None:
    tell(rig)
    rig.hear(Intent.YES)
    rig.hear(Intent.DELETE_ROUTINE)
    assert rig.last_words == "Shall I delete routine one?"
    rig.hear(Intent.NO)
    assert rig.last_words == "Nothing is deleted."
    rig.hear(Intent.DELETE_ROUTINE, routine=own_id(1))
    rig.hear(Intent.YES)
    assert [a for _, a in rig.orders if isinstance(a, DeleteRoutine)] == [DeleteRoutine(own_id(1))]
    rig.hear(Intent.START_OWN)
    assert rig.last_words == "There is none yet. Say make a routine."
    rig.hear(Intent.LIST_ROUTINES)
    assert rig.last_words == "There are test routine."


def test_what_was_not_told_is_not_deleted_by_voice(rig: Rig) -> None:
    tell(rig)
    rig.hear(Intent.YES)
    rig.hear(Intent.DELETE_ROUTINE, routine="test")
    assert rig.last_words == "I delete only routines that were told to me."


def test_of_several_it_asks_which_to_delete(rig: Rig) -> None:
    for _ in range(2):
        tell(rig)
        rig.hear(Intent.YES)
    rig.hear(Intent.DELETE_ROUTINE)
    assert rig.last_words == "Which one? Say delete, then routine one or routine two."


def test_a_routine_that_could_not_be_saved_is_told(rig: Rig) -> None:
    tell(rig)
    rig.hear(Intent.YES)
    rig.send(RoutineNotStored(at=rig.now))
    assert rig.last_words == "I could not save that. It lasts until I end."


def test_in_a_session_no_routine_is_told(rig: Rig) -> None:
    rig.start()
    rig.hear(Intent.MAKE_ROUTINE)
    assert rig.last_words == "A session is running. Say finish to end it."
    assert rig.phase is Phase.EXPLAINING


def test_a_told_dose_keeps_the_sides_and_rests_of_the_usual_one() -> None:
    usual = Dose(hold_breaths=3, sides=Sides.PER_SET, switch_s=9, sets=2, reps=4)
    told = told_dose(usual, Slots(seconds=12))
    assert told == Dose(hold_s=12, sides=Sides.PER_SET, switch_s=9, sets=1, reps=4)


def test_seconds_make_a_hold_of_repetitions() -> None:
    usual = Dose(mode=Mode.REPS, reps=8, tempo={"up_s": 2, "down_s": 2})
    assert told_dose(usual, Slots(seconds=10)) == Dose(hold_s=10, reps=8)
    assert told_dose(usual, Slots(count=5)).tempo == usual.tempo


def test_every_number_has_a_name_that_is_an_id_of_a_file() -> None:
    names = own_names(LINES)
    assert len(names) == MOST_OWN
    for name, id_ in names.items():
        Routine(id=id_, name=name, summary="It can be.", steps=(Step(exercise="plank"),))


def test_told_routine_leaves_out_what_does_not_suit_the_person() -> None:
    library = library_of(Dose(hold_s=20), Dose(hold_s=5))
    reason = Contraindication(tag="knee_trouble", say="It bends the knees deeply.")
    first = library.exercises[FIRST].model_copy(update={"contraindications": (reason,)})
    library = Library({**library.exercises, FIRST: first}, library.routines)
    answer = ScreeningAnswered(0.0, "knee_trouble", is_so=True)
    rig = Rig(library, profile=NOBODY.after(answer, 0.0))
    tell(rig)
    rig.hear(Intent.YES)
    rig.hear(Intent.START_OWN)
    words = rig.last_words
    assert "It bends the knees deeply." in words
    assert "Second movement" in words
