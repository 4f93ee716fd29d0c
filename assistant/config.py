"""The settings: one TOML file, and environment variables that go before it.

`load_settings` is strict: the first wrong value is an error. `load_what_counts` is for the service,
which has to start: each wrong value is told, and its default counts.
"""

import difflib
import os
import re
from collections.abc import Mapping, Set
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

import platformdirs
from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from assistant.almanac import quiet_hours, zone_of
from assistant.errors import SettingsError
from assistant.settings_file import line_of, parsed, place_in, read_settings

SETTINGS_FILE = "settings.toml"

_WAKE_WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*(?: [^\W\d_]+(?:'[^\W\d_]+)*){1,4}")


def _wake_phrase(given: str) -> str:
    phrase = " ".join(given.lower().split())
    if not _WAKE_WORDS.fullmatch(phrase):
        raise ValueError(
            "a wake phrase has two to five words of letters, such as 'hello trainer'; a single one"
            " would be heard in every conversation"
        )
    return phrase


def _quiet_hours(given: str) -> str:
    quiet_hours(given)
    return given


def _time_zone(given: str) -> str:
    zone_of(given)
    return given


class Settings(BaseSettings):
    """What a user can set, in `settings.toml` or as EARSHOT_NAME in the environment."""

    model_config = SettingsConfigDict(
        env_prefix="EARSHOT_", extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    is_forgiving: ClassVar[bool] = False
    """Whether a file that cannot be read, and unknown names in it, are passed over."""

    config_dir: Path = Field(default_factory=lambda: platformdirs.user_config_path("earshot"))
    """Folder with settings.toml and a user's own exercises/, routines/ and intents/."""
    cache_dir: Path | None = None
    """Where what takes time to make is kept: spoken lines, and phrases; None means the user's cache
    folder."""
    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("earshot"))
    """Where the history is kept: what was done, as text."""
    language: str = "en"
    """What is spoken, by either; "en" is the only one so far."""
    engine: Literal["auto", "vosk", "sphinx"] = "auto"
    """The recogniser; "auto" is Vosk, with PocketSphinx for words that it lacks."""
    model: Path | None = None
    """A Vosk model: its folder, or a name of `earshot models list`; None means the fetched one,
    else the one that comes with Earshot."""
    microphone: str | None = None
    """Part of the device's name, see `earshot devices`; None means the default one."""
    loudspeaker: str | None = None
    """Part of the device's name; None means the default one."""
    voice: str | None = None
    """Name of an espeak-ng voice, such as "en-gb"; None means ours."""
    rate_wpm: int = Field(default=155, ge=80, le=195)
    """Rate of speech, words per minute; above the highest more than 5 words come in a second."""
    talk: Literal["full", "normal", "quiet", "beeps"] = "full"
    """How much the coach says."""
    wake: bool = True
    """Whether the wake phrase is needed where no session runs; false: every command counts."""
    wake_phrases: tuple[Annotated[str, AfterValidator(_wake_phrase)], ...] = ()
    """Phrases that open the floor besides the language's own, such as "hello trainer"."""
    teach_words: tuple[str, ...] = ()
    """What `earshot teach` asks for; none means the language's most important commands."""
    emergency_number: str = Field(default="112", pattern=r"^[0-9]{2,15}$")
    """Whom the coach tells you to call on a call for help."""
    quiet_hours: Annotated[str, AfterValidator(_quiet_hours)] = "23:00-07:00"
    """When no reminder is spoken, local time; "" means at no time."""
    time_zone: Annotated[str, AfterValidator(_time_zone)] | None = None
    """Such as "Europe/London", for reminders; None means the machine's."""
    emergency_command: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """A program and its arguments, run without a shell when somebody calls for help."""
    introduction: bool = True
    """Whether someone of whom nothing is known is offered the first session, and is asked what to
    leave out before their first routine."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags before the environment before the file."""
        del dotenv_settings, file_secret_settings
        known = {**env_settings(), **init_settings()}
        folder = known.get("config_dir") or platformdirs.user_config_path("earshot")
        try:
            held = read_settings(Path(folder) / SETTINGS_FILE)
        except SettingsError:
            if not (issubclass(settings_cls, Settings) and settings_cls.is_forgiving):
                raise
            held = {}
        return init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=held)

    @property
    def cache_root(self) -> Path:
        """The folder of what takes time to make."""
        return self.cache_dir or platformdirs.user_cache_path("earshot")

    @property
    def user_dir(self) -> Path | None:
        """The folder of a user's own files, or None where it does not exist."""
        return self.config_dir if self.config_dir.is_dir() else None


class _WhatCounts(Settings):
    """The settings where a file or the environment may be wrong."""

    model_config = SettingsConfigDict(extra="ignore", defer_build=True)
    is_forgiving: ClassVar[bool] = True


class _Held(Settings):
    """The settings of one text alone."""

    model_config = SettingsConfigDict(defer_build=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is handed over, and nothing else."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def load_settings(**flags: Any) -> Settings:
    """Read the settings; `flags` (those not None) go before the environment and the file.

    Raises SettingsError naming the first wrong value, where it stands, and the mend.
    """
    given = _given(flags)
    try:
        return Settings(**given)
    except ValidationError as error:
        raise _all_wrong(error, given)[0] from None


def load_what_counts(**flags: Any) -> tuple[Settings, tuple[SettingsError, ...]]:
    """Read the settings; of what is wrong in the file or the environment the default counts, and
    it is returned beside them, so that a service starts whatever was written there.

    Raises SettingsError for a wrong flag: whoever gives one is there to mend it.
    """
    given = _given(flags)
    problems: list[SettingsError] = []
    try:
        return Settings(**given), ()
    except SettingsError as error:  # the file cannot be read at all: the environment counts still
        problems.append(error)
    except ValidationError as error:
        problems += _all_wrong(error, given)
    wrong: Set[str] = frozenset()
    try:
        _WhatCounts(**given)
    except ValidationError as error:
        wrong = {str(each["loc"][0]) for each in error.errors()}
        told = _all_wrong(error, given)
        if not wrong.isdisjoint(given):
            raise told[0] from None
        known = {str(problem) for problem in problems}
        problems += [problem for problem in told if str(problem) not in known]
    return _WhatCounts(**given, **{name: default_of(name) for name in wrong}), tuple(problems)


def problems_in(text: str, path: Path) -> tuple[SettingsError, ...]:
    """Everything that is wrong in the text of a settings file, whose place is named as `path`."""
    try:
        _Held(**parsed(text, path))
    except SettingsError as error:
        return (error,)
    except ValidationError as error:
        placed = [(line_of(str(each["loc"][0]), text) or 0, each) for each in error.errors()]
        return tuple(
            _as_told(each, f"{path}, line {line}")
            for line, each in sorted(placed, key=lambda found: found[0])
        )
    return ()


def default_of(name: str) -> Any:
    """What counts where a setting is not given."""
    return Settings.model_fields[name].get_default(call_default_factory=True)


def place_of(name: str, flags: Mapping[str, Any]) -> str | None:
    """Where a setting's value comes from, for a person: flags go before the environment, that
    before the file. None where it is the default, as with a file that cannot be read."""
    variable = f"EARSHOT_{name.upper()}"
    if flags.get(name) is not None:
        return "the command line"
    if variable in {known.upper() for known in os.environ}:
        return f"{variable} in the environment"
    path = settings_path(flags.get("config_dir"))
    try:
        return place_in(path, name) if name in read_settings(path) else None
    except SettingsError:
        return None


def settings_path(config_dir: Path | str | None = None) -> Path:
    """The settings file, in a folder that is named, or in the environment, or the user's own."""
    folder = config_dir or os.environ.get("EARSHOT_CONFIG_DIR")
    return Path(folder or platformdirs.user_config_path("earshot")) / SETTINGS_FILE


def _given(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}


def _all_wrong(error: ValidationError, flags: Mapping[str, Any]) -> list[SettingsError]:
    """What pydantic found wrong, for a person."""
    return [
        _as_told(each, place_of(str(each["loc"][0]), flags) or "the settings")
        for each in error.errors()
    ]


def _as_told(wrong: ErrorDetails, place: str) -> SettingsError:
    name = ".".join(str(part) for part in wrong["loc"])
    if wrong["type"] == "extra_forbidden":
        problem = f"unknown setting {name!r}"
        near = difflib.get_close_matches(name, Settings.model_fields, n=1)
        mend = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(_names())}."
    else:
        problem = f"{name} = {wrong['input']!r} is wrong: {_why(wrong)}"
        mend = "Correct it, or remove it for the default."
    return SettingsError(problem, place=place, mend=mend)


_KINDS = MappingProxyType(
    {
        "tuple_type": 'a list is needed, such as ["one", "two"]',
        "int_type": "a whole number is needed",
        "int_parsing": "a whole number is needed",
        "bool_type": "true or false is needed",
        "bool_parsing": "true or false is needed",
        "string_type": "text in quotes is needed",
        "path_type": "a path in quotes is needed",
        "string_too_short": "it is empty",
    }
)
"""Pydantic's types of error to what a person is told; what is not here is told by its message."""


def _why(error: ErrorDetails) -> str:
    """What is wrong with a value, in words for somebody who does not know pydantic."""
    context = error.get("ctx", {})
    match error["type"]:
        case kind if kind in _KINDS:
            return _KINDS[kind]
        case "literal_error":
            return f"it can be {context['expected']}"
        case "greater_than_equal":
            return f"it is at least {context['ge']}"
        case "less_than_equal":
            return f"it is at most {context['le']}"
        case "string_pattern_mismatch":  # emergency_number is the only one with a pattern
            return "a number to call has 2 to 15 digits and nothing else"
        case _:
            return error["msg"].removeprefix("Value error, ")


def _names() -> list[str]:
    return sorted(Settings.model_fields)
