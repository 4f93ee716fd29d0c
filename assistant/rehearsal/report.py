"""A rehearsal as lines: for people, and as JSON."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.coach.actions import Fact, HoldEnded, PainReported, PhaseEntered, SessionEnded
from assistant.coach.events import Heard
from assistant.listener import Hearing
from assistant.rehearsal.rig import Judged, RoomEvent, Said, Score
from assistant.runner import Breathed, Sounded, Spoke, Trouble


def as_json(event: RoomEvent) -> str:
    """One JSON object: `t_s` (seconds of the recording), `event`, and the event's own fields."""
    at_s, name, fields = _fields(event)
    return json.dumps({"t_s": round(at_s, 4), "event": name, **fields})


def as_text(event: RoomEvent) -> str | None:
    """One line for a person, or None where it would only be noise."""
    match event:
        case Said():
            aside = " (aside)" if event.is_chatter else ""
            return _line(event.at_s, f"you{aside}", f"“{event.text}”")
        case Hearing():
            if isinstance(event.event, Heard):
                return _line(event.end_s, "heard", f"{event.text} → {event.event.intent.value}")
            return _line(event.end_s, "heard", f"{event.text or '…'} ({event.reason})")
        case Spoke():
            return _line(event.at_s, "coach", event.text)
        case Sounded() | Breathed():
            return _line(event.at_s, *_sound(event))
        case PhaseEntered():
            side = f", {event.side.value} side" if event.side else ""
            where = f" {event.exercise}{side}" if event.exercise else ""
            return _line(event.at_s, "phase", f"{event.phase.value}{where}")
        case HoldEnded():
            done = "" if event.completed else ", ended early"
            held = f"held {event.held_s:.2f} of {event.planned_s:g} s{done}"
            return _line(event.at_s, "hold", held)
        case Judged():
            fate = "LEFT OUT" if event.is_left_out else "MISSED"
            return None if event.understood else _line(event.at_s, fate, f"“{event.text}”")
        case SessionEnded():
            return _line(event.at_s, "end", "complete" if event.completed else "ended early")
        case Trouble():
            return _line(event.at_s, "TROUBLE", event.message)
        case _:  # any other fact
            name, fields = _remembered(event)
            told = ", ".join(
                f"{key} {value}"
                for key, value in fields.items()
                if value is not None and not isinstance(value, list | tuple | dict)
            )
            return _line(event.at_s, "noted", f"{name.replace('_', ' ')}: {told}".rstrip(": "))


def _remembered(fact: Fact) -> tuple[str, dict[str, Any]]:
    """A fact's kind and its fields."""
    fields = asdict(fact)
    del fields["at_s"]
    if isinstance(fact, PainReported):
        return "pain", fields
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(fact).__name__).lower()
    return name, fields


def _sound(event: Sounded | Breathed) -> tuple[str, str]:
    if isinstance(event, Sounded):
        return "tone", event.tone.value
    return "breath", f"{event.air.value}, {event.length_s:g} s"


def _line(at_s: float, who: str, what: str) -> str:
    return f"{at_s:8.2f}  {who:12} {what}"


def _fields(event: RoomEvent) -> tuple[float, str, dict[str, Any]]:
    """Time, name and fields of an event."""
    name, fields = _named_fields(event)
    at_s = event.end_s if isinstance(event, Hearing) else event.at_s
    return at_s, name, fields


def _named_fields(event: RoomEvent) -> tuple[str, dict[str, Any]]:
    match event:
        case Said():
            return "said", {
                "who": "person",
                "text": event.text,
                "duration_s": round(event.duration_s, 3),
                "voice": event.voice,
                "attempt": event.attempt,
            }
        case Spoke():
            duration_s = round(event.duration_s, 3)
            return "said", {"who": "coach", "text": event.text, "duration_s": duration_s}
        case Hearing():
            heard = event.event if isinstance(event.event, Heard) else None
            return "heard", {
                "text": event.text,
                "intent": heard.intent.value if heard else None,
                "slots": _given(heard) if heard else {},
                "reason": event.reason,
                "engine": event.engine,
                "confidence": round(event.confidence, 3),
            }
        case Sounded():
            return "tone", {"tone": event.tone.value}
        case Breathed():
            return "breath", {"air": event.air.value, "length_s": event.length_s}
        case PhaseEntered():
            return "phase", {
                "phase": event.phase.value,
                "exercise": event.exercise,
                "side": event.side.value if event.side else None,
                "set": event.set_no,
                "rep": event.rep_no,
            }
        case HoldEnded():
            return "hold", {
                "exercise": event.exercise,
                "side": event.side.value if event.side else None,
                "planned_s": event.planned_s,
                "held_s": round(event.held_s, 4),
                "completed": event.completed,
                "breaths": event.breaths,
            }
        case Judged():
            said = not event.is_left_out
            return "judged", {"text": event.text, "understood": event.understood, "said": said}
        case Trouble():
            return "trouble", {"message": event.message}
        case _:  # any other fact
            return _remembered(event)


def _given(heard: Heard) -> dict[str, Any]:
    return {name: value for name, value in asdict(heard.slots).items() if value is not None}


def summary(routine: str, score: Score, wall_s: float) -> dict[str, Any]:
    """The last JSON line of a rehearsal."""
    return {
        "event": "summary",
        "routine": routine,
        "commands": score.commands,
        "understood": score.understood,
        "wrong": score.wrong,
        "false_accepts": score.false_accepts,
        "completed": score.completed,
        "holds": [
            {
                "exercise": hold.exercise,
                "side": hold.side,
                "planned_s": hold.planned_s,
                "actual_s": hold.actual_s,
                "completed": hold.completed,
            }
            for hold in score.holds
        ],
        "audio_s": round(score.audio_s, 2),
        "wall_s": round(wall_s, 2),
    }


def summary_text(summary: dict[str, Any], out: Path | None) -> Iterator[str]:
    """The summary for a person."""
    yield ""
    said, understood = summary["commands"], summary["understood"]
    wrong, unsaid = summary["wrong"], summary["false_accepts"]
    parts = f": {wrong} for another, {unsaid} where none was given" if wrong or unsaid else ""
    yield f"{understood} of {said} commands understood, {wrong + unsaid} taken wrongly{parts}."
    full = [hold for hold in summary["holds"] if hold["completed"]]
    if full:
        worst = max(abs(hold["actual_s"] - hold["planned_s"]) for hold in full)
        yield f"{len(full)} holds done in full; the largest error is {worst * 1000:.1f} ms."
    pace = summary["audio_s"] / summary["wall_s"] if summary["wall_s"] else 0.0
    yield f"{summary['audio_s']:.0f} s of session in {summary['wall_s']:.1f} s ({pace:.0f} times)."
    if out is not None:
        yield f"The recording is {out}."
