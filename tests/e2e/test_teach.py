"""`earshot teach` with synthetic users, from end to end: what is learnt, kept and used."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from assistant.app import World, load_world, make_listener, taught_voices
from assistant.audio.wavfile import write_wav
from assistant.cli import main
from assistant.coach.events import Heard
from assistant.coach.intents import Intent
from assistant.config import load_settings
from assistant.errors import SettingsError, TeachingError, VoiceprintError
from assistant.lessons import teach_synthetic
from assistant.listener import Listener
from assistant.rehearsal.pupil import answers_of
from assistant.rehearsal.speakers import Speaker, mix
from assistant.sound import FRAME_SAMPLES, SPEECH_RATE_HZ, Clip, Frame
from assistant.stt.taught import TaughtVoices
from assistant.teaching.session import Moment, Taken, Told

VOICE = "rms"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    return tmp_path


def own_world(*words: str) -> World:
    return load_world(load_settings(teach_words=words))


def intents(listener: Listener, speaker: Speaker, text: str, voice: str) -> list[Intent]:
    clip = mix(speaker.speak(text, voice, stretch=1.03), 30.0, 5, before_s=0.7, after_s=1.5)
    samples = np.rint(clip.samples * 32767).astype(np.int16)
    found: list[Intent] = []
    for start in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        frame = Frame(start / SPEECH_RATE_HZ, samples[start : start + FRAME_SAMPLES])
        hearing = listener.hear(frame)
        if hearing is not None and isinstance(hearing.event, Heard):
            found.append(hearing.event.intent)
    listener.reset()
    return found


def test_lesson_takes_two_minutes_and_keeps_numbers_alone(capsys, home: Path):
    assert main(["teach", "Anna", "--synthetic", VOICE]) == 0
    said = capsys.readouterr().out
    took = re.search(r"the lesson took (\d+) s", said)
    assert took is not None
    assert int(took[1]) <= 125
    assert said.count("Good.") == 10
    assert "coach: And a second time." in said

    kept = [path for path in (home / "DATA").rglob("*") if path.is_file()]
    assert kept == [home / "DATA" / "earshot" / "voices" / "anna.npz"]
    with np.load(kept[0], allow_pickle=False) as file:
        arrays = dict(file)
    # 3,072 numbers a word, where half a second of sound has 8,000.
    assert {a.shape for n, a in arrays.items() if n.startswith("examples_")} == {(3, 1024)}
    assert sum(array.size for array in arrays.values()) < 31_000
    assert not [p for p in home.rglob("*.wav") if "voice" not in p.parts]

    assert main(["teach", "--list"]) == 0
    assert "anna: stop, pause, resume" in capsys.readouterr().out
    assert main(["teach", "--forget"]) == 0
    assert "forgot anna" in capsys.readouterr().out
    assert not list((home / "DATA" / "earshot" / "voices").iterdir())


def test_what_a_voice_was_taught_is_what_it_is_heard_by(speaker: Speaker):
    # Whoever says "banana" for "skip" is understood by it from then on: their own voice decides.
    world = own_world("stop", "skip")
    own_words = {"stop": "stop", "skip": "banana"}
    says = answers_of(speaker, VOICE)
    teach_synthetic(world, "anna", lambda n, word: says(n, own_words[word]), lambda _: None)
    plain = make_listener(world, pytest.fail)
    taught = make_listener(world, pytest.fail, taught_voices(world.settings, pytest.fail))
    try:
        assert intents(plain, speaker, "banana", VOICE) == []
        assert intents(taught, speaker, "banana", VOICE) == [Intent.NEXT]
        assert intents(taught, speaker, "stop", VOICE) == [Intent.STOP]
        # Others are heard as before, and other words are still none.
        assert intents(taught, speaker, "stop", "slt") == [Intent.STOP]
        assert intents(taught, speaker, "window", VOICE) == []
    finally:
        plain.close()
        taught.close()


def test_poor_examples_are_asked_for_again_and_not_kept(speaker: Speaker):
    world = own_world("stop", "next")
    says = answers_of(speaker, VOICE)
    seen: list[Moment] = []

    def answer(number: int, word: str) -> Clip | None:
        if number == 1:
            return None  # says nothing
        if number == 2:
            return speaker.speak("well I do not know what to say now", VOICE)
        if number == 3:
            return speaker.speak("umbrella", VOICE)
        return says(number, word)

    enrolment, _ = teach_synthetic(world, "anna", answer, seen.append)
    told = " ".join(moment.text for moment in seen if isinstance(moment, Told))
    assert "I hear nothing." in told
    assert "Only the word, please." in told
    assert "That sounded different." in told
    assert "Thank you." in told
    assert sum(isinstance(moment, Taken) for moment in seen) == 8
    for rows in enrolment.examples.values():
        assert (rows @ rows.T).min() > 0.3


def test_nobody_answers_and_the_older_voice_stays(speaker: Speaker):
    world = own_world("stop")
    teach_synthetic(world, "anna", answers_of(speaker, VOICE), lambda _: None)
    before = TaughtVoices().path("anna").read_bytes()
    with pytest.raises(TeachingError, match="'anna'"):
        teach_synthetic(world, "anna", lambda _number, _word: None, lambda _: None)
    assert TaughtVoices().path("anna").read_bytes() == before


def test_several_people_in_one_house(speaker: Speaker, capsys):
    world = own_world("stop", "yes")
    for name, voice in (("anna", "slt"), ("ben", "awb")):
        teach_synthetic(world, name, answers_of(speaker, voice), lambda _: None)
    voices = taught_voices(world.settings, pytest.fail)
    assert voices is not None
    assert [person.name for person in voices.known] == ["anna", "ben"]
    assert main(["teach", "--forget"]) == 2
    assert "anna, ben" in capsys.readouterr().err
    assert main(["teach", "--forget", "ben"]) == 0
    assert TaughtVoices().names() == ["anna"]


def test_broken_voice_never_stops_the_start(speaker: Speaker):
    world = own_world("stop")
    teach_synthetic(world, "anna", answers_of(speaker, VOICE), lambda _: None)
    path = TaughtVoices().path("anna")
    path.write_bytes(path.read_bytes()[:500])
    warnings: list[str] = []
    assert taught_voices(world.settings, warnings.append) is None
    assert "earshot teach anna" in warnings[0]


@pytest.mark.parametrize("word", ["banana", "", "start the strengthening routine"])
def test_word_that_is_no_short_command_is_refused(word: str, speaker: Speaker):
    with pytest.raises(SettingsError) as caught:
        teach_synthetic(own_world("stop", word), "anna", answers_of(speaker, VOICE), lambda _: None)
    assert repr(word) in caught.value.problem
    assert caught.value.place == "teach_words"


def test_name_is_checked_before_the_lesson(speaker: Speaker):
    with pytest.raises(VoiceprintError):
        teach_synthetic(own_world("stop"), "../x", answers_of(speaker, VOICE), pytest.fail)


# evaluate --enrol ------------------------------------------------------------------------------


@pytest.fixture
def digits(tmp_path: Path, speaker: Speaker) -> Path:
    """Two speakers who say three digits four times each."""
    folder = tmp_path / "digits"
    folder.mkdir()
    rows = []
    for voice in ("slt", "rms"):
        for label in ("one", "two", "six"):
            for number, stretch in enumerate((0.94, 1.0, 1.05, 1.1)):
                name = f"{voice}_{label}_{number}.wav"
                write_wav(folder / name, speaker.speak(label, voice, stretch=stretch))
                rows.append((name, "digits", label, voice))
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("path", "set", "label", "speaker"), *rows])
    return folder


def test_speakers_are_tested_on_what_they_have_not_taught(capsys, digits: Path):
    flags = ["evaluate", str(digits), "--set", "digits", "--json"]
    assert main([*flags, "--enrol", "3"]) == 0
    found = json.loads(capsys.readouterr().out)["conditions"][0]
    assert found["commands"] == 6
    assert found["accuracy_with_slots"] == 1.0
    assert main([*flags, "--enrol", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["conditions"][0]["commands"] == 18


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["--enrol", "4"], "no speaker has more than 4 recordings"),
        (["--enrol", "3", "--engine", "vosk"], "vosk knows no voices"),
    ],
)
def test_enrolling_that_cannot_be_done_is_said(capsys, digits: Path, flags, problem):
    assert main(["evaluate", str(digits), "--set", "digits", *flags]) == 2
    assert problem in capsys.readouterr().err
