"""The Debian package: built, looked into, and put into a system by dpkg and taken out again.

Here with Earshot alone in it, which takes seconds; `scripts/try_deb` tries the whole of it, in a
fresh Debian that is really booted. Needs dpkg, and for the installation root.
"""

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assistant import __version__

CHECKOUT = Path(__file__).resolve().parents[2]
SITE = "opt/earshot/lib/python3.11/site-packages"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb: Debian has it"),
    pytest.mark.skipif(
        sys.version_info[:2] != (3, 11), reason="the package is built with Python 3.11, its own"
    ),
]


@pytest.fixture(scope="module")
def deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("deb")
    built = subprocess.run(
        [CHECKOUT / "scripts/build_deb", "--no-dependencies", "--arch", "arm64", "--out", out],
        env={**os.environ, "EARSHOT_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    path = Path(built.stdout.strip())
    assert path.name == f"earshot_{__version__}_arm64.deb"
    return path


@pytest.fixture(scope="module")
def unpacked(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["dpkg-deb", "--raw-extract", deb, root], check=True)
    return root


def test_what_it_needs_is_named(deb: Path) -> None:
    shown = subprocess.run(
        ["dpkg-deb", "--field", deb], capture_output=True, text=True, check=True
    ).stdout
    fields = dict(line.split(": ", 1) for line in shown.splitlines() if line[0] != " ")
    assert fields["Package"] == "earshot"
    assert (fields["Version"], fields["Architecture"]) == (__version__, "arm64")
    needed = {part.split()[0] for part in fields["Depends"].split(", ")}
    assert {"espeak-ng", "libportaudio2", "libatomic1", "python3", "python3.11"} <= needed


def test_it_has_an_environment_of_its_own_and_a_link_to_it(unpacked: Path) -> None:
    home = unpacked / "opt/earshot"
    assert "home = /usr/bin" in (home / "pyvenv.cfg").read_text()
    assert (home / "bin/python3.11").readlink() == Path("/usr/bin/python3.11")
    assert (unpacked / "usr/bin/earshot").readlink() == Path("/opt/earshot/bin/earshot")
    program = (home / "bin/earshot").read_text()
    assert program.startswith("#!/opt/earshot/bin/python3")
    assert (unpacked / SITE / "assistant/intents/en").is_dir()
    # Compiled ahead, and nowhere naming the folder in which it was built.
    [compiled] = (unpacked / SITE / "assistant/__pycache__").glob("service.*.pyc")
    assert b"/opt/earshot/lib/python3.11" in compiled.read_bytes()
    assert str(CHECKOUT).encode() not in compiled.read_bytes()


def test_it_brings_the_systems_service_and_its_papers(unpacked: Path) -> None:
    unit = (unpacked / "lib/systemd/system/earshot.service").read_text()
    assert "ExecStart=/opt/earshot/bin/earshot run" in unit
    assert "User=earshot" in unit
    papers = unpacked / "usr/share/doc/earshot"
    assert "Apache-2.0" in (papers / "copyright").read_text()
    assert b"# Changelog" in gzip.decompress((papers / "changelog.gz").read_bytes())


def test_dpkg_can_check_every_file(unpacked: Path) -> None:
    checked = subprocess.run(
        ["md5sum", "--check", "--quiet", "DEBIAN/md5sums"], cwd=unpacked, check=False
    )
    assert checked.returncode == 0
    listed = (unpacked / "DEBIAN/md5sums").read_text().count("\n")
    files = [p for p in unpacked.rglob("*") if p.is_file() and not p.is_symlink()]
    assert listed == len([p for p in files if "DEBIAN" not in p.parts])


def test_everybody_may_read_it_and_nobody_but_root_change_it(unpacked: Path) -> None:
    wrong = [
        path
        for path in unpacked.rglob("*")
        if not path.is_symlink() and path.stat().st_mode & 0o066 != 0o044
    ]
    assert wrong == []


@pytest.fixture
def throwaway(tmp_path: Path) -> list[str]:
    """The command that runs a shell script in a copy of this system, of which nothing stays."""
    upper = tmp_path / "upper"
    upper.mkdir()
    enter = (
        'mount -t tmpfs tmpfs "$1" && mkdir "$1/new" "$1/work" "$1/root" && '
        'mount -t overlay overlay -o "lowerdir=/,upperdir=$1/new,workdir=$1/work" "$1/root" && '
        'mount -t proc proc "$1/root/proc" && mount --bind "$2" "$1/root/mnt" && '
        'exec chroot "$1/root" sh -euc "$3"'
    )
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", enter, "sh"]
    tried = subprocess.run(
        [*command, str(upper), str(tmp_path), "true"], capture_output=True, text=True, check=False
    )
    if tried.returncode != 0:
        pytest.skip(f"needs root and an overlay file system: {tried.stderr.strip()}")
    return [*command, str(upper)]


LIVES = """
export DEBIAN_FRONTEND=noninteractive
dpkg --force-depends --force-architecture --install /mnt/earshot.deb
id earshot
ls -l /usr/bin/earshot
test ! -x /usr/bin/python3.11 || /usr/bin/earshot --version
mkdir -p /var/lib/earshot; touch /var/lib/earshot/history.db
dpkg --remove earshot
test -e /var/lib/earshot/history.db; test ! -e /opt/earshot; test ! -e /usr/bin/earshot
dpkg --purge earshot
test ! -e /var/lib/earshot; ! id earshot
echo 'went in and out'
"""


def test_dpkg_installs_and_removes_it_and_keeps_the_history_until_it_is_purged(
    deb: Path, throwaway: list[str], tmp_path: Path
) -> None:
    shutil.copy(deb, tmp_path / "earshot.deb")
    done = subprocess.run(
        [*throwaway, str(tmp_path), LIVES], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(earshot)" in done.stdout
    assert "(audio)" in done.stdout
    assert done.stdout.endswith("went in and out\n")
