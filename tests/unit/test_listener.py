"""The listener on real audio: times, rejections, and the coach's own words."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import assistant.listener as listener_module
from assistant.app import World, load_world, make_listener
from assistant.audio.reference import Played, Reference
from assistant.coach.events import Heard, NotUnderstood
from assistant.coach.floor import CLOSED, OPEN, Floor
from assistant.coach.intents import Intent
from assistant.config import load_settings
from assistant.listener import (
    CLOSED_WAIT_S,
    IDLE_WAIT_S,
    Hearing,
    Listener,
    _WhilePlaying,
)
from assistant.rehearsal.speakers import VOICES, Speaker, mix
from assistant.sound import FRAME_S, FRAME_SAMPLES, Frame
from assistant.stt.gate import GatedRecogniser
from assistant.stt.judge import SpokenLine
from assistant.stt.port import Expectation

FROM_S = 1000.0
BEFORE_S = 0.7


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return load_world(load_settings(config_dir=tmp_path_factory.mktemp("config"), engine="vosk"))


@pytest.fixture
def listener(world: World) -> Listener:
    return make_listener(world, warn=pytest.fail)


def hearings(listener: Listener, text: str, voice: str = "slt") -> list[Hearing]:
    """What is heard when somebody says a text, 0.7 s after FROM_S."""
    sound = mix(Speaker().speak(text, voice), 30.0, seed=1, before_s=BEFORE_S, after_s=1.5).samples
    pcm = np.rint(sound * 32767).astype(np.int16)
    whole = len(pcm) // FRAME_SAMPLES
    frames = [
        Frame(FROM_S + i * FRAME_S, pcm[i * FRAME_SAMPLES : (i + 1) * FRAME_SAMPLES])
        for i in range(whole)
    ]
    return [h for h in map(listener.hear, frames) if h is not None and h.reason != "empty"]


def test_command_is_told_with_the_time_at_which_it_was_begun(listener: Listener) -> None:
    [hearing] = hearings(listener, "start stretches")
    assert isinstance(hearing.event, Heard)
    assert hearing.event.intent is Intent.START_ROUTINE
    assert hearing.event.spoken_at == pytest.approx(FROM_S + BEFORE_S + 0.15, abs=0.2)
    assert hearing.event.at > hearing.end_s


def test_chatter_is_not_understood(listener: Listener) -> None:
    found = hearings(listener, "the weather was lovely yesterday afternoon")
    assert found
    assert all(isinstance(hearing.event, NotUnderstood) for hearing in found)


def test_the_coachs_own_words_are_nobodys(listener: Listener) -> None:
    said = SpokenLine("Say ready.", FROM_S + BEFORE_S - 0.3, FROM_S + BEFORE_S + 0.6)
    listener.speaking([said])
    [hearing] = hearings(listener, "ready")
    assert (hearing.event, hearing.reason) == (None, "own_voice")


def test_words_of_a_line_that_was_cut_short_are_the_persons(listener: Listener) -> None:
    said = SpokenLine("Say ready.", FROM_S + BEFORE_S - 0.3, FROM_S + BEFORE_S + 0.6)
    listener.speaking([said])
    listener.cut_short([said], FROM_S)
    [hearing] = hearings(listener, "ready")
    assert isinstance(hearing.event, Heard)
    assert hearing.event.intent is Intent.READY


# The floor -----------------------------------------------------------------------------------


def test_closed_floor_lets_nothing_through_without_the_wake_phrase(listener: Listener) -> None:
    listener.attend(CLOSED)
    for text in ("start stretches", "the weather was lovely yesterday afternoon"):
        found = hearings(listener, text)
        assert {(h.event, h.reason, h.is_woken) for h in found} == {(None, "not_addressed", False)}


@pytest.mark.parametrize("voice", VOICES)
def test_wake_phrase_is_heard_alone_and_in_one_breath_with_a_command(
    listener: Listener, voice: str
) -> None:
    listener.attend(CLOSED)
    for text, intent in (
        ("hey coach", Intent.WAKE),
        ("hey coach start stretches", Intent.START_ROUTINE),
        ("hey coach help", Intent.HELP),
    ):
        [hearing] = hearings(listener, text, voice)
        assert isinstance(hearing.event, Heard), hearing
        # "help" of one voice is taken for "nope": at least it is asked for again
        assert hearing.event.intent is intent or (voice, text) == ("rms", "hey coach help")
        assert hearing.is_woken


def test_wake_phrase_with_something_else_asks_for_it_again(listener: Listener) -> None:
    listener.attend(CLOSED)
    [hearing] = hearings(listener, "hey coach hippopotamus")
    assert isinstance(hearing.event, Heard)
    assert hearing.event.intent is Intent.WAKE


def test_wake_phrase_with_something_else_wakes_the_whole_path_too(world: World) -> None:
    settings = world.settings.model_copy(update={"engine": "auto"})
    listener = make_listener(replace(world, settings=settings), warn=pytest.fail)
    listener.attend(CLOSED)
    for name in ("hippopotamus", "what a lovely day"):
        woken = [h for h in hearings(listener, f"hey coach {name}") if h.is_woken]
        assert [type(hearing.event) for hearing in woken] == [Heard]
        assert woken[0].event.intent is Intent.WAKE
    assert not [h for h in hearings(listener, "what a lovely day coach") if h.event]


def test_greeting_in_the_coachs_own_voice_wakes_nobody(listener: Listener) -> None:
    listener.attend(CLOSED)
    for heard in ("hey coach", "hey coach hippopotamus"):
        said = SpokenLine(f"Say {heard}.", FROM_S + BEFORE_S - 0.3, FROM_S + BEFORE_S + 1.6)
        listener.speaking([said])
        assert [h.event for h in hearings(listener, heard) if isinstance(h.event, Heard)] == []


def test_floor_that_was_open_when_it_was_begun_is_open(listener: Listener) -> None:
    listener.attend(Floor(is_open=False, open_until_s=FROM_S + BEFORE_S + 0.5))
    [hearing] = hearings(listener, "start stretches")
    assert isinstance(hearing.event, Heard)
    assert not hearing.is_woken


def test_frames_may_wait_until_somebody_speaks_and_again_afterwards(listener: Listener) -> None:
    sound = mix(Speaker().speak("hold on", "slt"), 30.0, seed=1, before_s=1.0, after_s=2.0).samples
    pcm = np.rint(sound * 32767).astype(np.int16)
    may_wait = []
    for number in range(len(pcm) // FRAME_SAMPLES):
        part = pcm[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES]
        listener.hear(Frame(FROM_S + number * FRAME_S, part))
        may_wait.append(listener.may_wait_s)
    assert set(may_wait[:40]) == {IDLE_WAIT_S}  # 0.8 s
    assert not any(may_wait[66:71])  # 1.3 to 1.4 s: in the words
    assert set(may_wait[-25:]) == {IDLE_WAIT_S}  # the last half second


# Rest ----------------------------------------------------------------------------------------


class Watched(GatedRecogniser):
    """Keeps what it is told to expect."""

    def __init__(self, inner: GatedRecogniser) -> None:
        self.__dict__ = inner.__dict__
        self.told: list[Expectation] = []
        self.expect = self.told.append


@pytest.mark.parametrize(("pause_s", "is_talk"), [(0.3, True), (6.0, False)])
@pytest.mark.parametrize("floor", [OPEN, CLOSED])
def test_room_talks_where_one_utterance_follows_on_the_other(
    listener: Listener, pause_s: float, is_talk: bool, floor: Floor
) -> None:
    listener.attend(floor)
    assert isinstance(listener._recogniser, GatedRecogniser)
    watched = listener._recogniser = Watched(listener._recogniser)
    speech = mix(Speaker().speak("the weather was lovely", "slt"), 30.0, seed=1, after_s=pause_s)
    talk = np.rint(np.tile(speech.samples, round(40 / speech.duration_s)) * 32767).astype(np.int16)
    for number in range(len(talk) // FRAME_SAMPLES):
        samples = talk[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES]
        listener.hear(Frame(FROM_S + number * FRAME_S, samples))
    most = max((x.talk_odds for x in watched.told), default=1.0)
    assert (most > 4.0) if is_talk and floor is OPEN else (most == 1.0)


def test_loudspeaker_may_rest_in_silence_and_where_a_room_talks_on_and_on(
    listener: Listener,
) -> None:
    listener.attend(CLOSED)
    speech = mix(Speaker().speak("the weather was lovely", "slt"), 30.0, seed=1, after_s=0.3)
    silence, talk = np.zeros(8000, np.int16), np.rint(speech.samples * 32767).astype(np.int16)
    rests, may_wait = [], []
    now = FROM_S
    for part in (silence, *[talk] * 15):
        for begin in range(0, len(part) - FRAME_SAMPLES, FRAME_SAMPLES):
            listener.hear(Frame(now, part[begin : begin + FRAME_SAMPLES]))
            now += FRAME_S
            may_wait.append((listener.may_rest, listener.may_wait_s))
        rests.append(listener.may_rest)
    changes = [(a, b) for a, b in pairwise(rests) if a is not b]
    assert changes == [(True, False), (False, True)]  # 10 s after it began it is known
    assert {wait_s for may_rest, wait_s in may_wait if may_rest} == {CLOSED_WAIT_S}
    listener.attend(Floor(is_open=False, open_until_s=now + 1.0))
    assert not listener.may_rest


def test_frames_in_which_nothing_can_sound_pass_as_they_would_with_all_that_is_done_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(1)
    noise = rng.integers(-900, 900, 600 * FRAME_SAMPLES).astype(np.int16)
    clip = (0.2 * rng.standard_normal(960)).astype(np.float32)

    def passed() -> list[tuple[float, bytes, bytes]]:
        reference = Reference()
        cleaner = _WhilePlaying(reference, lambda _lower: None)
        frames = []
        for number in range(600):
            sounds = 100 <= number < 160 or 400 <= number < 420
            played = clip if sounds else np.zeros_like(clip)
            reference.put(Played(48_000, number * 960, FROM_S + number * FRAME_S, played))
            samples = noise[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES]
            frame, watched = cleaner.cleaned(Frame(FROM_S + number * FRAME_S, samples))
            frames.append((frame.at_s, frame.samples.tobytes(), watched.tobytes()))
        return frames

    quickly = passed()
    monkeypatch.setattr(listener_module, "DIED_AWAY_FRAMES", 10_000)
    assert quickly == passed()
