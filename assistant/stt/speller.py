"""The speller: which of thousands of phrases an utterance is, by its phones.

A small stack of convolutions reads the speech encoder's frames as phones (trained with CTC, the
loss that needs no alignment). A phrase's score is how much less likely its best path through the
frames is than the best path of any phones at all: a likelihood ratio against a free phone loop.
Nothing recombines: a phrase is heard from the utterance's first frame to its last, or not at all.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError
from assistant.sound import SPEECH_RATE_HZ, Float32, Int16
from assistant.stt.encoder import WIDTH, Encoder, encoder_file, fingerprint
from assistant.stt.pronunciations import PHONES, Phones

HEAD_FILE = Path(__file__).parent / "data" / "speller-en" / "head.npz"
"""The head that the package brings; where it comes from stands beside it in README.md."""

LAYOUT = 1
"""Version of the head file's layout; another needs another reader."""

LEAST_SAMPLES = SPEECH_RATE_HZ // 4
"""Shorter utterances are filled up with silence: the encoder has no frames for less."""

MOST_SAMPLES = 8 * SPEECH_RATE_HZ
"""Of longer utterances no phrase is heard: the longest takes about 4 s to say."""

_BLANK = 0
_ROOT = 0
_VARIANCE_FLOOR = 1e-5
"""As in PyTorch's LayerNorm, with which heads are trained."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A phrase, and how well it explains an utterance."""

    phrase: str
    score: float
    """Log likelihood ratio against the likeliest phones, nats: 0 where they are the phrase's."""
    per_phone: float
    """The score over the number of the phrase's phones."""
    per_frame: float
    """The score over the number of frames, 24 ms each."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution over time whose output is as long as its input."""

    weight: Float32
    """Shape (taps, inputs, outputs), with an odd number of taps."""
    bias: Float32
    dilation: int

    def __call__(self, frames: Float32) -> Float32:
        """Take (frames, inputs), return (frames, outputs)."""
        taps = len(self.weight)
        reach = taps // 2 * self.dilation
        padded = np.pad(frames, ((reach, reach), (0, 0)))
        starts = (tap * self.dilation for tap in range(taps))
        seen = np.concatenate([padded[s : s + len(frames)] for s in starts], axis=1)
        return np.asarray(
            seen @ self.weight.reshape(-1, self.weight.shape[2]) + self.bias, np.float32
        )


@dataclass(frozen=True, slots=True)
class PhoneHead:
    """Reads encoder frames as phones."""

    norm_weight: Float32
    norm_bias: Float32
    entry: Convolution
    blocks: tuple[Convolution, ...]
    """Each adds to what it is given."""
    exit: Convolution

    def log_posteriors(self, frames: Float32) -> Float32:
        """Take frames (n, 288), return (n, 40): the blank, then `PHONES`."""
        values = np.maximum(self.entry(_normal(frames) * self.norm_weight + self.norm_bias), 0)
        for block in self.blocks:
            values = values + np.maximum(block(values), 0)
        logits = self.exit(values)
        logits = logits - logits.max(axis=1, keepdims=True)
        return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), np.float32)


class WholeEncoder(Encoder):
    """The speech encoder for utterances of any length. Owned by one thread."""

    def whole(self, utterance: Int16) -> Float32:
        """Return all frames of an utterance: int16 mono, 16 000 Hz, shape (n,); (n/384, 288).

        Takes 10 ms for each second. Raises ValueError for anything but one row of int16.
        """
        if utterance.dtype != np.int16 or utterance.ndim != 1:
            raise ValueError(f"int16 in one row wanted, not {utterance.dtype} {utterance.shape}")
        spare = max(0, LEAST_SAMPLES - len(utterance))
        values = np.pad(utterance, (spare // 2, spare - spare // 2)).astype(np.float32) / 32768
        mask = np.ones((1, len(values)), np.int64)
        feed = {"input_values": values[None, :], "attention_mask": mask}
        return np.asarray(self._session.run(None, feed)[0][0], np.float32)


class PhraseTree:
    """Phrases by their phones: those that begin alike share their beginning."""

    def __init__(self, phrases: Mapping[str, Sequence[Phones]]) -> None:
        """Raises ValueError for a phone that is none, and for a pronunciation without phones."""
        spoken = sorted({p for pronunciations in phrases.values() for p in pronunciations})
        _check_phones(spoken)
        prefixes = sorted({p[:n] for p in spoken for n in range(1, len(p) + 1)}, key=len)
        places = {(): _ROOT} | {prefix: place for place, prefix in enumerate(prefixes, start=1)}
        numbers = {phone: number for number, phone in enumerate(PHONES, start=1)}
        self._parents = np.array([places[p[:-1]] for p in prefixes], np.intp)
        self._phones = np.array([numbers[p[-1]] for p in prefixes], np.intp)
        ends = [(phrase, p) for phrase, spoken in phrases.items() for p in spoken]
        self.phrases: tuple[str, ...] = tuple(phrase for phrase, _ in ends)
        """The phrase of each pronunciation."""
        self.lengths = np.array([len(p) for _, p in ends], np.intp)
        """Phones of each pronunciation."""
        self._ends = np.array([places[p] for _, p in ends], np.intp)

    def scores(self, log_posteriors: Float32) -> Float32:
        """Return how likely each pronunciation is, nats, shape (len(self.phrases),).

        Of all ways to say its phones in (frames, 40) the likeliest counts. A phone may last, and
        a blank may follow or interrupt it; this is CTC's rule, but that a phone said twice needs
        no blank between.
        """
        best = np.full(len(self._parents) + 1, -np.inf, np.float32)
        best[_ROOT] = 0.0
        for frame in log_posteriors:
            entered = best[self._parents]
            entered += frame[self._phones]
            best[1:] += np.maximum(frame, frame[_BLANK])[self._phones]
            np.maximum(best[1:], entered, out=best[1:])
            best[_ROOT] += frame[_BLANK]
        return best[self._ends]


class Speller:
    """Hears whole phrases by their phones. Owned by one thread.

    Raises ModelError for a head file that is absent, cut short, of another layout, or made for
    another encoder than the one installed.
    """

    def __init__(self, encoder: WholeEncoder, head_file: Path = HEAD_FILE) -> None:
        arrays = _read(head_file)
        self.version = str(arrays["version"])
        self.figures: Mapping[str, Any] = MappingProxyType(json.loads(str(arrays["figures"])))
        """What training measured."""
        self._head = _head(arrays, head_file)
        self._encoder = encoder
        self._tree: PhraseTree | None = None

    def set_phrases(self, phrases: Mapping[str, Sequence[Phones]]) -> None:
        """Set what can be heard: phrases with their pronunciations.

        See `pronunciations.pronounced_phrases`, which also tells the words that are lacking.
        Takes about 0.2 s for 5,000 phrases. Raises ValueError for a phone that is none of
        `PHONES`, and for a pronunciation without phones.
        """
        self._tree = PhraseTree(phrases) if any(phrases.values()) else None

    def spell(self, utterance: Int16, count: int = 5) -> list[Spelled]:
        """Return the phrases that explain an utterance best, each once, the best first.

        `utterance` is int16 mono, 16 000 Hz, shape (n,), with 0.2 to 0.5 s of the room round the
        words. Of one that is silent or longer than `MOST_SAMPLES` none. Raises ValueError for
        anything but one row of int16.
        """
        if self._tree is None or len(utterance) > MOST_SAMPLES or not utterance.any():
            return []
        return self.spell_posteriors(self.log_posteriors(utterance), count)

    def log_posteriors(self, utterance: Int16) -> Float32:
        """Return how likely each phone is in each frame, nats, shape (frames, 40)."""
        return self._head.log_posteriors(self._encoder.whole(utterance))

    def spell_posteriors(self, log_posteriors: Float32, count: int = 5) -> list[Spelled]:
        """Return the same as `spell` of what `log_posteriors` returned."""
        if self._tree is None:
            return []
        scores = self._tree.scores(log_posteriors) - log_posteriors.max(axis=1).sum()
        found: dict[str, Spelled] = {}
        for place in np.argsort(-scores):
            phrase, score = self._tree.phrases[place], float(scores[place])
            if len(found) == count or not np.isfinite(score):
                break
            length = int(self._tree.lengths[place])
            spelled = Spelled(phrase, score, score / length, score / len(log_posteriors))
            found.setdefault(phrase, spelled)
        return list(found.values())


def phones_heard(log_posteriors: Float32) -> Phones:
    """Return the likeliest phones of (frames, 40), without regard to any phrase."""
    best = log_posteriors.argmax(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=_BLANK) != 0)
    return tuple(PHONES[best[i] - 1] for i in starts if best[i] != _BLANK)


def save_head(path: Path, head: PhoneHead, version: str, figures: Mapping[str, Any]) -> None:
    """Write a head file: weights as float16."""
    arrays: dict[str, Any] = {
        "layout": np.int64(LAYOUT),
        "version": np.str_(version),
        "phones": np.array(PHONES),
        "encoder_sha256": np.str_(fingerprint(encoder_file())),
        "figures": np.str_(json.dumps(figures)),
        "norm_weight": head.norm_weight.astype(np.float16),
        "norm_bias": head.norm_bias.astype(np.float16),
        "convolutions": np.int64(len(head.blocks) + 2),
    }
    for index, layer in enumerate((head.entry, *head.blocks, head.exit)):
        arrays[f"{index}.weight"] = layer.weight.astype(np.float16)
        arrays[f"{index}.bias"] = layer.bias.astype(np.float16)
        arrays[f"{index}.dilation"] = np.int64(layer.dilation)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def _normal(frames: Float32) -> Float32:
    centred = frames - frames.mean(axis=1, keepdims=True)
    scale = np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + _VARIANCE_FLOOR)
    return np.asarray(centred / scale, np.float32)


def _check_phones(spoken: Iterable[Phones]) -> None:
    for phones in spoken:
        if not phones:
            raise ValueError("a pronunciation has no phones")
        if strange := set(phones) - set(PHONES):
            raise ValueError(f"{min(strange)!r} in {' '.join(phones)} is no phone")


def _read(path: Path) -> Mapping[str, npt.NDArray[Any]]:
    try:
        # From memory: NumPy 2.4 leaves a path that it cannot read open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _unusable(path, f"this is no whole head file ({error})") from error
    layout = int(arrays["layout"]) if "layout" in arrays else None
    if layout != LAYOUT:
        raise _unusable(path, f"this head has layout {layout}, and {LAYOUT} is read here")
    return arrays


def _head(arrays: Mapping[str, npt.NDArray[Any]], path: Path) -> PhoneHead:
    try:
        wanted, phones = str(arrays["encoder_sha256"]), tuple(arrays["phones"].tolist())
        norm = [arrays[name].astype(np.float32) for name in ("norm_weight", "norm_bias")]
        layers = [
            Convolution(
                arrays[f"{index}.weight"].astype(np.float32),
                arrays[f"{index}.bias"].astype(np.float32),
                int(arrays[f"{index}.dilation"]),
            )
            for index in range(int(arrays["convolutions"]))
        ]
    except KeyError as error:
        raise _unusable(path, f"this head lacks a part ({error})") from error
    if wanted != fingerprint(encoder_file()):
        raise _unusable(path, f"this head was made for another encoder ({wanted[:12]}…)")
    if phones != PHONES or not _fit(norm, layers):
        raise _unusable(path, "this head's parts do not fit each other")
    return PhoneHead(norm[0], norm[1], layers[0], tuple(layers[1:-1]), layers[-1])


def _fit(norm: Sequence[Float32], layers: Sequence[Convolution]) -> bool:
    if len(layers) < 2 or any(part.shape != (WIDTH,) for part in norm):
        return False
    widths = [WIDTH]
    for layer in layers:
        taps, inputs, outputs = layer.weight.shape if layer.weight.ndim == 3 else (0, 0, 0)
        if taps % 2 == 0 or inputs != widths[-1] or layer.bias.shape != (outputs,):
            return False
        widths.append(outputs)
    return len(set(widths[1:-1])) == 1 and widths[-1] == len(PHONES) + 1


def _unusable(path: Path, problem: str) -> ModelError:
    return ModelError(
        problem, place=str(path), mend="Install Earshot again, or train one: scripts/train_speller."
    )
