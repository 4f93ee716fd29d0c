"""Fetches a speech model: resumable, checked before it is unpacked; or from a file on a stick."""

import http.client
import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from assistant.errors import EarshotError, ModelError
from assistant.stt.archive import Archive, sha256_of, unpack, verify
from assistant.stt.vosk_engine import check_model_dir

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


FULL_ENGLISH = Archive(
    name="vosk-model-small-en-us-0.15",
    language="en",
    url="https://alphacephei.com/vosk/models/vosk-model-small-en-us-0.15.zip",
    size_bytes=41_205_931,
    sha256="30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498",
    max_unpacked_bytes=200_000_000,
    licence="Apache-2.0",
)

ARCHIVES: Mapping[str, Archive] = MappingProxyType({FULL_ENGLISH.name: FULL_ENGLISH})
"""The models that can be fetched, by name. A model of another language is one entry more."""

Progress = Callable[[int, int], None]
"""Told how many bytes there are by now, and how many there will be."""


def _untold(have_bytes: int, whole_bytes: int) -> None:
    """Nobody wants to know."""
    del have_bytes, whole_bytes


def archive_named(name: str) -> Archive:
    """A model that can be fetched. Raises ModelError for a name that is not known."""
    if name not in ARCHIVES:
        raise ModelError(
            f"no model is named '{name}'", mend=f"Choose one of: {', '.join(ARCHIVES)}."
        )
    return ARCHIVES[name]


def fetch(
    name: str,
    dest: Path,
    *,
    url: str | None = None,
    timeout_s: float = 5,
    progress: Progress = _untold,
) -> Path:
    """Fetch a known model into the folder `dest`; return the model's own folder there.

    A model that is there already and whole is left alone. `url` is another place of the same
    archive: size and checksum stay the same. `timeout_s` bounds the wait for a connection and
    for each piece of data. Raises OfflineError without a connection, ModelError for a name that
    is not known, a wrong checksum, a broken download (the next call goes on from there) and an
    archive that cannot be unpacked safely.
    """
    archive = archive_named(name)
    if url:
        archive = replace(archive, url=url)
    return fetch_archive(archive, dest, timeout_s=timeout_s, progress=progress)


def fetch_archive(
    archive: Archive, dest: Path, *, timeout_s: float = 5, progress: Progress = _untold
) -> Path:
    """Fetch a described archive; otherwise as `fetch`."""
    model_dir = dest / archive.name
    if model_dir.exists() and _is_whole(model_dir):
        return model_dir
    with _mend_for_disk(dest):
        dest.mkdir(parents=True, exist_ok=True)
        part = dest / f"{archive.name}.zip.part"
        if not part.exists() or part.stat().st_size < archive.size_bytes:
            _download(archive, part, timeout_s, progress)
        _check_sum(archive, part)
        try:
            unpack(archive, part, model_dir)
        finally:
            part.unlink()  # one that was refused would only be refused again
    return model_dir


def fetch_from(file: Path, archive: Archive, dest: Path, *, progress: Progress = _untold) -> Path:
    """Put a model in place from an archive on this machine, such as one on a stick; return its
    folder in `dest`.

    It is copied, checked and unpacked as a download is, and the file is left as it is. A model that
    is there already and whole is left alone. Raises ModelError as `fetch` does, and where the file
    cannot be read or is another one.
    """
    model_dir = dest / archive.name
    if model_dir.exists() and _is_whole(model_dir):
        return model_dir
    archive = replace(archive, url=str(file))
    size_bytes = _size_of(file)
    if size_bytes != archive.size_bytes:
        raise ModelError(
            f"this file has {size_bytes} bytes, and {archive.name} has {archive.size_bytes}",
            place=str(file),
            mend="Copy it anew, or name the model that it is: earshot models list.",
        )
    with _mend_for_disk(dest):
        dest.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=dest, prefix=".copying-") as folder:
            copy = Path(folder) / "model.zip"
            _copy(file, copy, archive.size_bytes, progress)
            _check_sum(archive, copy)
            unpack(archive, copy, model_dir)
    return model_dir


def _size_of(file: Path) -> int:
    try:
        if not file.is_file():
            raise _unreadable(file, "there is no such file")
        return file.stat().st_size
    except OSError as error:
        raise _unreadable(file, str(error.strerror or error)) from error


def _copy(file: Path, copy: Path, size_bytes: int, progress: Progress) -> None:
    """Copy at most so many bytes: the file may grow meanwhile. Raises ModelError where it cannot
    be read, OSError where the copy cannot be written."""
    with copy.open("wb") as kept, _opened(file) as opened:
        while kept.tell() < size_bytes:
            try:
                block = opened.read(min(_BLOCK_BYTES, size_bytes - kept.tell()))
            except OSError as error:  # the stick was pulled
                raise _unreadable(file, str(error.strerror or error)) from error
            if not block:
                break
            kept.write(block)
            progress(kept.tell(), size_bytes)


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise _unreadable(file, str(error.strerror or error)) from error


def _unreadable(file: Path, why: str) -> ModelError:
    return ModelError(
        f"the model cannot be read ({why})",
        place=str(file),
        mend="Name the zip file itself, such as /media/stick/vosk-model-small-en-us-0.15.zip.",
    )


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


def _download(archive: Archive, part: Path, timeout_s: float, progress: Progress) -> None:
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
            _store(response, part, append=resumed, archive=archive, progress=progress)
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
    response: http.client.HTTPResponse,
    part: Path,
    *,
    append: bool,
    archive: Archive,
    progress: Progress,
) -> None:
    limit_bytes = archive.size_bytes
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
            progress(file.tell(), limit_bytes)


def _check_sum(archive: Archive, part: Path) -> None:
    found = sha256_of(part)
    if found != archive.sha256:
        part.unlink()
        raise ModelError(
            f"the archive's checksum is {found}, not {archive.sha256}; our copy was deleted",
            place=archive.url,
            mend="Run it again; if that does not help, the file at that place has changed.",
        )
