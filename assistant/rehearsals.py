"""A rehearsal, built: the real parts round a scripted person in simulated time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.app import World, make_coach, make_listener, make_tones, make_voice
from assistant.audio.reference import Reference
from assistant.audio.wavfile import as_float
from assistant.coach.events import ListeningBegan
from assistant.coach.profile import NOBODY, Profile
from assistant.evaluation.corpus import HOUSEHOLD_LABEL, read_corpus, read_noise, read_samples
from assistant.history.wall import WallTime, WallWatch
from assistant.rehearsal.acoustics import Echo, drawn_box
from assistant.rehearsal.rig import (
    OUT_RATE_HZ,
    Person,
    Room,
    RoomEvent,
    Score,
    SimulatedLoudspeaker,
)
from assistant.rehearsal.script import ScriptLine, check_script
from assistant.rehearsal.speakers import SPEECH_DBFS, Speaker
from assistant.rehearsal.surroundings import (
    Surroundings,
    fan,
    from_direct_sound,
    household,
    living_room,
)
from assistant.runner import Runner
from assistant.sound import Clip, Float32
from assistant.tts.pyttsx3_engine import LEVEL_DBFS


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal's outcome."""

    score: Score
    recording: Clip
    wall_s: float


REHEARSED_UTC_S = 1_768_212_000.0
"""When a rehearsal is held, if nothing else is said: a Monday, 10:00 UTC (12 January 2026), so
that rehearsals do not differ from day to day."""


def rehearse(
    world: World,
    script: Sequence[ScriptLine],
    *,
    place: str,
    voices: Sequence[str],
    snr_db: float,
    surroundings: Surroundings,
    seed: int = 1,
    echo_db: float | None = None,
    profile: Profile = NOBODY,
    began_utc_s: float = REHEARSED_UTC_S,
    is_newcomer: bool = False,
    emit: Callable[[RoomEvent], None],
    warn: Callable[[str], None],
) -> Rehearsal:
    """Play a script out in simulated time.

    `place` names the script in errors; `snr_db` is the speech's level over the room's noise
    where a line has none of its own; the noise is that of `surroundings`. `echo_db` is the
    coach's level over the person's at the microphone, None for headphones. `profile` is what the
    coach knows of the person before; nothing of the rehearsal is kept. `is_newcomer`: the program
    greets somebody of whom nothing is known, as at its first start. The user's command for
    emergencies is never run. Raises ScriptError, and what the parts raise.
    """
    began = time.perf_counter()
    check_script(script, world.phrasebook, place)
    person = Person(script, world.phrasebook, Speaker(), voices, surroundings, snr_db)
    listener = make_listener(world, warn)
    voice = make_voice(world.settings)
    try:
        echo = None
        if echo_db is not None:
            gain_db = SPEECH_DBFS + echo_db - LEVEL_DBFS
            echo = Echo(drawn_box(seed), seed, rate_hz=OUT_RATE_HZ, gain_db=gain_db)
        room = Room(person, listener, emit, echo=echo)
        played = Reference()
        sink = SimulatedLoudspeaker(
            post=lambda e: runner.post(e),  # noqa: PLW0108 - made below
            tap=played.put,
        )
        if echo is not None:
            listener.hear_over(played, sink.duck)
        runner = Runner(
            make_coach(world, profile, welcomes=is_newcomer),
            voice,
            sink,
            make_tones(),
            clock=room.now,
            rate_wpm=world.settings.rate_wpm,
            observe=room.observe,
            ears=listener,
            in_background=False,
            wall=WallWatch(lambda: WallTime(began_utc_s + room.now(), 0.0)),
        )
        if is_newcomer:
            runner.post(ListeningBegan(at=0.0))
        score = room.run(runner, sink)
    finally:
        listener.close()
        voice.close()
    return Rehearsal(score, room.recording(), time.perf_counter() - began)


def make_surroundings(
    corpus: Path | None, noise: Path | None, *, is_reverberated: bool, seed: int
) -> Surroundings:
    """The noise and the rooms of a rehearsal.

    `corpus` is a folder with a manifest: its household noise is taken where `noise`, a recording,
    is None, and its rooms where echoes are asked for. Without them a fan and a living room are
    made up. Raises EvaluationError, ScriptError or EarshotError for what cannot be read or is of
    no use.
    """
    found = read_corpus(corpus) if corpus is not None else None
    if noise is not None:
        bed = household([read_noise(noise)], seed)
    elif found is not None:
        noises = found.needed("noise")
        at_home = [r for r in noises if r.label == HOUSEHOLD_LABEL]
        bed = household([as_float(read_samples(r)) for r in at_home or noises], seed)
    else:
        bed = fan(seed)
    rooms: Sequence[Float32] = ()
    if is_reverberated:
        rooms = [living_room(seed)]
        if found is not None:
            responses = [as_float(read_samples(r)) for r in found.needed("rir")]
            rooms = [from_direct_sound(response) for response in responses]
    return Surroundings(bed, tuple(rooms), seed)
