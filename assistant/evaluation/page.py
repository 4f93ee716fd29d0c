"""The page of an evaluation: figures, curves and confusions in one self-contained HTML file."""

import html
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.errors import EvaluationError
from assistant.evaluation import report
from assistant.evaluation.curves import Curve, chart, trade_off
from assistant.evaluation.measure import ConditionResult, Evaluation, Result

PAGE = "evaluation.html"

MOST_COLUMNS = 24
"""Phrases that were heard less often than this many others share one column."""

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
  color: #1b1f24; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #d5dae0; }
th:first-child, td:first-child { text-align: left; }
.matrix { overflow-x: auto; } .matrix table { font-size: .8rem; }
.matrix thead th { writing-mode: vertical-rl; text-align: left; border: 0; font-weight: 400; }
.matrix td { min-width: 1.6rem; padding: .1rem .2rem; text-align: center; }
figure { display: inline-block; margin: 1rem 1rem 1rem 0; } svg { max-width: 100%; }
svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
"""


def check_folder(folder: Path) -> None:
    """Make the folder of a page where it is missing.

    Raises EvaluationError where it cannot be written to, so that it is known before measuring.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PAGE).touch()
    except OSError as error:
        raise EvaluationError(
            f"the page cannot be written ({error.strerror})",
            place=str(folder / PAGE),
            mend="Name a folder that you may write to after --report.",
        ) from error


def write_page(folder: Path, evaluation: Evaluation, corpus: str) -> Path:
    """Write the page into a folder and return its path; `corpus` is its name in the heading."""
    check_folder(folder)
    path = folder / PAGE
    path.write_text(as_html(evaluation, corpus), encoding="utf-8")
    return path


def as_html(evaluation: Evaluation, corpus: str) -> str:
    """The page as text."""
    title = html.escape(f"Hearing on {corpus}")
    parts = [
        f"<h1>{title}</h1>",
        _figures(report.as_dict(evaluation)),
        *_charts(evaluation.conditions),
        *map(_matrix, evaluation.conditions),
        _stream(evaluation),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(filter(None, parts))
        + "\n</body></html>\n"
    )


def _figures(figures: dict[str, Any]) -> str:
    rows = [
        (
            c["name"],
            c["commands"],
            _percent(c["accuracy"]),
            c["wrong"],
            c["slots_wrong"],
            c["missed"],
            f"{c['oov_accepted']} of {c['oov']} ({_percent(c['oov_accepted_share'])})",
            _seconds(c["latency_s"]),
        )
        for c in figures["conditions"]
    ]
    head = (
        "",
        "commands",
        "right",
        "wrong",
        "slots wrong",
        "missed",
        "other words accepted",
        "latency 50 / 95%",
    )
    stream = figures["stream"]
    lines = [
        f"End of speech to intent, median and 95%: {_seconds(figures['latency_s'])};"
        f" “stop”: {_seconds(figures['latency_stop_s'])}.",
        f"Real-time factor {figures['rtf']:.3f} while someone talks,"
        f" {figures['rtf_silence']:.3f} in silence; memory {figures['rss_mb']:.0f} MB at most.",
    ]
    if stream:
        lines.append(
            f"Other people's speech: {stream['false_accepts']} false accepts in"
            f" {stream['hours']:.2f} hours, {stream['per_hour']:.1f} an hour in a session;"
            f" {figures['stream_idle']['false_accepts']} where none runs."
        )
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return (_table(head, rows) if rows else "") + paragraphs


def _charts(results: Sequence[ConditionResult]) -> list[str]:
    if not results:
        return []
    names = [result.condition.name for result in results]
    by_condition = [
        Curve(name, [(float(i), 100 * y) for i, y in enumerate(values) if y is not None])
        for name, values in (
            ("commands right", [r.accuracy for r in results]),
            ("other words accepted", [r.accepted_share for r in results]),
        )
    ]
    bargains = [
        Curve(r.condition.name, [(100 * x, 100 * y) for x, y in trade_off(r)]) for r in results
    ]
    waits = [Curve(r.condition.name, _cumulated(r.latencies_s())) for r in results]
    longest = max((x for curve in waits for x, _ in curve.points), default=1.0)
    return [
        chart("Per condition, %", by_condition, x_max=len(names) - 1 or 1, x_names=names),
        chart("Commands right (%) over other words accepted (%), by confidence", bargains),
        chart("Commands understood (%) within s of their end", waits, x_max=longest),
    ]


def _cumulated(values: Sequence[float]) -> list[tuple[float, float]]:
    ordered = sorted(max(0.0, value) for value in values)
    return [(value, 100 * (i + 1) / len(ordered)) for i, value in enumerate(ordered)]


def _matrix(result: ConditionResult) -> str:
    """Labels in rows, what they were taken for in columns; the share of the row as a shade."""
    counts: dict[str, Counter[str]] = {}
    heard: Counter[str] = Counter()
    for trial in result.trials:
        texts = [d.text for d in trial.decisions]
        if trial.result is Result.WRONG or trial.is_slot_wrong:
            texts = [d.text for d in trial.decisions if d.command != trial.expected]
        text = texts[0] if texts else ""
        counts.setdefault(trial.recording.label, Counter())[text] += 1
        heard[text] += 1
    columns = [text for text, _ in heard.most_common(MOST_COLUMNS) if text]
    rest = heard.keys() - set(columns) - {""}
    rows = []
    for label, row in sorted(counts.items(), key=lambda item: -item[1].total()):
        cells = [row[text] for text in columns]
        cells += [sum(row[text] for text in rest), row[""]]
        shaded = "".join(_cell(count, row.total()) for count in cells)
        rows.append(f"<tr><td>{html.escape(label or '(unknown)')}</td>{shaded}</tr>")
    names = ["", *columns, "others", "nothing"]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    return (
        f"<h2>{html.escape(result.condition.name)}: label and what was understood</h2>"
        f'<div class="matrix"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(count: int, total: int) -> str:
    if not count:
        return "<td></td>"
    return f'<td style="background:rgb(31 119 180 / {0.1 + 0.6 * count / total:.2f})">{count}</td>'


def _stream(evaluation: Evaluation) -> str:
    if evaluation.stream is None or not evaluation.stream.decisions:
        return ""
    counted = Counter(d.text for d in evaluation.stream.decisions)
    return "<h2>Other people's speech was taken for</h2>" + _table(
        ("phrase", "times"), counted.most_common()
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    top = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _seconds(found: dict[str, float | None]) -> str:
    p50, p95 = found["p50"], found["p95"]
    return "-" if p50 is None or p95 is None else f"{p50:.2f} / {p95:.2f} s"
