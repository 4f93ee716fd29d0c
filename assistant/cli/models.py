"""`earshot models`: speech models."""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from assistant.cli.options import EXIT_MISSED, Commands, settings_of
from assistant.errors import EarshotError

AUTO = "auto"
"""What `models use` takes for: no model in the settings, the best one here."""


def add_to(commands: Commands) -> None:
    """Add the command, its verbs and what they take."""
    models = commands.add_parser("models", help="speech models: list, fetch, verify, use")
    verbs = models.add_subparsers(required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="what there is, and which one serves")
    listed.set_defaults(act=_models_list)
    fetch = verbs.add_parser("fetch", help="download a model, or copy it from a file")
    fetch.add_argument("name", nargs="?", help="one of the list; else the full English one (41 MB)")
    fetch.add_argument(
        "--from",
        dest="file",
        type=Path,
        metavar="FILE.zip",
        help="the model's archive on this machine, such as on a stick",
    )
    fetch.add_argument(
        "--if-online", action="store_true", help="without a connection, say so and exit with 0"
    )
    fetch.set_defaults(act=_models_fetch)
    verify = verbs.add_parser("verify", help="check every file of the models that are here")
    verify.add_argument("name", nargs="?", help="this one alone")
    verify.set_defaults(act=_models_verify)
    use = verbs.add_parser("use", help="write into the settings which model serves")
    use.add_argument("model", metavar="NAME|DIR|auto", help="auto: the best one that is here")
    use.set_defaults(act=_models_use)


def _models_list(args: argparse.Namespace) -> int:
    from assistant.stt.engines import chosen_model_dir
    from assistant.stt.installed import known_models

    settings = settings_of(args)
    serving = chosen_model_dir(settings.model, settings.language).resolve()
    known = known_models()
    for model in known:
        mark = "*" if model.folder.resolve() == serving else " "
        state = str(model.folder) if model.is_here else f"not fetched ({model.size_mb:.0f} MB)"
        print(f"{mark} {model.name:28} {model.language:4} {model.licence:12} {state}")
    if all(model.folder.resolve() != serving for model in known):
        print(f"* {serving}")
    return 0


def _models_fetch(args: argparse.Namespace) -> int:
    from assistant.stt.engines import user_models_dir
    from assistant.stt.models import FULL_ENGLISH, OfflineError, archive_named, fetch, fetch_from

    archive = archive_named(args.name or FULL_ENGLISH.name)
    try:
        with _bar(archive.name) as progress:
            if args.file is not None:
                folder = fetch_from(args.file, archive, user_models_dir(), progress=progress)
            else:
                folder = fetch(archive.name, user_models_dir(), progress=progress)
    except OfflineError as error:
        if not args.if_online:
            raise
        print(f"No full speech model: {error.problem}. The one that comes with Earshot serves.")
        return 0
    print(f"{archive.name} is in {folder}")
    return 0


@contextlib.contextmanager
def _bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """Show bytes that come in, on a terminal; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _have, _whole: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    with Progress(
        "{task.description}",
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as shown:
        task = shown.add_task(name, total=None)
        yield lambda have, whole: shown.update(task, completed=have, total=whole)


def _models_verify(args: argparse.Namespace) -> int:
    from assistant.errors import ModelError
    from assistant.stt.archive import verify
    from assistant.stt.installed import known_models

    found = [m for m in known_models() if m.is_here and args.name in (None, m.name)]
    if not found:
        raise ModelError(
            f"no model is here that is named {args.name!r}", mend="See: earshot models list."
        )
    wrong = 0
    for model in found:
        try:
            verify(model.folder)
        except EarshotError as error:
            wrong += 1
            print(f"WRONG {model.name}: {error}")
        else:
            print(f"whole {model.name}")
    return EXIT_MISSED if wrong else 0


def _models_use(args: argparse.Namespace) -> int:
    from assistant.config import settings_path
    from assistant.configuring import set_value, unset_value
    from assistant.stt.installed import usable_model

    path = settings_path(args.config_dir)
    if args.model == AUTO:
        unset_value(path, "model")
    else:
        set_value(path, "model", usable_model(args.model))
    print(f"{path}: model is {args.model}; it counts from the next start")
    return 0
