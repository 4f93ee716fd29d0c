"""The examination: every check, in the order in which one depends on another."""

from collections.abc import Iterator

from assistant.doctor import devices, machine, parts
from assistant.doctor.finding import Finding


def examine(flags: dict[str, object]) -> Iterator[Finding]:
    """Look at everything; about ten seconds, in which the loudspeaker sounds.

    `flags` go before the settings, as in `config.load_settings`. Raises SettingsError for a wrong
    one.
    """
    clock = machine.Clock()
    at_settings, settings = parts.settings(flags)
    yield from at_settings
    yield machine.permissions()
    yield machine.sound_server()
    at_voice, line = parts.voice(settings)
    yield from devices.listening(settings, line)
    yield at_voice
    at_files, world = parts.own_files(settings)
    yield at_files
    yield parts.recogniser(world)
    yield from machine.disk(settings)
    yield clock.check()
    yield machine.lingering()
    yield machine.service()
