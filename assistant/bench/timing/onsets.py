"""Where known sounds begin in a recording, by matched filters, and how far off plan that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.bench.timing.server import RATE_HZ
from assistant.sound import Float32, Int16

LIKENESS = 0.7
"""How alike what is found must be to what is sought; 1 is the same sound, at any loudness."""

FILTER_S = 0.6
"""How much of a clip is sought: its beginning is what has a time."""

AROUND_S = 0.5
"""How far from its plan a sound is looked for, seconds: a count has one each second."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A sound that was to begin at a time."""

    at_s: float
    """Monotonic, seconds."""
    clip: str
    """Its name among the clips."""


def onset(window: npt.NDArray[np.floating], clip: Float32) -> int | None:
    """Index in a window at which a clip begins, None where it is not in it. Both at `RATE_HZ`."""
    if len(window) < len(clip):
        return None
    size = 1 << (len(window) + len(clip) - 1).bit_length()
    spectrum = np.fft.rfft(window, size) * np.conj(np.fft.rfft(clip, size))
    match = np.fft.irfft(spectrum, size)[: len(window) - len(clip) + 1]
    energy = np.concatenate([[0.0], np.cumsum(np.square(window, dtype=np.float64))])
    there = np.maximum(energy[len(clip) :] - energy[: -len(clip)], 1e-6)
    likeness = match / np.sqrt(there * np.sum(np.square(clip, dtype=np.float64)))
    best = int(likeness.argmax())
    return best if likeness[best] >= LIKENESS else None


def errors_s(
    samples: Int16,
    origin_s: float,
    planned: Sequence[Planned],
    clips: Mapping[str, Float32],
    *,
    before_s: float = AROUND_S,
    after_s: float = AROUND_S,
) -> list[float | None]:
    """How much later than planned each sound begins, seconds; None where it is not found.

    `samples` is the recording, whose first sample was played at monotonic time `origin_s`. What is
    not found at once is looked for again without the sounds that were: a breath under the word that
    names it is a fifth of the power there.
    """
    heard: list[tuple[int, Float32]] = []
    late_s: list[float | None] = [None] * len(planned)
    for is_again in (False, True):
        for number, sound in enumerate(planned):
            if late_s[number] is not None:
                continue
            clip = clips[sound.clip]
            first = max(0, round((sound.at_s - before_s - origin_s) * RATE_HZ))
            last = round((sound.at_s + after_s - origin_s) * RATE_HZ) + len(clip)
            window = samples[first:last].astype(np.float64) / 32768
            if is_again:
                _take_out(window, first, heard)
            place = onset(window, clip)
            if place is not None:
                late_s[number] = origin_s + (first + place) / RATE_HZ - sound.at_s
                heard.append((first + place, clip))
    return late_s


def _take_out(
    window: npt.NDArray[np.float64], first: int, heard: Sequence[tuple[int, Float32]]
) -> None:
    """Take sounds out of a window that begins at sample `first`, each as loud as it is there."""
    for place, clip in heard:
        begin, end = max(place, first), min(place + len(clip), first + len(window))
        if begin < end:
            part = clip[begin - place : end - place].astype(np.float64)
            there = window[begin - first : end - first]
            there -= part * (there @ part / max(float(part @ part), 1e-12))


def drift_s(at_s: Sequence[float], late_s: Sequence[float]) -> float:
    """By how much the errors grow from the first time to the last, seconds: a straight line through
    them, by the least sum of squares."""
    times, late = np.asarray(at_s), np.asarray(late_s)
    if len(times) < 2 or np.ptp(times) == 0.0:
        return 0.0
    return float(np.polyfit(times - times[0], late, 1)[0] * np.ptp(times))
