"""Commands that sound alike and mean something else, as the whole live path hears them."""

from collections.abc import Mapping

import numpy as np
import pytest
from collisions import COLLISIONS

from assistant.app import World, make_listener
from assistant.audio.wavfile import as_int16
from assistant.coach.events import Heard
from assistant.coach.intents import Command
from assistant.rehearsal.speakers import VOICES, Speaker, mix
from assistant.sound import FRAME_S, FRAME_SAMPLES, Frame

SNR_DB = 25.0
LEAST_RIGHT = 0.85

Spoken = tuple[str, str]
"""A text and who says it."""


@pytest.fixture(scope="module")
def understood(world: World, speaker: Speaker) -> Mapping[Spoken, list[Command]]:
    """The commands that were heard where each text was said."""
    texts = dict.fromkeys(text for pair in COLLISIONS for text in pair)
    said = [(text, voice) for text in texts for voice in VOICES]
    listener = make_listener(world, pytest.fail)
    heard: dict[Spoken, list[Command]] = {}
    frame = 0
    try:
        for seed, (text, voice) in enumerate(said, start=1):
            clip = speaker.speak(text, voice)
            samples = as_int16(mix(clip, SNR_DB, seed, before_s=0.7, after_s=1.2).samples)
            commands = heard[text, voice] = []
            for part in samples[: -(len(samples) % FRAME_SAMPLES) or None].reshape(
                -1, FRAME_SAMPLES
            ):
                hearing = listener.hear(Frame(frame * FRAME_S, np.ascontiguousarray(part)))
                frame += 1
                if hearing is not None and isinstance(hearing.event, Heard):
                    commands.append(Command(hearing.event.intent, hearing.event.slots))
    finally:
        listener.close()
    return heard


@pytest.mark.parametrize(("one", "other"), COLLISIONS)
def test_neither_is_taken_for_the_other(
    world: World, understood: Mapping[Spoken, list[Command]], one: str, other: str
) -> None:
    for said, not_said in ((one, other), (other, one)):
        wrong = world.phrasebook.parse(not_said)
        taken = [voice for voice in VOICES if wrong in understood[said, voice]]
        assert taken == [], f"{said!r} was taken for {not_said!r}"


def test_nearly_all_are_understood(
    world: World, understood: Mapping[Spoken, list[Command]]
) -> None:
    missed = {
        spoken: commands
        for spoken, commands in understood.items()
        if commands != [world.phrasebook.parse(spoken[0])]
    }
    print(f"\n{len(understood) - len(missed)} of {len(understood)} understood; not: {missed}")
    assert 1 - len(missed) / len(understood) >= LEAST_RIGHT
