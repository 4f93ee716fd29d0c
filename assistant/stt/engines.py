"""Which recogniser serves: the settings' word for an engine, made real."""

import logging
from pathlib import Path
from typing import Literal

import platformdirs

from assistant.errors import EarshotError, ModelError, RecogniserError
from assistant.stt.enrolment import Voices
from assistant.stt.fallback import FallbackRecogniser
from assistant.stt.gate import GatedRecogniser
from assistant.stt.models import FULL_ENGLISH
from assistant.stt.port import Recogniser, Understanding
from assistant.stt.sphinx_engine import SphinxRecogniser
from assistant.stt.spotter import INTERRUPTIONS_FILE, KINDS_FILE, Spotter
from assistant.stt.spotting import SpottingRecogniser
from assistant.stt.vosk_engine import VoskRecogniser, check_model_dir

Engine = Literal["auto", "vosk", "sphinx"]

COACH_MODEL_DIR = Path(__file__).parent / "data" / "vosk-model-small-coach-en"
"""The small model that the package brings: about 380 words of exercise."""

_log = logging.getLogger(__name__)


def user_models_dir() -> Path:
    """Return the folder for fetched models, each in a folder of its own name."""
    return Path(platformdirs.user_data_dir("earshot")) / "models"


def vosk_model_dir(models_dir: Path | None = None) -> Path:
    """Return the best Vosk model here: the full English one where fetched, else the coach's.

    A fetched model that cannot be used is named in the log and passed over.
    """
    fetched = (models_dir or user_models_dir()) / FULL_ENGLISH.name
    if not fetched.exists():
        return COACH_MODEL_DIR
    try:
        check_model_dir(fetched)
    except EarshotError as error:
        _log.warning("the fetched model is passed over: %s", error)
        return COACH_MODEL_DIR
    return fetched


def make_recogniser(
    engine: Engine,
    model_dir: Path | None = None,
    understanding: Understanding | None = None,
    voices: Voices | None = None,
) -> Recogniser:
    """Make the recogniser that the settings name.

    "vosk" and "sphinx" are that engine alone. "auto" is Vosk, with PocketSphinx for the phrases
    whose words Vosk's model lacks, and with the spotter for single words where it is told what
    phrases mean, which also knows the `voices` that were taught; PocketSphinx alone where Vosk's
    library cannot be loaded. `model_dir` is a Vosk model to use in place of the best one here.
    Vosk and the spotter hear only while there is voice activity; PocketSphinx sees to that
    itself. Raises ModelError for a folder that is no model, RecogniserError for an engine that
    cannot be loaded.
    """
    if engine == "sphinx":
        return SphinxRecogniser()
    chosen_dir = model_dir or vosk_model_dir()
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
                inner, spotter, understanding, voices, kinds, interruptions=interruptions
            )
            return GatedRecogniser(spotting, understanding=understanding, attend=spotting.attend)
        except (ModelError, RecogniserError) as error:
            _log.warning("single words are left to Vosk alone: %s", error)
    return GatedRecogniser(inner, understanding=understanding)
