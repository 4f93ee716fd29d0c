"""Earshot's own parts: settings, what people write, recogniser, voice."""

from assistant.app import World, load_world, make_listener, taught_voices
from assistant.config import SETTINGS_FILE, Settings, load_what_counts
from assistant.doctor import verdicts
from assistant.doctor.finding import Finding, not_applicable, ok, problem
from assistant.errors import EarshotError, VoiceError
from assistant.sound import Clip
from assistant.stt.engines import chosen_model_dir
from assistant.tts.pyttsx3_engine import Pyttsx3Synthesiser, engine_version

LINE = "One, two, three."


def settings(flags: dict[str, object]) -> tuple[list[Finding], Settings]:
    """What is wrong in the settings, and those that count until it is mended.

    Raises SettingsError for a wrong flag.
    """
    counts, problems = load_what_counts(**flags)
    if problems:
        return [problem("settings", x.problem, f"{x.mend} ({x.place})") for x in problems], counts
    file = counts.config_dir / SETTINGS_FILE
    told = f"{file} is right" if file.exists() else f"the defaults; {file} is not there"
    return [ok("settings", told)], counts


def own_files(counts: Settings) -> tuple[Finding, World | None]:
    """Movements, routines and sentences, the user's own among them."""
    check = "routines"
    try:
        world = load_world(counts)
    except EarshotError as error:
        return problem(check, _placed(error), error.mend), None
    count = len(world.library.routines)
    return ok(check, f"{count} routines, {len(world.library.exercises)} movements"), world


def recogniser(world: World | None) -> Finding:
    """Whether it loads, and knows every word that can be said."""
    check = "recogniser"
    if world is None:
        return not_applicable(check, "its sentences cannot be read")
    counts, told = world.settings, list[str]()
    try:
        listener = make_listener(
            world, told.append, taught_voices(counts, told.append), insists=False
        )
        model = chosen_model_dir(counts.model, counts.language)
    except EarshotError as error:
        return problem(check, _placed(error), error.mend)
    listener.close()
    return verdicts.of_recogniser(counts.engine, model.name, tuple(told))


def voice(counts: Settings) -> tuple[Finding, Clip | None]:
    """Whether a line can be spoken; return it too."""
    check = "voice"
    try:
        with Pyttsx3Synthesiser(counts.voice) as synthesiser:
            clip = synthesiser.render(LINE, rate_wpm=counts.rate_wpm)
            name = synthesiser.voice
    except VoiceError as error:
        return problem(check, _placed(error), error.mend), None
    return ok(
        check,
        f"{name}, by {_engines()}: {clip.duration_s:.1f} s of speech",
        line_s=clip.duration_s,
    ), clip


def _engines() -> str:
    return " and ".join(
        f"{name} {version}"
        for name, version in zip(("pyttsx3", "espeak-ng"), engine_version().split(), strict=False)
    )


def _placed(error: EarshotError) -> str:
    return f"{error.place}: {error.problem}" if error.place else error.problem
