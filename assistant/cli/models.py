"""`earshot models`: speech models."""

import argparse

from assistant.cli.options import Commands


def add_to(commands: Commands) -> None:
    """Add the command, its verbs and what they take."""
    models = commands.add_parser("models", help="speech models")
    verbs = models.add_subparsers(required=True, metavar="VERB")
    fetch = verbs.add_parser("fetch", help="download the full English Vosk model (41 MB)")
    fetch.add_argument(
        "--if-online", action="store_true", help="without a connection, say so and exit with 0"
    )
    fetch.set_defaults(act=_models_fetch)


def _models_fetch(args: argparse.Namespace) -> int:
    from assistant.stt.engines import user_models_dir
    from assistant.stt.models import FULL_ENGLISH, OfflineError, fetch

    try:
        folder = fetch(FULL_ENGLISH.name, user_models_dir())
    except OfflineError as error:
        if not args.if_online:
            raise
        print(f"No full speech model: {error.problem}. The one that comes with Earshot serves.")
        return 0
    print(f"{FULL_ENGLISH.name} is in {folder}")
    return 0
