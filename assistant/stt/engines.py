"""Which recogniser serves: the settings' word for an engine, made real."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import platformdirs

from assistant.errors import EarshotError, ModelError, RecogniserError
from assistant.stt.archive import Archive
from assistant.stt.enrolment import Voices
from assistant.stt.fallback import FallbackRecogniser
from assistant.stt.gate import GatedRecogniser
from assistant.stt.models import ARCHIVES
from assistant.stt.port import Recogniser, Understanding
from assistant.stt.sphinx_engine import SphinxRecogniser
from assistant.stt.spotter import INTERRUPTIONS_FILE, KINDS_FILE, Spotter
from assistant.stt.spotting import SpottingRecogniser
from assistant.stt.vosk_engine import VoskRecogniser, check_model_dir

Engine = Literal["auto", "vosk", "sphinx"]

COACH_MODEL_DIR = Path(__file__).parent / "data" / "vosk-model-small-coach-en"
"""The small model that the package brings: about 380 words of exercise."""

COACH_MODEL_LANGUAGE = "en"

_log = logging.getLogger(__name__)


def user_models_dir() -> Path:
    """Return the folder for fetched models, each in a folder of its own name."""
    return Path(platformdirs.user_data_dir("earshot")) / "models"


def vosk_model_dir(
    models_dir: Path | None = None,
    language: str = "en",
    archives: Mapping[str, Archive] = ARCHIVES,
) -> Path:
    """Return the best Vosk model here for a language: a fetched one, else the coach's.

    A fetched model that cannot be used is named in the log and passed over. Raises ModelError for
    a language of which there is none.
    """
    folder = models_dir or user_models_dir()
    of_language = [archive.name for archive in archives.values() if archive.language == language]
    for name in of_language:
        if not (folder / name).exists():
            continue
        try:
            check_model_dir(folder / name)
        except EarshotError as error:
            _log.warning("the fetched model is passed over: %s", error)
        else:
            return folder / name
    if language == COACH_MODEL_LANGUAGE:
        return COACH_MODEL_DIR
    raise ModelError(
        f"there is no speech model for the language {language!r} here",
        place=str(folder),
        mend=f"Fetch it: earshot models fetch {of_language[0]}."
        if of_language
        else "Name the folder of one: earshot models use DIR.",
    )


def chosen_model_dir(model: Path | None, language: str = "en") -> Path:
    """The folder of the Vosk model that serves: `model` is the setting, a folder or a name of
    `earshot models list`; None: the best one here for the language. Raises ModelError."""
    if model is None:
        return vosk_model_dir(language=language)
    if model == Path(COACH_MODEL_DIR.name):
        return COACH_MODEL_DIR
    return user_models_dir() / model if str(model) in ARCHIVES else model


def make_recogniser(
    engine: Engine,
    model_dir: Path | None = None,
    understanding: Understanding | None = None,
    voices: Voices | None = None,
    *,
    language: str = "en",
) -> Recogniser:
    """Make the recogniser that the settings name.

    "vosk" and "sphinx" are that engine alone. "auto" is Vosk, with PocketSphinx for the phrases
    whose words Vosk's model lacks, and with the spotter for single words where it is told what
    phrases mean, which also knows the `voices` that were taught; PocketSphinx alone where Vosk's
    library cannot be loaded. `model_dir` is a Vosk model, by folder or name, in place of the best
    one here for the language.
    Vosk and the spotter hear only while there is voice activity; PocketSphinx sees to that
    itself. Raises ModelError for a folder that is no model, RecogniserError for an engine that
    cannot be loaded.
    """
    if engine == "sphinx":
        return SphinxRecogniser()
    chosen_dir = chosen_model_dir(model_dir, language)
    if engine == "vosk":
        return GatedRecogniser(VoskRecogniser(chosen_dir), understanding=understanding)
    check_model_dir(chosen_dir)
    try:
        main = VoskRecogniser(chosen_dir)
    except RecogniserError as error:
        _log.warning("PocketSphinx serves in Vosk's place: %s", error)
        return SphinxRecogniser()
    inner: Recogniser = FallbackRecogniser(main, SphinxRecogniser)
    if understanding is not None:
        try:
            spotter = Spotter()
            kinds = Spotter(KINDS_FILE, spotter.encoder)
            interruptions = Spotter(INTERRUPTIONS_FILE, spotter.encoder)
            spotting = SpottingRecogniser(
                inner,
                spotter,
                understanding,
                voices=voices,
                kinds=kinds,
                again=main.second_hearing(),
                interruptions=interruptions,
            )
            return GatedRecogniser(
                spotting,
                understanding=understanding,
                attend=spotting.attend,
                expect=spotting.expect,
                halts=spotting.halts,
            )
        except (ModelError, RecogniserError) as error:
            _log.warning("single words are left to Vosk alone: %s", error)
    return GatedRecogniser(inner, understanding=understanding)
