"""Tells systemd how the service is: sd_notify's protocol, one datagram of lines (sd_notify(3)).

Our own, for it is one `sendto`: the package `sdnotify` (0.3.2, of 2017) has no types, blocks where
systemd is behind, and hides what goes wrong.
"""

import logging
import socket
from collections.abc import MutableMapping

log = logging.getLogger(__name__)

VARIABLE = "NOTIFY_SOCKET"


class Notifier:
    """Sends to one address, or to nobody where there is none. Owned by one thread."""

    def __init__(self, address: str | None) -> None:
        """`address` as systemd names it: a socket's path, or @ and an abstract name."""
        self._address = None if address is None else address.replace("@", "\0", 1)
        self._socket: socket.socket | None = None
        self._is_told = False

    @property
    def is_heard(self) -> bool:
        """Whether there is somebody to tell."""
        return self._address is not None

    def tell(self, *lines: str) -> None:
        """Send lines such as "READY=1" together; never blocks. What cannot be sent is logged once
        and lost: the watchdog's time then runs out, as it should."""
        if self._address is None:
            return
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
            self._socket.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._is_told:
                log.warning("systemd cannot be told %s: %s", lines[0], error)
            self._is_told = True

    def close(self) -> None:
        """Free the socket. Nothing is told afterwards."""
        self._address = None
        if self._socket is not None:
            self._socket.close()


def notifier(environment: MutableMapping[str, str]) -> Notifier:
    """Whom this process tells; the variable is taken out, so that no program that it starts speaks
    in its name."""
    return Notifier(environment.pop(VARIABLE, None) or None)
