"""The built wheel: what it holds, and a rehearsal from an installation without the checkout.

Needs a package registry, as set-up does.
"""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
MODEL = "assistant/stt/data/vosk-model-small-coach-en"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a command that must succeed and return its standard output."""
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip_wheel = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps")
    run(*pip_wheel, "--no-build-isolation", "--wheel-dir", folder, CHECKOUT, cwd=folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def packed(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that holds the wheel and its dependencies alone."""
    home = tmp_path_factory.mktemp("installed")
    venv = home / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=home)
    pip = (sys.executable, "-m", "pip", "--python", venv / "bin/python", "--quiet")
    run(*pip, "install", "--no-compile", "--prefer-binary", "--use-pep517", wheel, cwd=home)
    return venv / "bin"


@pytest.fixture
def environment(installed: Path, tmp_path: Path) -> dict[str, str]:
    """A person who never ran Earshot: an empty home, and nothing that points at the checkout."""
    return {
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join([str(installed), "/usr/local/bin", "/usr/bin", "/bin"]),
    }


def files_below(folder: str, pattern: str) -> set[str]:
    return {
        str(path.relative_to(CHECKOUT))
        for path in (CHECKOUT / folder).rglob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_wheel_holds_the_package_and_its_metadata_alone(wheel: Path, packed: set[str]) -> None:
    name, version, *_ = wheel.name.split("-")
    assert {path.split("/")[0] for path in packed} == {"assistant", f"{name}-{version}.dist-info"}


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [
        ("assistant", "*.py"),
        ("assistant/library/en/exercises", "*.yaml"),
        ("assistant/library/en/routines", "*.yaml"),
        ("assistant/library/en", "*.yaml"),
        (MODEL, "*"),
    ],
)
def test_wheel_holds_every_file_of_the_package(packed: set[str], folder: str, pattern: str) -> None:
    expected = files_below(folder, pattern)
    assert expected
    assert expected <= packed


def test_wheel_holds_the_sentence_templates(packed: set[str]) -> None:
    expected = files_below("intents/en", "*.yaml")
    assert expected
    assert {f"assistant/{path}" for path in expected} <= packed


def test_wheel_holds_the_licences(packed: set[str]) -> None:
    licences = {path.partition("/licenses/")[2] for path in packed if "/licenses/" in path}
    assert {"LICENSE", f"{MODEL}/LICENSE-cmudict", f"{MODEL}/README"} <= licences


def test_installed_program_rehearses_away_from_the_checkout(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    where = "import assistant; print(assistant.__file__)"
    place = run(installed / "python", "-c", where, cwd=tmp_path, env=environment)
    assert Path(place).is_relative_to(installed.parent)

    lines = run(
        installed / "earshot", "rehearse", "short", "--json", cwd=tmp_path, env=environment
    ).splitlines()

    summary = json.loads(lines[-1])
    assert summary["event"] == "summary"
    assert summary["routine"] == "short"
    assert summary["understood"] == summary["commands"] > 0
    assert summary["wrong"] == summary["false_accepts"] == 0
    assert summary["holds"]
    assert summary["audio_s"] > 0
