"""The runner and the real coach, with a voice, a loudspeaker and a clock that are made up."""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
import pytest
from coach_rig import LINES, library_of

from assistant.audio.mixer import Finished, Started
from assistant.coach import Coach
from assistant.coach.actions import PART_GAP_S, PhaseEntered, Tone
from assistant.coach.events import Heard, LinesReady, ListeningBegan, Tick
from assistant.coach.floor import Floor
from assistant.coach.intents import Intent, Slots
from assistant.coach.phases import Phase
from assistant.errors import DeviceError, LibraryError, VoiceError
from assistant.history.wall import WallTime, WallWatch
from assistant.library import Dose, Routine
from assistant.runner import (
    CLOCK_CHECK_S,
    INBOX_SIZE,
    Beat,
    Happening,
    Runner,
    Shelf,
    Sounded,
    Spoke,
    Trouble,
    joined,
)
from assistant.sound import Clip
from assistant.stt.judge import SpokenLine

RATE_HZ = 8000


def clip(seconds: float, level: float = 0.5) -> Clip:
    return Clip(np.full(round(seconds * RATE_HZ), level, np.float32), RATE_HZ)


class FakeVoice:
    """A quarter of a second a word."""

    def __init__(self) -> None:
        self.is_broken = False
        self.rates: list[int] = []
        self.names: list[str] = []

    def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
        if self.is_broken:
            raise VoiceError(f"cannot say {text!r}", mend="Mend it.")
        self.rates.append(rate_wpm)
        self.names.append(voice)
        return clip(0.25 * len(text.split()))


@dataclass
class FakeSink:
    """Keeps what it was given."""

    played: list[tuple[str, Clip, float | None]] = field(default_factory=list)
    cancelled: list[Collection[str] | None] = field(default_factory=list)
    gains_db: list[float] = field(default_factory=list)
    is_lost: bool = False

    def play(
        self, playback_id: str, clip: Clip, at_s: float | None = None, gain_db: float = 0.0
    ) -> None:
        if self.is_lost:
            raise DeviceError("no loudspeaker", mend="Plug it in.")
        self.played.append((playback_id, clip, at_s))

    def cancel(self, ids: Collection[str] | None) -> None:
        self.cancelled.append(ids)

    def set_gain(self, gain_db: float) -> None:
        self.gains_db.append(gain_db)

    def close(self) -> None:
        pass


class Room:
    """A runner and what it is joined to."""

    def __init__(
        self,
        shelf: Shelf | None = None,
        wall: WallWatch | None = None,
        on_beat: Callable[[Beat], None] = lambda _: None,
        voices: tuple[str, ...] = ("",),
    ) -> None:
        self.now = 50.0
        self.voice = FakeVoice()
        self.sink = FakeSink()
        self.seen: list[Happening] = []
        self.spoken: list[SpokenLine] = []
        self.cut: list[tuple[list[SpokenLine], float]] = []
        self.floors: list[Floor] = []
        self.stop_in: Phase | None = None
        self.runner = Runner(
            Coach(library_of(Dose(hold_s=15)), LINES, voices=voices),
            self.voice,
            self.sink,
            {tone: clip(0.1) for tone in Tone},
            clock=lambda: self.now,
            rate_wpm=155,
            observe=self.observe,
            ears=self,
            in_background=False,
            shelf=shelf,
            wall=wall,
            on_beat=on_beat,
        )

    def speaking(self, lines: Iterable[SpokenLine]) -> None:
        self.spoken.extend(lines)

    def cut_short(self, lines: Collection[SpokenLine], at_s: float) -> None:
        self.cut.append((list(lines), at_s))

    def attend(self, floor: Floor) -> None:
        self.floors.append(floor)

    @property
    def phase(self) -> Phase:
        return self.runner.coach.phase

    def observe(self, happening: Happening) -> None:
        self.seen.append(happening)
        if isinstance(happening, PhaseEntered) and happening.phase is self.stop_in:
            self.runner.stop()

    def hear(self, intent: Intent, **slots) -> None:
        self.runner.handle(Heard(at=self.now, intent=intent, slots=Slots(**slots)))
        self.runner.drain()

    def finish_last(self) -> None:
        playback_id = self.sink.played[-1][0]
        self.runner.take(Finished(playback_id, self.now, cancelled=False))

    def hold(self) -> None:
        self.hear(Intent.START_ROUTINE, routine="test")
        self.finish_last()
        self.hear(Intent.READY)
        self.now += 5
        self.runner.handle(Tick(at=self.now))

    def troubles(self) -> list[Trouble]:
        return [t for t in self.seen if isinstance(t, Trouble)]


def test_prompt_is_rendered_and_played_now():
    room = Room()
    room.runner.handle(ListeningBegan(at=room.now))
    [(playback_id, sound, at_s)] = room.sink.played
    words = len(LINES.say("hello").split())
    assert (sound.duration_s, at_s) == (0.25 * words, None)
    assert playback_id.startswith("say")


def test_tones_are_played_at_their_planned_times():
    room = Room()
    room.hold()
    began_s = room.now
    assert room.phase is Phase.HOLD
    tones = [at_s - began_s for i, _, at_s in room.sink.played if i.startswith(("tick", "end"))]
    assert sorted(tones) == pytest.approx([12, 13, 14, 15])


def test_end_of_the_explanation_reaches_the_coach():
    room = Room()
    room.hear(Intent.START_ROUTINE, routine="test")
    assert room.phase is Phase.EXPLAINING
    room.finish_last()
    assert room.phase is Phase.WAITING


def test_rendered_lengths_reach_the_coach():
    room = Room()
    room.runner.handle(ListeningBegan(at=room.now))
    event = room.runner.inbox.get_nowait()
    assert event == LinesReady(
        at=50.0,
        lengths_s={LINES.say("hello"): 0.25 * len(LINES.say("hello").split())},
        rate_wpm=155,
    )


def test_stop_cancels_everything():
    room = Room()
    room.hold()
    room.hear(Intent.STOP)
    assert room.sink.cancelled[-1] is None


def test_facts_of_the_session_are_observed():
    room = Room()
    room.hold()
    phases = [f.phase for f in room.seen if isinstance(f, PhaseEntered)]
    assert phases == [Phase.EXPLAINING, Phase.WAITING, Phase.LEAD_IN, Phase.HOLD]


def test_louder_sets_the_gain():
    room = Room()
    room.hear(Intent.LOUDER)
    assert room.sink.gains_db == [6.0]


def test_talk_slower_renders_at_the_new_rate():
    room = Room()
    room.hear(Intent.TALK_SLOWER)
    assert room.voice.rates[-1] == 140


def test_another_voice_speaks_its_answer_and_what_is_prepared():
    room = Room(voices=("ours", "en-gb"))
    room.hear(Intent.START_ROUTINE, routine="test")
    assert set(room.voice.names) == {""}
    room.voice.names.clear()
    room.hear(Intent.ANOTHER_VOICE)
    assert set(room.voice.names) == {"en-gb"}


def test_voice_that_fails_does_not_stop_the_session():
    room = Room()
    room.voice.is_broken = True
    room.hear(Intent.START_ROUTINE, routine="test")
    room.hear(Intent.READY)
    room.now += 5
    room.runner.handle(Tick(at=room.now))
    assert room.phase is Phase.HOLD
    ids = [i for i, _, _ in room.sink.played]
    assert not [i for i in ids if i.startswith("say")]
    assert [i for i in ids if i.startswith("end")]
    assert "Mend it." in room.troubles()[0].message


def test_muted_speech_still_moves_the_explanation_on():
    room = Room()
    room.hear(Intent.MUTE)
    room.hear(Intent.START_ROUTINE, routine="test")
    assert room.phase is Phase.WAITING
    assert not [i for i, _, _ in room.sink.played if i.startswith("say")]


def test_lost_loudspeaker_is_told_and_the_session_goes_on():
    room = Room()
    room.sink.is_lost = True
    room.hear(Intent.START_ROUTINE, routine="test")
    assert room.phase is Phase.WAITING
    assert "Plug it in." in room.troubles()[0].message


def test_what_is_spoken_is_told_when_it_begins():
    room = Room()
    room.runner.handle(ListeningBegan(at=room.now))
    playback_id, sound, _ = room.sink.played[-1]
    assert room.seen == []
    room.runner.take(Started(playback_id, 50.25))
    text = LINES.say("hello")
    assert room.seen == [Spoke(50.25, text, sound.duration_s)]
    assert room.spoken == [SpokenLine(text, 50.25, 50.25 + sound.duration_s)]


def test_a_prompt_cut_short_is_told_with_the_moment():
    room = Room()
    room.runner.handle(ListeningBegan(at=room.now))
    playback_id, _, _ = room.sink.played[-1]
    room.runner.take(Started(playback_id, 50.25))
    room.runner.take(Finished(playback_id, 50.75, True))
    assert room.cut == [(room.spoken, 50.75)]


def test_a_loudspeaker_that_is_gone_leaves_nothing_waiting():
    room = Room()
    room.sink.is_lost = True
    room.hear(Intent.LOUDER)
    room.runner.drain()
    assert room.runner.is_quiet


def test_tone_is_told_when_it_begins_and_is_no_speech():
    room = Room()
    room.hear(Intent.LOUDER)
    room.runner.take(Started(room.sink.played[-1][0], 50.1))
    assert room.seen[-1] == Sounded(50.1, Tone.HEARD)
    assert room.spoken == []


def test_runner_is_quiet_once_every_sound_is_over():
    room = Room()
    room.hear(Intent.LOUDER)
    assert not room.runner.is_quiet
    room.finish_last()
    assert room.runner.is_quiet


def test_full_inbox_drops_and_counts():
    room = Room()
    for _ in range(INBOX_SIZE + 3):
        room.runner.post(Tick(at=room.now))
    assert room.runner.dropped_events == 3


def test_run_handles_what_is_posted_until_it_is_stopped():
    room = Room()
    room.stop_in = Phase.EXPLAINING
    room.runner.post(Heard(at=room.now, intent=Intent.LOUDER))
    named = Slots(routine="test")
    room.runner.post(Heard(at=room.now, intent=Intent.START_ROUTINE, slots=named))
    room.runner.post(Heard(at=room.now, intent=Intent.FINISH))
    room.runner.run()
    assert room.sink.gains_db == [6.0]
    assert room.phase is Phase.EXPLAINING  # what came after the stop was not handled


def test_run_meets_a_deadline_with_an_empty_inbox():
    room = Room()
    room.hold()
    room.runner.drain()
    room.now += 15
    room.stop_in = Phase.DONE
    room.runner.run()
    assert room.phase is Phase.DONE


def test_joined_clips_have_a_gap_between_them_and_none_around():
    sound = joined([clip(0.5, 0.1), clip(0.25, 0.2), clip(0.1, 0.3)])
    gap = round(PART_GAP_S * RATE_HZ)
    assert sound.duration_s == pytest.approx(0.85 + 2 * PART_GAP_S)
    assert (sound.samples[0], sound.samples[-1]) == (np.float32(0.1), np.float32(0.3))
    assert not sound.samples[4000 : 4000 + gap].any()
    assert sound.samples[4000 + gap] == np.float32(0.2)


def test_single_clip_is_joined_to_itself():
    assert joined([clip(0.5)]).duration_s == 0.5


# Routines that are told ----------------------------------------------------------------------


@dataclass
class FakeShelf:
    """Keeps routines in a list; a full one refuses."""

    is_full: bool = False
    kept: list[Routine] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def keep(self, routine: Routine) -> None:
        if self.is_full:
            raise LibraryError("no room on the disk", place="my_routine_1.yaml")
        self.kept.append(routine)

    def delete(self, routine_id: str) -> None:
        self.deleted.append(routine_id)


def keep_a_routine(room: Room) -> None:
    room.hear(Intent.MAKE_ROUTINE, exercise="first_movement")
    room.hear(Intent.THAT_IS_ALL)
    room.hear(Intent.YES)


def test_a_told_routine_goes_to_the_shelf_and_a_deleted_one_from_it():
    shelf = FakeShelf()
    room = Room(shelf)
    keep_a_routine(room)
    assert [routine.name for routine in shelf.kept] == ["routine one"]
    room.hear(Intent.DELETE_ROUTINE)
    assert shelf.deleted == []
    room.hear(Intent.YES)
    assert shelf.deleted == ["my_routine_1"]


def test_a_shelf_that_refuses_is_told_by_voice_and_the_routine_can_be_done():
    room = Room(FakeShelf(is_full=True))
    keep_a_routine(room)
    assert "no room on the disk" in room.troubles()[0].message
    words = len(LINES.say("not_stored").split())
    assert room.sink.played[-1][1].duration_s == pytest.approx(0.25 * words)
    room.hear(Intent.START_OWN)
    assert room.phase is Phase.EXPLAINING


# Signs of life ---------------------------------------------------------------------------------


def a_beat(at_s: float) -> Beat:
    return Beat(at_s, at_s - 0.02, dropped_frames=0, overflows=0, dropped_events=0)


def test_a_beat_comes_out_of_the_runners_loop_in_its_turn_and_is_no_event_of_the_coachs() -> None:
    beats: list[Beat] = []
    room = Room(on_beat=beats.append)
    before = room.runner.snapshot
    room.runner.post(a_beat(room.now))
    assert beats == []
    room.runner.drain()
    assert beats == [a_beat(room.now)]
    assert room.runner.snapshot is before
    assert room.seen == []


def test_beats_do_not_keep_the_wall_clock_from_being_looked_at() -> None:
    looked_s: list[float] = []

    def look() -> WallTime:
        looked_s.append(room.now)
        if room.now > 50.0:
            room.runner.stop()
        return WallTime(1_790_000_000.0 + room.now, 0.0)

    def let_time_pass(_: Beat) -> None:
        room.now += CLOCK_CHECK_S + 1

    room = Room(wall=WallWatch(look), on_beat=let_time_pass)
    room.runner.handle(ListeningBegan(at=room.now))
    room.runner.drain()
    room.runner.post(a_beat(room.now))
    began_s = time.monotonic()
    room.runner.run()
    assert looked_s[-1] == 61.0
    assert time.monotonic() - began_s < CLOCK_CHECK_S / 2  # the real wait was none
