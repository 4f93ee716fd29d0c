"""The settings: one TOML file, and environment variables that go before it."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.almanac import local_zone, quiet_hours
from assistant.errors import SettingsError

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
    local_zone(given)
    return given


class Settings(BaseSettings):
    """What a user can set, in `settings.toml` or as EARSHOT_NAME in the environment."""

    model_config = SettingsConfigDict(env_prefix="EARSHOT_", extra="forbid", frozen=True)

    config_dir: Path = Field(default_factory=lambda: platformdirs.user_config_path("earshot"))
    """Folder with settings.toml and a user's own exercises/, routines/ and intents/."""
    cache_dir: Path | None = None
    """Where rendered speech is kept; None means the user's cache folder."""
    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("earshot"))
    """Where the history is kept: what was done, as text."""
    language: str = "en"
    engine: Literal["auto", "vosk", "sphinx"] = "auto"
    model: Path | None = None
    """A Vosk model's folder; None means the fetched one, else the one that comes with Earshot."""
    microphone: str | None = None
    """Part of the device's name; None means the default one."""
    loudspeaker: str | None = None
    voice: str | None = None
    """Name of an espeak-ng voice; None means ours."""
    rate_wpm: int = Field(default=155, ge=80, le=195)
    """Rate of speech, words per minute; above the highest more than 5 words come in a second."""
    talk: Literal["full", "normal", "quiet", "beeps"] = "full"
    wake: bool = True
    """Whether the wake phrase is needed where no session runs; false: every command counts."""
    wake_phrases: tuple[Annotated[str, AfterValidator(_wake_phrase)], ...] = ()
    """Phrases that open the floor besides the language's own, such as "hello trainer"."""
    teach_words: tuple[str, ...] = ()
    """What `earshot teach` asks for; none means the language's most important commands."""
    emergency_number: str = Field(default="112", pattern=r"^[0-9]{2,15}$")
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
        file = TomlConfigSettingsSource(settings_cls, Path(folder) / SETTINGS_FILE)
        return init_settings, env_settings, file

    @property
    def user_dir(self) -> Path | None:
        """The folder of a user's own files, or None where it does not exist."""
        return self.config_dir if self.config_dir.is_dir() else None


def load_settings(**flags: Any) -> Settings:
    """Read the settings; `flags` (those not None) go before the environment and the file.

    Raises SettingsError naming the value, where it stands, and the mend.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            problem, mend = f"unknown setting {name!r}", f"Known are {', '.join(_names())}."
        else:
            problem = f"{name} = {first['input']!r} is wrong: {_why(first)}"
            mend = "Correct it, or remove it for the default."
        raise SettingsError(problem, place=_place_of(name, given), mend=mend) from None
    except (ValueError, OSError) as error:  # TOML that cannot be read; not UTF-8
        mend = "Correct the file, or remove it."
        raise SettingsError(str(error), place=str(_file_of(given)), mend=mend) from error


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


def _place_of(name: str, flags: Mapping[str, Any]) -> str:
    """Where a setting's value came from: flags go before the environment, that before the file."""
    field = name.partition(".")[0]
    variable = f"EARSHOT_{field.upper()}"
    if field in flags:
        return "the command line"
    if variable in {known.upper() for known in os.environ}:
        return f"{variable} in the environment"
    return str(_file_of(flags))


def _file_of(flags: Mapping[str, Any]) -> Path:
    folder = flags.get("config_dir") or os.environ.get("EARSHOT_CONFIG_DIR")
    return Path(folder or platformdirs.user_config_path("earshot")) / SETTINGS_FILE


def _names() -> list[str]:
    return sorted(Settings.model_fields)
