"""`earshot listen` on a microphone: it asks before it keeps anything."""

import subprocess
import sys
from pathlib import Path

import pytest
from server import REPOSITORY, SoundServer

from assistant.audio.wavfile import read_wav, write_wav
from assistant.rehearsal.speakers import Speaker, mix

pytestmark = [pytest.mark.audio_server]


@pytest.mark.parametrize("answer", ["y", "n"])
def test_one_utterance_is_told_and_kept_only_where_the_person_agrees(
    sound_server: SoundServer, tmp_path: Path, answer: str
) -> None:
    said = tmp_path / "stop.wav"
    write_wav(said, mix(Speaker().speak("hold on", "slt"), 30.0, seed=1, after_s=1.5))
    kept = tmp_path / "kept.wav"
    command = [sys.executable, "-m", "assistant.cli", "--config-dir", str(tmp_path), "listen"]
    with subprocess.Popen(
        [*command, "--save", str(kept)],
        env=sound_server.env,
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{answer}\n")
        process.stdin.flush()
        told = ""
        while "Say something now." not in told:
            line = process.stdout.readline()
            assert line, told
            told += line
        sound_server.play_into_mic(said)
        rest, _ = process.communicate(timeout=60)
    assert "on this machine alone? [y/N]" in told
    assert "heard       hold on" in rest
    assert kept.exists() == (answer == "y")
    if answer == "y":
        assert str(kept) in rest
        assert 0.5 < read_wav(kept).duration_s < 3.0
    else:
        assert "Nothing will be kept." in told
