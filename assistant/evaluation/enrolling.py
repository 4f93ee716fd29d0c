"""Speakers of a corpus as users who have taught their voice: some recordings are examples.

Of each command that a speaker has said often enough the first recordings, in an order drawn by a
seed, are examples, and are never tested. They are cut and checked as `earshot teach` does, and
always clean: one teaches in a quiet room what is then said over a fan.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.errors import EvaluationError
from assistant.evaluation.conditions import CLEAN, Stage
from assistant.evaluation.corpus import Recording, read_samples
from assistant.sound import Float32
from assistant.stt.encoder import Encoder
from assistant.stt.enrolment import Enrolment, Voices
from assistant.stt.takes import Cutter, loudest


@dataclass(frozen=True, slots=True)
class Round:
    """Recordings that are tested with the same voices known."""

    tested: Sequence[Recording]
    apply: Callable[[], None]
    """Makes these voices, and no others, count."""


@dataclass(slots=True)
class Enroller:
    """Lets each speaker teach `count` recordings of each command."""

    voices: Voices
    """Whose voices the listener knows: set before each speaker's recordings are heard."""
    count: int
    seed: int = 1

    def rounds(
        self, recordings: Sequence[Recording], stage: Stage, is_command: Callable[[str], bool]
    ) -> list[Round]:
        """Part each speaker's recordings in examples and tested ones, and learn the examples.

        A command of which a speaker has no more than `count` recordings is tested and not taught.
        Raises EvaluationError where no speaker has more.
        """
        speakers: dict[str, list[Recording]] = defaultdict(list)
        for recording in recordings:
            speakers[recording.speaker].append(recording)
        cutter, encoder = Cutter(), Encoder()
        found: list[Round] = []
        has_taught = False
        for speaker, own in speakers.items():
            drawn = self._drawn(own, is_command)
            taken = {recording.name for group in drawn.values() for recording in group}
            examples = {
                label: self._learnt(group, stage, cutter, encoder) for label, group in drawn.items()
            }
            known = {label: rows for label, rows in examples.items() if len(rows)}
            has_taught = has_taught or bool(known)
            tested = tuple(r for r in own if r.name not in taken)
            found.append(Round(tested, self._making(Enrolment(speaker, known))))
        if not has_taught:
            raise EvaluationError(
                f"no speaker has more than {self.count} recordings of a command",
                place=f"--enrol {self.count}",
                mend="Enrol fewer, or take a set in which people repeat words, such as digits.",
            )
        return found

    def forget(self) -> None:
        """Let no voice count any more."""
        self.voices.known = ()

    def _drawn(
        self, own: Sequence[Recording], is_command: Callable[[str], bool]
    ) -> Mapping[str, list[Recording]]:
        groups: dict[str, list[Recording]] = defaultdict(list)
        for recording in own:
            if is_command(recording.label):
                groups[recording.label].append(recording)
        rng = np.random.default_rng(self.seed)
        return {
            label: [group[i] for i in rng.permutation(len(group))[: self.count]]
            for label, group in groups.items()
            if len(group) > self.count
        }

    def _learnt(
        self, group: Sequence[Recording], stage: Stage, cutter: Cutter, encoder: Encoder
    ) -> Float32:
        rows: list[Float32] = []
        for recording in group:
            staged = stage.staged(read_samples(recording), CLEAN)
            utterance = loudest([*cutter.hear(staged.samples), *cutter.finish()])
            cutter.reset()
            if utterance is not None:
                rows.append(self.voices.measure.example(encoder.frames(utterance)))
        return np.stack(rows) if rows else np.zeros((0, self.voices.measure.size), np.float32)

    def _making(self, enrolment: Enrolment) -> Callable[[], None]:
        def make() -> None:
            self.voices.known = (enrolment,) if enrolment.examples else ()

        return make
