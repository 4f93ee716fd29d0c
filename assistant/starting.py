"""A start that nothing in the settings can prevent: what is wrong is told, its default counts.

For the service, which comes up by itself on a shelf. Commands that a person types are strict.
"""

from collections.abc import Callable
from typing import Any

from assistant.app import World, load_world, make_voice
from assistant.config import Settings, default_of, load_what_counts
from assistant.errors import (
    EarshotError,
    IntentsError,
    LibraryError,
    ModelError,
    RecogniserError,
    SettingsError,
    VoiceError,
)
from assistant.stt.engines import chosen_model_dir
from assistant.stt.vosk_engine import check_model_dir
from assistant.tts.pyttsx3_engine import Pyttsx3Synthesiser

FALLS_BACK = "The default counts until then."
"""Said after each problem."""


def start_world(warn: Callable[[str], None], **flags: Any) -> World:
    """What `earshot run` starts with; everything wrong in the settings file, the environment or a
    user's own folder is told to `warn` and left out.

    Raises SettingsError for a wrong flag, and what the parts raise where even the defaults do not
    work.
    """
    settings, problems = load_what_counts(**flags)
    for problem in problems:
        warn(f"{problem} {FALLS_BACK}")

    def without(name: str, error: EarshotError) -> Settings:
        if flags.get(name) is not None:
            raise error
        warn(f"{error} {FALLS_BACK}")
        return settings.model_copy(update={name: default_of(name)})

    try:
        if settings.model is not None:
            check_model_dir(chosen_model_dir(settings.model))
    except (ModelError, RecogniserError) as error:
        settings = without("model", error)
    try:
        _check_cache_dir(settings)
    except VoiceError as error:
        settings = without("cache_dir", error)
    try:
        _check_voice(settings)
    except VoiceError as error:
        if error.place != "voice":  # no voice works: nothing in the settings mends that
            raise
        settings = without("voice", error)
    return _world(settings, without, warn)


def _world(
    settings: Settings,
    without: Callable[[str, EarshotError], Settings],
    warn: Callable[[str], None],
) -> World:
    try:
        return load_world(settings)
    except SettingsError as error:
        return load_world(without("wake_phrases", error))
    except (LibraryError, IntentsError) as error:
        own = settings.user_dir
        if settings.language != "en":
            return load_world(without("language", error))
        if own is None:
            raise
        warn(f"{error} Nothing in {own} but the settings counts until then.")
        return load_world(settings, with_own=False)


def _check_cache_dir(settings: Settings) -> None:
    """Raises VoiceError where a folder that was named cannot be written."""
    if settings.cache_dir is not None:
        make_voice(settings).close()


def _check_voice(settings: Settings) -> None:
    """Raises VoiceError for a voice that espeak-ng does not have. Only asked where one is named:
    its process takes a moment to start."""
    if settings.voice is None:
        return
    with Pyttsx3Synthesiser(settings.voice) as voice:
        voice.check()
