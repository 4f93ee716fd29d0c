"""The settings file as text: read with care, and where in it each setting stands."""

import re
import tomllib
from pathlib import Path
from typing import Any

from assistant.errors import SettingsError


def read_text(path: Path) -> str:
    """The text of a settings file, empty where there is none. Raises SettingsError where it
    cannot be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(
            f"its encoding is not UTF-8 (byte {error.object[error.start]:#04x})",
            place=f"{path}, line {line}",
            mend="Save it as UTF-8, or remove it.",
        ) from error
    except OSError as error:
        is_folder = path.is_dir()
        raise SettingsError(
            "this is a folder, not a file"
            if is_folder
            else f"it cannot be read ({error.strerror or error})",
            place=str(path),
            mend="Remove it, or rename it." if is_folder else "See whose file it is.",
        ) from error


def parsed(text: str, path: Path) -> dict[str, Any]:
    """What the text of a settings file says, unchecked; `path` is named as its place. Raises
    SettingsError where it is no TOML."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        mend = "Correct the file, or remove it."
        raise SettingsError(str(error), place=str(path), mend=mend) from error


def read_settings(path: Path) -> dict[str, Any]:
    """What a settings file says, unchecked; nothing where there is none. Raises SettingsError."""
    return parsed(read_text(path), path)


def place_in(path: Path, name: str) -> str:
    """A setting's file and line, for a person."""
    try:
        line = line_of(name, read_text(path))
    except SettingsError:
        line = None
    return str(path) if line is None else f"{path}, line {line}"


def line_of(name: str, text: str) -> int | None:
    """The line, from 1, on which a setting stands in a file; None where it stands nowhere."""
    lines = text.splitlines()
    name = re.escape(name)
    key = re.compile(rf"""\s*(?:(["']?){name}\1\s*[=.]|\[+\s*{name}\b)""")
    for number, line in enumerate(lines, start=1):
        if key.match(line) and _is_whole("\n".join(lines[: number - 1])):
            return number
    return None


def _is_whole(text: str) -> bool:
    """Whether nothing is open at the end of a text, such as a list of several lines."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
