"""Trains the head for what interrupts the coach: python -m assistant.training.interruptions.

What a person says over the coach is heard through a room, with what the echo canceller leaves of
the coach's voice before, under and after it. All of that is made here: the rooms and the voice as
`bench barge-in` makes them, in other rooms; the words by the people of a corpus and by synthetic
voices.
"""

import argparse
import logging
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import soxr
import torch

from assistant.app import World, load_world, make_voice
from assistant.audio.echo import EchoCanceller
from assistant.audio.reference import Reference
from assistant.audio.suppressor import Suppressor
from assistant.audio.wavfile import as_float, as_int16
from assistant.coach.intents import Intent
from assistant.config import load_settings
from assistant.library.spoken import library_texts
from assistant.nlu.kinds import OPEN, kind_of
from assistant.rehearsal.acoustics import Echo, drawn_box, response
from assistant.rehearsal.rig import OUT_RATE_HZ, SimulatedLoudspeaker
from assistant.rehearsal.speakers import noise
from assistant.sound import (
    FRAME_S,
    FRAME_SAMPLES,
    SPEECH_RATE_HZ,
    Clip,
    Float32,
    Frame,
    Int16,
)
from assistant.stt.encoder import Encoder
from assistant.stt.interrupting import ANSWERING, INTERRUPTING
from assistant.stt.spotter import INTERRUPTIONS_FILE, REST, save_heads
from assistant.training.clatter import household_sound
from assistant.training.disturbance import piece, reverberated, speech_level
from assistant.training.material import Recording, read_corpus, spoken
from assistant.training.sayings import Drawing, plain_texts
from assistant.training.spotter import Recipe, train
from assistant.training.variations import NEARBY, TrainingSet
from assistant.tts.loudness import amplitude
from assistant.tts.pyttsx3_engine import LEVEL_DBFS

MOST_LETTERS = 18
"""Longer phrases are left to the head for kinds of phrases, and to Vosk."""

OF_A_KIND = 179
"""How many examples of a kind."""

PEOPLE_SHARE, MANY_PEOPLE = 0.55, 60
"""How much of a kind people say where they said it so often; less often, so much less."""

PLAIN_SHARE = 0.4
"""How much of a kind is what most people say, by synthetic voices (`sayings.plain_texts`)."""
PLAIN_FIRST = 6
"""So many texts of an intent are what most people say."""

WORD_SHARE = 0.5
"""How much of what synthetic voices say of a kind is single words, where it has any."""

LEFT_ALONE, CUTS, OTHER_WORDS, OTHER_PHRASES, NOISES = 1126, 644, 736, 482, 230
"""Examples of what interrupts nothing: what is left of the coach, speech cut at random, words,
phrases of the coach that may not interrupt, and a household's noises."""

ROOMS, ROOM_S = 24, 41.0
"""Rooms in which the coach talks alone, and how long."""

FIRST_ROOM = 500_000
"""Seed of the first room; no bench draws these."""

ROOM_NOISE_DBFS = -60.0
"""A quiet room, 40 dB under the coach."""

PERSON_ROOMS = 120
PERSON_M = (1.0, 2.6)

ROOM_SHARE, NOISE_SHARE, SILENT_SHARE = 0.9, 0.2, 0.15
"""How many examples are heard in a room, with a household's noise, and in a pause of the coach."""

OVER_COACH_DB = (-15.0, 5.0)
"""How loud a person is beside the coach's voice, both at the microphone."""

LOWERED_AFTER_S = (0.1, 0.35)
LOWERED_DB = -20.0
FALLS_DB_S = 120.0
"""The coach's voice is lowered so long after the person begins; the room makes it fall so fast."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Around:
    """What is heard beside a person: sounds of float32, 16 000 Hz."""

    left: Sequence[Float32]
    """What the canceller leaves of the coach, a room each."""
    rooms: Sequence[Float32]
    """Responses from person to microphone."""
    noises: Sequence[Float32]
    speech: Sequence[Float32]


def is_interrupting(intent: Intent) -> bool:
    """Whether what means this may be said over the coach."""
    return intent in INTERRUPTING | ANSWERING


def interrupting_phrases(world: World) -> Mapping[str, Sequence[str]]:
    """Return the short phrases that may interrupt, by their kind."""
    found: dict[str, list[str]] = defaultdict(list)
    for phrase in world.phrasebook.weights:
        command = world.phrasebook.parse(phrase)
        if command is None or len(phrase) > MOST_LETTERS or phrase.startswith("hey "):
            continue
        kind = kind_of(command)
        if OPEN not in kind and is_interrupting(command.intent):
            found[kind].append(phrase)
    return found


def what_is_left(lines: Sequence[Clip], rng: np.random.Generator) -> Iterator[Float32]:
    """Let the coach talk alone in rooms; yield what the recogniser would hear, a room each."""
    for number in range(ROOMS):
        seed = FIRST_ROOM + number
        reference = Reference()
        canceller, suppressor = EchoCanceller(reference), Suppressor()
        loudspeaker = SimulatedLoudspeaker(lambda _: None, reference.put)
        echo = Echo(drawn_box(seed), seed, rate_hz=OUT_RATE_HZ, gain_db=0.0)
        bed = noise(round(ROOM_S * SPEECH_RATE_HZ), seed, level_dbfs=ROOM_NOISE_DBFS)
        arriving: Float32 = np.zeros(FRAME_SAMPLES, np.float32)
        heard: list[Float32] = []
        free_s = 0.0
        for index, quiet in enumerate(bed.reshape(-1, FRAME_SAMPLES)):
            now_s = index * FRAME_S
            if now_s >= free_s:
                line = lines[int(rng.integers(len(lines)))]
                loudspeaker.play(str(index), line, now_s)
                free_s = now_s + line.duration_s + rng.uniform(0.0, 0.4)
            cleaned = canceller.clean(Frame(now_s, as_int16(quiet + arriving)))
            heard.append(suppressor.take(as_float(cleaned.frame.samples), cleaned.echo).heard)
            arriving = echo.arriving(loudspeaker.render(now_s))
        yield np.concatenate(heard)


def over_coach(
    samples: Float32, around: Around, rng: np.random.Generator
) -> tuple[Float32, Float32]:
    """Return something said over the coach, as voice activity cuts it out, and the same said
    undisturbed."""
    factor = float(np.exp(rng.uniform(np.log(0.88), np.log(1.14))))
    samples = soxr.resample(samples, SPEECH_RATE_HZ, SPEECH_RATE_HZ * factor, quality="LQ")
    loud = np.flatnonzero(np.abs(samples) > 0.05 * np.abs(samples).max())
    first, last = (int(loud[0]), int(loud[-1])) if len(loud) else (0, len(samples))
    before_s = rng.uniform(0.6, 1.6) if rng.random() < 0.15 else rng.uniform(0.25, 0.6)
    lead, rest = round(before_s * SPEECH_RATE_HZ), round(rng.uniform(0.15, 0.6) * SPEECH_RATE_HZ)
    level_db = LEVEL_DBFS + rng.uniform(*OVER_COACH_DB)
    gain = np.float32(amplitude(level_db) / max(speech_level(samples), 1e-6))
    said = np.pad(samples[first:last], (lead, rest)).astype(np.float32) * gain
    heard = said
    if rng.random() < ROOM_SHARE:
        heard = reverberated(said, around.rooms[int(rng.integers(len(around.rooms)))])
    heard = heard + _left_under(len(said), lead, around, rng)
    if rng.random() < NOISE_SHARE:
        other = piece(around.noises[int(rng.integers(len(around.noises)))], len(said), rng)
        snr_db = rng.uniform(5.0, 25.0)
        heard += other * np.float32(amplitude(level_db - snr_db) / max(speech_level(other), 1e-6))
    return heard.astype(np.float32), said


def left_alone(around: Around, rng: np.random.Generator) -> Float32:
    """Return what is left of the coach where nobody else says anything."""
    length = round(rng.uniform(0.6, 2.0) * SPEECH_RATE_HZ)
    left = piece(around.left[int(rng.integers(len(around.left)))], length, rng)
    return left * np.float32(amplitude(rng.uniform(-6.0, 10.0)))


def _left_under(length: int, begins: int, around: Around, rng: np.random.Generator) -> Float32:
    """What is left of the coach, lowered soon after a person begins at a sample."""
    left = piece(around.left[int(rng.integers(len(around.left)))], length, rng)
    if rng.random() < SILENT_SHARE:
        return left * np.float32(0.01)
    after_s = np.arange(length) / SPEECH_RATE_HZ - begins / SPEECH_RATE_HZ
    gain_db = np.where(after_s > 0.0, rng.uniform(0.0, 8.0), 0.0)
    lowered_s = after_s - rng.uniform(*LOWERED_AFTER_S)
    gain_db += np.clip(-FALLS_DB_S * lowered_s, LOWERED_DB, 0.0)
    return np.asarray(left * 10.0 ** (gain_db / 20), np.float32)


def examples(
    world: World, corpus: Path, around: Around, rng: np.random.Generator
) -> Iterator[tuple[Int16, str]]:
    """Yield windows with their kind, or "[rest]" for what interrupts nothing."""
    phrases = interrupting_phrases(world)
    people = read_corpus(corpus, ["commands", "phrases", "digits"])
    by_label: dict[str, list[Recording]] = defaultdict(list)
    for clip in people:
        by_label[clip.label].append(clip)
    for kind, said in phrases.items():
        recorded = [clip for phrase in said for clip in by_label[phrase]]
        for samples in _of_a_kind(recorded, said, rng):
            yield as_int16(over_coach(samples, around, rng)[0]), kind
    known = {phrase for said in phrases.values() for phrase in said}
    others = [clip for clip in people if clip.label not in known]
    for samples in _others(world, others, around, rng):
        yield as_int16(over_coach(samples, around, rng)[0]), REST
    for _ in range(LEFT_ALONE):
        yield as_int16(left_alone(around, rng)), REST


def _of_a_kind(
    recorded: Sequence[Recording], phrases: Sequence[str], rng: np.random.Generator
) -> Iterator[Float32]:
    """Yield what people said of a kind, and the rest by synthetic voices."""
    people_share = min(PEOPLE_SHARE, len(recorded) / MANY_PEOPLE)
    words = [phrase for phrase in phrases if " " not in phrase]
    longer = [phrase for phrase in phrases if " " in phrase]
    drawing = Drawing.of(longer) if longer else None
    plain = [text for text in chain(*plain_texts(PLAIN_FIRST).values()) if text in phrases]
    for _ in range(OF_A_KIND):
        if plain and rng.random() < PLAIN_SHARE:
            yield spoken(plain[int(rng.integers(len(plain)))], rng)
        elif rng.random() < people_share:
            yield recorded[int(rng.integers(len(recorded)))].samples
        elif drawing is None or (words and rng.random() < WORD_SHARE):
            yield spoken(words[int(rng.integers(len(words)))], rng)
        else:
            yield spoken(drawing.draw(rng), rng)


def _others(
    world: World, recorded: Sequence[Recording], around: Around, rng: np.random.Generator
) -> Iterator[Float32]:
    """Yield what may not interrupt."""
    for i in rng.permutation(len(recorded))[: OTHER_WORDS // 2]:
        yield recorded[i].samples
    for i in rng.integers(len(NEARBY), size=OTHER_WORDS // 2):
        yield spoken(NEARBY[i], rng)
    parsed = {p: world.phrasebook.parse(p) for p in world.phrasebook.weights if len(p) < 28}
    phrases = [
        p for p, command in parsed.items() if command and not is_interrupting(command.intent)
    ]
    for i in rng.integers(len(phrases), size=OTHER_PHRASES):
        yield spoken(phrases[i], rng)
    for _ in range(CUTS):
        sound = around.speech[int(rng.integers(len(around.speech)))]
        length = min(len(sound), round(rng.uniform(0.25, 1.6) * SPEECH_RATE_HZ))
        yield piece(sound, length, rng)
    for _ in range(NOISES):
        yield household_sound(around.noises, rng)


def around_coach(world: World, corpus: Path, rng: np.random.Generator) -> Around:
    """Return what is heard beside a person: the coach's lines in rooms, a corpus's noises and
    speech. Raises EvaluationError."""
    voice = make_voice(world.settings)
    try:
        rate_wpm = world.settings.rate_wpm
        lines = [voice.render(text, rate_wpm=rate_wpm) for text in library_texts(world.library)]
    finally:
        voice.close()
    return Around(
        left=list(what_is_left(lines, rng)),
        rooms=list(_rooms(rng)),
        noises=[r.samples for r in read_corpus(corpus, ["noise"])],
        speech=[r.samples for r in read_corpus(corpus, ["speech"]) if len(r.samples) > 8000],
    )


def interruptions_set(world: World, corpus: Path, seed: int) -> tuple[TrainingSet, tuple[str, ...]]:
    """Make the training set and its classes. Takes a quarter of an hour of one core."""
    rng = np.random.default_rng(seed)
    around = around_coach(world, corpus, rng)
    _log.info("the coach was heard in %d rooms", ROOMS)
    kinds = (*sorted(interrupting_phrases(world)), REST)
    encoder = Encoder()
    features, classes = [], []
    for heard, kind in examples(world, corpus, around, rng):
        features.append(encoder.frames(heard).astype(np.float16))
        classes.append(kinds.index(kind))
        if len(classes) % 1000 == 0:
            _log.info("%d examples", len(classes))
    return TrainingSet(np.stack(features), np.array(classes, np.int64)), kinds


def _rooms(rng: np.random.Generator) -> Iterator[Float32]:
    for number in range(PERSON_ROOMS):
        box = drawn_box(FIRST_ROOM + number, person_m=float(rng.uniform(*PERSON_M)))
        yield response(box, box.person_m, FIRST_ROOM + number + 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="assistant.training.interruptions", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="recordings to train on")
    parser.add_argument("--out", type=Path, default=INTERRUPTIONS_FILE)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--heads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--version", default="2")
    parser.add_argument("--cache", type=Path, help="keep the examples here, or take them from it")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    torch.set_num_threads(1)
    if chosen.cache is not None and chosen.cache.is_file():
        with np.load(chosen.cache) as kept:
            material = TrainingSet(kept["features"], kept["classes"])
            kinds = tuple(str(kind) for kind in kept["kinds"])
    else:
        material, kinds = interruptions_set(load_world(load_settings()), chosen.corpus, chosen.seed)
        if chosen.cache is not None:
            np.savez(
                chosen.cache,
                features=material.features,
                classes=material.classes,
                kinds=np.array(kinds),
            )
    recipes = [Recipe(chosen.epochs, seed) for seed in range(chosen.heads)]
    heads = tuple(train(material, len(kinds), recipe) for recipe in recipes)
    save_heads(chosen.out, kinds, heads, chosen.version, figures={})
    return 0


if __name__ == "__main__":
    sys.exit(main())
