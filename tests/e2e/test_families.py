"""Every family of commands, spoken by four synthetic people in room noise, as it is heard.

The first texts of each intent in intents/en/tests are said, so a new intent is heard here without
a change. Synthetic voices show that grammar, recogniser and meaning fit each other; how well people
are understood is the subject of test_people.py.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import yaml

from assistant.app import World, load_world, make_listener
from assistant.coach.events import Heard
from assistant.coach.intents import Command, Intent
from assistant.config import load_settings
from assistant.listener import Hearing
from assistant.nlu.loading import shipped_dir
from assistant.rehearsal.speakers import VOICES, Speaker, mix
from assistant.sound import FRAME_S, FRAME_SAMPLES, SPEECH_RATE_HZ, Frame, Int16
from assistant.stt.engines import COACH_MODEL_DIR
from assistant.training.sayings import plain_texts

Engine = Literal["vosk", "sphinx"]

SNR_DB = 25.0
MARGIN_S = 0.7
"""Noise alone before and after each utterance."""
SLACK_S = 0.3
"""How far a decoded word may lie outside of its utterance."""

MIN_RIGHT_VOSK = 0.92
"""Measured: 93 per cent of 372 texts; 96 to 97 per cent while there were half as many intents."""
MIN_RIGHT_SPHINX = 0.85
"""Measured: 92 per cent of 372 texts. Four of five misses are rejections: its comparison with a
loop of phones is hard on "go", "help" and the like."""
SPHINX_EVERY = 3
"""PocketSphinx takes four times as long as Vosk: it hears each third text, and so each voice."""
MAX_CHATTER_TAKEN = 0.10

TESTS_DIR = shipped_dir("en") / "tests"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something that was said, and where in the audio it lies."""

    text: str
    voice: str
    start_s: float
    end_s: float

    def is_in(self, hearing: Hearing) -> bool:
        """Whether a transcript lies where this was said."""
        begins_before_end = hearing.start_s < self.end_s + SLACK_S
        return begins_before_end and hearing.end_s > self.start_s - SLACK_S


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of audio, and what was said in it."""

    samples: Int16
    spoken: tuple[Spoken, ...]

    @property
    def length_s(self) -> float:
        return len(self.samples) / SPEECH_RATE_HZ


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that an engine heard in some sessions."""

    heard: tuple[tuple[Spoken, tuple[Hearing, ...]], ...]
    from_nothing: tuple[Hearing, ...]
    """Commands where nobody spoke."""
    audio_s: float
    cpu_s: float
    """What hearing took: not wall time, which tells of the machine's other work too."""


def read(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def texts_of_intents() -> Mapping[Intent, Sequence[str]]:
    """A text of each intent for each voice."""
    texts = plain_texts(len(VOICES))
    # The wake phrase is one sentence, heard before others in tests/e2e.
    return {intent: texts[intent] for intent in Intent if intent is not Intent.WAKE}


def chatter() -> list[str]:
    """Talk to somebody else: the sentences of the chatter, not its scraps of commands."""
    texts = [str(text) for text in read(TESTS_DIR / "chatter.yaml")["not_commands"]]
    return [text for text in texts if len(text.split()) >= 4 and "[unk]" not in text]


def session(speaker: Speaker, said: Sequence[tuple[str, str]]) -> Session:
    """Texts with their voices, one after the other."""
    pieces: list[Int16] = []
    spoken: list[Spoken] = []
    at_s = 0.0
    for seed, (text, voice) in enumerate(said, start=1):
        clip = speaker.speak(text, voice)
        mixed = mix(clip, SNR_DB, seed, before_s=MARGIN_S, after_s=MARGIN_S)
        pieces.append(np.rint(mixed.samples * 32767).astype(np.int16))
        spoken.append(Spoken(text, voice, at_s + MARGIN_S, at_s + MARGIN_S + clip.duration_s))
        at_s += len(mixed.samples) / SPEECH_RATE_HZ
    pieces.append(np.zeros(2 * SPEECH_RATE_HZ, np.int16))  # an engine's end-of-utterance pause
    return Session(np.concatenate(pieces), tuple(spoken))


def hear(engine: Engine, heard: Session) -> Outcome:
    """Let an engine with the whole grammar hear a session frame by frame, as from a microphone."""
    world = load_world(load_settings(engine=engine, model=COACH_MODEL_DIR))
    missing: list[str] = []
    listener = make_listener(world, missing.append)
    assert not missing, missing
    began = time.process_time()
    hearings = []
    for number, begin in enumerate(range(0, len(heard.samples) - FRAME_SAMPLES, FRAME_SAMPLES)):
        frame = Frame(number * FRAME_S, heard.samples[begin : begin + FRAME_SAMPLES])
        hearing = listener.hear(frame)
        if hearing is not None:
            hearings.append(hearing)
    cpu_s = time.process_time() - began
    listener.close()
    by_spoken = tuple((s, tuple(h for h in hearings if s.is_in(h))) for s in heard.spoken)
    return Outcome(
        heard=by_spoken,
        from_nothing=tuple(
            hearing
            for hearing in hearings
            if isinstance(hearing.event, Heard) and not any(s.is_in(hearing) for s in heard.spoken)
        ),
        audio_s=heard.length_s,
        cpu_s=cpu_s,
    )


def commands(hearings: Sequence[Hearing]) -> list[Command]:
    events = (hearing.event for hearing in hearings)
    return [Command(e.intent, e.slots) for e in events if isinstance(e, Heard)]


@dataclass(frozen=True, slots=True)
class Miss:
    """Something that was said and not understood."""

    intent: Intent
    spoken: Spoken
    hearings: tuple[Hearing, ...]

    def __str__(self) -> str:
        got = ", ".join(f"{h.text!r} ({h.reason})" for h in self.hearings) or "nothing"
        return f"{self.intent:16} {self.spoken.voice:6} {self.spoken.text!r} heard as {got}"


def misses(world: World, outcome: Outcome) -> list[Miss]:
    """What was not heard as one command with the intent and slots that were meant."""
    missed = []
    for spoken, hearings in outcome.heard:
        meant = world.phrasebook.parse(spoken.text)
        assert meant is not None
        if commands(hearings) != [meant]:
            missed.append(Miss(meant.intent, spoken, hearings))
    return missed


@pytest.fixture(scope="module")
def outcomes(speaker: Speaker) -> Mapping[str, Outcome]:
    """Everything is heard by Vosk, each third text by PocketSphinx."""
    said = [
        (text, VOICES[(turn + number) % len(VOICES)])
        for turn, texts in enumerate(texts_of_intents().values())
        for number, text in enumerate(texts)
    ]
    aside = [(text, voice) for text in chatter() for voice in VOICES]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        sphinx = pool.submit(hear, "sphinx", session(speaker, said[::SPHINX_EVERY]))
        return {
            "vosk": hear("vosk", session(speaker, said)),
            "chatter": hear("vosk", session(speaker, aside)),
            "sphinx": sphinx.result(),
        }


@pytest.fixture(scope="module")
def missed(world: World, outcomes: Mapping[str, Outcome]) -> Mapping[str, list[Miss]]:
    found = {engine: misses(world, outcomes[engine]) for engine in ("vosk", "sphinx")}
    print()
    for intent in Intent:
        missed_by = {e: sum(m.intent is intent for m in found[e]) for e in found}
        print(f"{intent:16}", *(f"{e} missed {n}" for e, n in missed_by.items() if n))
    for engine, misses_of_engine in found.items():
        outcome = outcomes[engine]
        print(
            f"{engine}: {1 - len(misses_of_engine) / len(outcome.heard):.1%} of"
            f" {len(outcome.heard)}, {outcome.audio_s:.0f} s heard in {outcome.cpu_s:.1f} s of CPU"
        )
        print(*misses_of_engine, sep="\n")
    return found


def test_each_voice_says_something_of_every_family(outcomes: Mapping[str, Outcome]) -> None:
    texts = texts_of_intents()
    assert all(len(set(of_intent)) == len(VOICES) for of_intent in texts.values())
    spoken = {(said.text, said.voice) for said, _ in outcomes["vosk"].heard}
    unsaid = [
        (intent, voice)
        for intent, of_intent in texts.items()
        for voice in VOICES
        if not any(text in of_intent and by == voice for text, by in spoken)
    ]
    # A line whose moment never came, since the one before was missed, is left out.
    assert len(unsaid) <= 0.1 * len(texts) * len(VOICES), unsaid


def test_vosk_understands_the_families(
    outcomes: Mapping[str, Outcome], missed: Mapping[str, list[Miss]]
) -> None:
    assert 1 - len(missed["vosk"]) / len(outcomes["vosk"].heard) >= MIN_RIGHT_VOSK


def test_vosk_understands_something_of_every_family(missed: Mapping[str, list[Miss]]) -> None:
    for intent in Intent:
        assert sum(miss.intent is intent for miss in missed["vosk"]) < len(VOICES), intent


def test_pocketsphinx_understands_the_families(
    outcomes: Mapping[str, Outcome], missed: Mapping[str, list[Miss]]
) -> None:
    assert 1 - len(missed["sphinx"]) / len(outcomes["sphinx"].heard) >= MIN_RIGHT_SPHINX


@pytest.mark.parametrize("engine", ["vosk", "sphinx"])
def test_speech_is_heard_faster_than_it_is_said(
    outcomes: Mapping[str, Outcome], engine: str
) -> None:
    assert outcomes[engine].cpu_s < outcomes[engine].audio_s


@pytest.mark.parametrize("engine", ["vosk", "sphinx"])
def test_noise_between_the_utterances_is_no_command(
    outcomes: Mapping[str, Outcome], engine: str
) -> None:
    assert not outcomes[engine].from_nothing


def test_vosk_seldom_takes_chatter_for_a_command(
    world: World, outcomes: Mapping[str, Outcome]
) -> None:
    heard = outcomes["chatter"].heard
    assert not any(world.phrasebook.parse(said.text) for said, _ in heard)
    taken = [(said, hearings) for said, hearings in heard if commands(hearings)]
    print(f"\n{len(taken)} of {len(heard)} sentences that are no commands were taken for one:")
    for said, hearings in taken:
        print(f"  {said.voice:6} {said.text!r} as {[h.text for h in hearings]}")
    assert len(heard) >= 24 * len(VOICES)
    assert len(taken) / len(heard) <= MAX_CHATTER_TAKEN
