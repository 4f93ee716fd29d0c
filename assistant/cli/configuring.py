"""`earshot config` and its verbs."""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from assistant.cli.options import EXIT_MISSED, Commands, agrees, flags_of, warn
from assistant.errors import SettingsError

EDITORS = ("sensible-editor", "nano", "vi")
"""Tried where neither VISUAL nor EDITOR is set."""


def add_to(commands: Commands) -> None:
    """Add the command, its verbs and what they take."""
    config = commands.add_parser("config", help="the settings: show, check, edit, set")
    verbs = config.add_subparsers(required=True, metavar="VERB")
    show = verbs.add_parser("show", help="every setting as it counts, and where it comes from")
    show.add_argument("--json", action="store_true", help="print one JSON object")
    show.set_defaults(act=_show)
    check = verbs.add_parser("check", help="what is wrong, with its line; exit code 1 for anything")
    check.set_defaults(act=_check)
    edit = verbs.add_parser("edit", help="open the commented settings in your editor")
    edit.set_defaults(act=_edit)
    template = verbs.add_parser("template", help="print a file in which each setting is described")
    template.set_defaults(act=_template)
    put = verbs.add_parser("set", help="write one setting; comments in the file stay")
    put.add_argument("name")
    put.add_argument("value", help="such as 155, true, quiet or '[\"hello coach\"]'")
    put.set_defaults(act=_set)
    unset = verbs.add_parser("unset", help="remove one setting: its default counts again")
    unset.add_argument("name")
    unset.set_defaults(act=_unset)


def _show(args: argparse.Namespace) -> int:
    from assistant.config import load_what_counts
    from assistant.configuring import as_toml, shown

    flags = flags_of(args)
    settings, problems = load_what_counts(**flags)
    known = shown(settings, flags, problems)
    if args.json:
        print(json.dumps({x.name: {"value": x.value, "source": x.source} for x in known}))
    else:
        written = [(x, "" if x.value is None else as_toml(x.value)) for x in known]
        width = max(len(value) for _, value in written)
        for setting, value in written:
            print(f"{setting.name:17} {value:{width}}  {setting.source}")
    for problem in problems:
        warn(f"earshot: {problem}")
    return EXIT_MISSED if problems else 0


def _check(args: argparse.Namespace) -> int:
    from assistant.config import settings_path
    from assistant.configuring import all_problems

    path = settings_path(args.config_dir)
    problems = all_problems(path, flags_of(args))
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{path}: all is well" if path.exists() else f"{path}: not there, defaults count")
    return EXIT_MISSED if problems else 0


def _template(_args: argparse.Namespace) -> int:
    from assistant.configuring import template

    print(template(), end="")
    return 0


def _set(args: argparse.Namespace) -> int:
    from assistant.config import settings_path
    from assistant.configuring import set_value
    from assistant.settings_file import place_in

    path = settings_path(args.config_dir)
    set_value(path, args.name, args.value)
    print(f"{place_in(path, args.name)}: {args.name} is set; it counts from the next start")
    return 0


def _unset(args: argparse.Namespace) -> int:
    from assistant.config import settings_path
    from assistant.configuring import unset_value

    path = settings_path(args.config_dir)
    was = unset_value(path, args.name)
    print(f"{path}: {args.name} {'was removed' if was else 'is not in it'}; its default counts")
    return 0


def _edit(args: argparse.Namespace) -> int:
    from assistant.config import settings_path
    from assistant.configuring import draft_of, write_text
    from assistant.settings_file import read_text

    path = settings_path(args.config_dir)
    before = draft_of(path)
    with tempfile.TemporaryDirectory(prefix="earshot-settings-") as folder:
        draft = Path(folder) / path.name
        draft.write_text(before, encoding="utf-8")
        if not _edited(draft, path):
            kept = path.with_name(f"{path.name}.draft")
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(draft, kept)
            print(f"{path} is as it was; what you wrote is in {kept}")
            return EXIT_MISSED
        text = read_text(draft)
    if text == before:
        print(f"{path}: nothing was changed")
        return 0
    write_text(path, text)
    print(f"{path} is written; it counts from the next start")
    return 0


def _edited(draft: Path, path: Path) -> bool:
    """Let a person edit the draft until nothing in it is wrong, or until they have enough."""
    while True:
        _open_editor(draft)
        problems = _problems_of(draft, path)
        if not problems:
            return True
        for problem in problems:
            print(problem)
        if not agrees("Edit it again? [y/N] "):
            return False


def _problems_of(draft: Path, path: Path) -> Sequence[SettingsError]:
    from assistant.config import problems_in
    from assistant.settings_file import read_text

    try:
        return problems_in(read_text(draft), path)
    except SettingsError as error:
        return [error]


def _open_editor(draft: Path) -> None:
    """Raises SettingsError where there is no editor, or it fails."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    found = named or next((name for name in EDITORS if shutil.which(name)), None)
    mend = "Set EDITOR to one, or use: earshot config set NAME VALUE."
    if found is None:
        raise SettingsError("no editor was found", place="EDITOR", mend=mend)
    try:
        ended = subprocess.run([*shlex.split(found), str(draft)], check=False)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{found!r} cannot be run ({error})", place="EDITOR", mend=mend
        ) from error
    if ended.returncode:
        raise SettingsError(
            f"{found!r} ended with {ended.returncode}: nothing was changed",
            place="EDITOR",
            mend=mend,
        )
