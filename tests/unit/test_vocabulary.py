import json
from types import MappingProxyType

import pytest

from assistant.cli import main
from assistant.coach.intents import Command, Intent, Slots
from assistant.stt.sphinx_engine import SphinxRecogniser
from assistant.vocabulary.check import own_words, recombinations, sounds_alike, unknown_words
from assistant.vocabulary.phones import distance, near_pairs, pronounced

COMMANDS = MappingProxyType(
    {
        "stop": Command(Intent.STOP),
        "wait": Command(Intent.PAUSE),
        "weight": Command(Intent.HELP),
        "halt": Command(Intent.STOP),
        "go": Command(Intent.READY),
        "no": Command(Intent.NO),
        "help": Command(Intent.HELP),
        "help me": Command(Intent.EMERGENCY),
        "start": Command(Intent.START),
        "start savasana": Command(Intent.START_EXERCISE, Slots(exercise="savasana")),
        "eight": Command(Intent.NUMBER, Slots(count=8)),
        "hold longer": Command(Intent.HOLD_LONGER),
    }
)


@pytest.fixture(scope="module")
def sphinx() -> SphinxRecogniser:
    return SphinxRecogniser()


def test_phones_are_those_of_the_dictionary(sphinx):
    assert pronounced("go back", sphinx) == ("G", "OW", "B", "AE", "K")
    assert pronounced("go zzyzx", sphinx) is None


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("G OW", "N OW", 1),
        ("W EY T", "EY T", 1),
        ("S T AA P", "S T AA P", 0),
        ("", "AH", 1),
        ("L EH F T", "R AY T", 3),
    ],
)
def test_distance_counts_phones(one, other, apart):
    assert distance(tuple(one.split()), tuple(other.split())) == apart
    assert distance(tuple(other.split()), tuple(one.split())) == apart


def test_near_pairs_are_those_that_comparing_all_would_find(sphinx):
    words = ["go", "no", "wait", "eight", "weight", "stop", "top", "left", "less", "rest", "next"]
    sounds = {word: pronounced(word, sphinx) or () for word in words}
    by_force = {
        (a, b, distance(sounds[a], sounds[b]))
        for a in words
        for b in words
        if a < b and distance(sounds[a], sounds[b]) <= 1
    }
    assert set(near_pairs(sounds)) == by_force
    assert ("go", "no", 1) in by_force


def test_same_sound_with_two_meanings_is_a_problem_and_a_near_one_a_note(sphinx):
    found = {f.text.split(",")[0]: f.is_problem for f in sounds_alike(COMMANDS, sphinx)}
    assert found["“wait” and “weight” sound the same"] is True
    assert found["“go” and “no” are one sound apart"] is False
    assert not any("halt" in text for text in found)


def test_word_that_one_engine_lacks_is_a_note_and_that_both_lack_a_problem():
    knows = {"Vosk": {"stop"}.__contains__, "PocketSphinx": {"stop", "savasana"}.__contains__}
    found = list(unknown_words(["stop savasana", "stop zzyzx"], knows))
    assert [(f.is_problem, f.text) for f in found] == [
        (False, "Vosk cannot hear “savasana”"),
        (True, "Vosk and PocketSphinx cannot hear “zzyzx”"),
    ]
    assert all(f.suggestion for f in found)


def test_lines_that_hold_commands_are_listed():
    lines = ["Now stop.", "Lift up. Go! Hold longer.", "Eight breaths.", "Press the floor away."]
    found = [f.text for f in own_words(lines, COMMANDS)]
    assert found == [
        "“Lift up. Go! Hold longer.” has a part that is a command by itself: “go”, “hold longer”",
        "“stop” (stop) stands inside “Now stop.”",
    ]


def test_a_command_between_two_commas_is_one_by_itself():
    found = list(own_words(["Halfway, hold longer, and breathe."], COMMANDS))
    assert [f.text.rpartition(": ")[2] for f in found] == ["“hold longer”"]


def test_a_line_is_judged_as_it_is_spoken_with_its_places_filled_in():
    commands = COMMANDS | {"left side": Command(Intent.CHOOSE_SIDE)}
    found = list(own_words(["{side} side."], commands))
    assert [f.lines for f in found] == [("{side} side.",)]


def test_a_line_that_teaches_a_command_may_keep_it():
    told, taught = own_words(["Go, lift it there.", "You can say yes, go, or no."], COMMANDS)
    assert "instead of" in told.suggestion
    assert "keep it" in taught.suggestion


def test_a_word_in_many_lines_is_one_note_that_has_them_all():
    lines = [f"Breath {name} and stop there." for name in ("alpha", "bravo", "charlie", "delta")]
    (found,) = own_words(lines, COMMANDS)
    assert "and 1 more" in found.text
    assert found.lines == tuple(lines)


def test_phrase_that_turns_into_another_is_found(sphinx):
    found = list(recombinations(COMMANDS, sphinx, {"savasana"}.__contains__))
    assert [f.is_problem for f in found if "savasana" in f.text] == [True]
    assert [f.text for f in found if "help me" in f.text] == [
        "“help me” (emergency) is “help” if “me” is not heard, which is help"
    ]


def test_a_surer_phrase_of_the_same_meaning_is_suggested(sphinx):
    commands = COMMANDS | {
        "i'm ready": Command(Intent.READY),
        "i fell down": Command(Intent.EMERGENCY),
        "switch side": Command(Intent.SWITCH_SIDES),
        "which side": Command(Intent.WHICH_SIDE),
        "switch sides": Command(Intent.SWITCH_SIDES),
    }
    near = {f.text.split(" are ")[0]: f.suggestion for f in sounds_alike(commands, sphinx)}
    assert "“i'm ready” rather than “go”" in near["“go” and “no”"]
    assert "“switch sides” rather than “switch side”" in near["“switch side” and “which side”"]
    (lost,) = (f for f in recombinations(commands, sphinx, set().__contains__) if f)
    assert "“i fell down” rather than “help me”" in lost.suggestion


def test_shipped_sentences_have_no_problem(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert main(["check", "--json"]) == 0
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = {finding["kind"] for finding in findings}
    assert kinds >= {"sounds-alike", "own-words", "recombination"}
    assert all(finding["suggestion"] for finding in findings)


def test_shipped_sentences_of_several_words_are_told_apart(capsys, tmp_path):
    assert main(["--config-dir", str(tmp_path), "check", "--json"]) == 0
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    alike = [f["text"].split(" are ")[0] for f in findings if f["kind"] == "sounds-alike"]
    assert alike == [
        "“done” and “one”",
        "“eight” and “wait”",
        "“finish” and “finished”",
        "“go” and “no”",
        # Both halt the hold. In 20 utterances at 12 dB "stop this" was never taken for the other.
        "“stop this” and “swap this”",
    ]
    lost = {f["text"].split(" (")[0] for f in findings if f["kind"] == "recombination"}
    assert lost == {"“help me”", "“okay go”", "“go on”", "“i'm back”"}


def test_shipped_lines_say_no_command_between_two_pauses_but_to_teach_it(capsys, tmp_path):
    assert main(["--config-dir", str(tmp_path), "check", "--json"]) == 0
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    alone = [f for f in findings if "by itself" in f["text"]]
    assert alone
    assert all("keep it" in f["suggestion"] for f in alone), alone


def test_check_fails_where_a_users_sentence_sounds_like_another(capsys, tmp_path):
    folder = tmp_path / "intents" / "en"
    folder.mkdir(parents=True)
    sentences = (
        "language: en\nintents:\n  help:\n    data:\n      - sentences:\n          - weight\n"
    )
    (folder / "mine.yaml").write_text(sentences, encoding="utf-8")
    assert main(["--config-dir", str(tmp_path), "check"]) == 1
    out = capsys.readouterr().out
    assert "PROBLEM sounds-alike: “wait” and “weight” sound the same" in out
    assert "1 problems" in out
