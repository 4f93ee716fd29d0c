"""Peers beside us: what is asked of ours, what counts, and what a head of one layer learns."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from assistant import cli
from assistant.bench.figures import Findings
from assistant.bench.peers.compare import Measured, figures, phrases_for, spread
from assistant.bench.peers.embedding import OTHER, fit, training_clips
from assistant.bench.peers.port import Spotted, in_condition, pieces
from assistant.bench.peers.sphinx import PlainGrammar, jsgf
from assistant.coach.intents import Command, Intent, Slots
from assistant.errors import EvaluationError
from assistant.evaluation.conditions import CLEAN, LEAD_S, TAIL_S, Stage
from assistant.evaluation.corpus import Recording, read_corpus, read_samples
from assistant.evaluation.measure import ConditionResult, Cost, Decision, Result, Trial
from assistant.nlu import Phrasebook

SMALL = Path(__file__).parent.parent / "data" / "corpus"

PHRASEBOOK = Phrasebook(
    {
        "stop": Command(Intent.STOP),
        "go": Command(Intent.RESUME),
        "hold on": Command(Intent.PAUSE),
        "hold on a second": Command(Intent.PAUSE),
        "seven": Command(Intent.NUMBER, Slots(count=7)),
    }
)


class Scripted:
    """Hears what it is told, recording by recording."""

    name = "scripted"
    usage = "scripted: hears what it is told"

    def __init__(self, *heard: str) -> None:
        self.heard = list(heard)
        self.lengths_s: list[float] = []

    def hear(self, samples):
        self.lengths_s.append(len(samples) / 16_000)
        return [Spotted(text, 1.0) for text in self.heard.pop(0).split(",") if text]

    def close(self):
        pass


def labelled(*labels: str) -> tuple[Recording, ...]:
    """Recordings with these labels; the sound is always the same."""
    sound = read_corpus(SMALL).of_set("commands")[0]
    return tuple(
        Recording(sound.path, sound.name, "commands", label, "me", None, "") for label in labels
    )


def counted(labels: list[str], heard: list[str]) -> ConditionResult:
    stage = Stage(read_corpus(SMALL), [CLEAN])
    return in_condition(Scripted(*heard), PHRASEBOOK, labelled(*labels), stage, CLEAN)


@pytest.mark.parametrize(
    ("label", "heard", "result"),
    [
        ("stop", "stop", Result.RIGHT),
        ("stop", "stop,stop", Result.RIGHT),
        ("stop", "go", Result.WRONG),
        ("stop", "stop,go", Result.WRONG),
        ("stop", "stop it", Result.MISSED),
        ("stop", "seven", Result.MISSED),
        ("stop", "", Result.MISSED),
        ("hold on", "hold on a second", Result.RIGHT),
        ("marvin", "stop", Result.ACCEPTED),
        ("marvin", "seven", Result.REJECTED),
        ("seven", "seven", Result.REJECTED),
        ("seven", "go", Result.ACCEPTED),
    ],
)
def test_a_peer_is_counted_as_we_are(label, heard, result):
    (trial,) = counted([label], [heard]).trials
    assert trial.result is result


def test_a_peer_hears_the_quiet_round_a_recording_and_pays_for_all_of_it():
    peer = Scripted("stop", "")
    stage = Stage(read_corpus(SMALL), [CLEAN])
    found = in_condition(peer, PHRASEBOOK, labelled("stop", "go"), stage, CLEAN)
    assert peer.lengths_s == [LEAD_S + 1.0 + TAIL_S] * 2
    assert found.cost.audio_s == sum(peer.lengths_s)


def of(right: int, taken: int, *, others: int = 10) -> ConditionResult:
    """Of ten commands so many right, and so many of the other words taken."""
    stop = PHRASEBOOK.commands["stop"]
    decision = (Decision(stop, "stop", 1.0, 1.0),)
    recording = labelled("stop")[0]
    heard = [(stop, n < right) for n in range(10)] + [(None, n < taken) for n in range(others)]
    trials = tuple(
        Trial(recording, meant, decision if is_heard else (), 1.0) for meant, is_heard in heard
    )
    return ConditionResult(CLEAN, trials, Cost(1.0, 10.0))


def test_ours_must_be_as_good_as_the_best_peer_in_both():
    measured = [
        Measured("Earshot", (of(9, 1),)),
        Measured("deaf", (of(2, 0),)),
        Measured("eager", (of(10, 10),)),
    ]
    found = {figure.name: figure for figure in figures(measured)}
    right = found["clean: right, Earshot"]
    taken = found["clean: other words taken, Earshot"]
    assert (right.value, right.target, right.at_least) == (90.0, 100.0, True)
    assert (taken.value, taken.target, taken.at_least) == (10.0, 0.0, False)
    assert found["clean: right, deaf"].value == 20.0
    assert found["real-time factor, eager"].value == 0.1
    asked = [figure.name for figure in found.values() if figure.target is not None]
    assert asked == [right.name, taken.name]
    assert not Findings("peers", tuple(found.values())).is_met


def test_as_good_is_good_enough():
    measured = [Measured("Earshot", (of(9, 1),)), Measured("twin", (of(9, 1),))]
    assert Findings("peers", tuple(figures(measured))).is_met


def test_without_other_words_nothing_is_asked_about_them():
    measured = [Measured(name, (of(9, 0, others=0),)) for name in ("Earshot", "twin")]
    assert not any("other words" in figure.name for figure in figures(measured))


def test_a_sample_is_spread_evenly_and_none_is_all():
    recordings = labelled(*(str(n) for n in range(10)))
    assert [r.label for r in spread(recordings, 3)] == ["1", "5", "8"]
    assert spread(recordings, 0) == spread(recordings, 10) == spread(recordings, 99) == recordings


def test_peers_listen_for_phrases_as_long_as_those_recorded():
    assert phrases_for(PHRASEBOOK, labelled("go", "marvin")) == ("stop", "go", "seven")
    assert "hold on" in phrases_for(PHRASEBOOK, labelled("go", "hold on"))
    assert "hold on a second" not in phrases_for(PHRASEBOOK, labelled("hold on"))
    with pytest.raises(EvaluationError, match="none of these recordings is a command"):
        phrases_for(PHRASEBOOK, labelled("marvin", "seven"))


def test_grammar_has_its_line_breaks():
    assert jsgf(["stop", "hold on"]).splitlines() == [
        "#JSGF V1.0;",
        "grammar commands;",
        "public <command> = stop | hold on;",
    ]


def test_grammar_hears_again_wherever_the_last_recording_broke_off():
    stage = Stage(read_corpus(SMALL), [CLEAN])
    (stop,) = (r for r in read_corpus(SMALL).of_set("commands") if "stop_11a8" in r.name)
    samples = stage.staged(read_samples(stop), CLEAN).samples
    peer = PlainGrammar(["stop", "go"])
    for length in (*range(4_800, 24_000, 480), 16_002):  # a frame of the endpointer is 480 samples
        peer.hear(samples[:length])
        peer.hear(samples[: length + 100])
    assert [spotted.text for spotted in peer.hear(samples)] == ["stop"]
    peer.close()


def test_pieces_end_where_they_say():
    cut = list(pieces(np.zeros(2500, np.int16), 1000))
    assert [len(piece) for _, piece in cut] == [1000, 1000, 500]
    assert [at_s for at_s, _ in cut] == pytest.approx([0.0625, 0.125, 0.15625])


def test_head_learns_what_can_be_told_apart_and_is_unsure_of_the_rest():
    rng = np.random.default_rng(1)
    centres = rng.normal(0.0, 1.0, (3, 20))
    sizes = (60, 60, 12)
    labels = [name for name, size in zip("abc", sizes, strict=True) for _ in range(size)]
    points = np.repeat(centres, sizes, axis=0) + rng.normal(0.0, 0.3, (sum(sizes), 20))
    head = fit(points.astype(np.float32), labels)
    likely = head.probabilities(centres.astype(np.float32))
    assert head.labels == ("a", "b", "c")
    assert likely.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (likely.argmax(axis=1) == [0, 1, 2]).all()
    assert likely.max(axis=1).min() > 0.9
    between = head.probabilities(centres.mean(axis=0, keepdims=True).astype(np.float32))
    assert between.max() < likely.max(axis=1).min()


def copied(folder: Path, *, times: int = 1, speaker: str = "another") -> Path:
    """The small corpus with each line so many times, spoken by somebody else."""
    shutil.copytree(SMALL, folder)
    manifest = folder / "manifest.csv"
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with manifest.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "speaker": speaker} for row in rows for _ in range(times))
    return folder


def test_head_trains_on_words_of_their_own_and_on_all_the_rest(tmp_path):
    training = read_corpus(copied(tmp_path / "dev", times=4))
    clips = training_clips(training, PHRASEBOOK, np.random.default_rng(1))
    labels = [label for label, _ in clips]
    assert labels.count("stop") == 12
    assert "down" not in labels  # four recordings: too few for a class of its own
    assert labels.count(OTHER) == 3 * 4 + 2 * 4  # down, on and off; and cuts of speech
    assert all(len(samples) <= 16_000 for label, samples in clips if label == OTHER)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def refused(capsys, *flags: str) -> str:
    assert cli.main(["bench", "peers", *flags]) == 2
    return capsys.readouterr().err


def test_recordings_must_be_named(capsys, tmp_path):
    assert "earshot bench peers FOLDER" in refused(capsys)
    assert "no manifest can be read" in refused(capsys, str(tmp_path))
    said = refused(capsys, str(SMALL), "--train", str(tmp_path / "nowhere"))
    assert "nowhere" in said
    assert "no manifest can be read" in said


def test_nobody_is_measured_on_who_was_learnt(capsys, tmp_path):
    corpus = copied(tmp_path / "tune", speaker="anna")
    other = copied(tmp_path / "other", speaker="anna")
    said = refused(capsys, str(corpus), "--train", str(other))
    assert "of the speakers measured 1 are also here, such as 'anna'" in said
    copied(tmp_path / "dev", speaker="anna")  # the folder beside it, taken where none is named
    assert "'anna'" in refused(capsys, str(corpus))


def test_corpus_needs_noise_rooms_and_commands(capsys, tmp_path):
    corpus = copied(tmp_path / "tune")
    manifest = corpus / "manifest.csv"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    for absent in ("noise", "rir", "commands"):
        kept = [line for line in lines if not line.startswith(f"{absent}/")]
        manifest.write_text("".join(kept), encoding="utf-8")
        assert f"no recordings of the set '{absent}'" in refused(capsys, str(corpus))
