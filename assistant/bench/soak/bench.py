"""`earshot bench soak`: hours of rooms, talk, sessions and faults, with the real recogniser."""

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant import heap
from assistant.app import World, make_listener, make_voice
from assistant.audio.wavfile import as_float
from assistant.bench.figures import Figure, Findings
from assistant.bench.memory import growth_mb, status_mb
from assistant.bench.registry import Options
from assistant.bench.soak.day import FAULTS, Happens, Kind, drawn_day
from assistant.bench.soak.house import House
from assistant.bench.soak.person import Person, Tally
from assistant.coach.actions import SessionEnded
from assistant.errors import HistoryError
from assistant.evaluation.corpus import read_corpus, read_samples
from assistant.history.memory import remembered
from assistant.rehearsal.acoustics import Echo, drawn_box
from assistant.rehearsal.rig import OUT_RATE_HZ
from assistant.rehearsal.speakers import SPEECH_DBFS, VOICES, Speaker
from assistant.rehearsal.surroundings import Surroundings, fan, from_direct_sound, living_room
from assistant.sound import SPEECH_RATE_HZ, Clip, Float32
from assistant.tts.loudness import amplitude, levelled
from assistant.tts.pyttsx3_engine import LEVEL_DBFS

HOURS, QUICK_HOURS = 24.0, 1.0
GROWTH_MB = 1.0
"""How much memory may grow in a simulated day. The project's target."""

SNR_DB = 30.0
"""Speech over the room's fan."""

ECHO_DB = 3.0
"""The coach over the person at the microphone: a speakerphone."""

TALK_DB = -6.0
"""Others' talk under the person's: from farther away."""

SAMPLED_S = 900.0
"""Memory is looked at each quarter of an hour, and in a short day 32 times."""

STUCK_S = 1800.0
"""A session that has not ended after so long is lost."""

SAID_BY_OTHERS = (
    "the bus doesn't stop here any more",
    "dinner is ready in ten minutes",
    "did you see who left the door open",
    "i had to start the car twice this morning",
    "she comes back on monday i think",
    "what's on television tonight",
    "turn right at the next corner and then left",
    "there is one more cup of tea if you like",
    "my brother said he would call next week",
    "the weather was so much better last year",
    "can you help him with that",
    "it was a long day and the train was late again",
)
"""What flite's voices say where no corpus is given."""


@dataclass(slots=True)
class Course:
    """How a day went."""

    hours: float
    tally: Tally
    wanted: int = 0
    """Sessions that the person set out to begin."""
    begun: int = 0
    ended: int = 0
    kept: int = 0
    """Sessions that the history's file tells of afterwards."""
    stuck: int = 0
    false_starts: int = 0
    """Sessions that nobody began."""
    talk_s: float = 0.0
    faults: dict[Kind, int] = field(default_factory=dict)
    memory_mb: list[float] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def lost(self) -> int:
        """Sessions of which something is missing: begun and not ended, or not told of."""
        return max(self.begun - self.ended, 0) + max(self.ended - self.kept, 0)


class Soak:
    """A day in simulated time."""

    def run(
        self,
        world: World,
        options: Options,
        *,
        warn: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> Findings:
        """See `Bench.run`."""
        hours = options.hours or (QUICK_HOURS if options.is_quick else HOURS)
        return findings(lived(world, hours, options, warn=warn, progress=progress))


def lived(
    world: World,
    hours: float,
    options: Options,
    *,
    warn: Callable[[str], None],
    progress: Callable[[str], None],
) -> Course:
    """Let so many hours pass. Raises EarshotError."""
    heap.keep_small()  # as `earshot run` does
    seed = options.seed
    tally = Tally()
    talk, rooms = others(options.corpus, seed), _rooms(options.corpus, seed)
    bed = fan(seed)
    person = Person(world.phrasebook, Surroundings(bed, rooms, seed), seed, tally)
    echo = Echo(
        drawn_box(seed),
        seed,
        rate_hz=OUT_RATE_HZ,
        gain_db=SPEECH_DBFS + ECHO_DB - LEVEL_DBFS,
    )
    listener, voice = make_listener(world, warn), make_voice(world.settings)
    try:
        with tempfile.TemporaryDirectory(prefix="earshot-soak-") as folder:
            house = House(
                world,
                listener,
                voice,
                person,
                Path(folder),
                bed=bed * np.float32(amplitude(SPEECH_DBFS - SNR_DB)),
                echo=echo,
                warn=warn,
            )
            course = _Day(house, person, Course(hours, tally), talk, progress).live(
                drawn_day(hours, seed)
            )
            house.close()
            with suppress(HistoryError):
                found = remembered(Path(folder), warn)
                course.kept = sum(isinstance(x.fact, SessionEnded) for x in found)
    finally:
        listener.close()
        voice.close()
    return course


class _Day:
    """Lets things happen in a house, each at its time."""

    def __init__(
        self,
        house: House,
        person: Person,
        course: Course,
        talk: Float32,
        progress: Callable[[str], None],
    ) -> None:
        self._house, self._person, self._course = house, person, course
        self._talk, self._talk_at = talk, 0
        self._progress = progress
        self._ends: list[tuple[float, Callable[[], None]]] = []
        self._led_since_s: float | None = None

    def live(self, day: Sequence[Happens]) -> Course:
        """Go through all of it; the last session is waited for."""
        course, house = self._course, self._house
        began_s = time.perf_counter()
        end_s = 3600 * course.hours
        sample_s = min(SAMPLED_S, end_s / 32)
        coming = list(reversed(day))
        next_sample_s = 0.0
        while house.t < end_s or house.is_in_session:
            while coming and coming[-1].at_s <= house.t and self._may_happen(coming[-1]):
                self._begin(coming.pop())
            for at_s, act in [x for x in self._ends if x[0] <= house.t]:
                self._ends.remove((at_s, act))
                act()
            before = house.begun
            house.step()
            self._follow(before)
            if house.t >= next_sample_s:
                course.memory_mb.append(status_mb("RssAnon"))
                next_sample_s += sample_s
                if len(course.memory_mb) % 4 == 1:
                    self._progress(f"{house.t / 3600:.1f} h of {course.hours:g}")
        course.begun, course.ended = house.begun, house.ended
        course.took_s = time.perf_counter() - began_s
        return course

    def _may_happen(self, next_one: Happens) -> bool:
        """Whether it need not wait for the session under way."""
        return next_one.kind in FAULTS or not (self._house.is_in_session or self._person.is_leading)

    def _begin(self, happens: Happens) -> None:
        house, course = self._house, self._course
        if happens.kind in (*FAULTS, Kind.RESTART):
            course.faults[happens.kind] = course.faults.get(happens.kind, 0) + 1
        match happens.kind:
            case Kind.SESSION:
                course.wanted += 1
                self._led_since_s = house.t
                self._person.lead()
            case Kind.TALK:
                course.talk_s += happens.length_s
                house.talk(self._next_talk(happens.length_s))
            case Kind.MICROPHONE_LOST:
                house.lose_microphone()
                self._ends.append((house.t + happens.length_s, house.find_microphone))
            case Kind.LOUDSPEAKER_LOST:
                house.lose_loudspeaker()
                self._ends.append((house.t + happens.length_s, house.find_loudspeaker))
            case Kind.RESTART:
                house.restart()

    def _follow(self, begun_before: int) -> None:
        """Count what began unasked, and give up what never ends."""
        house, person, course = self._house, self._person, self._course
        if house.begun > begun_before and not person.is_leading:
            course.false_starts += 1
            self._led_since_s = house.t
            person.join()
        if self._led_since_s is None:
            return
        if not person.is_leading and not house.is_in_session:
            self._led_since_s = None
        elif house.t - self._led_since_s > STUCK_S:
            course.stuck += 1
            person.leave()
            house.restart()
            self._led_since_s = None

    def _next_talk(self, length_s: float) -> Float32:
        count = round(length_s * SPEECH_RATE_HZ)
        where = (self._talk_at + np.arange(count)) % len(self._talk)
        self._talk_at += count
        return self._talk[where]


def findings(course: Course) -> Findings:
    """The figures of a day, beside their targets."""
    tally = course.tally
    growth = growth_mb(course.memory_mb)
    missed = 100 * len(tally.missed) / tally.commands if tally.commands else None
    is_day = course.hours >= HOURS
    figures = (
        Figure("sessions lost", course.lost + course.stuck, "", 0.0, at_least=False),
        Figure("sessions led to an end", course.ended, "", max(course.wanted, 1)),
        Figure("false starts", course.false_starts, "", 0.0, at_least=False),
        Figure("memory growth", growth, "MB", GROWTH_MB if is_day else None, at_least=False),
        Figure("largest memory", status_mb("VmHWM"), "MB"),
        Figure("commands said", tally.commands, ""),
        Figure("commands missed", missed, "%"),
        Figure("taken wrongly", len(tally.taken), ""),
        Figure("others' talk", course.talk_s / 60, "min"),
        *(
            Figure(f"{kind}, times", course.faults.get(kind, 0), "")
            for kind in sorted((*FAULTS, Kind.RESTART))
        ),
        Figure("simulated", course.hours, "h"),
        Figure("took", course.took_s / 60, "min"),
    )
    seldom = ", ".join(f"{text!r}" for text in dict.fromkeys(tally.missed)) or "none"
    notes = (
        f"missed: {seldom}",
        *(f"taken: {text}" for text in dict.fromkeys(tally.taken)),
        "memory is what is no file's (RssAnon): the median of the last quarter of the day less that"
        " of the second; this bench itself is in it",
        "the program is ended and started again between sessions",
    )
    return Findings("soak", figures, notes)


def others(corpus: Path | None, seed: int) -> Float32:
    """What others say, one after the other, of a corpus or by flite's voices: float32, 16 000 Hz.
    Raises EvaluationError."""
    if corpus is not None:
        found = read_corpus(corpus).needed("speech")
        clips = [Clip(as_float(read_samples(r)), SPEECH_RATE_HZ) for r in found]
    else:
        speaker = Speaker()
        clips = [
            speaker.speak(text, VOICES[(number + turn) % len(VOICES)])
            for turn in range(2)
            for number, text in enumerate(SAID_BY_OTHERS)
        ]
    rng = np.random.default_rng(seed)
    gap = np.zeros(round(0.6 * SPEECH_RATE_HZ), np.float32)
    order = rng.permutation(len(clips))
    spoken = (levelled(clips[i], SPEECH_DBFS + TALK_DB).samples for i in order)
    return np.concatenate([piece for clip in spoken for piece in (clip, gap)])


def _rooms(corpus: Path | None, seed: int) -> tuple[Float32, ...]:
    if corpus is None:
        return (living_room(seed),)
    found = read_corpus(corpus).of_set("rir")
    rooms = tuple(from_direct_sound(as_float(read_samples(r))) for r in found)
    return rooms or (living_room(seed),)
