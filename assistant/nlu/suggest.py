"""What a misspelt name was probably meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the mend for an unknown name: the nearest known one, or the list of them all."""
    names = sorted(known)
    nearest = get_close_matches(name, names, n=1, cutoff=0.6)
    if nearest:
        return f"Did you mean '{nearest[0]}'?"
    return f"Known: {', '.join(names)}." if names else "None is defined."
