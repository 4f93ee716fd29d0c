"""The command line. The only module that prints."""

import argparse
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.arguments import parser
from assistant.bench.registry import Options, load_bench
from assistant.errors import EarshotError, EvaluationError, ScriptError, VoiceprintError

EXIT_MISSED = 1
"""Exit code of a rehearsal in which a command was not understood, of a failed check, and of a bench
that missed a target."""
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, 1 for a failed check or a missed command,
    2 for an error that names its mend."""
    args = parser().parse_args(argv)
    logging.basicConfig(
        level=(logging.WARNING, logging.INFO, logging.DEBUG)[min(args.verbose, 2)],
        format=("%(asctime)s " if args.verbose else "") + "%(levelname)s %(name)s: %(message)s",
    )
    try:
        return _COMMANDS[args.command](args)
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


def _settings(args: argparse.Namespace) -> Any:
    from assistant.config import load_settings

    names = ["config_dir", "engine", "model", "cache_dir", "data_dir", "microphone", "loudspeaker"]
    names += ["talk", "rate_wpm"]
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
        is_newcomer=args.newcomer,
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
            minutes=args.minutes,
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


# history -------------------------------------------------------------------------------------


def _history(args: argparse.Namespace) -> int:
    from assistant.history import report
    from assistant.history.memory import remembered

    folder = _settings(args).data_dir
    sessions = report.sessions_of(remembered(folder, _warn))
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
    from assistant.history.store import FILE_NAME, stored

    folder = _settings(args).data_dir
    with stored(folder) as store:
        if store is None:
            print(f"no history in {folder}")
            return 0
        question = f"Delete everything in {folder / FILE_NAME}? There is no way back. [yes/no] "
        if not args.yes and not _agrees(question):
            print("nothing was deleted")
            return EXIT_MISSED
        print(f"deleted {store.forget()} entries from {store.path}")
    return 0


def _reminders(args: argparse.Namespace) -> int:
    from assistant.almanac import local_zone
    from assistant.history import reminders
    from assistant.history.memory import remembered

    settings = _settings(args)
    zone = local_zone(settings.time_zone)
    found = reminders.standing(remembered(settings.data_dir, _warn))
    if not found and not args.json:
        print(f"no reminders in {settings.data_dir}")
    for reminder in found:
        text = reminders.as_text(reminder, zone)
        print(json.dumps(reminders.as_dict(reminder)) if args.json else text)
    return 0


def _agrees(question: str) -> bool:
    """Whether a person answers yes; no answer is none."""
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except EOFError:
        print()
        return False


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
    from assistant.routines import check_report

    for line in check_report(_settings(args), args.file):
        print(line)
    return 0


def _routines_new(args: argparse.Namespace) -> int:
    from assistant.routines import new_routine

    path = new_routine(_settings(args), args.name, args.path)
    print(f"wrote {path}")
    print(
        f"say “start {path.stem.replace('_', ' ')}”; after a change: earshot routines check {path}"
    )
    return 0


def _routines_export(args: argparse.Namespace) -> int:
    from assistant.routines import export_routine

    text, notes = export_routine(_settings(args), args.name, args.file, replaces=args.replace)
    if args.file is None:
        print(text, end="")
    for note in notes:
        _warn(note)
    return 0


def _routines_import(args: argparse.Namespace) -> int:
    from assistant.routines import import_routine

    path = import_routine(_settings(args), args.file, replaces=args.replace)
    print(f"{path} is there; it counts from the next start")
    return 0


def _routines_schema(args: argparse.Namespace) -> int:
    from assistant.library import Exercise, Routine
    from assistant.library.template import schema_text

    print(schema_text(Exercise if args.kind == "exercise" else Routine), end="")
    return 0


def _plan(args: argparse.Namespace) -> int:
    from assistant import planning
    from assistant.app import load_world

    found = planning.outline(load_world(_settings(args)), args.routine, is_estimated=args.estimate)
    for line in planning.as_json(found) if args.json else planning.as_text(found):
        print(line)
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


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "rehearse": _rehearse,
    "history": _history,
    "history forget": _history_forget,
    "reminders": _reminders,
    "routines": _routines,
    "routines show": _routines_show,
    "routines check": _routines_check,
    "routines new": _routines_new,
    "routines export": _routines_export,
    "routines import": _routines_import,
    "routines schema": _routines_schema,
    "plan": _plan,
    "devices": _devices,
    "models fetch": _models_fetch,
    "evaluate": _evaluate,
    "teach": _teach,
    "check": _check,
    "bench": _bench,
}


if __name__ == "__main__":
    sys.exit(main())
