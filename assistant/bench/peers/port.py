"""What a peer is, and how what it hears is counted."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.evaluation.conditions import Condition, Stage
from assistant.evaluation.corpus import Recording, read_samples
from assistant.evaluation.measure import ConditionResult, Cost, Decision, Trial, expected
from assistant.nlu import Phrasebook
from assistant.sound import SPEECH_RATE_HZ, Int16


@dataclass(frozen=True, slots=True)
class Spotted:
    """A phrase that a peer took a stretch of sound for."""

    text: str
    at_s: float
    """When it was known, seconds from the first sample, computing left out."""


class Peer(Protocol):
    """Another recogniser. Recordings do not follow on one another: it keeps nothing of the last."""

    name: str
    """As it is printed: "Vosk grammar"."""
    usage: str
    """How it is used, a sentence for the notes."""

    def hear(self, samples: Int16) -> list[Spotted]:
        """Hear a recording as the microphone would give it: int16 mono, 16 000 Hz, with LEAD_S of
        quiet before and TAIL_S after it."""

    def close(self) -> None:
        """Free the engine. The peer is not used afterwards."""


def pieces(samples: Int16, length: int) -> Iterator[tuple[float, Int16]]:
    """Cut samples into pieces; each with the time of its end, seconds. The last may be shorter."""
    for begin in range(0, len(samples), length):
        piece = samples[begin : begin + length]
        yield (begin + len(piece)) / SPEECH_RATE_HZ, piece


def in_condition(
    peer: Peer,
    phrasebook: Phrasebook,
    recordings: Sequence[Recording],
    stage: Stage,
    condition: Condition,
) -> ConditionResult:
    """Measure a peer on recordings in one condition, counted as `earshot evaluate` counts.

    A bare number is no command, neither said nor heard. Confidences are all 1: a peer has decided.
    Raises EvaluationError for a recording that cannot be used.
    """
    trials: list[Trial] = []
    processor_s = audio_s = 0.0
    for recording in recordings:
        staged = stage.staged(read_samples(recording), condition)
        began = time.process_time()
        spotted = peer.hear(staged.samples)
        processor_s += time.process_time() - began
        audio_s += len(staged.samples) / SPEECH_RATE_HZ
        meant = expected(phrasebook, recording.label, takes_numbers=False)
        decisions = tuple(_decisions(phrasebook, spotted))
        trials.append(Trial(recording, meant, decisions, staged.speech_end_s))
    return ConditionResult(condition, tuple(trials), Cost(processor_s, audio_s))


def _decisions(phrasebook: Phrasebook, spotted: Sequence[Spotted]) -> Iterator[Decision]:
    for one in spotted:
        command = expected(phrasebook, one.text, takes_numbers=False)
        if command is not None:
            yield Decision(command, one.text, 1.0, one.at_s)
