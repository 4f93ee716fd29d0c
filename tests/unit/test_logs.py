"""Where the log goes, how large it gets, and what it never holds."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.appliance import logs
from assistant.cli import main
from assistant.coach.events import Heard
from assistant.coach.intents import Intent, Slots
from assistant.display import Display
from assistant.errors import SettingsError
from assistant.listener import Hearing


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """A log file that gets what the program logs."""
    file = tmp_path / "log" / "earshot.log"
    handler = logs.file_handler(file)
    root = logging.getLogger()
    root.addHandler(handler)
    yield file
    root.removeHandler(handler)
    handler.close()


def heard(text: str) -> Hearing:
    return Hearing(
        event=Heard(at=2.0, intent=Intent.PAIN, slots=Slots(), text=text, spoken_at=1.0),
        text=text,
        engine="vosk",
        confidence=0.9,
        start_s=1.0,
        end_s=2.0,
        reason="accepted",
    )


def test_an_entry_is_a_json_object_a_line(log_file: Path) -> None:
    logging.getLogger("assistant.service").warning("the microphone is\n%s", "back")
    [line] = log_file.read_text().splitlines()
    told = json.loads(line)
    assert told.keys() == {"at", "level", "logger", "message"}
    assert (told["level"], told["logger"]) == ("warning", "assistant.service")
    assert told["message"] == "the microphone is\nback"
    assert told["at"].endswith("+00:00")


@pytest.mark.parametrize("level", [logging.WARNING, logging.INFO])
def test_no_word_of_what_people_say_is_in_the_log_short_of_the_last_level(
    log_file: Path, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(level), (log_file.parent / "screen").open("w") as screen:
        Display(screen).observe(heard("my hip hurts badly"))
    text = log_file.read_text()
    assert "hip" not in text
    assert "hip" not in (log_file.parent / "screen").read_text()
    assert ("pain" in text) == (level == logging.INFO)


def test_the_file_never_grows_beyond_its_bounds(
    log_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(60):
        logging.getLogger("assistant.noisy").warning("%d %s", number, "x" * 100_000)
        caplog.clear()
    files = sorted(path.name for path in log_file.parent.iterdir())
    assert files == ["earshot.log", "earshot.log.1", "earshot.log.2", "earshot.log.3"]
    assert all(path.stat().st_size <= logs.FILE_BYTES for path in log_file.parent.iterdir())
    assert "59 x" in log_file.read_text()


def test_a_full_disk_is_told_once_and_the_program_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    handler = logs.file_handler(Path("/dev/full"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        for _ in range(5):
            logging.getLogger("assistant.service").warning("the microphone is back")
    finally:
        root.removeHandler(handler)
        with pytest.raises(OSError, match="No space left"):
            handler.close()  # what it still holds
    told = [x.message for x in caplog.records if x.name == "assistant.appliance.logs"]
    assert len(told) == 1
    assert "/dev/full" in told[0]
    assert "No space left" in told[0]


def test_a_log_file_that_cannot_be_made_is_named_with_its_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="no log can be written") as error:
        logs.file_handler(tmp_path / "file" / "earshot.log")
    assert error.value.place == "--log-file"


def test_the_command_line_names_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = (
        "import sys; from assistant.cli import main; "
        f"sys.exit(main(['run', '--log-file', {str(tmp_path)!r}]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("earshot: --log-file: no log can be written")


# The journal ----------------------------------------------------------------------------------

LOG = """
import logging, os, sys
from assistant.appliance.logs import handler_for
handler = handler_for(sys.stderr, os.environ, tells_time=True)
logging.basicConfig(level=logging.DEBUG, handlers=[handler])
log = logging.getLogger("assistant.service")
log.error("first\\nsecond"); log.warning("third"); log.info("fourth"); log.debug("fifth")
"""


def logged(is_journal: bool) -> list[str]:
    """What the program writes to standard error, which is the journal's stream or another."""
    reading, writing = os.pipe()
    status = os.fstat(writing)
    stream = f"{status.st_dev}:{status.st_ino}" if is_journal else "1:2"
    subprocess.run(
        [sys.executable, "-c", LOG],
        stderr=writing,
        check=True,
        env={**os.environ, "JOURNAL_STREAM": stream},
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        return pipe.read().splitlines()


def test_the_journal_gets_each_lines_priority_and_no_time_of_ours() -> None:
    assert logged(is_journal=True) == [
        "<3>assistant.service: first",
        "<3>second",
        "<4>assistant.service: third",
        "<6>assistant.service: fourth",
        "<7>assistant.service: fifth",
    ]


def test_another_stream_gets_lines_for_people() -> None:
    lines = logged(is_journal=False)
    assert lines[2].endswith(" WARNING assistant.service: third")
    assert not any(line.startswith("<") for line in lines)


def test_help_does_not_wait_for_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert "--log-file" in capsys.readouterr().out
