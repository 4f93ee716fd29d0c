"""The state diagram, in Graphviz's language, drawn from the transition table."""

from collections import defaultdict

from assistant.coach.phases import ACTIVE, Phase
from assistant.coach.table import BY_ITSELF, TABLE

ANYWHERE_FROM = 7
"""A command that leads to a phase from this many phases or more is drawn once, from "any"."""


def as_dot() -> str:
    """The diagram as DOT text: boxes are phases; solid arrows commands; dashed ones time."""
    arrows: dict[tuple[str, Phase], list[str]] = defaultdict(list)
    sources: dict[tuple[str, Phase], list[Phase]] = defaultdict(list)
    for (phase, intent), transition in TABLE.items():
        for to in transition.to - {phase}:
            sources[intent.value, to].append(phase)
    for (name, to), phases in sources.items():
        common = len(phases) >= ANYWHERE_FROM
        for source in ["any phase of a session"] if common else sorted(p.value for p in phases):
            arrows[source, to].append(name)
    lines = [
        "// Drawn from assistant/coach/table.py by scripts/docs. Do not edit.",
        "digraph states {",
        '  graph [rankdir=TB, fontname="Helvetica", nodesep=0.5, ranksep=0.9];',
        '  node [shape=box, style="rounded,filled", fillcolor="#eef4f8", fontname="Helvetica"];',
        '  edge [fontname="Helvetica", fontsize=9, color="#445566"];',
        '  "any phase of a session" [style=dashed];',
    ]
    lines += [
        f'  "{p.value}" [fillcolor="{"#dcefdc" if p in ACTIVE else "#f2e8d8"}"];' for p in Phase
    ]
    for (source, to), names in sorted(arrows.items()):
        label = "\\n".join(sorted(names))
        lines.append(f'  "{source}" -> "{to.value}" [label="{label}"];')
    for source_phase, why, to in BY_ITSELF:
        lines.append(f'  "{source_phase.value}" -> "{to.value}" [label="{why}", style=dashed];')
    return "\n".join([*lines, "}", ""])
