"""Cues fit: in every routine, at every level of talk and of the movements, at every rate of speech
and pace, nothing overlaps, nothing is cut, and nothing runs into a countdown.

The real coach in simulated time, with the lengths of the real voice. The person goes along.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product

import pytest
from coach_rig import LINES, TONE_S, Rig, Sound
from voice_lengths import MeasuredVoice, measured_voice

from assistant.coach import Coach
from assistant.coach.actions import HoldEnded, PhaseEntered, Record, Tone
from assistant.coach.answers import PACES, RATES_WPM
from assistant.coach.familiarity import FULL_SETUPS, SHORT_SETUPS
from assistant.coach.intents import Intent, Side
from assistant.coach.phases import Phase
from assistant.coach.plan import talk_s
from assistant.coach.profile import Profile
from assistant.coach.prompts import Talk
from assistant.coach.timeline import CLEAR_S, COUNTDOWN_FROM_S, COUNTDOWN_S
from assistant.library import CueTime, Library, load_library

LIBRARY = load_library()
LEVELS = range(1, max(len(e.levels) for e in LIBRARY.exercises.values()) + 1)
TIMES_DONE = (0, FULL_SETUPS, FULL_SETUPS + SHORT_SETUPS)
EXACT_S = 1e-6
ANSWERS_S = 1.0
"""How long after the last word the person says "ready", seconds."""
RECORDED = (Tone.START, Tone.HALFWAY, Tone.END, Tone.SWITCH, Tone.TICK)
"""The tones that tell time: no word may come near them."""
MOST_WORDS_A_SECOND = 5.0


def at_level(level: int) -> Library:
    """The library with every step at a level, or at the highest that the movement has."""
    routines = {}
    for routine in LIBRARY.routines.values():
        steps = tuple(
            step.model_copy(
                update={"level": min(level, len(LIBRARY.exercises[step.exercise].levels))}
            )
            for step in routine.steps
        )
        routines[routine.id] = routine.model_copy(update={"steps": steps})
    return replace(LIBRARY, routines=routines)


@dataclass(frozen=True)
class Situation:
    """A session to be gone through."""

    routine: str
    talk: Talk
    rate_wpm: int
    level: int
    times_done: int = 0
    pace: float = 1.0
    is_cold: bool = False
    """Whether no line was rendered ahead: lengths are known once they are ordered."""


Works = list[tuple[PhaseEntered, HoldEnded]]
"""The beginning and end of holds."""


class ColdRig(Rig):
    """A machine that is too slow to render anything ahead."""

    def _carry_out(self, action: object) -> None:
        if type(action).__name__ != "Prepare":
            super()._carry_out(action)


def played(situation: Situation, voice: MeasuredVoice) -> Rig:
    """The session, gone through to its end."""
    library = at_level(situation.level)
    kind = ColdRig if situation.is_cold else Rig
    rig = kind(library, voice=voice, rate_wpm=situation.rate_wpm)
    rig.coach = Coach(
        library,
        LINES,
        rate_wpm=situation.rate_wpm,
        talk=situation.talk,
        profile=Profile(times_done=dict.fromkeys(library.exercises, situation.times_done)),
    )
    step = Intent.SLOWER if situation.pace > 1.0 else Intent.FASTER
    for _ in range(abs(PACES.index(situation.pace) - PACES.index(1.0))):
        rig.hear(step)
        rig.run(5)
    rig.sounds.clear()
    rig.orders.clear()
    rig.hear(Intent.START_ROUTINE, routine=situation.routine)
    while rig.phase is not Phase.DONE:
        rig.run_until(Phase.WAITING, Phase.DONE)
        if rig.phase is Phase.WAITING:
            rig.run(ANSWERS_S)
            rig.hear(Intent.READY)
    rig.run(15)
    return rig


def situations(routine: str, talk: Talk) -> Iterator[Situation]:
    """Every rate of speech and level; and with fewer words or less time, the ends of the row."""
    for rate_wpm, level in product(RATES_WPM, LEVELS):
        yield Situation(routine, talk, rate_wpm, level)
    ends = product((RATES_WPM[0], RATES_WPM[-1]), (LEVELS[0], LEVELS[-1]))
    for rate_wpm, level in ends:
        for times_done in TIMES_DONE[1:]:
            yield Situation(routine, talk, rate_wpm, level, times_done)
        for pace in (PACES[0], PACES[-1]):
            yield Situation(routine, talk, rate_wpm, level, pace=pace)
        yield Situation(routine, talk, rate_wpm, level, is_cold=True)


def speak_all(voice: MeasuredVoice) -> None:
    """Say everything that the sessions below say."""
    for routine, talk in product(LIBRARY.routines, Talk):
        for situation in situations(routine, talk):
            played(situation, voice)


each_routine = pytest.mark.parametrize("routine", LIBRARY.routines)
each_talk = pytest.mark.parametrize("talk", Talk, ids=lambda talk: talk.name.lower())


@each_routine
@each_talk
def test_nothing_overlaps_nothing_is_cut_and_no_countdown_is_talked_over(
    routine: str, talk: Talk
) -> None:
    for situation in situations(routine, talk):
        rig = played(situation, measured_voice())
        works = work(rig)
        wrong = [
            *overlaps(rig),
            *cut(rig),
            *over_tones(rig),
            *in_countdowns(rig, works),
            *cued_twice(rig, works),
            *unnamed(rig, works),
            *unsided(rig, works),
            *undone(rig, works, situation),
        ]
        assert wrong == [], situation


# What may be wrong ----------------------------------------------------------------------------


def overlaps(rig: Rig) -> list[str]:
    """One prompt at a time."""
    return [
        f"{after.text!r} begins in {before.text!r}"
        for before, after in pairwise(rig.speech())
        if after.start_s < before.end_s - EXACT_S
    ]


def cut(rig: Rig) -> list[str]:
    return [f"{s.text!r} was cut" for s in rig.sounds if s.is_cut]


def over_tones(rig: Rig) -> list[str]:
    """No word sounds with a tone that tells time, nor close before it."""
    wrong = []
    tones = [s for s in rig.heard() if s.what in RECORDED]
    starts_s = [tone.start_s for tone in tones]
    for prompt in rig.speech():
        first = bisect_left(starts_s, prompt.start_s - TONE_S)
        after = bisect_right(starts_s, prompt.end_s + CLEAR_S)
        for tone in tones[first:after]:
            clear_s = 0.0 if tone.what is Tone.SWITCH else CLEAR_S
            if (
                prompt.start_s < tone.end_s - EXACT_S
                and prompt.end_s > tone.start_s - clear_s + EXACT_S
            ):
                wrong.append(f"{prompt.text!r} runs into {tone.what}")
    return wrong


def work(rig: Rig) -> Works:
    """Each hold's beginning and end, in order."""
    begun: PhaseEntered | None = None
    found = []
    for _, action in rig.orders:
        match action:
            case Record(PhaseEntered(phase=Phase.HOLD) as fact):
                begun = fact
            case Record(HoldEnded() as fact):
                assert begun is not None
                found.append((begun, fact))
    return found


def in_countdowns(rig: Rig, works: Works) -> list[str]:
    wrong = []
    speech = rig.speech()
    for begun, ended in works:
        is_short = ended.planned_s < COUNTDOWN_FROM_S  # then it is all silence
        quiet_s = begun.at_s if is_short else ended.at_s - COUNTDOWN_S
        wrong += [
            f"{s.text!r} in the countdown of {ended.exercise}"
            for s in speech
            if s.end_s > quiet_s + EXACT_S and s.start_s < ended.at_s - EXACT_S
        ]
    return wrong


def cued_twice(rig: Rig, works: Works) -> list[str]:
    """One focus in a hold."""
    wrong = []
    speech = rig.speech()
    for begun, ended in works:
        cues = LIBRARY.exercises[ended.exercise].cues
        focus = {t for c in cues if c.when is CueTime.DURING for t in (c.text, c.short)}
        in_it = [s for s in speech if begun.at_s <= s.start_s < ended.at_s]
        said = [s for s in in_it if s.text in focus]
        if len(said) > 1:
            wrong.append(f"{ended.exercise}: {[s.text for s in said]}")
    return wrong


def unnamed(rig: Rig, works: Works) -> list[str]:
    """A movement's name is said before its first hold."""
    wrong = []
    speech = rig.speech()
    first_s: dict[str, float] = {}
    for begun, ended in works:
        first_s.setdefault(ended.exercise, begun.at_s)
    for exercise, begun_s in first_s.items():
        name = LIBRARY.exercises[exercise].name.lower()
        if not any(name in s.text.lower() for s in speech if s.end_s <= begun_s):
            wrong.append(f"{exercise} is not named")
    return wrong


def unsided(rig: Rig, works: Works) -> list[str]:
    """Before a hold on another side than the last one's, its side is said."""
    wrong = []
    speech = rig.speech()
    last: tuple[str, Side | None, float] = ("", None, 0.0)
    for begun, ended in works:
        if ended.side is not None and (ended.exercise, ended.side) != last[:2]:
            since_s = last[2] - EXACT_S
            between = [s for s in speech if s.start_s >= since_s and s.end_s <= begun.at_s]
            if not any(f"your {ended.side.value}" in s.text.lower() for s in between):
                wrong.append(f"{ended.exercise}: {ended.side} is not announced")
        last = (ended.exercise, ended.side, ended.at_s)
    return wrong


def undone(rig: Rig, works: Works, situation: Situation) -> list[str]:
    """Every hold is there, whole, with its start tone and its end tone in place."""
    wrong = []
    library = at_level(situation.level)
    held: dict[tuple[str, Side | None], int] = {}
    tones: dict[float, list[Sound]] = {}
    for sound in rig.heard():
        tones.setdefault(round(sound.start_s, 4), []).append(sound)
    for begun, ended in works:
        held[ended.exercise, ended.side] = held.get((ended.exercise, ended.side), 0) + 1
        for tone, at_s in ((Tone.START, begun.at_s), (Tone.END, ended.at_s)):
            if not any(s.what is tone for s in tones.get(round(at_s, 4), [])):
                wrong.append(f"{ended.exercise}: no {tone} tone at {at_s}")
    for step in library.routines[situation.routine].steps:
        dose = library.exercises[step.exercise].levels[step.level - 1].dose
        sides = (None,) if dose.sides.value == "none" else Side
        for side in sides:
            if held.get((step.exercise, side), 0) != sum(dose.set_reps):
                wrong.append(f"{step.exercise} {side}: {held.get((step.exercise, side), 0)} holds")
    return wrong


# The voice itself -----------------------------------------------------------------------------


def lines_said() -> set[str]:
    cues = (cue for e in LIBRARY.exercises.values() for cue in e.cues)
    return {text for cue in cues for text in (cue.text, cue.short) if text}


@pytest.mark.parametrize("rate_wpm", RATES_WPM)
def test_at_most_five_words_a_second_are_spoken(rate_wpm: int) -> None:
    voice = measured_voice()
    quick = {t: len(t.split()) / voice(t, rate_wpm) for t in lines_said()}
    assert {t: q for t, q in quick.items() if q > MOST_WORDS_A_SECOND} == {}


@pytest.mark.parametrize("rate_wpm", RATES_WPM)
def test_a_line_not_yet_rendered_is_reckoned_rather_too_long(rate_wpm: int) -> None:
    voice = measured_voice()
    assert [t for t in lines_said() if talk_s(t, {}, rate_wpm) < voice(t, rate_wpm)] == []
