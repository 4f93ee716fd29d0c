"""What a bench finds: figures, each beside its target; for people and as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured, and what it ought to be."""

    name: str
    """What it is, unique in its bench: "commands right at -6 dB"."""
    value: float | None
    """None where there was nothing to measure: a target is then missed."""
    unit: str
    """As printed after the value: "%", "s", "dB"; "" for a plain number."""
    target: float | None = None
    """None: told beside the others, and nothing is asked of it."""
    at_least: bool = True
    """Whether the value has to reach the target; False: it must not be over it."""

    @property
    def is_met(self) -> bool:
        """Whether the target is met; True where there is none."""
        if self.target is None:
            return True
        if self.value is None:
            return False
        return self.value >= self.target if self.at_least else self.value <= self.target


@dataclass(frozen=True, slots=True)
class Findings:
    """What a bench found."""

    bench: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()
    """What has to be known to read the figures: what was played, how often, to whom."""

    @property
    def is_met(self) -> bool:
        """Whether every target is met."""
        return all(figure.is_met for figure in self.figures)


def as_dict(findings: Findings) -> dict[str, Any]:
    """The figures and their targets, as JSON takes them."""
    return {
        "bench": findings.bench,
        "met": findings.is_met,
        "figures": [
            {
                "name": figure.name,
                "value": None if figure.value is None else round(figure.value, 4),
                "unit": figure.unit,
                "target": figure.target,
                "at_least": figure.at_least,
                "met": figure.is_met,
            }
            for figure in findings.figures
        ],
        "notes": list(findings.notes),
    }


def as_text(findings: Findings) -> Iterator[str]:
    """The figures as a table, a line each, and the notes."""
    width = max((len(figure.name) for figure in findings.figures), default=0)
    for figure in findings.figures:
        mark = "" if figure.is_met else "  MISSED"
        line = f"{figure.name:{width}}{_with_unit(figure.value, figure.unit):>12}"
        yield f"{line}{_target(figure):>24}{mark}".rstrip()
    yield from findings.notes
    missed = sum(not figure.is_met for figure in findings.figures)
    asked = sum(figure.target is not None for figure in findings.figures)
    yield f"{findings.bench}: {asked - missed} of {asked} targets met"


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return (
        f"{'at least' if figure.at_least else 'at most'} {_with_unit(figure.target, figure.unit)}"
    )


def _with_unit(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    number = f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return f"{number} {unit}".rstrip()
