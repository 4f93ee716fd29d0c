"""The cache of spoken lines, over a counting engine."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import VoiceError
from assistant.sound import Clip
from assistant.tts.cache import CachedVoice

RATE_HZ = 22_050


class CountingEngine:
    """Gives each order a noise of its own and notes what was asked of it."""

    def __init__(self, seconds: float = 0.1) -> None:
        self.orders: list[tuple[str, int]] = []
        self.is_closed = False
        self._seconds = seconds
        self._inside = threading.Lock()

    def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
        if not self._inside.acquire(blocking=False):
            raise AssertionError("two threads are in the engine at once")
        try:
            self.orders.append((text, rate_wpm))
            seed = sum(text.encode()) * 1000 + rate_wpm
            count = round(self._seconds * RATE_HZ)
            samples = np.random.default_rng(seed).uniform(-1, 1, count)
            return Clip(samples.astype(np.float32), RATE_HZ)
        finally:
            self._inside.release()

    def close(self) -> None:
        self.is_closed = True


class SilentlyFailingEngine:
    def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
        raise VoiceError(f"no sound for {text!r}")

    def close(self) -> None:
        pass


def cached(
    engine: CountingEngine,
    folder: Path | None,
    *,
    memory_bytes: int = 2**20,
    disk_bytes: int = 2**20,
) -> CachedVoice:
    return CachedVoice(
        engine, folder, "counting", "en-us", memory_bytes=memory_bytes, disk_bytes=disk_bytes
    )


def the_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_line_is_rendered_once() -> None:
    engine = CountingEngine()
    voice = cached(engine, None)
    first = voice.render("Press.", rate_wpm=155)
    assert voice.render("Press.", rate_wpm=155) is first
    assert engine.orders == [("Press.", 155)]


def test_line_comes_from_disk_in_a_later_run_and_sounds_the_same(tmp_path: Path) -> None:
    first = cached(CountingEngine(), tmp_path).render("Press.", rate_wpm=155)
    engine = CountingEngine()
    later = cached(engine, tmp_path).render("Press.", rate_wpm=155)
    assert engine.orders == []
    assert later.rate_hz == first.rate_hz
    np.testing.assert_array_equal(later.samples, first.samples)
    assert later.samples.dtype == np.float32


def test_stored_sound_is_within_one_step_of_the_engines(tmp_path: Path) -> None:
    raw = CountingEngine().render("Press.", rate_wpm=155)
    stored = cached(CountingEngine(), tmp_path).render("Press.", rate_wpm=155)
    assert np.abs(stored.samples - raw.samples).max() <= 1 / 32767


@pytest.mark.parametrize(
    ("identity", "order"),
    [
        (("other", "1", "en-us"), ("Press.", 155)),
        (("counting", "2", "en-us"), ("Press.", 155)),
        (("counting", "1", "en-gb"), ("Press.", 155)),
        (("counting", "1", None), ("Press.", 155)),
        (("counting", "1", "en-us"), ("Press.", 156)),
        (("counting", "1", "en-us"), ("Press", 155)),
    ],
)
def test_whatever_shapes_the_sound_is_part_of_the_key(
    tmp_path: Path, identity: tuple[str, str, str | None], order: tuple[str, int]
) -> None:
    first = CachedVoice(CountingEngine(), tmp_path, "counting", "en-us", engine_version="1")
    first.render("Press.", rate_wpm=155)
    engine = CountingEngine()
    name, version, voice = identity
    text, rate_wpm = order
    CachedVoice(engine, tmp_path, name, voice, engine_version=version).render(
        text, rate_wpm=rate_wpm
    )
    assert engine.orders == [order]


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"",
        lambda raw: raw[:44],
        lambda raw: raw[:-1000],
        lambda raw: raw[:2000] + bytes(len(raw) - 2000),
        lambda raw: raw[:1000] + bytes([raw[1000] ^ 1]) + raw[1001:],
        lambda raw: bytes(len(raw)),
    ],
    ids=["empty", "header only", "cut off", "zeros after a page", "one bit", "all zeros"],
)
def test_damaged_file_is_rendered_anew_and_replaced(
    tmp_path: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(damage)
    good = cached(CountingEngine(), tmp_path).render("Press.", rate_wpm=155)
    path = the_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    engine = CountingEngine()
    again = cached(engine, tmp_path).render("Press.", rate_wpm=155)
    assert engine.orders == [("Press.", 155)]
    np.testing.assert_array_equal(again.samples, good.samples)
    assert the_file(tmp_path).read_bytes() == whole
    assert "damaged" in caplog.text


def test_memory_forgets_the_least_recently_used_line_first() -> None:
    engine = CountingEngine(seconds=0.1)  # 8820 bytes a line
    voice = cached(engine, None, memory_bytes=3 * 8820)
    for text in ("a", "b", "c", "a", "d", "a", "c", "b"):
        voice.render(text, rate_wpm=155)
    assert [text for text, _ in engine.orders] == ["a", "b", "c", "d", "b"]


def test_line_larger_than_the_memory_is_still_spoken() -> None:
    voice = cached(CountingEngine(), None, memory_bytes=100)
    assert voice.render("a", rate_wpm=155).duration_s == pytest.approx(0.1)
    assert voice.render("b", rate_wpm=155).duration_s == pytest.approx(0.1)


def test_disk_stays_within_its_bound_and_keeps_the_newest_and_the_users_own_files(
    tmp_path: Path,
) -> None:
    (tmp_path / "holiday.wav").write_bytes(bytes(100_000))
    size = 44 + 2 * 2205 + 8
    voice = cached(CountingEngine(), tmp_path, disk_bytes=5 * size)
    for number in range(12):
        voice.render(f"line {number}", rate_wpm=155)
    kept = [p for p in tmp_path.iterdir() if p.name != "holiday.wav"]
    assert (tmp_path / "holiday.wav").exists()
    assert 0 < sum(p.stat().st_size for p in kept) <= 5 * size
    engine = CountingEngine()
    cached(engine, tmp_path).render("line 11", rate_wpm=155)
    assert engine.orders == []


def test_bound_counts_the_files_of_earlier_runs(tmp_path: Path) -> None:
    size = 44 + 2 * 2205 + 8
    for number in range(8):
        voice = cached(CountingEngine(), tmp_path, disk_bytes=5 * size)
        voice.render(f"line {number}", rate_wpm=155)
    assert len(list(tmp_path.iterdir())) <= 5


def test_no_half_written_file_stays_behind(tmp_path: Path) -> None:
    cached(CountingEngine(), tmp_path / "new" / "folder").render("Press.", rate_wpm=155)
    assert the_file(tmp_path / "new" / "folder").suffix == ".wav"


def test_folder_that_cannot_be_written_is_told_once_and_memory_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "a-file"
    in_the_way.write_text("")
    engine = CountingEngine()
    voice = cached(engine, in_the_way / "voice")
    with caplog.at_level(logging.WARNING):
        for text in ("a", "b", "a", "b"):
            voice.render(text, rate_wpm=155)
    assert len(engine.orders) == 2
    assert len(caplog.records) == 1
    assert str(in_the_way) in caplog.text


def test_a_named_folder_that_cannot_be_written_is_refused_by_name(tmp_path: Path) -> None:
    in_the_way = tmp_path / "a-file"
    in_the_way.write_text("")
    with pytest.raises(VoiceError, match="a-file") as caught:
        cached(CountingEngine(), in_the_way / "voice").check_writable()
    assert caught.value.mend


def test_check_of_a_writable_folder_leaves_nothing_in_it(tmp_path: Path) -> None:
    cached(CountingEngine(), tmp_path / "voice").check_writable()
    assert list((tmp_path / "voice").iterdir()) == []


def test_prepare_tells_lengths_and_renders_each_line_once() -> None:
    engine = CountingEngine(seconds=0.25)
    lengths = cached(engine, None).prepare(["a", "b", "a"], 140)
    assert lengths == {"a": pytest.approx(0.25, abs=1e-4), "b": pytest.approx(0.25, abs=1e-4)}
    assert engine.orders == [("a", 140), ("b", 140)]


def test_many_threads_share_one_engine_one_at_a_time(tmp_path: Path) -> None:
    engine = CountingEngine()
    voice = cached(engine, tmp_path)
    texts = [f"line {number % 5}" for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        clips = list(pool.map(lambda text: voice.render(text, rate_wpm=155), texts))
    assert len(engine.orders) == 5
    for text, clip in zip(texts, clips, strict=True):
        assert clip is voice.render(text, rate_wpm=155)


def test_second_thread_waits_outside_the_engine() -> None:
    meeting = threading.Barrier(2)

    class MeetingEngine(CountingEngine):
        met = False

        def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
            with suppress(threading.BrokenBarrierError):
                meeting.wait(0.2)  # passes only when two threads are in here at once
                self.met = True
            return CountingEngine().render(text, rate_wpm=rate_wpm)

    engine = MeetingEngine()
    voice = cached(engine, None)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda text: voice.render(text, rate_wpm=155), ("a", "b")))
    assert not engine.met


def test_cached_line_does_not_wait_for_a_line_being_rendered() -> None:
    may_go_on = threading.Event()

    class SlowEngine(CountingEngine):
        def render(self, text: str, *, rate_wpm: int, voice: str = "") -> Clip:
            if text == "slow":
                may_go_on.wait(10)
            return super().render(text, rate_wpm=rate_wpm)

    voice = cached(SlowEngine(), None)
    voice.render("quick", rate_wpm=155)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(voice.render, "slow", rate_wpm=155)
        started_s = time.monotonic()
        voice.render("quick", rate_wpm=155)
        assert time.monotonic() - started_s < 5
        assert not slow.done()
        may_go_on.set()


def test_shared_clips_cannot_be_changed(tmp_path: Path) -> None:
    clip = cached(CountingEngine(), tmp_path).render("Press.", rate_wpm=155)
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 0


def test_failure_of_the_engine_is_passed_on_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match=r"Press\."):
        CachedVoice(SilentlyFailingEngine(), tmp_path, "counting", "en-us").render(
            "Press.", rate_wpm=155
        )
    assert list(tmp_path.iterdir()) == []


def test_close_frees_the_engine() -> None:
    engine = CountingEngine()
    cached(engine, None).close()
    assert engine.is_closed
