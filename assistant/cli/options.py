"""What several commands take, and what they share."""

import argparse
import logging
import os
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:  # at run time it would load pydantic before `earshot --help` answers
    from assistant.config import Settings

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a command, or a verb of one, is added."""

EXIT_MISSED = 1
"""Exit code of a rehearsal in which a command was not understood, of a failed check, and of a bench
that missed a target."""


def warn(message: str) -> None:
    """Print on standard error."""
    print(message, file=sys.stderr)


def keep_log_apart() -> None:
    """Give the log and the warnings a way of their own to where stderr goes: while a stream is
    opened, the one that C libraries write to is closed to everybody (`audio/devices.py`)."""
    apart = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr:
            handler.setStream(apart)
    sys.stderr = apart


def agrees(question: str) -> bool:
    """Whether a person answers yes; no answer is none."""
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except EOFError:
        print()
        return False


def settings_of(args: argparse.Namespace) -> "Settings":
    """The settings, with what the command line says in their place. Raises SettingsError."""
    from assistant.config import load_settings

    return load_settings(**flags_of(args))


def flags_of(args: argparse.Namespace) -> dict[str, Any]:
    """What the command line says in place of settings, by their names; None: nothing."""
    names = ["config_dir", "engine", "model", "cache_dir", "data_dir", "microphone", "loudspeaker"]
    names += ["talk", "rate_wpm"]
    return {name: getattr(args, name, None) for name in names}


def count(text: str) -> int:
    """A number for --seed and --clips: 0 or more."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return value


def decibels(text: str) -> float:
    """A level for --snr-db: -20 to 80 dB."""
    value = float(text)
    if not -20.0 <= value <= 80.0:
        raise argparse.ArgumentTypeError(f"{text} is not between -20 and 80 dB")
    return value


def levels(text: str) -> list[float]:
    """Levels for --snr, each as for --snr-db."""
    return [decibels(level) for level in text.split(",")]


def minutes(text: str) -> float:
    """A length for --minutes."""
    try:
        length = float(text)
    except ValueError:
        length = 0.0
    if not 0.5 <= length <= 600:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.5 and 600 minutes")
    return length


def hours(text: str) -> float:
    """A length for --hours, of simulated time."""
    try:
        length = float(text)
    except ValueError:
        length = 0.0
    if not 0.1 <= length <= 24 * 366:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.1 and {24 * 366} hours")
    return length


def add_engine(command: argparse.ArgumentParser) -> None:
    """The options of a command that hears and speaks."""
    command.add_argument("--engine", choices=["auto", "vosk", "sphinx"], help="the recogniser")
    command.add_argument("--model", metavar="DIR", help="a Vosk model's folder")
    command.add_argument("--cache-dir", metavar="DIR", help="where rendered speech is kept")


def add_devices(command: argparse.ArgumentParser) -> None:
    """The options of a command on a microphone and a loudspeaker."""
    command.add_argument("--microphone", metavar="NAME", help="part of the device's name")
    command.add_argument("--loudspeaker", metavar="NAME", help="part of the device's name")


def add_data_dir(command: argparse.ArgumentParser) -> None:
    """The option of a command about what is remembered."""
    command.add_argument("--data-dir", metavar="DIR", help="where the history is kept")
