"""A routine of the person's own, told by voice.

"Make a routine" opens it; each movement is said with or without a dose ("plank, three reps of ten
seconds"), a dose alone is that of the movement before, and "that's the routine" closes it. It is
read back, and kept under a number where that is wanted: no grammar has the words of a free name.
Where it is left (silence, "stop"), "make a routine" goes on with it.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from assistant.coach.actions import DeleteRoutine, KeepRoutine
from assistant.coach.commands import LONGEST_HOLD_S, Coaching, begin_routine
from assistant.coach.events import Heard
from assistant.coach.intents import Intent, Slots
from assistant.coach.phases import Question
from assistant.coach.prompts import Parts
from assistant.library import Dose, Exercise, Lines, Mode, Routine, Step, dose_of

MOST_OWN = 4
"""Routines that are kept by number. Each number's name is some fifty phrases more to hear."""
MOST_MOVEMENTS = 10
"""Movements of a told routine: as many as anybody follows being read back. Ours."""
MOST_BREATHS = 20
"""Breaths of a hold at most, as in the library."""


def own_id(number: int) -> str:
    """Id, and name of the file, of the routine with a number."""
    return f"my_routine_{number}"


def own_names(lines: Lines) -> dict[str, str]:
    """Spoken name to id of every routine that can be told, those not told yet too: its name can be
    heard as soon as it is kept."""
    return {lines.texts[f"list_routine_{n}"]: own_id(n) for n in range(1, MOST_OWN + 1)}


def told_dose(usual: Dose, said: Slots) -> Dose:
    """A movement's dose with what was said of it: reps (of one set; on each side where there are
    sides), and the length of the hold in seconds or breaths."""
    wanted: dict[str, Any] = {"reps": said.count or usual.set_reps[0], "sets": 1}
    if said.seconds is not None:
        hold_s = min(float(said.seconds), LONGEST_HOLD_S)
        wanted |= {"mode": Mode.HOLD, "hold_s": hold_s, "hold_breaths": None, "tempo": None}
    elif said.breaths is not None:
        breaths = min(said.breaths, MOST_BREATHS)
        wanted |= {"mode": Mode.HOLD, "hold_s": None, "hold_breaths": breaths, "tempo": None}
    return Dose.model_validate({**usual.model_dump(exclude_unset=True), **wanted})


# Telling it -----------------------------------------------------------------------------------


def make(c: Coaching, heard: Heard) -> None:
    """Ask for the first movement, take one that was named at once, or go on with what was told."""
    if heard.slots.exercise is not None:
        add(c, heard)
    else:
        told = c.session.prompts.say("told_so_far") if c.told else ()
        _ask_movement(c, (*told, *_read_back(c)))


def add(c: Coaching, heard: Heard) -> None:
    """Put a movement after those that were told."""
    slots = heard.slots
    if slots.exercise is None:
        _ask_movement(c, c.session.prompts.say("help_asking_movement"))
        return
    step = Step(exercise=slots.exercise)
    if slots.count or slots.seconds is not None or slots.breaths is not None:
        step = Step(exercise=slots.exercise, dose=told_dose(dose_of(step, c.library), slots))
    c.told = (*c.told, step)
    if len(c.told) >= MOST_MOVEMENTS:
        _ask_to_keep(c, c.session.prompts.say("told_full"))
    else:
        _ask_movement(c, _described(c, step))


def set_dose(c: Coaching, heard: Heard) -> None:
    """Take a dose for the movement that was told last."""
    if not c.told:
        _ask_movement(c)
        return
    last = c.told[-1]
    dose = told_dose(dose_of(last, c.library), heard.slots)
    c.told = (*c.told[:-1], Step(exercise=last.exercise, dose=dose))
    _ask_movement(c, _described(c, c.told[-1]))


def take_out(c: Coaching, _heard: Heard) -> None:
    """Take the movement told last out again; with none left, leave it."""
    if not c.told:
        _leave(c, "told_dropped")
        return
    name = c.library.exercises[c.told[-1].exercise].name
    c.told = c.told[:-1]
    _ask_movement(c, c.session.prompts.say("told_out", exercise=name))


def close(c: Coaching, _heard: Heard) -> None:
    """That is the routine: read it back, and ask whether to keep it."""
    if c.told:
        _ask_to_keep(c)
    else:
        _leave(c, "told_dropped")


def ask_again(c: Coaching, _heard: Heard) -> None:
    """Ask for the next movement once more."""
    _ask_movement(c)


def _ask_movement(c: Coaching, before: Parts = ()) -> None:
    line = c.session.prompts.say("told_next" if c.told else "told_first")
    c.session.ask(Question.MOVEMENT, (*before, *line))


def _described(c: Coaching, step: Step) -> Parts:
    """A movement with its dose, in words."""
    prompts = c.session.prompts
    name = c.library.exercises[step.exercise].name
    if step.dose is None:
        return prompts.say("told_usual", exercise=name)
    return prompts.say("told_step", exercise=name, dose=_dose_in_words(c, step.dose))


def _dose_in_words(c: Coaching, dose: Dose) -> str:
    texts = c.session.prompts.lines
    reps = texts.say("unit_rep" if dose.reps == 1 else "unit_reps", n=dose.reps)
    if dose.hold_breaths is not None:
        unit = "unit_breath" if dose.hold_breaths == 1 else "unit_breaths"
        hold = texts.say(unit, n=dose.hold_breaths)
    elif dose.hold_s is not None:
        hold = c.session.prompts.duration(dose.hold_s)
    else:
        return reps
    return hold if dose.reps == 1 else texts.say("unit_reps_of", reps=reps, hold=hold)


def _read_back(c: Coaching) -> Parts:
    return tuple(part for step in c.told for part in _described(c, step))


# Keeping it -----------------------------------------------------------------------------------


def _ask_to_keep(c: Coaching, before: Parts = ()) -> None:
    free = (n for n in range(1, MOST_OWN + 1) if _is_free(c, n) and _may_be_named(c, n))
    c.told_number = next(free, None)
    _ask_about_number(c, (*before, *_read_back(c)))


def _ask_about_number(c: Coaching, before: Parts = ()) -> None:
    prompts = c.session.prompts
    if c.told_number is None:
        question = prompts.say("told_which_number", most=MOST_OWN)
    else:
        line = "told_keep" if _is_free(c, c.told_number) else "told_replace"
        question = prompts.say(line, routine=_name(c, c.told_number))
    c.session.ask(Question.KEEP_ROUTINE, (*before, *question))


def _name(c: Coaching, number: int) -> str:
    return c.session.prompts.lines.texts[f"list_routine_{number}"]


def _is_free(c: Coaching, number: int) -> bool:
    return own_id(number) not in c.library.routines


def _may_be_named(c: Coaching, number: int) -> bool:
    """Whether no other routine or exercise is called so: the library would refuse the file."""
    items: list[Exercise | Routine]
    items = [*c.library.routines.values(), *c.library.exercises.values()]
    others = (item for item in items if item.id != own_id(number))
    return all(_name(c, number) not in item.spoken_names for item in others)


def keep(c: Coaching, _heard: Heard) -> None:
    """Keep it under the number that was asked about; it can be started at once."""
    if c.told_number is None:
        _ask_about_number(c)
        return
    names = [c.library.exercises[step.exercise].name for step in c.told]
    routine = Routine(
        id=own_id(c.told_number),
        name=_name(c, c.told_number),
        summary=f"{len(names)} told: {', '.join(names)}.",
        steps=c.told,
    )
    _with_routines(c, {**c.library.routines, routine.id: routine})
    c.told, c.told_number = (), None
    c.session.out.append(KeepRoutine(routine))
    _leave(c, "told_kept", routine=routine.name)


def keep_under(c: Coaching, number: int) -> None:
    """Keep it under another number; where there is one already, ask before it is replaced."""
    if not 1 <= number <= MOST_OWN or not _may_be_named(c, number):
        _ask_about_number(c, c.session.prompts.say("told_which_number", most=MOST_OWN))
        return
    is_sure = c.told_number == number or _is_free(c, number)
    c.told_number = number
    if is_sure:
        keep(c, Heard(at=c.session.now, intent=Intent.YES))
    else:
        _ask_about_number(c)


def drop(c: Coaching, _heard: Heard) -> None:
    """Forget what was told."""
    c.told, c.told_number = (), None
    _leave(c, "told_dropped")


def _leave(c: Coaching, line: str, **places: str | int) -> None:
    c.session.dismiss()
    c.reply(line, **places)


def _with_routines(c: Coaching, routines: Mapping[str, Routine]) -> None:
    c.library = replace(c.library, routines=MappingProxyType(dict(routines)))


# Starting and deleting ------------------------------------------------------------------------


def _own(c: Coaching) -> dict[str, Routine]:
    known = c.library.routines
    ids = [own_id(n) for n in range(1, MOST_OWN + 1)]
    return {id_: known[id_] for id_ in ids if id_ in known}


def start_own(c: Coaching, _heard: Heard) -> None:
    """Start the routine that was told; of several, ask which."""
    own = list(_own(c).values())
    if not own:
        c.reply("own_none")
    elif len(own) > 1:
        c.reply("which_routine", routines=c.session.prompts.choice(r.name for r in own))
    else:
        begin_routine(c, own[0])


def delete(c: Coaching, heard: Heard) -> None:
    """Ask before a told routine is deleted. Those that come with Earshot, and the files that a
    person wrote, are left alone."""
    own = _own(c)
    wanted = heard.slots.routine
    if wanted is None and len(own) == 1:
        wanted = next(iter(own))
    if not own:
        c.reply("own_none")
    elif wanted is None:
        names = c.session.prompts.choice(r.name for r in own.values())
        c.reply("delete_which", routines=names)
    elif wanted not in own:
        c.reply("delete_not_told")
    else:
        c.doomed = wanted
        question = c.session.prompts.say("delete_question", routine=own[wanted].name)
        c.session.ask(Question.DELETE_ROUTINE, question)


def delete_for_good(c: Coaching, _heard: Heard) -> None:
    """Delete the routine that was asked about."""
    routine = c.library.routines.get(c.doomed or "")
    c.doomed = None
    if routine is None:
        _leave(c, "told_dropped")
        return
    _with_routines(c, {k: r for k, r in c.library.routines.items() if k != routine.id})
    c.session.out.append(DeleteRoutine(routine.id))
    _leave(c, "deleted", routine=routine.name)


def spare(c: Coaching, _heard: Heard) -> None:
    """Delete nothing."""
    c.doomed = None
    _leave(c, "delete_spared")
