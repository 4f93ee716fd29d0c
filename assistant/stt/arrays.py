"""Reading the weights that the package brings: npz files, numbers only."""

import hashlib
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError

Arrays = Mapping[str, npt.NDArray[Any]]


def read_arrays(path: Path, *, what: str, mend: str) -> Arrays:
    """Return a file's arrays by their names.

    Raises ModelError for a file that is absent, cut short or no npz; `what` says what it should
    be, such as "head file".
    """
    try:
        # Opened here: NumPy 2.4 leaves a path that it cannot read open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as parts:
            return {name: parts[name] for name in parts.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        problem = f"this is no whole {what} ({error})"
        raise ModelError(problem, place=str(path), mend=mend) from error


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    written = path.stat()
    return _fingerprint(path, written.st_mtime_ns, written.st_size)


@lru_cache(maxsize=8)
def _fingerprint(path: Path, _written_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
