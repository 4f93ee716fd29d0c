"""Measures Vosk alone, the head alone and both: python -m assistant.training.measure FOLDER."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pocketsphinx

from assistant.coach.intents import Command, Intent
from assistant.library.loader import load_library
from assistant.nlu.phrasebook import Phrasebook, load_phrasebook
from assistant.sound import FRAME_SAMPLES, SPEECH_RATE_HZ, Float32, Int16
from assistant.stt.agreement import agree
from assistant.stt.endpoint import Endpointer
from assistant.stt.engines import COACH_MODEL_DIR
from assistant.stt.port import Grammar
from assistant.stt.spotter import HEAD_FILE, Spotter
from assistant.stt.vosk_engine import VoskRecogniser
from assistant.training.material import Recording, level, piece, read_corpus, reverberated
from assistant.training.variations import COMMANDS, WORDS

WAYS = ("vosk", "head", "both")

ROOM_TAIL_SAMPLES = 4000
SILENCE = np.zeros(SPEECH_RATE_HZ, np.int16)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one set of recordings under one condition, decided in one way."""

    condition: str
    kind: str
    """"commands" or "phrases"."""
    way: str
    commands: int
    accuracy: float
    wrong: float
    missed: float
    oov: int
    oov_accepted: float
    classless: int
    """How many of the other recordings are of words without a class of their own in the head."""
    classless_accepted: float


def conditions(folder: Path, seed: int = 5) -> Iterator[tuple[str, list[Recording]]]:
    """Yield the commands and phrases of a folder, clean, with noise and in rooms.

    Noise is taken from the folder at a random place, with a power 10 and 5 dB below that of the
    whole clip.
    """
    rng = np.random.default_rng(seed)
    clips = read_corpus(folder, ["commands", "phrases"])
    noises = [r.samples for r in read_corpus(folder, ["noise"])]
    rooms = [r.samples for r in read_corpus(folder, ["rir"])]
    yield "clean", clips
    for snr_db in (10, 5):
        yield (
            f"{snr_db} dB",
            [
                _with(
                    clip,
                    _under_noise(clip.samples, noises[int(rng.integers(len(noises)))], snr_db, rng),
                )
                for clip in clips
            ],
        )
    yield (
        "reverberated",
        [
            _with(
                clip,
                reverberated(
                    np.pad(clip.samples, (0, ROOM_TAIL_SAMPLES)),
                    rooms[int(rng.integers(len(rooms)))],
                ),
            )
            for clip in clips
        ],
    )


def _under_noise(
    samples: Float32, noise: Float32, snr_db: float, rng: np.random.Generator
) -> Float32:
    some = piece(noise, len(samples), rng)
    mixed = samples + some * (level(samples) / level(some) * 10 ** (-snr_db / 20))
    # Half as loud, or loud clips would be cut off.
    return np.asarray(mixed / 2, np.float32)


def _with(clip: Recording, samples: Float32) -> Recording:
    return Recording(samples, clip.label, clip.speaker, clip.kind)


def whole_phrasebook() -> Phrasebook:
    """Return every phrase of the shipped language and library."""
    library = load_library()
    return load_phrasebook(
        "en",
        {n: e.id for e in library.exercises.values() for n in (e.name, *e.aliases)},
        {n: r.id for r in library.routines.values() for n in (r.name, *r.aliases)},
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one recording before anything is decided."""

    clip: Recording
    heard: str
    """What Vosk heard among all phrases, "" for nothing."""
    duration_s: float
    """How long its words lasted."""
    posteriors: Mapping[str, float]


def evidence(
    clips: Sequence[Recording], recogniser: VoskRecogniser, spotter: Spotter
) -> list[Evidence]:
    """Ask both about every recording. The recogniser has its grammar."""
    found = []
    for clip in clips:
        samples = (np.clip(clip.samples, -1, 1) * 32767).astype(np.int16)
        text, duration_s = _heard(recogniser, samples)
        found.append(Evidence(clip, text, duration_s, spotter.posteriors(samples)))
    return found


def _heard(recogniser: VoskRecogniser, samples: Int16) -> tuple[str, float]:
    """Return the first transcript of a recording and the length of its words, seconds."""
    recogniser.reset()
    audio = np.concatenate([samples, SILENCE])
    pieces = (audio[i : i + FRAME_SAMPLES] for i in range(0, len(audio), FRAME_SAMPLES))
    heard = [*(recogniser.accept(some) for some in pieces), recogniser.finish()]
    first = next((t for t in heard if t is not None and t.text), None)
    return (first.text, first.end_s - first.start_s) if first is not None else ("", 0.0)


def decide(found: Evidence, way: str, phrasebook: Phrasebook) -> Command | None:
    """Return the command that one way of deciding takes a recording for."""

    def meaning(text: str) -> Command | None:
        command = phrasebook.parse(text)
        # The coach takes a bare number only where it has asked for one.
        return None if command is None or command.intent is Intent.NUMBER else command

    if way == "vosk":
        return meaning(found.heard)
    heard = found.heard if way == "both" else ""
    return meaning(agree(heard, found.duration_s, found.posteriors, meaning))


def measure(condition: str, found: Sequence[Evidence], phrasebook: Phrasebook) -> Iterator[Row]:
    """Yield a row for each set and each way of deciding."""
    for kind in ("commands", "phrases"):
        some = [one for one in found if one.clip.kind == kind]
        for way in WAYS if some else ():
            yield _row(condition, kind, way, some, phrasebook)


def _row(
    condition: str, kind: str, way: str, found: Sequence[Evidence], phrasebook: Phrasebook
) -> Row:
    right = wrong = missed = 0
    taken: list[tuple[str, bool]] = []
    for one in found:
        label = one.clip.label
        meant = phrasebook.parse(label) if kind == "phrases" or label in COMMANDS else None
        got = decide(one, way, phrasebook)
        if meant is None:
            taken.append((label, got is not None))
        elif got is None:
            missed += 1
        elif got == meant:
            right += 1
        else:
            wrong += 1
    commands = right + wrong + missed
    new = [accepted for label, accepted in taken if label not in WORDS]
    return Row(
        condition=condition,
        kind=kind,
        way=way,
        commands=commands,
        accuracy=_share(right, commands),
        wrong=_share(wrong, commands),
        missed=_share(missed, commands),
        oov=len(taken),
        oov_accepted=_share(sum(accepted for _, accepted in taken), len(taken)),
        classless=len(new),
        classless_accepted=_share(sum(new), len(new)),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


@dataclass(frozen=True, slots=True)
class StreamRow:
    """What one way of deciding takes for commands in speech that is meant for nobody."""

    way: str
    hours: float
    false_accepts: int
    per_hour: float
    taken_for: tuple[str, ...]


def stream(
    folder: Path, recogniser: VoskRecogniser, spotter: Spotter, phrasebook: Phrasebook
) -> list[StreamRow]:
    """Measure on the `speech` set, joined. Utterances are cut by voice activity, as live."""
    endpointer = Endpointer(_voice_activity())
    sounds = [*(r.samples for r in read_corpus(folder, ["speech"])), np.zeros(16_000, np.float32)]
    joined = (np.clip(np.concatenate(sounds), -1, 1) * 32767).astype(np.int16)
    clips = [
        Recording((utterance.samples / 32768).astype(np.float32), "", "", "speech")
        for begin in range(0, len(joined), FRAME_SAMPLES)
        for utterance in endpointer.accept(joined[begin : begin + FRAME_SAMPLES])
    ]
    hours = len(joined) / SPEECH_RATE_HZ / 3600
    found = evidence(clips, recogniser, spotter)
    rows = []
    for way in WAYS:
        taken = [c for one in found if (c := decide(one, way, phrasebook)) is not None]
        names = tuple(command.intent.value for command in taken)
        rows.append(StreamRow(way, hours, len(taken), len(taken) / hours, names))
    return rows


def _voice_activity() -> Callable[[bytes], bool]:
    detector: Any = pocketsphinx.Vad(mode=pocketsphinx.Vad.LOOSE)
    return lambda frame: bool(detector.is_speech(frame))


def measured(folder: Path, head_file: Path = HEAD_FILE) -> tuple[list[Row], list[StreamRow]]:
    """Measure a head on a folder of recordings: every condition, and the stream of speech."""
    phrasebook, spotter = whole_phrasebook(), Spotter(head_file)
    recogniser = VoskRecogniser(COACH_MODEL_DIR)
    recogniser.set_grammar(Grammar(phrasebook.weights))
    rows = [
        row
        for name, clips in conditions(folder)
        for row in measure(name, evidence(clips, recogniser, spotter), phrasebook)
    ]
    spoken = stream(folder, recogniser, spotter, phrasebook)
    recogniser.close()
    spotter.close()
    return rows, spoken


def figures(rows: Sequence[Row], spoken: Sequence[StreamRow]) -> dict[str, Any]:
    """Return all that was measured, for JSON."""
    return {
        "conditions": [asdict(row) for row in rows],
        "stream": [asdict(row) for row in spoken],
    }


def as_table(rows: Sequence[Row], spoken: Sequence[StreamRow]) -> str:
    """Return rows as text in columns."""
    lines = [
        "set       condition     way   right  wrong missed  others accepted  classless accepted"
    ]
    lines += [
        f"{r.kind:<9} {r.condition:<13} {r.way:<5} {r.accuracy:6.1%} {r.wrong:6.1%} {r.missed:6.1%}"
        f"  {r.oov_accepted:6.1%} of {r.oov:<4}    {r.classless_accepted:6.1%} of {r.classless}"
        for r in rows
    ]
    lines += [
        f"speech, way {r.way}: {r.false_accepts} accepted in {r.hours * 60:.1f} minutes, "
        f"{r.per_hour:.0f} an hour: {' '.join(r.taken_for)}"
        for r in spoken
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of a head. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m assistant.training.measure")
    parser.add_argument("corpus", type=Path, help="recordings of people that no training heard")
    parser.add_argument("--head", type=Path, default=HEAD_FILE)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    rows, spoken = measured(chosen.corpus, chosen.head)
    if chosen.json:
        sys.stdout.write(json.dumps(figures(rows, spoken), indent=1) + "\n")
    else:
        sys.stdout.write(as_table(rows, spoken) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
