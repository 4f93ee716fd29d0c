"""The coach's real voice in a simulated room, with the live path listening to it."""

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.app import World, load_world, make_listener, make_voice
from assistant.bench.barge_in import whole_library
from assistant.bench.talking import Line, TalkingRoom
from assistant.cli import main
from assistant.coach.events import Heard
from assistant.config import load_settings
from assistant.rehearsal.acoustics import drawn_box
from assistant.rehearsal.speakers import Speaker

SMALL = Path(__file__).parent.parent / "data" / "corpus"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    config = tmp_path_factory.mktemp("config")
    return load_world(load_settings(config_dir=config, cache_dir=str(config / "cache")))


@pytest.fixture(scope="module")
def lines(world: World) -> list[Line]:
    voice = make_voice(world.settings)
    texts = [text for text in whole_library(world) if len(text) > 50][:8]
    try:
        return [Line(t, voice.render(t, rate_wpm=world.settings.rate_wpm)) for t in texts]
    finally:
        voice.close()


@pytest.fixture(scope="module")
def room(world: World, lines: list[Line]) -> TalkingRoom:
    """A room that the canceller has learnt: six lines were said in it."""
    room = TalkingRoom(make_listener(world, warn=pytest.fail), drawn_box(1), 1)
    for line in lines[:6]:
        assert not any(h.event for h in room.run(line, line.clip.duration_s + 0.5))
    return room


def test_the_whole_library_has_no_place_left_open(world):
    texts = whole_library(world)
    assert len(texts) > 150
    assert not any("{" in text or not text.strip() for text in texts)


def test_the_coachs_voice_is_lowered_for_a_person_and_for_nothing_else(room, lines):
    alone_s = room.ducked_s
    room.run(lines[6], lines[6].clip.duration_s + 0.5)
    assert room.ducked_s == alone_s
    stop = Speaker().speak("stop", "rms").samples
    room.run(lines[7], lines[7].clip.duration_s + 0.5, room.at_microphone(stop, -6.0), 0.8)
    assert 0.3 < room.ducked_s - alone_s < 2.0


def test_commands_beside_the_coach_are_understood(world, room, lines):
    # In front of the microphone, in the voice that is heard best: rooms are the bench's matter.
    understood = 0
    for text in ("stop", "pause", "help me", "louder"):
        meant = world.phrasebook.parse(text)
        assert meant is not None
        said = Speaker().speak(text, "slt").samples
        person = (said * (0.5 / np.abs(said).max())).astype(np.float32)
        heard = room.run(lines[7], lines[7].clip.duration_s + 1.5, person, 0.8)
        intents = [h.event.intent for h in heard if isinstance(h.event, Heard)]
        assert intents in ([], [meant.intent])
        understood += len(intents)
    assert understood >= 3


@pytest.mark.parametrize("text", ["list the routines", "mute", "start stretches"])
def test_with_headphones_the_very_first_words_of_the_coach_can_be_talked_over(world, lines, text):
    listener = make_listener(world, warn=pytest.fail)
    room = TalkingRoom(listener, drawn_box(1), 1, coach_db=-120.0)
    said = Speaker().speak(text, "slt").samples
    heard = room.run(lines[0], lines[0].clip.duration_s + 1.5, said * np.float32(0.3), 0.4)
    meant = world.phrasebook.parse(text)
    assert meant is not None
    assert [h.event.intent for h in heard if isinstance(h.event, Heard)] == [meant.intent]


def test_with_headphones_every_sentence_can_be_talked_over(world, lines):
    # Long enough for a word beside the coach's to look like its echo, which it did.
    room = TalkingRoom(make_listener(world, warn=pytest.fail), drawn_box(1), 1, coach_db=-120.0)
    missed = []
    for number, text in enumerate(["stop", "next", "pause", "resume", "repeat that"] * 3):
        said = Speaker().speak(text, ("slt", "rms", "kal16")[number % 3]).samples
        person = (said * (0.3 / np.abs(said).max())).astype(np.float32)
        line = lines[number % len(lines)]
        heard = room.run(line, line.clip.duration_s + 1.0, person, 0.8)
        intents = [h.event.intent for h in heard if isinstance(h.event, Heard)]
        if intents != [world.phrasebook.parse(text).intent]:
            missed.append((number, text, [(h.text, h.reason) for h in heard]))
    assert len(missed) <= 1, missed  # nothing is known before the coach has talked for 2 s


def test_the_very_first_words_of_the_coach_in_a_room_are_no_command(world, lines):
    listener, begins_s = make_listener(world, warn=pytest.fail), 0.0
    for seed, line in enumerate(lines[:4], start=20):
        room = TalkingRoom(listener, drawn_box(seed), seed, begins_s=begins_s)
        assert not any(h.event for h in room.run(line, line.clip.duration_s + 0.5))
        begins_s = room.now_s + 5.0


@pytest.mark.slow
def test_the_bench_prints_its_figures_beside_its_targets(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    code = main(["bench", "barge-in", "--quick", "--json", "--corpus", str(SMALL)])
    said = json.loads(capsys.readouterr().out)
    assert code == (0 if said["met"] else 1)
    figures = {figure["name"]: figure for figure in said["figures"]}
    assert [figures[f"right at {db} dB user-to-echo"]["target"] for db in (0, -6, -12)] == [
        90.0,
        80.0,
        60.0,
    ]
    assert figures["commands heard in the coach alone"]["value"] == 0
    assert figures["answers to the coach alone"]["value"] == 0
    assert figures["voice lowered for nothing"]["value"] < 10
