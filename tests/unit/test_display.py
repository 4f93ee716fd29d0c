"""What a terminal and the log show of a session."""

import io
import json
import logging

import pytest
from rich.console import Console
from rich.text import Text

from assistant.coach import View
from assistant.coach.actions import PhaseEntered, Tone
from assistant.coach.events import Heard, NotUnderstood
from assistant.coach.intents import Intent, Side, Slots
from assistant.coach.phases import Phase
from assistant.display import Display, live_line, log_line
from assistant.listener import Hearing
from assistant.runner import Snapshot, Sounded, Spoke


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def hearing(event: Heard | NotUnderstood | None, text: str) -> Hearing:
    reason = "accepted" if isinstance(event, Heard) else "not_a_phrase"
    return Hearing(event, text, "vosk", 0.9, start_s=4.0, end_s=5.0, reason=reason)


HOLD = View(Phase.HOLD, "bird dog", Side.LEFT, set_no=2, sets=3, rep_no=1, reps=5, left_s=8.0)
LONGER = hearing(
    Heard(at=5.0, intent=Intent.HOLD_LONGER, slots=Slots(seconds=10)), "ten more seconds"
)


@pytest.mark.parametrize(
    ("view", "passed_s", "line"),
    [
        (View(Phase.IDLE), 0.0, "●  idle"),
        (HOLD, 0.0, "●  hold  bird dog  left side  set 2 of 3  1 of 5  8 s"),
        (HOLD, 2.5, "●  hold  bird dog  left side  set 2 of 3  1 of 5  6 s"),
        (HOLD, 30.0, "●  hold  bird dog  left side  set 2 of 3  1 of 5  0 s"),
        (View(Phase.PAUSED, "plank", left_s=4.2), 30.0, "●  paused  plank  5 s"),
        (View(Phase.LEAD_IN, "plank", left_s=3.0), 1.0, "●  lead in  plank  2 s"),
    ],
)
def test_the_live_line_tells_where_the_coach_is_and_what_is_left(
    view: View, passed_s: float, line: str
):
    assert live_line(Snapshot(100.0, view), 100.0 + passed_s).plain == line


def test_a_narrow_terminal_cuts_the_live_line_instead_of_breaking_it():
    console = Console(file=Terminal(), width=24)
    assert len(console.render_lines(live_line(Snapshot(0.0, HOLD), 0.0))) == 1


def test_a_terminal_shows_what_was_heard_and_what_it_meant():
    terminal = Terminal()
    display = Display(terminal)
    for happening in (LONGER, hearing(NotUnderstood(at=5.0), "blah"), Spoke(6.0, "Going on.", 0.8)):
        display.observe(happening)
    shown = Text.from_ansi(terminal.getvalue()).plain.splitlines()
    assert [" ".join(line.split()) for line in shown] == [
        "you ten more seconds → hold_longer",
        "? blah",
        "coach Going on.",
    ]


def test_nothing_is_drawn_where_the_output_is_no_terminal():
    stream = io.StringIO()
    Display(stream).observe(LONGER)
    assert stream.getvalue() == ""


def test_the_log_tells_phases_and_tones_as_json():
    entered = PhaseEntered(12.34567, Phase.HOLD, "plank", None, 1, 2)
    name, told = log_line(entered).split(" ", 1)
    assert name == "PhaseEntered"
    assert json.loads(told) == {
        "at_s": 12.3457,
        "phase": "hold",
        "exercise": "plank",
        "set_no": 1,
        "rep_no": 2,
    }
    assert log_line(Sounded(1.0, Tone.END)) == 'Sounded {"at_s": 1.0, "tone": "end"}'


def test_a_persons_words_are_logged_only_at_the_second_level(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    Display(io.StringIO()).observe(LONGER)
    assert 'Heard {"at_s": 5.0, "intent": "hold_longer", "seconds": 10}' in caplog.text
    assert "ten more" not in caplog.text
    caplog.set_level(logging.DEBUG)
    Display(io.StringIO()).observe(LONGER)
    assert "ten more seconds" in caplog.text
