"""A microphone or loudspeaker that goes away in a session, or while nobody asks for one."""

import pytest
from coach_rig import LINES, Rig, library_of

from assistant.almanac import LocalAlmanac, quiet_hours, zone_of
from assistant.coach import Coach
from assistant.coach.actions import PhaseEntered
from assistant.coach.events import (
    ClockSet,
    Fault,
    HistoryFault,
    HistoryLost,
    LoudspeakerLost,
    LoudspeakerReturned,
    MicrophoneFault,
    MicrophoneLost,
    MicrophoneReturned,
)
from assistant.coach.intents import Intent
from assistant.coach.losses import BACK_LEAD_S, GONE_LONG_S, SHAKY_LOSSES
from assistant.coach.phases import ACTIVE, Phase
from assistant.library import Dose

line = LINES.say

MICROPHONE = (MicrophoneLost, MicrophoneReturned, "microphone_back")
LOUDSPEAKER = (LoudspeakerLost, LoudspeakerReturned, "sound_back")
NIGHT_UTC_S = 1_767_229_200.0  # 2026-01-01 01:00


def holding(hold_s: float = 30.0) -> Rig:
    """Ten seconds into a hold."""
    rig = Rig(library_of(Dose(hold_s=hold_s, reps=2, reset_s=8)))
    rig.hold()
    rig.run(10)
    return rig


def said(rig: Rig, since_s: float) -> list[str]:
    return [sound.text for sound in rig.speech(since_s)]


@pytest.mark.parametrize(("gone", "back", "name"), [MICROPHONE, LOUDSPEAKER])
def test_hold_is_paused_by_a_loss_and_goes_on_by_itself(gone, back, name):
    rig = holding()
    rig.send(gone(at=rig.now))
    assert rig.phase is Phase.PAUSED
    rig.run(20)
    assert rig.phase is Phase.PAUSED
    rig.send(back(at=rig.now))
    returned_s = rig.now
    assert rig.phase is Phase.LEAD_IN
    rig.run_until(Phase.HOLD)
    assert said(rig, returned_s)[0] == line(f"{name}_on")
    assert rig.now - returned_s == pytest.approx(BACK_LEAD_S, abs=0.1)
    assert rig.left_s == pytest.approx(20, abs=0.1)
    rig.run_until(Phase.REST)
    assert [h.held_s for h in rig.holds] == [pytest.approx(30)]


def test_lost_microphone_is_told_and_a_lost_loudspeaker_cannot_be():
    rig = holding()
    lost_s = rig.now
    rig.send(MicrophoneLost(at=rig.now))
    rig.run(5)
    assert said(rig, lost_s) == [line("microphone_lost")]
    rig = holding()
    lost_s = rig.now
    rig.send(LoudspeakerLost(at=rig.now))
    rig.run(5)
    assert said(rig, lost_s) == []


@pytest.mark.parametrize(("gone", "back", "name"), [MICROPHONE, LOUDSPEAKER])
def test_what_the_person_paused_stays_paused(gone, back, name):
    rig = holding()
    rig.hear(Intent.PAUSE)
    rig.run(5)
    rig.send(gone(at=rig.now))
    rig.run(5)
    rig.send(back(at=rig.now))
    rig.run(20)
    assert rig.phase is Phase.PAUSED
    assert rig.last_words == line(f"{name}_paused")


def test_pause_said_while_the_loudspeaker_is_gone_keeps_the_hold_paused():
    rig = holding()
    rig.send(LoudspeakerLost(at=rig.now))
    rig.run(1)
    rig.hear(Intent.PAUSE)
    rig.run(1)
    rig.send(LoudspeakerReturned(at=rig.now))
    rig.run(20)
    assert rig.phase is Phase.PAUSED


def test_after_minutes_resume_is_needed():
    rig = holding()
    rig.send(MicrophoneLost(at=rig.now))
    rig.run(GONE_LONG_S + 1)
    rig.send(MicrophoneReturned(at=rig.now))
    rig.run(20)
    assert rig.phase is Phase.PAUSED
    assert rig.last_words == line("microphone_back_paused")
    rig.hear(Intent.RESUME)
    assert rig.phase is Phase.LEAD_IN


def test_where_both_are_gone_it_goes_on_when_both_are_back():
    rig = holding()
    lost_s = rig.now
    rig.send(MicrophoneLost(at=rig.now))
    rig.run(0.1)
    rig.send(LoudspeakerLost(at=rig.now))
    rig.run(4)
    rig.send(LoudspeakerReturned(at=rig.now))
    assert rig.phase is Phase.PAUSED
    rig.run(1)
    rig.send(MicrophoneReturned(at=rig.now))
    rig.run_until(Phase.HOLD)
    assert line("microphone_back_on") in said(rig, lost_s)


def test_microphone_that_does_not_come_back_with_the_loudspeaker_is_told_then():
    rig = holding()
    rig.send(LoudspeakerLost(at=rig.now))
    rig.send(MicrophoneLost(at=rig.now))
    rig.run(30)
    returned_s = rig.now
    rig.send(LoudspeakerReturned(at=rig.now))
    rig.run(5)
    assert said(rig, returned_s) == [line("microphone_lost")]
    assert rig.phase is Phase.PAUSED


def test_device_that_was_never_gone_is_no_news():
    rig = holding()
    assert rig.send(MicrophoneReturned(at=rig.now)) == []
    assert rig.send(LoudspeakerReturned(at=rig.now)) == []


def test_question_that_was_open_is_dropped_and_nothing_goes_on_by_itself():
    rig = holding()
    rig.hear(Intent.FINISH)
    assert rig.phase is Phase.ASKING
    rig.send(MicrophoneLost(at=rig.now))
    rig.run(5)
    rig.send(MicrophoneReturned(at=rig.now))
    rig.run(20)
    assert rig.phase is Phase.PAUSED
    assert rig.last_words == line("microphone_back_paused")


def test_device_with_a_loose_plug_does_not_start_the_hold_again_and_again():
    rig = holding()
    for _ in range(SHAKY_LOSSES):
        rig.send(MicrophoneLost(at=rig.now))
        rig.run(2)
        rig.send(MicrophoneReturned(at=rig.now))
        rig.run(8)
    assert rig.phase is Phase.PAUSED
    assert [f.phase for f in rig.facts(PhaseEntered)].count(Phase.LEAD_IN) == SHAKY_LOSSES


@pytest.mark.parametrize("phase", [Phase.EXPLAINING, Phase.WAITING, Phase.LEAD_IN, Phase.REST])
def test_whatever_was_under_way_goes_on(phase):
    rig = Rig(library_of(Dose(hold_s=10, reps=2, reset_s=20)))
    rig.start()
    if phase is not Phase.EXPLAINING:
        rig.run_until(Phase.WAITING)
    if phase in (Phase.LEAD_IN, Phase.REST):
        rig.hear(Intent.READY)
        rig.run_until(phase)
    rig.run(1)
    assert rig.phase is phase
    rig.send(LoudspeakerLost(at=rig.now))
    rig.run(3)
    rig.send(LoudspeakerReturned(at=rig.now))
    assert rig.phase is phase
    rig.run(4)
    assert any(line("sound_back_on") in text for text in said(rig, 0.0))


def test_other_faults_wait_for_the_loudspeaker():
    rig = holding()
    rig.send(LoudspeakerLost(at=rig.now))
    rig.send(MicrophoneFault(at=rig.now, fault=Fault.SILENT))
    rig.send(HistoryLost(at=rig.now, fault=HistoryFault.NOT_KEPT))
    rig.run(5)
    lost_s = rig.now
    assert line("microphone_silent") not in said(rig, 0.0)
    rig.send(LoudspeakerReturned(at=rig.now))
    rig.run(20)
    assert {line("microphone_silent"), line("history_not_kept")} <= set(said(rig, lost_s))


def test_nothing_is_said_twice_of_one_loss():
    rig = holding()
    rig.send(MicrophoneLost(at=rig.now))
    assert rig.send(MicrophoneLost(at=rig.now)) == []


class IdleRig(Rig):
    """A coach with quiet hours."""

    def __post_init__(self) -> None:
        super().__post_init__()
        almanac = LocalAlmanac(zone_of("UTC"), quiet_hours("23:00-07:00"))
        self.coach = Coach(self.library, self.lines, almanac=almanac)


def idle(*, is_night: bool = False) -> Rig:
    rig = IdleRig(library_of(Dose(hold_s=10)))
    clock_s = NIGHT_UTC_S + (0.0 if is_night else 12 * 3600.0)
    rig.send(ClockSet(at=rig.now, utc_s=clock_s, utc_offset_s=0.0))
    return rig


def test_where_no_session_runs_a_loss_is_told_once_in_ten_minutes():
    rig = idle()
    for _ in range(5):
        rig.send(MicrophoneLost(at=rig.now))
        rig.run(5)
        rig.send(MicrophoneReturned(at=rig.now))
        rig.run(5)
    assert said(rig, 0.0) == [line("microphone_lost"), line("microphone_back")]
    rig.run(601)
    rig.send(MicrophoneLost(at=rig.now))
    assert rig.last_words == line("microphone_lost")


def test_in_the_quiet_hours_nobody_is_woken_by_a_loose_plug():
    rig = idle(is_night=True)
    rig.send(MicrophoneLost(at=rig.now))
    rig.run(5)
    rig.send(MicrophoneReturned(at=rig.now))
    rig.run(5)
    assert said(rig, 0.0) == []
    assert rig.phase not in ACTIVE
