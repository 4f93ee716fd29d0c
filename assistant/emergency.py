"""The user's own command for emergencies: a program run when somebody calls for help."""

import subprocess
from collections.abc import Sequence

from assistant.errors import EmergencyError

LIMIT_S = 30.0
"""A command that takes longer is ended: the person on the floor has to know that it failed."""
PLACE = "emergency_command"


class EmergencyCommand:
    """A program with its arguments. It is run as it stands: no shell reads it."""

    def __init__(self, command: Sequence[str], *, limit_s: float = LIMIT_S) -> None:
        self._command = tuple(command)
        self._limit_s = limit_s

    def run(self) -> None:
        """Run it to its end. Raises EmergencyError where it cannot be run, fails, or takes longer
        than the limit."""
        try:
            done = subprocess.run(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=self._limit_s,
                check=False,
            )
        except (OSError, ValueError) as error:
            raise self._error(f"it cannot be run: {error}") from error
        except subprocess.TimeoutExpired as error:
            raise self._error(f"it took longer than {self._limit_s:g} s") from error
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            because = f": {said[0]}" if said else ""
            raise self._error(f"it ended with code {done.returncode}{because}")

    def _error(self, reason: str) -> EmergencyError:
        return EmergencyError(
            f"{self._command[0]!r}: {reason}",
            place=PLACE,
            mend="Try the command in a terminal, with its full path.",
        )
