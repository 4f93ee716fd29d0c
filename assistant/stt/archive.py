"""A model's archive: unpacked with care, and the files of it that can be checked later."""

import hashlib
import os
import shutil
import stat
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.errors import ModelError
from assistant.stt.vosk_engine import check_model_dir

SUMS_FILE = "SHA256SUMS"
"""Written into an unpacked model: each file with its checksum, as `sha256sum -c` reads it."""

MAX_FILES = 200
"""An archive with more entries is refused: a small Vosk model has fewer than 20."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A model's zip file; it holds one folder, named like the model."""

    name: str
    language: str
    """As in the settings: "en"."""
    url: str
    size_bytes: int
    sha256: str
    max_unpacked_bytes: int
    """An archive that would unpack to more is refused."""
    licence: str


def verify(model_dir: Path) -> None:
    """Check a model file by file; raises ModelError where one is missing or altered."""
    sums = model_dir / SUMS_FILE
    again = "Remove the folder and fetch the model again: earshot models fetch."
    if not sums.is_file():
        raise ModelError(f"{SUMS_FILE} is missing", place=str(model_dir), mend=again)
    for line in sums.read_text(encoding="utf-8", errors="replace").splitlines():
        expected, _, name = line.partition("  ")
        path = model_dir / name
        if not path.is_file():
            raise ModelError(f"{name} is missing", place=str(model_dir), mend=again)
        if sha256_of(path) != expected:
            raise ModelError(f"{name} has been altered", place=str(model_dir), mend=again)


def unpack(archive: Archive, zip_path: Path, model_dir: Path) -> None:
    """Unpack into a folder beside `model_dir`, then put that in its place in one step."""
    with tempfile.TemporaryDirectory(dir=model_dir.parent, prefix=".unpacking-") as name:
        staging = Path(name)
        try:
            with zipfile.ZipFile(zip_path) as opened:
                for entry in _safe_entries(archive, opened):
                    opened.extract(entry, staging)
        # NotImplementedError is zipfile's own, for a compression that it cannot undo; RuntimeError,
        # for a password.
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise _unsafe(archive, f"it is no zip file that can be read: {error}") from error
        unpacked = staging / archive.name
        check_model_dir(unpacked)
        _write_sums(unpacked)
        if model_dir.exists():
            shutil.rmtree(model_dir)
        os.rename(unpacked, model_dir)  # noqa: PTH104 - rename, atomic, is what is meant


def _safe_entries(archive: Archive, opened: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    entries = opened.infolist()
    if len(entries) > MAX_FILES:
        raise _unsafe(archive, f"it holds {len(entries)} entries, more than {MAX_FILES}")
    # What is read of an entry is bounded by the size that it declares.
    total_bytes = sum(entry.file_size for entry in entries)
    if total_bytes > archive.max_unpacked_bytes:
        raise _unsafe(archive, f"it would unpack to {total_bytes} bytes")
    for entry in entries:
        path = PurePosixPath(entry.filename)
        outside = path.is_absolute() or ".." in path.parts or path.parts[:1] != (archive.name,)
        if outside or "\\" in entry.filename:
            raise _unsafe(archive, f"'{entry.filename}' lies outside the folder {archive.name}")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _unsafe(archive, f"'{entry.filename}' is a link or a device")
    return entries


def _unsafe(archive: Archive, problem: str) -> ModelError:
    return ModelError(
        f"the archive is refused: {problem}",
        place=archive.url,
        mend="Try again later: what is at this address is not the model that is meant.",
    )


def _write_sums(model_dir: Path) -> None:
    paths = sorted(path for path in model_dir.rglob("*") if path.is_file())
    lines = [f"{sha256_of(path)}  {path.relative_to(model_dir).as_posix()}\n" for path in paths]
    (model_dir / SUMS_FILE).write_text("".join(lines), encoding="utf-8")


def sha256_of(path: Path) -> str:
    """A file's checksum, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
