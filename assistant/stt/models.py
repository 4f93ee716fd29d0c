"""Fetches a speech model: resumable, checked before it is unpacked, unpacked with care."""

import hashlib
import http.client
import os
import shutil
import ssl
import stat
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from assistant.errors import EarshotError, ModelError
from assistant.stt.vosk_engine import check_model_dir

SUMS_FILE = "SHA256SUMS"
"""Written into an unpacked model: each file with its checksum, as `sha256sum -c` reads it."""

MAX_FILES = 200
"""An archive with more entries is refused: a small Vosk model has fewer than 20."""

_BLOCK_BYTES = 1 << 16
_NETWORK_ERRORS = (
    urllib.error.URLError,
    TimeoutError,
    ConnectionError,
    ssl.SSLError,
    http.client.HTTPException,
)


class OfflineError(ModelError):
    """No connection to the model's site."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A model's zip file; it holds one folder, named like the model."""

    name: str
    url: str
    size_bytes: int
    sha256: str
    max_unpacked_bytes: int
    """An archive that would unpack to more is refused."""
    licence: str


FULL_ENGLISH = Archive(
    name="vosk-model-small-en-us-0.15",
    url="https://alphacephei.com/vosk/models/vosk-model-small-en-us-0.15.zip",
    size_bytes=41_205_931,
    sha256="30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498",
    max_unpacked_bytes=200_000_000,
    licence="Apache-2.0",
)

ARCHIVES: Mapping[str, Archive] = MappingProxyType({FULL_ENGLISH.name: FULL_ENGLISH})
"""The models that can be fetched, by name."""


def fetch(name: str, dest: Path, *, url: str | None = None, timeout_s: float = 5) -> Path:
    """Fetch a known model into the folder `dest`; return the model's own folder there.

    A model that is there already and whole is left alone. `url` is another place of the same
    archive: size and checksum stay the same. `timeout_s` bounds the wait for a connection and
    for each piece of data. Raises OfflineError without a connection, ModelError for a name that
    is not known, a wrong checksum, a broken download (the next call goes on from there) and an
    archive that cannot be unpacked safely.
    """
    if name not in ARCHIVES:
        raise ModelError(
            f"no model is named '{name}'", mend=f"Choose one of: {', '.join(ARCHIVES)}."
        )
    archive = ARCHIVES[name]
    return fetch_archive(replace(archive, url=url) if url else archive, dest, timeout_s=timeout_s)


def fetch_archive(archive: Archive, dest: Path, *, timeout_s: float = 5) -> Path:
    """Fetch a described archive; otherwise as `fetch`."""
    model_dir = dest / archive.name
    if model_dir.exists() and _is_whole(model_dir):
        return model_dir
    with _mend_for_disk(dest):
        dest.mkdir(parents=True, exist_ok=True)
        part = dest / f"{archive.name}.zip.part"
        if not part.exists() or part.stat().st_size < archive.size_bytes:
            _download(archive, part, timeout_s)
        _check_sum(archive, part)
        try:
            _unpack(archive, part, model_dir)
        finally:
            part.unlink()  # one that was refused would only be refused again
    return model_dir


def verify(model_dir: Path) -> None:
    """Check a fetched model file by file; raises ModelError where one is missing or altered."""
    sums = model_dir / SUMS_FILE
    again = "Remove the folder and fetch the model again: earshot models fetch."
    if not sums.is_file():
        raise ModelError(f"{SUMS_FILE} is missing", place=str(model_dir), mend=again)
    for line in sums.read_text(encoding="utf-8").splitlines():
        expected, _, name = line.partition("  ")
        path = model_dir / name
        if not path.is_file():
            raise ModelError(f"{name} is missing", place=str(model_dir), mend=again)
        if _sha256(path) != expected:
            raise ModelError(f"{name} has been altered", place=str(model_dir), mend=again)


def _is_whole(model_dir: Path) -> bool:
    try:
        check_model_dir(model_dir)
        verify(model_dir)
    except EarshotError:
        return False
    return True


@contextmanager
def _mend_for_disk(dest: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"cannot write the model ({error.strerror or error})",
            place=str(dest),
            mend="Make room on the disk, or choose a folder that you may write to.",
        ) from error


def _download(archive: Archive, part: Path, timeout_s: float) -> None:
    """Bring `part` to the archive's full size, from where it stands."""
    if not archive.url.startswith(("https://", "http://")):
        raise ModelError(
            f"'{archive.url}' is no web address", mend="Use one that starts with https://."
        )
    have_bytes = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(archive.url)
    if have_bytes:
        request.add_header("Range", f"bytes={have_bytes}-")
    try:
        response = urllib.request.urlopen(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        error.close()
        raise ModelError(
            f"the server answered {error.code} {error.reason}",
            place=archive.url,
            mend="Try again later.",
        ) from error
    except _NETWORK_ERRORS as error:
        raise OfflineError(
            f"no connection ({getattr(error, 'reason', error)})",
            place=archive.url,
            mend="Connect to the internet and run: earshot models fetch.",
        ) from error
    cause = "the connection ended"
    with response:
        try:
            # 200 for a Range is a server that sends all of it from the start.
            resumed = response.status == http.client.PARTIAL_CONTENT
            _store(response, part, append=resumed, limit_bytes=archive.size_bytes)
        except _NETWORK_ERRORS as error:
            cause = str(error)
    have_bytes = part.stat().st_size
    if have_bytes != archive.size_bytes:
        raise ModelError(
            f"the download broke off after {have_bytes} of {archive.size_bytes} bytes ({cause})",
            place=archive.url,
            mend="Run it again; it goes on where it stopped.",
        )


def _store(
    response: http.client.HTTPResponse, part: Path, *, append: bool, limit_bytes: int
) -> None:
    with part.open("ab" if append else "wb") as file:
        while block := response.read(_BLOCK_BYTES):
            if file.tell() + len(block) > limit_bytes:
                file.truncate(0)
                raise ModelError(
                    f"the server sends more than the {limit_bytes} bytes of this model",
                    place=response.url,
                    mend="Try again later; what is there now is not this model.",
                )
            file.write(block)


def _check_sum(archive: Archive, part: Path) -> None:
    found = _sha256(part)
    if found != archive.sha256:
        part.unlink()
        raise ModelError(
            f"the download's checksum is {found}, not {archive.sha256}; it was deleted",
            place=archive.url,
            mend="Run it again; if that does not help, the file at that address has changed.",
        )


def _unpack(archive: Archive, zip_path: Path, model_dir: Path) -> None:
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
    lines = [f"{_sha256(path)}  {path.relative_to(model_dir).as_posix()}\n" for path in paths]
    (model_dir / SUMS_FILE).write_text("".join(lines), encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
