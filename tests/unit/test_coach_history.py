"""What the runner does with facts and the wall clock, and how a loss of the history is told."""

from coach_rig import LINES, Rig, library_of
from test_runner import FakeSink, FakeVoice, clip

from assistant.coach import Coach
from assistant.coach.actions import Fact, PainReported, SessionEnded, Tone
from assistant.coach.events import (
    Heard,
    HistoryFault,
    HistoryLost,
    ListeningBegan,
    SettingsWrong,
    Tick,
)
from assistant.coach.intents import Intent, Slots
from assistant.coach.phases import Phase
from assistant.history.wall import WallTime, WallWatch
from assistant.library import Dose
from assistant.runner import CLOCK_CHECK_S, Runner

NOON = 1_768_219_200.0


class Deaf:
    """Ears that need to know nothing."""

    def speaking(self, lines):
        pass

    def cut_short(self, lines, at_s):
        pass

    def attend(self, floor):
        pass


class Room:
    """A runner with a wall clock, and what it remembers."""

    def __init__(self) -> None:
        self.now = 50.0
        self.wall_ahead_s = NOON
        self.kept: list[tuple[Fact, float]] = []
        self.sink = FakeSink()
        self.coach = Coach(library_of(Dose(hold_s=15)), LINES)
        self.runner = Runner(
            self.coach,
            FakeVoice(),
            self.sink,
            {tone: clip(0.1) for tone in Tone},
            clock=lambda: self.now,
            rate_wpm=155,
            observe=lambda _: None,
            ears=Deaf(),
            in_background=False,
            wall=WallWatch(lambda: WallTime(self.wall_ahead_s + self.now, 0.0)),
            remember=lambda facts: self.kept.extend((x.fact, x.at_utc_s) for x in facts),
        )

    def hear(self, intent: Intent, **slots) -> None:
        self.runner.handle(Heard(at=self.now, intent=intent, slots=Slots(**slots)))
        self.runner.drain()


def pained() -> Room:
    room = Room()
    room.hear(Intent.START_ROUTINE, routine="test")
    room.now += 10
    return room


def test_facts_are_remembered_at_the_wall_clocks_time():
    room = pained()
    room.hear(Intent.PAIN)
    (fact, utc_s), *_ = (x for x in room.kept if isinstance(x[0], PainReported))
    assert fact.at_s == 60.0
    assert utc_s == NOON + 60.0


def test_what_is_remembered_folds_into_what_the_coach_knows():
    room = pained()
    room.wall_ahead_s += 3600.0  # the network told the time
    room.hear(Intent.PAIN)
    room.hear(Intent.NUMBER, count=2)
    room.hear(Intent.FINISH)
    if room.coach.phase is Phase.ASKING:
        room.hear(Intent.YES)
    folded = Rig(room.coach._coaching.library).coach._coaching.profile
    for fact, utc_s in room.kept:
        folded = folded.after(fact, utc_s)
    assert folded == room.coach._coaching.profile
    assert folded.pains[-1].at_utc_s == NOON + 3600.0 + 60.0
    assert folded.sessions[-1].ended_utc_s == NOON + 3600.0 + 60.0
    assert any(isinstance(fact, SessionEnded) for fact, _ in room.kept)


def test_idle_runner_looks_at_the_wall_clock_now_and_then():
    room = Room()
    waits: list[float | None] = []

    class Inbox:
        def get(self, timeout=None):
            waits.append(timeout)
            room.runner.stop()
            return Tick(at=room.now)

        def put(self, _):
            pass

        def qsize(self):
            return 0

    room.runner.inbox = Inbox()
    room.runner.run()
    assert waits == [CLOCK_CHECK_S]


def lost(rig: Rig, fault: HistoryFault) -> str:
    rig.send(HistoryLost(at=rig.now, fault=fault))
    rig.run(10)
    return rig.last_words


def test_loss_of_the_history_is_said_where_nothing_runs():
    rig = Rig(library_of(Dose(hold_s=15)))
    assert lost(rig, HistoryFault.SET_ASIDE) == LINES.texts["history_set_aside"]


def test_wrong_settings_and_lost_notes_are_both_said_once_after_the_greeting():
    rig = Rig(library_of(Dose(hold_s=15)))
    rig.send(ListeningBegan(at=rig.now))
    for event in (
        HistoryLost(at=rig.now, fault=HistoryFault.RESTORED),
        SettingsWrong(at=rig.now),
        SettingsWrong(at=rig.now),
    ):
        rig.send(event)
    rig.run(30)
    _greeting, *told = [sound.text for sound in rig.speech()]
    assert told == [LINES.texts["history_restored"], LINES.texts["settings_wrong"]]


def test_loss_in_a_hold_waits_for_its_end_and_does_not_stop_the_clock():
    rig = Rig(library_of(Dose(hold_s=8, reps=2, reset_s=10)))
    rig.hold()
    began = rig.now
    rig.run(6)
    rig.send(HistoryLost(at=rig.now, fault=HistoryFault.NOT_KEPT))
    rig.run_until(Phase.DONE)
    said = [s for s in rig.speech(began) if s.text == LINES.texts["history_not_kept"]]
    assert len(said) == 1
    assert said[0].start_s >= began + 8
    assert [hold.held_s for hold in rig.holds] == [8.0, 8.0]
