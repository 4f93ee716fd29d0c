import numpy as np
import pytest

from assistant.stt.endpoint import HANGOVER_FRAMES, MAX_FRAMES, PREROLL_FRAMES, Endpointer

FRAME = 480
SPEECH = np.ones(FRAME, np.int16)
SILENCE = np.zeros(FRAME, np.int16)


@pytest.fixture
def endpointer() -> Endpointer:
    return Endpointer(any)


def sound(*parts: tuple[np.ndarray, int]) -> np.ndarray:
    return np.concatenate([np.tile(frame, count) for frame, count in parts])


def test_speech_between_silences_is_one_utterance_with_its_start(endpointer):
    heard = list(endpointer.accept(sound((SILENCE, 40), (SPEECH, 10), (SILENCE, 40))))
    assert len(heard) == 1
    onset_s = 0.03 * 40
    assert onset_s - 0.03 * PREROLL_FRAMES <= heard[0].start_s < onset_s
    speech_at = int(np.flatnonzero(heard[0].samples)[0])
    assert heard[0].start_s + speech_at / 16_000 == pytest.approx(onset_s)
    assert np.count_nonzero(heard[0].samples) == 10 * FRAME
    assert not heard[0].is_cut


def test_utterances_do_not_depend_on_how_the_audio_is_cut(endpointer):
    audio = sound((SILENCE, 40), (SPEECH, 10), (SILENCE, 40), (SPEECH, 12), (SILENCE, 40))
    at_once = list(endpointer.accept(audio))
    other = Endpointer(endpointer.is_speech)
    in_pieces = [u for i in range(0, len(audio), 317) for u in other.accept(audio[i : i + 317])]
    assert [u.start_s for u in at_once] == [u.start_s for u in in_pieces]
    assert len(at_once) == 2


def test_click_is_no_utterance(endpointer):
    assert not list(endpointer.accept(sound((SILENCE, 20), (SPEECH, 1), (SILENCE, 40))))
    assert endpointer.finish() is None


def test_short_pause_does_not_split(endpointer):
    audio = sound((SPEECH, 10), (SILENCE, HANGOVER_FRAMES - 1), (SPEECH, 10), (SILENCE, 40))
    assert len(list(endpointer.accept(audio))) == 1


def test_endless_sound_is_cut_and_said_to_be(endpointer):
    heard = list(endpointer.accept(sound((SPEECH, MAX_FRAMES + 20))))
    assert [u.is_cut for u in heard] == [True]


def test_finish_gives_what_is_under_way_and_reset_forgets_it(endpointer):
    list(endpointer.accept(sound((SPEECH, 10))))
    assert endpointer.is_inside
    last = endpointer.finish()
    assert last is not None
    assert len(last.samples) == 10 * FRAME
    list(endpointer.accept(sound((SPEECH, 10))))
    endpointer.reset()
    assert endpointer.finish() is None


def test_clock_runs_on_across_reset(endpointer):
    list(endpointer.accept(np.zeros(16_000 + 100, np.int16)))
    endpointer.reset()
    list(endpointer.accept(sound((SPEECH, 10))))
    last = endpointer.finish()
    assert last is not None
    assert last.start_s == pytest.approx(1 + 100 / 16_000)
