"""`earshot config`: the settings shown, checked and changed, with a person's comments kept."""

import os
import re
import tempfile
import textwrap
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from assistant.app import World, load_world
from assistant.config import Settings, default_of, load_settings, place_of, problems_in
from assistant.errors import EarshotError, SettingsError
from assistant.settings_file import line_of, place_in, read_text
from assistant.stt.engines import chosen_model_dir
from assistant.stt.vosk_engine import check_model_dir
from assistant.tts.pyttsx3_engine import Pyttsx3Synthesiser

NOT_IN_THE_FILE = frozenset({"config_dir"})
"""The settings that say where the file is."""

_WIDTH = 88
_EXAMPLES: Mapping[str, Any] = {
    "cache_dir": "/tmp/earshot",
    "model": "/home/me/vosk-model",
    "microphone": "speakerphone",
    "loudspeaker": "speakerphone",
    "voice": "en-gb",
    "time_zone": "Europe/London",
    "wake_phrases": ["hello coach"],
    "teach_words": ["stop", "skip"],
    "emergency_command": ["/home/me/bin/ring"],
}
"""What a template shows for a setting whose default is nothing."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting as it counts."""

    name: str
    value: Any
    """As TOML and JSON take it; None: nothing."""
    source: str
    """Where the value comes from, for a person: "default", a file with its line, a variable."""


def shown(
    settings: Settings, flags: Mapping[str, Any], problems: Sequence[SettingsError] = ()
) -> list[Shown]:
    """Every setting with where its value comes from; `problems` are those for which the default
    counts."""
    wrong = {problem.place for problem in problems}

    def source(name: str) -> str:
        place = place_of(name, flags)
        if place is None:
            return "default"
        return f"default; wrong: {place}" if place in wrong else place

    values = settings.model_dump(mode="json")
    return [Shown(name, values[name], source(name)) for name in values]


def as_toml(value: Any) -> str:
    """A value as it is written in the settings file."""
    return str(tomlkit.item(value).as_string())


def template() -> str:
    """A settings file in which each setting is described and nothing is set."""
    parts = [
        "# Earshot's settings. Remove the # before a name to set it; without it the default\n"
        "# counts. After a change: earshot config check. It counts from the next start.\n"
    ]
    return "\n".join([*parts, *(entry(name) for name in sorted(_names()))])


def entry(name: str) -> str:
    """A setting's description and its default, or an example, as comments."""
    told = " ".join((Settings.model_fields[name].description or "").split())
    lines = textwrap.wrap(told.replace("None means", "without it"), _WIDTH)
    default = default_of(name)
    is_example = name in _EXAMPLES
    value = _EXAMPLES[name] if is_example else str(default) if _is_path(default) else default
    note = "  # an example" if is_example else ""
    return "".join(f"# {line}\n" for line in lines) + f"#{name} = {as_toml(value)}{note}\n"


def _is_path(value: object) -> bool:
    return isinstance(value, Path)


def _names() -> frozenset[str]:
    return frozenset(Settings.model_fields) - NOT_IN_THE_FILE


def set_value(path: Path, name: str, given: object) -> None:
    """Write a setting into the file, which keeps everything else. `given`, where it is text, is
    taken as TOML (`155`, `true`, `["a"]`) or else as it stands.

    What is wrong in another line stays as it is. Raises SettingsError for an unknown name, a value
    that is wrong, and a file that is no TOML or cannot be written.
    """
    if name not in _names():
        raise SettingsError(
            f"unknown setting {name!r}",
            place="earshot config set",
            mend=f"Known are {', '.join(sorted(_names()))}.",
        )
    text = read_text(path)
    problem = ""
    for value in _readings(given, is_list=isinstance(default_of(name), tuple)):
        changed = _changed(path, text, partial(_put, name, value))
        wrong = [x.problem for x in problems_in(changed, path) if x.problem.startswith(f"{name}")]
        if not wrong:
            write_text(path, changed)
            return
        problem = problem or wrong[0]
    raise SettingsError(problem, place="earshot config set", mend="Nothing was changed.")


def _put(name: str, value: object, table: tomlkit.TOMLDocument) -> None:
    table[name] = value


def unset_value(path: Path, name: str) -> bool:
    """Remove a setting from the file, so that its default counts; return whether it was there.

    Raises SettingsError where the file is wrong or cannot be written.
    """
    text = read_text(path)
    if line_of(name, text) is None:
        return False
    write_text(path, _changed(path, text, lambda table: table.remove(name)))
    return True


def _readings(given: object, *, is_list: bool) -> Iterator[object]:
    """What a text on the command line may mean, the likeliest first."""
    if not isinstance(given, str):
        yield given
        return
    with suppress(tomllib.TOMLDecodeError):
        yield tomllib.loads(f"x = {given}")["x"]
    yield given
    if is_list:
        yield given.split()


def _changed(path: Path, text: str, change: Callable[[tomlkit.TOMLDocument], object]) -> str:
    try:
        document = tomlkit.parse(text)
        change(document)
    except TOMLKitError as error:
        mend = "Correct the file first: earshot config check."
        raise SettingsError(str(error), place=str(path), mend=mend) from error
    return tomlkit.dumps(document)


def write_text(path: Path, text: str) -> None:
    """Put a text in the file's place in one step; what was there stays where that fails. Raises
    SettingsError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        home = path.resolve()  # of a link, what it leads to
        handle, name = tempfile.mkstemp(dir=home.parent, prefix=f".{home.name}-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(home.stat().st_mode & 0o777 if home.exists() else 0o600)
        Path(name).replace(home)
    except OSError as error:
        raise SettingsError(
            f"it cannot be written ({error.strerror or error})",
            place=str(path),
            mend="Make room, or see whose folder it is.",
        ) from error


def all_problems(path: Path, flags: Mapping[str, Any]) -> list[EarshotError]:
    """Everything that is wrong with the settings: in the file, and where a value is right and what
    it names is not."""
    try:
        text = read_text(path)
    except SettingsError as error:
        return [error]
    found: list[EarshotError] = list(problems_in(text, path))
    if found:
        return found
    try:
        world = load_world(load_settings(**flags))
    except EarshotError as error:
        return [error]
    return [*_misnamed(world, path)]


def _misnamed(world: World, path: Path) -> Iterator[EarshotError]:
    settings = world.settings
    if settings.model is not None:
        try:
            check_model_dir(chosen_model_dir(settings.model, settings.language))
        except EarshotError as error:
            yield _placed(error, path, "model")
    if settings.voice is not None:
        try:
            with Pyttsx3Synthesiser(settings.voice) as voice:
                voice.check()
        except EarshotError as error:
            yield _placed(error, path, "voice")


def _placed(error: EarshotError, path: Path, name: str) -> EarshotError:
    problem = f"{error.place}: {error.problem}" if error.place else error.problem
    return SettingsError(problem, place=place_in(path, name), mend=error.mend)


def draft_of(path: Path) -> str:
    """What an editor begins with: the file, and a comment for each setting that it does not name.
    Raises SettingsError where the file cannot be read."""
    text = read_text(path)
    if not text.strip():
        return template()
    missing = [
        name for name in sorted(_names()) if not re.search(rf"^\s*#?\s*{name}\b", text, re.M)
    ]
    rest = "\n".join(entry(name) for name in missing)
    return text + ("" if text.endswith("\n") else "\n") + (f"\n{rest}" if rest else "")
