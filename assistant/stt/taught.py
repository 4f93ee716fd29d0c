"""Where taught voices are kept: a small file of numbers for each person, never a recording."""

import io
import logging
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs

from assistant.errors import VoiceprintError
from assistant.stt.arrays import fingerprint
from assistant.stt.encoder import WEIGHTS_FILE
from assistant.stt.enrolment import MEASURE_FILE, Enrolment, load_measure

LAYOUT = 1
"""Version of the file's layout; another needs another reader."""

DEFAULT_NAME = "me"
"""Whose voice it is where no name is given."""

SUFFIX = ".npz"

MOST_BYTES = 8 * 2**20
"""A larger file is none of ours: 64 words with six examples each take 1.3 MB."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?")
_LENGTH_TOLERANCE = 0.01

_log = logging.getLogger(__name__)


def voices_dir() -> Path:
    """Return the user's folder of taught voices."""
    return Path(platformdirs.user_data_dir("earshot")) / "voices"


def checked_name(name: str) -> str:
    """Return a person's name as its file is called, in lower case. Raises VoiceprintError."""
    lower = name.strip().lower()
    if not _NAME.fullmatch(lower):
        raise VoiceprintError(
            f"{name!r} cannot be the name of a voice",
            place="earshot teach NAME",
            mend="Use up to 32 of the letters a to z, digits, '-' and '_', such as anna.",
        )
    return lower


class TaughtVoices:
    """A folder of taught voices, a file each."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` None is the user's own; it need not exist."""
        self.folder = folder or voices_dir()

    def names(self) -> list[str]:
        """Whose voices there are, sorted, also of files that cannot be used."""
        found = (path.stem for path in self.folder.glob(f"*{SUFFIX}"))
        return sorted(name for name in found if _NAME.fullmatch(name))

    def path(self, name: str) -> Path:
        """Return where a voice is kept. Raises VoiceprintError for a name that cannot be one."""
        return self.folder / f"{checked_name(name)}{SUFFIX}"

    def load(self, name: str) -> Enrolment:
        """Read a voice. Raises VoiceprintError where it is absent, not whole or does not fit."""
        path = self.path(name)
        try:
            if path.stat().st_size > MOST_BYTES:
                raise _unusable(path, f"{path.stat().st_size} bytes are too many for a voice")
            # From memory: NumPy 2.4 leaves a path that it cannot read open.
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                arrays = {key: file[key] for key in file.files}
        except FileNotFoundError as error:
            raise self._unknown(name) from error
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise _unusable(path, f"this is no whole file of a voice ({error})") from error
        return _enrolment(path, arrays)

    def load_all(self, warn: Callable[[str], None]) -> tuple[Enrolment, ...]:
        """Read every voice; one that cannot be used is told to `warn` and passed over."""
        found: list[Enrolment] = []
        for name in self.names():
            try:
                found.append(self.load(name))
            except VoiceprintError as error:
                warn(f"a taught voice is passed over: {error}")
        return tuple(found)

    def save(self, enrolment: Enrolment) -> Path:
        """Write a voice in the place of an older one of that name, whole or not at all; return
        its path. Only the user may read it. Raises VoiceprintError where it cannot be written."""
        path = self.path(enrolment.name)
        words = list(enrolment.examples)
        arrays: dict[str, Any] = {
            "layout": np.int64(LAYOUT),
            "encoder_sha256": np.str_(fingerprint(WEIGHTS_FILE)),
            "measure_sha256": np.str_(fingerprint(MEASURE_FILE)),
            "words": np.array(words, dtype=np.str_),
        }
        for index, word in enumerate(words):
            arrays[f"examples_{index}"] = enrolment.examples[word].astype(np.float16)
        content = io.BytesIO()
        np.savez_compressed(content, **arrays)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_whole(path, content.getvalue())
        except OSError as error:
            raise VoiceprintError(
                f"the voice cannot be written ({error.strerror})",
                place=str(path),
                mend="Make room, or let yourself write to that folder.",
            ) from error
        return path

    def forget(self, name: str) -> Path:
        """Remove a voice, whatever is in its file; return where it was. Raises VoiceprintError
        where there is none of that name, or it cannot be removed."""
        path = self.path(name)
        try:
            path.unlink()
            for part in self.folder.glob(f".{path.stem}.*.part"):  # of a write that was cut off
                part.unlink(missing_ok=True)
        except FileNotFoundError as error:
            raise self._unknown(name) from error
        except OSError as error:
            raise VoiceprintError(
                f"the voice cannot be removed ({error.strerror})",
                place=str(path),
                mend="Remove the file yourself.",
            ) from error
        _log.info("forgot the voice %s", path)
        return path

    def _unknown(self, name: str) -> VoiceprintError:
        known = ", ".join(self.names())
        return VoiceprintError(
            f"nobody has taught a voice named {name!r}",
            place=str(self.folder),
            mend=f"There are: {known}." if known else f"Teach it: earshot teach {name}.",
        )


def _enrolment(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> Enrolment:
    try:
        layout = int(arrays["layout"])
        encoder = str(arrays["encoder_sha256"])
        measure = str(arrays["measure_sha256"])
        words = [str(word) for word in arrays["words"]]
        examples = {
            word: arrays[f"examples_{index}"].astype(np.float32) for index, word in enumerate(words)
        }
    except (KeyError, TypeError, ValueError) as error:
        raise _unusable(path, f"a part of this voice is missing or wrong ({error})") from error
    if layout != LAYOUT:
        raise _unusable(path, f"this voice has layout {layout}, and {LAYOUT} is read here")
    if encoder != fingerprint(WEIGHTS_FILE):
        raise _unusable(path, f"this voice was taught to another encoder ({encoder[:12]}…)")
    if measure != fingerprint(MEASURE_FILE):
        raise _unusable(path, f"this voice was taught to another measure ({measure[:12]}…)")
    for word, rows in examples.items():
        if rows.ndim != 2 or rows.shape[1] != load_measure().size or not len(rows):
            raise _unusable(path, f"the examples of {word!r} have shape {rows.shape}")
        if not np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=_LENGTH_TOLERANCE):
            raise _unusable(path, f"the examples of {word!r} are damaged")
    return Enrolment(path.stem, examples)


def _unusable(path: Path, problem: str) -> VoiceprintError:
    return VoiceprintError(
        problem,
        place=str(path),
        mend=f"Teach it again: earshot teach {path.stem}, or remove it: "
        f"earshot teach --forget {path.stem}.",
    )


def _write_whole(path: Path, content: bytes) -> None:
    # mkstemp's files are readable by their owner alone (0600).
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
