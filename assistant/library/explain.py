"""What pydantic found wrong in a file, in words for the person who wrote it."""

from collections.abc import Container, Iterable, Mapping
from difflib import get_close_matches
from itertools import groupby
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from assistant.library.document import Document, FieldPath, Problem, show_path, show_value
from assistant.library.models import (
    IDENTIFIER_PATTERN,
    SENTENCE_PATTERN,
    SPOKEN_PATTERN,
    Model,
)

_KINDS = {
    "string_type": "text; put it in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "fields, indented below the name",
}
_SHAPES = {
    IDENTIFIER_PATTERN: "Use lower-case letters, digits and underscores, as in bird_dog.",
    SENTENCE_PATTERN: "Write one sentence, from a capital letter to its full stop.",
    SPOKEN_PATTERN: "Write it as spoken: lower-case words, single spaces, no digits or hyphens.",
}


def suggest(wrong: str, known: Iterable[str]) -> str:
    """A mend for a name that is not among the known ones: the nearest, or all of them."""
    names = sorted(known)
    if near := _nearest(wrong, names):
        return f"Did you mean {near!r}?"
    return f"Choose one of: {', '.join(names)}." if names else "There are none yet."


def _nearest(wrong: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(wrong, known, n=1)), None)


def explain(error: ValidationError, document: Document, model: type[Model]) -> list[Problem]:
    """One problem for each thing to mend, in the order of the file."""
    found = [(*_locate(details, document), details) for details in error.errors(include_url=False)]
    misspelt = {
        (*path[:-1], _nearest(str(path[-1]), _fields_at(model, path[:-1])))
        for path, _, details in found
        if details["type"] == "extra_forbidden"
    }
    # pydantic counts only the good items of a list, so that a wrong one also makes it too short.
    with_wrong_items = {path[:-1] for path, _, _ in found}
    echoes: Mapping[str, Container[object]]
    echoes = {"missing": misspelt, "too_short": with_wrong_items}
    problems = [
        _problem(path, details, document, model)
        for path, union, details in found
        if union is None and path not in echoes.get(details["type"], ())
    ]
    branches = [(union, path, details) for path, union, details in found if union is not None]
    for union, group in groupby(branches, key=lambda branch: branch[0]):
        problems += _union_problems(union, [branch[1:] for branch in group], document, model)
    return sorted(problems, key=lambda problem: problem.line or 0)


def _locate(details: ErrorDetails, document: Document) -> tuple[FieldPath, FieldPath | None]:
    """The field of an error, and the field whose alternatives it is one of, if any.

    pydantic adds the name of the alternative it tried ("int") to the location.
    """
    path: FieldPath = ()
    union = None
    for part in details["loc"]:
        if (*path, part) in document.lines:
            path = (*path, part)
        elif details["type"] == "missing":
            return (*path, part), None
        else:
            union = path
    return path, union


def _union_problems(
    union: FieldPath,
    branches: list[tuple[FieldPath, ErrorDetails]],
    document: Document,
    model: type[Model],
) -> list[Problem]:
    """Problems of a field that may be one kind or another: the branch that got furthest."""
    deeper = [(path, details) for path, details in branches if len(path) > len(union)]
    if deeper:
        return [_problem(path, details, document, model) for path, details in deeper]
    kinds = " or ".join(_KINDS.get(details["type"], "") for _, details in branches)
    text = f"{union[-1]} is {show_value(branches[0][1]['input'])}"
    return [Problem(text, f"Write {kinds}.", union, document.line_of(union))]


def _problem(
    path: FieldPath, details: ErrorDetails, document: Document, model: type[Model]
) -> Problem:
    text, mend = _words(path, details, model)
    return Problem(text, mend, path, document.line_of(path))


def _words(path: FieldPath, details: ErrorDetails, model: type[Model]) -> tuple[str, str]:
    """The problem and the mend."""
    kind, context = details["type"], details.get("ctx", {})
    name = _name(path)
    problem = f"{name} is {show_value(details['input'])}"
    match kind:
        case "missing":
            problem, mend = f"the field {name!r} is missing", f"Add {name}."
        case "extra_forbidden":
            problem, mend = f"unknown field {name!r}", suggest(name, _fields_at(model, path[:-1]))
        case "rule":
            problem, mend = context["problem"], context["mend"]
        case "string_pattern_mismatch":
            mend = _SHAPES[context["pattern"]]
        case "enum" | "literal_error":
            options = context["expected"].replace(" or ", ", ").replace("'", "").split(", ")
            mend = suggest(str(details["input"]), options)
        case _ if kind in _KINDS:
            mend = f"Write {_KINDS[kind]}."
        case _:
            mend = _range_mend(kind, context) or f"{details['msg']}."
    return problem, mend


def _name(path: FieldPath) -> str:
    """The last field of a path, with the number of the item: sources[1]."""
    start = max((i for i, part in enumerate(path) if isinstance(part, str)), default=len(path))
    return show_path(path[start:]) or "the file"


def _range_mend(kind: str, context: Mapping[str, Any]) -> str:
    """A mend for a number, text or list that is outside its limits, or ""."""
    unit = "character" if kind.startswith("string") else "item"
    match context:
        case {"ge": limit}:
            return f"Use {limit:g} or more."
        case {"le": limit}:
            return f"Use {limit:g} or less."
        case {"min_length": limit}:
            return f"Write at least {limit} {unit}{'s' * (limit > 1)}."
        case {"max_length": limit}:
            return f"Write at most {limit} {unit}{'s' * (limit > 1)}."
    return ""


def _fields_at(model: type[Model], path: FieldPath) -> Iterable[str]:
    """The fields of the mapping at a path."""
    for part in path:
        if isinstance(part, str):
            inner = _model_in(model.model_fields[part].annotation)
            if inner is None:
                return ()
            model = inner
    return model.model_fields


def _model_in(annotation: Any) -> type[Model] | None:
    """The model that an annotation such as `tuple[Level, ...]` holds."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
