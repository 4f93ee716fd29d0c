"""The user's command for emergencies: run without a shell, ended in time, failure told."""

import sys
import threading
from pathlib import Path

import pytest

from assistant.app import load_world, make_coach
from assistant.coach.events import EmergencyCommandEnded, Heard
from assistant.coach.intents import Intent
from assistant.config import load_settings
from assistant.emergency import EmergencyCommand
from assistant.errors import EmergencyError, SettingsError
from assistant.runner import Runner, Trouble

SLEEPS = "import time; time.sleep(60)"


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *arguments)


def test_arguments_reach_the_program_as_they_stand(tmp_path: Path) -> None:
    out = tmp_path / "called"
    write = "import sys; open(sys.argv[1], 'w').write(sys.argv[2])"
    EmergencyCommand(python(write, str(out), "$HOME; `id` & me")).run()
    assert out.read_text() == "$HOME; `id` & me"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("/nowhere/call-my-daughter",), "cannot be run"),
        (python("import sys; sys.exit('no line')"), "ended with code 1: no line"),
        (python(SLEEPS), "took longer than 0.2 s"),
    ],
)
def test_command_that_fails_says_why_and_what_to_do(command: tuple[str, ...], reason: str) -> None:
    with pytest.raises(EmergencyError, match=reason) as caught:
        EmergencyCommand(command, limit_s=0.2 if "longer" in reason else 30.0).run()
    assert command[0] in str(caught.value)
    assert "emergency_command" in str(caught.value)
    assert "Try the command" in str(caught.value)


def test_settings_take_a_program_with_its_arguments(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('emergency_command = ["call", "my daughter"]\n')
    assert load_settings(config_dir=tmp_path).emergency_command == ("call", "my daughter")
    (tmp_path / "settings.toml").write_text('emergency_command = ["call", ""]\n')
    with pytest.raises(SettingsError, match="emergency_command"):
        load_settings(config_dir=tmp_path)


class Silence:
    """A loudspeaker and ears that do nothing."""

    def play(self, *about: object) -> None: ...

    def cancel(self, *about: object) -> None: ...

    def speaking(self, *about: object) -> None: ...

    def attend(self, *about: object) -> None: ...


class Unspoken:
    """A voice whose lines are never wanted here."""

    def render(self, text: str, *, rate_wpm: int, voice: str = ""):
        from assistant.errors import VoiceError

        raise VoiceError("no voice")


def runner_with(command, tmp_path: Path, told: list) -> Runner:
    world = load_world(load_settings(config_dir=tmp_path))
    return Runner(
        make_coach(world, has_emergency_command=command is not None),
        Unspoken(),
        Silence(),
        {},
        clock=lambda: 0.0,
        rate_wpm=155,
        observe=told.append,
        ears=Silence(),
        in_background=False,
        emergency_command=command,
    )


def emergency_ended(runner: Runner) -> EmergencyCommandEnded:
    while True:
        event = runner.inbox.get(timeout=10)
        if isinstance(event, EmergencyCommandEnded):
            return event


def test_cry_for_help_runs_the_command_beside_everything_else_once_at_a_time(tmp_path) -> None:
    ran, may_end = [], threading.Event()

    def command() -> None:
        ran.append(1)
        may_end.wait(10)

    runner = runner_with(command, tmp_path, [])
    for _ in range(2):
        runner.handle(Heard(at=0.0, intent=Intent.EMERGENCY))
    may_end.set()
    assert emergency_ended(runner).is_done
    assert ran == [1]


def test_failure_is_told_to_the_coach_and_to_the_log(tmp_path) -> None:
    told: list = []
    runner = runner_with(EmergencyCommand(("/nowhere/call",)).run, tmp_path, told)
    runner.handle(Heard(at=0.0, intent=Intent.EMERGENCY))
    assert not emergency_ended(runner).is_done
    assert any("/nowhere/call" in x.message for x in told if isinstance(x, Trouble))


def test_without_a_command_nothing_is_run(tmp_path) -> None:
    runner = runner_with(None, tmp_path, [])
    before = threading.active_count()
    runner.handle(Heard(at=0.0, intent=Intent.EMERGENCY))
    assert threading.active_count() == before
