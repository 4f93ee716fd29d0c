"""WAV files: what is written is read again, and errors name the file."""

import struct
import wave

import numpy as np
import pytest

from assistant.audio.wavfile import as_float, as_int16, read_wav, write_wav
from assistant.errors import EarshotError
from assistant.sound import Clip


def test_bare_samples_come_back_exactly(tmp_path):
    samples = np.array([0, 1, -1, 32767, -32768], np.int16)
    write_wav(tmp_path / "a.wav", samples)
    clip = read_wav(tmp_path / "a.wav")
    assert clip.rate_hz == 16_000
    assert clip.samples.dtype == np.float32
    np.testing.assert_array_equal(as_int16(clip.samples), samples)


def test_a_clip_keeps_its_rate_and_too_loud_samples_are_held_at_full_scale(tmp_path):
    write_wav(tmp_path / "a.wav", Clip(np.array([2.0, -2.0, 0.25], np.float32), 22_050))
    clip = read_wav(tmp_path / "a.wav")
    assert clip.rate_hz == 22_050
    np.testing.assert_array_equal(as_int16(clip.samples), [32767, -32768, 8192])


def test_stereo_is_averaged(tmp_path):
    with wave.open(str(tmp_path / "stereo.wav"), "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(8000)
        wav.writeframes(struct.pack("<4h", 1000, 3000, -1000, 1000))
    expected = as_float(np.array([2000, 0], np.int16))
    np.testing.assert_allclose(read_wav(tmp_path / "stereo.wav").samples, expected)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(EarshotError, match=r"gone\.wav: .*No such file"):
        read_wav(tmp_path / "gone.wav")


@pytest.mark.parametrize("content", [b"", b"hello, I am no sound", b"RIFF\x04\x00\x00\x00WAVE"])
def test_what_is_no_wav_file_is_refused_with_a_mend(tmp_path, content):
    (tmp_path / "odd.wav").write_bytes(content)
    with pytest.raises(EarshotError, match=r"odd\.wav: .*not a 16-bit PCM WAV.*ffmpeg"):
        read_wav(tmp_path / "odd.wav")


def test_eight_bit_files_are_refused(tmp_path):
    with wave.open(str(tmp_path / "eight.wav"), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(1)
        wav.setframerate(8000)
        wav.writeframes(b"\x80\x80")
    with pytest.raises(EarshotError, match="8 bits a sample"):
        read_wav(tmp_path / "eight.wav")


def test_an_unwritable_path_is_named(tmp_path):
    with pytest.raises(EarshotError, match=r"no_folder/a\.wav: .*cannot be written"):
        write_wav(tmp_path / "no_folder" / "a.wav", np.zeros(3, np.int16))
