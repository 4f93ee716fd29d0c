"""The state diagram, in Graphviz's language, drawn from the transition table."""

from collections import defaultdict

from assistant.coach.phases import ACTIVE, Phase
from assistant.coach.table import BY_ITSELF, RESUMED, TABLE

ANYWHERE_FROM = 4
"""A command that leads to a phase from this many phases or more is drawn once, from "most"."""
MOST = "most phases of a session"
BACK = "where it was"
"""Stands for every phase that a pause or a question may return to."""


def as_dot() -> str:
    """The diagram as DOT text: boxes are phases; solid arrows commands; dashed ones time."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (name, to), phases in _sources().items():
        common = len(phases) >= ANYWHERE_FROM
        for source in [MOST] if common else phases:
            arrows[source, to].append(name)
    lines = [
        "// Drawn from assistant/coach/table.py by scripts/docs. Do not edit.",
        "digraph states {",
        '  graph [rankdir=TB, fontname="Helvetica", nodesep=0.5, ranksep=0.9];',
        '  node [shape=box, style="rounded,filled", fillcolor="#eef4f8", fontname="Helvetica"];',
        '  edge [fontname="Helvetica", fontsize=9, color="#445566"];',
        f'  "{MOST}" [style=dashed];',
        f'  "{BACK}" [style=dashed];',
    ]
    lines += [
        f'  "{p.value}" [fillcolor="{"#dcefdc" if p in ACTIVE else "#f2e8d8"}"];' for p in Phase
    ]
    for (source, to), names in sorted(arrows.items()):
        label = "\\n".join(sorted(names))
        lines.append(f'  "{source}" -> "{to}" [label="{label}"];')
    for source_phase, why, to in BY_ITSELF:
        lines.append(f'  "{source_phase.value}" -> "{to.value}" [label="{why}", style=dashed];')
    return "\n".join([*lines, "}", ""])


def _sources() -> dict[tuple[str, str], list[str]]:
    """Command and destination to the phases from which it leads there."""
    sources: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (phase, intent), transition in TABLE.items():
        resumes = transition.to >= RESUMED
        named = transition.to - RESUMED if resumes else transition.to
        for to in sorted(p.value for p in named - {phase}):
            sources[intent.value, to].append(phase.value)
        if resumes:
            sources[intent.value, BACK].append(phase.value)
    return sources
