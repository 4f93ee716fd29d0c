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

from assistant.cli import main
from assistant.config import load_settings
from assistant.errors import ModelError
from assistant.stt.archive import MAX_FILES, SUMS_FILE, Archive, verify
from assistant.stt.engines import COACH_MODEL_DIR, chosen_model_dir, vosk_model_dir
from assistant.stt.installed import known_models
from assistant.stt.models import (
    ARCHIVES,
    FULL_ENGLISH,
    OfflineError,
    fetch,
    fetch_archive,
    fetch_from,
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
        "language": "xx",
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


# From a stick ----------------------------------------------------------------------------------


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    file = tmp_path / "stick" / "any name.zip"
    file.parent.mkdir()
    file.write_bytes(GOOD)
    return file


def test_archive_on_a_stick_becomes_a_model_and_stays_where_it_is(site, stick, tmp_path):
    told: list[tuple[int, int]] = []
    models = tmp_path / "models"
    folder = fetch_from(stick, described(site), models, progress=lambda *x: told.append(x))
    verify(folder)
    assert stick.read_bytes() == GOOD
    assert told[-1] == (len(GOOD), len(GOOD))
    assert site.ranges == []
    assert_nothing_but(models, NAME)


def test_half_a_download_is_left_alone_by_a_copy(site, stick, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    (models / f"{NAME}.zip.part").write_bytes(b"half")
    fetch_from(stick, described(site), models)
    assert_nothing_but(models, NAME, f"{NAME}.zip.part")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (GOOD[:-1], f"this file has {len(GOOD) - 1} bytes"),
        (b"x" * len(GOOD), "checksum"),
        (b"", "this file has 0 bytes"),
    ],
)
def test_another_file_on_the_stick_is_refused_and_kept(site, stick, tmp_path, content, problem):
    stick.write_bytes(content)
    with pytest.raises(ModelError, match=problem) as caught:
        fetch_from(stick, described(site), tmp_path / "models")
    assert str(stick) in str(caught.value)
    assert stick.read_bytes() == content
    assert not (tmp_path / "models" / NAME).exists()


@pytest.mark.parametrize("name", ["absent.zip", "."])
def test_what_is_no_file_on_the_stick_is_named(site, stick, tmp_path, name):
    with pytest.raises(ModelError, match="no such file"):
        fetch_from(stick.parent / name, described(site), tmp_path / "models")


def test_archive_on_a_stick_is_unpacked_with_the_same_care(site, stick, tmp_path):
    evil = zipped({f"{NAME}/am/final.mdl": b"x", "../evil": b"evil"})
    stick.write_bytes(evil)
    archive = described(site, size_bytes=len(evil), sha256=hashlib.sha256(evil).hexdigest())
    with pytest.raises(ModelError, match="outside"):
        fetch_from(stick, archive, tmp_path / "models")
    assert not list(tmp_path.rglob("evil"))
    assert_nothing_but(tmp_path / "models")


def test_progress_of_a_resumed_download_begins_where_it_stopped(site, tmp_path):
    (tmp_path / f"{NAME}.zip.part").write_bytes(GOOD[:70_000])
    told: list[tuple[int, int]] = []
    fetch_archive(described(site), tmp_path, progress=lambda *x: told.append(x))
    assert told[0][0] > 70_000
    assert told[-1] == (len(GOOD), len(GOOD))


# Which one serves ------------------------------------------------------------------------------


def test_model_of_another_language_is_one_entry(site, tmp_path):
    archive = described(site, language="xx")
    known = {archive.name: archive}
    with pytest.raises(ModelError, match="no speech model for the language 'xx'") as caught:
        vosk_model_dir(tmp_path, "xx", known)
    assert f"earshot models fetch {NAME}" in caught.value.mend
    fetch_archive(archive, tmp_path)
    assert vosk_model_dir(tmp_path, "xx", known) == tmp_path / NAME
    assert vosk_model_dir(tmp_path, "en", known) == COACH_MODEL_DIR
    assert [(m.name, m.language, m.is_here) for m in known_models(tmp_path, known)] == [
        (COACH_MODEL_DIR.name, "en", True),
        (NAME, "xx", True),
    ]


def test_language_without_any_model_says_how_to_name_one(tmp_path):
    with pytest.raises(ModelError, match="'yy'") as caught:
        vosk_model_dir(tmp_path, "yy", {})
    assert "models use DIR" in caught.value.mend


def test_the_model_that_comes_along_is_whole():
    verify(COACH_MODEL_DIR)


# The command line ------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("EARSHOT_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path


def test_use_writes_a_known_name_as_it_is_and_auto_removes_it(home):
    assert main(["models", "use", COACH_MODEL_DIR.name]) == 0
    text = (home / "config" / "settings.toml").read_text(encoding="utf-8")
    assert text == f'model = "{COACH_MODEL_DIR.name}"\n'
    settings = load_settings()
    assert chosen_model_dir(settings.model) == COACH_MODEL_DIR
    assert main(["models", "use", "auto"]) == 0
    assert load_settings().model is None


def test_use_writes_a_folder_in_full(home, site, monkeypatch):
    fetch_archive(described(site), home)
    monkeypatch.chdir(home)
    assert main(["models", "use", NAME]) == 0
    assert load_settings().model == home / NAME


@pytest.mark.parametrize("given", ["nonsense", "/etc", FULL_ENGLISH.name])
def test_use_writes_nothing_that_would_not_serve(home, given, capsys):
    assert main(["models", "use", given]) == 2
    assert given in capsys.readouterr().err
    assert not (home / "config" / "settings.toml").exists()


def test_list_marks_the_one_that_serves(home, capsys):
    assert main(["models", "list"]) == 0
    serving, other = capsys.readouterr().out.splitlines()
    assert serving.startswith(f"* {COACH_MODEL_DIR.name}")
    assert other.split()[0] == FULL_ENGLISH.name
    assert "not fetched (41 MB)" in other


def test_verify_tells_what_is_altered(home, capsys):
    broken = home / "data" / "earshot" / "models" / FULL_ENGLISH.name
    broken.mkdir(parents=True)
    (broken / SUMS_FILE).write_bytes(b"\xff\x00  am/final.mdl\n")
    assert main(["models", "verify"]) == 1
    told = capsys.readouterr().out
    assert f"whole {COACH_MODEL_DIR.name}" in told
    assert f"WRONG {FULL_ENGLISH.name}" in told
    assert main(["models", "verify", COACH_MODEL_DIR.name]) == 0
    assert main(["models", "verify", "klingon"]) == 2


def test_fetch_from_a_file_that_is_another_names_both_sizes(home, stick, capsys):
    assert main(["models", "fetch", "--from", str(stick)]) == 2
    assert f"{len(GOOD)} bytes" in capsys.readouterr().err
