"""Whatever a file holds, it is taken or refused with a LibraryError: nothing else escapes."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import LibraryError
from assistant.library import Exercise, Routine, check_file, load_library

OWN_DIR = Path(__file__).parent.parent / "data" / "library"
LIBRARY = load_library(user_dir=OWN_DIR)
FILES = [OWN_DIR / "exercises" / "leg_lift.yaml", OWN_DIR / "routines" / "evening.yaml"]
TEXTS = [path.read_text(encoding="utf-8") for path in FILES]
CONTENTS = [yaml.safe_load(text) for text in TEXTS]

YAML_TOKENS = st.sampled_from(
    [*"[]{}:-?,&*!|>'\"%@`#\n\t ", "\x00", "\x85", "\ufeff", "<<: ", "!!binary ", "&a ", "*a",
     "---\n", "...\n", "null", "~", "yes", ".inf", "-.nan", "0x1F", "1_000", "12:30", "2026-01-01",
     "9" * 5000, "1e999", '"\\ud800"', '"\\0"', "? [a]\n: b\n"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def is_taken_or_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        item = check_file(path, LIBRARY)
    except LibraryError as error:
        item = error
    assert isinstance(item, Exercise | Routine) or path.name in str(item)


@settings(deadline=None, max_examples=200)
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_arbitrary_bytes_and_text_never_escape(folder, content):
    is_taken_or_refused(folder / "leg_lift.yaml", content)


@settings(deadline=None, max_examples=400)
@given(data=st.data())
def test_damaged_files_never_escape(folder, data):
    which = data.draw(st.integers(0, 1))
    text = TEXTS[which]
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 30)))
        insert = data.draw(YAML_TOKENS | st.text(max_size=5) | st.just(text[start:end] * 2))
        text = text[:start] + insert + text[end:]
    is_taken_or_refused(folder / FILES[which].name, text.encode())


def with_value(content: object, data: st.DataObject, value: object) -> object:
    """A copy with `value` at some place: in a field, a new field or an item."""
    if isinstance(content, dict) and data.draw(st.booleans()):
        key = data.draw(st.sampled_from([*content, "new"]))
        return {**content, key: with_value(content.get(key), data, value)}
    if isinstance(content, list) and content and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(content) - 1))
        return [*content[:at], with_value(content[at], data, value), *content[at + 1 :]]
    return value


@settings(deadline=None, max_examples=400)
@given(data=st.data(), value=VALUES)
def test_any_value_in_any_place_never_escapes(folder, data, value):
    which = data.draw(st.integers(0, 1))
    content = with_value(CONTENTS[which], data, value)
    text = yaml.safe_dump(content, allow_unicode=True)
    is_taken_or_refused(folder / FILES[which].name, text.encode(errors="replace"))
