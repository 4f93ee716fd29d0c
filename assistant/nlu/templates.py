"""Reads sentence files: hassil's YAML, checked so that every slip is an error with its place.

A file holds `language`, `intents`, `lists` and `expansion_rules`. All files of a language are one
set: a list or rule of one file serves the others. Only what a recogniser's grammar can hold is
accepted, so lists of values but neither wildcards nor digits.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from hassil.expression import Expression
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic import model_validator as validator

from assistant.coach.intents import Intent
from assistant.errors import IntentsError
from assistant.nlu.suggest import suggestion

_FORM = "The files in intents/en show the form."
_AROUND_SENTENCE = " -\"'"
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]|\{\s*\}|<\s*>")

TemplateText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)
]


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence template with what it means."""

    intent: Intent
    text: str
    expression: Expression
    slots: Mapping[str, str]
    """Slot values that every phrase of the template carries."""
    place: str
    """File and line."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One value of a slot list: how it is said, and what it stands for."""

    expression: Expression
    value: str


@dataclass(frozen=True, slots=True)
class TemplateSet:
    """The templates of a language with the lists and rules that they refer to."""

    templates: tuple[Template, ...]
    lists: Mapping[str, tuple[ListEntry, ...]]
    rules: Mapping[str, Expression]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _ListValue(_Model):
    said: TemplateText = Field(alias="in")
    value: TemplateText = Field(alias="out")

    @validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"in": given, "out": given} if isinstance(given, str) else given


class _List(_Model):
    values: tuple[_ListValue, ...] = Field(min_length=1)

    @validator(mode="before")
    @classmethod
    def _is_finite(cls, given: Any) -> Any:
        if isinstance(given, dict):
            if "wildcard" in given:
                raise ValueError("a wildcard has no words to listen for; give the list 'values'")
            if "range" in given:
                raise ValueError("a range is written in digits; give 'values' in words")
        return given


class _Block(_Model):
    sentences: tuple[TemplateText, ...] = Field(min_length=1)
    slots: dict[str, str] = {}


class _IntentData(_Model):
    data: tuple[_Block, ...] = Field(min_length=1)


class _SentenceFile(_Model):
    language: str
    intents: dict[str, _IntentData] = {}
    lists: dict[str, _List] = {}
    expansion_rules: dict[str, TemplateText] = {}


# libyaml parses the shipped files ten times as fast; a build of PyYAML may lack it.
_BaseLoader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_BaseLoader):  # type: ignore[misc]
    """Leaves every scalar a string, so that yes and no are words; refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=_bad_key(key), problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Source:
    """A file's text, and where in it a sentence stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = _read(path)
        lines = enumerate(self.text.splitlines(), start=1)
        self._numbers = {line.strip(_AROUND_SENTENCE): number for number, line in lines}

    def place(self, part: str) -> str:
        """Return the file with the line of a part; the file alone where that is not certain."""
        number = self._numbers.get(part.strip(_AROUND_SENTENCE))
        if number is None and self.text.count(part) == 1:
            number = self.text[: self.text.index(part)].count("\n") + 1
        return f"{self.path}:{number}" if number else str(self.path)


def read_templates(
    paths: Iterable[Path],
    language: str,
    names: Mapping[str, Mapping[str, str]],
) -> TemplateSet:
    """Read sentence files into one set.

    `names` gives the lists made from the library: list name to spoken name to id.
    Raises IntentsError for a file that cannot be read or a template that cannot be understood.
    """
    templates: list[Template] = []
    lists = {
        name: tuple(ListEntry(_parse(said, "the library"), id_) for said, id_ in values.items())
        for name, values in names.items()
    }
    rules: dict[str, Expression] = {}
    for path in paths:
        source = _Source(path)
        content = _content(source, language)
        for name, slot_list in content.lists.items():
            entries = tuple(
                ListEntry(_parse(v.said, source.place(v.said)), v.value) for v in slot_list.values
            )
            _add(lists, name, entries, f"list '{name}'", path)
        for name, body in content.expansion_rules.items():
            expression = _parse(body, source.place(body))
            _add(rules, name, expression, f"rule '{name}'", path)
        templates += _templates(content, source)
    return TemplateSet(tuple(templates), lists, rules)


def _templates(content: _SentenceFile, source: _Source) -> Iterable[Template]:
    for name, data in content.intents.items():
        if name not in set(Intent):
            raise IntentsError(
                f"unknown intent '{name}'",
                place=source.place(f"{name}:"),
                mend=suggestion(name, Intent),
            )
        for block in data.data:
            for sentence in block.sentences:
                place = source.place(sentence)
                yield Template(Intent(name), sentence, _parse(sentence, place), block.slots, place)


_Value = TypeVar("_Value")


def _add(into: dict[str, _Value], name: str, value: _Value, what: str, path: Path) -> None:
    if name in into:
        raise IntentsError(
            f"{what} is defined already", place=str(path), mend="Give one of the two another name."
        )
    into[name] = value


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise IntentsError(
            f"byte {error.start} is not UTF-8", place=str(path), mend="Save the file as UTF-8."
        ) from error
    except OSError as error:
        raise IntentsError(
            f"cannot be read: {error.strerror}", place=str(path), mend="Check its permissions."
        ) from error


def _content(source: _Source, language: str) -> _SentenceFile:
    try:
        content = _SentenceFile.model_validate(yaml.load(source.text, Loader=_Loader))
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or str(error)
        raise IntentsError(
            f"not readable as YAML: {reason}",
            place=f"{source.path}{line}",
            mend="Check the indentation and the quotes there; quote text that holds [ or {.",
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        reason = first["msg"].removeprefix("Value error, ")
        raise IntentsError(
            f"{field} is {_shown(first['input'])}: {reason}", place=str(source.path), mend=_FORM
        ) from error
    if content.language != language:
        raise IntentsError(
            f"language is '{content.language}' in a folder for '{language}'",
            place=str(source.path),
            mend=f"Write 'language: {language}', or move the file.",
        )
    return content


def _parse(text: str, place: str) -> Expression:
    if _EMPTY_BRACKETS.search(text):
        raise IntentsError(
            f"empty brackets in '{text}'", place=place, mend="Fill them or take them out."
        )
    try:
        return parse_sentence(text).expression
    # hassil asserts what it assumes of a template, such as no | beside a ; (3.12).
    except (ParseError, AssertionError) as error:
        raise IntentsError(
            f"the brackets or signs of '{text}' do not fit together",
            place=place,
            mend="Close every ( [ { and <, and keep | and ; in brackets of their own.",
        ) from error


def _bad_key(key: yaml.Node) -> str:
    if isinstance(key, yaml.ScalarNode):
        return f"'{key.value}' stands here twice"
    return "brackets stand before a colon"


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
