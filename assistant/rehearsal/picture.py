"""A rehearsal as a picture: who speaks, what sounds and which phase, over time.

`python -m assistant.rehearsal.picture < rehearsal.jsonl > session.svg`, where the input is what
`earshot rehearse --json` prints.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

ROW_S = 110.0
"""Seconds in a row of the picture."""
SCALE = 9.0
"""Pixels a second."""
LEFT = 64.0
LANE = 22.0
LANES = {"phase": 0, "you": 1, "coach": 3, "tones": 4}
"""Lane to its place from the top; what you say takes two, for its labels."""
ROW_HEIGHT = LANE * 5 + 34.0
LETTER = 5.2
"""Width of a letter, pixels, about."""
PHASE_COLOURS = {
    "explaining": "#dfe8f2",
    "waiting": "#f3ead6",
    "lead_in": "#e4f0dc",
    "hold": "#8fc48a",
    "rep": "#8fc48a",
    "rest": "#eef3ea",
    "paused": "#e6c9c3",
    "asking": "#e9d7ee",
    "idle": "#f4f4f4",
    "done": "#f4f4f4",
}
TONE_COLOURS = {"start": "#2c7a2c", "end": "#a33", "halfway": "#b8860b", "tick": "#888"}


def picture(lines: Sequence[dict[str, Any]]) -> str:
    """The picture as SVG text; `lines` are a rehearsal's JSON objects, the summary last."""
    length_s = lines[-1]["audio_s"]
    rows = int(length_s // ROW_S) + 1
    body = [part for row in range(rows) for part in _row(lines, row, length_s)]
    width = LEFT + ROW_S * SCALE + 10
    height = rows * ROW_HEIGHT + 10
    style = "font: 11px Helvetica, Arial, sans-serif; fill: #333"
    frame = f'<rect width="{width:.0f}" height="{height:.0f}" fill="white"/>'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" style="{style}">'
    )
    return "\n".join([head, frame, *body, "</svg>", ""])


def _row(lines: Sequence[dict[str, Any]], row: int, length_s: float) -> Iterable[str]:
    from_s, until_s = row * ROW_S, min((row + 1) * ROW_S, length_s)
    top = row * ROW_HEIGHT + 22

    def x(t_s: float) -> float:
        return LEFT + (min(max(t_s, from_s), until_s) - from_s) * SCALE

    for tick in range(int(from_s), int(until_s) + 1, 10):
        yield f'<text x="{x(tick):.1f}" y="{top - 6:.1f}" fill="#999">{tick} s</text>'
    for name, lane in LANES.items():
        yield f'<text x="6" y="{top + lane * LANE + 15:.1f}">{name}</text>'
    phases = [line for line in lines if line["event"] == "phase"]
    for phase, after in zip(phases, [*phases[1:], {"t_s": length_s}], strict=True):
        if phase["t_s"] < until_s and after["t_s"] > from_s:
            title = f"{phase['phase']} {phase['exercise'] or ''}"
            colour = PHASE_COLOURS[phase["phase"]]
            left, right = x(phase["t_s"]), x(after["t_s"])
            yield _box(left, right, top, colour, title)
            if right - left > LETTER * len(phase["phase"]) + 8:
                yield _label(left, top, phase["phase"].replace("_", " "))
    label_end = 0.0
    for line in lines:
        if not from_s <= line.get("t_s", -1.0) < until_s:
            continue
        left = x(line["t_s"])
        if line["event"] == "said":
            is_person = line["who"] == "person"
            y = top + LANE * LANES["you" if is_person else "coach"]
            colour = "#f0b24a" if is_person else "#5b8fc7"
            yield _box(left, x(line["t_s"] + line["duration_s"]), y, colour, line["text"])
            if is_person:
                yield _label(left, y + LANE * (1.3 if left < label_end else 0.75), line["text"])
                label_end = left + 3 + LETTER * len(line["text"])
        elif line["event"] == "tone":
            colour = TONE_COLOURS.get(line["tone"], "#6a5acd")
            yield _box(left, left + 2.5, top + LANE * LANES["tones"], colour, line["tone"])


def _box(left: float, right: float, top: float, colour: str, title: str) -> str:
    width = max(right - left, 1.0)
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{LANE - 4:.0f}" '
        f'fill="{colour}"><title>{escape(title)}</title></rect>'
    )


def _label(left: float, top: float, text: str) -> str:
    return f'<text x="{left + 3:.1f}" y="{top + 13:.1f}" font-size="10">{escape(text)}</text>'


if __name__ == "__main__":
    sys.stdout.write(picture([json.loads(line) for line in sys.stdin]))
