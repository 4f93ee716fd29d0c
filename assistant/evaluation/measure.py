"""Recordings through the listener, frame by frame, and what became of each.

Time is that of the stream: a frame is there when its last sample has been spoken. What the
listener computes is added as processor time, and one that falls behind stays behind, so the
latency of a slow decoder shows although nothing here waits.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from assistant.coach.events import Heard
from assistant.coach.floor import CLOSED, OPEN_S
from assistant.coach.intents import Command, Intent
from assistant.evaluation.conditions import (
    SILENCE_CHECK_S,
    Condition,
    Stage,
    Staged,
    silence,
    stream,
)
from assistant.evaluation.corpus import Corpus, Recording, read_samples
from assistant.evaluation.enrolling import Enroller, Round
from assistant.listener import Hearing, Listener
from assistant.nlu import Phrasebook
from assistant.sound import FRAME_SAMPLES, SPEECH_RATE_HZ, Frame, Int16

SPEECH = "speech"
COMMANDS = "commands"
DIGITS = "digits"
SETS = (COMMANDS, "phrases", DIGITS, SPEECH)


class Result(StrEnum):
    """What became of a recording."""

    RIGHT = "right"  # a command, and its intent alone was understood
    WRONG = "wrong"  # a command, taken for one of another intent
    MISSED = "missed"  # a command, not understood
    ACCEPTED = "accepted"  # no command, taken for one
    REJECTED = "rejected"  # no command, and nothing came of it


@dataclass(frozen=True, slots=True)
class Decision:
    """An utterance that the listener took for a command."""

    command: Command
    text: str
    confidence: float
    at_s: float
    """When it was known, seconds of the stream, with the time that the computing took."""
    is_woken: bool = False
    """Whether it began with the wake phrase."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One recording in one condition."""

    recording: Recording
    expected: Command | None
    """What it means; None where it is no command."""
    decisions: tuple[Decision, ...]
    speech_end_s: float
    """When its speaking ended, seconds of the stream."""

    @property
    def result(self) -> Result:
        """What became of it: right where its intent was understood, and no other beside it."""
        if self.expected is None:
            return Result.ACCEPTED if self.decisions else Result.REJECTED
        if not self.decisions:
            return Result.MISSED
        right = all(_means(d.command, self.expected) for d in self.decisions)
        return Result.RIGHT if right else Result.WRONG

    @property
    def is_slot_wrong(self) -> bool:
        """Whether it is right but for what was named with it, such as the other side."""
        is_right = self.result is Result.RIGHT
        return is_right and any(d.command != self.expected for d in self.decisions)

    @property
    def latency_s(self) -> float | None:
        """From the end of the speaking to the intent, seconds; None unless it is right."""
        if self.result is not Result.RIGHT:
            return None
        return self.decisions[0].at_s - self.speech_end_s


def _means(command: Command, expected: Command) -> bool:
    """Whether a command has the intent that was expected; a bare number is its own meaning."""
    if command.intent is Intent.NUMBER:
        return command == expected
    return command.intent is expected.intent


@dataclass(frozen=True, slots=True)
class Cost:
    """What hearing took: processor time of all threads, for so much audio."""

    processor_s: float
    audio_s: float

    @property
    def real_time_factor(self) -> float:
        """Processor seconds a second of audio; 0.0 without audio."""
        return self.processor_s / self.audio_s if self.audio_s else 0.0


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """Every recording in one condition."""

    condition: Condition
    trials: tuple[Trial, ...]
    cost: Cost

    def count(self, *results: Result) -> int:
        """How many recordings ended so."""
        return sum(trial.result in results for trial in self.trials)

    @property
    def commands(self) -> int:
        """How many recordings are commands."""
        return self.count(Result.RIGHT, Result.WRONG, Result.MISSED)

    @property
    def others(self) -> int:
        """How many are other words."""
        return self.count(Result.ACCEPTED, Result.REJECTED)

    @property
    def accuracy(self) -> float | None:
        """Share of the commands whose intent is right, 0 to 1; None without commands."""
        return self.count(Result.RIGHT) / self.commands if self.commands else None

    @property
    def slots_wrong(self) -> int:
        """How many of those that are right had a wrong slot."""
        return sum(trial.is_slot_wrong for trial in self.trials)

    @property
    def accuracy_with_slots(self) -> float | None:
        """Share of the commands that are right with all that was named; None without commands."""
        right = self.count(Result.RIGHT) - self.slots_wrong
        return right / self.commands if self.commands else None

    @property
    def accepted_share(self) -> float | None:
        """Share of the other words that were taken for commands; None without any."""
        return self.count(Result.ACCEPTED) / self.others if self.others else None

    def latencies_s(self, intent: Intent | None = None) -> list[float]:
        """Latency of each right command, or of those of one intent, seconds."""
        return [
            trial.latency_s
            for trial in self.trials
            if trial.latency_s is not None
            and (intent is None or (trial.expected and trial.expected.intent is intent))
        ]


@dataclass(frozen=True, slots=True)
class StreamResult:
    """Other people's speech, heard in one go."""

    decisions: tuple[Decision, ...]
    cost: Cost

    @property
    def hours(self) -> float:
        """Length, hours."""
        return self.cost.audio_s / 3600

    @property
    def per_hour(self) -> float:
        """False accepts an hour where a session runs."""
        return len(self.decisions) / self.hours

    @property
    def idle_decisions(self) -> tuple[Decision, ...]:
        """Those that count where no session runs: the wake phrase, and what follows in the time
        for which that opens the floor."""
        floor = CLOSED
        heard: list[Decision] = []
        for decision in self.decisions:
            if floor.hears(decision.command.intent, decision.at_s, is_woken=decision.is_woken):
                heard.append(decision)
                floor = replace(floor, open_until_s=decision.at_s + OPEN_S)
        return tuple(heard)

    @property
    def idle_per_hour(self) -> float:
        """False accepts an hour where no session runs."""
        return len(self.idle_decisions) / self.hours


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was measured."""

    conditions: tuple[ConditionResult, ...]
    stream: StreamResult | None
    """None where no stream was asked for, or the corpus has no speech."""
    silence: Cost
    peak_rss_mb: float
    """Most memory that this process has had, MB."""

    def latencies_s(self, intent: Intent | None = None) -> list[float]:
        """Latency of each right command in every condition, seconds."""
        return [s for result in self.conditions for s in result.latencies_s(intent)]

    @property
    def talking(self) -> Cost:
        """What hearing took while somebody talked: the stream, without it the recordings."""
        if self.stream is not None:
            return self.stream.cost
        costs = [result.cost for result in self.conditions]
        return Cost(sum(c.processor_s for c in costs), sum(c.audio_s for c in costs))


@dataclass(slots=True)
class Ear:
    """Feeds a listener as the microphone does, and keeps the time and the cost."""

    listener: Listener
    takes_numbers: bool
    """Whether a bare number is a command: the coach takes one only where it has asked."""
    _heard_samples: int = 0
    _free_at_s: float = 0.0
    _processor_s: float = 0.0
    _cost_from: tuple[float, int] = (0.0, 0)
    _rest: Int16 = field(default_factory=lambda: np.zeros(0, np.int16))

    @property
    def now_s(self) -> float:
        """How much has been heard, seconds."""
        return self._heard_samples / SPEECH_RATE_HZ

    def hear(self, samples: Int16) -> list[Decision]:
        """Hear samples; what does not fill a frame waits for the next call."""
        audio = np.concatenate([self._rest, samples])
        whole = len(audio) - len(audio) % FRAME_SAMPLES
        self._rest = audio[whole:]
        frames = audio[:whole].reshape(-1, FRAME_SAMPLES)
        return [d for d in map(self._hear, frames) if d is not None]

    def reset(self) -> None:
        """Forget what was under way: the next recording is another person's, and begins with a
        frame of its own."""
        self.listener.reset()
        self._rest = self._rest[:0]

    def cost(self) -> Cost:
        """What hearing took since this was last asked."""
        processor_s, samples = self._cost_from
        self._cost_from = (self._processor_s, self._heard_samples)
        return Cost(
            self._processor_s - processor_s, (self._heard_samples - samples) / SPEECH_RATE_HZ
        )

    def _hear(self, samples: Int16) -> Decision | None:
        frame = Frame(self.now_s, samples)
        self._heard_samples += len(samples)
        began = time.process_time()
        hearing = self.listener.hear(frame)
        took_s = time.process_time() - began
        self._processor_s += took_s
        self._free_at_s = max(self._free_at_s, self.now_s) + took_s
        return self._decision(hearing) if hearing is not None else None

    def _decision(self, hearing: Hearing) -> Decision | None:
        if not isinstance(hearing.event, Heard):
            return None
        command = Command(hearing.event.intent, hearing.event.slots)
        if command.intent is Intent.NUMBER and not self.takes_numbers:
            return None
        return Decision(
            command, hearing.text, hearing.confidence, self._free_at_s, hearing.is_woken
        )


def evaluate(
    listener: Listener,
    phrasebook: Phrasebook,
    corpus: Corpus,
    conditions: Sequence[Condition],
    *,
    set_name: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
    enroller: Enroller | None = None,
) -> Evaluation:
    """Measure a listener on a corpus.

    `set_name` is the set to measure on; None takes `commands` in every condition and `speech`,
    where the corpus has it, as the stream. `progress` is told what comes next. With an `enroller`
    each speaker teaches some of the recordings first, and is tested on the rest. Raises
    EvaluationError for a set that the corpus lacks, and for a recording that cannot be used.
    """
    ear = Ear(listener, takes_numbers=set_name == DIGITS)
    results: list[ConditionResult] = []
    if set_name != SPEECH:
        stage = Stage(corpus, conditions)
        recordings = corpus.needed(set_name or COMMANDS)
        rounds = [Round(recordings, lambda: None)]
        if enroller is not None:
            rounds = enroller.rounds(
                recordings, stage, lambda label: _is_command(ear, phrasebook, label)
            )
        for condition in conditions:
            progress(f"{condition.name}: {sum(len(x.tested) for x in rounds)} recordings")
            results.append(_in_condition(ear, phrasebook, rounds, stage, condition))
        if enroller is not None:
            enroller.forget()
    streamed: StreamResult | None = None
    speech = corpus.needed(SPEECH) if set_name == SPEECH else corpus.of_set(SPEECH)
    if speech and set_name in (None, SPEECH):
        progress(f"stream: {len(speech)} recordings")
        streamed = _stream(ear, stream(speech))
    ear.hear(silence(SILENCE_CHECK_S))
    return Evaluation(tuple(results), streamed, ear.cost(), peak_rss_mb())


def expected(phrasebook: Phrasebook, label: str, *, takes_numbers: bool) -> Command | None:
    """What a label means as a command; None for other words."""
    command = phrasebook.parse(label)
    if command is not None and command.intent is Intent.NUMBER and not takes_numbers:
        return None
    return command


def _is_command(ear: Ear, phrasebook: Phrasebook, label: str) -> bool:
    return expected(phrasebook, label, takes_numbers=ear.takes_numbers) is not None


def peak_rss_mb() -> float:
    """Most memory that this process has had, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _in_condition(
    ear: Ear,
    phrasebook: Phrasebook,
    rounds: Iterable[Round],
    stage: Stage,
    condition: Condition,
) -> ConditionResult:
    trials: list[Trial] = []
    for tested_round in rounds:
        tested_round.apply()
        for recording in tested_round.tested:
            meant = expected(phrasebook, recording.label, takes_numbers=ear.takes_numbers)
            staged = stage.staged(read_samples(recording), condition)
            trials.append(_tried(ear, recording, meant, staged))
    return ConditionResult(condition, tuple(trials), ear.cost())


def _tried(ear: Ear, recording: Recording, meant: Command | None, staged: Staged) -> Trial:
    begins_s = ear.now_s
    decisions = ear.hear(staged.samples)
    ear.reset()
    return Trial(recording, meant, tuple(decisions), begins_s + staged.speech_end_s)


def _stream(ear: Ear, pieces: Iterable[Int16]) -> StreamResult:
    decisions = [decision for piece in pieces for decision in ear.hear(piece)]
    cost = ear.cost()
    decisions += ear.hear(silence(2.0))  # lets the last utterance end
    ear.cost()
    ear.reset()
    return StreamResult(tuple(decisions), cost)
