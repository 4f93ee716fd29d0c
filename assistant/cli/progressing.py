"""`earshot progress`: how a person gets on, as a drawing in the terminal and as a picture."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli.options import Commands, add_data_dir, settings_of, warn
from assistant.errors import HistoryError

if TYPE_CHECKING:  # at run time they would load before `earshot --help` answers
    from rich.table import Table

    from assistant.history.growth import Growth

BAR_CELLS = 24
"""Width of a bar, in letters."""


def add_to(commands: Commands) -> None:
    """Add the command and what it takes."""
    progress = commands.add_parser("progress", help="how you get on: weeks, pain, longest holds")
    progress.add_argument("--json", action="store_true", help="print one JSON object")
    progress.add_argument("--svg", type=Path, metavar="FILE", help="write it as a picture")
    add_data_dir(progress)
    progress.set_defaults(act=_progress)


def _progress(args: argparse.Namespace) -> int:
    import time

    from assistant.almanac import zone_of
    from assistant.history.growth import growth_of
    from assistant.history.growth_svg import picture
    from assistant.history.memory import remembered

    settings = settings_of(args)
    facts = remembered(settings.data_dir, warn)
    growth = growth_of(facts, time.time(), zone_of(settings.time_zone))
    if args.svg is not None:
        _write(args.svg, picture(growth))
    if args.json:
        print(json.dumps(_as_dict(growth)))
    elif args.svg is not None:
        print(f"wrote {args.svg}")
    elif not facts:
        print(f"no sessions in {settings.data_dir}")
    else:
        _draw(growth)
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        mend = "Name a file in a folder that can be written."
        raise HistoryError(f"it cannot be written: {error}", place=str(path), mend=mend) from error


def _as_dict(growth: "Growth") -> dict[str, object]:
    from dataclasses import asdict

    fields = asdict(growth)
    fields["weeks"] = [{**w, "begins": w["begins"].isoformat()} for w in fields["weeks"]]
    return fields


def _draw(growth: "Growth") -> None:
    from rich.console import Console

    console = Console()
    console.print(_weeks(growth))
    if growth.movements:
        console.print(_movements(growth))
    console.print(growth.summary, highlight=False)


def _weeks(growth: "Growth") -> "Table":
    from rich import box
    from rich.bar import Bar
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for name in ("week of", "sessions", "minutes held", "", "pain", ""):
        table.add_column(name, justify="right" if name in ("sessions", "pain") else "left")
    most_min = max([week.held_min for week in growth.weeks] + [1.0])
    for week in growth.weeks:
        pain = "" if week.pain is None else f"{week.pain:.1f}"
        table.add_row(
            f"{week.begins:%Y-%m-%d}",
            str(week.sessions) if week.sessions else "",
            Bar(most_min, 0, week.held_min, width=BAR_CELLS),
            f"{week.held_min:.1f}" if week.sessions else "",
            pain,
            Bar(10, 0, min(week.pain or 0.0, 10.0), width=BAR_CELLS // 2),
        )
    return table


def _movements(growth: "Growth") -> "Table":
    from rich import box
    from rich.bar import Bar
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for name in ("movement", "longest hold", "", "first day", "level"):
        table.add_column(name, justify="right" if name in ("first day", "level") else "left")
    most_s = max(movement.longest_s for movement in growth.movements) or 1.0
    for movement in growth.movements:
        table.add_row(
            movement.exercise.replace("_", " "),
            Bar(most_s, 0, movement.longest_s, width=BAR_CELLS),
            f"{movement.longest_s:.0f} s",
            f"{movement.first_s:.0f} s",
            "" if movement.level is None else str(movement.level),
        )
    return table
