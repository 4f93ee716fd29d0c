"""Every bench by its name, and what all of them take.

To add one: a module here with a class that fits `Bench`, and a line in `BENCHES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # at run time it would load every engine before `earshot --help` answers
    from assistant.app import World
    from assistant.bench.figures import Findings


@dataclass(frozen=True, slots=True)
class Options:
    """What a bench is told on the command line."""

    corpus: Path | None = None
    """Folder with recordings of people; None: synthetic voices, where these will do."""
    is_quick: bool = False
    """Whether a small part will do, for a first look. Its figures are not the stated ones."""
    seed: int = 1
    """Of everything that is drawn by lot, 0 or more."""
    train: Path | None = None
    """Folder with recordings of other people, to train what has to be trained."""
    clips: int | None = None
    """How many recordings to take at most, 0 for all; None: as many as the bench sees fit."""
    minutes: float | None = None
    """How long to measure what takes real time; None: as long as the bench sees fit."""
    hours: float | None = None
    """How much simulated time is to pass; None: as much as the bench sees fit."""


class Bench(Protocol):
    """Measures something and compares it with its targets."""

    def run(
        self,
        world: "World",
        options: Options,
        *,
        warn: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> "Findings":
        """Measure. `progress` is told what comes next. Raises EarshotError."""


BENCHES: Mapping[str, str] = MappingProxyType(
    {
        "barge-in": "assistant.bench.barge_in:BargeIn",
        "peers": "assistant.bench.peers.compare:Peers",
        "resources": "assistant.bench.resources.bench:Resources",
        "soak": "assistant.bench.soak.bench:Soak",
        "timing": "assistant.bench.timing.bench:Timing",
    }
)
"""Name to "module:class"; the class is made without arguments."""


def load_bench(name: str) -> Bench:
    """The bench of a name in `BENCHES`. Raises KeyError for another."""
    module, _, kind = BENCHES[name].partition(":")
    bench: Bench = getattr(import_module(module), kind)()
    return bench
