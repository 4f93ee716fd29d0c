"""What sounds when, within one timed segment.

Offsets are seconds from the segment's start. A segment's list is laid out in full when it begins,
so that the mixer can place every sound by sample: nothing waits for a thread to wake up. The tone
that ends a segment belongs to it, also where it starts the next one, for the same reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.coach.actions import Air, Tone
from assistant.coach.plan import Kind, Plan, Segment
from assistant.coach.prompts import TEMPO_LINES, Parts, Prompts, Talk
from assistant.library.models import CueTime

COUNTDOWN_FROM_S = 10.0
"""Holds of this length and more are counted down by ticks at 3, 2 and 1 seconds."""
CUED_FROM_S = 15.0
"""Holds of this length and more get a cue and a halfway tone."""
COUNTDOWN_S = 3
CLEAR_S = 0.4
"""Silence kept between speech and a tone that matters, seconds."""
WORDED_REPS = 2
"""In so many repetitions of a set the phases are named; then tones alone pace them."""
WORD_AFTER_S = 0.25
"""From a tone to the word that names what it starts, seconds: the tones are shorter."""
WORD_CLEAR_S = 0.1
"""Silence kept between such a word and the next tone, seconds: it is expected, not masked."""
GET_SET_S = 5.0
"""How long before the end of a rest between sets the person is called into position."""

_NEEDS_NO_WORDS = frozenset({Kind.RESET, Kind.CHANGE})
"""Gaps in which an answer may take the place of the usual words: the tones, or the explanation that
follows, tell what comes. A switch has to name its side, and a rest its set."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A tone, a prompt or a phase of a breath at an offset."""

    offset_s: float
    tone: Tone | None = None
    parts: Parts = ()
    air: Air | None = None
    length_s: float = 0.0
    """Length of the breath's phase, seconds."""


def quiet_from_s(length_s: float) -> float:
    """Offset in a hold from which nothing may be said: the countdown, or just before the end."""
    return length_s - (COUNTDOWN_S + CLEAR_S if length_s >= COUNTDOWN_FROM_S else CLEAR_S)


def hold_sounds(plan: Plan, index: int, length_s: float, prompts: Prompts) -> list[Sound]:
    """A hold: one cue, halfway, silence, 3-2-1, and the end tone at zero.

    The cues are spoken in the first hold on each side; later ones are marked by tones alone.
    """
    segment = plan.segments[index]
    planned = plan.steps[segment.step]
    is_first = segment.set_no == 1 and segment.rep_no == 1
    sounds = [Sound(length_s, Tone.END)]
    if length_s >= COUNTDOWN_FROM_S:
        sounds += [Sound(length_s - n, Tone.TICK) for n in range(COUNTDOWN_S, 0, -1)]
    if length_s >= CUED_FROM_S:
        half = length_s / 2
        sounds.append(Sound(half, Tone.HALFWAY))
        if is_first:
            during = _alone(prompts.forms(planned, CueTime.DURING))
            halfway = _alone(prompts.forms(planned, CueTime.HALFWAY))
            sounds += _prompt(prompts, during, 1.0, half - CLEAR_S)
            sounds += _prompt(prompts, halfway, half + CLEAR_S, quiet_from_s(length_s))
    return sounds


def _alone(forms: Iterable[str]) -> list[Parts]:
    """Forms of a cue, each as a prompt of its own: one of them is said, or none."""
    return [(text,) for text in forms]


def rep_sounds(plan: Plan, index: int, length_s: float) -> list[Sound]:
    """A paced repetition: a tick where the movement turns, the end tone at its end."""
    tempo = plan.steps[plan.segments[index].step].dose.tempo
    sounds = [Sound(length_s, Tone.END)]
    if tempo is not None:
        turn = tempo.up_s + tempo.pause_s
        sounds += [Sound(at, Tone.TICK) for at in {tempo.up_s, turn} if 0 < at < length_s]
    return sounds


def tempo_words(plan: Plan, index: int, prompts: Prompts) -> list[Sound]:
    """A paced repetition's words, each just after the tone that starts its phase: in the first
    repetitions of a set, on each side. Those that do not fit their phase are left to the tone."""
    segment = plan.segments[index]
    tempo = plan.steps[segment.step].dose.tempo
    if tempo is None or not prompts.names_phases(tempo) or segment.rep_no > WORDED_REPS:
        return []
    starts_s = (0.0, tempo.up_s, tempo.up_s + tempo.pause_s)
    lengths_s = (tempo.up_s, tempo.pause_s, tempo.down_s)
    sounds: list[Sound] = []
    for name, start_s, length_s in zip(TEMPO_LINES, starts_s, lengths_s, strict=True):
        until_s = start_s + length_s - WORD_CLEAR_S
        sounds += _prompt(prompts, [prompts.say(name)], start_s + WORD_AFTER_S, until_s)
    return sounds


def gap_sounds(
    plan: Plan,
    index: int,
    length_s: float,
    prompts: Prompts,
    owed: tuple[Parts, ...] = (),
    *,
    is_praised: bool = False,
) -> list[Sound]:
    """A rest: what comes next, and the start tone at its end where work follows by itself.

    `owed` are ways to say what did not fit into the hold before, the best first; one is said first
    where it fits. `is_praised`: a word of praise may be said.
    """
    segment = plan.segments[index]
    sounds: list[Sound] = []
    speak_at = 0.4
    if segment.kind is Kind.SWITCH:
        sounds.append(Sound(0.35, Tone.SWITCH))
        speak_at = 0.7
    until = length_s - CLEAR_S if segment.kind is not Kind.CHANGE else length_s
    if segment.kind is Kind.REST and length_s >= GET_SET_S * 2:
        until = length_s - GET_SET_S
        sounds += _call_into_position(prompts, segment, until, length_s)
    usual = prompts.gap(plan, index, is_praised=is_praised)
    alone = [()] if segment.kind in _NEEDS_NO_WORDS else []
    answers = [(*first, *parts) for first in owed for parts in (*usual, *alone)]
    sounds += _prompt(prompts, [*answers, *usual], speak_at, until)
    if segment.kind is not Kind.CHANGE:
        sounds.append(Sound(length_s, Tone.START))
    return sounds


def _call_into_position(
    prompts: Prompts, segment: Segment, from_s: float, length_s: float
) -> list[Sound]:
    """In words, or where there are few by a count to the start tone."""
    if prompts.talk is Talk.BEEPS:
        return [Sound(length_s - n, Tone.TICK) for n in range(COUNTDOWN_S, 0, -1)]
    return _prompt(prompts, [prompts.get_set(segment)], from_s, length_s - CLEAR_S)


def lead_in_sounds(
    plan: Plan, target: int, length_s: float, prompts: Prompts, parts: Parts
) -> list[Sound]:
    """From "ready" to the start tone: `parts` where there are any, else the side and the cue
    that starts the movement."""
    segment = plan.segments[target]
    choices = [parts] if parts else prompts.lead_in(plan.steps[segment.step], segment)
    spoken = _prompt(prompts, choices, 0.3, length_s - CLEAR_S)
    return [*spoken, Sound(length_s, Tone.START)]


def _prompt(
    prompts: Prompts, choices: Iterable[Parts], from_s: float, until_s: float
) -> list[Sound]:
    parts = prompts.fitting(choices, until_s - from_s)
    return [Sound(from_s, parts=parts)] if parts else []
