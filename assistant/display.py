"""What `earshot run` shows: on a terminal one live line, and above it what was heard and said.

Where the output is no terminal (a service), or where a log is asked for, nothing is drawn. With
`earshot --verbose run` the log tells each happening on a line of its own: its name and a JSON
object, with monotonic times in seconds. What people say is told there by its meaning only; their
words come with `--verbose --verbose`.
"""

import json
import logging
import math
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, TextIO, assert_never

from rich.console import Console
from rich.live import Live
from rich.text import Text

from assistant.coach.actions import (
    Fact,
    HoldEnded,
    PainReported,
    PhaseEntered,
    SessionEnded,
    TipTold,
)
from assistant.coach.events import Heard
from assistant.coach.intents import Slots
from assistant.listener import Hearing
from assistant.runner import Happening, Runner, Snapshot, Sounded, Spoke, Trouble

log = logging.getLogger(__name__)

REFRESH_S = 0.2


class Display:
    """Shows happenings on a terminal and logs them. `observe` may be called from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False)
        self._draws = self._console.is_terminal and not log.isEnabledFor(logging.INFO)

    def observe(self, happening: Happening | Hearing) -> None:
        """Tell what a person would want to know."""
        if log.isEnabledFor(logging.INFO):
            log.info("%s", log_line(happening))
            if isinstance(happening, Hearing):
                log.debug("the words were %r, by %s", happening.text, happening.engine)
        text = _described(happening) if self._draws else None
        if text is not None:
            self._console.print(text)

    @contextmanager
    def following(self, runner: Runner) -> Iterator[None]:
        """Keep the live line up to date until the block ends."""
        if not self._draws:
            yield
            return
        done = threading.Event()

        def line() -> Text:
            return live_line(runner.snapshot, time.monotonic())

        with Live(line(), console=self._console, auto_refresh=False, transient=True) as live:

            def follow() -> None:
                while not done.wait(REFRESH_S):
                    live.update(line(), refresh=True)

            follower = threading.Thread(target=follow, name="display", daemon=True)
            follower.start()
            try:
                yield
            finally:
                done.set()
                follower.join()


def live_line(snapshot: Snapshot, now: float) -> Text:
    """Where the coach is at a time: phase, movement, side, set and repetition, seconds left."""
    view = snapshot.view
    parts = [view.phase.value.replace("_", " ")]
    if view.exercise:
        parts.append(view.exercise)
    if view.side:
        parts.append(f"{view.side.value} side")
    if view.sets > 1:
        parts.append(f"set {view.set_no} of {view.sets}")
    if view.reps > 1:
        parts.append(f"{view.rep_no} of {view.reps}")
    left_s = snapshot.left_s(now)
    if left_s is not None:
        parts.append(f"{math.ceil(left_s)} s")
    return Text("  ".join(["●", *parts]), style="bold green", no_wrap=True, overflow="ellipsis")


def log_line(happening: Happening | Hearing) -> str:
    """A happening as its name and a JSON object; of an utterance what it came to, not its words."""
    if not isinstance(happening, Hearing):
        return _named(type(happening).__name__, _values(happening))
    if isinstance(happening.event, Heard):
        slots = _values(happening.event.slots)
        return _named("Heard", {"at_s": happening.end_s, "intent": happening.event.intent, **slots})
    return _named("NotUnderstood", {"at_s": happening.end_s, "reason": happening.reason})


def _values(thing: Fact | Spoke | Sounded | Trouble | Slots) -> dict[str, Any]:
    return {field.name: getattr(thing, field.name) for field in fields(thing)}


def _named(name: str, values: Mapping[str, Any]) -> str:
    told = {
        key: round(value, 4) if isinstance(value, float) else value
        for key, value in values.items()
        if value is not None
    }
    return f"{name} {json.dumps(told)}"


def _described(happening: Happening | Hearing) -> Text | None:
    match happening:
        case Hearing(event=Heard() as heard):
            return Text(f"  you    {happening.text}  → {heard.intent.value}", style="cyan")
        case Hearing(reason="not_addressed"):
            return Text(f"  -      {happening.text}  (“hey coach” comes first)", style="dim")
        case Hearing():
            return Text(f"  ?      {happening.text}", style="dim")
        case Spoke():
            return Text(f"  coach  {happening.text}")
        case Trouble():
            return Text(f"  !      {happening.message}", style="red")
        case PhaseEntered() | HoldEnded() | PainReported() | SessionEnded() | TipTold():
            return None
        case Sounded():
            return None
        case _:
            assert_never(happening)
