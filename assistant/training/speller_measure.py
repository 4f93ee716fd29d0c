"""Measures the speller alone and beside Vosk: python -m assistant.training.speller_measure FOLDER.

How the whole path hears is measured by `earshot evaluate`.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.coach.intents import Command, Intent
from assistant.evaluation.conditions import (
    CLEAN,
    REVERBERATED,
    Condition,
    Stage,
    stream,
    with_noise,
)
from assistant.evaluation.corpus import Corpus, read_corpus, read_samples
from assistant.nlu import Phrasebook
from assistant.rehearsal.speakers import VOICES, Speaker
from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.engines import COACH_MODEL_DIR
from assistant.stt.gate import GatedRecogniser
from assistant.stt.port import Grammar, Transcript
from assistant.stt.pronunciations import pronounced_phrases
from assistant.stt.speller import HEAD_FILE, Spelled, Speller, WholeEncoder
from assistant.stt.vosk_engine import VoskRecogniser
from assistant.training.utterances import all_phrases

CONDITIONS = (CLEAN, with_noise(10), with_noise(5), REVERBERATED)
FAR = Condition("10 dB + room", snr_db=10, is_reverberated=True)

THRESHOLDS = (-0.1, -0.2, -0.3, -0.45, -0.6, -0.8, -1.0, -1.3, -1.6)
"""Scores a phone at which the figures are given."""

PHRASES = 100
"""How many phrases of several words the synthetic voices say."""

_STRETCHES = (0.85, 1.0, 1.2)


class Recorder:
    """A recogniser that understands nothing and keeps what it was fed."""

    name = "recorder"

    def __init__(self) -> None:
        self.utterances: list[Int16] = []
        self._parts: list[Int16] = []

    def set_grammar(self, grammar: Grammar) -> Sequence[str]:  # noqa: ARG002 - takes none
        """Take none."""
        return ()

    def accept(self, samples: Int16) -> Transcript | None:
        """Keep samples."""
        self._parts.append(samples.copy())
        return None

    def finish(self) -> Transcript | None:
        """End an utterance."""
        self.utterances.append(np.concatenate([np.zeros(0, np.int16), *self._parts]))
        self._parts.clear()
        return None

    def partial(self) -> str:
        """Nothing is understood."""
        return ""

    def reset(self) -> None:
        """Forget the utterance under way."""
        self._parts.clear()

    def close(self) -> None:
        """Nothing is held."""


def utterances(sound: Iterable[Int16]) -> Iterator[Int16]:
    """Cut sound as voice activity does in a session, pauses of 0.54 s ending an utterance."""
    recorder = Recorder()
    gate = GatedRecogniser(recorder)
    for piece in sound:
        gate.accept(piece)
        yield from recorder.utterances
        recorder.utterances.clear()
    gate.finish()
    yield from recorder.utterances


@dataclass(frozen=True, slots=True)
class Trial:
    """What was said in one utterance or recording, and what the two heard."""

    meant: Command | None
    spelled: Spelled | None
    """The best of all its utterances."""
    vosk: str

    @property
    def score(self) -> float:
        """The score a phone; very low where nothing was heard."""
        return -99.0 if self.spelled is None else self.spelled.per_phone


class Ears:
    """The speller and Vosk with all phrases."""

    def __init__(self, phrasebook: Phrasebook, head_file: Path) -> None:
        self._phrasebook = phrasebook
        self._speller = Speller(WholeEncoder(), head_file)
        self._speller.set_phrases(pronounced_phrases(phrasebook.commands)[0])
        self._vosk = VoskRecogniser(COACH_MODEL_DIR)
        self._vosk.set_grammar(Grammar(phrasebook.weights))

    def meaning(self, phrase: str) -> Command | None:
        """What a phrase means; a bare number is taken only where it was asked for: not here."""
        command = self._phrasebook.parse(phrase)
        return None if command is None or command.intent is Intent.NUMBER else command

    def heard(
        self, sound: Iterable[Int16], meant: Command | None, *, with_vosk: bool = True
    ) -> list[Trial]:
        """Return a trial for each utterance."""
        trials = []
        for utterance in utterances(sound):
            best = self._speller.spell(utterance, 1)
            text = self._heard_by_vosk(utterance) if with_vosk else ""
            trials.append(Trial(meant, best[0] if best else None, text))
        return trials

    def heard_once(self, sound: Int16, meant: Command | None, *, with_vosk: bool = True) -> Trial:
        """Return one trial of a recording: its utterance with the best score."""
        trials = self.heard([sound], meant, with_vosk=with_vosk)
        return max(trials, key=lambda t: t.score, default=Trial(meant, None, ""))

    def _heard_by_vosk(self, utterance: Int16) -> str:
        self._vosk.reset()
        heard = self._vosk.accept(utterance) or self._vosk.finish()
        return "" if heard is None else heard.text


def figures(corpus_dir: Path, head_file: Path) -> dict[str, dict[str, float]]:
    """Return the figures of the set `commands` at a score of -0.45 a phone."""
    corpus = read_corpus(corpus_dir)
    ears = Ears(all_phrases(), head_file)
    rows: dict[str, dict[str, float]] = {}
    for name, trials in of_set(corpus, "commands", ears, 1):
        rows[name] = shares(trials, ears, -0.45)
    return rows


def of_set(corpus: Corpus, kind: str, ears: Ears, every: int) -> Iterator[tuple[str, list[Trial]]]:
    """Yield the trials of every so manieth recording of a set in each condition."""
    stage = Stage(corpus, CONDITIONS)
    for condition in CONDITIONS:
        yield (
            condition.name,
            [
                ears.heard_once(
                    stage.staged(read_samples(r), condition).samples,
                    ears.meaning(r.label),
                    with_vosk=False,
                )
                for r in corpus.needed(kind)[::every]
            ],
        )


def shares(trials: Sequence[Trial], ears: Ears, threshold: float) -> dict[str, float]:
    """Return the shares of commands right and wrong, and of other words accepted."""
    counts = {"commands": 0, "right": 0, "wrong": 0, "others": 0, "accepted": 0}
    for trial in trials:
        heard = None
        if trial.spelled is not None and trial.score >= threshold:
            heard = ears.meaning(trial.spelled.phrase)
        if trial.meant is None:
            counts["others"] += 1
            counts["accepted"] += heard is not None
        else:
            counts["commands"] += 1
            counts["right"] += heard == trial.meant
            counts["wrong"] += heard not in {None, trial.meant}
    commands, others = max(1, counts["commands"]), max(1, counts["others"])
    return {
        "commands": counts["commands"],
        "right": counts["right"] / commands,
        "wrong": counts["wrong"] / commands,
        "others": counts["others"],
        "accepted": counts["accepted"] / others,
    }


def as_table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Return figures for a person to read, per cent."""
    lines = [
        f"{name:14} right {100 * row['right']:5.1f}  wrong {100 * row['wrong']:5.1f}"
        f"  others accepted {100 * row['accepted']:5.1f}"
        for name, row in rows.items()
    ]
    return "\n".join([*lines, ""])


def synthetic(
    corpus: Corpus, phrasebook: Phrasebook, ears: Ears, conditions: Sequence[Condition]
) -> Iterator[tuple[str, list[tuple[str, Trial]]]]:
    """Yield trials of random phrases of several words, each with its voice."""
    rng = np.random.default_rng(20)
    several = sorted(p for p in phrasebook.commands if " " in p and ears.meaning(p))
    chosen = [several[i] for i in rng.choice(len(several), PHRASES, replace=False)]
    stage, speaker = Stage(corpus, conditions), Speaker()
    for condition in conditions:
        trials = []
        for i, phrase in enumerate(chosen):
            voice = VOICES[i % len(VOICES)]
            clip = speaker.speak(phrase, voice, stretch=_STRETCHES[i % len(_STRETCHES)])
            samples = np.asarray(np.clip(clip.samples, -1, 1) * 32767, np.int16)
            staged = stage.staged(samples, condition).samples
            trials.append((voice, ears.heard_once(staged, ears.meaning(phrase))))
        yield condition.name, trials


def synthetic_table(trials: Sequence[tuple[str, Trial]], ears: Ears) -> Iterator[str]:
    """Yield lines: how many of the phrases Vosk and the speller got right, wrong, not."""

    def outcome(meant: Command | None, heard: Command | None) -> int:
        return 2 if heard is None else int(heard != meant)

    vosk, voices = [0, 0, 0], dict.fromkeys(VOICES, 0)
    for voice, trial in trials:
        vosk[outcome(trial.meant, ears.meaning(trial.vosk))] += 1
        best = trial.spelled and ears.meaning(trial.spelled.phrase)
        voices[voice] += best == trial.meant
    yield f"Vosk right, wrong, rejected {vosk}; the speller's best is right: {voices}"
    for threshold in THRESHOLDS:
        counts, agreed = [0, 0, 0], [0, 0, 0]
        for _, trial in trials:
            taken = trial.spelled is not None and trial.score >= threshold
            best = ears.meaning(trial.spelled.phrase) if taken and trial.spelled else None
            counts[outcome(trial.meant, best)] += 1
            same = best if best == ears.meaning(trial.vosk) else None
            agreed[outcome(trial.meant, same)] += 1
        yield f"  {threshold:5.2f}  speller {counts}  agreed {agreed}"


def speech_table(corpus: Corpus, ears: Ears) -> Iterator[str]:
    """Yield lines: utterances of other speech accepted an hour, by the words of the phrase."""
    sounds = list(stream(corpus.needed("speech")))
    hours = sum(map(len, sounds)) / SPEECH_RATE_HZ / 3600
    trials = ears.heard(sounds, None)
    yield f"speech: {hours:.3f} h, {len(trials)} utterances; accepted an hour (with Vosk's consent)"
    for threshold in THRESHOLDS:
        counts, agreed = [0, 0, 0], [0, 0, 0]
        for trial in trials:
            if trial.spelled is None or trial.score < threshold:
                continue
            meant = ears.meaning(trial.spelled.phrase)
            if meant is None:
                continue
            size = min(3, len(trial.spelled.phrase.split())) - 1
            counts[size] += 1
            agreed[size] += meant == ears.meaning(trial.vosk)
        cells = [
            f"{n / hours:6.1f} ({m / hours:5.1f})" for n, m in zip(counts, agreed, strict=True)
        ]
        yield f"  {threshold:5.2f}  1 word {cells[0]}  2 words {cells[1]}  more {cells[2]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print all tables. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--head", type=Path, default=HEAD_FILE)
    parser.add_argument("--every", type=int, default=1, help="take every so manieth recording")
    parser.add_argument("--only", choices=("commands", "phrases", "synthetic", "speech"))
    chosen = parser.parse_args(arguments)
    phrasebook = all_phrases()
    corpus, ears = read_corpus(chosen.corpus), Ears(phrasebook, chosen.head)
    for line in _lines(corpus, phrasebook, ears, chosen.only, chosen.every):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    return 0


def _lines(
    corpus: Corpus, phrasebook: Phrasebook, ears: Ears, only: str | None, every: int
) -> Iterator[str]:
    if only in {None, "synthetic"}:
        for name, spoken in synthetic(corpus, phrasebook, ears, (with_noise(20), FAR)):
            yield f"synthetic phrases, {name}"
            yield from synthetic_table(spoken, ears)
    if only in {None, "speech"}:
        yield from speech_table(corpus, ears)
    for kind in ("phrases", "commands"):
        if only in {None, kind}:
            for name, trials in of_set(corpus, kind, ears, every):
                yield f"{kind}, {name}"
                rows = {f"{t:14.2f}": shares(trials, ears, t) for t in (-99.0, *THRESHOLDS)}
                yield as_table(rows).rstrip()


if __name__ == "__main__":
    sys.exit(main())
