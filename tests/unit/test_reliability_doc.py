"""What docs/reliability.md points to is there."""

import re
from pathlib import Path

TOP = Path(__file__).parents[2]
TEXT = (TOP / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"\[`(test_\w+)`\]\(\.\./([^)]+)\)", TEXT)
    assert len(named) > 15
    for name, path in named:
        assert f"def {name}(" in (TOP / path).read_text(encoding="utf-8"), (name, path)


def test_every_file_of_tests_that_the_page_names_is_there() -> None:
    for path in re.findall(r"tests/\w+/\w+\.py", TEXT):
        assert (TOP / path).exists(), path
