"""The journal: what happened, without a word of what was said; bounded, and readable when cut."""

import json
import stat
from pathlib import Path

import pytest
from coach_rig import LINES, Rig, library_of

from assistant.coach import Coach
from assistant.coach.events import (
    ClockSet,
    Event,
    Fault,
    Heard,
    LinesReady,
    ListeningBegan,
    MicrophoneFault,
    PlaybackFinished,
    Tick,
)
from assistant.coach.intents import Intent, Side, Slots, Symptom
from assistant.history.journal import (
    FILE_NAME,
    OLDER_NAME,
    Journal,
    entries_of,
    files_of,
)
from assistant.library import Dose, Sides

EVENTS: tuple[Event, ...] = (
    ListeningBegan(at=1.0),
    ClockSet(at=1.0, utc_s=1_768_219_200.0, utc_offset_s=3600.0),
    Heard(at=2.5, intent=Intent.PAIN, slots=Slots(symptom=next(iter(Symptom))), spoken_at=2.0),
    Heard(at=3.0, intent=Intent.ONLY_SIDE, slots=Slots(side=Side.LEFT, seconds=10)),
    LinesReady(at=4.0, lengths_s={"Lift slowly.": 1.25}, rate_wpm=155),
    PlaybackFinished(at=5.0, playback_id="say-1"),
    MicrophoneFault(at=6.0, fault=Fault.SILENT),
    MicrophoneFault(at=7.0, fault=None),
    Tick(at=8.0),
)


def written(folder: Path, events: tuple[Event, ...] = EVENTS, **about) -> Path:
    journal = Journal(folder, **about)
    for event in events:
        journal.note(event)
    journal.close()
    return folder / FILE_NAME


def read(folder: Path) -> list[Event]:
    return [entry.event for entry in entries_of(folder)]


def test_events_come_back_as_they_were(tmp_path: Path):
    written(tmp_path / "data")
    assert read(tmp_path / "data") == list(EVENTS)


def test_words_that_were_said_are_not_kept(tmp_path: Path):
    heard = Heard(at=1.0, intent=Intent.PAUSE, text="hold on a moment darling")
    path = written(tmp_path, (heard,))
    assert "darling" not in path.read_text()
    (kept,) = read(tmp_path)
    assert isinstance(kept, Heard)
    assert (kept.intent, kept.text) == (Intent.PAUSE, "")


def test_it_is_its_owners_alone_and_nothing_is_made_before_an_event(tmp_path: Path):
    Journal(tmp_path / "data").close()
    assert not (tmp_path / "data").exists()
    path = written(tmp_path / "data")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_two_files_of_a_known_size_are_all_there_ever_is(tmp_path: Path):
    for _ in range(30):
        written(tmp_path, max_bytes=2_000)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes.keys() <= {FILE_NAME, OLDER_NAME}
    assert all(size < 3_500 for size in sizes.values())
    assert len(read(tmp_path)) > len(EVENTS)


def test_starts_are_told_apart(tmp_path: Path):
    written(tmp_path, version="1.2")
    written(tmp_path)
    runs = [entry.run for entry in entries_of(tmp_path)]
    assert runs == [2] * len(EVENTS) + [3] * len(EVENTS)
    assert json.loads((tmp_path / FILE_NAME).read_text().splitlines()[0])["version"] == "1.2"


@pytest.mark.parametrize("kept", [0, 1, 40, 41, 200])
def test_line_that_was_cut_costs_that_line_alone(tmp_path: Path, kept: int):
    path = written(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    before = read(tmp_path)
    assert before == list(EVENTS[: len(before)])
    written(tmp_path)
    assert read(tmp_path) == [*before, *EVENTS]


def test_nonsense_is_passed_over(tmp_path: Path):
    path = written(tmp_path)
    nonsense = [
        b"\xff\xfe",
        b"[]",
        b"null",
        b"3",
        b'{"event": ["Tick"]}',
        b'{"event": "Tick"}',
        b'{"event": "MoonRose", "at": 1}',
        b'{"event": "Tick", "at": "soon"}',
        b"[" * 100_000,
    ]
    path.write_bytes(b"\n".join(nonsense) + b"\n" + path.read_bytes())
    assert read(tmp_path) == list(EVENTS)


def test_folder_that_cannot_be_written_is_counted_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "data").write_text("in the way")
    journal = Journal(tmp_path / "data")
    for event in EVENTS:
        journal.note(event)
    journal.close()
    assert journal.dropped_events == len(EVENTS)
    assert caplog.text.count("cannot be written") == 1


def test_what_is_deleted_meanwhile_is_begun_anew(tmp_path: Path):
    written(tmp_path).unlink()
    assert files_of(tmp_path) == []
    assert list(entries_of(tmp_path)) == []


class Noted:
    """A coach whose events are kept, and what it did."""

    def __init__(self, coach: Coach) -> None:
        self.coach = coach
        self.events: list[Event] = []
        self.actions: list[object] = []

    def __getattr__(self, name: str):
        return getattr(self.coach, name)

    def handle(self, event: Event):
        actions = self.coach.handle(event)
        if actions or not isinstance(event, Tick):
            self.events.append(event)
        self.actions.append(actions)
        return actions


def test_a_session_that_was_journalled_happens_again_to_the_last_digit(tmp_path: Path):
    library = library_of(Dose(hold_s=10, reps=2, sides=Sides.PER_SET), Dose(mode="reps", reps=2))
    rig = Rig(library)
    noted = Noted(rig.coach)
    rig.coach = noted  # type: ignore[assignment]
    rig.hold()
    rig.run(3.3)
    rig.hear(Intent.PAUSE)
    rig.run(20)
    rig.hear(Intent.RESUME)
    rig.play_through()
    written(tmp_path, tuple(noted.events))
    again = Coach(library, LINES)
    actions = [again.handle(event) for event in read(tmp_path)]
    assert [x for x in actions if x] == [x for x in noted.actions if x]
