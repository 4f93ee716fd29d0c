"""Which speech models there are: those that can be fetched, and the one that comes along."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ModelError
from assistant.stt.archive import Archive
from assistant.stt.engines import (
    COACH_MODEL_DIR,
    COACH_MODEL_LANGUAGE,
    chosen_model_dir,
    user_models_dir,
)
from assistant.stt.models import ARCHIVES
from assistant.stt.vosk_engine import check_model_dir


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that is here, or that can be fetched."""

    name: str
    language: str
    folder: Path
    """Where it is, or would be."""
    size_mb: float
    """Of its archive, or of its files where it came along; megabytes."""
    licence: str

    @property
    def is_here(self) -> bool:
        """Whether there is such a folder."""
        return self.folder.is_dir()


def known_models(
    models_dir: Path | None = None, archives: Mapping[str, Archive] = ARCHIVES
) -> list[KnownModel]:
    """The coach's own model, and each that can be fetched."""
    own_bytes = sum(path.stat().st_size for path in COACH_MODEL_DIR.rglob("*") if path.is_file())
    own = KnownModel(
        COACH_MODEL_DIR.name, COACH_MODEL_LANGUAGE, COACH_MODEL_DIR, own_bytes / 1e6, "see README"
    )
    folder = models_dir or user_models_dir()
    fetched = (
        KnownModel(x.name, x.language, folder / x.name, x.size_bytes / 1e6, x.licence)
        for x in archives.values()
    )
    return [own, *fetched]


def usable_model(given: str) -> str:
    """A model as the settings take it, checked: a known name as it is, a folder made absolute.

    Raises ModelError where it is not here or no model, RecogniserError where it takes no grammar.
    """
    folder = chosen_model_dir(Path(given))
    if not folder.is_dir() and given in ARCHIVES:
        raise ModelError(
            f"{given} is not here", place=str(folder), mend=f"Run: earshot models fetch {given}."
        )
    if not folder.is_dir():
        names = ", ".join(model.name for model in known_models())
        raise ModelError(
            f"there is no model and no folder {given!r}", mend=f"Name a folder, or one of {names}."
        )
    check_model_dir(folder)
    is_known = any(model.name == given for model in known_models())
    return given if is_known else str(folder.resolve())
