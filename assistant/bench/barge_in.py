"""Commands spoken while the coach talks."""

from collections.abc import Callable

from assistant.app import World
from assistant.bench.figures import Findings
from assistant.bench.registry import Options


class BargeIn:
    """Commands over cues, in rooms."""

    def run(
        self,
        world: World,
        options: Options,
        *,
        warn: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> Findings:
        """See `Bench.run`."""
        raise NotImplementedError
