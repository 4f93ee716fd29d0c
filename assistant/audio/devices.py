"""Which microphones and loudspeakers there are, and how one is opened.

PortAudio reads the list of devices once, when it is loaded; `refresh` reads it again. It is
loaded by the first function here that needs it, so that a rehearsal runs without it.
"""

import contextlib
import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from assistant.audio.alsa import leave_out_encoder
from assistant.audio.pulseaudio import leave_out_shared_memory
from assistant.errors import DeviceError

_OPENING = threading.Lock()
"""PortAudio keeps its open streams in a list without a lock, and `_quiet_stderr` swaps the one
stderr that there is: only one thread at a time opens or closes a stream."""

_MEND_ALSA = "Mend ALSA's settings (~/.asoundrc, /etc/asound.conf) or restart the sound server"


class Kind(StrEnum):
    """What a device is for; the value is what people call it."""

    INPUT = "microphone"
    OUTPUT = "loudspeaker"


@dataclass(frozen=True, slots=True)
class Device:
    """One direction of a sound device."""

    name: str
    index: int
    """PortAudio's number; changes when devices come and go, so keep the name instead."""
    kind: Kind
    rate_hz: int
    """The rate that it runs at unasked."""
    channels: int
    """The most channels that it has in this direction."""
    is_default: bool


def portaudio() -> Any:
    """Return the sounddevice module, PortAudio loaded and initialised.

    Raises DeviceError where PortAudio is not installed or does not start.
    """
    if "sounddevice" not in sys.modules:
        with _quiet_stderr():
            leave_out_encoder()
        leave_out_shared_memory()
    try:
        # sounddevice keeps the chatter of ALSA and JACK off stderr while it initialises.
        return importlib.import_module("sounddevice")
    except OSError as error:
        raise DeviceError(
            "the sound library PortAudio is missing",
            mend="Install it: sudo apt-get install libportaudio2",
        ) from error
    except Exception as error:
        # The import also initialises PortAudio, and its error class cannot be imported then.
        if type(error).__name__ != "PortAudioError":
            raise
        raise DeviceError(
            f"PortAudio does not start ({error})",
            mend=_MEND_ALSA,
        ) from error


def refresh() -> None:
    """Read the list of devices again, where no stream is open: PortAudio would free those under
    their users' hands. Raises DeviceError where PortAudio does not start again."""
    sd = portaudio()
    with _OPENING, _quiet_stderr():
        with contextlib.suppress(sd.PortAudioError):  # where it did not start the last time
            sd._terminate()
        leave_out_encoder()
        try:
            sd._initialize()
        except sd.PortAudioError as error:
            raise DeviceError(f"PortAudio does not start ({error})", mend=_MEND_ALSA) from error


def hardware() -> tuple[str, ...]:
    """Return what tells whether other devices are there than before: the kernel's sound cards, and
    when ALSA's settings were last written and the sound servers started."""
    kernel = (Path("/proc/asound/cards"), Path("/proc/asound/pcm"))
    settings = (Path.home() / ".asoundrc", Path("/etc/asound.conf"))
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    servers = (runtime / "pulse" / "native", runtime / "pipewire-0")
    return (*map(_text_of, kernel), *map(_age_of, (*settings, *servers)))


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _age_of(path: Path) -> str:
    try:
        return str(path.stat().st_mtime_ns)
    except OSError:
        return ""


def list_devices() -> tuple[Device, ...]:
    """Return every microphone and loudspeaker; a device with both directions comes twice.

    Raises DeviceError where PortAudio is missing or has no list.
    """
    sd = portaudio()
    try:
        return _listed(sd)
    except sd.PortAudioError as error:  # not started, after a vain `refresh`
        raise DeviceError(f"PortAudio lists no devices ({error})", mend=_MEND_ALSA) from error


def _listed(sd: Any) -> tuple[Device, ...]:
    defaults = {Kind.INPUT: sd.default.device[0], Kind.OUTPUT: sd.default.device[1]}
    return tuple(
        Device(
            name=entry["name"],
            index=entry["index"],
            kind=kind,
            rate_hz=round(entry["default_samplerate"]),
            channels=channels,
            is_default=entry["index"] == defaults[kind],
        )
        for entry in sd.query_devices()
        for kind, channels in (
            (Kind.INPUT, entry["max_input_channels"]),
            (Kind.OUTPUT, entry["max_output_channels"]),
        )
        if channels > 0
    )


def find(name: str | None, kind: Kind) -> Device:
    """Return the device of that name, or the default for None.

    An exact name wins; else the first whose name holds `name`, in any case of letters. Raises
    DeviceError naming `name` and what exists.
    """
    return choose(list_devices(), name, kind)


def choose(devices: tuple[Device, ...], name: str | None, kind: Kind) -> Device:
    """Return the device of that name from `devices`, as `find` does."""
    of_kind = [device for device in devices if device.kind is kind]
    if not of_kind:
        raise DeviceError(
            f"this computer has no {kind}",
            mend=f"Plug in a {kind}, then run `earshot devices` to see whether it is found.",
        )
    if name is None:
        return next((device for device in of_kind if device.is_default), of_kind[0])
    wanted = name.casefold()
    matches = [device for device in of_kind if wanted in device.name.casefold()]
    exact = [device for device in matches if device.name.casefold() == wanted]
    if not matches:
        existing = "; ".join(device.name for device in of_kind)
        raise DeviceError(
            f'no {kind} is called "{name}"',
            mend=f"Use part of one of these names, or none for the default: {existing}",
        )
    return (exact or matches)[0]


def has_microphone() -> bool:
    """Return whether somebody could be heard. Quick; never raises.

    A sound server lends the sound of its own loudspeaker as an input where there is no
    microphone; that does not count.
    """
    try:
        inputs = [device for device in list_devices() if device.kind is Kind.INPUT]
    except DeviceError:
        return False
    if any("(hw:" in device.name for device in inputs):
        return True
    return bool(inputs) and not _server_has_only_monitors()


def _server_has_only_monitors() -> bool:
    source = os.environ.get("PULSE_SOURCE", "")
    if not source:
        try:
            answer = subprocess.run(
                ["pactl", "get-default-source"],
                capture_output=True,
                text=True,
                timeout=2,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return False  # No PulseAudio or PipeWire to ask: believe PortAudio.
        source = answer.stdout.strip()
    return source.endswith(".monitor") or source == "@NONE@"


@dataclass(frozen=True, slots=True)
class Format:
    """What a stream was opened with."""

    rate_hz: int
    channels: int


def formats(device: Device, wanted_rate_hz: int) -> tuple[Format, ...]:
    """Return what to open a device with, best first.

    The wanted rate before the device's own; mono before stereo before all of its channels.
    """
    counts = sorted({1, min(2, device.channels), device.channels})
    rates = dict.fromkeys((wanted_rate_hz, device.rate_hz))
    return tuple(Format(rate_hz, count) for rate_hz in rates for count in counts)


def start_stream(
    device: Device,
    wanted_rate_hz: int,
    make: Callable[[Format], Any],
    refusal: type[Exception] | tuple[type[Exception], ...],
) -> tuple[Any, Format]:
    """Return a started stream in the first format that the device takes, and that format.

    `make` builds a stream; it or the stream's start raises `refusal` for a format that the device
    does not take. Raises DeviceError where it takes none.
    """
    reason: Exception | None = None
    for format_ in formats(device, wanted_rate_hz):
        with _OPENING, _quiet_stderr():
            try:
                stream = make(format_)
            except refusal as error:
                reason = error
                continue
            try:
                stream.start()
            except refusal as error:
                stream.close()
                reason = error
                continue
        return stream, format_
    raise DeviceError(
        f'the {device.kind} "{device.name}" cannot be opened ({reason})',
        mend="Close other programs that use it, plug it in again, or name another device; "
        "`earshot devices` lists them.",
    ) from reason


def close_stream(stream: Any) -> None:
    """Drop what a stream still holds, and free its device. Also where the device is gone."""
    with _OPENING:
        stream.abort(ignore_errors=True)
        stream.close(ignore_errors=True)


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep what C libraries write to stderr off the terminal.

    A refused format makes PortAudio print its source lines ("Expression ... failed in ...").
    """
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
