"""Keeps a core busy until it is killed: `python -m assistant.bench.timing.load`.

A fifth of a second after one in which others needed all cores but one is left to them: those cores
are busy already, and a bench among other work is to measure that, not to add to it.
"""

import os
import time
from pathlib import Path

_STAT = Path("/proc/stat")
_IDLE = slice(3, 5)
"""Where the times of no work stand in its first line: idle, and waiting for a disk (proc(5))."""
_TURN_S = 0.2
_NEARLY = 0.9


def main() -> None:
    """Spin by turns, or leave one out."""
    enough_cores = _NEARLY * max(1, (os.cpu_count() or 2) - 1)
    others_cores = 0.0
    while True:
        began_s, own_s, all_s = time.monotonic(), time.process_time(), worked_s()
        if others_cores < enough_cores:
            while time.monotonic() - began_s < _TURN_S:
                pass
        else:
            time.sleep(_TURN_S)
        others_s = worked_s() - all_s - (time.process_time() - own_s)
        others_cores = others_s / (time.monotonic() - began_s)


def worked_s() -> float:
    """How long all cores together worked for this machine since its start; 0 where none tells."""
    try:
        first_line = _STAT.read_text(encoding="ascii").partition("\n")[0]
    except OSError:  # not Linux
        return 0.0
    ticks = [int(field) for field in first_line.split()[1:8]]
    return (sum(ticks) - sum(ticks[_IDLE])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
