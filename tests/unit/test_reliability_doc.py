"""What docs/reliability.md points to is there."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def test_every_row_names_a_test_that_there_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if row.startswith("| ") and "| Fault" not in row]
    assert len(rows) > 15
    for row in rows:
        shown = re.findall(r"\[`(test_\w+)`\]\(([^)]+)\)", row)
        assert shown, row
        for name, link in shown:
            assert f"def {name}(" in (PAGE.parent / link).read_text(encoding="utf-8"), row
