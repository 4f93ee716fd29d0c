"""`earshot evaluate`, `earshot check` and `earshot bench`: how well it does."""

import argparse
import json
import sys
from pathlib import Path

from assistant.bench.registry import BENCHES, Options, load_bench
from assistant.cli.options import (
    EXIT_MISSED,
    Commands,
    add_engine,
    count,
    hours,
    levels,
    minutes,
    settings_of,
    warn,
)
from assistant.errors import EvaluationError


def add_to(commands: Commands) -> None:
    """Add the commands and what they take."""
    evaluate = commands.add_parser("evaluate", help="how well recordings of people are understood")
    evaluate.add_argument("corpus", type=Path, help="folder with recordings and manifest.csv")
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")
    evaluate.add_argument(
        "--snr", type=levels, default=[], metavar="DB,DB", help="also with noise, such as 10,5"
    )
    evaluate.add_argument("--reverb", action="store_true", help="also in the corpus's rooms")
    evaluate.add_argument(
        "--enrol",
        type=count,
        default=0,
        metavar="N",
        help="let each speaker teach N recordings of each command first, and test on the rest",
    )
    evaluate.add_argument(
        "--seed", type=count, default=1, help="of which recordings are taught (%(default)s)"
    )
    evaluate.add_argument(
        "--set",
        choices=["commands", "phrases", "digits", "speech"],
        help="this set alone; without it commands, and speech as a stream",
    )
    evaluate.add_argument("--report", type=Path, metavar="DIR", help="write a page there")
    add_engine(evaluate)
    evaluate.set_defaults(act=_evaluate)

    check = commands.add_parser("check", help="commands that may be misheard, with suggestions")
    check.add_argument("--json", action="store_true", help="print one JSON object a line")
    check.add_argument("--model", metavar="DIR", help="a Vosk model's folder")
    check.set_defaults(act=_check)

    bench = commands.add_parser("bench", help="figures beside their targets; 1 if one is missed")
    bench.add_argument("name", choices=sorted(BENCHES), help="what is measured")
    bench.add_argument("folder", nargs="?", type=Path, help="the same as --corpus")
    bench.add_argument("--json", action="store_true", help="print one JSON object")
    bench.add_argument("--corpus", type=Path, metavar="FOLDER", help="recordings of people")
    bench.add_argument("--train", type=Path, metavar="FOLDER", help="recordings of other people")
    bench.add_argument("--clips", type=count, metavar="N", help="recordings at most; 0 is all")
    bench.add_argument("--minutes", type=minutes, metavar="N", help="of what takes real time")
    bench.add_argument("--hours", type=hours, metavar="N", help="of what is simulated")
    bench.add_argument(
        "--simulated", action="store_true", help="soak: in simulated time, which is its only way"
    )
    bench.add_argument("--quick", action="store_true", help="a small part, for a first look")
    bench.add_argument("--seed", type=count, default=1, help="of what is drawn (%(default)s)")
    add_engine(bench)
    bench.set_defaults(act=_bench)


def _evaluate(args: argparse.Namespace) -> int:
    from assistant.app import load_world
    from assistant.assessment import evaluate_corpus
    from assistant.evaluation import page, report
    from assistant.evaluation.conditions import CLEAN, REVERBERATED, with_noise

    settings = settings_of(args)
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
        warn=warn,
        progress=warn if sys.stderr.isatty() else lambda _: None,
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


def _check(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from assistant.app import load_world
    from assistant.assessment import check_vocabulary

    findings = check_vocabulary(load_world(settings_of(args)))
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


def _bench(args: argparse.Namespace) -> int:
    from assistant.app import load_world
    from assistant.bench import figures

    found = load_bench(args.name).run(
        load_world(settings_of(args)),
        Options(
            args.corpus or args.folder,
            is_quick=args.quick,
            seed=args.seed,
            train=args.train,
            clips=args.clips,
            minutes=args.minutes,
            hours=args.hours,
        ),
        warn=warn,
        progress=warn if sys.stderr.isatty() else lambda _: None,
    )
    if args.json:
        print(json.dumps(figures.as_dict(found)))
    else:
        for line in figures.as_text(found):
            print(line)
    return 0 if found.is_met else EXIT_MISSED
