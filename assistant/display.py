"""What a terminal shows while Earshot runs: one live line, and what was heard above it.

Where the output is no terminal (a service's log), nothing is drawn.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from assistant.coach import Coach
from assistant.coach.actions import HoldEnded, PainReported, PhaseEntered, SessionEnded
from assistant.coach.events import Heard
from assistant.listener import Hearing
from assistant.runner import Happening, Sounded, Spoke, Trouble

REFRESH_S = 0.2


class Display:
    """Shows happenings on a terminal. `observe` may be called from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False)

    def observe(self, happening: Happening | Hearing) -> None:
        """Print what a person would want to read."""
        if not self._console.is_terminal:
            return
        text = _described(happening)
        if text is not None:
            self._console.print(text)

    @contextmanager
    def following(self, coach: Coach) -> Iterator[None]:
        """Keep the live line up to date until the block ends."""
        if not self._console.is_terminal:
            yield
            return
        done = threading.Event()
        with Live(_line(coach), console=self._console, auto_refresh=False, transient=True) as live:

            def follow() -> None:
                while not done.wait(REFRESH_S):
                    live.update(_line(coach), refresh=True)

            follower = threading.Thread(target=follow, name="display", daemon=True)
            follower.start()
            try:
                yield
            finally:
                done.set()
                follower.join()


def _line(coach: Coach) -> Text:
    view = coach.view(time.monotonic())
    parts = [view.phase.value.replace("_", " ")]
    if view.exercise:
        parts.append(view.exercise)
    if view.side:
        parts.append(f"{view.side.value} side")
    if view.reps > 1 or view.sets > 1:
        parts.append(f"set {view.set_no}/{view.sets}, {view.rep_no}/{view.reps}")
    if view.left_s is not None:
        parts.append(f"{view.left_s:.0f} s")
    return Text("  ".join(["●", *parts]), style="bold green", no_wrap=True)


def _described(happening: Happening | Hearing) -> Text | None:
    match happening:
        case Hearing(event=Heard() as heard):
            return Text(f"  you    {happening.text}  → {heard.intent.value}", style="cyan")
        case Hearing():
            return Text(f"  ?      {happening.text}", style="dim")
        case Spoke():
            return Text(f"  coach  {happening.text}")
        case Trouble():
            return Text(f"  !      {happening.message}", style="red")
        case PhaseEntered() | HoldEnded() | PainReported() | SessionEnded() | Sounded():
            return None
