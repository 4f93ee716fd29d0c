"""What is made of a measurement. Each limit has its reason; nothing here touches the machine."""

from assistant.audio.delay import LEAST_S, MOST_S
from assistant.audio.watch import CLIPPED_SHARE, LOUDEST_DBFS, SILENT_DBFS
from assistant.coach.reminders import CLOCK_KNOWN_FROM_UTC_S
from assistant.doctor.finding import Finding, not_applicable, ok, problem, warning
from assistant.doctor.sound import Echo, Level
from assistant.sound import SPEECH_RATE_HZ

NOISY_DBFS = -40.0
"""A room that is louder than this leaves speech at -35 to -15 dBFS little distance."""

SPEECH_CLIPPED_SHARE = 0.001
"""Of a spoken line: words that are cut off so much lose what tells them apart."""

FAINT_GAIN_DB = -50.0
LOUD_GAIN_DB = 0.0
"""The echo of a speakerphone lies between: a loudspeaker heard louder than it plays drowns who
talks over it, and one that is hardly heard is turned down or is a headphone."""

FEW_LOSSES = 3
"""A busy moment; more of them, and words have holes."""

FULL_BYTES, SCARCE_BYTES = 5 * 2**20, 200 * 2**20
"""A history of years takes a few MB, spoken lines up to 64, a model that is fetched 41."""

LAST_PLAUSIBLE_UTC_S = 4_102_444_800.0
"""2100-01-01: a clock past it is as wrong as one that stands at its beginning."""

DRIFT_S = 2.0
"""More than this within seconds, and the wall clock was set meanwhile."""


def of_rate(check: str, name: str, rate_hz: int, channels: int) -> Finding:
    """A device that opened."""
    kind = f'"{name}" opens at {rate_hz} Hz, {channels} channel{"" if channels == 1 else "s"}'
    return ok(check, kind, rate_hz=rate_hz, channels=channels)


def of_room(level: Level, word: Level | None) -> Finding:
    """The microphone while nobody is asked to speak, and while the coach speaks (None: it does
    not). Some microphones give zeros where nobody speaks: they are not muted."""
    check, figures = "microphone level", {"noise_dbfs": level.rms_dbfs}
    if level.clipped_share >= CLIPPED_SHARE or level.rms_dbfs >= LOUDEST_DBFS:
        return problem(
            check,
            f"overloaded: {level.clipped_share:.0%} of what it gives is cut off at full scale",
            "Turn its gain down (alsamixer, F4; or pavucontrol), and mute what blares beside it.",
            clipped_share=level.clipped_share,
            **figures,
        )
    if level.rms_dbfs < SILENT_DBFS and word is not None and word.loud_dbfs > NOISY_DBFS:
        return ok(check, "it gives nothing where nothing sounds, and hears what does", **figures)
    if level.rms_dbfs < SILENT_DBFS:
        return problem(
            check,
            "it gives nothing but silence",
            "Unmute it: its own switch, or alsamixer, F4; with a sound server: "
            "pactl set-source-mute @DEFAULT_SOURCE@ 0",
            **figures,
        )
    if level.rms_dbfs >= NOISY_DBFS:
        return warning(
            check,
            f"the room's noise is at {level.rms_dbfs:.0f} dBFS",
            "Choose a quieter place, or turn the gain down if the room is quiet.",
            **figures,
        )
    return ok(check, f"the room's noise is at {level.rms_dbfs:.0f} dBFS", **figures)


def of_word(level: Level, noise: Level) -> Finding:
    """The microphone while the coach says a line."""
    check = "a spoken line"
    over_db = level.loud_dbfs - noise.loud_dbfs
    figures = {"heard_dbfs": level.loud_dbfs, "over_noise_db": over_db}
    if level.clipped_share >= SPEECH_CLIPPED_SHARE:
        return problem(
            check,
            f"heard so loud that {level.clipped_share:.1%} of it is cut off",
            "Turn the microphone's gain or the loudspeaker down, or put them further apart.",
            clipped_share=level.clipped_share,
            **figures,
        )
    if over_db < 3.0:
        return warning(
            check,
            "what the loudspeaker says is not heard by the microphone",
            "Listen: if you did not hear it either, turn the loudspeaker up, or name another in"
            " the settings. With headphones it is as it should be.",
            **figures,
        )
    return ok(
        check, f"heard at {level.loud_dbfs:.0f} dBFS, {over_db:.0f} dB over the noise", **figures
    )


def of_echo(echo: Echo | None) -> Finding:
    """The test sound, from the loudspeaker to the microphone."""
    check = "echo"
    if echo is None:
        return warning(
            check,
            "the test sound is not found in what the microphone hears",
            "With headphones it is as it should be. Else turn the loudspeaker up, or bring both"
            " into one room.",
        )
    figures = {"delay_s": echo.delay_s, "gain_db": echo.gain_db}
    told = f"{1000 * echo.delay_s:.0f} ms after its time, {echo.gain_db:+.0f} dB"
    if not LEAST_S <= echo.delay_s <= MOST_S:
        return warning(
            check,
            f"heard {told}: the coach cannot take its own voice out of that",
            f"It can from {1000 * LEAST_S:.0f} to {1000 * MOST_S:.0f} ms. Bluetooth takes longer:"
            " use a cable.",
            **figures,
        )
    if echo.gain_db > LOUD_GAIN_DB:
        return warning(
            check,
            f"heard {told}: louder than it is played",
            "Turn the loudspeaker or the gain down, or put them further apart: you will hardly be"
            " understood while the coach talks.",
            **figures,
        )
    if echo.gain_db < FAINT_GAIN_DB:
        return warning(check, f"heard {told}: very faint", "Turn the loudspeaker up.", **figures)
    return ok(check, f"heard {told}", **figures)


def of_losses(count: int) -> Finding:
    """How often sound was lost on its way from the microphone, while it was listened to."""
    check = "overruns"
    if not count:
        return ok(check, "no sound was lost")
    tell = warning if count <= FEW_LOSSES else problem
    return tell(
        check,
        f"sound was lost {count} times within seconds",
        "Something else keeps the machine busy (see top), or its power supply is weak.",
    )


def of_disk(name: str, folder: str, free_bytes: int) -> Finding:
    """A folder that can be written."""
    check = f"disk: {name}"
    figures = {"free_mb": free_bytes / 2**20}
    told = f"{folder} can be written, {_size(free_bytes)} free"
    mend = "Remove what is not needed; the oldest logs: sudo journalctl --vacuum-size=50M"
    if free_bytes < FULL_BYTES:
        return problem(check, told, mend, **figures)
    if free_bytes < SCARCE_BYTES:
        return warning(check, told, mend, **figures)
    return ok(check, told, **figures)


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"


def of_clock(utc_s: float, shown: str, moved_s: float, is_synchronised: bool | None) -> Finding:
    """The wall clock: seconds since 1970, the same to read, how far it moved against the monotonic
    clock while the doctor was busy, and whether it is set by the network (None: nobody tells)."""
    check, mend = "clock", "Set it: sudo timedatectl set-ntp true, with a connection; or by hand."
    if not CLOCK_KNOWN_FROM_UTC_S <= utc_s < LAST_PLAUSIBLE_UTC_S:
        return problem(check, f"it is wrong: {shown}", f"{mend} Reminders wait for it.")
    if abs(moved_s) > DRIFT_S:
        return warning(check, f"it has just been set, by {moved_s:+.0f} s", "Run this again.")
    if is_synchronised is False:
        return warning(check, f"{shown}, not set by the network", mend)
    source = "" if is_synchronised is None else ", set by the network"
    return ok(check, f"{shown}{source}")


def of_lingering(user: str, lingers: bool | None, *, has_service: bool) -> Finding:
    """Whether a user's services run without a login; None: nobody tells."""
    check = "lingering"
    if lingers is None:
        return not_applicable(check, "there is no logind to ask")
    if lingers:
        return ok(check, f"the services of {user} run without a login")
    if not has_service:
        return not_applicable(check, f"{user} has no service of Earshot that would need it")
    return problem(
        check,
        f"the services of {user} end with the last login",
        f"sudo loginctl enable-linger {user}",
    )


def of_recogniser(name: str, model: str, warnings: tuple[str, ...]) -> Finding:
    """A recogniser that loaded; `warnings` are words that it lacks."""
    check = "recogniser"
    if warnings:
        return warning(check, f"{name} with {model}: {warnings[0]}", "Respell them.")
    return ok(check, f"{name} with {model} knows every word, at {SPEECH_RATE_HZ} Hz")
