"""The phrases of a language, from its files of sentences: expanded once, and kept.

To take 1,250 sentences apart and expand them takes a fifth of a second of each start, the library
that does it another tenth. So what comes of them is kept in a folder, under a key that all of it
goes into, the code included.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

import assistant
from assistant.coach import intents
from assistant.coach.intents import Command, Intent
from assistant.errors import IntentsError, SettingsError
from assistant.nlu.kept import KeptPhrases
from assistant.nlu.phrasebook import Phrasebook, normalised
from assistant.nlu.suggest import suggestion

SUFFIXES = (".yaml", ".yml")


def load_phrasebook(
    language: str,
    exercises: Mapping[str, str],
    routines: Mapping[str, str],
    user_dir: Path | None = None,
    wake_phrases: Iterable[str] = (),
    *,
    kept_in: Path | None = None,
) -> Phrasebook:
    """Read and expand the sentences of a language.

    `exercises` and `routines` give spoken names with the ids that they stand for. Sentences in
    `user_dir`/intents/<language> are added to the shipped ones, and `wake_phrases` to the
    language's own. What was expanded is kept in the folder `kept_in`, for the next time. Raises
    IntentsError for a language without sentences, a template that cannot be used, and a phrase
    with two meanings; SettingsError for a wake phrase that means something else.
    """
    folders = [shipped_dir(language)]
    if user_dir is not None:
        folders.append(user_dir / "intents" / language)
    paths = [path for folder in folders for path in _files(folder)]
    kept = KeptPhrases(kept_in)
    key = _key(paths, language, exercises, routines)
    commands = None if key is None else kept.find(key)
    if commands is None:
        # Here, since it brings hassil, which a start does without where they were kept.
        from assistant.nlu.commands import expanded  # noqa: PLC0415

        commands = expanded(paths, language, exercises, routines)
        if key is not None:
            kept.keep(key, commands)
    _add_wake_phrases(commands, wake_phrases)
    wakes = tuple(phrase for phrase, command in commands.items() if command.intent is Intent.WAKE)
    return Phrasebook(MappingProxyType(commands), wakes)


def _key(
    paths: Iterable[Path],
    language: str,
    exercises: Mapping[str, str],
    routines: Mapping[str, str],
) -> str | None:
    """What the phrases come from, as a name for a file: the sentences, the names, the code. None
    where one of them cannot be read: whoever reads it in earnest says what is wrong."""
    code = sorted(Path(__file__).parent.glob("*.py"))
    code.append(Path(intents.__file__))
    names = [metadata.version("hassil"), language, list(exercises.items()), list(routines.items())]
    digest = hashlib.sha256(json.dumps(names).encode())
    try:
        for path in (*code, *paths):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    except OSError:
        return None
    return digest.hexdigest()


def _add_wake_phrases(commands: dict[str, Command], wake_phrases: Iterable[str]) -> None:
    wake = Command(Intent.WAKE)
    for phrase in map(normalised, wake_phrases):
        meant = commands.setdefault(phrase, wake)
        if meant != wake:
            raise SettingsError(
                f"wake_phrases: {phrase!r} already means {meant.intent}",
                place="settings",
                mend="Choose words that are no command, such as 'hello coach'.",
            )


def shipped_dir(language: str) -> Path:
    """Return the folder of a language's shipped sentences.

    It lies inside the package where that was installed from a wheel, beside it in a checkout.
    Raises IntentsError where the language has none.
    """
    package = Path(assistant.__file__).parent
    known: set[str] = set()
    for root in (package / "intents", package.parent / "intents"):
        languages = {path.name: path for path in root.glob("*") if _files(path)}
        if language in languages:
            return languages[language]
        known |= languages.keys()
    raise IntentsError(
        f"no sentences for the language '{language}'",
        place=str(package.parent / "intents"),
        mend=suggestion(language, known),
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in SUFFIXES)
