"""Whether a room talks, by when the gate is open: no sound is needed for it."""

from assistant.sound import FRAME_S
from assistant.stt.room_talk import MOST_ODDS, STILL_S, STIRRED_S, RoomTalk


class Room:
    def __init__(self) -> None:
        self.talk = RoomTalk()
        self.now_s = 100.0

    def passes(self, seconds: float, *, is_open: bool = False, is_sounding: bool = False) -> None:
        for _ in range(round(seconds / FRAME_S)):
            self.now_s += FRAME_S
            self.talk.take(self.now_s, is_open=is_open, is_sounding=is_sounding)


def test_room_that_talks_is_told_from_one_command_after_the_other():
    room = Room()
    for _ in range(20):
        room.passes(1.0, is_open=True)
        room.passes(2.5)
        assert room.talk.odds == 1.0
    odds = [1.0]
    for _ in range(5):
        room.passes(3.0, is_open=True)
        room.passes(0.2)
        odds.append(room.talk.odds)
    assert odds == sorted(odds)
    assert odds[-1] == MOST_ODDS
    room.passes(4.0)
    assert 1.0 < room.talk.odds < MOST_ODDS
    room.passes(6.0)
    assert room.talk.odds == 1.0


def test_utterance_keeps_what_it_was_begun_with():
    room = Room()
    room.passes(30.0, is_open=True)
    assert room.talk.odds == 1.0
    room.passes(0.1)
    assert room.talk.odds == MOST_ODDS


def test_the_coachs_own_talk_is_nobodys():
    room = Room()
    room.passes(30.0, is_open=True, is_sounding=True)
    room.passes(0.1)
    assert room.talk.odds == 1.0


def test_first_words_after_a_silence_stir_the_room_for_a_while():
    room = Room()
    room.passes(STILL_S + 1.0)
    assert not room.talk.is_stirred
    room.passes(STIRRED_S - 0.5, is_open=True)
    assert room.talk.is_stirred
    room.passes(1.0, is_open=True)
    assert not room.talk.is_stirred
    room.passes(STILL_S - 0.5)
    room.passes(0.1, is_open=True)
    assert not room.talk.is_stirred
    room.passes(STILL_S + 0.1)
    room.passes(0.1, is_open=True)
    assert room.talk.is_stirred


def test_reset_forgets_how_much_was_said():
    room = Room()
    room.passes(30.0, is_open=True)
    room.talk.reset()
    room.passes(0.1)
    assert room.talk.odds == 1.0
