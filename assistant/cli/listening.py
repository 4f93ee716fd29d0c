"""`earshot listen`."""

import argparse
from pathlib import Path

from assistant.cli.options import (
    EXIT_MISSED,
    Commands,
    add_engine,
    agrees,
    settings_of,
    warn,
)


def add_to(commands: Commands) -> None:
    """Add the command and what it takes."""
    listen = commands.add_parser("listen", help="hear one utterance; tell what was heard, how sure")
    listen.add_argument("--microphone", metavar="NAME", help="part of the device's name")
    listen.add_argument(
        "--save",
        type=Path,
        metavar="FILE.wav",
        help="ask, and then keep this one utterance there, to report a mishearing",
    )
    add_engine(listen)
    listen.set_defaults(act=_listen)


def _listen(args: argparse.Namespace) -> int:
    from assistant.app import load_world, make_listener, taught_voices
    from assistant.audio.capture import Microphone
    from assistant.overhearing import checked_place, described, keep, listen_once

    settings = settings_of(args)
    place = None if args.save is None else checked_place(args.save)
    if place is not None and not agrees(
        f"Keep the sound of the next thing that is said in {place}, on this machine alone? [y/N] "
    ):
        print("Nothing will be kept.")
        place = None
    world = load_world(settings)
    listener = make_listener(world, warn, taught_voices(settings, warn))
    try:
        microphone = Microphone(settings.microphone)
        try:
            print("Say something now.", flush=True)
            overheard = listen_once(microphone, listener)
        finally:
            microphone.close()
    finally:
        listener.close()
    if overheard is None:
        print("Nothing was heard that may be speech. Try: earshot doctor.")
        return EXIT_MISSED
    for line in described(overheard, world):
        print(line)
    if place is not None:
        keep(overheard, place)
        print(f"kept        {place}; it stays on this machine until you move or delete it")
    return 0 if overheard.hearing.reason == "accepted" else EXIT_MISSED
