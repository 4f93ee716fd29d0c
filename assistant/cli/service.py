"""`earshot service` and `earshot health`: Earshot on a shelf."""

import argparse
import json
import os
import time
from typing import TYPE_CHECKING

from assistant.cli.options import EXIT_MISSED, Commands, settings_of
from assistant.errors import ServiceError

if TYPE_CHECKING:  # at run time it would load pydantic before `earshot --help` answers
    from assistant.config import Settings


def add_to(commands: Commands) -> None:
    """Add the commands, their verbs and what they take."""
    service = commands.add_parser("service", help="let Earshot come up with the machine (systemd)")
    verbs = service.add_subparsers(required=True, metavar="VERB")
    install = verbs.add_parser("install", help="install and start it; again, to renew it")
    install.add_argument(
        "--print", action="store_true", dest="prints", help="print the unit file, do nothing"
    )
    install.add_argument("--user", metavar="NAME", help="with --system: whom it runs as (you)")
    install.set_defaults(act=_install)
    status = verbs.add_parser("status", help="whether it runs and hears; exit code 0 if so")
    status.set_defaults(act=_status)
    logs = verbs.add_parser("logs", help="what it has logged")
    logs.add_argument("--follow", action="store_true", help="and what it logs from now on")
    logs.set_defaults(act=_logs)
    uninstall = verbs.add_parser("uninstall", help="stop it and remove it; the history stays")
    uninstall.set_defaults(act=_uninstall)
    for verb in (install, status, logs, uninstall):
        verb.add_argument(
            "--system",
            action="store_true",
            help="the system's service, on ALSA, where no sound server runs; else your own",
        )

    health = commands.add_parser(
        "health", help="how the running coach is, for monitors; exit code 0 if it is well"
    )
    health.add_argument("--json", action="store_true", help="print one JSON object")
    health.set_defaults(act=_health)


def _settings(args: argparse.Namespace) -> "Settings":
    """The service's settings: those of the system's lie in a folder of their own."""
    if args.system and args.config_dir is None:
        from assistant.appliance.units import SYSTEM_DIRS

        args.config_dir = SYSTEM_DIRS[0]
    return settings_of(args)


def _install(args: argparse.Namespace) -> int:
    from assistant.appliance import install

    if args.user and not args.system:
        raise ServiceError(
            "a user's own service runs as that user",
            place="--user",
            mend="Log in as that user, or add --system.",
        )
    settings = _settings(args)
    target = install.target(is_system=args.system, user=args.user)
    if args.prints:
        print(install.unit_text(target, settings, install.program()), end="")
    else:
        install.install(target, settings, install.run, _tell)
    return 0


def _status(args: argparse.Namespace) -> int:
    from assistant.appliance import install

    target = install.target(is_system=args.system)
    found = install.status(target, install.run)
    for line in install.status_text(found, _settings(args)):
        print(line)
    if not found.is_installed:
        return EXIT_MISSED
    code = _health(args)
    return code if found.is_well else EXIT_MISSED


def _logs(args: argparse.Namespace) -> int:
    from assistant.appliance import install

    command = [*install.target(is_system=args.system).journalctl]
    command += ["--follow"] if args.follow else ["--pager-end"]
    try:
        os.execvp(command[0], command)
    except FileNotFoundError as error:
        raise ServiceError(
            f"this computer has no {command[0]}",
            place="earshot service logs",
            mend="Without systemd, `earshot run --log-file FILE` keeps the log.",
        ) from error


def _uninstall(args: argparse.Namespace) -> int:
    from assistant.appliance import install

    install.uninstall(install.target(is_system=args.system), install.run, _tell)
    return 0


def _health(args: argparse.Namespace) -> int:
    from assistant.appliance import health

    told = health.read(health.places(os.environ))
    now_s = time.monotonic()
    verdict = health.judge(told, now_s, is_alive=told is not None and health.is_running(told.pid))
    if getattr(args, "json", False):
        print(json.dumps(health.as_dict(verdict, now_s)))
    else:
        for line in health.as_text(verdict, now_s):
            print(line)
    return 0 if verdict.is_well else EXIT_MISSED


def _tell(message: str) -> None:
    print(message, flush=True)
