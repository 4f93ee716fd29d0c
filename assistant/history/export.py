"""Everything that is kept of a person, as one archive to take away: text, for any program."""

import json
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from assistant.errors import HistoryError
from assistant.history import journal, report
from assistant.history.memory import kept_rows
from assistant.history.plausible import LAST_UTC_S
from assistant.history.records import Row, remembered_of

FACTS_NAME, SESSIONS_NAME = "history.jsonl", "sessions.csv"


def as_json(row: Row) -> str:
    """A fact as a line of JSON: its time as in RFC 3339 (UTC) and in seconds since 1970, its kind,
    its fields. What is no JSON stands there as text."""
    at = None
    if 0.0 <= row.at_utc_s < LAST_UTC_S:
        at = datetime.fromtimestamp(row.at_utc_s, UTC).isoformat(timespec="milliseconds")
    try:
        fields = json.loads(row.data)
    except (ValueError, RecursionError):
        fields = row.data
    return json.dumps({"at": at, "at_utc_s": row.at_utc_s, "kind": row.kind, "fields": fields})


def export_all(
    folder: Path, file: Path, warn: Callable[[str], None], *, replaces: bool = False
) -> list[str]:
    """Write an archive of all that is kept in a folder: the facts as JSON lines, the sessions as a
    table, the journal as it is. Return the names in it.

    Raises HistoryError where there is a file already (unless `replaces`), where nothing is kept, or
    where it cannot be written.
    """
    if file.exists() and not replaces:
        mend = "Name another file, or add --replace."
        raise HistoryError("this file is there already", place=str(file), mend=mend)
    rows = kept_rows(folder, warn)
    journals = journal.files_of(folder)
    if not rows and not journals:
        raise HistoryError("nothing is kept here", place=str(folder), mend="Name another data_dir.")
    sessions = report.sessions_of(remembered_of(rows))
    new = file.with_name(file.name + ".new")
    try:
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(FACTS_NAME, "".join(f"{as_json(row)}\n" for row in rows))
            archive.writestr(SESSIONS_NAME, report.as_csv(sessions))
            for path in journals:
                archive.write(path, path.name)
            names = archive.namelist()
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        mend = "Free some space, or name another file."
        raise HistoryError(f"it cannot be written: {error}", place=str(file), mend=mend) from error
    return names
