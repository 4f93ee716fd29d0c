"""The spoken lines of a language: a name and a sentence each, with {places} to fill in."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import yaml

from assistant.errors import LibraryError


@dataclass(frozen=True)
class Lines:
    """The lines of a language, by name."""

    texts: Mapping[str, str]

    def say(self, name: str, **places: str | int) -> str:
        """Return a line with its places filled in, first letter in upper case.

        Raises KeyError for a name or place that does not exist: a slip in our own code, found by
        the test that says every line.
        """
        text = self.texts[name].format(**places)
        return text[:1].upper() + text[1:]

    def places(self, name: str) -> frozenset[str]:
        """The names of a line's places."""
        fields = string.Formatter().parse(self.texts[name])
        return frozenset(field for _, field, _, _ in fields if field)


def load_lines(language: str = "en") -> Lines:
    """Load a language's lines from the package.

    Raises LibraryError where there are none for the language.
    """
    resource = files("assistant.library") / language / "lines.yaml"
    if not resource.is_file():
        raise LibraryError(
            f"no spoken lines for language {language!r}",
            place=f"library/{language}/lines.yaml",
            mend="Choose a language that has a folder in the library, such as 'en'.",
        )
    return Lines(yaml.safe_load(resource.read_text(encoding="utf-8")))
