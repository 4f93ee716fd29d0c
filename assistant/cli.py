"""The command line. The only module that prints."""

import argparse
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant import __version__
from assistant.bench.registry import BENCHES, Options, load_bench
from assistant.errors import EarshotError, EvaluationError, ScriptError, VoiceprintError

EXIT_MISSED = 1
"""Exit code of a rehearsal in which a command was not understood, of a failed check, and of a bench
that missed a target."""
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, 1 for a failed check or a missed command,
    2 for an error that names its mend."""
    args = _parser().parse_args(argv)
    logging.basicConfig(
        level=(logging.WARNING, logging.INFO, logging.DEBUG)[min(args.verbose, 2)],
        format=("%(asctime)s " if args.verbose else "") + "%(levelname)s %(name)s: %(message)s",
    )
    try:
        return int(args.command(args))
    except EarshotError as error:
        _warn(f"earshot: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone: nothing more to say, and nowhere to say it
        return EXIT_MISSED


def _warn(message: str) -> None:
    print(message, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="earshot", description="An offline, hands-free voice coach for floor exercise."
    )
    parser.add_argument("--version", action="version", version=f"earshot {__version__}")
    parser.add_argument(
        "--verbose",
        action="count",
        default=0,
        help="log what happens; given twice also details and the words that were heard",
    )
    parser.add_argument(
        "--config-dir", metavar="DIR", help="folder of settings.toml and your own exercises"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="listen and coach, on microphone and loudspeaker")
    _add_engine(run)
    run.add_argument("--microphone", metavar="NAME", help="part of the device's name")
    run.add_argument("--loudspeaker", metavar="NAME", help="part of the device's name")
    run.set_defaults(command=_run)

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
    _add_engine(rehearse)
    rehearse.set_defaults(command=_rehearse)

    _add_hearing(commands)

    routines = commands.add_parser("routines", help="list, show and check routines")
    routines.set_defaults(command=_routines)
    verbs = routines.add_subparsers(metavar="VERB")
    show = verbs.add_parser("show", help="a routine's movements and its length")
    show.add_argument("name")
    show.set_defaults(command=_routines_show)
    check = verbs.add_parser("check", help="check an exercise or routine file")
    check.add_argument("file", type=Path)
    check.set_defaults(command=_routines_check)

    devices = commands.add_parser("devices", help="list microphones and loudspeakers")
    devices.add_argument(
        "--has-microphone", action="store_true", help="print nothing; exit code 0 if there is one"
    )
    devices.set_defaults(command=_devices)

    models = commands.add_parser("models", help="speech models")
    verbs = models.add_subparsers(required=True, metavar="VERB")
    fetch = verbs.add_parser("fetch", help="download the full English Vosk model (41 MB)")
    fetch.add_argument(
        "--if-online", action="store_true", help="without a connection, say so and exit with 0"
    )
    fetch.set_defaults(command=_models_fetch)
    return parser


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
    evaluate.set_defaults(command=_evaluate)

    teach = commands.add_parser("teach", help="let Earshot learn your voice: two minutes")
    teach.add_argument("name", nargs="?", help="whose voice, of several in a house (me)")
    verbs = teach.add_mutually_exclusive_group()
    verbs.add_argument("--forget", action="store_true", help="remove a taught voice")
    verbs.add_argument("--list", action="store_true", help="list the taught voices")
    verbs.add_argument("--synthetic", metavar="VOICE", help="try it with one of flite's voices")
    teach.add_argument("--microphone", metavar="NAME", help="part of the device's name")
    teach.add_argument("--loudspeaker", metavar="NAME", help="part of the device's name")
    teach.add_argument("--cache-dir", metavar="DIR", help="where rendered speech is kept")
    teach.set_defaults(command=_teach)

    check = commands.add_parser("check", help="commands that may be misheard, with suggestions")
    check.add_argument("--json", action="store_true", help="print one JSON object a line")
    check.add_argument("--model", metavar="DIR", help="a Vosk model's folder")
    check.set_defaults(command=_check)

    bench = commands.add_parser("bench", help="figures beside their targets; 1 if one is missed")
    bench.add_argument("name", choices=sorted(BENCHES), help="what is measured")
    bench.add_argument("folder", nargs="?", type=Path, help="the same as --corpus")
    bench.add_argument("--json", action="store_true", help="print one JSON object")
    bench.add_argument("--corpus", type=Path, metavar="FOLDER", help="recordings of people")
    bench.add_argument("--train", type=Path, metavar="FOLDER", help="recordings of other people")
    bench.add_argument("--clips", type=_seed, metavar="N", help="recordings at most; 0 is all")
    bench.add_argument("--quick", action="store_true", help="a small part, for a first look")
    bench.add_argument("--seed", type=_seed, default=1, help="of what is drawn (%(default)s)")
    _add_engine(bench)
    bench.set_defaults(command=_bench)


def _levels(text: str) -> list[float]:
    """Levels for --snr, each as for --snr-db."""
    return [_decibels(level) for level in text.split(",")]


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", choices=["auto", "vosk", "sphinx"], help="the recogniser")
    parser.add_argument("--model", metavar="DIR", help="a Vosk model's folder")
    parser.add_argument("--cache-dir", metavar="DIR", help="where rendered speech is kept")


def _settings(args: argparse.Namespace) -> Any:
    from assistant.config import load_settings

    names = ("config_dir", "engine", "model", "cache_dir", "microphone", "loudspeaker")
    return load_settings(**{name: getattr(args, name, None) for name in names})


# run -----------------------------------------------------------------------------------------


def _run(args: argparse.Namespace) -> int:
    # While it starts nothing sounds and nothing is half written; an exception in the middle of a
    # library's import or constructor would only make it complain.
    _on_ending(lambda: os._exit(0))

    from assistant.app import load_world
    from assistant.display import Display
    from assistant.service import Service

    display = Display(sys.stdout)
    service = Service(
        load_world(_settings(args)),
        observe=display.observe,
        warn=_warn,
        on_listening=lambda: print(f"listening after {_process_age_s():.2f} s", flush=True),
    )
    _on_ending(service.stop)
    with display.following(service.runner):
        service.run()
    return 0


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


# rehearse ------------------------------------------------------------------------------------


def _rehearse(args: argparse.Namespace) -> int:
    from assistant.app import load_world, make_surroundings, rehearse
    from assistant.audio.wavfile import write_wav
    from assistant.rehearsal import report
    from assistant.rehearsal.script import load_script, script_for

    world = load_world(_settings(args))
    if args.script:
        script, place = load_script(Path(args.script)), args.script
    else:
        script, place = script_for(args.routine, world.library, world.phrasebook)
    voices = [voice.strip() for voice in args.voices.split(",") if voice.strip()]
    if not voices:
        raise ScriptError(f"no voices in {args.voices!r}", place="--voices", mend="Name one.")
    surroundings = make_surroundings(
        args.corpus, args.noise, is_reverberated=args.reverb, seed=args.seed
    )
    out = Path(args.out) if args.out else None
    if out is not None and not out.parent.is_dir():
        mend = "Make the folder first, or name another."
        raise ScriptError(f"no folder {str(out.parent)!r}", place="--out", mend=mend)

    def emit(event: Any) -> None:
        line = report.as_json(event) if args.json else report.as_text(event)
        if line is not None:
            print(line, flush=True)

    outcome = rehearse(
        world,
        script,
        place=place,
        voices=voices,
        snr_db=args.snr_db,
        surroundings=surroundings,
        seed=args.seed,
        echo_db=args.echo_db,
        emit=emit,
        warn=_warn,
    )
    if out is not None:
        write_wav(out, outcome.recording)
    summary = report.summary(args.routine, outcome.score, outcome.wall_s)
    if args.json:
        print(json.dumps(summary))
    else:
        for line in report.summary_text(summary, out):
            print(line)
    return 0 if outcome.score.understood == outcome.score.commands else EXIT_MISSED


# evaluate ------------------------------------------------------------------------------------


def _evaluate(args: argparse.Namespace) -> int:
    from assistant.app import evaluate_corpus, load_world
    from assistant.evaluation import page, report
    from assistant.evaluation.conditions import CLEAN, REVERBERATED, with_noise

    settings = _settings(args)
    if args.enrol and settings.engine != "auto":
        raise EvaluationError(
            f"the engine {settings.engine} knows no voices",
            place=f"--enrol {args.enrol}",
            mend="Leave it out, or use engine auto.",
        )
    if args.report is not None:
        page.check_folder(args.report)
    conditions = [CLEAN, *map(with_noise, args.snr), *([REVERBERATED] if args.reverb else [])]
    found = evaluate_corpus(
        load_world(settings),
        args.corpus,
        conditions,
        args.set,
        warn=_warn,
        progress=_warn if sys.stderr.isatty() else lambda _: None,
        enrol=args.enrol,
        seed=args.seed,
    )
    if args.report is not None:
        page.write_page(args.report, found, str(args.corpus))
    if args.json:
        print(json.dumps(report.as_dict(found)))
    else:
        for line in report.as_text(found):
            print(line)
    return 0


# teach ---------------------------------------------------------------------------------------


def _teach(args: argparse.Namespace) -> int:
    from assistant.stt.taught import DEFAULT_NAME, TaughtVoices, checked_name

    if args.list:
        return _list_voices(TaughtVoices())
    if args.forget:
        return _forget_voice(TaughtVoices(), args.name)

    from assistant.app import load_world
    from assistant.lessons import teach, teach_synthetic
    from assistant.rehearsal.pupil import answers_of
    from assistant.rehearsal.speakers import Speaker
    from assistant.teaching.session import Told

    def observe(moment: Any) -> None:
        if isinstance(moment, Told):
            print(f"coach: {moment.text}", flush=True)
        else:
            print(f"  heard{'' if moment.flaw is None else f', too {moment.flaw}'}", flush=True)

    name = checked_name(args.name or DEFAULT_NAME)
    world = load_world(_settings(args))
    if args.synthetic is not None:
        answer = answers_of(Speaker(), args.synthetic)
        learnt, took_s = teach_synthetic(world, name, answer, observe)
        print(f"the lesson took {took_s:.0f} s")
    else:
        learnt = teach(world, name, observe)
    print(f"{name}: {', '.join(learnt.examples)}")
    return 0


def _list_voices(voices: Any) -> int:
    names = voices.names()
    if not names:
        print(f"no taught voices in {voices.folder}")
    for name in names:
        try:
            print(f"{name}: {', '.join(voices.load(name).examples)}")
        except EarshotError as error:
            print(f"{name}: cannot be used. {error}")
    return 0


def _forget_voice(voices: Any, name: str | None) -> int:
    names = voices.names()
    if name is None and len(names) > 1:
        raise VoiceprintError(
            f"there are {len(names)} taught voices: {', '.join(names)}",
            place="earshot teach --forget",
            mend=f"Say whose: earshot teach --forget {names[0]}.",
        )
    chosen = name or next(iter(names), None)
    if chosen is None:
        print(f"no taught voices in {voices.folder}")
        return 0
    path = voices.forget(chosen)
    print(f"forgot {chosen}: removed {path}")
    return 0


# check ---------------------------------------------------------------------------------------


def _check(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from assistant.app import check_vocabulary, load_world

    findings = check_vocabulary(load_world(_settings(args)))
    problems = sum(finding.is_problem for finding in findings)
    if args.json:
        for finding in findings:
            print(json.dumps(asdict(finding)))
    else:
        for finding in findings:
            mark = "PROBLEM" if finding.is_problem else "note"
            print(f"{mark:8}{finding.kind}: {finding.text}. {finding.suggestion}")
        print(f"{problems} problems, {len(findings) - problems} notes")
    return EXIT_MISSED if problems else 0


# bench ---------------------------------------------------------------------------------------


def _bench(args: argparse.Namespace) -> int:
    from assistant.app import load_world
    from assistant.bench import figures

    found = load_bench(args.name).run(
        load_world(_settings(args)),
        Options(
            args.corpus or args.folder,
            is_quick=args.quick,
            seed=args.seed,
            train=args.train,
            clips=args.clips,
        ),
        warn=_warn,
        progress=_warn if sys.stderr.isatty() else lambda _: None,
    )
    if args.json:
        print(json.dumps(figures.as_dict(found)))
    else:
        for line in figures.as_text(found):
            print(line)
    return 0 if found.is_met else EXIT_MISSED


# routines, devices, models -------------------------------------------------------------------


def _routines(args: argparse.Namespace) -> int:
    from assistant.app import load_world, routine_length_s

    world = load_world(_settings(args))
    for routine in world.library.routines.values():
        minutes = routine_length_s(world, routine.id) / 60
        print(f"{routine.id:16} {minutes:4.0f} min  {routine.summary}")
    return 0


def _routines_show(args: argparse.Namespace) -> int:
    from assistant.app import describe_routine, load_world

    for line in describe_routine(load_world(_settings(args)), args.name):
        print(line)
    return 0


def _routines_check(args: argparse.Namespace) -> int:
    from assistant.library import check_file, load_library

    settings = _settings(args)
    item = check_file(args.file, load_library(settings.language, settings.user_dir))
    print(f"{args.file}: {type(item).__name__.lower()} {item.id!r} is fine")
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
