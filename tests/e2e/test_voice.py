"""The voice with the real pyttsx3 and espeak-ng: whole, even, and back after every accident."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import VoiceError
from assistant.sound import Clip
from assistant.tts.cache import CachedVoice
from assistant.tts.loudness import PEAK_LIMIT, decibels, voiced_rms
from assistant.tts.pyttsx3_engine import (
    DEFAULT_RATE_WPM,
    DEFAULT_VOICE,
    LEVEL_DBFS,
    OTHER_VOICES,
    Pyttsx3Synthesiser,
    engine_version,
)

CUE = "Lift your hips and press the floor away."


@pytest.fixture
def voice() -> Iterator[Pyttsx3Synthesiser]:
    with Pyttsx3Synthesiser() as synthesiser:
        yield synthesiser


@pytest.fixture
def private_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def is_running(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def wait_until_gone(process_id: int, limit_s: float = 5.0) -> bool:
    deadline_s = time.monotonic() + limit_s
    while is_running(process_id) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return not is_running(process_id)


def the_worker(voice: Pyttsx3Synthesiser) -> int:
    process_id = voice.worker_process_id
    assert process_id is not None
    return process_id


def is_whole_cue(clip: Clip) -> bool:
    return clip.rate_hz == 22_050 and 2.0 < clip.duration_s < 3.2 and voiced_rms(clip) > 0.05


def test_twenty_lines_in_a_row_are_all_there(voice: Pyttsx3Synthesiser) -> None:
    lengths_s = [voice.render(CUE, rate_wpm=DEFAULT_RATE_WPM).duration_s for _ in range(20)]
    assert min(lengths_s) > 2.0
    assert max(lengths_s) - min(lengths_s) < 0.05


def test_rate_is_never_lost_from_one_line_to_the_next(voice: Pyttsx3Synthesiser) -> None:
    lengths_s: dict[int, list[float]] = {120: [], 155: [], 200: []}
    for _ in range(8):
        for rate_wpm, found in lengths_s.items():
            found.append(voice.render(CUE, rate_wpm=rate_wpm).duration_s)
    assert min(lengths_s[120]) > 1.2 * max(lengths_s[155])
    assert min(lengths_s[155]) > 1.2 * max(lengths_s[200])


def test_lines_are_trimmed_and_equally_loud(voice: Pyttsx3Synthesiser) -> None:
    for text in ("Stop.", "Breathe in.", CUE, "Halfway. Fifteen seconds left, then switch sides."):
        clip = voice.render(text, rate_wpm=DEFAULT_RATE_WPM)
        size = np.abs(clip.samples)
        sounding = np.flatnonzero(size > 0.02 * size.max())
        assert sounding[0] < 0.06 * clip.rate_hz
        assert len(size) - sounding[-1] < 0.06 * clip.rate_hz
        assert decibels(voiced_rms(clip)) == pytest.approx(LEVEL_DBFS, abs=0.3)
        assert size.max() <= PEAK_LIMIT


def test_worker_killed_between_lines_is_replaced(voice: Pyttsx3Synthesiser) -> None:
    voice.check()
    first = the_worker(voice)
    os.kill(first, signal.SIGKILL)
    assert is_whole_cue(voice.render(CUE, rate_wpm=DEFAULT_RATE_WPM))
    assert the_worker(voice) != first


def test_worker_killed_in_the_middle_of_a_line_is_replaced(voice: Pyttsx3Synthesiser) -> None:
    voice.check()
    first = the_worker(voice)
    os.kill(first, signal.SIGSTOP)  # it takes the order and cannot answer
    threading.Timer(0.3, os.kill, (first, signal.SIGKILL)).start()
    started_s = time.monotonic()
    assert is_whole_cue(voice.render(CUE, rate_wpm=DEFAULT_RATE_WPM))
    assert time.monotonic() - started_s >= 0.2
    assert the_worker(voice) != first


def test_hung_worker_is_killed_and_replaced() -> None:
    with Pyttsx3Synthesiser(time_limit_s=3.0) as voice:  # a busy machine's sound worker is not hung
        voice.check()
        first = the_worker(voice)
        os.kill(first, signal.SIGSTOP)
        assert is_whole_cue(voice.render(CUE, rate_wpm=DEFAULT_RATE_WPM))
        assert the_worker(voice) != first
        assert not is_running(first)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_worker_and_its_files_go_when_the_program_is_killed(
    tmp_path: Path, ending: signal.Signals
) -> None:
    program = (
        "import sys\n"
        "from assistant.tts.pyttsx3_engine import Pyttsx3Synthesiser\n"
        "voice = Pyttsx3Synthesiser()\n"
        "voice.render('hello there', rate_wpm=155)\n"
        "sys.stdout.write(f'{voice.worker_process_id}\\n')\n"
        "sys.stdout.flush()\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert is_running(worker)
        parent.send_signal(ending)
        parent.wait(5)
        assert wait_until_gone(worker)
    assert list(tmp_path.iterdir()) == []


def test_sound_files_are_private_and_gone_at_once(private_tmp: Path) -> None:
    with Pyttsx3Synthesiser() as voice:
        voice.render(CUE, rate_wpm=DEFAULT_RATE_WPM)
        (folder,) = private_tmp.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        assert list(folder.iterdir()) == []
    assert list(private_tmp.iterdir()) == []


def test_close_ends_the_worker(voice: Pyttsx3Synthesiser) -> None:
    voice.check()
    worker = the_worker(voice)
    voice.close()
    assert not is_running(worker)
    assert voice.worker_process_id is None


def test_worker_is_small_and_needs_no_particular_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, voice: Pyttsx3Synthesiser
) -> None:
    monkeypatch.chdir(tmp_path)
    voice.render(CUE, rate_wpm=DEFAULT_RATE_WPM)
    status = Path(f"/proc/{the_worker(voice)}/status").read_text(encoding="ascii")
    resident_kb = int(status.partition("VmRSS:")[2].split()[0])
    assert resident_kb < 40_000


def test_missing_espeak_ng_tells_how_to_install_it(
    tmp_path: Path, private_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    (libraries / "libespeak-ng.so.1").write_bytes(b"")  # found first, and no library
    monkeypatch.setenv("LD_LIBRARY_PATH", str(libraries))
    with pytest.raises(VoiceError, match="apt-get install espeak-ng libespeak-ng1"):
        Pyttsx3Synthesiser().check()
    assert list(private_tmp.iterdir()) == [libraries]


@pytest.mark.parametrize(
    "name", ["en-gb", "EN-US", "gmw/en-us", "English (America)", "en-us+f3", "de"]
)
def test_voice_goes_by_language_name_id_or_variant(name: str) -> None:
    with Pyttsx3Synthesiser(name) as voice:
        assert voice.render("Bridge", rate_wpm=DEFAULT_RATE_WPM).duration_s > 0.2


def test_each_voice_that_can_be_asked_for_speaks_and_the_first_comes_back(
    voice: Pyttsx3Synthesiser, tmp_path: Path
) -> None:
    names = ("", *OTHER_VOICES["en"], "")
    cached = CachedVoice(voice, tmp_path, "pyttsx3", DEFAULT_VOICE)
    spoken = [cached.render(CUE, rate_wpm=DEFAULT_RATE_WPM, voice=name) for name in names]
    assert all(map(is_whole_cue, spoken))
    assert len({clip.samples.tobytes() for clip in spoken}) == len(names) - 1
    assert spoken[0].samples.tobytes() == spoken[-1].samples.tobytes()
    anew = voice.render(CUE, rate_wpm=DEFAULT_RATE_WPM)
    assert anew.duration_s == pytest.approx(spoken[0].duration_s, abs=0.05)
    assert voice.voice == DEFAULT_VOICE


def test_voices_sound_different() -> None:
    sounds = set()
    for name in ("en-gb", "en-us", "en-us+f3"):
        with Pyttsx3Synthesiser(name) as voice:
            sounds.add(voice.render(CUE, rate_wpm=DEFAULT_RATE_WPM).samples.tobytes())
    assert len(sounds) == 3


@pytest.mark.parametrize(
    ("name", "near"), [("en-uss", "en-us"), ("en-us+nobody", "en-us[+]f3"), ("zzzzz", "en-gb")]
)
def test_unknown_voice_is_refused_with_near_ones(name: str, near: str) -> None:
    with pytest.raises(VoiceError, match=near) as caught:
        Pyttsx3Synthesiser(name).check()
    assert repr(name) in caught.value.problem


@pytest.mark.parametrize("text", ["", "  ", "a\0b", "word " * 1000])
def test_text_that_cannot_be_spoken_is_refused(voice: Pyttsx3Synthesiser, text: str) -> None:
    with pytest.raises(VoiceError, match="cannot be spoken"):
        voice.render(text, rate_wpm=DEFAULT_RATE_WPM)


def test_line_without_a_word_is_an_error_that_names_it(voice: Pyttsx3Synthesiser) -> None:
    with pytest.raises(VoiceError, match=r"no sound for '\.\.\.'"):
        voice.render("...", rate_wpm=DEFAULT_RATE_WPM)
    assert is_whole_cue(voice.render(CUE, rate_wpm=DEFAULT_RATE_WPM))


@pytest.mark.parametrize("rate_wpm", [0, 79, 451])
def test_rate_that_the_engine_would_change_is_refused(
    voice: Pyttsx3Synthesiser, rate_wpm: int
) -> None:
    with pytest.raises(VoiceError, match=str(rate_wpm)):
        voice.render(CUE, rate_wpm=rate_wpm)


def test_line_with_quotes_accents_and_line_breaks_is_spoken(voice: Pyttsx3Synthesiser) -> None:
    text = 'Say "ready", then relevé:\nit\'s 3 < 4 & done; $(echo no)'
    assert voice.render(text, rate_wpm=DEFAULT_RATE_WPM).duration_s > 1.5


def test_routine_rendered_once_needs_no_engine_in_the_next_session(tmp_path: Path) -> None:
    cues = [f"Set {number}. {CUE}" for number in range(1, 7)]
    with Pyttsx3Synthesiser() as engine:
        first = CachedVoice(engine, tmp_path, "pyttsx3", "en-us", engine_version=engine_version())
        lengths_s = first.prepare(cues, DEFAULT_RATE_WPM)
    idle = Pyttsx3Synthesiser()
    later = CachedVoice(idle, tmp_path, "pyttsx3", "en-us", engine_version=engine_version())
    assert later.prepare(cues, DEFAULT_RATE_WPM) == lengths_s
    assert idle.worker_process_id is None


def test_version_names_pyttsx3_and_espeak_ng() -> None:
    assert len(engine_version().split()) == 2
