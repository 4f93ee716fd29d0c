"""What the command line takes: commands, options and their types."""

import argparse
from pathlib import Path
from typing import Any

from assistant import __version__
from assistant.bench.registry import BENCHES


def parser() -> argparse.ArgumentParser:
    """Return the parser; `command` of what it parses names the command, such as "models fetch"."""
    made = argparse.ArgumentParser(
        prog="earshot", description="An offline, hands-free voice coach for floor exercise."
    )
    made.add_argument("--version", action="version", version=f"earshot {__version__}")
    made.add_argument(
        "--verbose",
        action="count",
        default=0,
        help="log what happens; given twice also details and the words that were heard",
    )
    made.add_argument(
        "--config-dir", metavar="DIR", help="folder of settings.toml and your own exercises"
    )
    commands = made.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="listen and coach, on microphone and loudspeaker")
    _add_engine(run)
    run.add_argument("--microphone", metavar="NAME", help="part of the device's name")
    run.add_argument("--loudspeaker", metavar="NAME", help="part of the device's name")
    run.set_defaults(command="run")

    rehearse = commands.add_parser(
        "rehearse", help="a whole session with a synthetic person, faster than real time"
    )
    rehearse.add_argument(
        "routine", nargs="?", default="stretches", help="a routine or an exercise (%(default)s)"
    )
    rehearse.add_argument("--script", metavar="FILE", help="what the person says and when (YAML)")
    rehearse.add_argument("--out", metavar="WAV", help="save the session as a recording")
    rehearse.add_argument("--json", action="store_true", help="print one JSON object a line")
    rehearse.add_argument("--voices", default="slt,rms,awb,kal16", help="flite voices, by turns")
    rehearse.add_argument(
        "--snr-db", type=_decibels, default=30.0, help="speech over the noise, dB (%(default)s)"
    )
    rehearse.add_argument(
        "--corpus", type=Path, metavar="DIR", help="noise and rooms are those of this corpus"
    )
    rehearse.add_argument(
        "--noise", type=Path, metavar="FILE", help="a recording of noise (without it a fan)"
    )
    rehearse.add_argument(
        "--reverb",
        action="store_true",
        help="the person is in the corpus's rooms, or a made-up one",
    )
    rehearse.add_argument(
        "--seed", type=_seed, default=1, help="of the noise and rooms (%(default)s)"
    )
    rehearse.add_argument(
        "--echo-db",
        type=_decibels,
        metavar="DB",
        help="let the microphone hear the coach, so much louder than the person; else headphones",
    )
    rehearse.add_argument(
        "--newcomer", action="store_true", help="as at the first start: nothing is known of anybody"
    )
    _add_engine(rehearse)
    rehearse.set_defaults(command="rehearse")

    _add_hearing(commands)

    routines = commands.add_parser("routines", help="list, show and check routines")
    routines.set_defaults(command="routines")
    verbs = routines.add_subparsers(metavar="VERB")
    show = verbs.add_parser("show", help="a routine's movements and its length")
    show.add_argument("name")
    show.set_defaults(command="routines show")
    check = verbs.add_parser(
        "check", help="check an exercise or routine file, and tell what is in it"
    )
    check.add_argument("file", type=Path)
    check.set_defaults(command="routines check")
    _add_own_routines(verbs)
    _add_plan(commands)

    devices = commands.add_parser("devices", help="list microphones and loudspeakers")
    devices.add_argument(
        "--has-microphone", action="store_true", help="print nothing; exit code 0 if there is one"
    )
    devices.set_defaults(command="devices")

    _add_history(commands)
    _add_reminders(commands)

    models = commands.add_parser("models", help="speech models")
    verbs = models.add_subparsers(required=True, metavar="VERB")
    fetch = verbs.add_parser("fetch", help="download the full English Vosk model (41 MB)")
    fetch.add_argument(
        "--if-online", action="store_true", help="without a connection, say so and exit with 0"
    )
    fetch.set_defaults(command="models fetch")
    return made


def _add_history(commands: Any) -> None:
    """The commands about what is remembered."""
    history = commands.add_parser("history", help="list the sessions that were done")
    history.add_argument("--json", action="store_true", help="print one JSON object a line")
    history.add_argument("--data-dir", metavar="DIR", help="where the history is kept")
    history.set_defaults(command="history")
    forget = history.add_subparsers(metavar="VERB").add_parser(
        "forget", help="delete everything that is remembered"
    )
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.set_defaults(command="history forget")


def _add_reminders(commands: Any) -> None:
    """The command about what the coach is to remind of."""
    reminders = commands.add_parser("reminders", help="list the reminders that were asked for")
    reminders.add_argument("--json", action="store_true", help="print one JSON object a line")
    reminders.add_argument("--data-dir", metavar="DIR", help="where the history is kept")
    reminders.set_defaults(command="reminders")


def _seed(text: str) -> int:
    """A number for --seed and --clips: 0 or more."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return value


def _decibels(text: str) -> float:
    """A level for --snr-db: -20 to 80 dB."""
    value = float(text)
    if not -20.0 <= value <= 80.0:
        raise argparse.ArgumentTypeError(f"{text} is not between -20 and 80 dB")
    return value


def _add_hearing(commands: Any) -> None:
    """The commands about how well it hears: evaluate and check."""
    evaluate = commands.add_parser("evaluate", help="how well recordings of people are understood")
    evaluate.add_argument("corpus", type=Path, help="folder with recordings and manifest.csv")
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")
    evaluate.add_argument(
        "--snr", type=_levels, default=[], metavar="DB,DB", help="also with noise, such as 10,5"
    )
    evaluate.add_argument("--reverb", action="store_true", help="also in the corpus's rooms")
    evaluate.add_argument(
        "--enrol",
        type=_seed,
        default=0,
        metavar="N",
        help="let each speaker teach N recordings of each command first, and test on the rest",
    )
    evaluate.add_argument(
        "--seed", type=_seed, default=1, help="of which recordings are taught (%(default)s)"
    )
    evaluate.add_argument(
        "--set",
        choices=["commands", "phrases", "digits", "speech"],
        help="this set alone; without it commands, and speech as a stream",
    )
    evaluate.add_argument("--report", type=Path, metavar="DIR", help="write a page there")
    _add_engine(evaluate)
    evaluate.set_defaults(command="evaluate")

    teach = commands.add_parser("teach", help="let Earshot learn your voice: two minutes")
    teach.add_argument("name", nargs="?", help="whose voice, of several in a house (me)")
    verbs = teach.add_mutually_exclusive_group()
    verbs.add_argument("--forget", action="store_true", help="remove a taught voice")
    verbs.add_argument("--list", action="store_true", help="list the taught voices")
    verbs.add_argument("--synthetic", metavar="VOICE", help="try it with one of flite's voices")
    teach.add_argument("--microphone", metavar="NAME", help="part of the device's name")
    teach.add_argument("--loudspeaker", metavar="NAME", help="part of the device's name")
    teach.add_argument("--cache-dir", metavar="DIR", help="where rendered speech is kept")
    teach.set_defaults(command="teach")

    check = commands.add_parser("check", help="commands that may be misheard, with suggestions")
    check.add_argument("--json", action="store_true", help="print one JSON object a line")
    check.add_argument("--model", metavar="DIR", help="a Vosk model's folder")
    check.set_defaults(command="check")

    bench = commands.add_parser("bench", help="figures beside their targets; 1 if one is missed")
    bench.add_argument("name", choices=sorted(BENCHES), help="what is measured")
    bench.add_argument("folder", nargs="?", type=Path, help="the same as --corpus")
    bench.add_argument("--json", action="store_true", help="print one JSON object")
    bench.add_argument("--corpus", type=Path, metavar="FOLDER", help="recordings of people")
    bench.add_argument("--train", type=Path, metavar="FOLDER", help="recordings of other people")
    bench.add_argument("--clips", type=_seed, metavar="N", help="recordings at most; 0 is all")
    bench.add_argument("--minutes", type=_minutes, metavar="N", help="of what takes real time")
    bench.add_argument("--quick", action="store_true", help="a small part, for a first look")
    bench.add_argument("--seed", type=_seed, default=1, help="of what is drawn (%(default)s)")
    _add_engine(bench)
    bench.set_defaults(command="bench")


def _minutes(text: str) -> float:
    """A length for --minutes."""
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0.5 <= minutes <= 600:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.5 and 600 minutes")
    return minutes


def _add_own_routines(verbs: Any) -> None:
    """What is done with routines of one's own."""
    new = verbs.add_parser("new", help="write a commented routine to start from")
    new.add_argument("name", help="what you will say, such as 'evening stretch'")
    new.add_argument("path", nargs="?", type=Path, help="a folder or file; else your own folder")
    new.set_defaults(command="routines new")
    export = verbs.add_parser("export", help="print a routine's or an exercise's file, or copy it")
    export.add_argument("name")
    export.add_argument("file", nargs="?", type=Path, help="a file or folder; else it is printed")
    export.add_argument("--replace", action="store_true", help="even if there is such a file")
    export.set_defaults(command="routines export")
    bring = verbs.add_parser("import", help="check a file and copy it among your own")
    bring.add_argument("file", type=Path)
    bring.add_argument("--replace", action="store_true", help="in place of one with the same id")
    bring.set_defaults(command="routines import")
    schema = verbs.add_parser("schema", help="print the JSON Schema of the files, for editors")
    schema.add_argument(
        "kind", nargs="?", choices=["routine", "exercise"], default="routine", help="(%(default)s)"
    )
    schema.set_defaults(command="routines schema")


def _add_plan(commands: Any) -> None:
    plan = commands.add_parser("plan", help="a routine in writing: what happens when, how long")
    plan.add_argument("routine", help="a routine or an exercise: id, spoken name or YAML file")
    plan.add_argument(
        "--talk", choices=["full", "normal", "quiet", "beeps"], help="how much is said"
    )
    plan.add_argument(
        "--rate", type=int, dest="rate_wpm", metavar="WPM", help="words a minute, 80 to 195"
    )
    plan.add_argument("--json", action="store_true", help="print one JSON object a line")
    plan.add_argument(
        "--estimate", action="store_true", help="reckon the talk's length instead of speaking it"
    )
    plan.add_argument("--cache-dir", metavar="DIR", help="where rendered speech is kept")
    plan.set_defaults(command="plan")


def _levels(text: str) -> list[float]:
    """Levels for --snr, each as for --snr-db."""
    return [_decibels(level) for level in text.split(",")]


def _add_engine(command: argparse.ArgumentParser) -> None:
    command.add_argument("--engine", choices=["auto", "vosk", "sphinx"], help="the recogniser")
    command.add_argument("--model", metavar="DIR", help="a Vosk model's folder")
    command.add_argument("--cache-dir", metavar="DIR", help="where rendered speech is kept")
