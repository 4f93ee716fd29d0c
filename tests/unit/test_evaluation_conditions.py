from pathlib import Path

import numpy as np
import pytest

from assistant.audio.wavfile import as_float
from assistant.errors import EvaluationError
from assistant.evaluation.conditions import (
    CLEAN,
    LEAD_S,
    REVERBERATED,
    TAIL_S,
    Stage,
    silence,
    speech_end_s,
    stream,
    with_noise,
)
from assistant.evaluation.corpus import Corpus, read_corpus, read_samples
from assistant.sound import Clip
from assistant.tts.loudness import voiced_rms

CORPUS = read_corpus(Path(__file__).parent.parent / "data" / "corpus")
STOP = read_samples(next(r for r in CORPUS.recordings if r.label == "stop"))


def test_same_recording_always_meets_the_same_noise():
    condition = with_noise(10)
    first = Stage(CORPUS, [condition]).staged(STOP, condition)
    stage = Stage(CORPUS, [condition])
    stage.staged(read_samples(CORPUS.recordings[0]), condition)
    np.testing.assert_array_equal(first.samples, stage.staged(STOP, condition).samples)


@pytest.mark.parametrize("snr_db", [20, 10, 5, 0])
def test_noise_is_so_far_below_the_voiced_parts(snr_db):
    condition = with_noise(snr_db)
    stage = Stage(CORPUS, [condition])
    quiet, noisy = (as_float(stage.staged(STOP, c).samples) for c in (CLEAN, condition))
    noise_rms = float(np.sqrt(np.mean((noisy - quiet).astype(float) ** 2)))
    speech_rms = voiced_rms(Clip(as_float(STOP), 16_000))
    assert 20 * np.log10(speech_rms / noise_rms) == pytest.approx(snr_db, abs=0.2)
    assert condition.name == f"{snr_db} dB"


def test_clean_recording_stays_as_it_is_between_moments_of_quiet():
    staged = Stage(CORPUS, [CLEAN]).staged(STOP, CLEAN)
    lead = int(LEAD_S * 16_000)
    assert len(staged.samples) == lead + len(STOP) + int(TAIL_S * 16_000)
    inside = staged.samples[lead : lead + len(STOP)].astype(int) - STOP
    assert np.abs(inside).max() < 80  # the noise of a quiet room: about 10 RMS
    assert 5 < staged.samples[:lead].std() < 20


def test_room_adds_a_tail_and_neither_delay_nor_loudness():
    stage = Stage(CORPUS, [REVERBERATED])
    dry, wet = (as_float(stage.staged(STOP, c).samples) for c in (CLEAN, REVERBERATED))
    levels = [voiced_rms(Clip(sound, 16_000)) for sound in (as_float(STOP), wet)]
    assert levels[1] == pytest.approx(levels[0], rel=0.05)
    lags = np.arange(-800, 801)
    match = [float(np.dot(dry[1000:-1000], np.roll(wet, -lag)[1000:-1000])) for lag in lags]
    assert abs(int(lags[np.argmax(match)])) <= 16  # 1 ms
    end = int((LEAD_S + speech_end_s(STOP)) * 16_000)
    tail = slice(end + 400, end + 2000)
    assert wet[tail].std() > 2 * dry[tail].std()


def test_end_of_speech_is_where_it_stops_and_not_where_the_file_does():
    rng = np.random.default_rng(3)
    room = rng.normal(0, 30, 16_000)
    room[4000:9000] += 4000 * np.sin(np.arange(5000) * 0.2)
    assert speech_end_s(room.astype(np.int16)) == pytest.approx(9000 / 16_000, abs=0.011)


def test_end_of_speech_is_found_in_noise_and_never_after_the_end():
    rng = np.random.default_rng(4)
    loud = rng.normal(0, 700, 16_000)
    loud[4000:9000] += 8000 * np.sin(np.arange(5000) * 0.2)
    assert speech_end_s(loud.astype(np.int16)) == pytest.approx(9000 / 16_000, abs=0.011)
    steady = (3000 * np.sin(np.arange(1605) * 0.2)).astype(np.int16)
    assert speech_end_s(steady) == pytest.approx(1605 / 16_000, abs=0.001)


def test_corpus_without_noise_or_rooms_is_refused_only_where_they_are_needed():
    bare = Corpus(CORPUS.folder, CORPUS.of_set("commands"))
    Stage(bare, [CLEAN])
    with pytest.raises(EvaluationError, match="'noise'"):
        Stage(bare, [CLEAN, with_noise(5)])
    with pytest.raises(EvaluationError, match="'rir'"):
        Stage(bare, [REVERBERATED])


def test_stream_has_the_recordings_with_pauses_between():
    speech = CORPUS.of_set("speech")
    pieces = list(stream(speech))
    pauses_s = [len(p) / 16_000 - 1.0 for p in pieces]
    assert len(pieces) == 2
    assert all(0.3 <= pause <= 0.8 for pause in pauses_s)
    assert [len(p) for p in stream(speech)] == [len(p) for p in pieces]


def test_silence_is_a_quiet_room_and_not_digital_zero():
    room = silence(2.0)
    assert len(room) == 32_000
    assert 5 < room.std() < 20
