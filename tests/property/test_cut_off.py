"""Whatever was said in a session: cut off at any moment, it can be brought to its end."""

from collections import Counter
from random import Random

import pytest
from coach_rig import Rig, even_spoken_s, library_of
from test_coach_machine import GOING_ALONG, HARMLESS

from assistant.coach.actions import HoldEnded, SessionBegan, SessionEnded
from assistant.coach.events import ClockSet
from assistant.coach.intents import Intent, Side, Slots
from assistant.coach.phases import ACTIVE, Phase
from assistant.history.records import Remembered, as_row, is_kept, profile_of, remembered_of
from assistant.library import Dose, Sides, Tempo

NOON = 1_768_219_200.0
STORIES = 90
DOSES = (
    Dose(hold_s=10, reps=2, sets=2, sides=Sides.PER_SET),
    Dose(hold_s=8, reps=2, sides=Sides.ALTERNATE),
    Dose(hold_breaths=2, reps=2),
    Dose(mode="reps", reps=2),
    Dose(mode="reps", reps=3, tempo=Tempo(up_s=2, pause_s=1, down_s=1.5)),
    Dose(hold_s=7.25, sets=(2, 1)),
)


def kept(rig: Rig) -> list[Remembered]:
    """What a file gives back of what was recorded."""
    facts = [fact for fact in rig.recorded() if is_kept(fact)]
    return list(remembered_of(as_row(Remembered(NOON + fact.at_s, fact)) for fact in facts))


def told(draw: Random, words: tuple[Intent, ...]) -> Rig:
    """A session in which a few things are said, up to some moment."""
    rig = Rig(library_of(*draw.sample(DOSES, 2)), voice=even_spoken_s)
    rig.start()
    for _ in range(draw.randrange(16)):
        rig.run(draw.choice((0.0, 3.0, draw.uniform(0.0, 20.0))))
        word = GOING_ALONG.get(rig.phase) if draw.random() < 0.6 else draw.choice(words)
        if word is None or rig.phase not in ACTIVE:
            continue
        slots = Slots(
            seconds=draw.choice((None, 1, 10, 45)),
            count=draw.choice((None, 2, 9)),
            side=draw.choice((None, *Side)),
            routine="test",
            exercise="first_movement",
        )
        rig.hear(word, slots)
    return rig


def cut_off(rig: Rig) -> Rig:
    """The next start of the machine, a minute later."""
    again = Rig(
        rig.library, voice=even_spoken_s, profile=profile_of(kept(rig)), now=rig.now + 3600.0
    )
    again.send(ClockSet(at=again.now, utc_s=NOON + rig.now + 60.0))
    again.listen()
    return again


@pytest.mark.parametrize("block", range(3))
def test_session_that_is_cut_off_anywhere_is_over_once(block: int):
    for number in range(block, STORIES, 3):
        draw = Random(number)
        rig = told(draw, tuple(Intent))
        again = cut_off(rig)
        was_active = rig.phase in ACTIVE and rig.known().place is not None
        if again.phase is Phase.ASKING:
            again.hear(Intent.YES)
            assert again.phase in ACTIVE, number
            again.play_through()
        else:
            assert rig.phase not in ACTIVE or was_active, number
        both = [entry.fact for entry in (*kept(rig), *kept(again))]
        begun = sum(isinstance(fact, SessionBegan) for fact in both)
        assert begun == sum(isinstance(fact, SessionEnded) for fact in both), number
        assert profile_of([*kept(rig), *kept(again)]).place is None, number


def test_patient_person_gets_each_dose_once_however_often_it_is_cut_off():
    """Nothing is left out, and nothing is done twice but the hold that was cut off."""
    for number in range(STORIES // 3):
        draw = Random(number)
        rig = told(draw, tuple(sorted(HARMLESS - {Intent.FINISH, Intent.YES})))
        rigs = [rig]
        for _ in range(3):
            if rigs[-1].phase not in ACTIVE:
                break
            again = cut_off(rigs[-1])
            # The next start knows what all the starts before have recorded.
            assert again.phase is Phase.ASKING, number
            again.hear(Intent.YES)
            again.run(draw.uniform(0.0, 60.0))
            rigs.append(again)
        if rigs[-1].phase in ACTIVE:
            rigs[-1].play_through()
        facts = [fact for each in rigs for fact in each.recorded()]
        (begun,) = (fact for fact in facts if isinstance(fact, SessionBegan))
        done = Counter(
            fact.exercise for fact in facts if isinstance(fact, HoldEnded) and fact.completed
        )
        assert done == {m.exercise: m.works for m in begun.movements if m.works}, number
