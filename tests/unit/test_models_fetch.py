"""Fetching a model from a real HTTP server on this machine."""

import functools
import hashlib
import io
import re
import socket
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assistant.errors import ModelError
from assistant.stt.models import (
    ARCHIVES,
    FULL_ENGLISH,
    MAX_FILES,
    SUMS_FILE,
    Archive,
    OfflineError,
    fetch,
    fetch_archive,
    verify,
)

NAME = "vosk-model-tiny"
PARTS = ("am/final.mdl", "conf/model.conf", "graph/HCLr.fst", "graph/Gr.fst")


def zipped(entries: dict[str, bytes], mode: int = 0o100644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return buffer.getvalue()


GOOD = zipped({f"{NAME}/{part}": part.encode() * 5000 for part in PARTS})


@dataclass
class Site:
    """What the server does, and what it was asked."""

    content: bytes
    cut_after_bytes: int | None = None
    knows_range: bool = True
    status: int | None = None
    ranges: list[str | None] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, site: Site, *args: object) -> None:
        self.site = site
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        site = self.site
        asked = self.headers.get("Range")
        site.ranges.append(asked)
        if site.status is not None:
            self.send_error(site.status)
            return
        found = re.fullmatch(r"bytes=(\d+)-", asked or "") if site.knows_range else None
        start = int(found[1]) if found else 0
        self.send_response(206 if found else 200)
        self.send_header("Content-Length", str(len(site.content) - start))
        self.end_headers()
        self.wfile.write(site.content[start : site.cut_after_bytes])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site(GOOD)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, site))
    site.url = f"http://127.0.0.1:{server.server_port}/{NAME}.zip"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


def described(site: Site, **changes: object) -> Archive:
    fields: dict[str, object] = {
        "name": NAME,
        "url": site.url,
        "size_bytes": len(site.content),
        "sha256": hashlib.sha256(site.content).hexdigest(),
        "max_unpacked_bytes": 1_000_000,
        "licence": "CC0",
    }
    return Archive(**(fields | changes))  # type: ignore[arg-type]


def assert_nothing_but(dest: Path, *names: str) -> None:
    assert sorted(path.name for path in dest.iterdir()) == sorted(names)


def test_right_archive_becomes_a_model_folder(site, tmp_path):
    folder = fetch_archive(described(site), tmp_path / "models")
    assert folder == tmp_path / "models" / NAME
    assert (folder / "am/final.mdl").read_bytes() == b"am/final.mdl" * 5000
    verify(folder)
    assert_nothing_but(tmp_path / "models", NAME)


def test_whole_model_is_not_fetched_again(site, tmp_path):
    fetch_archive(described(site), tmp_path)
    fetch_archive(described(site), tmp_path)
    assert len(site.ranges) == 1


def test_altered_model_is_found_and_fetched_again(site, tmp_path):
    folder = fetch_archive(described(site), tmp_path)
    (folder / "graph/Gr.fst").write_bytes(b"other")
    with pytest.raises(ModelError, match=r"graph/Gr\.fst has been altered"):
        verify(folder)
    fetch_archive(described(site), tmp_path)
    verify(folder)


def test_missing_file_and_missing_sums_are_found(site, tmp_path):
    folder = fetch_archive(described(site), tmp_path)
    (folder / "am/final.mdl").unlink()
    with pytest.raises(ModelError, match=r"am/final\.mdl is missing"):
        verify(folder)
    (folder / SUMS_FILE).unlink()
    with pytest.raises(ModelError, match=f"{SUMS_FILE} is missing"):
        verify(folder)


def test_wrong_checksum_unpacks_nothing_and_keeps_nothing(site, tmp_path):
    with pytest.raises(ModelError, match="checksum"):
        fetch_archive(described(site, sha256="0" * 64), tmp_path)
    assert_nothing_but(tmp_path)


def test_download_cut_off_goes_on_where_it_stopped(site, tmp_path):
    site.cut_after_bytes = 1000
    with pytest.raises(ModelError, match=f"after 1000 of {len(GOOD)} bytes"):
        fetch_archive(described(site), tmp_path)
    assert_nothing_but(tmp_path, f"{NAME}.zip.part")
    site.cut_after_bytes = None
    verify(fetch_archive(described(site), tmp_path))
    assert site.ranges == [None, "bytes=1000-"]
    assert_nothing_but(tmp_path, NAME)


def test_server_that_ignores_range_is_read_from_the_start(site, tmp_path):
    (tmp_path / f"{NAME}.zip.part").write_bytes(GOOD[:700])
    site.knows_range = False
    verify(fetch_archive(described(site), tmp_path))
    assert site.ranges == ["bytes=700-"]


def test_whole_part_is_not_downloaded_again(site, tmp_path):
    (tmp_path / f"{NAME}.zip.part").write_bytes(GOOD)
    verify(fetch_archive(described(site), tmp_path))
    assert site.ranges == []


def test_server_that_sends_more_than_the_model_is_stopped(site, tmp_path):
    with pytest.raises(ModelError, match="more than the 500 bytes"):
        fetch_archive(described(site, size_bytes=500), tmp_path)


def test_server_error_is_named(site, tmp_path):
    site.status = 404
    with pytest.raises(ModelError, match="the server answered 404") as caught:
        fetch_archive(described(site), tmp_path)
    assert not isinstance(caught.value, OfflineError)


def test_refused_connection_is_offline(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/{NAME}.zip"
        with pytest.raises(OfflineError, match=r"earshot models fetch") as caught:
            fetch(FULL_ENGLISH.name, tmp_path, url=url)
    assert "\n" not in str(caught.value)


def test_refused_connection_with_half_a_download_keeps_the_half(site, tmp_path):
    part = tmp_path / f"{NAME}.zip.part"
    part.write_bytes(GOOD[:700])
    with pytest.raises(OfflineError):
        fetch_archive(described(site, url="http://127.0.0.1:1/x.zip"), tmp_path)
    assert part.read_bytes() == GOOD[:700]


def test_server_that_never_answers_is_given_up_as_offline(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/{NAME}.zip"
        with pytest.raises(OfflineError, match="timed out"):
            fetch(FULL_ENGLISH.name, tmp_path, url=url, timeout_s=0.1)


def test_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(ModelError, match=r"vosk-model-small-en-us-0\.15"):
        fetch("vosk-model-klingon", tmp_path)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/m.zip", "m.zip"])
def test_only_web_addresses_are_opened(url, tmp_path):
    with pytest.raises(ModelError, match="no web address"):
        fetch(FULL_ENGLISH.name, tmp_path, url=url)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("/etc/evil", "outside"),
        ("../evil", "outside"),
        (f"{NAME}/../../evil", "outside"),
        (f"{NAME}/..\\..\\evil", "outside"),
        ("C:/evil", "outside"),
        ("another-folder/evil", "outside"),
    ],
)
def test_archive_that_reaches_outside_its_folder_is_refused(site, tmp_path, name, problem):
    site.content = zipped({f"{NAME}/am/final.mdl": b"x", name: b"evil"})
    with pytest.raises(ModelError, match=problem):
        fetch_archive(described(site), tmp_path / "models")
    assert not list(tmp_path.rglob("evil"))
    assert not (tmp_path / "models" / NAME).exists()


def test_archive_with_a_link_is_refused(site, tmp_path):
    site.content = zipped({f"{NAME}/am": b"/etc"}, mode=0o120777)
    with pytest.raises(ModelError, match="link"):
        fetch_archive(described(site), tmp_path)


def test_archive_that_would_fill_the_disk_is_refused(site, tmp_path):
    with pytest.raises(ModelError, match="would unpack to"):
        fetch_archive(described(site, max_unpacked_bytes=1000), tmp_path)


def test_archive_of_very_many_files_is_refused(site, tmp_path):
    site.content = zipped({f"{NAME}/{i}": b"" for i in range(MAX_FILES + 1)})
    with pytest.raises(ModelError, match=f"more than {MAX_FILES}"):
        fetch_archive(described(site), tmp_path)


def test_file_that_is_no_zip_is_refused(site, tmp_path):
    site.content = b"<html>not here</html>"
    with pytest.raises(ModelError, match="no zip file"):
        fetch_archive(described(site), tmp_path)


def test_folder_that_cannot_be_written_is_named(site, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot write the model"):
        fetch_archive(described(site), tmp_path / "file" / "models")


def test_offered_model_is_pinned():
    archive = ARCHIVES["vosk-model-small-en-us-0.15"]
    assert archive.url.startswith("https://")
    assert archive.size_bytes == 41_205_931
    assert len(bytes.fromhex(archive.sha256)) == 32
