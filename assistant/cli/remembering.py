"""`earshot history`, `journal` and `reminders`: what is remembered."""

import argparse
import json
from pathlib import Path

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
    history.add_argument("--week", action="store_true", help="those of the last seven days")
    form = history.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object a line")
    form.add_argument("--csv", action="store_true", help="print a table for a spreadsheet")
    add_data_dir(history)
    history.set_defaults(act=_history)
    verbs = history.add_subparsers(metavar="VERB")
    export = verbs.add_parser("export", help="write everything that is remembered to one archive")
    export.add_argument("file", type=Path, help="such as earshot.zip")
    export.add_argument("--replace", action="store_true", help="even if there is such a file")
    export.set_defaults(act=_history_export)
    forget = verbs.add_parser("forget", help="delete everything that is remembered")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.set_defaults(act=_history_forget)

    journal = commands.add_parser("journal", help="print what happened in the last run")
    journal.add_argument("--all", action="store_true", help="in every run that is still there")
    add_data_dir(journal)
    journal.set_defaults(act=_journal)

    reminders = commands.add_parser("reminders", help="list the reminders that were asked for")
    reminders.add_argument("--json", action="store_true", help="print one JSON object a line")
    add_data_dir(reminders)
    reminders.set_defaults(act=_reminders)


def _history(args: argparse.Namespace) -> int:
    import time

    from assistant.history import report
    from assistant.history.memory import remembered

    folder = settings_of(args).data_dir
    sessions = report.sessions_of(remembered(folder, warn))
    if args.week:
        sessions = report.in_last_week(sessions, time.time())
    if args.json:
        for session in sessions:
            print(json.dumps(report.as_dict(session)))
    elif args.csv:
        print(report.as_csv(sessions), end="")
    elif not sessions:
        print(f"no sessions in {folder}" + (" in the last seven days" if args.week else ""))
    else:
        for session in sessions:
            print(report.as_text(session))
        print(report.total_as_text(sessions))
    return 0


def _history_export(args: argparse.Namespace) -> int:
    from assistant.history.export import export_all

    folder = settings_of(args).data_dir
    names = export_all(folder, args.file, warn, replaces=args.replace)
    print(f"wrote {args.file}: {', '.join(names)}")
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


def _journal(args: argparse.Namespace) -> int:
    from assistant.history.journal import as_line, entries_of

    folder = settings_of(args).data_dir
    entries = list(entries_of(folder))
    if not entries:
        warn(f"no journal in {folder}")
    for entry in entries:
        if args.all or entry.run == entries[-1].run:
            print(as_line(entry.event))
    return 0


def _reminders(args: argparse.Namespace) -> int:
    from assistant.almanac import zone_of
    from assistant.history import reminders
    from assistant.history.memory import remembered

    settings = settings_of(args)
    zone = zone_of(settings.time_zone)
    found = reminders.standing(remembered(settings.data_dir, warn))
    if not found and not args.json:
        print(f"no reminders in {settings.data_dir}")
    for reminder in found:
        text = reminders.as_text(reminder, zone)
        print(json.dumps(reminders.as_dict(reminder)) if args.json else text)
    return 0
