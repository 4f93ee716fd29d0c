"""Reading the weights that the package brings: npz files, numbers only."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
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
        # From memory: NumPy 2.4 leaves a path that it cannot read open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        problem = f"this is no whole {what} ({error})"
        raise ModelError(problem, place=str(path), mend=mend) from error


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
