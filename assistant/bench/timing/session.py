"""The coach on a loudspeaker, without ears: routines one after the other, answered by a clock.

A program of its own (`python -m assistant.bench.timing.session FOLDER SECONDS`), since PortAudio
reads its surroundings once. It notes what it planned, and leaves that in the folder: `plan.json`
and `clips.npz`. The settings are read from `settings.json` there.
"""

import hashlib
import itertools
import json
import sys
import threading
import time
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
import soxr

from assistant.app import load_world, make_coach, make_tones, make_voice
from assistant.audio.playback import AudioSink, Loudspeaker
from assistant.bench.timing.onsets import FILTER_S
from assistant.bench.timing.server import RATE_HZ
from assistant.coach.actions import HoldEnded, PhaseEntered
from assistant.coach.events import Heard
from assistant.coach.floor import Floor
from assistant.coach.intents import Intent, Slots
from assistant.coach.phases import INACTIVE, Phase
from assistant.config import Settings
from assistant.runner import Happening, Runner
from assistant.sound import Clip, Float32
from assistant.stt.judge import SpokenLine

READY_S, DONE_S, AGAIN_S = 2.0, 3.0, 8.0
"""How long the person waits before "ready", before "done", and before the next routine, seconds."""

LOOK_S = 0.05


class NotingSink:
    """An AudioSink that notes what was ordered for a time, and passes everything on."""

    def __init__(self, inner: AudioSink) -> None:
        self.planned: dict[str, tuple[float, str]] = {}
        """Playback id to its time and the name of its clip; what was taken back is not in it."""
        self.clips: dict[str, Float32] = {}
        self._inner = inner

    def play(
        self, playback_id: str, clip: Clip, at_s: float | None = None, gain_db: float = 0.0
    ) -> None:
        """See AudioSink."""
        self._inner.play(playback_id, clip, at_s, gain_db)
        if at_s is not None:
            name = hashlib.sha256(clip.samples.tobytes()).hexdigest()
            if name not in self.clips:
                heard = soxr.resample(clip.samples, clip.rate_hz, RATE_HZ)
                self.clips[name] = heard[: round(FILTER_S * RATE_HZ)].astype(np.float32)
            self.planned[playback_id] = (at_s, name)

    def cancel(self, ids: Collection[str] | None) -> None:
        """See AudioSink."""
        self._inner.cancel(ids)
        heard_by_s = time.monotonic() - FILTER_S
        for playback_id in tuple(self.planned) if ids is None else ids:
            if playback_id in self.planned and self.planned[playback_id][0] > heard_by_s:
                del self.planned[playback_id]

    def set_gain(self, gain_db: float) -> None:
        """See AudioSink."""
        self._inner.set_gain(gain_db)

    def close(self) -> None:
        """See AudioSink."""
        self._inner.close()


class Deaf:
    """`Ears` that hear nothing."""

    def speaking(self, lines: Iterable[SpokenLine]) -> None:
        """Nobody listens."""

    def cut_short(self, lines: Collection[SpokenLine], at_s: float) -> None:
        """Nobody listens."""

    def attend(self, floor: Floor) -> None:
        """Nobody listens."""


class GoingAlong:
    """A person who says what the session waits for, each time after the same while."""

    def __init__(self, runner: Runner, routines: Iterable[str], end_s: float) -> None:
        self._runner = runner
        self._routines = itertools.cycle(routines)
        self._end_s = end_s

    def speak(self) -> None:
        """Say it until the end, then stop the runner. Runs in a thread of its own."""
        phase: Phase | None = None
        since_s = 0.0
        while (now := time.monotonic()) < self._end_s:
            snapshot = self._runner.snapshot
            if snapshot.view.phase is not phase:
                phase, since_s = snapshot.view.phase, snapshot.at_s
            word = self._due(phase, now - since_s, is_timed=snapshot.view.left_s is not None)
            if word is not None:
                self._runner.post(word)
                since_s = now  # or it would be said again before it is taken
            time.sleep(LOOK_S)
        self._runner.stop()

    def _due(self, phase: Phase, waited_s: float, *, is_timed: bool) -> Heard | None:
        now = time.monotonic()
        if phase in INACTIVE and waited_s >= AGAIN_S:
            slots = Slots(routine=next(self._routines))
            return Heard(at=now, intent=Intent.START_ROUTINE, slots=slots)
        if phase is Phase.WAITING and waited_s >= READY_S:
            return Heard(at=now, intent=Intent.READY)
        if phase is Phase.REP and not is_timed and waited_s >= DONE_S:
            return Heard(at=now, intent=Intent.DONE)
        return None


class Holds:
    """Notes each whole hold's beginning and end, monotonic seconds."""

    def __init__(self) -> None:
        self.whole: list[tuple[float, float]] = []
        self._begun_s: float | None = None

    def observe(self, happening: Happening) -> None:
        """Take what the coach recorded."""
        match happening:
            case PhaseEntered(phase=phase, at_s=at_s):
                self._begun_s = at_s if phase is Phase.HOLD else None
            case HoldEnded(completed=True, at_s=at_s) if self._begun_s is not None:
                self.whole.append((self._begun_s, at_s))


def run(folder: Path, length_s: float) -> None:
    """Go through the library's routines for so long; leave what was planned in the folder."""
    settings = Settings(**json.loads((folder / "settings.json").read_text(encoding="utf-8")))
    world = load_world(settings)
    voice = make_voice(settings)
    loudspeaker = Loudspeaker(lambda event: runner.post(event))  # noqa: PLW0108 - made below
    sink, holds = NotingSink(loudspeaker), Holds()
    runner = Runner(
        make_coach(world),
        voice,
        sink,
        make_tones(),
        clock=time.monotonic,
        rate_wpm=settings.rate_wpm,
        observe=holds.observe,
        ears=Deaf(),
        in_background=True,
    )
    person = GoingAlong(runner, world.library.routines, time.monotonic() + length_s)
    thread = threading.Thread(target=person.speak, name="person")
    thread.start()
    try:
        runner.run()
    finally:
        thread.join()
        ended_s = time.monotonic()
        sink.close()
        voice.close()
    whole = [p for p in sink.planned.values() if p[0] < ended_s - 2 * FILTER_S]
    plan = {"sounds": sorted(whole), "holds": holds.whole, "underflows": loudspeaker.underflows}
    np.savez(folder / "clips.npz", **sink.clips)  # type: ignore[arg-type] # of its flags by name
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")


if __name__ == "__main__":
    run(Path(sys.argv[1]), float(sys.argv[2]))
