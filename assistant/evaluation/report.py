"""What an evaluation found: for people, and as JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from assistant.coach.intents import Intent
from assistant.evaluation.measure import ConditionResult, Evaluation, Result

MOST_FREQUENT = 8


def as_dict(evaluation: Evaluation) -> dict[str, Any]:
    """The figures. Shares are 0 to 1, None where nothing was there to measure.

    `accuracy` is the share of the commands whose intent was understood. `wrong`, `missed` and
    `oov_accepted` are counts, of `commands` and of `oov`; `slots_wrong` counts those among the
    right ones that were taken for the other side or another number. `stream` is heard as in a
    session, `stream_idle` as where none runs.
    """
    stream = evaluation.stream
    return {
        "conditions": [_condition(result) for result in evaluation.conditions],
        "stream": stream
        and {
            "hours": round(stream.hours, 4),
            "false_accepts": len(stream.decisions),
            "per_hour": round(stream.per_hour, 2),
        },
        "stream_idle": stream
        and {
            "hours": round(stream.hours, 4),
            "false_accepts": len(stream.idle_decisions),
            "per_hour": round(stream.idle_per_hour, 2),
        },
        "latency_s": quantiles(evaluation.latencies_s()),
        "latency_stop_s": quantiles(evaluation.latencies_s(Intent.STOP)),
        "rtf": round(evaluation.talking.real_time_factor, 4),
        "rtf_silence": round(evaluation.silence.real_time_factor, 4),
        "rss_mb": round(evaluation.peak_rss_mb, 1),
    }


def _condition(result: ConditionResult) -> dict[str, Any]:
    return {
        "name": result.condition.name,
        "commands": result.commands,
        "accuracy": _rounded(result.accuracy),
        "wrong": result.count(Result.WRONG),
        "missed": result.count(Result.MISSED),
        "oov": result.others,
        "oov_accepted": result.count(Result.ACCEPTED),
        "slots_wrong": result.slots_wrong,
        "accuracy_with_slots": _rounded(result.accuracy_with_slots),
        "oov_accepted_share": _rounded(result.accepted_share),
        "latency_s": quantiles(result.latencies_s()),
        "rtf": round(result.cost.real_time_factor, 4),
    }


def quantiles(values: Sequence[float]) -> dict[str, float | None]:
    """Median and 95th percentile; None without values."""
    if not values:
        return {"p50": None, "p95": None}
    p50, p95 = np.percentile(values, [50, 95])
    return {"p50": round(float(p50), 3), "p95": round(float(p95), 3)}


def confusions(result: ConditionResult, *, commands: bool) -> Counter[tuple[str, str]]:
    """How often each label was taken for each phrase, among those that went wrong.

    A command that was missed counts as taken for "". `commands` chooses between the commands and
    the other words.
    """
    counted: Counter[tuple[str, str]] = Counter()
    for trial in result.trials:
        went_wrong = trial.result in (Result.WRONG, Result.MISSED, Result.ACCEPTED)
        if (trial.expected is not None) is commands and (went_wrong or trial.is_slot_wrong):
            others = [d.text for d in trial.decisions if d.command != trial.expected]
            counted[trial.recording.label, others[0] if others else ""] += 1
    return counted


def as_text(evaluation: Evaluation) -> Iterator[str]:
    """The figures as lines."""
    if evaluation.conditions:
        yield f"{'':10}{'commands':>9}{'right':>8}{'wrong':>7}{'missed':>8}   other words accepted"
    for result in evaluation.conditions:
        accepted = result.count(Result.ACCEPTED)
        share = "" if result.accepted_share is None else f"  {result.accepted_share:.1%}"
        right = "-" if result.accuracy is None else f"{result.accuracy:.1%}"
        yield (
            f"{result.condition.name:10}{result.commands:9}{right:>8}"
            f"{result.count(Result.WRONG):7}{result.count(Result.MISSED):8}"
            f"   {accepted} of {result.others}{share}"
            + (f"; slots wrong {result.slots_wrong}" if result.slots_wrong else "")
        )
    for result in evaluation.conditions[:1]:
        yield from _often("commands misheard", confusions(result, commands=True))
        yield from _often("other words taken", confusions(result, commands=False))
    yield from _rest(evaluation)


def _rest(evaluation: Evaluation) -> Iterator[str]:
    stream = evaluation.stream
    if stream is not None:
        yield (
            f"other people's speech: {len(stream.decisions)} false accepts"
            f" in {stream.hours:.2f} hours, {stream.per_hour:.1f} an hour in a session;"
            f" {len(stream.idle_decisions)}, {stream.idle_per_hour:.1f} an hour, where none runs"
        )
        yield from _often(
            "taken for", Counter(("speech", decision.text) for decision in stream.decisions)
        )
    for name, intent in (("the intent", None), ("“stop”", Intent.STOP)):
        found = quantiles(evaluation.latencies_s(intent))
        if found["p50"] is not None:
            yield (
                f"end of speech to {name}: median {found['p50']:.2f} s, 95% {found['p95']:.2f} s"
            )
    yield (
        f"real-time factor {evaluation.talking.real_time_factor:.3f} while someone talks,"
        f" {evaluation.silence.real_time_factor:.3f} in silence;"
        f" memory {evaluation.peak_rss_mb:.0f} MB at most"
    )


def _often(title: str, counted: Counter[tuple[str, str]]) -> Iterator[str]:
    if counted:
        pairs = counted.most_common(MOST_FREQUENT)
        said = ", ".join(f"{label}→{text or '(nothing)'} {count}" for (label, text), count in pairs)
        yield f"  {title} most often: {said}"


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
