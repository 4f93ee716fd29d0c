"""`earshot bench resources`: processor, memory and start of `earshot run` on a sound server.

The program that people run listens to a virtual room, in real time: first to a fan, then to others
who talk. Beside it listens the same loop written the usual way: a recogniser that is fed all the
time. Whether memory grows is found in simulated time, by a day of `earshot bench soak`.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.app import World
from assistant.audio.wavfile import write_wav
from assistant.bench.figures import Figure, Findings
from assistant.bench.memory import children_of, growth_mb, processor_s, status_mb
from assistant.bench.registry import Options
from assistant.bench.soak.bench import GROWTH_MB, HOURS, SNR_DB, lived, others
from assistant.bench.timing.server import SoundServer
from assistant.errors import DeviceError, EvaluationError
from assistant.rehearsal.speakers import SPEECH_DBFS
from assistant.rehearsal.surroundings import fan
from assistant.sound import SPEECH_RATE_HZ, Clip, Float32
from assistant.stt.engines import chosen_model_dir
from assistant.tts.loudness import amplitude

MINUTES, QUICK_MINUTES = 6.0, 1.0
QUICK_HOURS = 0.1
STARTS = 3

MOST_START_S = 2.0
MOST_SILENT_SHARE, MOST_TALK_SHARE = 3.0, 12.0
"""Of one core, per cent."""
MOST_RSS_MB, MOST_LARGEST_MB = 150.0, 200.0
"""While it listens, and at any moment. The project's targets, as are those above."""

SETTLING_S = 30.0
"""After its start the program greets: its voice is started, a few seconds are spoken."""

PATIENCE_S = 120.0
SPEAKER, ROOM = "coach", "room"
LISTENING = "listening"


@dataclass(slots=True)
class Taken:
    """What a program took."""

    starts_s: list[float] = field(default_factory=list)
    silent_share: float = 0.0
    """Processor time while the room was silent, per cent of one core."""
    talk_share: float = 0.0
    """The same while others talked."""
    rss_mb: float = 0.0
    largest_mb: float = 0.0
    children_mb: float = 0.0


class Resources:
    """Processor time, memory and start of the running program."""

    def run(
        self,
        world: World,
        options: Options,
        *,
        warn: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> Findings:
        """See `Bench.run`."""
        minutes = options.minutes or (QUICK_MINUTES if options.is_quick else MINUTES)
        hours = options.hours or (QUICK_HOURS if options.is_quick else HOURS)
        progress(f"the program listens for {minutes:g} minutes")
        ours, usual = measured(world, 60 * minutes, options)
        progress(f"{hours:g} hours pass in simulated time")
        course = lived(world, hours, options, warn=warn, progress=progress)
        grown_mb = growth_mb(course.memory_mb)
        return findings(ours, usual, grown_mb, minutes=minutes, hours=hours)


def measured(
    world: World,
    length_s: float,
    options: Options,
    *,
    starts: int = STARTS,
    settling_s: float = SETTLING_S,
) -> tuple[Taken, Taken]:
    """What our program and the usual loop take in the same room; half of the time somebody talks.

    Our program is started so often; the last of them is measured, once it has settled. Raises
    DeviceError where there is no sound server, or a program does not come to listen.
    """
    with SoundServer((SPEAKER, ROOM)) as server:
        bed = fan(options.seed) * np.float32(amplitude(SPEECH_DBFS - SNR_DB))
        _write(server.folder / "silent.wav", bed, length_s / 2)
        _write(server.folder / "talk.wav", others(options.corpus, options.seed), length_s / 2, bed)
        environment = {
            **server.surroundings(SPEAKER, microphone=ROOM),
            "EARSHOT_INTRODUCTION": "false",
        }
        ours, usual = Taken(), Taken()
        command = _our_command(world, server.folder)
        with server.awake(ROOM):
            for _ in range(starts - 1):
                with _listening(command, environment, ours):
                    pass
            with (
                _listening(command, environment, ours) as program,
                _listening(_usual_command(world, server.folder), environment, usual) as other,
            ):
                pairs = ((ours, program), (usual, other))
                time.sleep(settling_s)
                silent = _shares(server, "silent.wav", [p.pid for _, p in pairs])
                talk = _shares(server, "talk.wav", [p.pid for _, p in pairs])
                for number, (taken, process) in enumerate(pairs):
                    taken.silent_share, taken.talk_share = silent[number], talk[number]
                    taken.rss_mb = status_mb("VmRSS", process.pid)
                    taken.largest_mb = status_mb("VmHWM", process.pid)
                    taken.children_mb = _children_mb(process.pid)
    return ours, usual


def _children_mb(process_id: int) -> float:
    total = 0.0
    for child in children_of(process_id):
        with contextlib.suppress(EvaluationError):  # it has just ended
            total += status_mb("VmRSS", child)
    return total


def _shares(server: SoundServer, name: str, process_ids: list[int]) -> list[float]:
    """Let a recording be heard; return what each process took meanwhile, per cent of a core."""
    before, began_s = [processor_s(x) for x in process_ids], time.monotonic()
    server.play(ROOM, server.folder / name)
    took_s = time.monotonic() - began_s
    spent = (processor_s(x) - b for x, b in zip(process_ids, before, strict=True))
    return [100 * s / took_s for s in spent]


@contextlib.contextmanager
def _listening(
    command: list[str], environment: Mapping[str, str], taken: Taken
) -> Iterator["subprocess.Popen[str]"]:
    """A program from the moment on at which it listens; how long that took is noted."""
    began_s = time.monotonic()
    process = subprocess.Popen(
        command,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        for line in process.stdout or ():
            if line.startswith(LISTENING):
                break
        taken.starts_s.append(time.monotonic() - began_s)
        if process.poll() is not None or taken.starts_s[-1] > PATIENCE_S:
            raise DeviceError(
                "the program did not come to listen",
                place=" ".join(command[:4]),
                mend="Run it by hand: earshot run.",
            )
        yield process
    finally:
        process.terminate()
        process.communicate()


def _our_command(world: World, folder: Path) -> list[str]:
    settings = world.settings
    command = [sys.executable, "-m", "assistant.cli", "--config-dir", str(folder), "run"]
    command += ["--cache-dir", str(settings.cache_root)]
    command += ["--engine", settings.engine]
    return command if settings.model is None else [*command, "--model", str(settings.model)]


def _usual_command(world: World, folder: Path) -> list[str]:
    grammar = folder / "grammar.json"
    grammar.write_text(json.dumps([*world.phrasebook.weights, "[unk]"]), encoding="utf-8")
    model = chosen_model_dir(world.settings.model, world.settings.language)
    return [
        sys.executable,
        "-m",
        "assistant.bench.resources.usual",
        str(model.resolve()),
        str(grammar),
    ]


def _write(path: Path, sound: Float32, length_s: float, bed: Float32 | None = None) -> None:
    count = round(length_s * SPEECH_RATE_HZ)
    samples = np.resize(sound, count)
    if bed is not None:
        samples = samples + np.resize(bed, count)
    write_wav(path, Clip(np.clip(samples, -1.0, 1.0).astype(np.float32), SPEECH_RATE_HZ))


def findings(
    ours: Taken, usual: Taken, grown_mb: float | None, *, minutes: float, hours: float
) -> Findings:
    """The figures of both, ours beside their targets."""
    is_day = hours >= HOURS
    figures = (
        Figure("start to listening", max(ours.starts_s), "s", MOST_START_S, at_least=False),
        Figure("silent room", ours.silent_share, "%", MOST_SILENT_SHARE, at_least=False),
        Figure("others talk", ours.talk_share, "%", MOST_TALK_SHARE, at_least=False),
        Figure("memory", ours.rss_mb, "MB", MOST_RSS_MB, at_least=False),
        Figure("largest memory", ours.largest_mb, "MB", MOST_LARGEST_MB, at_least=False),
        Figure(
            f"memory's growth in {hours:g} h",
            grown_mb,
            "MB",
            GROWTH_MB if is_day else None,
            at_least=False,
        ),
        Figure("its children: voice, watch", ours.children_mb, "MB"),
        Figure("usual loop: start", max(usual.starts_s), "s"),
        Figure("usual loop: silent room", usual.silent_share, "%"),
        Figure("usual loop: others talk", usual.talk_share, "%"),
        Figure("usual loop: memory", usual.rss_mb, "MB"),
    )
    notes = (
        f"processor time of one core, over {30 * minutes:g} s each, both programs at once;"
        f" the slowest of {len(ours.starts_s)} starts",
        "the usual loop: Vosk's microphone example with the same model and phrases, fed all the"
        " time; it has no voice, no echo canceller and no wake phrase",
        f"the machine's load meanwhile, the programs' own included: {os.getloadavg()[1]:.1f} on"
        f" {os.cpu_count()} cores; what is busy makes all of it cost more",
        f"growth: {hours:g} h of `earshot bench soak`, in simulated time",
    )
    return Findings("resources", figures, notes)
