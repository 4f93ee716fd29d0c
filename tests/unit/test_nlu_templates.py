"""Whatever is written into a sentence, the answer is a phrasebook or an error for people."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.errors import IntentsError
from assistant.nlu.expand import Expander
from assistant.nlu.templates import Template, read_templates

PIECES = (
    "halt",
    "now",
    " ",
    "0",
    "'",
    ":",
    "\\",
    *"()[]{}<>|;",
    "{side}",
    "<bit>",
    "(a|b)",
    "(x;y)",
)
SENTENCES = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def _template(folder: Path, sentence: str) -> tuple[Template, Expander]:
    path = folder / "any.yaml"
    content = {
        "language": "en",
        "intents": {"stop": {"data": [{"sentences": [sentence]}]}},
        "lists": {"side": {"values": ["left", "right"]}},
        "expansion_rules": {"bit": "[a] (little|bit)"},
    }
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    templates = read_templates([path], "en", {})
    return templates.templates[0], Expander(templates)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(sentence=SENTENCES)
def test_any_template_is_counted_and_expanded_or_refused(tmp_path: Path, sentence: str) -> None:
    try:
        template, expander = _template(tmp_path, sentence)
        count = expander.count(template.expression, template.place)
    except IntentsError:
        return
    if count <= 2_000:
        assert len(expander.variants(template.expression)) == count


@pytest.mark.parametrize(("left", "right"), [("(", ")"), ("[", "]")])
def test_brackets_nested_as_deep_as_a_sentence_is_long_are_read(
    tmp_path: Path, left: str, right: str
) -> None:
    template, expander = _template(tmp_path, left * 190 + "halt" + right * 190)
    assert expander.count(template.expression, template.place) >= 1
