"""Where the log goes: to the journal as systemd takes it, into a file of bounded size, or to the
terminal.

At the default level it holds warnings alone, and no level below --verbose --verbose writes what
people said (see `display.py`).
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

from assistant.errors import SettingsError

log = logging.getLogger(__name__)

FILE_BYTES = 1_000_000
KEPT_FILES = 3
"""Beside the file itself three older ones are kept, .1 to .3: 4 MB at the most."""

_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""Levels as syslog's priorities (sd-daemon(3)); what is below is 7, debug."""


class JournalFormatter(logging.Formatter):
    """A line as systemd reads it from standard error: "<4>logger: message". The journal adds time,
    unit and process; a message of several lines stays one entry's."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as lines that all carry its priority."""
        priority = next((p for level, p in _PRIORITIES if record.levelno >= level), 7)
        text = f"{record.name}: {super().format(record)}"
        return "\n".join(f"<{priority}>{line}" for line in text.splitlines())


class JsonFormatter(logging.Formatter):
    """A record as one JSON object a line: at (UTC), level, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"at": at, "level": record.levelname.lower(), "logger": record.name}
        return json.dumps(told | {"message": super().format(record)}, ensure_ascii=False)


class BoundedFile(RotatingFileHandler):
    """A log file that is turned over when it is full. A disk that takes no more is told once, to
    the other handlers, and every later record is a new try."""

    _is_told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's
        """Called where a record could not be written, in the except clause."""
        if not self._is_told:
            self._is_told = True
            log.warning("the log cannot be written to %s: %s", self.baseFilename, sys.exc_info()[1])


def goes_to_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether what is written to the stream comes into systemd's journal: JOURNAL_STREAM names the
    device and inode of such a stream (systemd.exec(5))."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):  # closed, or no file at all
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def handler_for(
    stream: TextIO, environment: Mapping[str, str], *, tells_time: bool
) -> logging.Handler:
    """A handler for standard error, wherever that leads."""
    handler = logging.StreamHandler(stream)
    if goes_to_journal(stream, environment):
        handler.setFormatter(JournalFormatter())
    else:
        time = "%(asctime)s " if tells_time else ""
        handler.setFormatter(logging.Formatter(f"{time}%(levelname)s %(name)s: %(message)s"))
    return handler


def file_handler(file: Path) -> logging.Handler:
    """A handler for a log file that is turned over when it is full. Raises SettingsError where it
    cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = BoundedFile(file, maxBytes=FILE_BYTES, backupCount=KEPT_FILES, encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"no log can be written to {str(file)!r} ({error.strerror})",
            place="--log-file",
            mend="Name a file in a folder of yours.",
        ) from error
    handler.setFormatter(JsonFormatter())
    return handler
