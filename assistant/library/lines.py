"""The spoken lines of a language: a name and a sentence each, with {places} to fill in.

A line may have variants, so that the coach does not say the same words each time. Which one is
said is not chance: whoever says the line counts its turns, and the variants follow each other.
"""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType

from assistant.errors import LibraryError
from assistant.library.document import Document, Problem, RefusedError, read_document, show_value


@dataclass(frozen=True)
class Lines:
    """The lines of a language, by name. `texts` holds each line's first wording."""

    texts: Mapping[str, str]
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The further wordings of lines that have such."""

    def say(self, name: str, turn: int = 0, /, **places: str | int) -> str:
        """Return a line with its places filled in, first letter in upper case.

        `turn` counts how often the line has been said; the variants follow each other by it.
        Raises KeyError for a name or place that does not exist: a slip in our own code, found by
        the test that says every line.
        """
        wordings = self.wordings(name)
        text = wordings[turn % len(wordings)].format(**places)
        return text[:1].upper() + text[1:]

    def wordings(self, name: str) -> tuple[str, ...]:
        """Every way to say a line, the usual one first."""
        return (self.texts[name], *self.others.get(name, ()))

    def places(self, name: str) -> frozenset[str]:
        """The names of a line's places; its wordings all have the same."""
        return _places(self.texts[name])

    def all_texts(self) -> Iterator[tuple[str, str]]:
        """Every wording with the name of its line."""
        return ((name, text) for name in self.texts for text in self.wordings(name))

    def plain(self) -> "Lines":
        """The lines without variants: for who compares what is said with one wording."""
        return Lines(self.texts)


def load_lines(language: str = "en") -> Lines:
    """Load a language's lines from the package.

    Raises LibraryError where there are none for the language, or the file cannot be used.
    """
    resource = files("assistant.library") / language / "lines.yaml"
    place = f"library/{language}/lines.yaml"
    if not resource.is_file():
        raise LibraryError(
            f"no spoken lines for language {language!r}",
            place=place,
            mend="Choose a language that has a folder in the library, such as 'en'.",
        )
    return read_lines(resource.read_bytes(), place)


def read_lines(raw: bytes, place: str) -> Lines:
    """Read a file of lines: each a text, or a list of wordings with the same places.

    Raises LibraryError, which names the first line that cannot be used.
    """
    try:
        document = read_document(raw)
        wordings = {name: _wordings(name, document) for name in document.content}
    except RefusedError as error:
        problem = error.problems[0]
        where = place if problem.line is None else f"{place}:{problem.line}"
        raise LibraryError(problem.text, place=where, mend=problem.mend) from error
    return Lines(
        MappingProxyType({name: first for name, (first, *_) in wordings.items()}),
        MappingProxyType({name: tuple(rest) for name, (_, *rest) in wordings.items() if rest}),
    )


def _wordings(name: str, document: Document) -> tuple[str, ...]:
    found = document.content[name]
    wordings = found if isinstance(found, list) else [found]
    problem = _problem_with(name, wordings)
    if problem:
        text, mend = problem
        raise RefusedError(Problem(text, mend, (name,), document.line_of((name,))))
    return tuple(wordings)


def _problem_with(name: str, wordings: list[object]) -> tuple[str, str] | None:
    """What is wrong with a line's wordings, and the mend; None where nothing is."""
    if not wordings:
        return f"the line {name} has no wording", "Write a text, or a list of texts."
    for wording in wordings:
        if not isinstance(wording, str) or not wording.strip():
            return f"the line {name} is {show_value(wording)}", "Write a text, in quotes."
        try:
            places = _places(wording)
        except ValueError as error:
            return f"the line {name} is {show_value(wording)}: {error}", "Close each { with a }."
        if places != _places(str(wordings[0])):
            mend = "Give every wording of a line the same places."
            return f"the line {name} has other places in {show_value(wording)}", mend
    return None


def _places(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
