"""The phrases of a language as a file, so that a start need not expand them again.

A file is named by the key of all that it was made from; its first line is the SHA-256 of the rest,
since power cuts leave files of the right size with zeros in them. Whatever is wrong with one, or
with the folder, costs time and nothing else.
"""

import hashlib
import json
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from assistant.coach.intents import Command, Intent, Slots
from assistant.nlu.slots import slots_of

KEPT_FILES = 4
"""So many are kept, the newest: a person's own routines and an update make another each."""

_PATTERN = "phrases-*.json"
_NAMES = tuple(field.name for field in fields(Slots))
_log = logging.getLogger(__name__)


class KeptPhrases:
    """A folder of phrases that were expanded before; None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, key: str) -> dict[str, Command] | None:
        """The commands that were kept under a key; None where there are none, or damaged ones."""
        if self._folder is None:
            return None
        path = self._path(self._folder, key)
        try:
            return _unpacked(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, LookupError) as error:
            _log.info("%s is of no use (%s): the phrases are expanded anew", path, error)
            return None

    def keep(self, key: str, commands: Mapping[str, Command]) -> None:
        """Keep commands under a key, where that can be done."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(self._path(self._folder, key), _packed(commands))
            self._drop_oldest(self._folder)
        except OSError as error:
            _log.info("%s cannot be written (%s): each start expands anew", self._folder, error)

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / _PATTERN.replace("*", key)

    @staticmethod
    def _drop_oldest(folder: Path) -> None:
        found = sorted(folder.glob(_PATTERN), key=lambda path: path.stat().st_mtime)
        for path in found[:-KEPT_FILES]:
            path.unlink(missing_ok=True)


def _write(path: Path, packed: bytes) -> None:
    """Write a file whole or not at all. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            file.write(packed)
            file.flush()
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def _packed(commands: Mapping[str, Command]) -> bytes:
    """Each command once, and the number of its command for each phrase, in their order."""
    numbers: dict[Command, int] = {}
    phrases = {p: numbers.setdefault(command, len(numbers)) for p, command in commands.items()}
    body = json.dumps(
        {"commands": [_written(command) for command in numbers], "phrases": phrases},
        separators=(",", ":"),
    ).encode()
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _written(command: Command) -> tuple[str, dict[str, str]]:
    values = {name: getattr(command.slots, name) for name in _NAMES}
    return command.intent, {name: str(v) for name, v in values.items() if v is not None}


def _unpacked(packed: bytes) -> dict[str, Command]:
    checksum, _, body = packed.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != checksum:
        raise ValueError("wrong checksum")
    held = json.loads(body)
    commands = [Command(Intent(i), slots_of(tuple(v.items()))) for i, v in held["commands"]]
    return {phrase: commands[number] for phrase, number in held["phrases"].items()}
