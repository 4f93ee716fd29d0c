"""What the coach knows about backs: the file, its errors, and its fit with what can be asked."""

import pytest

from assistant.coach.intents import Intent
from assistant.errors import LibraryError
from assistant.library import load_library
from assistant.library.knowledge import NOTHING_KNOWN, load_knowledge, read_knowledge, sentences
from assistant.nlu import load_phrasebook

KNOWLEDGE = load_knowledge()
GOOD = """
topics:
  - id: sleep
    short: On your side.
    answer: [Lie on your side.]
tips:
  - id: pillow
    text: [Try a pillow.]
"""


def test_file_is_read_with_its_topics_and_tips():
    knowledge = read_knowledge(GOOD.encode(), "f")
    assert knowledge.topic("sleep").answer == ("Lie on your side.",)
    assert knowledge.topic("walking") is None
    assert list(knowledge.texts()) == ["On your side.", "Lie on your side.", "Try a pillow."]


@pytest.mark.parametrize(
    ("old", "new", "place", "message", "mend"),
    [
        ("short:", "shrot:", "f:4", "unknown field 'shrot'", "'short'"),
        ("    short: On your side.\n", "", "f:3", "'short' is missing", "Add short"),
        ("Lie on your side.", "Lie on your side. Rest.", "f:5", "answer[0] is", "one sentence"),
        ("Lie on your side.", "lie on your side", "f:5", "answer[0] is", "one sentence"),
        ("[Lie on your side.]", "[]", "f:5", "answer is an empty list", "at least 1 item"),
        ("[Lie on your side.]", "Lie.", "f:5", "answer is 'Lie.'", "Write a list"),
        ("text: [Try a pillow.]", "text: [A., B., C.]", "f:8", "text is", "at most 2 items"),
        ("id: sleep", "id: Sleep", "f:3", "id is 'Sleep'", "lower-case"),
        (
            "tips:\n",
            "tips:\n  - id: pillow\n    text: [Another.]\n",
            "f",
            "the tip 'pillow' is there twice",
            "id of its own",
        ),
    ],
)
def test_wrong_file_is_refused_with_place_and_mend(
    old: str, new: str, place: str, message: str, mend: str
):
    with pytest.raises(LibraryError) as caught:
        read_knowledge(GOOD.replace(old, new, 1).encode(), "f")
    assert caught.value.place.startswith(place)
    assert message in caught.value.problem
    assert mend in caught.value.mend


def test_every_problem_of_a_file_is_told_at_once():
    wrong = GOOD.replace("On your side.", "5").replace("[Try a pillow.]", "[]")
    with pytest.raises(LibraryError) as caught:
        read_knowledge(wrong.encode(), "f")
    assert "f:4" in str(caught.value)
    assert "f:8" in str(caught.value)


def test_language_without_a_file_knows_nothing():
    assert load_knowledge("xx") is NOTHING_KNOWN


def test_shipped_library_brings_its_knowledge():
    assert load_library().knowledge == KNOWLEDGE
    assert len(KNOWLEDGE.tips) >= 12


def test_what_is_known_and_what_can_be_asked_are_the_same():
    commands = load_phrasebook("en", {"plank": "plank"}, {"stretches": "stretches"}).commands
    asked = {c.slots.topic for c in commands.values() if c.intent is Intent.ASK_TOPIC}
    assert asked == {topic.id for topic in KNOWLEDGE.topics}


def test_the_articles_subjects_are_all_there():
    """Importance, muscles, benefits, problems, principles, each habit, and when to see someone."""
    assert {topic.id for topic in KNOWLEDGE.topics} == {
        "importance",
        "muscles",
        "benefits",
        "weak_back",
        "principles",
        "stretching",
        "posture",
        "walking",
        "sleep",
        "breaks",
        "bending",
        "when_to_see",
    }


def test_when_to_see_someone_names_the_worst_in_its_first_two_sentences_and_its_sources():
    topic = KNOWLEDGE.topic("when_to_see")
    assert "emergency" in " ".join(topic.answer[:2])
    assert {"bladder", "chest", "fever", "accident"} <= {
        word.strip(".,") for sentence in topic.answer for word in sentence.split()
    }
    assert any("NHS" in source for source in topic.sources)


def test_text_is_split_into_its_sentences():
    assert sentences("One. Is it two? Three.") == ("One.", "Is it two?", "Three.")
