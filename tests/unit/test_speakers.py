"""The synthetic people, with the real flite."""

import numpy as np
import pytest

from assistant.errors import ScriptError, VoiceError
from assistant.rehearsal.speakers import SPEECH_DBFS, VOICES, Speaker, mix, noise
from assistant.sound import SPEECH_RATE_HZ, Clip
from assistant.tts.loudness import decibels, voiced_rms


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    return Speaker()


def rms_dbfs(samples: np.ndarray) -> float:
    return decibels(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))))


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_speaks_at_the_recognisers_rate(speaker: Speaker, voice: str) -> None:
    clip = speaker.speak("hold on", voice)
    assert clip.rate_hz == SPEECH_RATE_HZ
    assert 0.3 < clip.duration_s < 3
    assert voiced_rms(clip) > 0.01


def test_voices_differ_and_each_repeats_itself(speaker: Speaker) -> None:
    sounds = {speaker.speak("hold on", voice).samples.tobytes() for voice in VOICES}
    assert len(sounds) == len(VOICES)
    for voice in VOICES:
        again = Speaker().speak("hold on", voice)
        np.testing.assert_array_equal(again.samples, speaker.speak("hold on", voice).samples)


def test_line_is_synthesised_once(speaker: Speaker) -> None:
    assert speaker.speak("next", "rms") is speaker.speak("next", "rms")


def test_stretch_makes_speech_longer(speaker: Speaker) -> None:
    plain = speaker.speak("how long left", "slt").duration_s
    assert speaker.speak("how long left", "slt", stretch=1.5).duration_s > 1.3 * plain
    assert speaker.speak("how long left", "slt", stretch=0.7).duration_s < 0.85 * plain


def test_text_is_never_taken_for_an_option_or_a_file(speaker: Speaker) -> None:
    assert speaker.speak("-lv").duration_s > 0.2
    assert speaker.speak("/etc/hostname").duration_s > 0.2


@pytest.mark.parametrize("voice", ["kal", "alice", ""])
def test_unknown_speaker_is_refused_and_the_known_are_named(speaker: Speaker, voice: str) -> None:
    with pytest.raises(ScriptError, match="slt, rms, awb, kal16") as caught:
        speaker.speak("stop", voice)
    assert repr(voice) in caught.value.problem


def test_empty_text_and_impossible_stretch_are_refused(speaker: Speaker) -> None:
    with pytest.raises(ScriptError, match="nothing to say"):
        speaker.speak("  ")
    with pytest.raises(ScriptError, match="stretch of 9"):
        speaker.speak("stop", stretch=9)


def test_missing_flite_tells_how_to_install_it() -> None:
    with pytest.raises(VoiceError, match="apt-get install flite"):
        Speaker(program="no-such-flite").speak("stop")


def test_program_that_fails_or_writes_nothing_is_an_error() -> None:
    with pytest.raises(VoiceError, match="could not say 'stop'"):
        Speaker(program="false").speak("stop")
    with pytest.raises(VoiceError, match="could not say 'stop'"):
        Speaker(program="true").speak("stop")


def test_noise_is_repeatable_differs_by_seed_and_has_its_level() -> None:
    one = noise(32_000, 7, level_dbfs=-46.0)
    assert one.dtype == np.float32
    assert one.shape == (32_000,)
    np.testing.assert_array_equal(one, noise(32_000, 7, level_dbfs=-46.0))
    assert abs(np.corrcoef(one, noise(32_000, 8))[0, 1]) < 0.2
    assert rms_dbfs(one) == pytest.approx(-46.0, abs=0.1)


@pytest.mark.parametrize("count", [0, 1, 2, 333])
def test_noise_of_any_length_is_finite(count: int) -> None:
    samples = noise(count, 1)
    assert samples.shape == (count,)
    assert np.isfinite(samples).all()


def test_noise_falls_by_three_decibels_an_octave() -> None:
    spectrum = np.abs(np.fft.rfft(noise(160_000, 3).astype(np.float64))) ** 2
    bands = [spectrum[hz * 10 : hz * 20].mean() for hz in (500, 1000, 2000)]
    assert 10 * np.log10(bands[0] / bands[1]) == pytest.approx(3.0, abs=0.5)
    assert 10 * np.log10(bands[1] / bands[2]) == pytest.approx(3.0, abs=0.5)


@pytest.mark.parametrize("snr_db", [0.0, 10.0, 20.0])
def test_mix_has_the_ratio_asked_for(speaker: Speaker, snr_db: float) -> None:
    clip = mix(speaker.speak("switch sides"), snr_db, 5)
    room = noise(len(clip.samples), 5, level_dbfs=SPEECH_DBFS - snr_db)
    speech = Clip(clip.samples - room, clip.rate_hz)
    assert rms_dbfs(room) == pytest.approx(SPEECH_DBFS - snr_db, abs=0.1)
    assert decibels(voiced_rms(speech)) == pytest.approx(SPEECH_DBFS, abs=0.1)
    np.testing.assert_array_equal(clip.samples[:8000], room[:8000])


def test_mix_is_as_long_as_its_parts_and_repeatable(speaker: Speaker) -> None:
    spoken = speaker.speak("stop")
    one = mix(spoken, 12.0, 5, before_s=0.25, after_s=1.0)
    assert one.duration_s == pytest.approx(spoken.duration_s + 1.25)
    again = mix(spoken, 12.0, 5, before_s=0.25, after_s=1.0)
    np.testing.assert_array_equal(one.samples, again.samples)


def test_mix_of_loud_parts_stays_within_full_scale() -> None:
    loud = Clip(np.sin(np.arange(16_000, dtype=np.float32) / 10), SPEECH_RATE_HZ)
    mixed = mix(loud, 0.0, 1, speech_dbfs=-1.0)
    assert np.abs(mixed.samples).max() == 1.0
