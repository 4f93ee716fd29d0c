"""`earshot run` and `earshot devices`."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from assistant import heap
from assistant.cli.options import EXIT_MISSED, Commands, add_devices, add_engine, flags_of, warn


def add_to(commands: Commands) -> None:
    """Add the commands and what they take."""
    run = commands.add_parser("run", help="listen and coach, on microphone and loudspeaker")
    add_engine(run)
    add_devices(run)
    run.set_defaults(act=_run)

    devices = commands.add_parser("devices", help="list microphones and loudspeakers")
    devices.add_argument(
        "--has-microphone", action="store_true", help="print nothing; exit code 0 if there is one"
    )
    devices.set_defaults(act=_devices)


def _run(args: argparse.Namespace) -> int:
    # While it starts nothing sounds and nothing is half written; an exception in the middle of a
    # library's import or constructor would only make it complain.
    _on_ending(lambda: os._exit(0))
    heap.keep_small()

    from assistant.display import Display
    from assistant.service import Service
    from assistant.starting import start_world

    display = Display(sys.stdout)
    service = Service(
        start_world(warn, **flags_of(args)),
        observe=display.observe,
        warn=warn,
        on_listening=_tell_listening,
    )
    _on_ending(service.stop)
    with display.following(service.runner):
        service.run()
    return 0


def _tell_listening() -> None:
    print(f"listening after {_process_age_s():.2f} s", flush=True)
    heap.trim()  # of what starting has left


def _on_ending(act: Callable[[], object]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: act())


def _process_age_s() -> float:
    """Seconds since this process was started, the interpreter's own start included."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:  # not Linux
        return time.process_time()
    started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")  # field 22 of proc(5)'s stat
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_s


def _devices(args: argparse.Namespace) -> int:
    from assistant.audio.devices import has_microphone, list_devices

    if args.has_microphone:
        return 0 if has_microphone() else EXIT_MISSED
    found = list_devices()
    if not found:
        print("no sound devices")
    for device in found:
        chosen = "*" if device.is_default else " "
        rate = f"{device.rate_hz} Hz"
        print(f"{chosen} {device.kind.value:6} {device.channels:3} ch {rate:>9}  {device.name}")
    return 0
