"""PocketSphinx as its own examples use it: keyword search, and a plain grammar."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.bench.peers.port import Spotted, pieces
from assistant.errors import RecogniserError
from assistant.sound import SPEECH_RATE_HZ, Int16
from assistant.stt.phrases import serviceable
from assistant.stt.port import Grammar

KEYWORD_THRESHOLD = 1e4
"""What a keyword's likelihood ratio must reach.

PocketSphinx asks to have it tuned on recordings; tried on 150 of other people than those measured
(73 commands, 77 other words, 70 keywords). Right and other words taken when clean, then at 10 dB:
1e-20, its first example's: 10 and 99%, 7 and 94%; 1e-5: 41 and 73%, 15 and 88%; 1e-1, the
strictest of its tutorial: 45 and 32%, 21 and 64%; 1e2: 44 and 13%, 26 and 45%; 1e4: 45 and 10%,
27 and 36%; 1e8: 32 and 6%, 22 and 17%."""

KEYWORD_READ_SAMPLES = 1024
"""How much the keyword example reads at once."""


class KeywordSearch:
    """Every phrase a keyword with a threshold; each detection starts the search anew.

    Raises RecogniserError where PocketSphinx cannot be loaded or knows no word of the phrases.
    """

    name = "PocketSphinx keywords"
    usage = (
        f"PocketSphinx keywords: a keyword list with the threshold {KEYWORD_THRESHOLD:.0e},"
        " tuned on other people; the search starts anew after each detection"
    )

    def __init__(self, phrases: Sequence[str]) -> None:
        self._decoder = _load_library().Decoder(lm=None, loglevel="FATAL")
        served = _served(phrases, self._decoder)
        with tempfile.TemporaryDirectory() as folder:
            keywords = Path(folder) / "keywords.list"
            lines = (f"{phrase} /{KEYWORD_THRESHOLD:.0e}/\n" for phrase in served)
            keywords.write_text("".join(lines), encoding="utf-8")
            self._decoder.add_kws("keywords", str(keywords))
        self._decoder.activate_search("keywords")

    def hear(self, samples: Int16) -> list[Spotted]:
        """See `Peer.hear`."""
        found: list[Spotted] = []
        self._decoder.start_utt()
        for at_s, piece in pieces(samples, KEYWORD_READ_SAMPLES):
            self._decoder.process_raw(piece.tobytes())
            if self._decoder.hyp() is not None:
                # Several may have been found at once: the likeliest, not all of them.
                best = max(self._decoder.seg(), key=lambda segment: segment.prob)
                found.append(Spotted(best.word, at_s))
                self._decoder.end_utt()
                self._decoder.start_utt()
        self._decoder.end_utt()
        return found

    def close(self) -> None:
        """See `Peer.close`."""
        del self._decoder


class PlainGrammar:
    """A JSGF grammar of all phrases, on what PocketSphinx's endpointer takes for speech.

    Nothing is rejected but what is no speech to the endpointer. Raises RecogniserError where
    PocketSphinx cannot be loaded or knows no word of the phrases.
    """

    name = "PocketSphinx grammar"
    usage = (
        "PocketSphinx grammar: a JSGF grammar of the phrases, decoded from what its endpointer"
        " takes for speech; nothing is rejected"
    )

    def __init__(self, phrases: Sequence[str]) -> None:
        sphinx = _load_library()
        self._new_endpointer: Callable[[], Any] = sphinx.Endpointer
        self._decoder = sphinx.Decoder(lm=None, loglevel="FATAL")
        grammar = jsgf(_served(phrases, self._decoder))
        self._decoder.add_jsgf_string("commands", grammar)
        self._decoder.activate_search("commands")

    def hear(self, samples: Int16) -> list[Spotted]:
        """See `Peer.hear`."""
        endpointer = self._new_endpointer()
        frame_bytes = endpointer.frame_bytes
        found: list[Spotted] = []
        is_open = False
        for at_s, piece in pieces(samples, frame_bytes // 2):
            is_last = round(at_s * SPEECH_RATE_HZ) == len(samples)
            speech = None
            if is_last and endpointer.in_speech:  # noise went on to the end
                speech = endpointer.end_stream(piece.tobytes())
            elif piece.nbytes == frame_bytes:
                speech = endpointer.process(piece.tobytes())
            if speech:
                if not is_open:
                    self._decoder.start_utt()
                    is_open = True
                self._decoder.process_raw(speech)
            if is_open and (is_last or not endpointer.in_speech):
                found += self._ended(at_s)
                is_open = False
        return found

    def close(self) -> None:
        """See `Peer.close`."""
        del self._decoder

    def _ended(self, at_s: float) -> list[Spotted]:
        self._decoder.end_utt()
        guess = self._decoder.hyp()
        return [] if guess is None or not guess.hypstr else [Spotted(guess.hypstr, at_s)]


def jsgf(phrases: Sequence[str]) -> str:
    """A grammar of which any phrase may be said, alone. PocketSphinx needs the line breaks."""
    return f"#JSGF V1.0;\ngrammar commands;\npublic <command> = {' | '.join(phrases)};\n"


def _served(phrases: Sequence[str], decoder: Any) -> list[str]:
    grammar = Grammar(dict.fromkeys(phrases, 1))
    served, _ = serviceable(
        grammar, lambda word: decoder.lookup_word(word) is not None, place="PocketSphinx"
    )
    return list(served)


def _load_library() -> Any:
    try:
        import pocketsphinx  # noqa: PLC0415 - the bench goes on without it
    except (ImportError, OSError) as error:
        raise RecogniserError(
            f"PocketSphinx cannot be loaded ({error})",
            place="pocketsphinx",
            mend="Install it again: .venv/bin/pip install --force-reinstall pocketsphinx.",
        ) from error
    return pocketsphinx
