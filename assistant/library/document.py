"""A YAML file as plain data, with the line of every value.

A small, safe subset of YAML: one mapping of text, plain decimal numbers, true and false, lists
and mappings. Anchors, tags, octal and base-60 numbers, and fields written twice are refused:
each would load as something that the writer may not have meant.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

SIZE_LIMIT_BYTES = 256 * 1024
DEPTH_LIMIT = 20
"""Nesting of a file. Ours need 6; the composer recurses, so something must bound it."""

FieldPath = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset(_TAG + kind for kind in ("str", "timestamp", "value", "merge"))
_WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,14})")
_DECIMAL_NUMBER = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{0,15}")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file, and what to do about it."""

    text: str
    mend: str
    path: FieldPath = ()
    """The field that it concerns; empty for the file as a whole."""
    line: int | None = None
    """Counted from 1."""


class RefusedError(Exception):
    """A file that cannot be used; `problems` says why."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.text for problem in problems))


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a file."""

    content: Mapping[str, Any]
    lines: Mapping[FieldPath, int]
    """Line of every field and list item, from 1; the empty path is where the content starts."""

    def line_of(self, path: FieldPath) -> int:
        """Line of a field, or of the nearest one around it that is there."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


def show_path(path: FieldPath) -> str:
    """A field as people write it: levels[0].dose.hold_s."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def show_value(value: object) -> str:
    """A value, short enough for a line of an error."""
    match value:
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping"
        case list():
            return "a list" if value else "an empty list"
        case str() if len(value) > 40:
            return repr(value[:37] + "...")
        case _:
            return repr(value)


def read_document(raw: bytes) -> Document:
    """Read a file's bytes. Raises RefusedError with every problem that was found."""
    text = _decode(raw)
    try:
        _check_events(text)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise RefusedError(_syntax_problem(error)) from error
    if root is None:
        raise RefusedError(
            Problem("the file is empty", "Write its fields, beginning with id: and name:.")
        )
    builder = _Builder()
    content = builder.value_of(root, ())
    if builder.problems:
        raise RefusedError(*builder.problems)
    if not isinstance(content, dict):
        raise RefusedError(
            Problem(
                f"the file holds {show_value(content)} where fields belong",
                "Write fields such as 'id: bird_dog', one on a line.",
                line=builder.lines[()],
            )
        )
    return Document(content, builder.lines)


def _decode(raw: bytes) -> str:
    if len(raw) > SIZE_LIMIT_BYTES:
        raise RefusedError(
            Problem(
                f"the file is larger than {SIZE_LIMIT_BYTES // 1024} KiB",
                "Keep one exercise or routine in it.",
            )
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = raw[error.start]
        raise RefusedError(
            Problem(f"byte 0x{byte:02x} is not UTF-8", "Save the file as UTF-8.", line=line)
        ) from error
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise RefusedError(
            Problem(f"the control character {_code(found)}", "Delete it.", line=line)
        )
    return text


def _code(found: re.Match[str]) -> str:
    return f"U+{ord(found.group()):04X}"


def _check_events(text: str) -> None:
    """Refuse what would be unsafe or unclear: anchors, tags, deep nesting, a second document."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else None
        if anchor := getattr(event, "anchor", None):
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            problem = f"the YAML anchor or alias {show_value(sign + anchor)}"
            mend = f"Write the value out; put text that begins with {sign} in quotes."
            raise RefusedError(Problem(problem, mend, line=line))
        if tag := getattr(event, "tag", None):
            raise RefusedError(Problem(f"the YAML tag {show_value(tag)}", "Remove it.", line=line))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH_LIMIT:
                raise RefusedError(_too_deep(line))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                mend = "Keep one exercise or routine in a file, and remove this '---'."
                raise RefusedError(Problem("a second document begins here", mend, line=line))


def _too_deep(line: int | None) -> Problem:
    problem = f"fields nested more than {DEPTH_LIMIT} deep"
    return Problem(problem, "Remove the extra brackets.", line=line)


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    line, reason = None, "it cannot be read"
    if isinstance(error, yaml.MarkedYAMLError):
        reason = error.problem or reason
        mark = error.problem_mark
        line = mark.line + 1 if mark else None
    if "maximum nesting depth" in reason:  # libyaml's own limit, which PyYAML 6.0.4 brought
        return _too_deep(line)
    mend = "Check the indentation, quotes and colons on this line and the one before."
    if "tab" in reason or "cannot start any token" in reason:
        mend = "Indent with spaces, not tabs; put text that begins with % or @ in quotes."
    elif "mapping values are not allowed" in reason:
        mend = "Put text that holds a colon in quotes, and check the indentation."
    return Problem(f"not YAML: {reason}", mend, line=line)


class _Builder:
    """Turns nodes into plain data; collects lines and problems on the way."""

    def __init__(self) -> None:
        self.lines: dict[FieldPath, int] = {}
        self.problems: list[Problem] = []

    def value_of(self, node: yaml.Node, path: FieldPath) -> object:
        """The node's value; None, and a problem, where it has none."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return {
                name: self.value_of(value, (*path, name))
                for name, value in self._fields(node, path)
            }
        if isinstance(node, yaml.SequenceNode):
            return [self.value_of(item, (*path, i)) for i, item in enumerate(node.value)]
        try:
            return _scalar(node.tag, node.value)
        except RefusedError as error:
            self.problems += [
                replace(problem, path=path, line=self.lines[path]) for problem in error.problems
            ]
            return None

    def _fields(self, node: yaml.MappingNode, path: FieldPath) -> Iterator[tuple[str, yaml.Node]]:
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag not in _TEXT_TAGS:
                name = show_value(key.value if isinstance(key, yaml.ScalarNode) else "?")
                self.problems.append(
                    Problem(f"{name} is no name of a field", "Name it in words.", path, line)
                )
            elif key.value in seen:
                first = self.lines[(*path, key.value)]
                self.problems.append(
                    Problem(
                        f"the field {show_value(key.value)} is there twice, first on line {first}",
                        "Keep one of the two.",
                        (*path, key.value),
                        line,
                    )
                )
            else:
                seen.add(key.value)
                self.lines[(*path, key.value)] = line
                yield key.value, value


def _scalar(tag: str, text: str) -> str | int | float | bool | None:
    """The value of a scalar. Raises RefusedError, without a place."""
    if found := _UNPRINTABLE.search(text):  # it was written as an escape, such as "\0"
        raise RefusedError(Problem(f"the control character {_code(found)}", "Delete it."))
    value: str | int | float | bool | None
    match tag.removeprefix(_TAG):
        case "null":
            value = None
        case "bool":
            value = text.lower() in ("true", "yes", "on")
        case "int" | "float" if _WHOLE_NUMBER.fullmatch(text):
            value = int(text)
        case "float" if _DECIMAL_NUMBER.fullmatch(text):
            value = float(text)
        case "int" | "float":
            mend = "Write digits, such as 10 or 2.5; put text in quotes."
            raise RefusedError(Problem(f"{show_value(text)} is not a plain number", mend))
        case _:
            value = text
    return value
