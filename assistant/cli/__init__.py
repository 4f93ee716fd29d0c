"""The command line: the only package that prints. A module for each family of commands."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from assistant import __version__
from assistant.appliance.logs import handler_for
from assistant.cli import (
    configuring,
    doctor,
    listening,
    measuring,
    models,
    progressing,
    rehearsing,
    remembering,
    routines,
    running,
    service,
    teaching,
)
from assistant.cli.options import EXIT_MISSED, warn
from assistant.errors import EarshotError

EXIT_INTERRUPTED = 130

_FAMILIES = (
    running,
    listening,
    rehearsing,
    measuring,
    teaching,
    routines,
    remembering,
    models,
    configuring,
    doctor,
    progressing,
    service,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, 1 for a failed check or a missed command,
    2 for an error that names its mend."""
    args = parser().parse_args(argv)
    # NumPy, not loaded yet, multiplies small matrices here: more threads would only wait busily.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Pydantic, not loaded yet, would look through all that is installed for plugins: none is ours.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    logging.basicConfig(
        level=(logging.WARNING, logging.INFO, logging.DEBUG)[min(args.verbose, 2)],
        handlers=[handler_for(sys.stderr, os.environ, tells_time=args.verbose > 0)],
    )
    try:
        return int(args.act(args))
    except EarshotError as error:
        warn(f"earshot: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone: nothing more to say, and nowhere to say it
        return EXIT_MISSED


def parser() -> argparse.ArgumentParser:
    """Return the parser; `act` of what it parses does what the command says, and returns the
    exit code."""
    made = argparse.ArgumentParser(
        prog="earshot", description="An offline, hands-free voice coach for floor exercise."
    )
    made.add_argument("--version", action="version", version=f"earshot {__version__}")
    made.add_argument(
        "--verbose",
        action="count",
        default=0,
        help="log what happens; given twice also details and the words that were heard",
    )
    made.add_argument(
        "--config-dir", metavar="DIR", help="folder of settings.toml and your own exercises"
    )
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for family in _FAMILIES:
        family.add_to(commands)
    return made
