"""`earshot rehearse` and `earshot plan`: a session without anybody there."""

import argparse
import json
from pathlib import Path
from typing import Any

from assistant.cli.options import (
    EXIT_MISSED,
    Commands,
    add_engine,
    count,
    decibels,
    settings_of,
    warn,
)
from assistant.errors import ScriptError


def add_to(commands: Commands) -> None:
    """Add the commands and what they take."""
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
        "--snr-db", type=decibels, default=30.0, help="speech over the noise, dB (%(default)s)"
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
        "--seed", type=count, default=1, help="of the noise and rooms (%(default)s)"
    )
    rehearse.add_argument(
        "--echo-db",
        type=decibels,
        metavar="DB",
        help="let the microphone hear the coach, so much louder than the person; else headphones",
    )
    rehearse.add_argument(
        "--newcomer", action="store_true", help="as at the first start: nothing is known of anybody"
    )
    add_engine(rehearse)
    rehearse.set_defaults(act=_rehearse)

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
    plan.set_defaults(act=_plan)


def _rehearse(args: argparse.Namespace) -> int:
    from assistant.app import load_world
    from assistant.audio.wavfile import write_wav
    from assistant.rehearsal import report
    from assistant.rehearsal.script import load_script, script_for
    from assistant.rehearsals import make_surroundings, rehearse

    world = load_world(settings_of(args))
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
        warn=warn,
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


def _plan(args: argparse.Namespace) -> int:
    from assistant import planning
    from assistant.app import load_world

    world = load_world(settings_of(args))
    found = planning.outline(world, args.routine, is_estimated=args.estimate)
    for line in planning.as_json(found) if args.json else planning.as_text(found):
        print(line)
    return 0
