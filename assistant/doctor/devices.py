"""The microphone and the loudspeaker: opened as a session opens them, listened to, tried out."""

import time
from dataclasses import dataclass

import numpy as np

from assistant.audio import routes
from assistant.audio.capture import Microphone
from assistant.audio.devices import has_microphone
from assistant.audio.mixer import PlaybackEvent, Started
from assistant.audio.playback import Loudspeaker
from assistant.audio.wavfile import as_float
from assistant.config import Settings
from assistant.doctor import verdicts
from assistant.doctor.finding import Finding, not_applicable, problem
from assistant.doctor.sound import Echo, chirp, echo_in, level_of
from assistant.errors import DeviceError
from assistant.sound import SPEECH_RATE_HZ, Clip, Int16

QUIET_S = 1.0
"""How long the room is listened to."""

STALE_S = 0.1
"""Frames that have waited for longer are from before."""

LEAD_S = 0.4
"""From an order to its sound: long enough to be placed to the sample."""

TAIL_S = 0.7
"""How long after its end a sound is waited for: 340 ms of delay, and a room's echo."""

TRIES = 3
"""How often the test sound is played at most: somebody may talk into it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the microphone gave."""

    samples: Int16
    """int16 mono, 16 000 Hz."""
    begin_s: float
    """Monotonic time of its first sample."""


def open_microphone(name: str | None) -> tuple[Finding, Microphone | None]:
    """Open it as a session does, and wait for its first sound."""
    check = "microphone"
    try:
        microphone = Microphone(name)
    except DeviceError as error:
        return problem(check, error.problem, error.mend), None
    try:
        microphone.read(timeout_s=10.0)
    except DeviceError:
        microphone.close()
        return (
            problem(
                check,
                f'"{microphone.device.name}" opens and gives no sound at all',
                "Plug it in again; with a sound server: pactl suspend-source @DEFAULT_SOURCE@ 0",
            ),
            None,
        )
    if not has_microphone() or (routes.ask() or routes.Routes()).hears_itself:
        microphone.close()
        return (
            problem(
                check,
                "there is none: the sound server lends what the loudspeaker plays",
                "Plug one in, or switch its profile on: pavucontrol, Configuration.",
            ),
            None,
        )
    format_ = microphone.format
    return (
        verdicts.of_rate(check, microphone.device.name, format_.rate_hz, format_.channels),
        microphone,
    )


@dataclass(slots=True)
class Speaking:
    """A loudspeaker, and when what it was given began."""

    loudspeaker: Loudspeaker
    begun_s: dict[str, float]


def open_loudspeaker(name: str | None) -> tuple[Finding, Speaking | None]:
    """Open it as a session does, and see that it plays to somebody."""
    check = "loudspeaker"
    begun_s: dict[str, float] = {}

    def note(event: PlaybackEvent) -> None:
        if isinstance(event, Started):
            begun_s[event.playback_id] = event.at_s

    try:
        loudspeaker = Loudspeaker(note, device_name=name)
    except DeviceError as error:
        return problem(check, error.problem, error.mend), None
    if (routes.ask() or routes.Routes()).plays_to_nobody:
        loudspeaker.close()
        return (
            problem(
                check,
                "there is none: the sound server plays to a stand-in that nobody hears",
                "Plug one in, or switch its profile on: pavucontrol, Configuration.",
            ),
            None,
        )
    format_ = loudspeaker.format
    return (
        verdicts.of_rate(check, loudspeaker.device.name, format_.rate_hz, format_.channels),
        Speaking(loudspeaker, begun_s),
    )


def listen(microphone: Microphone, until_s: float) -> Heard:
    """What the microphone gives from now to a monotonic time. Raises DeviceError."""
    fresh_s = time.monotonic() - STALE_S
    frames = []
    while True:
        frame = microphone.read(timeout_s=1.0)
        if frame is None or frame.at_s < fresh_s:
            continue
        frames.append(frame)
        if frame.at_s >= until_s:
            break
    return Heard(np.concatenate([frame.samples for frame in frames]), frames[0].at_s)


def play(speaking: Speaking, microphone: Microphone, name: str, clip: Clip) -> tuple[Heard, float]:
    """Play a clip; return what is heard meanwhile, and when the clip began. Raises DeviceError."""
    at_s = time.monotonic() + LEAD_S
    speaking.loudspeaker.play(name, clip, at_s)
    heard = listen(microphone, at_s + clip.duration_s + TAIL_S)
    return heard, speaking.begun_s.get(name, at_s)


def listening(settings: Settings, line: Clip | None) -> list[Finding]:
    """Everything about what sounds: the devices, the room, a line said, the echo."""
    at_microphone, microphone = open_microphone(settings.microphone)
    at_loudspeaker, speaking = open_loudspeaker(settings.loudspeaker)
    found = [at_microphone, at_loudspeaker]
    try:
        found += _tried(microphone, speaking, line)
    except DeviceError as error:
        found.append(problem("microphone level", error.problem, error.mend))
    finally:
        if microphone is not None:
            microphone.close()
        if speaking is not None:
            speaking.loudspeaker.close()
    return found


def _tried(
    microphone: Microphone | None, speaking: Speaking | None, line: Clip | None
) -> list[Finding]:
    if microphone is None:
        return [
            not_applicable(check, "there is no microphone to listen with")
            for check in ("microphone level", "a spoken line", "echo")
        ]
    lost_before = _lost(microphone)  # while nobody read, as the loudspeaker was opened
    room = level_of(listen(microphone, time.monotonic() + QUIET_S).samples)
    if speaking is None:
        why = "there is no loudspeaker to speak with"
        silent = [not_applicable(check, why) for check in ("a spoken line", "echo")]
        return [verdicts.of_room(room, None), *silent, _losses(microphone, lost_before)]
    word = None
    at_line = not_applicable("a spoken line", "there is no voice to say it")
    if line is not None:
        heard, _ = play(speaking, microphone, "line", line)
        word = level_of(heard.samples)
        at_line = verdicts.of_word(word, room)
    at_echo = _echo(microphone, speaking)
    return [verdicts.of_room(room, word), at_line, at_echo, _losses(microphone, lost_before)]


def _lost(microphone: Microphone) -> int:
    return microphone.overflows + microphone.dropped_frames


def _losses(microphone: Microphone, before: int) -> Finding:
    return verdicts.of_losses(_lost(microphone) - before)


def _echo(microphone: Microphone, speaking: Speaking) -> Finding:
    found: Echo | None = None
    for number in range(TRIES):
        clip = Clip(chirp(), SPEECH_RATE_HZ)
        heard, at_s = play(speaking, microphone, f"chirp-{number}", clip)
        found = echo_in(as_float(heard.samples), round((at_s - heard.begin_s) * SPEECH_RATE_HZ))
        if found is not None:
            break
    return verdicts.of_echo(found)
