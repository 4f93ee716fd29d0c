"""Where a sound server has put our streams, by what it tells."""

import pytest

from assistant.audio.routes import Routes, routes_of

OURS, OTHERS = 4711, 815


def listing(source: int, sink: int, *, process_id: int = OURS, stand_in: str = "auto_null") -> dict:
    """What `pactl -f json list` prints (PulseAudio 16.1), as far as it matters."""
    ours = {"application.process.id": str(process_id)}
    return {
        "sources": [
            {"index": 0, "name": "speaker.monitor", "properties": {"device.class": "monitor"}},
            {"index": 2, "name": "mic", "properties": {"device.class": "sound"}},
            {"index": 3, "name": "remapped", "properties": {}},
        ],
        "sinks": [{"index": 0, "name": "speaker"}, {"index": 1, "name": stand_in}],
        "source_outputs": [{"source": 0, "properties": {}}, {"source": source, "properties": ours}],
        "sink_inputs": [{"sink": sink, "properties": ours}],
    }


@pytest.mark.parametrize(
    ("source", "sink", "expected"),
    [
        (2, 0, Routes()),
        (3, 0, Routes()),
        (0, 0, Routes(hears_itself=True)),
        (2, 1, Routes(plays_to_nobody=True)),
        (0, 1, Routes(hears_itself=True, plays_to_nobody=True)),
    ],
)
def test_streams_on_a_monitor_or_a_stand_in_reach_nobody(source, sink, expected):
    assert routes_of(listing(source, sink), OURS) == expected


def test_streams_of_other_programs_are_none_of_ours():
    assert routes_of(listing(0, 1, process_id=OTHERS), OURS) == Routes()


def test_monitor_that_was_chosen_by_name_counts_as_a_microphone():
    assert routes_of(listing(0, 0), OURS, wanted_source="speaker.monitor") == Routes()


def test_listing_of_another_shape_is_refused():
    with pytest.raises(KeyError):
        routes_of({"sources": []}, OURS)
