"""How words are pronounced: the dictionary that PocketSphinx brings, read without PocketSphinx."""

import importlib.util
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from assistant.errors import ModelError
from assistant.stt.sphinx_engine import PRONUNCIATIONS

Phones = tuple[str, ...]

PHONES = (
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH",
    "IH", "IY", "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH",
    "UW", "V", "W", "Y", "Z", "ZH",
)  # fmt: skip
"""The dictionary's phones: those of American English, without stress."""

DICTIONARY_FILE = "model/en-us/cmudict-en-us.dict"
"""In PocketSphinx's package: a word or word(2) and its phones in a line; 135,000 lines."""

MOST_A_PHRASE = 4
"""So many pronunciations of a phrase are kept: its usual one, and those with one word otherwise."""

_LINE = re.compile(r"(?P<word>[^\s(]+)(?:\(\d+\))?\s+(?P<phones>.+)")


def read_pronunciations(words: Collection[str]) -> Mapping[str, Sequence[Phones]]:
    """Return the pronunciations of those words that are known, the usual one first.

    Takes about 0.1 s. Raises ModelError where PocketSphinx's dictionary is not installed.
    """
    wanted = frozenset(words)
    found: dict[str, list[Phones]] = defaultdict(list)
    for line in _dictionary_file().read_text("utf-8").splitlines():
        if line.split("(")[0].split(" ")[0] not in wanted:
            continue
        entry = _LINE.fullmatch(line.strip())
        if entry is not None:
            found[entry["word"]].append(tuple(entry["phones"].split()))
    for word in wanted & PRONUNCIATIONS.keys() - found.keys():
        found[word].append(tuple(PRONUNCIATIONS[word].split()))
    return found


def pronounced_phrases(
    phrases: Collection[str],
) -> tuple[Mapping[str, Sequence[Phones]], Sequence[str]]:
    """Return each phrase's pronunciations, and the words that the dictionary lacks, sorted.

    A phrase with a word that is lacking is left out. See `MOST_A_PHRASE`.
    """
    words = {word for phrase in phrases for word in phrase.split()}
    known = read_pronunciations(words)
    spoken = {
        phrase: list(dict.fromkeys(_variants(phrase.split(), known)))[:MOST_A_PHRASE]
        for phrase in phrases
        if all(word in known for word in phrase.split())
    }
    return spoken, sorted(words - known.keys())


def _variants(words: Sequence[str], known: Mapping[str, Sequence[Phones]]) -> Iterator[Phones]:
    usual = [known[word][0] for word in words]
    yield _joined(usual)
    for place, word in enumerate(words):
        for other in known[word][1:]:
            yield _joined([*usual[:place], other, *usual[place + 1 :]])


def _joined(parts: Sequence[Phones]) -> Phones:
    return tuple(phone for part in parts for phone in part)


def _dictionary_file() -> Path:
    spec = importlib.util.find_spec("pocketsphinx")
    for place in (spec.submodule_search_locations if spec is not None else None) or []:
        if (Path(place) / DICTIONARY_FILE).is_file():
            return Path(place) / DICTIONARY_FILE
    raise ModelError(
        "the pronouncing dictionary is not installed",
        place="pocketsphinx",
        mend="Install it again: .venv/bin/pip install --force-reinstall pocketsphinx.",
    )
