"""`earshot bench timing`: when each tone and cue is heard, measured in a recording.

The coach plays whole routines on a sound server, in real time, while another process keeps a core
busy. In the same minutes a timer of the usual kind counts on a second loudspeaker. Both are
recorded and measured by the same matched filters.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from assistant.app import World
from assistant.audio.wavfile import read_wav
from assistant.bench.figures import Figure, Findings
from assistant.bench.registry import Options
from assistant.bench.timing import onsets, usual
from assistant.bench.timing.onsets import Planned, drift_s, errors_s
from assistant.bench.timing.server import RATE_HZ, Recording, SoundServer
from assistant.errors import DeviceError
from assistant.sound import Float32

MINUTES, QUICK_MINUTES = 30.0, 1.0
CLOSE_S, WORST_S = 0.003, 0.010
"""How far from its plan a sound may be: 99 of 100, and each; seconds. The project's targets."""
MOST_DRIFT_S = 0.001
"""What counts as none, over the whole run."""
COACH, USUAL = "coach", "usual"
SAME_S = 1e-4
"""A sound planned so near to a hold's edge belongs to it, seconds."""
USUAL_AFTER_S = 2.0
"""How long after it was asked for a word of the usual timer is looked for, seconds."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recording of the coach tells."""

    planned: Sequence[Planned]
    late_s: Sequence[float | None]
    """Of each sound, the recording's own delay taken out; None: not found."""
    delay_s: float
    """That delay: by how much the middle one of all sounds came later than planned."""
    holds: Sequence[tuple[float, float]]
    underflows: int


class Timing:
    """Tones and cues of real sessions, and of the usual kind of timer."""

    def run(
        self,
        world: World,
        options: Options,
        *,
        warn: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> Findings:
        """See `Bench.run`."""
        del warn
        minutes = options.minutes or (QUICK_MINUTES if options.is_quick else MINUTES)
        with SoundServer((COACH, USUAL)) as server:
            progress(f"routines are played for {minutes:g} minutes")
            write_settings(world, server.folder)
            with (
                server.recording(COACH) as recorded,
                server.recording(USUAL) as recorded_usual,
                busy_cores(),
            ):
                play(server, 60 * minutes)
            progress("the recordings are measured")
            heard = measured(server.folder, recorded)
            late_usual = measured_usual(server.folder, recorded_usual)
        return findings(heard, late_usual, minutes)


def write_settings(world: World, folder: Path) -> None:
    """Leave the settings for the session, whose home is another than ours."""
    settings = world.settings
    own = settings.model_copy(update={"cache_dir": settings.cache_root})
    (folder / "settings.json").write_text(own.model_dump_json(), encoding="utf-8")


@contextlib.contextmanager
def busy_cores() -> Iterator[None]:
    """Keep all cores but one busy until the block ends; of a single one, that. See `load`."""
    count = max(1, (os.cpu_count() or 2) - 1)
    spin = [sys.executable, "-m", "assistant.bench.timing.load"]
    busy = [subprocess.Popen(spin) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def play(server: SoundServer, length_s: float) -> None:
    """Let the session and the usual timer run. Raises DeviceError where one of them fails."""
    programs = {
        name: subprocess.Popen(
            [sys.executable, "-m", f"assistant.bench.timing.{name}", server.folder, str(length_s)],
            env=server.surroundings(loudspeaker),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, loudspeaker in (("session", COACH), ("usual", USUAL))
    }
    for name, program in programs.items():
        _, complaints = program.communicate()
        if program.returncode:
            last = (complaints.strip().splitlines() or ["no message"])[-1]
            raise DeviceError(f"the program failed: {last}", place=f"bench timing, {name}")


def measured(folder: Path, recording: Recording) -> Heard:
    """When the coach's sounds were heard."""
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    planned = [Planned(at_s, name) for at_s, name in plan["sounds"]]
    with np.load(folder / "clips.npz") as clips:
        known = {name: clips[name] for name in clips.files}
    late = errors_s(recording.samples, recording.origin_s, planned, known)
    delay_s = float(np.median([x for x in late if x is not None] or [0.0]))
    return Heard(
        planned,
        [None if x is None else x - delay_s for x in late],
        delay_s,
        [(begin, end) for begin, end in plan["holds"]],
        plan["underflows"],
    )


def measured_usual(folder: Path, recording: Recording) -> list[tuple[str, float | None]]:
    """Each word of the usual timer, and how much later than due it was heard, seconds."""
    said = json.loads((folder / "usual.json").read_text(encoding="utf-8"))
    clips = _words(folder, {word for _, _, word in said})
    asked = [Planned(asked_s, word) for _, asked_s, word in said]
    late = errors_s(
        recording.samples, recording.origin_s, asked, clips, before_s=0.1, after_s=USUAL_AFTER_S
    )
    return [
        (word, None if x is None else asked_s + x - due_s)
        for (due_s, asked_s, word), x in zip(said, late, strict=True)
    ]


def _words(folder: Path, names: set[str]) -> Mapping[str, Float32]:
    clips = {}
    for name in names:
        clip = read_wav(folder / f"{name}.wav")
        heard = soxr.resample(clip.samples, clip.rate_hz, RATE_HZ)
        clips[name] = heard[: round(onsets.FILTER_S * RATE_HZ)]
    return clips


def off_zero_s(heard: Heard) -> list[float]:
    """By how much each hold, from its start tone to its end tone, is longer than planned."""
    late = [(p.at_s, x) for p, x in zip(heard.planned, heard.late_s, strict=True) if x is not None]
    times = np.array([at_s for at_s, _ in late])
    off: list[float] = []
    for begin_s, end_s in heard.holds:
        edges = [
            late[int(np.abs(times - edge_s).argmin())] if len(times) else (np.inf, 0.0)
            for edge_s in (begin_s, end_s)
        ]
        if all(abs(e[0] - x) < SAME_S for e, x in zip(edges, (begin_s, end_s), strict=True)):
            off.append(edges[1][1] - edges[0][1])
    return off


def findings(
    heard: Heard, late_usual: Sequence[tuple[str, float | None]], minutes: float
) -> Findings:
    """The figures of both, those of the coach beside their targets."""
    found = [(p.at_s, x) for p, x in zip(heard.planned, heard.late_s, strict=True) if x is not None]
    errors = [x for _, x in found]
    ends = off_zero_s(heard)
    usual_errors = [x for _, x in late_usual if x is not None]
    usual_ends = [x for word, x in late_usual if word == usual.END and x is not None]
    drift = abs(drift_s([at for at, _ in found], errors)) if found else None
    figures = (
        Figure("sounds heard", _share(len(errors), len(heard.planned)), "%", 100.0),
        Figure("within 3 ms of the plan", _within(errors, len(heard.planned)), "%", 99.0),
        Figure("farthest from the plan", _ms(_worst(errors)), "ms", 1000 * WORST_S, at_least=False),
        Figure("drift over the run", _ms(drift), "ms", 1000 * MOST_DRIFT_S, at_least=False),
        Figure("count's end off zero", _ms(_worst(ends)), "ms", 1000 * WORST_S, at_least=False),
        Figure("usual timer: within 3 ms", _within(usual_errors, len(late_usual)), "%"),
        Figure("usual timer: farthest", _ms(_worst(usual_errors)), "ms"),
        Figure("usual timer: count's end late", _ms(_middle(usual_ends)), "ms"),
    )
    notes = (
        f"{len(heard.planned)} tones and cues in {minutes:g} minutes, {len(ends)} whole holds;"
        f" heard {1000 * heard.delay_s:+.1f} ms from the recording's own clock, taken out",
        f"the usual timer: {len(late_usual)} words, {usual.HOLD_S} s holds by one-second sleeps,"
        " speaking through pyttsx3's say; its delays as they are",
        f"blocks before which the sound card ran dry: {heard.underflows}",
    )
    return Findings("timing", figures, notes)


def _share(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _within(errors_: Sequence[float], whole: int) -> float | None:
    return _share(sum(abs(x) <= CLOSE_S for x in errors_), whole)


def _worst(errors_: Sequence[float]) -> float | None:
    return max(map(abs, errors_), default=None)


def _middle(errors_: Sequence[float]) -> float | None:
    return float(np.median(errors_)) if errors_ else None


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds
