"""How well it hears, built: recordings of people through the listener, and the vocabulary
checked for what may be misheard."""

from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.app import World, make_listener
from assistant.evaluation.conditions import Condition
from assistant.evaluation.corpus import read_corpus, read_samples
from assistant.evaluation.enrolling import Enroller
from assistant.evaluation.measure import Evaluation, evaluate
from assistant.library.spoken import library_texts, line_texts
from assistant.stt.engines import chosen_model_dir
from assistant.stt.enrolment import Voices, load_measure
from assistant.stt.sphinx_engine import SphinxRecogniser
from assistant.stt.vosk_engine import VoskRecogniser
from assistant.vocabulary.check import (
    Finding,
    own_words,
    recombinations,
    sounds_alike,
    unknown_words,
)


def evaluate_corpus(
    world: World,
    folder: Path,
    conditions: Sequence[Condition],
    set_name: str | None,
    *,
    warn: Callable[[str], None],
    progress: Callable[[str], None],
    enrol: int = 0,
    seed: int = 1,
) -> Evaluation:
    """Measure how well recordings of people are understood, each of them checked before.

    `set_name` None is commands and the stream. `enrol` is how many recordings of each command
    every speaker teaches first, drawn by `seed`. Raises EvaluationError, ModelError or
    RecogniserError.
    """
    corpus = read_corpus(folder)
    for recording in corpus.recordings:
        read_samples(recording, warn)
    voices = Voices(load_measure()) if enrol else None
    listener = make_listener(world, warn, voices)
    try:
        return evaluate(
            listener,
            world.phrasebook,
            corpus,
            conditions,
            set_name=set_name,
            progress=progress,
            enroller=Enroller(voices, enrol, seed) if voices else None,
        )
    finally:
        listener.close()


def check_vocabulary(world: World) -> list[Finding]:
    """Everything that may be misheard in the world's sentences and lines, problems first.

    Raises ModelError or RecogniserError.
    """
    commands, library = world.phrasebook.commands, world.library
    sphinx = SphinxRecogniser()
    vosk = VoskRecogniser(chosen_model_dir(world.settings.model))
    spoken = [*(text for _, text in line_texts(world.lines)), *library_texts(library)]
    try:
        findings = [
            *sounds_alike(commands, sphinx),
            *unknown_words(commands, {"Vosk": vosk.knows, "PocketSphinx": sphinx.knows}),
            *recombinations(commands, sphinx, lambda word: not vosk.knows(word)),
            *own_words(spoken, commands),
        ]
    finally:
        vosk.close()
        sphinx.close()
    return sorted(findings, key=lambda finding: not finding.is_problem)
