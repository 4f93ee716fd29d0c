"""What a person asks about the movement and about backs, and what the coach says to it."""

import pytest
from coach_rig import LINES, Rig, library_of

from assistant.coach.actions import TipTold, Tone
from assistant.coach.intents import Intent
from assistant.coach.phases import Phase
from assistant.coach.profile import NOBODY
from assistant.coach.questions import HOLD_WORDS
from assistant.library import Dose, Library, load_library
from assistant.library.knowledge import PAGE_SENTENCES, sentences

SHIPPED = load_library()
TOPICS = SHIPPED.knowledge.topics
ABOUT_THE_MOVEMENT = (
    Intent.WHY,
    Intent.MUSCLES,
    Intent.FEEL_WHERE,
    Intent.CHECK_FORM,
    Intent.FOR_ME,
)
line = LINES.say


def library_with(*doses: Dose) -> Library:
    """Made-up movements, and what the shipped library knows."""
    made_up = library_of(*doses)
    return Library(made_up.exercises, made_up.routines, knowledge=SHIPPED.knowledge)


def rig_of(*doses: Dose) -> Rig:
    return Rig(library_with(*(doses or (Dose(hold_s=30, reps=2, reset_s=12),))))


def shipped(exercise: str) -> Rig:
    """A session of one shipped movement, waiting for "ready"."""
    rig = Rig(SHIPPED)
    rig.hear(Intent.START_EXERCISE, exercise=exercise)
    rig.run_until(Phase.WAITING)
    return rig


def asked(rig: Rig, intent: Intent, **slots) -> str:
    """What is said at once to a question."""
    before = len(rig.orders)
    rig.hear(intent, **slots)
    said = [a for _, a in rig.orders[before:] if hasattr(a, "parts")]
    return " ".join(said[-1].parts) if said else ""


# The movement --------------------------------------------------------------------------------


def test_why_tells_what_the_movement_is_good_for():
    assert asked(shipped("glute_bridge"), Intent.WHY) == SHIPPED.exercises["glute_bridge"].why


def test_muscles_are_named_as_a_sum():
    said = asked(shipped("glute_bridge"), Intent.MUSCLES)
    assert said == "It works your buttocks, backs of the thighs and lower back."


def test_where_to_feel_it_is_told():
    said = asked(shipped("glute_bridge"), Intent.FEEL_WHERE)
    assert said == SHIPPED.exercises["glute_bridge"].feel


def test_movement_without_a_feel_is_felt_in_its_muscles():
    rig = rig_of()
    rig.start()
    rig.run_until(Phase.WAITING)
    assert asked(rig, Intent.FEEL_WHERE) == "Mostly in your back."


def test_form_is_checked_by_asking_since_the_coach_cannot_see():
    rig = shipped("plank")
    one, other = SHIPPED.exercises["plank"].self_checks
    assert asked(rig, Intent.CHECK_FORM) == f"{line('cannot_see')} {one}"
    assert asked(rig, Intent.TELL_MORE) == other


def test_self_checks_take_turns():
    rig = shipped("plank")
    one, other = SHIPPED.exercises["plank"].self_checks
    assert one in asked(rig, Intent.CHECK_FORM)
    assert other in asked(rig, Intent.CHECK_FORM)


@pytest.mark.parametrize(("word", "answer"), [(Intent.YES, "check_yes"), (Intent.NO, "check_no")])
def test_yes_and_no_answer_a_self_check_and_begin_nothing(word: Intent, answer: str):
    rig = shipped("plank")
    asked(rig, Intent.CHECK_FORM)
    rig.run(4)
    assert asked(rig, word) == line(answer)
    assert rig.phase is Phase.WAITING


def test_yes_means_ready_again_once_the_self_check_is_answered_or_old():
    rig = shipped("plank")
    asked(rig, Intent.CHECK_FORM)
    asked(rig, Intent.YES)
    rig.hear(Intent.YES)
    assert rig.phase is Phase.LEAD_IN
    rig = shipped("plank")
    asked(rig, Intent.CHECK_FORM)
    rig.run(60)
    rig.hear(Intent.YES)
    assert rig.phase is Phase.LEAD_IN


def test_yes_answers_a_self_check_that_had_to_wait_for_the_rest():
    rig = rig_of()
    rig.hold()
    rig.run(26)
    asked(rig, Intent.CHECK_FORM)
    rig.run_until(Phase.REST)
    rig.run(5)
    assert "Is it so?" in rig.last_words
    assert asked(rig, Intent.YES) == line("check_yes")


def test_another_question_puts_the_self_check_off():
    rig = shipped("plank")
    asked(rig, Intent.CHECK_FORM)
    asked(rig, Intent.WHY)
    rig.hear(Intent.YES)
    assert rig.phase is Phase.LEAD_IN


def test_whether_it_is_good_for_somebody_is_said_with_what_speaks_against_it():
    rig = shipped("knee_to_chest")
    said = asked(rig, Intent.FOR_ME)
    for _ in range(6):
        said += " " + asked(rig, Intent.TELL_MORE)
    assert said.startswith(line("cannot_examine"))
    for contraindication in SHIPPED.exercises["knee_to_chest"].contraindications:
        assert contraindication.say in said
    assert said.count(line("if_it_hurts")) == 1


def test_movement_that_nothing_speaks_against_is_said_to_be_so():
    rig = rig_of()
    rig.start()
    rig.run_until(Phase.WAITING)
    assert line("nothing_against") in asked(rig, Intent.FOR_ME)


@pytest.mark.parametrize("intent", ABOUT_THE_MOVEMENT)
@pytest.mark.parametrize("exercise", SHIPPED.exercises)
def test_every_answer_has_at_most_two_sentences(intent: Intent, exercise: str):
    rig = shipped(exercise)
    said = asked(rig, intent)
    while said != line("nothing_more"):
        assert 1 <= len(sentences(said)) <= PAGE_SENTENCES
        said = asked(rig, Intent.TELL_MORE)


# Backs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_topic_is_told_two_sentences_at_a_time_to_its_end(topic):
    rig = rig_of()
    said = [asked(rig, Intent.ASK_TOPIC, topic=topic.id)]
    while said[-1] != line("nothing_more"):
        assert len(sentences(said[-1])) <= PAGE_SENTENCES
        said.append(asked(rig, Intent.TELL_MORE))
    assert " ".join(said[:-1]) == " ".join(topic.answer)


def test_unknown_topic_is_said_to_be_unknown():
    assert asked(rig_of(), Intent.ASK_TOPIC, topic="juggling") == line("nothing_known")
    rig = Rig(library_of(Dose(hold_s=5)))
    assert asked(rig, Intent.TIP) == line("nothing_known")


def test_more_of_nothing_asks_for_a_question_and_in_a_session_tells_why():
    assert asked(rig_of(), Intent.TELL_MORE) == line("ask_first")
    rig = shipped("plank")
    assert asked(rig, Intent.TELL_MORE) == SHIPPED.exercises["plank"].why


def test_more_is_about_this_movement_not_about_the_last():
    rig = Rig(library_with(Dose(hold_s=8), Dose(hold_s=8)))
    rig.start()
    rig.run_until(Phase.WAITING)
    asked(rig, Intent.CHECK_FORM)
    rig.hear(Intent.NEXT)
    rig.run_until(Phase.WAITING)
    assert asked(rig, Intent.TELL_MORE) == "To be tested."


def test_pardon_repeats_the_answer():
    rig = rig_of()
    said = asked(rig, Intent.ASK_TOPIC, topic="sleep")
    assert asked(rig, Intent.REPEAT) == said


def test_why_and_muscles_make_sense_where_nothing_runs():
    rig = rig_of()
    knowledge = SHIPPED.knowledge
    for intent, topic in ((Intent.WHY, "importance"), (Intent.MUSCLES, "muscles")):
        assert asked(rig, intent) == " ".join(knowledge.topic(topic).answer[:2])


def test_tips_do_not_repeat_until_all_were_told_also_over_sessions():
    tips = SHIPPED.knowledge.tips
    profile = NOBODY
    told: list[str] = []
    for _ in range(2 * len(tips) + 1):
        rig = Rig(library_with(Dose(hold_s=5)), profile=profile)
        rig.hear(Intent.TIP)
        [fact] = rig.facts(TipTold)
        profile = profile.after(fact, 0.0)
        told.append(fact.tip)
    assert sorted(told[: len(tips)]) == sorted(tip.id for tip in tips)
    assert told[len(tips) : 2 * len(tips)] == told[: len(tips)]


def test_tips_go_on_in_one_run():
    rig = rig_of()
    said = {asked(rig, Intent.TIP) for _ in SHIPPED.knowledge.tips}
    assert len(said) == len(SHIPPED.knowledge.tips)


def test_a_tip_that_was_taken_out_of_the_library_is_no_trouble():
    tips = SHIPPED.knowledge.tips
    profile = NOBODY
    for at_s, tip in enumerate(["gone", *(tip.id for tip in tips)]):
        profile = profile.after(TipTold(at_s, tip), 0.0)
    rig = Rig(library_with(Dose(hold_s=5)), profile=profile)
    assert asked(rig, Intent.TIP) == " ".join(tips[0].text)


# In a hold -----------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_topic_in_a_hold_is_one_short_line_and_more_follows_in_the_rest(topic):
    rig = rig_of()
    rig.hold()
    rig.run(17)
    assert asked(rig, Intent.ASK_TOPIC, topic=topic.id) == topic.short
    assert len(topic.short.split()) <= HOLD_WORDS
    rig.run_until(Phase.REST)
    rig.run(0.1)
    assert asked(rig, Intent.TELL_MORE) == " ".join(topic.answer[:2])


@pytest.mark.parametrize("intent", ABOUT_THE_MOVEMENT)
@pytest.mark.parametrize("exercise", SHIPPED.exercises)
def test_question_in_a_hold_gets_a_short_line_or_waits(intent: Intent, exercise: str):
    rig = shipped(exercise)
    rig.hear(Intent.READY)
    rig.run_until(Phase.HOLD)
    rig.run(0.1)
    said = asked(rig, intent)
    assert rig.phase is Phase.HOLD
    for sentence in sentences(said) if said else ():
        assert len(sentence.split()) <= HOLD_WORDS
    if not said:
        assert rig.tones(rig.now)[0][0] is Tone.HEARD


def test_answer_with_no_room_before_the_countdown_waits_for_the_rest():
    rig = rig_of()
    rig.hold()
    rig.run(26)
    assert asked(rig, Intent.ASK_TOPIC, topic="sleep") == ""
    assert rig.tones(rig.now)[0] == (Tone.HEARD, 0.0)
    rig.run_until(Phase.REST)
    rig.run(1)
    topic = SHIPPED.knowledge.topic("sleep")
    assert rig.speech(rig.now - 2)[0].text.startswith(" ".join(topic.answer[:2]))


def test_where_the_whole_answer_does_not_fit_the_rest_has_the_short_one():
    rig = rig_of(Dose(hold_s=30, reps=2, reset_s=5))
    rig.hold()
    rig.run(26)
    asked(rig, Intent.ASK_TOPIC, topic="sleep")
    rig.run_until(Phase.REST)
    rig.run(1)
    topic = SHIPPED.knowledge.topic("sleep")
    assert topic.short in rig.speech(rig.now - 2)[0].text
