"""Whether a fact's figures can be so. A file that somebody has edited, or that a worn card has
changed, may hold well-formed facts of a hold of a billion seconds; the coach must not plan by them.
"""

from typing import Any

LAST_UTC_S = 253_370_764_800.0
"""The end of the year 9998: in no time zone is it later than any calendar of ours goes."""
_DAY_S = 86_400.0

_RANGES: dict[str, tuple[float, float]] = {
    "level": (1, 10),
    "form": (1, 10),
    "score": (0, 10),
    "pace": (0.1, 10),
    "pace_before": (0.1, 10),
    "tempo_share": (0.1, 10),
    "gain_db": (-60, 60),
    "minute": (0, 1439),
    "hold_s": (1, 3600),
    "every_s": (60, 400 * _DAY_S),
}
"""What the figures of some fields may be, by the fields' names."""
_MOST = 1_000_000
"""The largest number of anything that is counted."""


def is_plausible(value: Any, name: str = "") -> bool:
    """Whether every figure in a fact's fields, as JSON has them, can be so."""
    match value:
        case dict():
            return all(is_plausible(field, name) for name, field in value.items())
        case list():
            return all(is_plausible(entry, name) for entry in value)
        case bool():
            return True
        case int() | float():
            least, most = _RANGES.get(name) or _range_of(name)
            return least <= value <= most
        case _:
            return True


def _range_of(name: str) -> tuple[float, float]:
    if name == "at_s":
        return -LAST_UTC_S, LAST_UTC_S  # of the clock of a run: it means nothing after it
    if name.endswith("utc_s"):
        return 0.0, LAST_UTC_S
    if name.endswith("_s"):
        return 0.0, _DAY_S
    return 0, _MOST
