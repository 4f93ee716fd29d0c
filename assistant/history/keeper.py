"""Writes facts down, on a thread of its own: a slow or full disk never holds a session up."""

import logging
import queue
import threading
from collections.abc import Callable, Iterable

from assistant.errors import HistoryError
from assistant.history.records import Remembered, Row, as_row, is_kept
from assistant.history.store import BUSY_S, HistoryStore

log = logging.getLogger(__name__)

PENDING = 10_000
"""Facts that wait for a disk that can be written again; then the oldest are dropped. About a
hundred sessions."""


class Keeper:
    """Takes facts from any thread and writes them from its own."""

    def __init__(
        self, open_store: Callable[[], HistoryStore], on_loss: Callable[[HistoryError], None]
    ) -> None:
        """`open_store` is called on the keeper's thread when there is something to keep.
        `on_loss` is told there, once, that facts cannot be kept; each later fact is a new try."""
        self.dropped_facts = 0
        self._open_store = open_store
        self._on_loss = on_loss
        self._inbox: queue.SimpleQueue[list[Row] | None] = queue.SimpleQueue()
        self._pending: list[Row] = []
        self._store: HistoryStore | None = None
        self._is_told = False
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def remember(self, facts: Iterable[Remembered]) -> None:
        """Keep facts, all of them or none, but for those that are passing."""
        rows = [as_row(entry) for entry in facts if is_kept(entry.fact)]
        if rows:
            self._inbox.put(rows)

    def close(self, timeout_s: float = 2 * BUSY_S) -> None:
        """Write what is left and end; a disk that hangs is waited for so long."""
        self._inbox.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        is_open = True
        while is_open:
            is_open = self._take(self._inbox.get())
            while is_open and not self._inbox.empty():
                is_open = self._take(self._inbox.get_nowait())
            self._write()
        self._close()

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _take(self, rows: list[Row] | None) -> bool:
        """Take an entry of the inbox; return whether more may come."""
        if rows is None:
            return False
        self._pending.extend(rows)
        surplus = len(self._pending) - PENDING
        if surplus > 0:
            del self._pending[:surplus]
            self.dropped_facts += surplus
        return True

    def _write(self) -> None:
        if not self._pending:
            return
        try:
            if self._store is None:
                self._store = self._open_store()
            self._store.append(self._pending)
        except HistoryError as error:
            log.warning("%s", error)
            self._close()  # opened anew by the next fact, it is checked, and mended where it can be
            if not self._is_told:
                self._is_told = True
                self._on_loss(error)
        else:
            self._pending.clear()
