"""Builds the adapters: listener, coach, voice.

`service.py` puts them on a microphone and a loudspeaker, `rehearsals.py` into simulated time,
`lessons.py` into a lesson, `assessment.py` before recordings. What those alone need stays out of
here: the service runs for months, in little memory.
"""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.almanac import LocalAlmanac, quiet_hours, zone_of
from assistant.coach import Coach
from assistant.coach.actions import Tone
from assistant.coach.intents import Intent
from assistant.coach.profile import NOBODY, Profile
from assistant.coach.prompts import Talk
from assistant.coach.telling import own_names
from assistant.config import Settings
from assistant.errors import SettingsError
from assistant.library import (
    Library,
    Lines,
    load_library,
    load_lines,
)
from assistant.listener import Listener
from assistant.nlu import Phrasebook, load_phrasebook
from assistant.nlu.kinds import kind_of
from assistant.sound import Clip
from assistant.stt.engines import make_recogniser
from assistant.stt.enrolment import Voices, load_measure
from assistant.stt.port import Grammar, Recogniser, Understanding
from assistant.stt.taught import TaughtVoices
from assistant.tts.cache import CachedVoice
from assistant.tts.pace import PacedVoice
from assistant.tts.pyttsx3_engine import (
    DEFAULT_VOICE,
    OTHER_VOICES,
    Pyttsx3Synthesiser,
    engine_version,
)
from assistant.tts.tones import tone

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


def load_world(settings: Settings, *, with_own: bool = True) -> World:
    """Read everything that people write; `with_own` False leaves out the user's own folder. Raises
    LibraryError or IntentsError."""
    own = settings.user_dir if with_own else None
    return world_of(settings, load_library(settings.language, own), with_own=with_own)


def world_of(settings: Settings, library: Library, *, with_own: bool = True) -> World:
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
        settings.user_dir if with_own else None,
        settings.wake_phrases,
        kept_in=settings.cache_root / "phrases",
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
        voices=voices_of(settings),
        emergency_number=settings.emergency_number,
        wake_phrase=world.phrasebook.wake_phrases[0] if settings.wake else None,
        profile=profile,
        almanac=make_almanac(settings),
        welcomes=welcomes,
        has_emergency_command=has_emergency_command,
    )


def make_almanac(settings: Settings) -> LocalAlmanac:
    """The calendar where the person lives, with their quiet hours."""
    return LocalAlmanac(zone_of(settings.time_zone), quiet_hours(settings.quiet_hours))


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
    world: World,
    warn: Callable[[str], None],
    voices: Voices | None = None,
    *,
    insists: bool = True,
) -> Listener:
    """A listener for the world's sentences; words that no engine knows are told to `warn`.

    `voices` are those whose own examples count beside the models. Raises ModelError or
    RecogniserError, and SettingsError for a wake phrase that the recogniser has no words for;
    where it does not insist, that phrase is told to `warn` too and left out.
    """
    settings = world.settings
    recogniser = make_recogniser(
        settings.engine,
        settings.model,
        understanding(world.phrasebook),
        voices,
        language=settings.language,
    )
    if settings.wake:
        try:
            _check_wake_phrases(world.phrasebook, recogniser)
        except SettingsError as error:
            if insists:
                raise
            warn(f"{error} It is left out.")
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

    def is_addressed(text: str) -> bool:
        return phrasebook.woken_words(text) > 0

    return Understanding(phrasebook.parse, is_urgent, kind, is_addressed, phrasebook.woken_words)


def _check_wake_phrases(phrasebook: Phrasebook, recogniser: Recogniser) -> None:
    for phrase in phrasebook.wake_phrases:
        unknown = [word for word in phrase.split() if not recogniser.knows(word)]
        if unknown:
            raise SettingsError(
                f"{recogniser.name} does not know {unknown[0]!r} of the wake phrase {phrase!r}",
                place="wake_phrases",
                mend="Choose or respell its words, or set wake = false to do without.",
            )


def voices_of(settings: Settings) -> tuple[str, ...]:
    """The names of the voices to choose from, that of the settings first."""
    usual = settings.voice or DEFAULT_VOICE
    return tuple(dict.fromkeys((usual, DEFAULT_VOICE, *OTHER_VOICES[settings.language])))


def make_voice(settings: Settings) -> CachedVoice:
    """The voice with its cache. Raises VoiceError for a cache folder that was named and cannot
    be written, or where no voice is installed."""
    voice = CachedVoice(
        PacedVoice(Pyttsx3Synthesiser(settings.voice)),
        settings.cache_root / "voice",
        "pyttsx3",
        settings.voice or DEFAULT_VOICE,
        engine_version=engine_version(),
        memory_bytes=VOICE_MEMORY_BYTES,
    )
    if settings.cache_dir is not None:
        voice.check_writable()
    return voice


def make_tones() -> dict[Tone, Clip]:
    """Every tone."""
    return {kind: tone(kind) for kind in Tone}
