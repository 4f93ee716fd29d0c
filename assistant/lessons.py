"""Teaching Earshot a voice: joins the lesson with a microphone, or with a synthetic pupil."""

from collections.abc import Callable, Sequence

from assistant.app import (
    World,
    make_voice,
)
from assistant.audio.capture import Microphone
from assistant.audio.lasting import LastingLoudspeaker
from assistant.audio.mixer import PlaybackEvent
from assistant.audio.playback import AudioSink, Loudspeaker
from assistant.errors import SettingsError, TeachingError
from assistant.rehearsal.pupil import Answer, Pupil
from assistant.rehearsal.rig import (
    SimulatedLoudspeaker,
)
from assistant.stt.encoder import Encoder
from assistant.stt.enrolment import Enrolment, load_measure
from assistant.stt.taught import TaughtVoices, checked_name
from assistant.teaching.lesson import Lesson
from assistant.teaching.session import Moment, TeachingSession
from assistant.tts.cache import CachedVoice

TEACH_WORDS = ("stop", "pause", "resume", "next", "repeat", "back", "yes", "no", "ready", "done")
"""What is taught where the settings name nothing: what halts comes first, then what goes on, what
moves about, what answers, and what counts."""

LONGEST_TAUGHT_WORDS = 2
"""Longer phrases are Vosk's: it errs on single words."""


def words_to_teach(world: World) -> tuple[str, ...]:
    """The words that a lesson asks for. Raises SettingsError for one that is no command."""
    chosen = world.settings.teach_words or TEACH_WORDS
    words = tuple(dict.fromkeys(" ".join(word.lower().split()) for word in chosen))
    for word in words:
        is_long = len(word.split()) > LONGEST_TAUGHT_WORDS
        if is_long or world.phrasebook.parse(word) is None:
            raise SettingsError(
                f"{word!r} is {'too long' if is_long else 'no command'}",
                place="teach_words",
                mend="Name commands of one or two words, such as stop, skip or hold on.",
            )
    return words


def teach(world: World, name: str, observe: Callable[[Moment], None]) -> Enrolment:
    """Learn a user's voice on the microphone and the loudspeaker, and keep it.

    Raises VoiceprintError for a name that cannot be one, TeachingError where nothing was learnt
    (an older voice of that name then stays), and what the devices and the voice raise.
    """
    kept_as, words = checked_name(name), words_to_teach(world)
    settings = world.settings
    microphone = Microphone(settings.microphone)
    voice = make_voice(settings)
    loudspeaker = LastingLoudspeaker(
        lambda tell, rests: Loudspeaker(
            tell, device_name=settings.loudspeaker, wait=False, rests=rests
        ),
        lambda e: session.post(e),  # noqa: PLW0108 - made below
    )
    try:
        session = _teaching_session(world, words, voice, loudspeaker, observe)
        while not session.is_over:
            frame = microphone.read(timeout_s=0.2)
            loudspeaker.attend()
            if frame is not None:
                session.hear(frame)
    finally:
        loudspeaker.close()
        microphone.close()
        voice.close()
    return _kept(kept_as, session.lesson)


def teach_synthetic(
    world: World, name: str, answer: Answer, observe: Callable[[Moment], None]
) -> tuple[Enrolment, float]:
    """Learn a synthetic user's voice in simulated time, and keep it; return also how long the
    lesson took, seconds. Raises as `teach` does."""
    kept_as, words = checked_name(name), words_to_teach(world)
    pupil = Pupil(answer)

    def tell(event: PlaybackEvent) -> None:
        session.post(event)
        pupil.post(event)

    sink = SimulatedLoudspeaker(tell)
    voice = make_voice(world.settings)
    try:
        session = _teaching_session(world, words, voice, sink, observe)
        took_s = pupil.be_taught(session, sink)
    finally:
        voice.close()
    return _kept(kept_as, session.lesson), took_s


def _teaching_session(
    world: World,
    words: Sequence[str],
    voice: CachedVoice,
    sink: AudioSink,
    observe: Callable[[Moment], None],
) -> TeachingSession:
    measure = load_measure()
    return TeachingSession(
        Lesson(words, world.lines, measure.least),
        measure,
        Encoder(),
        voice,
        sink,
        rate_wpm=world.settings.rate_wpm,
        observe=observe,
    )


def _kept(name: str, lesson: Lesson) -> Enrolment:
    if not lesson.taught:
        raise TeachingError(
            f"nothing was learnt of the voice {name!r}",
            place="earshot teach",
            mend="Try a quieter room, or another microphone: earshot devices lists them.",
        )
    enrolment = Enrolment(name, lesson.taught)
    TaughtVoices().save(enrolment)
    return enrolment
