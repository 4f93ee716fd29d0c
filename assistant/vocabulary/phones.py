"""How words sound: phones of the dictionary that PocketSphinx brings."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

Phones = tuple[str, ...]


class Dictionary(Protocol):
    """Looks a word up."""

    def phones(self, word: str) -> Phones | None:
        """The first pronunciation of a word, or None where it is not known."""


def pronounced(phrase: str, dictionary: Dictionary) -> Phones | None:
    """A phrase's phones, word after word; None where a word is not known."""
    sounds: list[str] = []
    for word in phrase.split():
        phones = dictionary.phones(word)
        if phones is None:
            return None
        sounds += phones
    return tuple(sounds)


def distance(one: Phones, other: Phones) -> int:
    """How many phones must be added, left out or replaced to make one of the other."""
    row = list(range(len(other) + 1))
    for i, phone in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, wanted in enumerate(other, start=1):
            cost = before + (phone != wanted)
            before = row[j]
            row[j] = min(cost, row[j] + 1, row[j - 1] + 1)
    return row[-1]


def near_pairs(sounds: Mapping[str, Phones]) -> Iterator[tuple[str, str, int]]:
    """Every two phrases at most one phone apart, with the distance; in alphabetical order.

    Two sequences at most one edit apart have a form in common once each has lost at most one
    phone, so only those that share one are compared, not all with all.
    """
    sharing: dict[Phones, list[str]] = defaultdict(list)
    for phrase, phones in sounds.items():
        for form in _shortened(phones):
            sharing[form].append(phrase)
    seen: set[tuple[str, str]] = set()
    for phrases in sharing.values():
        for i, one in enumerate(phrases):
            seen.update((min(one, other), max(one, other)) for other in phrases[i + 1 :])
    for one, other in sorted(seen):
        apart = distance(sounds[one], sounds[other])
        if apart <= 1:
            yield one, other, apart


def _shortened(phones: Phones) -> Iterable[Phones]:
    return {phones, *(phones[:i] + phones[i + 1 :] for i in range(len(phones)))}
