"""Figures beside their targets: what counts as met, and what is printed."""

import json

import pytest

from assistant import cli
from assistant.bench import registry
from assistant.bench.figures import Figure, Findings, as_dict, as_text
from assistant.errors import EvaluationError


@pytest.mark.parametrize(
    ("value", "target", "at_least", "is_met"),
    [
        (90.0, 90.0, True, True),
        (89.9, 90.0, True, False),
        (0.0, 0.0, False, True),
        (1.0, 0.0, False, False),
        (None, 90.0, True, False),
        (None, None, True, True),
        (12.0, None, True, True),
    ],
)
def test_a_figure_is_met_where_it_reaches_its_target(value, target, at_least, is_met):
    assert Figure("right", value, "%", target, at_least).is_met is is_met


FOUND = Findings(
    "example",
    (
        Figure("right", 88.0, "%", 90.0),
        Figure("false accepts", 0.0, "", 0.0, at_least=False),
        Figure("cost", 1.25, "% of a core"),
    ),
    ("5 rooms",),
)


def test_text_names_the_figure_its_target_and_what_was_missed():
    lines = list(as_text(FOUND))
    assert lines[0].split() == ["right", "88", "%", "at", "least", "90", "%", "MISSED"]
    assert "MISSED" not in lines[1] + lines[2]
    assert "at most 0" in lines[1]
    assert lines[-2:] == ["5 rooms", "example: 1 of 2 targets met"]


def test_json_holds_what_the_text_holds():
    said = json.loads(json.dumps(as_dict(FOUND)))
    assert said["met"] is False
    assert [f["met"] for f in said["figures"]] == [False, True, True]
    assert said["figures"][0] == {
        "name": "right",
        "value": 88.0,
        "unit": "%",
        "target": 90.0,
        "at_least": True,
        "met": False,
    }


class Example:
    """A bench that finds what it is told by the seed."""

    def run(self, world, options, *, warn, progress):
        if options.corpus is not None:
            raise EvaluationError("no", place=str(options.corpus), mend="Name another.")
        return Findings("example", (Figure("seed", options.seed, "", 5.0),))


@pytest.fixture
def example(monkeypatch):
    where = {next(iter(registry.BENCHES)): f"{__name__}:Example"}
    monkeypatch.setattr(registry, "BENCHES", where)
    return next(iter(where))


def test_exit_code_says_whether_the_targets_are_met(capsys, example):
    assert cli.main(["bench", example, "--seed", "5"]) == 0
    assert cli.main(["bench", example, "--seed", "4", "--json"]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["met"] is False
    assert cli.main(["bench", example, "--corpus", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_every_registered_bench_can_be_loaded():
    for name in registry.BENCHES:
        assert callable(registry.load_bench(name).run)
