"""What reaches the microphone of a rehearsal, and what becomes of a script that goes wrong."""

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from assistant.coach.events import Heard
from assistant.coach.intents import Command, Intent
from assistant.coach.phases import Phase
from assistant.errors import ScriptError
from assistant.listener import Listener
from assistant.nlu import Phrasebook
from assistant.rehearsal.report import summary, summary_text
from assistant.rehearsal.rig import SKIP_S, Judged, Person, Room, Said, Score, SimulatedLoudspeaker
from assistant.rehearsal.script import ScriptLine
from assistant.rehearsal.speakers import SPEECH_DBFS, Speaker
from assistant.rehearsal.surroundings import Surroundings
from assistant.runner import Runner
from assistant.sound import SPEECH_RATE_HZ, Clip, Float32, Frame
from assistant.tts.loudness import amplitude

SPOKEN_S = 0.5
SNR_DB = 10.0


class Hummer:
    """Says everything as half a second of the same tone."""

    def speak(self, text: str, voice: str) -> Clip:
        t = np.arange(round(SPOKEN_S * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
        return Clip((0.1 * np.sin(2 * np.pi * 200 * t)).astype(np.float32), SPEECH_RATE_HZ)


class Words:
    """Takes everything for a pause."""

    def parse(self, text: str) -> Command:
        return Command(Intent.PAUSE)


@dataclass
class Deaf:
    """Keeps what it was given to hear, and understands nothing."""

    heard: list[Frame] = field(default_factory=list)

    def hear(self, frame: Frame) -> None:
        self.heard.append(frame)

    @property
    def samples(self) -> Float32:
        return np.concatenate([f.samples for f in self.heard]).astype(np.float32) / 32767


class Idle:
    """A runner that has nothing to do."""

    def handle(self, event: object) -> None:
        pass

    coach = type("Coach", (), {"next_deadline": None})
    is_quiet = True

    def drain(self) -> None: ...


@dataclass
class Rehearsed:
    score: Score
    samples: Float32
    events: list[Any]


def rehearsed(*lines: ScriptLine, surroundings: Surroundings) -> Rehearsed:
    deaf, events = Deaf(), []
    speaker, phrasebook = cast(Speaker, Hummer()), cast(Phrasebook, Words())
    person = Person(lines, phrasebook, speaker, ["slt"], surroundings, SNR_DB)
    room = Room(person, cast(Listener, deaf), events.append)
    score = room.run(cast(Runner, Idle()), SimulatedLoudspeaker(lambda event: None))
    return Rehearsed(score, deaf.samples, events)


def alternating() -> Float32:
    """A noise that can be taken away again: a sample up, a sample down."""
    return np.resize(np.array([1.0, -1.0], np.float32), SPEECH_RATE_HZ)


def level_of_speech(found: Rehearsed, from_s: float) -> float:
    """RMS while somebody speaks, the noise taken away."""
    noise = np.resize(alternating(), len(found.samples)) * amplitude(SPEECH_DBFS - SNR_DB)
    voice = (found.samples - noise)[round(from_s * SPEECH_RATE_HZ) :][: SPEECH_RATE_HZ // 4]
    return float(np.sqrt(np.mean(np.square(voice))))


def test_a_line_with_a_ratio_of_its_own_is_spoken_lower_and_the_noise_stays() -> None:
    line = ScriptLine(say="pause", at=1.0, snr_db=0.0, chatter=True)
    found = rehearsed(line, surroundings=Surroundings(alternating()))
    usual = rehearsed(
        ScriptLine(say="pause", at=1.0, chatter=True), surroundings=Surroundings(alternating())
    )
    assert level_of_speech(found, 1.1) == pytest.approx(amplitude(SPEECH_DBFS - 10), rel=0.02)
    assert level_of_speech(usual, 1.1) == pytest.approx(amplitude(SPEECH_DBFS), rel=0.02)
    assert level_of_speech(found, 2.0) == pytest.approx(0.0, abs=1e-4)


def test_echoes_are_heard_after_the_person_has_ended() -> None:
    response = np.zeros(SPEECH_RATE_HZ, np.float32)
    response[0], response[-1] = 1.0, 1.0
    line = ScriptLine(say="pause", at=1.0, chatter=True)
    found = rehearsed(line, surroundings=Surroundings(alternating(), (response,)))
    said = next(event for event in found.events if isinstance(event, Said))
    assert said.duration_s == SPOKEN_S
    assert level_of_speech(found, 2.1) == pytest.approx(amplitude(SPEECH_DBFS), rel=0.02)


def test_what_a_missed_command_would_have_brought_about_is_left_out_and_counts() -> None:
    found = rehearsed(
        ScriptLine(say="pause", at=1.0),
        ScriptLine(say="resume", phase=Phase.PAUSED),
        ScriptLine(say="stop", after=1.0),
        surroundings=Surroundings(alternating()),
    )
    assert (found.score.commands, found.score.understood) == (3, 0)
    judged = [event for event in found.events if isinstance(event, Judged)]
    assert [(e.text, e.is_left_out) for e in judged] == [
        *[("pause", False)] * 3,
        ("resume", True),
        *[("stop", False)] * 3,
    ]
    assert judged[3].at_s - judged[2].at_s == pytest.approx(SKIP_S, abs=0.1)


def test_a_script_that_waits_in_vain_though_all_was_understood_is_an_error() -> None:
    line = ScriptLine(say="resume", phase=Phase.PAUSED)
    with pytest.raises(ScriptError, match="waits for phase paused"):
        rehearsed(line, surroundings=Surroundings(alternating()))


@pytest.mark.parametrize(
    ("phase", "said"), [(Phase.PAUSED, ["pause", "pause", "carry on"]), (Phase.HOLD, ["pause"])]
)
def test_who_is_taken_for_something_else_says_it_again_where_it_still_fits(
    phase: Phase, said: list[str]
) -> None:
    lines = [ScriptLine(say=text, phase=Phase.PAUSED) for text in ("pause", "carry on")]
    speaker, phrasebook = cast(Speaker, Hummer()), cast(Phrasebook, Words())
    person = Person(lines, phrasebook, speaker, ["slt"], Surroundings(alternating()), SNR_DB)
    spoken = []
    answers = [Heard(at=1.0, intent=i) for i in (Intent.STOP, Intent.PAUSE, Intent.PAUSE)]
    for t in range(10):
        now = person.due(float(t), phase if spoken else Phase.PAUSED, 0.0)
        if now is not None:
            spoken.append(now.line.say)
            person.hear_out(answers[len(spoken) - 1], t + 0.5)
    assert spoken == said
    assert person.understood == (1 if "carry on" in said else 0)  # at the first try
    assert (person.wrong, person.false_accepts) == (1, 0)


def test_what_is_heard_counts_as_taken_for_another_or_where_none_was_given() -> None:
    lines = [ScriptLine(say="pause", at=1.0), ScriptLine(say="nice day", at=9.0, chatter=True)]
    speaker, phrasebook = cast(Speaker, Hummer()), cast(Phrasebook, Words())
    person = Person(lines, phrasebook, speaker, ["slt"], Surroundings(alternating()), SNR_DB)

    def heard(t: float, intent: Intent = Intent.STOP) -> tuple[int, int]:
        person.hear_out(Heard(at=t, intent=intent), t)
        return person.wrong, person.false_accepts

    assert heard(0.5) == (0, 1)  # before anything was said
    assert person.due(1.0, Phase.HOLD, 0.0) is not None
    assert heard(1.5) == (1, 1)
    assert heard(1.9) == (2, 1)  # the rest of it
    person.due(3.0, Phase.HOLD, 0.0)
    assert heard(3.5, Intent.PAUSE) == (2, 1)  # understood
    assert person.due(9.0, Phase.HOLD, 0.0) is not None
    assert heard(9.5) == (2, 2)  # said to somebody else
    assert heard(30.0) == (2, 3)  # long after


@pytest.mark.parametrize(
    ("wrong", "unsaid", "told"),
    [
        (0, 0, "2 of 3 commands understood, 0 taken wrongly."),
        (
            1,
            2,
            "2 of 3 commands understood, 3 taken wrongly: 1 for another, 2 where none was given.",
        ),
    ],
)
def test_summary_tells_commands_taken_for_another_from_those_that_nobody_gave(
    wrong: int, unsaid: int, told: str
) -> None:
    score = Score(commands=3, understood=2, wrong=wrong, false_accepts=unsaid)
    assert told in summary_text(summary("stretches", score, 1.0), None)
