"""`earshot teach`: a voice of one's own."""

import argparse
from typing import Any

from assistant.cli.options import Commands, add_devices, settings_of
from assistant.errors import EarshotError, VoiceprintError


def add_to(commands: Commands) -> None:
    """Add the command and what it takes."""
    teach = commands.add_parser("teach", help="let Earshot learn your voice: two minutes")
    teach.add_argument("name", nargs="?", help="whose voice, of several in a house (me)")
    verbs = teach.add_mutually_exclusive_group()
    verbs.add_argument("--forget", action="store_true", help="remove a taught voice")
    verbs.add_argument("--list", action="store_true", help="list the taught voices")
    verbs.add_argument("--synthetic", metavar="VOICE", help="try it with one of flite's voices")
    add_devices(teach)
    teach.add_argument("--cache-dir", metavar="DIR", help="where rendered speech is kept")
    teach.set_defaults(act=_teach)


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
    world = load_world(settings_of(args))
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
