"""What Earshot keeps to itself: it needs no network, talks to none, and no recording is kept.

A watch in each of its processes (the program and the voice's worker) notes every file opened for
writing and every socket, by Python's audit events; what C code might write beside it shows in
listings of the person's home, which is empty before.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from audio_server.server import SoundServer

from assistant.app import load_world
from assistant.audio.wavfile import write_wav
from assistant.config import load_settings
from assistant.rehearsal.speakers import Speaker, mix

CHECKOUT = Path(__file__).resolve().parents[2]
EARSHOT = (sys.executable, "-m", "assistant.cli")
ROUTINE = "short"
"""Has no script of its own: a plain one leads through it."""
MOVEMENT = "drawing_in"
RECORDING = "session.wav"
RUNTIME_DIR = "runtime-of-earshot"
"""Where the running program keeps its health; systemd names such a folder in this way."""

WATCH = """
import json, os, sys

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
MOVES = {"os.rename": (0, 1), "os.link": (0, 1), "os.symlink": (1,), "os.mkdir": (0,)}
log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

def note(kind, what):
    os.write(log, (json.dumps([kind, what]) + "\\n").encode())

def watch(event, args):
    if event == "open":
        path, _, flags = args
        if not isinstance(path, int) and flags & WRITING:  # a number: opened before, or a pipe
            note("written", os.path.abspath(os.fsdecode(path)))
    elif event == "socket.__new__":
        note("socket", int(args[1]))
    elif event.startswith("socket."):
        note("call", f"{event} {args[1:]}")
    elif event in MOVES:
        for i in MOVES[event]:
            note("written", os.path.abspath(os.fsdecode(args[i])))

sys.addaudithook(watch)
"""
"""Runs first in every Python process that finds it on its path as sitecustomize."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A program that was watched to its end."""

    printed: str
    written: frozenset[Path]
    """Every path that was opened for writing, made, or moved."""
    network_sockets: int
    """How many sockets were made of another family than Unix's own."""
    socket_calls: tuple[str, ...]
    """Names looked up, addresses bound or connected to."""

    @property
    def summary(self) -> dict[str, object]:
        """The last line of `rehearse --json`."""
        found = json.loads(self.printed.splitlines()[-1])
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True)
class Watch:
    """Watches programs of a person whose home is `home`."""

    home: Path
    work: Path
    """The folder in which they run."""
    environment: Mapping[str, str]
    log: Path

    def run(self, *command: str) -> Watched:
        """Run a program to its end, which must be a good one."""
        result = subprocess.run(
            command,
            cwd=self.work,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert result.returncode == 0, result.stdout[-2000:] + result.stderr
        return self.told(result.stdout)

    def told(self, printed: str) -> Watched:
        """What the watch has noted of a program that has ended."""
        notes = [json.loads(line) for line in self.log.read_text().splitlines()]
        self.log.unlink()
        return Watched(
            printed,
            frozenset(Path(what) for kind, what in notes if kind == "written"),
            sum(kind == "socket" and what != socket.AF_UNIX for kind, what in notes),
            tuple(what for kind, what in notes if kind == "call"),
        )

    @property
    def voice_dir(self) -> Path:
        """The only folder that may keep sounds: what the coach has said."""
        return self.home / "cache" / "earshot" / "voice"

    @property
    def phrases_dir(self) -> Path:
        """What can be said, of the shipped sentences: see `assert_phrases_are_nobodys`."""
        return self.home / "cache" / "earshot" / "phrases"

    def left(self) -> set[Path]:
        """Every file that is there now, but for the coach's voice and what can be said to it."""
        files = [p for root in (self.home, self.work) for p in root.rglob("*") if not p.is_dir()]
        return {path for path in files if path.parent not in (self.voice_dir, self.phrases_dir)}

    def kept_voice(self) -> dict[str, bytes]:
        """The coach's spoken lines, by the names of their files."""
        return {path.name: path.read_bytes() for path in self.voice_dir.iterdir()}

    def moments(self, watched: Watched) -> set[Path]:
        """What was written among the temporary files; that folder itself for a nameless file."""
        return {path for path in watched.written if path.is_relative_to(self.home / "tmp")}

    def strangers(self, watched: Watched) -> set[Path]:
        """What was written where neither the coach's voice nor a file of the moment belongs, nor
        what monitors read while it runs: counts and times (tests/unit/test_health.py)."""
        known = {Path(os.devnull), *self.voice_dir.parents, *self.moments(watched)}
        known |= {path for path in watched.written if path.parent.name == RUNTIME_DIR}
        known |= {path for path in watched.written if path.name == RUNTIME_DIR}
        kept_in = (self.voice_dir, self.phrases_dir)
        return {p for p in watched.written - known if not any(map(p.is_relative_to, kept_in))}


def watch_in(folder: Path) -> Watch:
    """A watch over a person with an empty home."""
    home, work, spy = (folder / name for name in ("home", "work", "spy"))
    for made in (home / "cache", home / "config", home / "data", home / "tmp", work, spy):
        made.mkdir(parents=True)
    (spy / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    environment = {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "TMPDIR": str(home / "tmp"),
        "WATCH_LOG": str(folder / "watch.jsonl"),
        "PYTHONPATH": os.pathsep.join([str(spy), str(CHECKOUT)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "EARSHOT_INTRODUCTION": "false",
        "PATH": os.environ["PATH"],
    }
    return Watch(home, work, environment, folder / "watch.jsonl")


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return watch_in(tmp_path)


Rehearsal = tuple[Watch, Watched]
"""A rehearsal, and what is there after it."""


@pytest.fixture(scope="module")
def by_engine(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Rehearsal]:
    """A rehearsal without a recording, each engine's made once."""

    @cache
    def rehearsed(engine: str) -> Rehearsal:
        watch = watch_in(tmp_path_factory.mktemp("person"))
        how = ("--voices", "slt", "--seed", "1", "--engine", engine, "--json")
        seen = watch.run(*EARSHOT, "rehearse", MOVEMENT, *how)
        assert went_well(seen)
        return watch, seen

    return rehearsed


@pytest.fixture(params=["auto", "sphinx"])
def rehearsal(request: pytest.FixtureRequest, by_engine: Callable[[str], Rehearsal]) -> Rehearsal:
    return by_engine(request.param)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """A rehearsal of somebody else, with a recording in the folder where it runs."""
    watch = watch_in(tmp_path_factory.mktemp("another"))
    how = ("--voices", "awb", "--seed", "2", "--out", str(watch.work / RECORDING), "--json")
    seen = watch.run(*EARSHOT, "rehearse", MOVEMENT, *how)
    assert went_well(seen)
    return watch, seen


def without_network() -> tuple[str, ...] | None:
    """The command that runs another in a network namespace of its own, if this machine has it."""
    for command in (("unshare", "--net"), ("unshare", "--user", "--map-root-user", "--net")):
        try:
            done = subprocess.run([*command, "true"], capture_output=True, check=False)
        except FileNotFoundError:
            return None
        if done.returncode == 0:
            return command
    return None


def went_well(watched: Watched) -> bool:
    summary = watched.summary
    return bool(summary["completed"]) and summary["understood"] == summary["commands"] != 0


def is_offline(watched: Watched) -> bool:
    """Whether no socket was made and no address asked for."""
    return watched.network_sockets == 0 and not watched.socket_calls


# The watch itself ------------------------------------------------------------------------------


def test_watch_sees_files_and_sockets_of_a_program_and_of_its_children(watch: Watch) -> None:
    child = "open('child.wav', 'wb').close()"
    program = (
        "import os, socket, subprocess, sys\n"
        "open('program.txt', 'a').close()\n"
        "os.close(os.open('low.bin', os.O_RDWR | os.O_CREAT))\n"
        "os.rename('low.bin', 'moved.bin')\n"
        f"subprocess.run([sys.executable, '-P', '-c', {child!r}], check=True)\n"
        "with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: s.connect(('127.0.0.1', 9))\n"
    )
    seen = watch.run(sys.executable, "-c", program)
    names = {"program.txt", "low.bin", "moved.bin", "child.wav"}
    assert watch.strangers(seen) == {watch.work / name for name in names}
    assert watch.left() == {watch.work / name for name in names - {"low.bin"}}
    assert seen.network_sockets == 1
    assert [call.split()[0] for call in seen.socket_calls] == ["socket.connect"]


# The network -----------------------------------------------------------------------------------


def test_rehearsal_needs_no_network(watch: Watch) -> None:
    alone = without_network()
    if alone is None:
        pytest.skip("needs leave to make a network namespace: root, or user namespaces (unshare)")
    look = "import socket; print(*(name for _, name in socket.if_nameindex()))"
    assert watch.run(*alone, sys.executable, "-c", look).printed.split() == ["lo"]
    assert went_well(watch.run(*alone, *EARSHOT, "rehearse", ROUTINE, "--json"))


def test_rehearsal_talks_to_no_network(rehearsal: Rehearsal) -> None:
    _, seen = rehearsal
    assert is_offline(seen)


# Recordings ------------------------------------------------------------------------------------


def assert_phrases_are_nobodys(watch: Watch, folder: Path) -> None:
    """The file of phrases is that of a world to which nobody has spoken."""
    load_world(load_settings(config_dir=folder, cache_dir=folder / "cache"))
    [unspoken] = (folder / "cache" / "phrases").iterdir()
    [kept] = watch.phrases_dir.iterdir()
    assert (kept.name, kept.read_bytes()) == (unspoken.name, unspoken.read_bytes())


def test_rehearsal_leaves_nothing_but_the_coachs_voice(
    rehearsal: Rehearsal, tmp_path: Path
) -> None:
    watch, seen = rehearsal
    assert not watch.strangers(seen)
    assert watch.left() == set()
    assert watch.kept_voice()
    assert_phrases_are_nobodys(watch, tmp_path)


def test_files_of_the_moment_hold_synthetic_voices_alone(rehearsal: Rehearsal) -> None:
    watch, seen = rehearsal
    places = {path.relative_to(watch.home / "tmp") for path in watch.moments(seen)}
    tops = {place.parts[0] for place in places if place.parts}
    speaker = {name for name in tops if name.startswith("earshot-speaker-")}  # flite's: the person
    voice = {name for name in tops if name.startswith("earshot-voice-")}  # espeak-ng's: the coach
    assert speaker
    assert len(voice) == 1
    # Python tries a folder for temporary files by one of four bytes, with such a name.
    assert all(re.fullmatch(r"[a-z0-9_]{8}", name) for name in tops - speaker - voice)


def test_what_is_kept_does_not_depend_on_who_spoke(
    by_engine: Callable[[str], Rehearsal], recorded: Rehearsal
) -> None:
    one, another = (watch.kept_voice() for watch, _ in (by_engine("auto"), recorded))
    assert one.keys() == another.keys()
    # The same lines, but for a breath: espeak-ng's sound differs from one process to the next.
    for name, sound in one.items():
        assert len(sound) == pytest.approx(len(another[name]), rel=0.05)


def test_recording_is_written_where_it_was_asked_for_and_nowhere_else(recorded: Rehearsal) -> None:
    watch, seen = recorded
    out = watch.work / RECORDING
    assert watch.left() == {out}
    assert watch.strangers(seen) == {out}
    with wave.open(str(out)) as recording:
        length_s = recording.getnframes() / recording.getframerate()
    assert length_s == pytest.approx(seen.summary["audio_s"], abs=0.1)


# Listening on a microphone ---------------------------------------------------------------------

GREETING_S = 6.5
TRIES = 3


@pytest.fixture
def room(watch: Watch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    """A sound server that the watched program finds: ALSA looks for its settings at home."""
    if not SoundServer.is_installed():
        pytest.skip("needs pulseaudio and pulseaudio-utils")
    server = SoundServer(tmp_path_factory.mktemp("s"))
    try:
        (watch.home / ".asoundrc").write_bytes((server.folder / ".asoundrc").read_bytes())
        yield server
    finally:
        server.close()


def heard_session(
    watch: Watch,
    room: SoundServer,
    said: Mapping[str, str],
    folder: Path,
    alone: tuple[str, ...] = (),
) -> Watched:
    """Let `earshot run` hear texts (with the intents that they mean) until each is understood;
    `alone` is the command that shuts it off from every network."""
    of_the_server = {
        "RUNTIME_DIRECTORY": str(room.folder / RUNTIME_DIR),
        "XDG_RUNTIME_DIR": room.env["XDG_RUNTIME_DIR"],
        "PULSE_COOKIE": str(room.folder / "cookie"),
    }
    environment = {**watch.environment, **of_the_server}
    process = subprocess.Popen(
        [*alone, *EARSHOT, "--verbose", "run"],
        cwd=watch.work,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed: list[str] = []
    news = threading.Condition()

    def read() -> None:
        for line in process.stdout or ():
            with news:
                printed.append(line)
                news.notify_all()

    def came(*words: str, timeout_s: float) -> bool:
        with news:
            return news.wait_for(
                lambda: any(all(word in line for word in words) for line in printed), timeout_s
            )

    def wait_for(*words: str) -> None:
        assert came(*words, timeout_s=90.0), f"no {words} in\n{''.join(printed)}"

    reader = threading.Thread(target=read)
    reader.start()
    try:
        wait_for("listening after")
        wait_for(" Spoke ")
        time.sleep(GREETING_S)  # little may interrupt its first second
        for number, (text, intent) in enumerate(said.items()):
            path = folder / f"{number}.wav"
            write_wav(path, mix(Speaker().speak(text, "slt"), 30.0, seed=number, after_s=1.5))
            understood = (" Heard ", f'"intent": "{intent}"')
            for _ in range(TRIES):  # a busy machine tears the sound
                room.play_into_mic(path)
                if came(*understood, timeout_s=10.0):
                    break
            wait_for(*understood)
            time.sleep(2.0)  # the coach answers
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        reader.join()
        if process.stdout is not None:
            process.stdout.close()
    return watch.told("".join(printed))


def strangers_at_home(watch: Watch, seen: Watched, room: SoundServer) -> set[Path]:
    """What was written where it does not belong, but for the program's health: counts and times, in
    the runtime folder, which is the server's and in memory elsewhere."""
    return {path for path in watch.strangers(seen) if not path.is_relative_to(room.folder)}


@pytest.mark.audio_server
@pytest.mark.slow
def test_listening_leaves_nothing_but_the_coachs_voice_and_opens_no_network(
    watch: Watch, room: SoundServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = watch.left()
    said = {"list the routines": "list_routines", "mute": "mute"}
    seen = heard_session(watch, room, said, tmp_path_factory.mktemp("said"))
    assert watch.kept_voice()
    journal = watch.home / "data" / "earshot" / "journal.jsonl"
    assert watch.left() - before == {journal}
    assert strangers_at_home(watch, seen, room) <= {journal, journal.parent}
    # It has what was understood, and not what was said.
    noted = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [x["intent"] for x in noted if x["event"] == "Heard"] == list(said.values())
    assert not [x for x in noted if "text" in x]
    assert is_offline(seen)


@pytest.mark.audio_server
@pytest.mark.slow
def test_session_without_a_network_leaves_text_about_it_in_the_history_and_no_sound(
    watch: Watch, room: SoundServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = watch.left()
    said = {"start the plank": "start_exercise", "my back hurts": "pain"}
    # With no network at all, where this machine can do so; and with a setting that is wrong.
    settings = watch.home / "config" / "earshot" / "settings.toml"
    settings.parent.mkdir()
    settings.write_text("rate_wpm = 900\n", encoding="utf-8")
    alone = without_network() or ()
    seen = heard_session(watch, room, said, tmp_path_factory.mktemp("said"), alone)
    settings.unlink()
    assert f"{settings}, line 1: rate_wpm = 900 is wrong: it is at most 195" in seen.printed
    folder = watch.home / "data" / "earshot"
    events = (folder / "journal.jsonl").read_text(encoding="utf-8")
    assert '"event": "SettingsWrong"' in events  # which the coach says: test_coach_history.py
    names = ("history.db", "history-copy.db", "journal.jsonl")
    assert watch.left() - before == {folder / name for name in names}
    strangers = strangers_at_home(watch, seen, room)
    assert {path for path in strangers if path.parent != folder} <= {folder}
    assert is_offline(seen)
    listed = watch.run(*EARSHOT, "history", "forget", "--yes").printed
    assert "deleted 3 entries" in listed  # the session began, at a place, and hurt
    assert watch.left() - before == {folder / "history.db"}
