"""Measures heads alone on recordings of people: what training can state of itself.

How the whole path hears is measured by `earshot evaluate`.
"""

from collections.abc import Mapping
from pathlib import Path

from assistant.evaluation.conditions import CLEAN, REVERBERATED, Stage, with_noise
from assistant.evaluation.corpus import read_corpus, read_samples
from assistant.stt.spotter import Spotter
from assistant.training.variations import COMMANDS

CONDITIONS = (CLEAN, with_noise(10), with_noise(5), REVERBERATED)

THRESHOLD = 0.5
"""How sure a head must be here for a word to count."""


def figures(corpus: Path, head_file: Path) -> dict[str, dict[str, float]]:
    """Return for each condition the shares of commands right and of other words accepted.

    Of the set `commands`: a label in `COMMANDS` is a command. Raises EvaluationError for a folder
    that cannot be used, ModelError for such a head.
    """
    recordings = read_corpus(corpus)
    stage = Stage(recordings, CONDITIONS)
    spotter = Spotter(head_file)
    rows: dict[str, dict[str, float]] = {}
    for condition in CONDITIONS:
        right = accepted = commands = others = 0
        for recording in recordings.needed("commands"):
            staged = stage.staged(read_samples(recording), condition)
            shares = spotter.posteriors(staged.samples)
            best = max(COMMANDS, key=lambda word, shares=shares: shares[word])
            taken = best if shares[best] >= THRESHOLD else ""
            if recording.label in COMMANDS:
                commands += 1
                right += taken == recording.label
            else:
                others += 1
                accepted += taken != ""
        rows[condition.name] = {
            "commands": commands,
            "right": right / max(1, commands),
            "others": others,
            "accepted": accepted / max(1, others),
        }
    return rows


def as_table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Return the figures for a person to read, per cent."""
    lines = [
        f"{name:10} right {100 * row['right']:5.1f}%   others accepted {100 * row['accepted']:5.1f}%"
        for name, row in rows.items()
    ]
    return "\n".join([*lines, ""])
