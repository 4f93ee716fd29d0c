"""A rehearsal as `earshot rehearse --json` runs it, in this process: a start takes a second."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.cli import main


@dataclass(frozen=True)
class Outcome:
    """How a rehearsal ended."""

    code: int
    """The exit code."""
    lines: list[dict[str, Any]]
    """What happened, one event each; the last sums it up."""
    errors: str
    """What was written to standard error."""

    @property
    def summary(self) -> dict[str, Any]:
        return self.lines[-1]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]


def rehearse(*arguments: str, config_dir: Path) -> Outcome:
    """Rehearse, with the settings and exercises of a folder."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = main(["--config-dir", str(config_dir), "rehearse", *arguments, "--json"])
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    return Outcome(code, lines, errors.getvalue())


def led_through(*arguments: str, config_dir: Path) -> list[dict[str, Any]]:
    """What happened in a rehearsal that has to succeed."""
    outcome = rehearse(*arguments, config_dir=config_dir)
    assert outcome.code == 0, outcome.errors
    return outcome.lines
