"""Settings for libpulse: all that were there, but no shared memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.audio.pulseaudio import VARIABLE, leave_out_shared_memory, without_shared_memory


def test_file_and_additions_come_first_in_their_order_and_the_last_word_is_ours(tmp_path: Path):
    settings = tmp_path / "client.conf"
    settings.write_text("enable-shm = yes\n")
    additions = tmp_path / "client.conf.d"
    additions.mkdir()
    for name in ("20-b.conf", "10-a.conf", "notes.txt"):
        (additions / name).write_text("")
    assert without_shared_memory(settings).splitlines() == [
        f".include {settings}",
        f".include {additions / '10-a.conf'}",
        f".include {additions / '20-b.conf'}",
        "enable-shm = no",
    ]


@pytest.mark.parametrize("named", ["by the variable", "the user's", "none"])
def test_what_libpulse_would_have_taken_is_included(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own = tmp_path / "pulse" / "client.conf"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path if named == "the user's" else ""))
    monkeypatch.setenv(VARIABLE, str(own) if named == "by the variable" else "/gone/client.conf")
    own.parent.mkdir()
    own.touch()
    leave_out_shared_memory()
    settings = Path(os.environ[VARIABLE]).read_text()
    expected = Path("/etc/pulse/client.conf") if named == "none" else own
    assert settings.splitlines()[0] == f".include {expected}"


def test_settings_that_may_not_be_looked_at_stay_as_they_are(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def refused(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setenv(VARIABLE, "/somebody's/client.conf")
    monkeypatch.setattr(Path, "is_file", refused)
    leave_out_shared_memory()
    assert os.environ[VARIABLE] == "/somebody's/client.conf"
    assert "Permission denied" in caplog.text


def test_programs_that_we_start_find_it_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, "")
    leave_out_shared_memory()
    command = f"import os; print(open(os.environ['{VARIABLE}']).read())"
    told = subprocess.check_output([sys.executable, "-c", command], text=True)
    assert "enable-shm = no" in told
