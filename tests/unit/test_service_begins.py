"""What happens when the first frame has come."""

from types import SimpleNamespace

from assistant.coach.events import ListeningBegan
from assistant.service import Service


def test_the_coach_greets_before_anybody_is_told_that_it_listens():
    order = []
    service = SimpleNamespace(
        runner=SimpleNamespace(post=lambda event: order.append(type(event))),
        _on_listening=lambda: order.append("told"),
        _history_fault=None,
        _has_wrong_settings=False,
    )
    Service._begin(service)
    assert order == [ListeningBegan, "told"]
