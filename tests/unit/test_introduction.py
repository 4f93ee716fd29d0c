"""The first session: offered, led by voice alone, skipped, taken up again."""

import pytest
from coach_rig import LINES, Rig

from assistant.coach.actions import IntroductionEnded, IntroductionReached
from assistant.coach.intents import Intent, Symptom
from assistant.coach.introduction import BEGINNING, LOUDNESS, PARTS, SCREENING, TRIALS, TRYING
from assistant.coach.phases import Phase
from assistant.coach.profile import Profile
from assistant.coach.screening import TAGS
from assistant.library import load_library

line = LINES.say
SHIPPED = load_library()


def newcomer(**about) -> Rig:
    rig = Rig(SHIPPED, welcomes=True, **about)
    rig.listen()
    return rig


def reacting(rig: Rig, intent: Intent) -> None:
    """Say something a moment after the coach has ended."""
    rig.run(max(0.0, max(s.end_s for s in rig.sounds) - rig.now) + 1.0)
    rig.hear(intent)


def trying(**about) -> Rig:
    rig = newcomer(profile=Profile(screened=frozenset(TAGS), introduction=TRYING), **about)
    rig.hear(Intent.YES)
    return rig


def test_whoever_is_new_is_led_into_the_short_routine_by_voice_alone():
    rig = newcomer()
    began_s = rig.now
    assert rig.last_words.endswith(line("welcome"))
    reacting(rig, Intent.YES)
    assert rig.last_words.endswith(line("loud_enough"))
    reacting(rig, Intent.YES)
    for tag in TAGS:
        assert rig.last_words.endswith(line(f"screen_{tag}"))
        reacting(rig, Intent.NO)
    assert rig.last_words.startswith(line("safety_notice"))
    tries_s = rig.now
    for wanted, name in TRIALS:
        assert rig.last_words.endswith(line(name))
        reacting(rig, wanted)
    print(f"trying takes {rig.now - tries_s:.0f} s, all of it {rig.now - began_s:.0f} s")
    assert 60 <= rig.now - tries_s <= 150
    assert rig.now - began_s <= 300
    assert rig.last_words == line("first_routine", routine="short routine")
    reacting(rig, Intent.YES)
    assert rig.phase is Phase.EXPLAINING
    assert "Short routine." in rig.last_words
    assert [f.part for f in rig.facts(IntroductionReached)] == list(PARTS)
    assert [f.completed for f in rig.facts(IntroductionEnded)] == [True]


def test_offer_that_is_declined_is_not_made_again():
    rig = newcomer()
    rig.hear(Intent.NO)
    assert (rig.phase, rig.last_words) == (Phase.IDLE, line("introduction_declined"))
    assert [f.completed for f in rig.facts(IntroductionEnded)] == [False]
    rig.listen()
    assert rig.last_words == line("hello")


def test_offer_that_nobody_answers_is_let_be_and_made_at_the_next_start():
    rig = newcomer()
    rig.run(60)
    assert rig.phase is Phase.IDLE
    assert rig.facts(IntroductionEnded) == []


def test_nobody_is_asked_where_it_is_switched_off_or_over():
    for profile, welcomes in ((Profile(), False), (Profile(is_introduced=True), True)):
        rig = Rig(SHIPPED, welcomes=welcomes, profile=profile)
        rig.listen()
        assert (rig.phase, rig.last_words) == (Phase.IDLE, line("hello"))


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (LOUDNESS, "loud_enough"),
        (SCREENING, "screen_steroids"),
        (TRYING, "try_ready"),
        (BEGINNING, "first_routine"),
    ],
)
def test_goes_on_after_a_restart_from_the_part_that_was_reached(part, name):
    screened = frozenset(TAGS) - {"steroids"}
    rig = newcomer(profile=Profile(introduction=part, screened=screened))
    assert rig.last_words.endswith(line("welcome_back"))
    rig.hear(Intent.YES)
    assert rig.last_words.endswith(line(name, routine="short routine"))


@pytest.mark.parametrize("part", [LOUDNESS, TRYING, BEGINNING])
def test_skip_the_first_session_ends_it_for_good(part):
    rig = newcomer(profile=Profile(introduction=part, screened=frozenset(TAGS)))
    rig.hear(Intent.YES)
    rig.hear(Intent.SKIP_INTRODUCTION)
    assert (rig.phase, rig.last_words) == (Phase.IDLE, line("introduction_declined"))
    assert [f.completed for f in rig.facts(IntroductionEnded)] == [False]


def test_can_be_asked_for_by_name_also_when_it_is_over():
    rig = Rig(SHIPPED, profile=Profile(is_introduced=True))
    rig.hear(Intent.INTRODUCTION)
    assert rig.last_words.endswith(line("loud_enough"))


def test_louder_is_asked_about_until_it_is_loud_enough():
    rig = newcomer()
    rig.hear(Intent.YES)
    rig.hear(Intent.NO)
    assert (rig.gain_db, rig.last_words) == (6.0, line("loud_enough_now"))
    rig.hear(Intent.QUIETER)
    assert rig.gain_db == 0.0
    for _ in range(2):
        rig.hear(Intent.LOUDER)
    assert rig.gain_db == 12.0
    rig.hear(Intent.LOUDER)
    assert rig.last_words.endswith(line("screen_pregnancy"))


def test_each_command_that_is_tried_is_acknowledged():
    rig = trying()
    for wanted, _ in TRIALS[:-1]:
        rig.hear(wanted)
        assert rig.last_words.startswith(line("tried"))
        assert rig.phase is Phase.ASKING


def test_something_else_is_told_once_and_then_the_next_command_is_tried():
    rig = trying()
    rig.hear(Intent.WHICH_SET)
    assert rig.last_words == f"{line('try_other')} {line('try_ready')}"
    rig.hear(Intent.NO)
    rig.hear(Intent.WHICH_SET)
    assert rig.last_words == f"{line('try_later')} {line('try_pause')}"


def test_skip_leaves_the_trying_out():
    rig = trying()
    rig.hear(Intent.NEXT)
    assert rig.last_words == line("first_routine", routine="short routine")


def test_stop_silences_at_once_and_the_rest_waits_for_another_time():
    rig = trying()
    rig.hear(Intent.STOP)
    assert rig.phase is Phase.IDLE
    assert rig.sounding(rig.now) == []
    rig.listen()
    assert rig.last_words.endswith(line("welcome_back"))


def test_pain_while_commands_are_tried_is_meant():
    rig = trying()
    rig.hear(Intent.PAIN, symptom=Symptom.NUMBNESS)
    assert rig.last_words.endswith(line("pain_question"))


def test_silence_asks_once_more_and_then_waits_for_another_time():
    rig = trying()
    rig.run(120)
    asked = [s for s in rig.speech() if s.text.endswith(line("try_ready"))]
    assert (len(asked), rig.phase) == (2, Phase.IDLE)
    assert rig.last_words == line("another_time")


def test_no_to_the_first_routine_ends_the_first_session_without_one():
    rig = newcomer(profile=Profile(introduction=BEGINNING))
    rig.hear(Intent.YES)
    rig.hear(Intent.NO)
    assert (rig.phase, rig.last_words) == (Phase.IDLE, line("introduction_over"))
    assert [f.completed for f in rig.facts(IntroductionEnded)] == [True]
