"""`earshot history` and `earshot reminders`: what is remembered."""

import argparse
import json

from assistant.cli.options import (
    EXIT_MISSED,
    Commands,
    add_data_dir,
    agrees,
    settings_of,
    warn,
)


def add_to(commands: Commands) -> None:
    """Add the commands and what they take."""
    history = commands.add_parser("history", help="list the sessions that were done")
    history.add_argument("--json", action="store_true", help="print one JSON object a line")
    add_data_dir(history)
    history.set_defaults(act=_history)
    forget = history.add_subparsers(metavar="VERB").add_parser(
        "forget", help="delete everything that is remembered"
    )
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.set_defaults(act=_history_forget)

    reminders = commands.add_parser("reminders", help="list the reminders that were asked for")
    reminders.add_argument("--json", action="store_true", help="print one JSON object a line")
    add_data_dir(reminders)
    reminders.set_defaults(act=_reminders)


def _history(args: argparse.Namespace) -> int:
    from assistant.history import report
    from assistant.history.memory import remembered

    folder = settings_of(args).data_dir
    sessions = report.sessions_of(remembered(folder, warn))
    if args.json:
        for session in sessions:
            print(json.dumps(report.as_dict(session)))
    elif not sessions:
        print(f"no sessions in {folder}")
    else:
        for session in sessions:
            print(report.as_text(session))
    return 0


def _history_forget(args: argparse.Namespace) -> int:
    from assistant.history.forgetting import forget_all, kept_files

    folder = settings_of(args).data_dir
    files = kept_files(folder)
    if not files:
        print(f"no history in {folder}")
        return 0
    print("\n".join(f"  {path}" for path in files))
    if not args.yes and not agrees("Delete everything in these? There is no way back. [yes/no] "):
        print("nothing was deleted")
        return EXIT_MISSED
    forgotten = forget_all(folder)
    print(f"deleted {forgotten.entries} entries of the history")
    for path in forgotten.files:
        print(f"deleted {path}")
    return 0


def _reminders(args: argparse.Namespace) -> int:
    from assistant.almanac import local_zone
    from assistant.history import reminders
    from assistant.history.memory import remembered

    settings = settings_of(args)
    zone = local_zone(settings.time_zone)
    found = reminders.standing(remembered(settings.data_dir, warn))
    if not found and not args.json:
        print(f"no reminders in {settings.data_dir}")
    for reminder in found:
        text = reminders.as_text(reminder, zone)
        print(json.dumps(reminders.as_dict(reminder)) if args.json else text)
    return 0
