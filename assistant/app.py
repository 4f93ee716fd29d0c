"""Builds the adapters and joins them: listener, coach, voice; rehearsal, evaluation, checks.

`service.py` puts them on a microphone and a loudspeaker, `lessons.py` into a lesson.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.almanac import LocalAlmanac, local_zone, quiet_hours
from assistant.audio.reference import Reference
from assistant.audio.wavfile import as_float
from assistant.coach import Coach
from assistant.coach.actions import Tone
from assistant.coach.commands import plan_of
from assistant.coach.events import ListeningBegan
from assistant.coach.intents import Intent
from assistant.coach.plan import remaining_s
from assistant.coach.profile import NOBODY, Profile
from assistant.coach.prompts import Talk
from assistant.coach.telling import own_names
from assistant.config import Settings
from assistant.errors import LibraryError, SettingsError
from assistant.evaluation.conditions import Condition
from assistant.evaluation.corpus import HOUSEHOLD_LABEL, read_corpus, read_noise, read_samples
from assistant.evaluation.enrolling import Enroller
from assistant.evaluation.measure import Evaluation, evaluate
from assistant.history.wall import WallTime, WallWatch
from assistant.library import (
    Dose,
    Library,
    Lines,
    Routine,
    Sides,
    dose_of,
    load_library,
    load_lines,
)
from assistant.library.shelf import named
from assistant.library.spoken import library_texts, line_texts
from assistant.listener import Listener
from assistant.nlu import Phrasebook, load_phrasebook
from assistant.nlu.kinds import kind_of
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
from assistant.stt.engines import make_recogniser, vosk_model_dir
from assistant.stt.enrolment import Voices, load_measure
from assistant.stt.port import Grammar, Recogniser, Understanding
from assistant.stt.sphinx_engine import SphinxRecogniser
from assistant.stt.taught import TaughtVoices
from assistant.stt.vosk_engine import VoskRecogniser
from assistant.tts.cache import CachedVoice, default_cache_dir
from assistant.tts.pace import PacedVoice
from assistant.tts.pyttsx3_engine import LEVEL_DBFS, Pyttsx3Synthesiser, engine_version
from assistant.tts.tones import tone
from assistant.vocabulary.check import (
    Finding,
    own_words,
    recombinations,
    sounds_alike,
    unknown_words,
)

log = logging.getLogger(__name__)

URGENT = frozenset({Intent.STOP, Intent.PAUSE, Intent.PAIN, Intent.EMERGENCY})
"""What halts: it is acted on after the shortest pause."""

VOICE_MEMORY_BYTES = 4 * 2**20
"""Spoken lines kept in memory: about 45 s. The rest comes from disk within a millisecond or two."""


@dataclass(frozen=True, slots=True)
class World:
    """What is known before anything sounds: settings, movements, lines, sentences."""

    settings: Settings
    library: Library
    lines: Lines
    phrasebook: Phrasebook


def load_world(settings: Settings) -> World:
    """Read everything that people write. Raises LibraryError or IntentsError."""
    return world_of(settings, load_library(settings.language, settings.user_dir))


def world_of(settings: Settings, library: Library) -> World:
    """A library with the lines and sentences that go with it. Raises LibraryError or
    IntentsError."""
    lines = load_lines(settings.language)
    phrasebook = load_phrasebook(
        settings.language,
        {name: e.id for e in library.exercises.values() for name in (e.name, *e.aliases)},
        {
            **own_names(lines),
            **{name: r.id for r in library.routines.values() for name in r.spoken_names},
        },
        settings.user_dir,
        settings.wake_phrases,
    )
    return World(settings, library, lines, phrasebook)


def make_coach(
    world: World,
    profile: Profile = NOBODY,
    *,
    welcomes: bool = False,
    has_emergency_command: bool = False,
) -> Coach:
    """A coach with the world's library and settings, who knows what is in the profile; see `Coach`
    for what the flags mean."""
    settings = world.settings
    return Coach(
        world.library,
        world.lines,
        rate_wpm=settings.rate_wpm,
        talk=Talk[settings.talk.upper()],
        emergency_number=settings.emergency_number,
        wake_phrase=world.phrasebook.wake_phrases[0] if settings.wake else None,
        profile=profile,
        almanac=make_almanac(settings),
        welcomes=welcomes,
        has_emergency_command=has_emergency_command,
    )


def make_almanac(settings: Settings) -> LocalAlmanac:
    """The calendar where the person lives, with their quiet hours."""
    return LocalAlmanac(local_zone(settings.time_zone), quiet_hours(settings.quiet_hours))


def taught_voices(settings: Settings, warn: Callable[[str], None]) -> Voices | None:
    """The voices that were taught to this machine, None where there are none; what is wrong with
    one of them is told to `warn`, and the others count."""
    known = TaughtVoices().load_all(warn)
    if not known:
        return None
    if settings.engine != "auto":
        warn(f"taught voices count with engine auto alone; this is {settings.engine}")
        return None
    return Voices(load_measure(), known)


def make_listener(
    world: World, warn: Callable[[str], None], voices: Voices | None = None
) -> Listener:
    """A listener for the world's sentences; words that no engine knows are told to `warn`.

    `voices` are those whose own examples count beside the models. Raises ModelError or
    RecogniserError, and SettingsError for a wake phrase that the recogniser has no words for.
    """
    settings = world.settings
    recogniser = make_recogniser(
        settings.engine, settings.model, understanding(world.phrasebook), voices
    )
    if settings.wake:
        _check_wake_phrases(world.phrasebook, recogniser)
    missing = recogniser.set_grammar(Grammar(world.phrasebook.weights))
    if missing:
        mend = "Respell them, or add an alias of other words."
        if settings.engine != "auto":
            mend = "Respell them, add an alias of other words, or use engine auto."
        warn(f"{recogniser.name} cannot hear these words: {', '.join(missing)}. {mend}")
    return Listener(recogniser, world.phrasebook)


def understanding(phrasebook: Phrasebook) -> Understanding:
    """What a recogniser is told of the phrases."""

    def is_urgent(text: str) -> bool:
        command = phrasebook.parse(text)
        return command is not None and command.intent in URGENT

    def kind(text: str) -> str | None:
        command = phrasebook.parse(text)
        return None if command is None else kind_of(command)

    return Understanding(phrasebook.parse, is_urgent, kind)


def _check_wake_phrases(phrasebook: Phrasebook, recogniser: Recogniser) -> None:
    for phrase in phrasebook.wake_phrases:
        unknown = [word for word in phrase.split() if not recogniser.knows(word)]
        if unknown:
            raise SettingsError(
                f"{recogniser.name} does not know {unknown[0]!r} of the wake phrase {phrase!r}",
                place="wake_phrases",
                mend="Choose or respell its words, or set wake = false to do without.",
            )


def make_voice(settings: Settings) -> CachedVoice:
    """The voice with its cache. Raises VoiceError for a cache folder that was named and cannot
    be written, or where no voice is installed."""
    voice = CachedVoice(
        PacedVoice(Pyttsx3Synthesiser(settings.voice)),
        settings.cache_dir or default_cache_dir(),
        "pyttsx3",
        settings.voice,
        engine_version=engine_version(),
        memory_bytes=VOICE_MEMORY_BYTES,
    )
    if settings.cache_dir is not None:
        voice.check_writable()
    return voice


def make_tones() -> dict[Tone, Clip]:
    """Every tone."""
    return {kind: tone(kind) for kind in Tone}


# The rehearsal -------------------------------------------------------------------------------


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


# The evaluation ------------------------------------------------------------------------------


def evaluate_corpus(
    world: World,
    folder: Path,
    conditions: Sequence[Condition],
    set_name: str | None,
    *,
    warn: Callable[[str], None],
    progress: Callable[[str], None],
    enrol: int = 0,
    seed: int = 1,
) -> Evaluation:
    """Measure how well recordings of people are understood, each of them checked before.

    `set_name` None is commands and the stream. `enrol` is how many recordings of each command
    every speaker teaches first, drawn by `seed`. Raises EvaluationError, ModelError or
    RecogniserError.
    """
    corpus = read_corpus(folder)
    for recording in corpus.recordings:
        read_samples(recording, warn)
    voices = Voices(load_measure()) if enrol else None
    listener = make_listener(world, warn, voices)
    try:
        return evaluate(
            listener,
            world.phrasebook,
            corpus,
            conditions,
            set_name=set_name,
            progress=progress,
            enroller=Enroller(voices, enrol, seed) if voices else None,
        )
    finally:
        listener.close()


# The vocabulary ------------------------------------------------------------------------------


def check_vocabulary(world: World) -> list[Finding]:
    """Everything that may be misheard in the world's sentences and lines, problems first.

    Raises ModelError or RecogniserError.
    """
    commands, library = world.phrasebook.commands, world.library
    sphinx = SphinxRecogniser()
    vosk = VoskRecogniser(world.settings.model or vosk_model_dir())
    spoken = [*(text for _, text in line_texts(world.lines)), *library_texts(library)]
    try:
        findings = [
            *sounds_alike(commands, sphinx),
            *unknown_words(commands, {"Vosk": vosk.knows, "PocketSphinx": sphinx.knows}),
            *recombinations(commands, sphinx, lambda word: not vosk.knows(word)),
            *own_words(spoken, commands),
        ]
    finally:
        vosk.close()
        sphinx.close()
    return sorted(findings, key=lambda finding: not finding.is_problem)


def routine_length_s(world: World, routine: str) -> float:
    """Estimated length of a routine with the talk in it, seconds."""
    return remaining_s(plan_of(world.library, world.library.routines[routine]), 0, {})


def describe_routine(world: World, name: str) -> list[str]:
    """A routine's movements with their doses, and its length. Raises LibraryError."""
    library = world.library
    routine = named(library, name)
    if not isinstance(routine, Routine):
        known = ", ".join(library.routines)
        problem = f"no routine {name!r}"
        raise LibraryError(problem, place="earshot routines show", mend=f"There are {known}.")
    minutes = routine_length_s(world, routine.id) / 60
    lines = [f"{routine.name}: {routine.summary}", f"about {minutes:.1f} minutes with the talk"]
    for number, step in enumerate(routine.steps, start=1):
        dose = dose_of(step, library)
        exercise = library.exercises[step.exercise]
        lines.append(f"{number:3}. {exercise.name:24} {dose_in_words(dose)}")
    return lines


def dose_in_words(dose: Dose) -> str:
    """A dose on one line."""
    reps = ", ".join(str(n) for n in dose.set_reps)
    if isinstance(dose.sets, int):
        reps = f"{dose.sets} x {dose.reps}" if dose.sets > 1 else str(dose.reps)
    each = {Sides.NONE: "", Sides.ALTERNATE: " a side", Sides.PER_SET: " a side"}[dose.sides]
    if dose.hold_breaths is not None:
        return f"{reps}{each}, {dose.hold_breaths} breaths ({dose.work_s:g} s) each"
    if dose.work_s is not None:
        return f"{reps}{each}, {dose.work_s:g} s each"
    return f"{reps}{each}, counted by “done”"
