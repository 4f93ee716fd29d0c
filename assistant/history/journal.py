"""The journal: every event that the coach was told, as JSON lines, so that a bug can be seen again.

It has no sound and no word that was said: of what was heard it keeps the meaning (`pause`, `number`
6). The coach is pure, so the same events make it do the same again. Two files at most, of a known
size; a line that was cut by a power cut is passed over.
"""

import json
import logging
import os
import queue
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from pydantic import TypeAdapter

from assistant.coach.events import Event, Heard

log = logging.getLogger(__name__)

FILE_NAME, OLDER_NAME = "journal.jsonl", "journal-older.jsonl"
MAX_BYTES = 1_000_000
"""A file that has grown so large becomes the older one."""
PENDING = 10_000
"""Events that wait for a slow disk; what comes then is counted, and left out."""

_KINDS: Mapping[str, type] = MappingProxyType({kind.__name__: kind for kind in get_args(Event)})


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    """Made when it is needed. Raises KeyError for what is no kind of event."""
    return TypeAdapter(_KINDS[kind])


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal."""

    run: int
    """Which start of the program it belongs to, from 1 for the first in the journal."""
    event: Event


def files_of(folder: Path) -> list[Path]:
    """The files that there are, the older first."""
    return [p for p in (folder / OLDER_NAME, folder / FILE_NAME) if p.exists()]


def as_line(event: Event) -> str:
    """An event as a line, without the words that were said."""
    told = replace(event, text="") if isinstance(event, Heard) else event
    kind = type(told).__name__
    fields = _adapter(kind).dump_python(told, mode="json", exclude_defaults=True)
    return json.dumps({"event": kind, **fields})


def entries_of(folder: Path) -> Iterator[Entry]:
    """What the journal has, in order; what cannot be read is passed over and counted in the log.

    Raises OSError.
    """
    run, passed_over = 1, Counter[str]()
    for path in files_of(folder):
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if not line.strip():
                    continue
                try:
                    fields = json.loads(line)
                    kind = fields.pop("event")
                    if kind == "Start":
                        run += 1
                    else:
                        yield Entry(run, _adapter(kind).validate_python(fields, strict=False))
                except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
                    passed_over[path.name] += 1
    for name, count in passed_over.items():
        log.info("%s has %d lines that cannot be read", name, count)


class Journal:
    """Writes events down, on a thread of its own. What it cannot write is left out: the log tells,
    once."""

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES, version: str = "") -> None:
        """Nothing is made before there is an event. `version` is whose run it is."""
        self.dropped_events = 0
        self._folder = folder
        self._max_bytes = max_bytes
        self._inbox: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._start = json.dumps({"event": "Start", "version": version})
        self._is_begun = False
        self._is_told = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def note(self, event: Event) -> None:
        """Write an event down; from any thread, at once."""
        if self._inbox.qsize() >= PENDING:
            self.dropped_events += 1
        else:
            self._inbox.put(event)

    def close(self, timeout_s: float = 2.0) -> None:
        """Write what is left and end; a disk that hangs is waited for so long."""
        self._inbox.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        is_open = True
        while is_open:
            taken = [self._inbox.get()]
            while not self._inbox.empty():
                taken.append(self._inbox.get_nowait())
            events = [event for event in taken if event is not None]
            is_open = len(events) == len(taken)
            if events:
                self._write(events)

    def _write(self, events: list[Event]) -> None:
        lines = [as_line(event) for event in events]
        if not self._is_begun:
            lines.insert(0, self._start)
        try:
            self._append("".join(f"{line}\n" for line in lines).encode())
        except OSError as error:
            self.dropped_events += len(events)
            if not self._is_told:
                self._is_told = True
                log.warning("the journal cannot be written: %s", error)
        else:
            self._is_begun = True

    def _append(self, lines: bytes) -> None:
        """Opened anew each time: what is forgotten meanwhile is gone. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / FILE_NAME
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        with open(os.open(path, flags, 0o600), "r+b", buffering=0) as file:  # noqa: PTH123
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                if file.read(1) != b"\n":  # a power cut, or a full disk, cut the line
                    lines = b"\n" + lines
            written = file.write(lines)
            if written != len(lines):
                raise OSError(f"only {written} of {len(lines)} bytes were written")
        if size + len(lines) > self._max_bytes:
            path.replace(self._folder / OLDER_NAME)
