"""Small languages of our own: what is accepted, and what each slip is answered with."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.coach.intents import Command, Intent, Side, Slots
from assistant.errors import IntentsError
from assistant.nlu import Phrasebook, load_phrasebook, weight

EXERCISES = {"plank": "plank", "side plank": "side_plank"}
ROUTINES = {"stretches": "stretches"}

Load = Callable[[str], Phrasebook]


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    folder = tmp_path / "intents" / "en"
    folder.mkdir(parents=True)
    return folder / "mine.yaml"


@pytest.fixture
def load(user_file: Path, tmp_path: Path) -> Load:
    """Load the shipped sentences with a user's file of the given text."""

    def load_with(text: str) -> Phrasebook:
        user_file.write_text(text, encoding="utf-8")
        return load_phrasebook("en", EXERCISES, ROUTINES, user_dir=tmp_path)

    return load_with


def _file(sentence: str, intent: str = "stop", rest: str = "") -> str:
    return (
        f"language: en\nintents:\n  {intent}:\n    data:\n"
        f'      - sentences:\n          - "{sentence}"\n{rest}'
    )


def test_a_users_sentence_is_added_to_the_shipped_ones(load: Load) -> None:
    book = load(_file("enough [of] that"))
    assert book.parse("enough of that") == Command(Intent.STOP)
    assert book.parse("stop") == Command(Intent.STOP)


def test_a_users_sentence_may_use_shipped_lists_and_rules(load: Load) -> None:
    book = load(_file("stay {seconds} <bit>", "hold_longer"))
    expected = Command(Intent.HOLD_LONGER, Slots(seconds=12))
    assert book.parse("stay twelve a little") == expected


def test_a_users_sentence_may_have_lists_and_rules_of_its_own(load: Load) -> None:
    rest = (
        "lists:\n  way:\n    values:\n      - {in: port, out: left}\n"
        "expansion_rules:\n  to: '(to|towards)'\n"
    )
    book = load(_file("<to> {way:side}", "choose_side", rest))
    assert book.parse("towards port") == Command(Intent.CHOOSE_SIDE, Slots(side=Side.LEFT))


def test_yes_and_no_are_words_without_quotes(load: Load) -> None:
    book = load("language: en\nintents:\n  yes:\n    data:\n      - sentences: [on, aye]\n")
    assert book.parse("on") == Command(Intent.YES)


def test_parts_in_any_order_are_expanded(load: Load) -> None:
    book = load(_file("(halt;at once)"))
    assert book.parse("halt at once") == book.parse("at once halt") == Command(Intent.STOP)


def test_a_folder_without_sentences_of_the_user_changes_nothing(tmp_path: Path) -> None:
    shipped = load_phrasebook("en", EXERCISES, ROUTINES)
    assert load_phrasebook("en", EXERCISES, ROUTINES, user_dir=tmp_path / "none") == shipped


@pytest.mark.parametrize("text", ["STOP", "  stop ", "Stop\n", "stop\tnow", "What\u2019s next"])
def test_case_spaces_and_curly_apostrophes_do_not_matter(load: Load, text: str) -> None:
    assert load(_file("halt")).parse(text) is not None


def test_only_a_whole_phrase_has_a_meaning(load: Load) -> None:
    book = load(_file("halt"))
    for text in ("halt [unk]", "[unk] halt", "please halt that thing", "hal", "halts"):
        assert book.parse(text) is None


def test_fewer_words_weigh_more() -> None:
    weights = [
        weight(phrase) for phrase in ("stop", "stop now", "stop it now", "a b c d", "a b " * 9)
    ]
    assert weights == sorted(weights, reverse=True)
    assert 10 <= weights[0] <= 50
    assert weights[-1] == 1


def test_a_language_without_sentences_names_those_that_have() -> None:
    with pytest.raises(IntentsError, match=r"no sentences for the language 'tlh'.*Known: en"):
        load_phrasebook("tlh", EXERCISES, ROUTINES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("language: en\nintents: {stop: [\n", r"mine.yaml:\d: not readable as YAML"),
        ("intents:\n\t- x\n", r"mine.yaml:2: not readable as YAML"),
        (_file("halt") + _file("halt").split("\n", 1)[1], "'intents' stands here twice"),
        ("language: en\n[stop]: {}\n", "mine.yaml:2: .*brackets stand before a colon"),
        ("a: " + "[" * 3_000 + "]" * 3_000, "mine.yaml.*: not readable as YAML"),
        ("", "the file is None"),
        ("- stop\n", "the file is .*dictionary"),
        ("intents: {}\n", "language is .*required"),
        ("language: de\n", "language is 'de' in a folder for 'en'.*Write 'language: en'"),
        ("language: en\nintent: {}\n", "intent is .*not permitted"),
        (_file("halt", "stopp"), "mine.yaml:3: unknown intent 'stopp'. Did you mean 'stop'"),
        (_file("halt", "xyzzy"), "unknown intent 'xyzzy'. Known: "),
        (_file(" "), r"sentences.0 is ' '.*at least 1"),
        (_file("a" * 401), r"sentences.0 is 'aaa.*at most 400"),
        ("language: en\nintents: {stop: {data: [{sentences: []}]}}\n", "sentences is .*at least 1"),
        (_file("[please] [halt]"), "'.please. .halt.' can be said by saying nothing"),
        (_file("halt ()"), "mine.yaml:6: empty brackets in 'halt ..'"),
        (_file("halt (now"), "mine.yaml:6: the brackets or signs of 'halt .now' do not fit"),
        (_file("halt|stay;now"), "signs of .* do not fit.*in brackets of their own"),
        (_file("halt now]"), "of 'halt now.' do not fit"),
        (_file("halt 2 times"), "mine.yaml:6: '2' in 'halt 2 times' is not a word.*in words"),
        (_file("halt!"), "'halt!' in 'halt!' is not a word"),
        (_file("half-way"), "'half-way' in 'half-way' is not a word"),
        (_file("do {exercises}", "start_exercise"), "unknown list '{exercises}'.*'exercise'"),
        (_file("halt <pleas>"), "unknown rule '<pleas>'"),
        (
            _file("<a>", rest="expansion_rules: {a: x <b>, b: y <a>}\n"),
            r"rule '<a>' refers to itself \(a > b > a\)",
        ),
        (
            _file("{any}", rest="lists: {any: {wildcard: true}}\n"),
            "lists.any is .*a wildcard has no words",
        ),
        (
            _file("{any}", rest="lists: {any: {range: {from: 1, to: 9}}}\n"),
            "lists.any is .*written in digits",
        ),
        ("language: en\nlists: {side: {values: [port]}}\n", "list 'side' is defined already"),
        ("language: en\nlists: {routine: {values: [mine]}}\n", "list 'routine' is defined already"),
        ("language: en\nexpansion_rules: {bit: some}\n", "rule 'bit' is defined already"),
        (_file("halt {seconds}"), "stop takes no slot 'seconds'"),
        (_file("x {seconds:secs}", "hold_longer"), "no slot 'secs'.*Did you mean 'seconds'"),
        (_file("my favourites", "start_routine"), "names no routine, and start_routine needs one"),
        (_file("{side:side} {side}", "only_side"), "gives side two values, 'left' and 'right'"),
        (
            _file("my usual", "start_routine", "        slots: {routine: streches}\n"),
            "no routine has the id 'streches'. Did you mean 'stretches'",
        ),
        (
            _file("that one", "choose_side", "        slots: {side: up}\n"),
            "a slot of 'that one' has a wrong value: 'up'",
        ),
        (
            _file("ages", "hold_longer", "        slots: {seconds: 6000}\n"),
            "wrong value: 6000 is not from 1 to 3600",
        ),
        (_file("pause"), r"mine.yaml:6: 'pause' means both pause \('pause .*session.yaml:\d"),
        (_file("hold on"), "'hold on' means both pause .*session.yaml:.* and stop"),
        (
            _file("{seconds} {seconds:seconds} {seconds} {seconds}", "hold_longer"),
            "stands for 12,117,361 phrases of .* 20,000 is the most",
        ),
        (
            _file("<d>", rest="expansion_rules: {a: (x|y);(x|y), b: <a> <a> <a> <a>, "
                  "c: <b> <b> <b> <b>, d: <c> <c> <c> <c>}\n"),
            "'<d>' stands for [0-9,]{50,} phrases",
        ),
    ],
)  # fmt: skip
def test_a_slip_is_named_with_its_place_and_mend(
    load: Load, user_file: Path, text: str, message: str
) -> None:
    with pytest.raises(IntentsError, match=message) as caught:
        load(text)
    assert caught.value.place.startswith(str(user_file))
    assert caught.value.mend


def test_bytes_that_are_not_utf_8_are_named(user_file: Path, tmp_path: Path) -> None:
    user_file.write_bytes(b"language: en\n# caf\xe9\n")
    with pytest.raises(IntentsError, match="byte 18 is not UTF-8"):
        load_phrasebook("en", EXERCISES, ROUTINES, user_dir=tmp_path)


def test_a_folder_in_the_place_of_a_file_is_named(user_file: Path, tmp_path: Path) -> None:
    user_file.mkdir()
    with pytest.raises(IntentsError, match=r"mine.yaml: cannot be read"):
        load_phrasebook("en", EXERCISES, ROUTINES, user_dir=tmp_path)


def test_an_exercise_and_a_routine_of_one_name_collide() -> None:
    with pytest.raises(IntentsError, match=r"plank' means both start_routine .*rename"):
        load_phrasebook("en", EXERCISES, {"plank": "planks"})


def test_a_library_without_routines_still_has_its_other_commands() -> None:
    book = load_phrasebook("en", EXERCISES, {})
    assert book.parse("stop") == Command(Intent.STOP)
    assert Intent.START_ROUTINE not in {c.intent for c in book.commands.values()}
