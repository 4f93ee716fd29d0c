"""What the coach knows about backs, beyond its movements: topics that it is asked about, and tips.

The models behind `<language>/knowledge.yaml`, and its loader. A topic is a list of sentences, said
two at a time; `short` is what fits into the middle of a hold.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from assistant.errors import LibraryError
from assistant.library.document import Document, Problem, RefusedError, read_document, show_path
from assistant.library.explain import explain
from assistant.library.models import Identifier, Line, Model, Sentence

PAGE_SENTENCES = 2
"""Sentences of one answer; "tell me more" brings the next."""


class Topic(Model):
    """Something that people ask about."""

    id: Identifier
    """The slot `topic` of the sentences that ask for it."""
    short: Sentence
    """The answer in one line, for the middle of a hold."""
    answer: tuple[Sentence, ...] = Field(min_length=1, max_length=12)
    """The answer in the order of weight: the first two sentences must stand alone."""
    sources: tuple[Line, ...] = ()
    """Where facts come from that somebody may act on."""


class Tip(Model):
    """Something useful to say unasked for in detail."""

    id: Identifier
    text: tuple[Sentence, ...] = Field(min_length=1, max_length=PAGE_SENTENCES)


class Knowledge(Model):
    """All of it, for one language."""

    topics: tuple[Topic, ...] = ()
    tips: tuple[Tip, ...] = ()

    @model_validator(mode="after")
    def _ids_differ(self) -> "Knowledge":
        named = {"topic": [t.id for t in self.topics], "tip": [t.id for t in self.tips]}
        for kind, ids in named.items():
            twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
            if twice is not None:
                wrong = {
                    "problem": f"the {kind} {twice!r} is there twice",
                    "mend": f"Give each {kind} an id of its own.",
                }
                raise PydanticCustomError("rule", "{problem}", wrong)
        return self

    def topic(self, topic_id: str) -> Topic | None:
        """What is known of a topic; None where nothing is."""
        return next((topic for topic in self.topics if topic.id == topic_id), None)

    def texts(self) -> Iterator[str]:
        """Every sentence that may be said."""
        for topic in self.topics:
            yield from (topic.short, *topic.answer)
        for tip in self.tips:
            yield from tip.text


NOTHING_KNOWN = Knowledge()


def sentences(text: str) -> tuple[str, ...]:
    """A text as its sentences, each with its full stop."""
    return tuple(re.split(r"(?<=[.?!])\s+", text.strip()))


def load_knowledge(language: str = "en") -> Knowledge:
    """Load a language's knowledge from the package; nothing is known where there is no file.

    Raises LibraryError for a file that cannot be used.
    """
    resource = files("assistant.library") / language / "knowledge.yaml"
    if not resource.is_file():
        return NOTHING_KNOWN
    return read_knowledge(resource.read_bytes(), f"library/{language}/knowledge.yaml")


def read_knowledge(raw: bytes, place: str) -> Knowledge:
    """Read a file of topics and tips. Raises LibraryError, which lists every problem found."""
    try:
        document = read_document(raw)
        return _validated(document)
    except RefusedError as error:
        errors = [LibraryError(p.text, place=_place(place, p), mend=p.mend) for p in error.problems]
        if len(errors) == 1:
            raise errors[0] from error
        raise LibraryError("\n".join(map(str, errors)), place=place) from error


def _validated(document: Document) -> Knowledge:
    try:
        # As JSON, because only there does strict mode take lists for tuples.
        return Knowledge.model_validate_json(json.dumps(document.content), strict=True)
    except ValidationError as error:
        raise RefusedError(*explain(error, document, Knowledge)) from error


def _place(file: str, problem: Problem) -> str:
    line = f":{problem.line}" if problem.line else ""
    where = show_path(problem.path)
    return f"{file}{line}, {where}" if where else f"{file}{line}"
