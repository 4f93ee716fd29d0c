"""`earshot doctor`: what is wrong with this machine."""

import argparse
import json
import os
from pathlib import Path

from assistant.cli.options import (
    EXIT_MISSED,
    Commands,
    add_devices,
    add_engine,
    flags_of,
    keep_log_apart,
)


def add_to(commands: Commands) -> None:
    """Add the command and what it takes."""
    doctor = commands.add_parser("doctor", help="say what is wrong with this machine; 1 if any is")
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    doctor.add_argument("--data-dir", metavar="DIR", help="where the history is kept")
    add_engine(doctor)
    add_devices(doctor)
    doctor.set_defaults(act=_doctor)


def _doctor(args: argparse.Namespace) -> int:
    keep_log_apart()
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)  # what ALSA says of a busy machine is no finding

    from assistant.doctor import finding
    from assistant.doctor.examination import examine

    findings = []
    for found in examine(flags_of(args)):
        findings.append(found)
        if not args.json:
            print("\n".join(finding.as_lines(found)), flush=True)
    if args.json:
        print(json.dumps(finding.as_dict(findings)))
    else:
        print(finding.summary(findings))
    return EXIT_MISSED if finding.has_problem(findings) else 0
