"""`earshot run` and `earshot devices`."""

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import heap
from assistant.cli.options import (
    EXIT_MISSED,
    Commands,
    add_devices,
    add_engine,
    flags_of,
    keep_log_apart,
    settings_of,
    warn,
)

if TYPE_CHECKING:  # at run time they would load pydantic before `earshot --help` answers
    from assistant.appliance.pulse import Pulse
    from assistant.config import Settings


def add_to(commands: Commands) -> None:
    """Add the commands and what they take."""
    run = commands.add_parser("run", help="listen and coach, on microphone and loudspeaker")
    add_engine(run)
    add_devices(run)
    run.add_argument(
        "--log-file",
        metavar="FILE",
        type=Path,
        help="write the log there too, as JSON lines, 4 MB at the most; under systemd the journal"
        " has it",
    )
    run.set_defaults(act=_run)

    devices = commands.add_parser("devices", help="list microphones and loudspeakers")
    devices.add_argument(
        "--has-microphone", action="store_true", help="print nothing; exit code 0 if there is one"
    )
    devices.add_argument(
        "--hears",
        action="store_true",
        help="print nothing; exit code 0 if sound comes from the microphone within 6 s",
    )
    devices.add_argument("--microphone", metavar="NAME", help="part of its name, for --hears")
    devices.set_defaults(act=_devices)


def _run(args: argparse.Namespace) -> int:
    # While it starts nothing sounds and nothing is half written; an exception in the middle of a
    # library's import or constructor would only make it complain.
    _on_ending(lambda: os._exit(0))
    heap.keep_small()
    heap.rest_collector()

    keep_log_apart()
    from assistant.appliance import logs
    from assistant.display import Display
    from assistant.service import Service
    from assistant.starting import start_world

    if args.log_file is not None:
        logging.getLogger().addHandler(logs.file_handler(args.log_file))
    display = Display(sys.stdout)
    wrong: list[str] = []

    def tell(problem: str) -> None:
        wrong.append(problem)
        warn(problem)

    world = start_world(tell, **flags_of(args))
    pulse = _pulse(args, world.settings)
    try:
        service = Service(
            world,
            observe=display.observe,
            warn=warn,
            on_listening=_tell_listening,
            on_beat=pulse.beat,
            has_wrong_settings=bool(wrong),
        )
        _on_ending(service.stop)
        with display.following(service.runner):
            service.run()
    finally:
        pulse.end()
    return 0


def _tell_listening() -> None:
    print(f"listening after {_process_age_s():.2f} s", flush=True)
    heap.settle()


def _pulse(args: argparse.Namespace, settings: "Settings") -> "Pulse":
    """What tells systemd and monitors how the service is."""
    from assistant.appliance import health
    from assistant.appliance.notify import notifier
    from assistant.appliance.pulse import FreshProcess, Pulse

    # As a new start would: the same settings, the same microphone.
    new_start = [sys.executable, "-P", "-m", "assistant.cli"]
    new_start += ["--config-dir", args.config_dir] if args.config_dir else []
    new_start += ["devices", "--hears"]
    new_start += ["--microphone", settings.microphone] if settings.microphone else []
    systemd = notifier(os.environ)
    return Pulse(
        systemd,
        health.own_file(os.environ),
        clock=time.monotonic,
        probe=FreshProcess(new_start) if systemd.is_heard else None,
    )


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

    if args.hears:
        from assistant.audio.capture import hears

        # A sound server lends the loudspeaker's own sound where there is no microphone.
        is_heard = has_microphone() and hears(settings_of(args).microphone)
        return 0 if is_heard else EXIT_MISSED
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
