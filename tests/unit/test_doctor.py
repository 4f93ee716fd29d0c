"""The doctor's arithmetic and what is made of a measurement."""

import numpy as np
import pytest

from assistant.doctor import verdicts
from assistant.doctor.finding import (
    Finding,
    Verdict,
    as_dict,
    as_lines,
    has_problem,
    not_applicable,
    ok,
    problem,
    summary,
    warning,
)
from assistant.doctor.machine import Clock, lingering, sound_server
from assistant.doctor.sound import CHIRP_DBFS, Echo, Level, chirp, echo_in, level_of

OK, WARNING, PROBLEM, NONE = Verdict
RATE_HZ = 16_000
QUIET = Level(-60.0, -58.0, 0.0)
NOON_UTC_S = 1_775_000_000.0


def noise(seconds: float, dbfs: float) -> np.ndarray:
    samples = np.random.default_rng(1).normal(0.0, 10 ** (dbfs / 20), round(seconds * RATE_HZ))
    return samples.astype(np.float32)


def as_int16(samples: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)


# Arithmetic -----------------------------------------------------------------------------------


def test_level_of_noise_is_its_power_and_a_loud_part_stands_out():
    quiet, loud = noise(1.6, -60.0), noise(0.4, -20.0)
    level = level_of(as_int16(np.concatenate([quiet, loud])))
    assert level.loud_dbfs == pytest.approx(-20.0, abs=0.5)
    assert level.rms_dbfs == pytest.approx(-27.0, abs=0.5)
    assert level.clipped_share == 0.0


def test_digital_silence_and_no_sound_at_all_are_the_quietest():
    assert level_of(np.zeros(3200, np.int16)) == level_of(np.zeros(0, np.int16))


def test_what_is_cut_off_is_counted():
    assert level_of(as_int16(noise(1.0, 20.0))).clipped_share > 0.8


@pytest.mark.parametrize("delay_s", [-0.04, 0.0, 0.03, 0.3, 0.6])
@pytest.mark.parametrize("gain_db", [0.0, -30.0])
def test_echo_is_found_to_the_sample_in_a_noisy_room(delay_s: float, gain_db: float):
    after = round(0.4 * RATE_HZ)
    heard = noise(1.7, CHIRP_DBFS + gain_db - 3.0)
    begin = after + round(delay_s * RATE_HZ)
    heard[begin : begin + len(chirp())] += 10 ** (gain_db / 20) * chirp()
    found = echo_in(heard, after)
    assert found is not None
    assert found.delay_s == pytest.approx(delay_s, abs=1 / RATE_HZ)
    assert found.gain_db == pytest.approx(gain_db, abs=1.0)


@pytest.mark.parametrize("heard", [noise(1.7, -20.0), np.zeros(27_200, np.float32), noise(0.1, 0)])
def test_no_echo_is_found_where_there_is_none(heard: np.ndarray):
    assert echo_in(heard, 6400) is None


# Verdicts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("room", "word", "verdict"),
    [
        (QUIET, None, OK),
        (Level(-35.0, -33.0, 0.0), None, WARNING),
        (Level(-100.0, -100.0, 0.0), None, PROBLEM),
        (Level(-100.0, -100.0, 0.0), Level(-100.0, -100.0, 0.0), PROBLEM),
        (Level(-100.0, -100.0, 0.0), Level(-30.0, -20.0, 0.0), OK),
        (Level(-20.0, -10.0, 0.05), None, PROBLEM),
        (Level(-3.0, -2.0, 0.0), None, PROBLEM),
    ],
)
def test_room(room: Level, word: Level | None, verdict: Verdict):
    assert verdicts.of_room(room, word).verdict is verdict


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        (Level(-30.0, -20.0, 0.0), OK),
        (Level(-60.0, -58.0, 0.0), WARNING),
        (Level(-10.0, -4.0, 0.01), PROBLEM),
    ],
)
def test_spoken_line(word: Level, verdict: Verdict):
    assert verdicts.of_word(word, QUIET).verdict is verdict


@pytest.mark.parametrize(
    ("echo", "verdict"),
    [
        (Echo(0.04, -12.0), OK),
        (None, WARNING),
        (Echo(0.5, -12.0), WARNING),
        (Echo(-0.1, -12.0), WARNING),
        (Echo(0.04, 6.0), WARNING),
        (Echo(0.04, -60.0), WARNING),
    ],
)
def test_echo(echo: Echo | None, verdict: Verdict):
    assert verdicts.of_echo(echo).verdict is verdict


@pytest.mark.parametrize(
    ("free_mb", "verdict"), [(0.1, PROBLEM), (50, WARNING), (5000, OK), (50_000, OK)]
)
def test_disk(free_mb: float, verdict: Verdict):
    assert verdicts.of_disk("history", "/data", round(free_mb * 2**20)).verdict is verdict


@pytest.mark.parametrize(
    ("utc_s", "moved_s", "is_synchronised", "verdict"),
    [
        (NOON_UTC_S, 0.0, True, OK),
        (NOON_UTC_S, 0.0, None, OK),
        (NOON_UTC_S, 0.0, False, WARNING),
        (NOON_UTC_S, 3600.0, True, WARNING),
        (0.0, 0.0, None, PROBLEM),
        (1e11, 0.0, True, PROBLEM),
    ],
)
def test_clock(utc_s: float, moved_s: float, is_synchronised: bool | None, verdict: Verdict):
    assert verdicts.of_clock(utc_s, "then", moved_s, is_synchronised).verdict is verdict


@pytest.mark.parametrize(
    ("lingers", "has_service", "verdict"),
    [(True, True, OK), (False, True, PROBLEM), (False, False, NONE), (None, True, NONE)],
)
def test_lingering(lingers: bool | None, has_service: bool, verdict: Verdict):
    assert verdicts.of_lingering("me", lingers, has_service=has_service).verdict is verdict


@pytest.mark.parametrize(("count", "verdict"), [(0, OK), (2, WARNING), (50, PROBLEM)])
def test_losses(count: int, verdict: Verdict):
    assert verdicts.of_losses(count).verdict is verdict


def test_words_that_the_recogniser_lacks_are_a_warning():
    assert verdicts.of_recogniser("vosk", "small", ()).verdict is OK
    told = verdicts.of_recogniser("vosk", "small", ("vosk cannot hear: glute",))
    assert (told.verdict, "glute" in told.found) == (WARNING, True)


# What programs of the system print ------------------------------------------------------------

SERVER = "Server Name: PulseAudio (on PipeWire 0.3.65)\nDefault Sink: usb\nDefault Source: {}\n"


@pytest.mark.parametrize(
    ("source", "verdict"), [("usb_mic", OK), ("usb.monitor", PROBLEM), ("@NONE@", PROBLEM)]
)
def test_sound_server_is_named_and_one_without_a_microphone_is_a_problem(source, verdict):
    assert sound_server(lambda _: SERVER.format(source)).verdict is verdict


def test_no_sound_server_is_no_problem_where_none_is_expected(monkeypatch, tmp_path):
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert sound_server(lambda _: None).verdict is NONE
    (tmp_path / "pipewire-0").write_bytes(b"")
    assert sound_server(lambda _: None).verdict is PROBLEM


@pytest.mark.parametrize(("told", "verdict"), [("yes", OK), ("no", WARNING), (None, OK)])
def test_clock_asks_whether_the_network_sets_it(told, verdict):
    assert Clock(lambda _: told).check().verdict is verdict


def test_user_whom_logind_does_not_know_does_not_linger():
    known = {"list-users": "0 users listed."}
    assert "no service" in lingering(lambda command: known.get(command[1])).found
    assert "no logind" in lingering(lambda _: None).found


# How it is shown ------------------------------------------------------------------------------


def test_a_finding_is_a_line_with_its_mend_under_it():
    lines = as_lines(problem("echo", "none", "Turn it up.", gain_db=-60.12345))
    assert lines[0].split() == ["problem", "echo", "none"]
    assert lines[1].endswith("→ Turn it up.")
    assert len(as_lines(ok("echo", "heard"))) == 1


def test_machine_is_well_with_warnings_and_not_with_a_problem():
    fine: list[Finding] = [ok("a", "b"), warning("c", "d", "e"), not_applicable("f", "g")]
    assert not has_problem(fine)
    assert summary(fine) == "no problems, 1 warning."
    assert summary(fine[:1]) == "All is well."
    sick = [*fine, problem("h", "i", "j", level_dbfs=-60.123456)]
    assert has_problem(sick)
    found = as_dict(sick)
    assert found["well"] is False
    assert found["findings"][-1]["measured"] == {"level_dbfs": -60.1235}
