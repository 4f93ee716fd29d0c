"""What a rehearsal prints for people."""

from assistant.coach.actions import SessionBegan
from assistant.coach.plan import PlannedMovement
from assistant.rehearsal.report import as_text


def test_a_fact_is_told_without_its_lists() -> None:
    told = as_text(SessionBegan(9.3, "stretches", (PlannedMovement("plank", 1, 3, 15.0),)))
    assert told is not None
    assert "session began" in told
    assert "stretches" in told
    assert "plank" not in told
    assert "movements" not in told
