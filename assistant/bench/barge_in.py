"""`earshot bench barge-in`: commands spoken while the coach talks, and the coach alone.

The room's loudspeaker stands nearer to the microphone (0.4 m) than the person (1.7 m). The whole
live path listens: canceller, gate, recogniser, judge; the mixer lowers the voice when it is told.
"""

import string
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.app import World, make_listener, make_voice
from assistant.audio.wavfile import as_float
from assistant.bench.figures import Figure, Findings
from assistant.bench.registry import Options
from assistant.bench.talking import Line, TalkingRoom, rendered
from assistant.coach.events import Heard, NotUnderstood
from assistant.coach.intents import Command
from assistant.evaluation.corpus import read_corpus, read_samples
from assistant.library.spoken import library_texts
from assistant.listener import Hearing
from assistant.rehearsal.acoustics import drawn_box
from assistant.rehearsal.speakers import VOICES, Speaker
from assistant.sound import SPEECH_RATE_HZ, Float32
from assistant.stt.interrupting import may_interrupt

TARGETS = {0.0: 90.0, -6.0: 80.0, -12.0: 60.0}
"""User-to-echo ratio at the microphone, dB, to per cent of the commands that are to be right."""

ROOMS, QUICK_ROOMS = 6, 2
COMMANDS, QUICK_COMMANDS = 16, 4
"""Commands for each room and ratio."""

QUICK_LINES = 24

SAID = (
    "stop",
    "pause",
    "next",
    "repeat",
    "go back",
    "louder",
    "quieter",
    "wait",
    "hold on",
    "continue",
    "ouch",
    "my back hurts",
    "skip the rest",
    "ready",
    "done",
    "help",
)
"""What flite's voices say: a word or two of each kind that may interrupt."""

BEFORE_S, LEAST_OVERLAP_S = 0.4, 0.3
"""The person begins at least so long after the line, and the line outlasts it by so much."""

AFTER_S = 1.2
"""Quiet after both have ended: the longest pause that ends an utterance, and the room."""

PAUSE_S = 0.6
"""Between two lines of the library read aloud."""

EXAMPLES = {
    "exercise": "Glute bridge",
    "side": "Left",
    "routines": "stretches, strength, or full routine",
    "routine": "Full routine",
    "movements": "8 movements",
    "duration": "30 seconds",
    "number": "112",
}
"""What stands in the places of a line; a number in all others."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something that a person says: float32 mono, 16 000 Hz."""

    command: Command
    text: str
    samples: Float32


@dataclass(slots=True)
class Tally:
    """What was counted."""

    tried: Counter[float | None] = field(default_factory=Counter)
    """By user-to-echo ratio, dB; None: the coach was silent."""
    right: Counter[float | None] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """Commands taken for another: what was said, and what was heard."""
    accepted: list[str] = field(default_factory=list)
    """Commands heard while the coach talked alone."""
    answered: int = 0
    """How often the coach would have said that it did not understand itself."""
    aloud_s: float = 0.0
    ducked_s: float = 0.0


class BargeIn:
    """Commands spoken over cues, and the whole library read aloud."""

    def run(
        self,
        world: World,
        options: Options,
        *,
        warn: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> Findings:
        """See `Bench.run`."""
        rng = np.random.default_rng(options.seed)
        people = _people(world, options.corpus, warn)
        voice = make_voice(world.settings)
        listener = make_listener(world, warn)
        rate_wpm = world.settings.rate_wpm
        rooms = QUICK_ROOMS if options.is_quick else ROOMS
        each = QUICK_COMMANDS if options.is_quick else COMMANDS
        tally = Tally()
        now_s = 0.0
        try:
            lines = rendered(
                whole_library(world), lambda text: voice.render(text, rate_wpm=rate_wpm), progress
            )
            shuffled = [lines[i] for i in rng.permutation(len(lines))]
            aloud = shuffled[:QUICK_LINES] if options.is_quick else shuffled
            for number in range(rooms):
                progress(f"room {number + 1} of {rooms}")
                seed = 1000 * options.seed + number
                room = TalkingRoom(listener, drawn_box(seed), seed, begins_s=now_s)
                _read_aloud(room, aloud[number::rooms], tally)
                for ratio_db in (*TARGETS, None):
                    for spoken in _drawn(people, each, rng):
                        _interrupt(room, spoken, ratio_db, Overlap(lines, rng), tally)
                        listener.reset()
                now_s = room.now_s + 10.0
        finally:
            listener.close()
            voice.close()
        return _findings(tally, rooms, options)


def whole_library(world: World) -> list[str]:
    """Everything that the coach may say: lines with their places filled in, and cues."""
    lines = (
        world.lines.say(name, turn, **_examples(text))
        for name in world.lines.texts
        for turn, text in enumerate(world.lines.wordings(name))
    )
    return list(dict.fromkeys([*lines, *library_texts(world.library)]))


def _examples(text: str) -> dict[str, str | int]:
    places = [name for _, name, _, _ in string.Formatter().parse(text) if name]
    return {name: EXAMPLES.get(name, 3) for name in places}


def _people(world: World, folder: Path | None, warn: Callable[[str], None]) -> list[Spoken]:
    """What is said, by people from a corpus or by flite's voices."""
    if folder is None:
        speaker = Speaker()
        said = ((text, speaker.speak(text, v).samples) for text in SAID for v in VOICES)
        return list(_commands(world, said))
    recordings = read_corpus(folder).needed("commands")
    return list(_commands(world, ((r.label, as_float(read_samples(r, warn))) for r in recordings)))


def _commands(world: World, said: Iterator[tuple[str, Float32]]) -> Iterator[Spoken]:
    """Those that may interrupt."""
    for text, samples in said:
        command = world.phrasebook.parse(text)
        if command is not None and may_interrupt(
            command.intent, len(text.split()), is_asked=False, is_person=True
        ):
            yield Spoken(command, text, samples)


def _drawn(people: Sequence[Spoken], count: int, rng: np.random.Generator) -> list[Spoken]:
    """Some of what is said, each text as often as any other."""
    texts = sorted({spoken.text for spoken in people})
    order = [texts[i] for _ in range(-(-count // len(texts))) for i in rng.permutation(len(texts))]
    of_text = {text: [x for x in people if x.text == text] for text in texts}
    return [of_text[text][rng.integers(len(of_text[text]))] for text in order[:count]]


def _read_aloud(room: TalkingRoom, lines: Sequence[Line], tally: Tally) -> None:
    ducked_s, begin_s = room.ducked_s, room.now_s
    for line in lines:
        heard = room.run(line, line.clip.duration_s + PAUSE_S)
        _count_alone(heard, line, tally)
    _count_alone(room.run(None, AFTER_S), None, tally)
    tally.ducked_s += room.ducked_s - ducked_s
    tally.aloud_s += room.now_s - begin_s


def _count_alone(heard: Sequence[Hearing], line: Line | None, tally: Tally) -> None:
    for hearing in heard:
        if isinstance(hearing.event, Heard):
            tally.accepted.append(f"“{hearing.text}” in “{line.text if line else ''}”")
        tally.answered += isinstance(hearing.event, NotUnderstood)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Draws lines that a person talks over."""

    lines: Sequence[Line]
    rng: np.random.Generator

    def drawn(self, length_s: float) -> tuple[Line, float]:
        """A line long enough for a command, and how long after it the command begins."""
        needed_s = BEFORE_S + length_s + LEAST_OVERLAP_S
        enough = [line for line in self.lines if line.clip.duration_s >= needed_s]
        line = enough[self.rng.integers(len(enough))]
        return line, BEFORE_S + self.rng.uniform(0.0, line.clip.duration_s - needed_s)


def _interrupt(
    room: TalkingRoom, spoken: Spoken, ratio_db: float | None, overlap: Overlap, tally: Tally
) -> None:
    """Let a command be spoken over a line; without a ratio to a silent coach, at 0 dB."""
    line, begins_s = overlap.drawn(len(spoken.samples) / SPEECH_RATE_HZ)
    person = room.at_microphone(spoken.samples, ratio_db or 0.0)
    length_s = line.clip.duration_s + AFTER_S
    heard = room.run(None if ratio_db is None else line, length_s, person, begins_s)
    events = [(h.event, h.text) for h in heard if isinstance(h.event, Heard)]
    others = [text for e, text in events if Command(e.intent, e.slots) != spoken.command]
    tally.tried[ratio_db] += 1
    tally.right[ratio_db] += bool(events) and not others
    if ratio_db is not None:
        tally.wrong += [f"{spoken.text}→{text}" for text in others]


def _findings(tally: Tally, rooms: int, options: Options) -> Findings:
    figures = [
        Figure(f"right at {ratio_db:g} dB user-to-echo", _share(tally, ratio_db), "%", target)
        for ratio_db, target in TARGETS.items()
    ]
    figures += [
        Figure("commands heard in the coach alone", len(tally.accepted), "", 0.0, at_least=False),
        Figure("answers to the coach alone", tally.answered, "", 0.0, at_least=False),
        Figure("right in the same rooms, coach silent", _share(tally, None), "%"),
        Figure("commands taken for others", len(tally.wrong), ""),
        Figure("voice lowered for nothing", 100 * tally.ducked_s / tally.aloud_s, "% of its time"),
    ]
    who = "flite's voices" if options.corpus is None else f"people of {options.corpus}"
    notes = [
        f"{sum(tally.tried.values())} commands by {who}, {rooms} rooms,"
        f" {tally.aloud_s / 60:.1f} minutes of the coach alone"
    ]
    if tally.wrong:
        notes.append("taken for others: " + ", ".join(tally.wrong))
    if tally.accepted:
        notes.append("heard in the coach: " + ", ".join(tally.accepted))
    return Findings("barge-in", tuple(figures), tuple(notes))


def _share(tally: Tally, ratio_db: float | None) -> float | None:
    tried = tally.tried[ratio_db]
    return 100 * tally.right[ratio_db] / tried if tried else None
