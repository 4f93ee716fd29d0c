"""What is said in recordings without a transcript, by the decoder of the speller's own encoder.

The wheel moonshine-voice brings the decoder beside the encoder. It is used here only: the words of
people reading and talking are what a speller learns real speech from, and synthetic voices lack.
"""

import re
from collections.abc import Iterator

from moonshine_voice import ModelArch  # type: ignore[import-untyped]
from moonshine_voice.transcriber import Transcriber  # type: ignore[import-untyped]

from assistant.sound import SPEECH_RATE_HZ
from assistant.stt.encoder import encoder_file
from assistant.training.material import Recording

LINE_S = (0.6, 6.5)
"""Shortest and longest stretch between pauses that is learnt from."""

_MARGIN_S = 0.15
_NOT_SPOKEN = re.compile(r"[^a-z' ]+")


def transcribed(recordings: list[Recording]) -> Iterator[Recording]:
    """Yield the recordings' speech from pause to pause, its words as label.

    A transcript errs in about every twentieth word of read speech; learning bears that. Takes a
    fifth of the recordings' length.
    """
    with Transcriber(str(encoder_file().parent), ModelArch.TINY) as transcriber:
        for recording in recordings:
            heard = transcriber.transcribe_without_streaming(
                recording.samples.tolist(), SPEECH_RATE_HZ
            )
            for line in heard.lines:
                if LINE_S[0] <= line.duration <= LINE_S[1]:
                    begin = max(0.0, line.start_time - _MARGIN_S)
                    end = line.start_time + line.duration + _MARGIN_S
                    part = recording.samples[
                        int(begin * SPEECH_RATE_HZ) : int(end * SPEECH_RATE_HZ)
                    ]
                    yield Recording(part, _words(line.text), recording.speaker, "transcribed")


def _words(text: str) -> str:
    return " ".join(
        _NOT_SPOKEN.sub(" ", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).split()
    )
