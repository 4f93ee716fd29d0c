"""`earshot plan`: a routine in writing, with the times and lengths of all that happens in it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.app import World, make_coach, make_tones, make_voice
from assistant.coach.actions import HoldEnded, PhaseEntered, SessionEnded
from assistant.coach.intents import Command, Intent, Slots
from assistant.coach.phases import Phase
from assistant.coach.plan import talk_s
from assistant.coach.preview import Answer, Earcon, Moment, Utterance, play_out
from assistant.errors import LibraryError, VoiceError
from assistant.library import Exercise, Library, Routine, check_file, with_item
from assistant.library.explain import suggest
from assistant.library.shelf import named


@dataclass(frozen=True, slots=True)
class Outline:
    """A session played out in advance."""

    name: str
    """Id of the routine or exercise."""
    moments: Sequence[Moment]
    talk: str
    rate_wpm: int
    is_measured: bool
    """Whether the lengths are those of the real voice."""

    @property
    def length_s(self) -> float:
        """From the start to the end of the last movement, seconds."""
        return next(m.at_s for m in self.moments if isinstance(m, SessionEnded))


def outline(world: World, name: str, *, is_estimated: bool = False) -> Outline:
    """Play a routine or exercise out: its id, its spoken name, or a file that is not installed.

    `is_estimated` reckons the length of the talk from its words and needs no voice. Raises
    LibraryError for a name or a file that is wrong, and VoiceError where there is no voice.
    """
    library, start = _found(world.library, name)
    settings = world.settings

    def play(length_s: Callable[[str, int], float]) -> list[Moment]:
        tones_s = {tone: clip.duration_s for tone, clip in make_tones().items()}
        coach = make_coach(replace(world, library=library))
        return play_out(coach, start, length_s, tones_s, rate_wpm=settings.rate_wpm)

    if is_estimated:
        moments = play(lambda text, rate_wpm: talk_s(text, {}, rate_wpm))
    else:
        try:
            voice = make_voice(settings)
            try:
                moments = play(lambda text, rate: voice.render(text, rate_wpm=rate).duration_s)
            finally:
                voice.close()
        except VoiceError as error:
            mend = f"{error.mend} Or add --estimate to do without a voice."
            raise VoiceError(error.problem, place=error.place, mend=mend) from error
    id_ = start.slots.routine or start.slots.exercise or name
    return Outline(id_, moments, settings.talk, settings.rate_wpm, not is_estimated)


def _found(library: Library, name: str) -> tuple[Library, Command]:
    """The library with what a name stands for, and the command that starts it."""
    if name.endswith((".yaml", ".yml")):
        item = check_file(Path(name), library, is_named_by_id=False)
        library = with_item(library, item)
        return library, _start(item)
    if (known := named(library, name)) is not None:
        return library, _start(known)
    mend = suggest(name, [*library.routines, *library.exercises])
    raise LibraryError(f"no routine or exercise {name!r}", place="earshot plan", mend=mend)


def _start(item: Routine | Exercise) -> Command:
    if isinstance(item, Routine):
        return Command(Intent.START_ROUTINE, Slots(routine=item.id))
    return Command(Intent.START_EXERCISE, Slots(exercise=item.id))


# On paper ------------------------------------------------------------------------------------


def as_json(found: Outline) -> list[str]:
    """One JSON object for each moment, and a last one that sums them up; times in seconds."""
    rows = [_fields(moment, length_s) for moment, length_s in _with_lengths(found.moments)]
    holds = [row for row in rows if row["event"] == "hold"]
    summary = {
        "event": "summary",
        "routine": found.name,
        "length_s": round(found.length_s, 3),
        "talk": found.talk,
        "rate_wpm": found.rate_wpm,
        "is_measured": found.is_measured,
        "holds": len(holds),
        "held_s": round(sum(row["held_s"] for row in holds), 3),
    }
    return [json.dumps(row) for row in (*rows, summary)]


def as_text(found: Outline) -> list[str]:
    """The timeline for people: what is said, sounds and is done, each with time and length."""
    how = "measured" if found.is_measured else "estimated"
    holds = [m for m in found.moments if isinstance(m, HoldEnded)]
    held_s = sum(hold.held_s for hold in holds)
    head = (
        f"{found.name}: {_clock(found.length_s)} long, {len(holds)} holds, {held_s:g} s held;"
        f" talk {found.talk} at {found.rate_wpm} words a minute, lengths {how}"
    )
    lines = [
        f"{_clock(moment.at_s):>8}  {text}"
        for moment, length_s in _with_lengths(found.moments)
        if (text := _described(moment, length_s)) is not None
    ]
    return [head, *lines]


def _with_lengths(moments: Sequence[Moment]) -> list[tuple[Moment, float | None]]:
    """Each moment, and for a phase how long it lasts, seconds."""
    rows: list[tuple[Moment, float | None]] = []
    for i, moment in enumerate(moments):
        length_s = None
        if isinstance(moment, PhaseEntered):
            later = (m.at_s for m in moments[i + 1 :] if isinstance(m, PhaseEntered))
            ends_s = next(later, None)
            length_s = None if ends_s is None else ends_s - moment.at_s
        rows.append((moment, length_s))
    return rows


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{minutes:.0f}:{rest:04.1f}"


def _fields(moment: Moment, length_s: float | None) -> dict[str, Any]:
    fields: dict[str, Any]
    match moment:
        case Utterance():
            fields = {"event": "say", "text": moment.text, "length_s": moment.seconds}
            fields |= {"is_cut": True} if moment.is_cut else {}
        case Earcon():
            fields = {"event": "tone", "tone": moment.tone.value}
        case Answer():
            fields = {"event": "person", "intent": moment.intent.value}
        case PhaseEntered():
            place = {"set": moment.set_no, "rep": moment.rep_no, "length_s": length_s}
            about = {"phase": moment.phase.value, "exercise": moment.exercise, **place}
            fields = {"event": "phase", "side": moment.side, **about}
        case HoldEnded():
            held = {"planned_s": moment.planned_s, "held_s": moment.held_s}
            fields = {"event": "hold", "exercise": moment.exercise, "side": moment.side, **held}
        case SessionEnded():
            fields = {"event": "end", "completed": moment.completed}
        case _:
            fields = {"event": type(moment).__name__}
    told = {"t_s": moment.at_s, **fields}
    rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in told.items()}
    return {k: v for k, v in rounded.items() if v is not None}


def _described(moment: Moment, length_s: float | None) -> str | None:
    match moment:
        case Utterance():
            cut = ", cut" if moment.is_cut else ""
            return f"coach   {moment.text} ({moment.seconds:.1f} s{cut})"
        case Earcon():
            return f"tone    {moment.tone.value.replace('_', ' ')}"
        case Answer():
            return f"you     {moment.intent.value.replace('_', ' ')}"
        case PhaseEntered():
            return None if moment.phase is Phase.DONE else f"        {_stretch(moment, length_s)}"
        case _:
            return None


def _stretch(entered: PhaseEntered, length_s: float | None) -> str:
    parts = [entered.phase.value.replace("_", " ")]
    if entered.phase in (Phase.HOLD, Phase.REP, Phase.REST):
        parts.append((entered.exercise or "").replace("_", " "))
        if entered.side is not None:
            parts.append(entered.side.value)
        parts.append(f"set {entered.set_no} rep {entered.rep_no}")
    lasting = "" if length_s is None else f": {length_s:.1f} s"
    return f"-- {', '.join(parts)}{lasting} --"
