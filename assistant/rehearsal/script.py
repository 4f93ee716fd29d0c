"""Rehearsal scripts: what a synthetic person says, and when."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from assistant.coach.intents import Command, Intent
from assistant.coach.phases import Phase
from assistant.errors import ScriptError
from assistant.library import Library
from assistant.library.shelf import named
from assistant.nlu import Phrasebook
from assistant.rehearsal.speakers import VOICES

LARGEST_SCRIPT_BYTES = 262_144


class ScriptLine(BaseModel):
    """One utterance. It is due when the one before it is over and its own condition holds:
    `at` seconds of the session, `after` seconds of waiting, or a `phase` of the coach (with
    `after` seconds in it)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    say: Annotated[str, Field(min_length=1, max_length=200)]
    at: Annotated[float, Field(ge=0, le=7200)] | None = None
    after: Annotated[float, Field(ge=0, le=600)] | None = None
    phase: Phase | None = None
    voice: str | None = None
    """A flite voice; None takes the next of the rehearsal's voices."""
    snr_db: Annotated[float, Field(ge=-20, le=80)] | None = None
    chatter: bool = False
    """Whether this is said to somebody else: then hearing a command in it is the mistake."""

    @model_validator(mode="after")
    def _is_clear(self) -> "ScriptLine":
        if self.at is not None and (self.after is not None or self.phase is not None):
            raise ValueError("at stands alone: leave out after and phase")
        if self.voice is not None and self.voice not in VOICES:
            raise ValueError(f"no voice {self.voice!r}; there are {', '.join(VOICES)}")
        return self


_LINES = TypeAdapter(list[ScriptLine])


def load_script(path: Path) -> list[ScriptLine]:
    """Read a script. Raises ScriptError naming the file, the entry, the field and the mend."""
    place = str(path)
    try:
        if path.stat().st_size > LARGEST_SCRIPT_BYTES:
            problem = f"{path.stat().st_size} bytes is too long for a script"
            raise ScriptError(problem, place=place, mend="Keep it under 256 KiB.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        mend = "Name a readable UTF-8 file."
        raise ScriptError(f"cannot read it: {error}", place=place, mend=mend) from error
    return parse_script(text, place)


def parse_script(text: str, place: str) -> list[ScriptLine]:
    """Parse a script's YAML. Raises ScriptError."""
    try:
        entries = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        problem = f"not YAML: {getattr(error, 'problem', None) or error}"
        raise ScriptError(problem, place=place + line, mend="Mend the syntax.") from error
    if not isinstance(entries, list) or not entries:
        mend = 'Write a list, each entry like "- {say: start stretches, at: 1}".'
        raise ScriptError("a script is a list of things to say", place=place, mend=mend)
    try:
        return _LINES.validate_python(entries)
    except ValidationError as error:
        raise _as_script_error(error, entries, place) from None


def _as_script_error(error: ValidationError, entries: list[Any], place: str) -> ScriptError:
    first = error.errors()[0]
    number, *field = first["loc"]
    index = int(number)
    said = entries[index]
    name = ".".join(str(part) for part in field) or "the entry"
    if first["type"] == "extra_forbidden":
        known = ", ".join(ScriptLine.model_fields)
        problem, mend = f"unknown field {name!r}", f"Known are {known}."
    else:
        problem = f"{name} is {first['input']!r}: {first['msg']}"
        mend = "Correct the entry."
    return ScriptError(f"{problem} (in {said!r})", place=f"{place}, entry {index + 1}", mend=mend)


def check_script(lines: Sequence[ScriptLine], phrasebook: Phrasebook, place: str) -> None:
    """Raises ScriptError for a command that no grammar holds, or chatter that is a command."""
    for number, line in enumerate(lines, start=1):
        where = f"{place}, entry {number}"
        is_command = phrasebook.parse(line.say) is not None
        if not is_command and not line.chatter:
            mend = "Say one of the intents' sentences, or mark it with chatter: true."
            raise ScriptError(f"{line.say!r} is no command", place=where, mend=mend)
        if is_command and line.chatter:
            mend = "Leave out chatter, or let it say something else."
            raise ScriptError(f"{line.say!r} is a command, not chatter", place=where, mend=mend)


def plain_script(name: str, library: Library, phrasebook: Phrasebook) -> list[ScriptLine]:
    """A script that leads a person with no wishes through a routine or a single movement:
    they start it and say when they are ready, and when an uncounted movement is done.

    Raises ScriptError where the library has no such routine or movement, or no sentence
    starts it.
    """
    if name in library.routines:
        start = _shortest(phrasebook, lambda c: c.slots.routine == name)
        exercises = [step.exercise for step in library.routines[name].steps]
    elif name in library.exercises:
        start = _shortest(
            phrasebook, lambda c: c.intent is Intent.START_EXERCISE and c.slots.exercise == name
        )
        exercises = [name]
    else:
        known = ", ".join([*library.routines, *library.exercises])
        problem = f"no routine or exercise {name!r}"
        raise ScriptError(problem, place="earshot rehearse", mend=f"There are {known}.")
    if start is None:
        problem = f"no sentence starts {name!r}"
        raise ScriptError(problem, place="intents", mend="Check its spoken name.")
    ready = ("i'm ready", "ready", "go")
    lines = [ScriptLine(say=start, at=1.0)]
    for i, _ in enumerate(exercises):
        lines.append(ScriptLine(say=ready[i % len(ready)], phase=Phase.WAITING, after=0.6))
    return lines


def _shortest(phrasebook: Phrasebook, wanted: Callable[[Command], bool]) -> str | None:
    phrases = [p for p, command in phrasebook.commands.items() if wanted(command)]
    started = [p for p in phrases if p.startswith("start ")] or phrases
    wake = phrasebook.wake_phrases[:1]
    return " ".join((*wake, min(started, key=len))) if started else None


def script_for(name: str, library: Library, phrasebook: Phrasebook) -> tuple[list[ScriptLine], str]:
    """The script that comes with a routine, else a plain one; and what to call it in errors.

    Raises ScriptError for a name that the library does not have.
    """
    item = named(library, name)
    name = name if item is None else item.id
    shipped = files("assistant.rehearsal") / "scripts" / f"{name}.yaml"
    if name in library.routines and shipped.is_file():
        place = f"the shipped script {shipped.name}"
        return parse_script(shipped.read_text(encoding="utf-8"), place), place
    return plain_script(name, library, phrasebook), f"the plain script for {name}"
