"""Reads and writes sounds as WAV files: PCM, 16 bits."""

import wave
from pathlib import Path

import numpy as np

from assistant.errors import EarshotError
from assistant.sound import SPEECH_RATE_HZ, Clip, Float32, Int16

_FULL_SCALE = 32768


def as_int16(samples: Float32) -> Int16:
    """Return float samples as int16; what lies outside [-1, 1] is held at full scale."""
    return np.rint(samples * _FULL_SCALE).clip(-_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)


def as_float(samples: Int16) -> Float32:
    """Return int16 samples as float32 in [-1, 1)."""
    return samples.astype(np.float32) / np.float32(_FULL_SCALE)


def write_wav(path: Path, sound: Clip | Int16, rate_hz: int = SPEECH_RATE_HZ) -> None:
    """Write a mono WAV file. `rate_hz` is that of bare samples; a clip brings its own.

    Raises EarshotError where the file cannot be written.
    """
    if isinstance(sound, Clip):
        samples, rate_hz = as_int16(sound.samples), sound.rate_hz
    else:
        samples = sound
    try:
        with path.open("wb") as file, wave.open(file, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(rate_hz)
            wav.writeframes(samples.astype("<i2", copy=False).tobytes())
    except OSError as error:
        raise EarshotError(
            f"the sound cannot be written ({error.strerror})",
            place=str(path),
            mend="Name a file in a folder that exists and that you may write to.",
        ) from error


def read_wav(path: Path) -> Clip:
    """Read a WAV file of 16 bits, any rate; several channels are averaged.

    Raises EarshotError where the file is missing or is no such WAV file.
    """
    try:
        with path.open("rb") as file, wave.open(file, "rb") as wav:
            if wav.getsampwidth() != 2:
                raise _not_wav(path, f"{8 * wav.getsampwidth()} bits a sample instead of 16")
            channels, rate_hz = wav.getnchannels(), wav.getframerate()
            content = wav.readframes(wav.getnframes())
    except OSError as error:
        raise EarshotError(
            f"the sound cannot be read ({error.strerror})",
            place=str(path),
            mend="Check the path and that you may read the file.",
        ) from error
    except (wave.Error, EOFError) as error:
        raise _not_wav(path, str(error) or "it ends too early") from error
    whole = len(content) - len(content) % (2 * channels)
    samples = np.frombuffer(content[:whole], dtype="<i2").reshape(-1, channels)
    return Clip(as_float(samples).mean(axis=1, dtype=np.float32), rate_hz)


def _not_wav(path: Path, reason: str) -> EarshotError:
    return EarshotError(
        f"this is not a 16-bit PCM WAV file ({reason})",
        place=str(path),
        mend="Convert it, for example: ffmpeg -i FILE -c:a pcm_s16le -ac 1 new.wav",
    )
