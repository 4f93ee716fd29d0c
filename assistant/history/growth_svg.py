"""How a person gets on, as a picture: an SVG that needs nothing from elsewhere."""

from collections.abc import Iterable
from math import ceil
from xml.sax.saxutils import escape

from assistant.history.growth import Growth, Week

WIDTH, LEFT, RIGHT = 640, 48, 16
PANEL, GAP, TOP = 150, 56, 56
ROW = 26
"""Height of a movement."""
BARS = "#4f8a5b"
PAIN = "#b5483a"
GRID = "#d8dde2"
MOST_PAIN = 10.0
STEPS = 4
"""Lines across a panel."""


def picture(growth: Growth) -> str:
    """The picture as SVG text: minutes held in each week, pain in each week, the longest holds."""
    weeks = growth.weeks
    most_min = STEPS * ceil(max([week.held_min for week in weeks] + [1.0]) / STEPS)
    second = TOP + PANEL + GAP
    third = second + PANEL + GAP
    height = third + ROW * max(1, len(growth.movements)) + 8
    parts = [
        *_panel(TOP, "Minutes held, by week", most_min, weeks),
        *_bars(weeks, most_min),
        *_panel(second, "Worst pain of a session, 0 to 10, average of a week", MOST_PAIN, weeks),
        *_pain(weeks, second),
        *_longest(growth, third),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12" fill="#222">'
        f"<title>{growth.summary}</title>"
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>'
        f'<text x="{LEFT}" y="20" font-weight="bold">{growth.summary}</text>'
        f"{''.join(parts)}</svg>\n"
    )


def _x(index: int, weeks: tuple[Week, ...]) -> float:
    """The middle of a week."""
    return LEFT + (WIDTH - LEFT - RIGHT) * (index + 0.5) / len(weeks)


def _y(value: float, most: float, top: float) -> float:
    return top + PANEL * (1 - value / most)


def _panel(top: float, title: str, most: float, weeks: tuple[Week, ...]) -> Iterable[str]:
    yield f'<text x="{LEFT}" y="{top - 8}">{escape(title)}</text>'
    for step in range(STEPS + 1):
        value = most * step / STEPS
        y = _y(value, most, top)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>'
    every = max(1, len(weeks) // 6)
    for index in range(len(weeks) - 1, -1, -every):
        x, day = _x(index, weeks), weeks[index].begins
        yield f'<text x="{x:.1f}" y="{top + PANEL + 16}" text-anchor="middle">{day:%d %b}</text>'


def _bars(weeks: tuple[Week, ...], most_min: float) -> Iterable[str]:
    width = (WIDTH - LEFT - RIGHT) / len(weeks) * 0.7
    for index, week in enumerate(weeks):
        y = _y(week.held_min, most_min, TOP)
        told = f"{week.begins:%d %b}: {week.sessions} sessions, {week.held_min:.1f} min held"
        yield (
            f'<rect x="{_x(index, weeks) - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{TOP + PANEL - y:.1f}" fill="{BARS}"><title>{told}</title></rect>'
        )


def _pain(weeks: tuple[Week, ...], top: float) -> Iterable[str]:
    """A line through the weeks with a session: between them nothing is known."""
    points = [
        (_x(index, weeks), _y(min(week.pain, MOST_PAIN), MOST_PAIN, top), week)
        for index, week in enumerate(weeks)
        if week.pain is not None
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    yield f'<polyline points="{path}" fill="none" stroke="{PAIN}" stroke-width="2"/>'
    for x, y, week in points:
        told = f"{week.begins:%d %b}: {week.pain:.1f} of 10"
        dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{PAIN}">'
        yield f"{dot}<title>{told}</title></circle>"


def _longest(growth: Growth, top: float) -> Iterable[str]:
    yield f'<text x="{LEFT}" y="{top - 8}">Longest hold, seconds (thin: the first day)</text>'
    most_s = max([movement.longest_s for movement in growth.movements] + [1.0])
    names = LEFT + 120
    room = WIDTH - names - RIGHT - 60
    for row, movement in enumerate(growth.movements):
        y = top + ROW * row + 4
        long, first = (room * s / most_s for s in (movement.longest_s, movement.first_s))
        name = escape(movement.exercise.replace("_", " "))
        yield f'<text x="{names - 6}" y="{y + 11}" text-anchor="end">{name}</text>'
        yield f'<rect x="{names}" y="{y}" width="{long:.1f}" height="10" fill="{BARS}"/>'
        yield f'<rect x="{names}" y="{y + 11}" width="{first:.1f}" height="3" fill="{GRID}"/>'
        yield f'<text x="{names + long + 6:.1f}" y="{y + 10}">{movement.longest_s:.0f}</text>'
