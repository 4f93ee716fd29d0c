"""A machine whose power is cut again and again while it leads sessions: the program of a test.

    python tests/power_cuts.py FOLDER CUTS SEED

Each start is a process of its own, with the real coach, runner, keeper, store and journal; only the
clock, the voice and the loudspeaker are made up, so that a session takes a tenth of a second. The
process is killed (SIGKILL) at a random moment, and what it left is looked at. The last start may
bring its session to an end. Prints what was found, as JSON.
"""

import heapq
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable
from itertools import count
from pathlib import Path
from random import Random

import numpy as np
from coach_rig import LINES, library_of

from assistant.audio.mixer import Finished
from assistant.coach import Coach
from assistant.coach.actions import HoldEnded, SessionBegan, SessionEnded, Tone
from assistant.coach.events import Heard, ListeningBegan, Tick
from assistant.coach.floor import Floor
from assistant.coach.intents import Intent, Slots
from assistant.coach.marks import PlaceReached
from assistant.coach.phases import Phase
from assistant.history.journal import Journal, entries_of
from assistant.history.keeper import Keeper
from assistant.history.memory import recall, remembered
from assistant.history.records import profile_of
from assistant.history.store import SqliteStore
from assistant.history.wall import WallTime, WallWatch
from assistant.library import Dose, Sides
from assistant.runner import Runner
from assistant.sound import Clip
from assistant.stt.judge import SpokenLine

NOON = 1_768_219_200.0
BETWEEN_STARTS_S = 900.0
"""How long the power is away, by the wall clock."""
MOST_STEPS = 40
"""The power is cut after so many steps of a start at most; a session has about 50."""
JUST_STARTED_S = 0.02
"""Or so long after the start at most, real seconds: while the history is opened."""
LIBRARY = library_of(
    Dose(hold_s=8, reps=2, sides=Sides.PER_SET),
    Dose(mode="reps", reps=2),
    Dose(hold_s=6),
)
WORDS = {
    Phase.IDLE: Intent.START_ROUTINE,
    Phase.DONE: Intent.START_ROUTINE,
    Phase.WAITING: Intent.READY,
    Phase.REP: Intent.DONE,
    Phase.PAUSED: Intent.RESUME,
    Phase.ASKING: Intent.YES,
}


class Room:
    """A voice, a loudspeaker and ears in simulated time."""

    def __init__(self) -> None:
        self.now = 100.0
        self._ends: list[tuple[float, int, str]] = []
        self._order = count()

    def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
        return Clip(np.zeros(100 * (1 + len(text.split())), np.float32), 400)

    def play(self, playback_id: str, clip: Clip, at_s: float | None = None) -> None:
        start = self.now if at_s is None else max(at_s, self.now)
        heapq.heappush(self._ends, (start + clip.duration_s, next(self._order), playback_id))

    def cancel(self, ids: Collection[str] | None) -> None:
        kept = [end for end in self._ends if ids is not None and end[2] not in ids]
        for _, number, playback_id in self._ends:
            if all(number != other for _, other, _ in kept):
                kept.append((self.now, number, playback_id))
        heapq.heapify(kept)
        self._ends = kept

    def set_gain(self, gain_db: float) -> None:
        pass

    def close(self) -> None:
        pass

    def speaking(self, lines: Iterable[SpokenLine]) -> None:
        pass

    def cut_short(self, lines: Collection[SpokenLine], at_s: float) -> None:
        pass

    def attend(self, floor: Floor) -> None:
        pass

    def next_end(self) -> tuple[float, str] | None:
        return (self._ends[0][0], self._ends[0][2]) if self._ends else None

    def take_end(self) -> None:
        heapq.heappop(self._ends)


def live(folder: Path, number: int, draw: Random, progress: int, *, is_last: bool) -> None:
    """A start: go on with what was cut off, then one session after the other, for ever. Each step
    is told on a pipe."""
    recalled = recall(folder, print)
    keeper = Keeper(lambda: SqliteStore(folder), lambda error: print(f"lost: {error}", flush=True))
    journal = Journal(folder, max_bytes=50_000)
    room = Room()
    coach = Coach(LIBRARY, LINES, profile=recalled.profile)
    runner = Runner(
        coach,
        room,
        room,
        {tone: Clip(np.zeros(40, np.float32), 400) for tone in Tone},
        clock=lambda: room.now,
        rate_wpm=155,
        observe=lambda _: None,
        ears=room,
        in_background=False,
        wall=WallWatch(lambda: WallTime(NOON + BETWEEN_STARTS_S * number + room.now, 0.0)),
        remember=keeper.remember,
        journal=journal.note,
    )
    runner.handle(ListeningBegan(at=room.now))
    while not (is_last and coach.phase in (Phase.IDLE, Phase.DONE)):
        step(runner, room)
        os.write(progress, b".")
        time.sleep(draw.uniform(0.0, 0.002))  # the keeper has to come to something meanwhile
    keeper.close()
    journal.close()


def step(runner: Runner, room: Room) -> None:
    """What happens next: a sound ends, a deadline passes, or the person says what is waited for."""
    runner.drain()
    coach = runner.coach
    end, deadline = room.next_end(), coach.next_deadline
    word = WORDS.get(coach.phase)
    if coach.phase is Phase.REP and deadline is not None:
        word = None
    if word is not None and end is None:
        room.now += 1.0
        slots = Slots(routine="test")
        runner.handle(Heard(at=room.now, intent=word, slots=slots, text="not to be kept"))
    elif end is not None and (deadline is None or end[0] <= deadline):
        room.now = max(room.now, end[0])
        room.take_end()
        runner.take(Finished(end[1], room.now, cancelled=False))
    else:
        room.now = max(room.now, deadline or room.now)
        runner.handle(Tick(at=room.now))


class Found:
    """What the cuts have left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before: list[object] = []
        self.problems: list[str] = []
        self.offered = 0
        self.sessions = 0

    def look(self, number: int) -> None:
        """After a cut: whether everything is there, once, and the session is offered."""
        told: list[str] = []
        entries = remembered(self.folder, told.append)
        profile = profile_of(entries)
        kept = [entry.fact for entry in entries]
        facts = [fact for fact in kept if not isinstance(fact, PlaceReached)]
        self.expect(not told, number, f"{told}")
        self.expect(facts[: len(self.before)] == self.before, number, "facts were lost")
        self.before = list(facts)
        begun = sum(isinstance(fact, SessionBegan) for fact in facts)
        self.sessions = sum(isinstance(fact, SessionEnded) for fact in facts)
        place = profile.place
        self.expect(begun - self.sessions == (place is not None), number, "a session was lost")
        self.expect(len(kept) - len(facts) <= 1, number, "old places are kept")
        self._count_doses(facts, number)
        if place is not None:
            coach = Coach(LIBRARY, LINES, profile=profile)
            coach.handle(ListeningBegan(at=0.0))
            is_offered = coach.phase is Phase.ASKING
            self.expect(is_offered, number, "what was cut off was not offered")
            self.offered += is_offered
        if number % 20 == 0:
            for entry in entries_of(self.folder):
                said = isinstance(entry.event, Heard) and entry.event.text
                self.expect(not said, number, "words were kept")

    def _count_doses(self, facts: list[object], number: int) -> None:
        held: Counter[str] = Counter()
        planned: dict[str, int] = {}
        for fact in facts:
            match fact:
                case SessionBegan():
                    held.clear()
                    planned = {m.exercise: m.works for m in fact.movements if m.works}
                case HoldEnded(completed=True):
                    held[fact.exercise] += 1
                    is_more = held[fact.exercise] > planned[fact.exercise]
                    self.expect(not is_more, number, f"{fact.exercise} was done twice")
                case SessionEnded():
                    self.expect(fact.completed, number, "a session ended early")
                    self.expect(held == planned, number, f"{held} of {planned}")

    def expect(self, is_so: bool, number: int, problem: str) -> None:
        if not is_so:
            self.problems.append(f"after cut {number}: {problem}")


def main() -> None:
    folder, cuts, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    draw = Random(seed)
    found = Found(folder)
    for number in range(cuts + 1):
        is_last = number == cuts
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            live(folder, number, Random(seed + number), writing, is_last=is_last)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as progress:
            if not is_last:
                if draw.random() < 0.8:
                    progress.read(draw.randrange(1, MOST_STEPS))
                time.sleep(draw.uniform(0.0, JUST_STARTED_S))
                os.kill(child, signal.SIGKILL)
            progress.read()
        _, status = os.waitpid(child, 0)
        ended_well = status == 0 if is_last else os.WTERMSIG(status) == signal.SIGKILL
        found.expect(ended_well, number, f"the program ended by itself: {status}")
        found.look(number)
    told = {"cuts": cuts, "sessions": found.sessions, "offered": found.offered}
    print(json.dumps({**told, "facts": len(found.before), "problems": found.problems[:20]}))


if __name__ == "__main__":
    main()
