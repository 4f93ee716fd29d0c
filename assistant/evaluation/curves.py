"""Curves as SVG, drawn here: a page that needs nothing from elsewhere."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evaluation.measure import ConditionResult, Result

Point = tuple[float, float]

_WIDTH, _HEIGHT = 480, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 32
_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b", "#e377c2")
_GRID = "#d5dae0"
_STEPS = 5


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line through points; y is 0 to 100."""

    name: str
    points: Sequence[Point]


def trade_off(result: ConditionResult) -> list[Point]:
    """Share of other words accepted and of commands right, for each least confidence.

    The last point is what the judge does by itself; the others ask for more and more.
    """
    if not result.commands or not result.others:
        return []
    decided = [t for t in result.trials if t.result in (Result.RIGHT, Result.ACCEPTED)]
    ordered = sorted(decided, key=lambda t: -max(d.confidence for d in t.decisions))
    points: list[Point] = [(0.0, 0.0)]
    right = accepted = 0
    for trial in ordered:
        right += trial.result is Result.RIGHT
        accepted += trial.result is Result.ACCEPTED
        points.append((accepted / result.others, right / result.commands))
    return points


def chart(
    title: str,
    curves: Sequence[Curve],
    *,
    x_max: float = 100.0,
    x_names: Sequence[str] = (),
) -> str:
    """A figure: y from 0 to 100, x from 0 to `x_max`, with names along x or figures."""
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def place(point: Point) -> tuple[float, float]:
        x, y = point
        return _LEFT + width * x / (x_max or 1.0), _TOP + height * (1 - y / 100)

    parts = [_horizontal(place((0, y))[1], f"{y:.0f}") for y in range(0, 101, 100 // _STEPS)]
    ticks = [x_max * i / _STEPS for i in range(_STEPS + 1)]
    along = [(float(i), name) for i, name in enumerate(x_names)] or [(x, f"{x:.3g}") for x in ticks]
    parts += [_along_x(place((x, 0))[0], name) for x, name in along]
    for i, curve in enumerate(curves):
        colour = _COLOURS[i % len(_COLOURS)]
        placed = [place(point) for point in curve.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if x_names or len(placed) == 1:
            parts += [
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in placed
            ]
        y = _TOP + height - 16 * (len(curves) - i) - 4
        parts.append(
            f'<rect x="{_WIDTH - 170}" y="{y}" width="12" height="12" fill="{colour}"/>'
            f'<text x="{_WIDTH - 152}" y="{y + 10}">{html.escape(curve.name)}</text>'
        )
    drawn = "".join(parts)
    return (
        f"<figure><figcaption>{html.escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img">'
        f"<title>{html.escape(title)}</title>{drawn}</svg></figure>"
    )


def _horizontal(y: float, name: str) -> str:
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_GRID}"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{name}</text>'
    )


def _along_x(x: float, name: str) -> str:
    y = _HEIGHT - _BOTTOM + 18
    return f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{html.escape(name)}</text>'
