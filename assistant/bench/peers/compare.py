"""`earshot bench peers`: our figures beside other recognisers', one run, the same recordings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.app import World, make_listener
from assistant.bench.figures import Figure, Findings
from assistant.bench.peers.embedding import BareEmbedding
from assistant.bench.peers.port import Peer, in_condition
from assistant.bench.peers.sphinx import KeywordSearch, PlainGrammar
from assistant.bench.peers.vosk_grammar import VoskGrammar
from assistant.bench.registry import Options
from assistant.errors import EvaluationError, ModelError, RecogniserError
from assistant.evaluation.conditions import CLEAN, REVERBERATED, Stage, with_noise
from assistant.evaluation.corpus import MANIFEST, Corpus, Recording, read_corpus, read_samples
from assistant.evaluation.measure import COMMANDS, ConditionResult, evaluate, expected
from assistant.nlu import Phrasebook
from assistant.stt.engines import chosen_model_dir

OURS = "Earshot"

CONDITIONS = (CLEAN, with_noise(10), with_noise(5), REVERBERATED)

CLIPS = 200
"""Recordings in each condition, unless --clips says otherwise: eight minutes of one core in all,
the training of the head included."""
QUICK_CLIPS = 40

TRAINING_FOLDER = "dev"
"""The folder beside the corpus that the head is trained on, unless --train names another."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A recogniser's results, in the order of the conditions."""

    name: str
    results: tuple[ConditionResult, ...]


class Peers:
    """Ours and the peers, in every condition."""

    def run(
        self,
        world: World,
        options: Options,
        *,
        warn: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> Findings:
        """See `Bench.run`."""
        if options.corpus is None:
            raise EvaluationError(
                "no recordings of people are named",
                place="earshot bench peers",
                mend=f"Name a folder with a {MANIFEST}: earshot bench peers FOLDER.",
            )
        corpus = read_corpus(options.corpus)
        training = _training(corpus, options.train)
        every = corpus.needed(COMMANDS)
        clips = options.clips if options.clips is not None else CLIPS
        recordings = spread(every, min(clips, QUICK_CLIPS) if options.is_quick else clips)
        for recording in recordings:
            read_samples(recording, warn)
        stage = Stage(corpus, CONDITIONS)

        measured = [_ours(world, corpus, recordings, warn, progress)]
        notes: list[str] = []
        phrases = phrases_for(world.phrasebook, recordings)
        for make in _makers(world, phrases, training, options.seed, progress):
            try:
                peer = make()
            except (RecogniserError, ModelError) as error:
                notes.append(f"LEFT OUT: {error}")
                continue
            measured.append(_measured(peer, world.phrasebook, recordings, stage, progress))
            notes.append(peer.usage)
            peer.close()
        if training is None:
            notes.append("LEFT OUT: bare embedding. Name a folder to train its head on: --train.")
        known = len(world.phrasebook.commands)
        return Findings(
            "peers",
            tuple(figures(measured)),
            (
                _counted(measured[0].results[0], len(every)),
                f"{OURS}: as `earshot evaluate` measures it, all {known} phrases open",
                f"peers: the {len(phrases)} phrases that are no longer than the longest command"
                " recorded here, an easier task than ours; all count alike",
                *notes,
            ),
        )


def figures(measured: Sequence[Measured]) -> Iterator[Figure]:
    """Ours, the first, and the peers' in each condition; ours must be as good as the best's.

    Right commands and other words taken, per cent; what the corpus has none of is left out. Also
    the real-time factors, of which nothing is asked.
    """
    ours, *peers = measured
    for number, result in enumerate(ours.results):
        theirs = [(peer.name, peer.results[number]) for peer in peers]
        where = result.condition.name
        yield from _beside(
            f"{where}: right",
            _percent(result.accuracy),
            {name: _percent(r.accuracy) for name, r in theirs},
            at_least=True,
        )
        yield from _beside(
            f"{where}: other words taken",
            _percent(result.accepted_share),
            {name: _percent(r.accepted_share) for name, r in theirs},
            at_least=False,
        )
    for one in measured:
        processor_s = sum(result.cost.processor_s for result in one.results)
        audio_s = sum(result.cost.audio_s for result in one.results)
        yield Figure(f"real-time factor, {one.name}", processor_s / audio_s, "")


def spread(recordings: Sequence[Recording], most: int) -> tuple[Recording, ...]:
    """At most so many recordings, evenly spread over all of them; 0 is all.

    A manifest that is sorted by word gives each word its share.
    """
    if not most or most >= len(recordings):
        return tuple(recordings)
    chosen = np.floor((np.arange(most) + 0.5) * len(recordings) / most).astype(int)
    return tuple(recordings[i] for i in chosen)


def phrases_for(phrasebook: Phrasebook, recordings: Sequence[Recording]) -> tuple[str, ...]:
    """The phrases that the peers listen for: those with no more words than the longest command.

    Numbers are among them, as they are among ours, and as ours count as no command. Raises
    EvaluationError where none of the recordings is a command.
    """
    lengths = [
        len(recording.label.split())
        for recording in recordings
        if expected(phrasebook, recording.label, takes_numbers=False) is not None
    ]
    if not lengths:
        raise EvaluationError(
            "none of these recordings is a command",
            place=COMMANDS,
            mend="Take more of them with --clips, or another corpus.",
        )
    return tuple(p for p in phrasebook.commands if len(p.split()) <= max(lengths))


def _beside(
    what: str, ours: float | None, theirs: dict[str, float | None], *, at_least: bool
) -> Iterator[Figure]:
    if ours is None:
        return
    known = [value for value in theirs.values() if value is not None]
    best = (max(known) if at_least else min(known)) if known else None
    yield Figure(f"{what}, {OURS}", ours, "%", best, at_least)
    for name, value in theirs.items():
        yield Figure(f"{what}, {name}", value, "%")


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _counted(result: ConditionResult, of_all: int) -> str:
    speakers = {trial.recording.speaker for trial in result.trials}
    return (
        f"{len(result.trials)} of {of_all} recordings in each condition, evenly spread over the"
        f" manifest: {result.commands} commands and {result.others} other words of"
        f" {len(speakers)} speakers"
    )


def _training(corpus: Corpus, named: Path | None) -> Corpus | None:
    """The corpus to train on: none of its speakers may be measured. Raises EvaluationError."""
    beside = corpus.folder.resolve().parent / TRAINING_FOLDER
    if named is None and (beside == corpus.folder.resolve() or not (beside / MANIFEST).is_file()):
        return None
    training = read_corpus(named or beside)
    measured = {recording.speaker for recording in corpus.recordings} - {""}
    both = sorted(measured & {recording.speaker for recording in training.recordings})
    if both:
        raise EvaluationError(
            f"of the speakers measured {len(both)} are also here, such as {both[0]!r}",
            place=str(training.folder),
            mend="Name a folder of other people with --train.",
        )
    return training


def _ours(
    world: World,
    corpus: Corpus,
    recordings: tuple[Recording, ...],
    warn: Callable[[str], None],
    progress: Callable[[str], None],
) -> Measured:
    others = tuple(r for r in corpus.recordings if r.set != COMMANDS)
    listener = make_listener(world, warn)
    try:
        found = evaluate(
            listener,
            world.phrasebook,
            replace(corpus, recordings=(*recordings, *others)),
            CONDITIONS,
            set_name=COMMANDS,
            progress=lambda text: progress(f"{OURS}, {text}"),
        )
    finally:
        listener.close()
    return Measured(OURS, found.conditions)


def _makers(
    world: World,
    phrases: tuple[str, ...],
    training: Corpus | None,
    seed: int,
    progress: Callable[[str], None],
) -> Iterator[Callable[[], Peer]]:
    model_dir = chosen_model_dir(world.settings.model)
    yield lambda: KeywordSearch(phrases)
    yield lambda: PlainGrammar(phrases)
    yield lambda: VoskGrammar(phrases, model_dir)
    if training is not None:
        yield lambda: BareEmbedding(world.phrasebook, training, seed=seed, progress=progress)


def _measured(
    peer: Peer,
    phrasebook: Phrasebook,
    recordings: tuple[Recording, ...],
    stage: Stage,
    progress: Callable[[str], None],
) -> Measured:
    results: list[ConditionResult] = []
    for condition in CONDITIONS:
        progress(f"{peer.name}, {condition.name}: {len(recordings)} recordings")
        results.append(in_condition(peer, phrasebook, recordings, stage, condition))
    return Measured(peer.name, tuple(results))
