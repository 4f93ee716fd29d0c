"""The shipped English sentences with the names of the shipped library."""

import pytest

from assistant.library import Library, load_library
from assistant.nlu import Phrasebook, load_phrasebook


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library("en")


@pytest.fixture(scope="session")
def exercises(library: Library) -> dict[str, str]:
    """Spoken name to id."""
    return {
        name: exercise.id
        for exercise in library.exercises.values()
        for name in (exercise.name, *exercise.aliases)
    }


@pytest.fixture(scope="session")
def routines(library: Library) -> dict[str, str]:
    """Spoken name to id."""
    return {
        name: routine.id
        for routine in library.routines.values()
        for name in (routine.name, *routine.aliases)
    }


@pytest.fixture(scope="session")
def english(exercises: dict[str, str], routines: dict[str, str]) -> Phrasebook:
    return load_phrasebook("en", exercises, routines)
