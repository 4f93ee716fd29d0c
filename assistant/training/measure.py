"""Measures the words' heads alone on recordings of people and writes the figures beside them:
python -m assistant.training.measure --corpus FOLDER.

How the whole path hears is measured by `earshot evaluate`.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.evaluation.conditions import CLEAN, REVERBERATED, Stage, with_noise
from assistant.evaluation.corpus import read_corpus, read_samples
from assistant.stt.spotter import HEAD_FILE, Spotter, read_heads, save_heads
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
            best = max(COMMANDS, key=shares.__getitem__)
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


def write_figures(corpus: Path, head_file: Path) -> dict[str, dict[str, float]]:
    """Measure a head file and keep the figures in it; return them. Raises as `figures`."""
    rows = figures(corpus, head_file)
    spotter = Spotter(head_file)
    save_heads(
        head_file,
        spotter.words,
        read_heads(head_file),
        spotter.version,
        figures=rows,
        seldom=sorted(spotter.seldom),
    )
    return rows


def as_table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Return the figures for a person to read, per cent."""
    lines = [
        f"{name:10} right {row['right']:6.1%}   others accepted {row['accepted']:6.1%}"
        for name, row in rows.items()
    ]
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write, print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/train_spotter measure", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="recordings of other people")
    parser.add_argument("--heads", type=Path, default=HEAD_FILE)
    chosen = parser.parse_args(arguments)
    sys.stdout.write(as_table(write_figures(chosen.corpus, chosen.heads)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
