"""What a check found, and how it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"  # it works, and could work better
    PROBLEM = "problem"  # it does not work as it is
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    check: str
    """What was looked at, such as "microphone level"."""
    verdict: Verdict
    found: str
    mend: str = ""
    """What to do; "" where there is nothing to do."""
    measured: Mapping[str, float] = field(default_factory=dict)
    """Figures, named with their units."""


def ok(check: str, found: str, **measured: float) -> Finding:
    """All is well."""
    return Finding(check, Verdict.OK, found, measured=measured)


def warning(check: str, found: str, mend: str, **measured: float) -> Finding:
    """It works, and could work better."""
    return Finding(check, Verdict.WARNING, found, mend, measured)


def problem(check: str, found: str, mend: str, **measured: float) -> Finding:
    """It does not work."""
    return Finding(check, Verdict.PROBLEM, found, mend, measured)


def not_applicable(check: str, found: str) -> Finding:
    """There is nothing to look at, or it cannot be looked at here."""
    return Finding(check, Verdict.NOT_APPLICABLE, found)


def has_problem(findings: Sequence[Finding]) -> bool:
    """Whether anything does not work."""
    return any(finding.verdict is Verdict.PROBLEM for finding in findings)


_WIDTH = 18
"""The longest name of a check, "microphone level", and a gap."""


def as_lines(finding: Finding) -> list[str]:
    """A finding for a terminal: what was found, and under it the mend."""
    verdict = "-" if finding.verdict is Verdict.NOT_APPLICABLE else finding.verdict.value
    lines = [f"{verdict:8} {finding.check:{_WIDTH}}{finding.found}"]
    if finding.mend:
        lines.append(f"{'':9}{'':{_WIDTH}}→ {finding.mend}")
    return lines


def summary(findings: Sequence[Finding]) -> str:
    """How many of each."""
    problems = sum(finding.verdict is Verdict.PROBLEM for finding in findings)
    warnings = sum(finding.verdict is Verdict.WARNING for finding in findings)
    if not problems and not warnings:
        return "All is well."
    return f"{_counted(problems, 'problem')}, {_counted(warnings, 'warning')}."


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def as_dict(findings: Sequence[Finding]) -> dict[str, Any]:
    """Findings for a program."""
    return {
        "well": not has_problem(findings),
        "findings": [
            {
                "check": finding.check,
                "verdict": finding.verdict.value,
                "found": finding.found,
                "mend": finding.mend,
                "measured": {name: round(x, 4) for name, x in finding.measured.items()},
            }
            for finding in findings
        ],
    }
