"""What the speller learns from: phrases, word salads and people, varied, as encoder frames."""

import logging
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from assistant.library import load_library
from assistant.nlu import Phrasebook, load_phrasebook
from assistant.sound import SPEECH_RATE_HZ, Float32
from assistant.stt.pronunciations import PHONES, read_pronunciations
from assistant.stt.speller import WholeEncoder
from assistant.training.material import (
    ESPEAK_VARIANTS,
    ESPEAK_VOICES,
    FLITE_VOICES,
    Recording,
    Surroundings,
    read_corpus,
    reverberated,
    variation,
)
from assistant.training.transcripts import transcribed
from assistant.training.variations import NEARBY, WORDS

SPOKEN_PHRASES, SALADS = 2400, 1500
"""How many phrases of the grammar and how many word salads are synthesised."""

VOICES_A_PHRASE = 2

SALAD_WORDS = (2, 6)

VARIATIONS = {"commands": 1, "digits": 1, "phrases": 3, "transcribed": 5}
"""How often a recording of people is varied; one of a synthetic voice is once."""

ROOM_SHARE = 0.45
"""How many are put into a made-up room, besides the 30% that `variation` puts into a real one."""

ROOM_RT60_S = (0.15, 0.8)
DIRECT_DB = (-6.0, 9.0)
"""Power of the direct sound over all that follows it: 3 m and 0.5 m from the microphone."""

ROUND_S = (0.3, 0.9)
"""Room heard before and after the words, together."""

_CHUNK = 100

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text to be varied: recorded, or to be synthesised in a voice."""

    text: str
    voice: str
    """"flite slt 1.1", "espeak en-gb+m3 150 40", or "" where `samples` are given."""
    samples: Float32 | None
    seed: int


@dataclass(frozen=True, slots=True)
class UtteranceSet:
    """Variations of any length, one after another in one array."""

    features: npt.NDArray[np.float16]
    """The encoder's frames of all, shape (n, 288)."""
    ends: npt.NDArray[np.int64]
    """Where each ends in `features`."""
    texts: Sequence[str]
    voices: Sequence[str]

    def without(self, voice: str) -> "UtteranceSet":
        """Return the set without a voice, such as "flite rms": what is heard of it is a hint of
        what will be of others that were never learnt."""
        kept = [i for i, name in enumerate(self.voices) if not name.startswith(voice)]
        starts = [int(self.ends[i - 1]) if i else 0 for i in kept]
        parts = [self.features[s : self.ends[i]] for s, i in zip(starts, kept, strict=True)]
        return UtteranceSet(
            np.concatenate(parts),
            np.cumsum([len(part) for part in parts]),
            [self.texts[i] for i in kept],
            [self.voices[i] for i in kept],
        )


def save_set(path: Path, material: UtteranceSet) -> None:
    """Write a set to a file: about 50 kB an utterance."""
    np.savez(
        path,
        features=material.features,
        ends=material.ends,
        texts=np.array(material.texts),
        voices=np.array(material.voices),
    )


def load_set(path: Path) -> UtteranceSet:
    """Read what `save_set` wrote."""
    with np.load(path) as kept:
        return UtteranceSet(
            kept["features"], kept["ends"], kept["texts"].tolist(), kept["voices"].tolist()
        )


def utterance_set(corpus: Path, seed: int, jobs: int) -> UtteranceSet:
    """Make the training set from a folder of recordings, in so many processes.

    Takes about 20 minutes of one core. Raises CorpusError for a folder that cannot be read.
    """
    rng = np.random.default_rng(seed)
    people = read_corpus(corpus, ["commands", "digits", "phrases"])
    people += transcribed(read_corpus(corpus, ["speech"]))
    return varied(corpus, [*_recorded(people, rng), *_synthetic(people, rng)], rng, jobs)


def varied(
    corpus: Path, spoken: Sequence[Spoken], rng: np.random.Generator, jobs: int
) -> UtteranceSet:
    """Vary utterances, in a random order; those with an unknown word are left out."""
    known = read_pronunciations({word for one in spoken for word in one.text.split()})
    usable = [s for s in spoken if s.text and all(w in known for w in s.text.split())]
    order = [usable[i] for i in rng.permutation(len(usable))]
    chunks = [order[i : i + _CHUNK] for i in range(0, len(order), _CHUNK)]
    _log.info("%d variations of %d texts", len(order), len({s.text for s in order}))
    parts: list[npt.NDArray[np.float16]] = []
    with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(corpus,)) as pool:
        for i, features in enumerate(pool.map(_features, chunks)):
            parts += features
            if i % 10 == 0:
                _log.info("%d of %d variations made", len(parts), len(order))
    return UtteranceSet(
        np.concatenate(parts),
        np.cumsum([len(part) for part in parts]),
        [s.text for s in order],
        [s.voice for s in order],
    )


def targets(texts: Iterable[str]) -> Mapping[str, Sequence[int]]:
    """Return the phones of each text as classes: 1 and up, since 0 is the blank."""
    distinct = set(texts)
    known = read_pronunciations({word for text in distinct for word in text.split()})
    classes = {phone: number for number, phone in enumerate(PHONES, start=1)}
    return {
        text: [classes[phone] for word in text.split() for phone in known[word][0]]
        for text in distinct
    }


def all_phrases() -> Phrasebook:
    """Return the English phrases with the names of the shipped library."""
    library = load_library("en")
    return load_phrasebook(
        "en",
        {name: e.id for e in library.exercises.values() for name in (e.name, *e.aliases)},
        {name: r.id for r in library.routines.values() for name in (r.name, *r.aliases)},
    )


# ---- what is said -------------------------------------------------------------------------


def _recorded(people: Sequence[Recording], rng: np.random.Generator) -> Iterator[Spoken]:
    for clip in people:
        for _ in range(VARIATIONS[clip.kind]):
            yield Spoken(clip.label, "", clip.samples, _seed(rng))


def _synthetic(people: Sequence[Recording], rng: np.random.Generator) -> Iterator[Spoken]:
    phrases = sorted(all_phrases().commands)
    for i in rng.permutation(len(phrases))[:SPOKEN_PHRASES]:
        for _ in range(VOICES_A_PHRASE):
            yield Spoken(phrases[i], _voice(rng), None, _seed(rng))
    for word in (*WORDS[:-1], *NEARBY):
        yield Spoken(word, _voice(rng), None, _seed(rng))
    said = [word for clip in people for word in clip.label.split() if clip.kind == "transcribed"]
    words = sorted({*NEARBY, *said, *(word for phrase in phrases for word in phrase.split())})
    for _ in range(SALADS):
        count = int(rng.integers(SALAD_WORDS[0], SALAD_WORDS[1] + 1))
        salad = " ".join(words[i] for i in rng.integers(len(words), size=count))
        yield Spoken(salad, _voice(rng), None, _seed(rng))


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _voice(rng: np.random.Generator) -> str:
    if rng.random() < 0.55:
        return f"flite {rng.choice(FLITE_VOICES)} {rng.uniform(0.8, 1.3):.2f}"
    voice = f"{rng.choice(ESPEAK_VOICES)}+{rng.choice(ESPEAK_VARIANTS)}"
    return f"espeak {voice} {rng.integers(120, 190)} {rng.integers(25, 75)}"


# ---- as it is heard -----------------------------------------------------------------------

_state: dict[str, object] = {}
"""What each process keeps: it is made once, and too large to be sent with every chunk."""


def _begin(corpus: Path) -> None:
    _state["encoder"] = WholeEncoder()
    _state["around"] = Surroundings(
        noises=[r.samples for r in read_corpus(corpus, ["noise"])],
        speech=[r.samples for r in read_corpus(corpus, ["speech"]) if len(r.samples) > 8000],
        rooms=[r.samples for r in read_corpus(corpus, ["rir"])],
    )


def _features(chunk: Sequence[Spoken]) -> list[npt.NDArray[np.float16]]:
    encoder, around = _state["encoder"], _state["around"]
    if not isinstance(encoder, WholeEncoder) or not isinstance(around, Surroundings):
        raise TypeError("this process was not begun")
    found = []
    for spoken in chunk:
        rng = np.random.default_rng(spoken.seed)
        clip = synthesised(spoken.text, spoken.voice) if spoken.samples is None else spoken.samples
        heard = _heard(clip, around, rng)
        pcm = np.asarray(np.clip(heard, -1, 1) * 32767, np.int16)
        found.append(encoder.whole(pcm).astype(np.float16))
    return found


def _heard(clip: Float32, around: Surroundings, rng: np.random.Generator) -> Float32:
    tail = int(0.2 * SPEECH_RATE_HZ)
    if rng.random() < ROOM_SHARE:
        clip = reverberated(np.pad(clip, (0, tail)), made_up_room(rng))
    length = int(1.1 * len(clip) + rng.uniform(*ROUND_S) * SPEECH_RATE_HZ)
    return variation(clip, length, around, rng)


def made_up_room(rng: np.random.Generator) -> Float32:
    """Return a room's response: the direct sound, then noise that dies away."""
    rt60_s = rng.uniform(*ROOM_RT60_S)
    times_s = np.arange(int(rt60_s * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    late = rng.standard_normal(len(times_s)) * 10 ** (-3 * times_s / rt60_s)
    late[: int(rng.uniform(0.001, 0.008) * SPEECH_RATE_HZ)] = 0
    late *= 10 ** (-rng.uniform(*DIRECT_DB) / 20) / np.sqrt(np.sum(late**2))
    late[0] = 1.0
    return late.astype(np.float32)


def synthesised(text: str, voice: str) -> Float32:
    """Return a text in a synthetic voice; see `Spoken.voice`."""
    engine, name, *rest = voice.split()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        if engine == "flite":
            command = ["flite", "-voice", name, "--setf", f"duration_stretch={rest[0]}",
                       "-t", text, "-o", str(path)]  # fmt: skip
        else:
            command = ["espeak-ng", "-v", name, "-s", rest[0], "-p", rest[1],
                       "-w", str(path), text]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        samples, rate_hz = soundfile.read(path, dtype="float32")
    samples = soxr.resample(samples, rate_hz, SPEECH_RATE_HZ)
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return np.asarray(samples[loud[0] : loud[-1] + 1] if len(loud) else samples, np.float32)
