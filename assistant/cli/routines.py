"""`earshot routines` and its verbs."""

import argparse
from pathlib import Path

from assistant.cli.options import Commands, settings_of, warn


def add_to(commands: Commands) -> None:
    """Add the command, its verbs and what they take."""
    routines = commands.add_parser("routines", help="list, show and check routines")
    routines.set_defaults(act=_routines)
    verbs = routines.add_subparsers(metavar="VERB")
    show = verbs.add_parser("show", help="a routine's movements and its length")
    show.add_argument("name")
    show.set_defaults(act=_routines_show)
    check = verbs.add_parser(
        "check", help="check an exercise or routine file, and tell what is in it"
    )
    check.add_argument("file", type=Path)
    check.set_defaults(act=_routines_check)
    new = verbs.add_parser("new", help="write a commented routine to start from")
    new.add_argument("name", help="what you will say, such as 'evening stretch'")
    new.add_argument("path", nargs="?", type=Path, help="a folder or file; else your own folder")
    new.set_defaults(act=_routines_new)
    export = verbs.add_parser("export", help="print a routine's or an exercise's file, or copy it")
    export.add_argument("name")
    export.add_argument("file", nargs="?", type=Path, help="a file or folder; else it is printed")
    export.add_argument("--replace", action="store_true", help="even if there is such a file")
    export.set_defaults(act=_routines_export)
    bring = verbs.add_parser("import", help="check a file and copy it among your own")
    bring.add_argument("file", type=Path)
    bring.add_argument("--replace", action="store_true", help="in place of one with the same id")
    bring.set_defaults(act=_routines_import)
    schema = verbs.add_parser("schema", help="print the JSON Schema of the files, for editors")
    schema.add_argument(
        "kind", nargs="?", choices=["routine", "exercise"], default="routine", help="(%(default)s)"
    )
    schema.set_defaults(act=_routines_schema)


def _routines(args: argparse.Namespace) -> int:
    from assistant.app import load_world
    from assistant.routines import routine_length_s

    world = load_world(settings_of(args))
    for routine in world.library.routines.values():
        minutes = routine_length_s(world, routine.id) / 60
        print(f"{routine.id:16} {minutes:4.0f} min  {routine.summary}")
    return 0


def _routines_show(args: argparse.Namespace) -> int:
    from assistant.app import load_world
    from assistant.routines import describe_routine

    for line in describe_routine(load_world(settings_of(args)), args.name):
        print(line)
    return 0


def _routines_check(args: argparse.Namespace) -> int:
    from assistant.routines import check_report

    for line in check_report(settings_of(args), args.file):
        print(line)
    return 0


def _routines_new(args: argparse.Namespace) -> int:
    from assistant.routines import new_routine

    path = new_routine(settings_of(args), args.name, args.path)
    print(f"wrote {path}")
    print(
        f"say “start {path.stem.replace('_', ' ')}”; after a change: earshot routines check {path}"
    )
    return 0


def _routines_export(args: argparse.Namespace) -> int:
    from assistant.routines import export_routine

    text, notes = export_routine(settings_of(args), args.name, args.file, replaces=args.replace)
    if args.file is None:
        print(text, end="")
    for note in notes:
        warn(note)
    return 0


def _routines_import(args: argparse.Namespace) -> int:
    from assistant.routines import import_routine

    path = import_routine(settings_of(args), args.file, replaces=args.replace)
    print(f"{path} is there; it counts from the next start")
    return 0


def _routines_schema(args: argparse.Namespace) -> int:
    from assistant.library import Exercise, Routine
    from assistant.library.template import schema_text

    print(schema_text(Exercise if args.kind == "exercise" else Routine), end="")
    return 0
