"""The day that `earshot bench soak` simulates, its person, and what is made of it."""

import numpy as np
import pytest

from assistant.app import load_world
from assistant.bench.figures import Findings
from assistant.bench.registry import BENCHES, load_bench
from assistant.bench.soak.bench import HOURS, Course, Soak, findings
from assistant.bench.soak.day import FAULTS, Kind, drawn_day
from assistant.bench.soak.person import BEGINNINGS, PATIENCE_S, TRIES, Person, Tally
from assistant.cli.options import hours
from assistant.coach.events import Heard
from assistant.coach.phases import Phase
from assistant.config import load_settings
from assistant.rehearsal.surroundings import Surroundings


def test_the_soak_is_one_of_the_benches():
    assert isinstance(load_bench("soak"), Soak)
    assert "resources" in BENCHES


# The day ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("length_h", [0.1, 1.0, 5.0, 24.0])
def test_of_everything_something_happens_and_in_order(length_h):
    day = drawn_day(length_h, seed=1)
    assert {happens.kind for happens in day} == set(Kind)
    assert [x.at_s for x in day] == sorted(x.at_s for x in day)
    assert day[0].at_s > 0
    assert day[-1].at_s < 3600 * length_h


def test_the_same_seed_is_the_same_day():
    assert drawn_day(24, seed=3) == drawn_day(24, seed=3) != drawn_day(24, seed=4)


def test_a_whole_day_has_eight_sessions_and_an_hour_of_talk():
    day = drawn_day(24, seed=1)
    assert sum(x.kind is Kind.SESSION for x in day) == 8
    assert 3000 < sum(x.length_s for x in day if x.kind is Kind.TALK) < 5000
    assert sum(x.kind in FAULTS for x in day) >= 16


@pytest.mark.parametrize("given", ["0", "nonsense", "-1", "nan", "100000"])
def test_hours_that_make_no_day_are_refused(given):
    with pytest.raises(Exception, match="is not between"):
        hours(given)


# The person ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def phrasebook(tmp_path_factory):
    config = tmp_path_factory.mktemp("config")
    return load_world(load_settings(config_dir=config)).phrasebook


@pytest.fixture
def tally():
    return Tally()


@pytest.fixture
def person(phrasebook, tally):
    return Person(phrasebook, Surroundings(np.zeros(320, np.float32)), 1, tally)


def heard(said, t):
    return Heard(at=t, intent=said.command.intent, slots=said.command.slots)


def test_a_session_is_begun_and_gone_along_with(person, tally):
    assert person.due(0.0, Phase.IDLE, 0.0, is_timed=False) is None
    person.lead()
    begun = person.due(1.0, Phase.IDLE, 0.0, is_timed=False)
    assert begun.text == BEGINNINGS[0]
    person.hear_out(heard(begun, 3.0), 3.0)
    assert person.due(5.0, Phase.EXPLAINING, 4.0, is_timed=False) is None
    assert person.due(11.0, Phase.WAITING, 10.0, is_timed=False) is None
    said = person.due(12.0, Phase.WAITING, 10.0, is_timed=False)
    assert said.text == "i'm ready"
    person.hear_out(heard(said, 13.0), 13.0)
    assert person.due(20.0, Phase.REP, 15.0, is_timed=True) is None
    assert person.due(20.0, Phase.REP, 15.0, is_timed=False).text == "done"
    assert (tally.commands, tally.missed, tally.taken) == (3, [], [])


def test_what_is_not_understood_is_said_again_and_counts_once(person, tally):
    person.lead()
    t = 0.0
    for _ in range(TRIES):
        said = person.due(t, Phase.IDLE, 0.0, is_timed=False)
        t = said.ends_s + PATIENCE_S
        person.hear_out(None, t)
        assert person.due(t + 0.5, Phase.IDLE, 0.0, is_timed=False) is None
        t += 1.1
    assert tally.commands == 1
    assert tally.missed == [BEGINNINGS[0]]
    assert person.due(t, Phase.IDLE, 0.0, is_timed=False) is None  # waits a while
    assert person.due(t + 20, Phase.IDLE, 0.0, is_timed=False).text == BEGINNINGS[0]


def test_a_command_that_nobody_said_is_taken_wrongly(person, tally, phrasebook):
    stop = phrasebook.parse("stop")
    person.hear_out(Heard(at=1.0, intent=stop.intent, slots=stop.slots), 1.0)
    assert tally.taken == ["stop for 'nothing'"]
    assert tally.commands == 0


def test_after_the_sessions_end_the_person_is_silent(person):
    person.lead()
    person.hear_out(heard(person.due(0.0, Phase.IDLE, 0.0, is_timed=False), 2.0), 2.0)
    assert person.due(30.0, Phase.WAITING, 20.0, is_timed=False) is not None
    person.now = None
    assert person.due(60.0, Phase.DONE, 50.0, is_timed=False) is None
    assert not person.is_leading


# The figures -----------------------------------------------------------------------------------


def course(**changes: object) -> Course:
    fields = {"hours": HOURS, "tally": Tally(10), "wanted": 8, "begun": 8, "ended": 8, "kept": 8}
    return Course(**(fields | {"memory_mb": [150.0] * 32} | changes))


def values(found: Findings) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in found.figures}


def test_a_good_day_meets_every_target():
    assert findings(course()).is_met


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"ended": 7, "kept": 7}, {"sessions lost", "sessions led to an end"}),
        ({"kept": 7}, {"sessions lost"}),
        ({"stuck": 1}, {"sessions lost"}),
        ({"false_starts": 1}, {"false starts"}),
        ({"memory_mb": [150.0] * 16 + [152.0] * 16}, {"memory growth"}),
    ],
)
def test_a_bad_day_misses_the_target_that_it_should(changes, missed):
    found = findings(course(**changes))
    assert {figure.name for figure in found.figures if not figure.is_met} == missed


def test_growth_of_a_short_day_is_told_and_not_judged():
    found = findings(course(hours=1.0, memory_mb=[150.0] * 16 + [152.0] * 16))
    assert values(found)["memory growth"] == 2.0
    assert found.is_met
