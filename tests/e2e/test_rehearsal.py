"""Whole sessions, real recogniser, real voice, simulated time: what a newcomer runs first."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rehearsed import Outcome, rehearse

from assistant.audio.wavfile import read_wav
from assistant.cli import main
from assistant.coach.actions import Tone
from assistant.sound import Clip
from assistant.tts.tones import tone

SCRIPTS = Path(__file__).parents[1] / "data" / "scripts"
HOLD_TOLERANCE_S = 0.020
"""The promise: every hold within 20 ms of its plan."""


def earshot(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assistant.cli", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def stretches(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Clip]:
    """The session of README, with its recording."""
    folder = tmp_path_factory.mktemp("stretches")
    wav = folder / "session.wav"
    done = earshot(
        "--config-dir", str(folder), "rehearse", "stretches", "--out", str(wav), "--json"
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return Outcome(done.returncode, lines, done.stderr), read_wav(wav)


def onset_s(recording: Clip, kind: Tone, near_s: float) -> float:
    """Where a tone begins in the recording, by matched filter within 0.3 s of `near_s`."""
    shape = tone(kind, recording.rate_hz).samples
    first = max(0, round((near_s - 0.3) * recording.rate_hz))
    last = round((near_s + 0.3) * recording.rate_hz) + len(shape)
    match = np.correlate(recording.samples[first:last], shape, mode="valid")
    return (first + int(np.argmax(match))) / recording.rate_hz


def test_newcomers_session_is_understood_and_complete(stretches: tuple[Outcome, Clip]) -> None:
    outcome, _ = stretches
    summary = outcome.summary
    assert outcome.code == 0, outcome.errors
    assert summary["completed"]
    assert summary["commands"] == summary["understood"] >= 12
    assert summary["wrong"] == summary["false_accepts"] == 0
    intents = {line["intent"] for line in outcome.of("heard")} - {None}
    assert len(intents) >= 12, intents


def test_each_hold_in_the_recording_is_within_20_ms_of_its_plan(
    stretches: tuple[Outcome, Clip],
) -> None:
    outcome, recording = stretches
    phases = outcome.of("phase")
    ends = [h for h in outcome.of("hold") if h["completed"]]
    assert len(ends) == len(outcome.summary["holds"]) == 9
    worst = 0.0
    for hold in ends:
        held = 0.0
        spans = _hold_spans(phases, hold["t_s"], hold["planned_s"])
        for begins, stops, is_paused in spans:
            start = onset_s(recording, Tone.START, begins)
            stop = stops if is_paused else onset_s(recording, Tone.END, stops)
            held += stop - start
        worst = max(worst, abs(held - hold["planned_s"]))
    print(f"{len(ends)} holds in the recording, worst error {worst * 1000:.2f} ms")
    assert worst <= HOLD_TOLERANCE_S


def _hold_spans(
    phases: Sequence[dict[str, Any]], ends_s: float, planned_s: float
) -> list[tuple[float, float, bool]]:
    """The stretches in phase hold that made up a hold which ended at `ends_s`."""
    spans: list[tuple[float, float, bool]] = []
    end, left, is_paused = ends_s, planned_s, False
    for i in range(len(phases) - 1, -1, -1):
        phase = phases[i]
        if phase["phase"] != "hold" or phase["t_s"] >= ends_s or left < 1e-3:
            continue
        if spans:
            end, is_paused = phases[i + 1]["t_s"], True
        spans.append((phase["t_s"], end, is_paused))
        left -= end - phase["t_s"]
    return spans


def test_session_runs_five_times_faster_than_it_sounds(stretches: tuple[Outcome, Clip]) -> None:
    outcome, recording = stretches
    summary = outcome.summary
    print(f"{summary['audio_s']} s of session in {summary['wall_s']} s")
    assert recording.duration_s == pytest.approx(summary["audio_s"], abs=0.1)
    assert summary["wall_s"] <= summary["audio_s"] / 5


def test_recording_holds_both_voices(stretches: tuple[Outcome, Clip]) -> None:
    outcome, recording = stretches
    background = _level(recording, 0.2, 0.4)
    for line in outcome.of("said"):
        middle = line["t_s"] + line["duration_s"] / 3
        assert _level(recording, middle, line["duration_s"] / 3) > 4 * background, line


def _level(recording: Clip, from_s: float, length_s: float) -> float:
    first = round(from_s * recording.rate_hz)
    part = recording.samples[first : first + round(length_s * recording.rate_hz)]
    return float(np.sqrt(np.mean(part**2)))


def test_nothing_the_coach_says_overlaps(stretches: tuple[Outcome, Clip]) -> None:
    outcome, _ = stretches
    spoken = [(x["t_s"], x["duration_s"]) for x in outcome.of("said") if x["who"] == "coach"]
    heard = {round(x["t_s"], 2) for x in outcome.of("heard")}
    for (start, length), (following, _) in pairwise(spoken):
        cut_by_command = any(start < t <= following for t in heard)
        assert start + length <= following + 0.01 or cut_by_command


def test_sphinx_leads_through_the_same_session(tmp_path: Path) -> None:
    outcome = rehearse("stretches", "--engine", "sphinx", config_dir=tmp_path)
    assert outcome.code == 0, outcome.errors
    assert outcome.summary["completed"]
    assert {line["engine"] for line in outcome.of("heard")} == {"sphinx"}


@pytest.mark.slow
def test_full_session_with_four_voices_at_20_db_is_understood(tmp_path: Path) -> None:
    script = SCRIPTS / "full.yaml"
    outcome = rehearse("full", "--script", str(script), config_dir=tmp_path)
    summary = outcome.summary
    print(f"understood {summary['understood']} of {summary['commands']}")
    assert summary["completed"]
    assert len({x["voice"] for x in outcome.of("said") if x["who"] == "person"}) == 4
    assert summary["understood"] >= 0.95 * summary["commands"]


@pytest.mark.parametrize("routine", ["strengthening", "short"])
def test_other_routines_are_led_to_their_end(routine: str, tmp_path: Path) -> None:
    outcome = rehearse(routine, config_dir=tmp_path)
    assert outcome.code == 0, outcome.errors
    assert outcome.summary["completed"]


def test_missed_command_gives_exit_code_1(tmp_path: Path) -> None:
    script = tmp_path / "drowned.yaml"
    script.write_text("- {say: list the routines, at: 1, snr_db: -20}\n", encoding="utf-8")
    outcome = rehearse("stretches", "--script", str(script), config_dir=tmp_path)
    assert outcome.code == 1
    assert outcome.summary["commands"] == 1
    assert outcome.summary["understood"] == 0


def test_chatter_starts_nothing(tmp_path: Path) -> None:
    script = tmp_path / "chatter.yaml"
    script.write_text(
        textwrap.dedent(
            """\
            - {say: the weather was lovely yesterday afternoon, at: 1, chatter: true}
            - {say: did you remember to buy some coffee, after: 1, chatter: true}
            """
        ),
        encoding="utf-8",
    )
    outcome = rehearse("stretches", "--script", str(script), config_dir=tmp_path)
    assert outcome.code == 0
    assert outcome.summary["wrong"] == outcome.summary["false_accepts"] == 0
    assert not outcome.of("phase")


# At home -------------------------------------------------------------------------------------

HOME = Path(__file__).parents[1] / "data" / "household"
"""A little household noise, and a room."""
CORPUS = os.environ.get("EARSHOT_CORPUS")


def understood_at_home(folder: Path, snr_db: int, config_dir: Path, seeds: Sequence[int]) -> float:
    """The share of a session's commands that are understood, over some draws of the noise.

    The coach's voice is made anew: espeak-ng says a line a little otherwise (some samples longer,
    another pitch) after other lines, and one command that is missed leads the session elsewhere, so
    what lies in the cache by chance would decide.
    """
    understood = commands = 0
    cache = ("--cache-dir", str(config_dir / "cache"))
    options = ("--snr-db", str(snr_db), "--corpus", str(folder), "--reverb", *cache)
    for seed in seeds:
        outcome = rehearse("stretches", *options, "--seed", str(seed), config_dir=config_dir)
        summary = outcome.summary
        missed = [x["text"] for x in outcome.of("judged") if not x["understood"]]
        print(
            f"seed {seed}: understood {summary['understood']} of {summary['commands']}, "
            f"{summary['wrong']} taken for another, {summary['false_accepts']} where none was "
            f"given; not: {missed}"
        )
        understood += summary["understood"]
        commands += summary["commands"]
    return understood / commands


# Both bars guard what is reached, docs/hearing.md says how far from the aim of 90% at 10 dB.


@pytest.mark.slow
def test_newcomers_session_is_followed_in_a_little_kitchen_noise_and_a_room(tmp_path: Path) -> None:
    # Each of the two recordings of noise once: 12 and 18 of 21.
    assert understood_at_home(HOME, 20, tmp_path, (1, 3)) >= 0.7


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.skipif(not CORPUS, reason="EARSHOT_CORPUS names no folder with noise and rooms")
def test_newcomers_session_is_followed_in_the_corpuss_noise_and_rooms(tmp_path: Path) -> None:
    # 8 of 21 with 7,700 phrases, 17 with 5,100; another draw of noise gives 15. The aim is 90%.
    assert understood_at_home(Path(CORPUS or ""), 10, tmp_path, (1,)) >= 0.3


def test_the_recording_holds_the_noise_that_was_asked_for(tmp_path: Path) -> None:
    script = tmp_path / "quiet.yaml"
    script.write_text("- {say: what lovely weather, at: 1, chatter: true}\n", encoding="utf-8")
    levels_db = {}
    for snr_db in ("40", "10"):
        wav = tmp_path / f"{snr_db}.wav"
        options = ("--snr-db", snr_db, "--noise", str(HOME / "noise" / "kitchen.flac"))
        outcome = rehearse(
            "--script", str(script), *options, "--out", str(wav), config_dir=tmp_path
        )
        assert outcome.code == 0, outcome.errors
        levels_db[snr_db] = 20 * np.log10(_level(read_wav(wav), 0.1, 0.8))
    assert levels_db["10"] - levels_db["40"] == pytest.approx(30.0, abs=0.5)


# A user's own files --------------------------------------------------------------------------

PIGEON = """\
id: {id}
name: {name}
group: stretch
position: seated
muscles: [hips]
why: It eases the hips.
self_checks: [Does the hip feel easy?, Is your breath calm?]
sources: [our own]
cues:
  - {{when: setup, text: Fold one leg in front of you.}}
levels:
  - source: our own
    dose: {{hold_s: 6, reps: 1, sides: alternate, prepare_s: 2, switch_s: 3}}
"""


@pytest.mark.parametrize(
    ("name", "engine"),
    [("easy sitting", "vosk"), ("pigeon pose", "sphinx")],
    ids=["words of the model", "words that only the larger dictionary has"],
)
def test_a_new_exercise_is_one_new_file(name: str, engine: str, tmp_path: Path) -> None:
    identifier = name.replace(" ", "_")
    folder = tmp_path / "exercises"
    folder.mkdir()
    text = PIGEON.format(id=identifier, name=name)
    (folder / f"{identifier}.yaml").write_text(text, encoding="utf-8")
    outcome = rehearse(identifier, config_dir=tmp_path)
    assert outcome.code == 0, outcome.errors
    assert outcome.of("heard")[0]["engine"] == engine
    sides = [(h["side"], h["planned_s"]) for h in outcome.summary["holds"]]
    assert sides == [("left", 6.0), ("right", 6.0)]


def test_words_that_no_engine_knows_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "exercises"
    folder.mkdir()
    text = PIGEON.format(id="zzyzx", name="zzyzx pose")
    (folder / "zzyzx.yaml").write_text(text, encoding="utf-8")
    outcome = rehearse("zzyzx", config_dir=tmp_path)
    assert "zzyzx" in outcome.errors
    assert "Respell" in outcome.errors


# Bad input -----------------------------------------------------------------------------------


BAD_FILES = {
    "song.yaml": b"- {say: sing me a song, at: 1}\n",
    "syntax.yaml": b"- {say: stop, at: \n",
    "field.yaml": b"- {say: stop, when: 3}\n",
    "negative.yaml": b"- {say: stop, at: -3}\n",
    "binary.yaml": b"\xff\xfe\x00",
    "broken.yaml": b"id: broken\nname: broken\nsummary: a b\nsteps:\n  - {exercise: plonk}\n",
    "occupied": b"a file, not a folder",
}

BAD_INPUT = {
    "'sing me a song'": ["rehearse", "--script", "{}/song.yaml"],
    "line 2": ["rehearse", "--script", "{}/syntax.yaml"],
    "'when'": ["rehearse", "--script", "{}/field.yaml"],
    "-3": ["rehearse", "--script", "{}/negative.yaml"],
    "UTF-8": ["rehearse", "--script", "{}/binary.yaml"],
    "absent.yaml": ["rehearse", "--script", "{}/absent.yaml"],
    "'nothing'": ["rehearse", "nothing"],
    "no voices": ["rehearse", "--voices", ","],
    "'nobody'": ["rehearse", "--voices", "nobody"],
    "--snr-db": ["rehearse", "--snr-db", "nan"],
    "silence.wav": ["rehearse", "--noise", "{}/silence.wav"],
    "manifest": ["rehearse", "--corpus", "{}/empty"],
    "nowhere": ["rehearse", "--out", "{}/nowhere/x.wav"],
    "empty": ["rehearse", "--model", "{}/empty"],
    "occupied": ["rehearse", "--cache-dir", "{}/occupied"],
    "plonk": ["routines", "check", "{}/broken.yaml"],
    "'lost'": ["routines", "show", "lost"],
    "missing.yaml": ["routines", "check", "{}/missing.yaml"],
}
"""A value that the error must name, to the arguments that hold it."""


@pytest.mark.parametrize("value", BAD_INPUT)
def test_bad_input_names_value_and_mend(
    value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in BAD_FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "empty").mkdir()
    arguments = [argument.format(tmp_path) for argument in BAD_INPUT[value]]
    try:
        code = main(["--config-dir", str(tmp_path), *arguments])
    except SystemExit as stopped:  # argparse ends the program itself
        code = int(stopped.code or 0)
    errors = capsys.readouterr().err
    assert code == 2, errors
    assert value in errors
    assert errors.rstrip().count("\n") < 12


def test_unknown_microphone_is_named_without_traceback(tmp_path: Path) -> None:
    done = earshot("--config-dir", str(tmp_path), "run", "--microphone", "no such microphone")
    assert done.returncode == 2, done.stderr
    assert "microphone" in done.stderr
    assert "Traceback" not in done.stderr


def test_broken_settings_name_file_and_mend(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('rate_wpm = "fast"\n', encoding="utf-8")
    done = earshot("--config-dir", str(tmp_path), "routines")
    assert done.returncode == 2
    assert "rate_wpm" in done.stderr
    assert "'fast'" in done.stderr
    assert "Traceback" not in done.stderr


def test_where_no_session_runs_only_the_wake_phrase_starts_one(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text(
        "- {say: what is on television tonight, at: 30, chatter: true}\n"
        "- {say: start stretches, after: 1}\n"  # as said in a film: not understood three times
        "- {say: hey coach, after: 2}\n"
        "- {say: start stretches, after: 1}\n"
        "- {say: stop, phase: explaining, after: 2}\n"
        "- {say: finish, phase: paused, after: 1}\n"
        "- {say: 'yes', phase: asking, after: 2}\n",
        encoding="utf-8",
    )
    outcome = rehearse("stretches", "--script", str(script), config_dir=tmp_path)
    spoken = [line for line in outcome.lines if line["event"] in ("heard", "tone", "phase")]
    before = spoken[: next(i for i, x in enumerate(spoken) if x.get("intent") == "wake")]
    assert before
    assert {(x["event"], x["intent"], x["reason"]) for x in before} == {
        ("heard", None, "not_addressed")
    }
    assert [x["intent"] for x in spoken if x["event"] == "heard"][len(before) :] == [
        "wake",
        "start_routine",
        "stop",
        "finish",
        "yes",
    ]
    assert outcome.of("tone")[0]["tone"] == "listening"
    (settings := tmp_path / "settings.toml").write_text("wake = false\n", encoding="utf-8")
    assert settings.is_file()
    always = rehearse("stretches", "--script", str(script), config_dir=tmp_path)
    assert [x["intent"] for x in always.of("heard")][1] == "start_routine"
