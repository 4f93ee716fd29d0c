"""Synthetic people for rehearsals and tests: flite's voices, room noise, and both mixed.

Everything here is deterministic: the same text, voice and seed give the same samples. Synthetic
voices show that the program works from end to end; they say nothing about how well people are
understood.
"""

import os
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from assistant.errors import ScriptError, VoiceError
from assistant.sound import SPEECH_RATE_HZ, Clip, Float32
from assistant.tts import loudness

VOICES = ("slt", "rms", "awb", "kal16")
"""A woman and two men of CMU's recordings, and a diphone voice: those of flite at 16 kHz."""
SPEECH_DBFS = -23.0
"""Loudness of speech in a mix: RMS over its voiced parts."""

_STRETCHES = (0.5, 2.0)
_LIMIT_S = 30.0


class Speaker:
    """Says lines in flite's voices; keeps what was said in memory. Used from one thread."""

    def __init__(self, program: str = "flite") -> None:
        self._program = program
        self._said: dict[tuple[str, str, float], Clip] = {}

    def speak(self, text: str, voice: str = "slt", *, stretch: float = 1.0) -> Clip:
        """Return a spoken line at 16 000 Hz, as flite gives it, its short silences included.

        `stretch` makes each sound longer (1.5: half as long again) or shorter. The clip is shared
        and read-only. Raises ScriptError for an unknown voice, an empty text or a stretch outside
        0.5 to 2; VoiceError where flite is missing or fails.
        """
        if voice not in VOICES:
            raise ScriptError(
                f"there is no speaker {voice!r}", place="voice", mend=f"Known: {', '.join(VOICES)}"
            )
        if not text.strip():
            raise ScriptError("there is nothing to say", place=f"speaker {voice}", mend="Add words")
        if not _STRETCHES[0] <= stretch <= _STRETCHES[1]:
            raise ScriptError(
                f"a stretch of {stretch:g} is not speech", place="stretch", mend="Use 0.5 to 2"
            )
        key = (text, voice, stretch)
        if key not in self._said:
            self._said[key] = self._synthesised(text, voice, stretch)
        return self._said[key]

    def _synthesised(self, text: str, voice: str, stretch: float) -> Clip:
        handle, name = tempfile.mkstemp(prefix="earshot-speaker-", suffix=".wav")
        os.close(handle)
        path = Path(name)
        order = [self._program, "--setf", f"duration_stretch={stretch:g}"]
        try:
            subprocess.run(
                [*order, "-voice", voice, "-t", text, "-o", name],
                check=True,
                capture_output=True,
                timeout=_LIMIT_S,
            )
            return _read_wav(path)
        except FileNotFoundError as error:
            raise VoiceError(
                f"the program {self._program!r} is missing",
                place="rehearsal speaker",
                mend="On Debian or Raspberry Pi OS: sudo apt-get install flite",
            ) from error
        except (OSError, subprocess.SubprocessError, wave.Error, EOFError, ValueError) as error:
            raise VoiceError(
                f"{self._program} could not say {text!r} ({error})",
                place=f"speaker {voice}",
                mend=f'Try: {self._program} -voice {voice} -t "hello" -o /tmp/hello.wav',
            ) from error
        finally:
            path.unlink(missing_ok=True)


def _read_wav(path: Path) -> Clip:
    with wave.open(str(path), "rb") as file:
        shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
        raw = file.readframes(file.getnframes())
    if shape != (1, 2, SPEECH_RATE_HZ):
        raise ValueError(f"its sound is {shape}, not 1 channel of 2 bytes at {SPEECH_RATE_HZ} Hz")
    samples = np.frombuffer(raw, dtype="<i2").astype(np.float32) / np.float32(32768)
    if not samples.any():
        raise ValueError("its sound is empty")
    samples.flags.writeable = False
    return Clip(samples, SPEECH_RATE_HZ)


def noise(n_samples: int, seed: int, *, level_dbfs: float = -50.0) -> Float32:
    """Return the noise of a room with a fan: float32 mono, shape (n_samples,), at 16 000 Hz.

    Its power falls by 3 dB an octave from 60 Hz up, with a weak hum of fan blades at 118 Hz and
    twice that. `level_dbfs` is its RMS. The same seed and number of samples give the same noise.
    """
    if n_samples == 0:
        return np.zeros(0, dtype=np.float32)
    whole_s = -(-n_samples // SPEECH_RATE_HZ)  # a transform of whole seconds is quick
    white = np.random.default_rng(seed).standard_normal(whole_s * SPEECH_RATE_HZ)
    pitch_hz = np.fft.rfftfreq(len(white), 1 / SPEECH_RATE_HZ)
    shape = np.where(pitch_hz < 60.0, pitch_hz / 60.0, 1.0) / np.sqrt(np.maximum(pitch_hz, 60.0))
    rush = np.fft.irfft(np.fft.rfft(white) * shape)[:n_samples]
    rush /= max(float(np.sqrt(np.mean(rush**2))), 1e-12)
    turns = 118.0 * np.arange(n_samples) / SPEECH_RATE_HZ
    hum = 0.2 * np.sin(2 * np.pi * turns) + 0.1 * np.sin(4 * np.pi * turns)
    room = rush + hum
    rms = float(np.sqrt(np.mean(room**2)))
    return np.asarray(room * (loudness.amplitude(level_dbfs) / max(rms, 1e-12)), dtype=np.float32)


def mix(
    clip: Clip,
    snr_db: float,
    seed: int,
    *,
    speech_dbfs: float = SPEECH_DBFS,
    before_s: float = 0.5,
    after_s: float = 0.5,
) -> Clip:
    """Return speech in room noise, with noise alone before and after it.

    The voiced parts come to `speech_dbfs`; the noise lies `snr_db` below them throughout. Sums
    beyond full scale are clipped, as a sound card would.
    """
    speech = loudness.levelled(clip, speech_dbfs).samples
    before, after = round(before_s * clip.rate_hz), round(after_s * clip.rate_hz)
    room = noise(before + len(speech) + after, seed, level_dbfs=speech_dbfs - snr_db)
    room[before : before + len(speech)] += speech
    return Clip(np.clip(room, -1.0, 1.0), clip.rate_hz)
