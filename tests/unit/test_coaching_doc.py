"""docs/coaching.md says what the library's files, the lines and the code say."""

from pathlib import Path

from assistant.coach.profile import RECURS_IN_SESSIONS, RECURS_WITHIN_S
from assistant.coach.progress import MILD_PAIN
from assistant.coach.redflags import PAIN_MODERATE, PAIN_SEVERE, RED_FLAGS, Urgency
from assistant.coach.screening import TAGS
from assistant.library import load_library, load_lines
from assistant.routines import dose_in_words

DOC = Path(__file__).parents[2] / "docs" / "coaching.md"
LIBRARY, LINES = load_library(), load_lines()


def dose_rows() -> list[str]:
    """Each movement's levels, as the table has them."""
    return [
        f"| {exercise.name} | {number} | {dose_in_words(level.dose)} | {level.source} |"
        for exercise in LIBRARY.exercises.values()
        for number, level in enumerate(exercise.levels, start=1)
    ]


def safety_lines() -> list[str]:
    """Each warning sign, as the table has them."""
    return [
        f"| {LINES.say(flag.question)} | {flag.urgency.value} | {LINES.say(flag.advice)} |"
        for flag in RED_FLAGS
    ]


def test_doses_and_their_sources_are_those_of_the_library() -> None:
    lines = DOC.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|")]
    missing = [row for row in dose_rows() if row not in rows]
    assert missing == []
    table = [row for row in rows if row.count("|") == 5 and row.split("|")[2].strip().isdigit()]
    assert table == dose_rows()


def test_warning_signs_and_their_advice_are_those_that_are_spoken() -> None:
    text = DOC.read_text(encoding="utf-8")
    assert [row for row in safety_lines() if row not in text] == []
    assert {flag.urgency for flag in RED_FLAGS} == set(Urgency)


def test_safety_text_and_questions_are_those_that_are_spoken() -> None:
    text = " ".join(DOC.read_text(encoding="utf-8").split())
    spoken = ["safety_notice", "safety_reviewed", "safety_opening", "pain_recurs", "emergency"]
    spoken += [f"screen_{tag}" for tag in TAGS]
    said = [LINES.texts[name].replace("{number}", "112") for name in spoken]
    assert [line for line in said if line not in text] == []


def test_figures_in_the_text_are_those_in_force() -> None:
    text = " ".join(DOC.read_text(encoding="utf-8").split())
    weeks = round(RECURS_WITHIN_S / (7 * 86400))
    assert (RECURS_IN_SESSIONS, weeks) == (3, 4)
    assert "three sessions within four weeks" in text
    for figure in (f"up to {MILD_PAIN}", f"From {PAIN_MODERATE}", f"From {PAIN_SEVERE}"):
        assert figure in text


def test_it_says_plainly_that_no_clinician_has_reviewed_it() -> None:
    assert "no clinician has reviewed" in DOC.read_text(encoding="utf-8")
