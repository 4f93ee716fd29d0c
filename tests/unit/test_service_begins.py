"""What happens when the first frame has come, and when nothing is about to be said."""

import time
from types import SimpleNamespace

import pytest

from assistant.coach.events import ListeningBegan
from assistant.service import AWAKE_BEFORE_S, Service


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


@pytest.mark.parametrize("listener_may", [True, False])
@pytest.mark.parametrize(
    ("due_in_s", "coach_may"), [(None, True), (AWAKE_BEFORE_S + 60, True), (1.0, False)]
)
def test_loudspeaker_is_awake_before_the_coach_speaks_up_by_itself(
    listener_may, due_in_s, coach_may
):
    due_s = None if due_in_s is None else time.monotonic() + due_in_s
    service = SimpleNamespace(
        runner=SimpleNamespace(snapshot=SimpleNamespace(due_s=due_s)),
        _listener=SimpleNamespace(may_rest=listener_may),
    )
    assert Service._may_rest(service) is (listener_may and coach_may)
