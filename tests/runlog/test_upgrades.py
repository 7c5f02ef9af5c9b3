"""Logs of every schema version that shipped still open, with everything that is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from core import events as ev
from core.analysis.summary import summarise
from core.runlog import follower, upgrades
from core.runlog.follower import Follower, read_events

LOGS = Path(__file__).parent / "logs"


def test_every_version_that_shipped_has_its_step_and_its_file():
    assert set(upgrades.STEPS) == set(range(1, ev.SCHEMA_VERSION))
    assert {path.name for path in LOGS.iterdir()} == {f"v{n}" for n in range(1, ev.SCHEMA_VERSION + 1)}


@pytest.mark.parametrize("version", range(1, ev.SCHEMA_VERSION + 1))
def test_a_log_of_every_version_opens_and_sums_up_the_same(version):
    log = Follower(LOGS / f"v{version}" / "events.jsonl")
    events = log.poll()
    assert log.bad_lines == []
    assert log.torn_bytes > 0
    assert [event.seq for event in events] == list(range(1, 44))
    assert events[-1] == ev.UnknownEvent(
        name="coffee_served", seq=43, timestamp=events[-2].timestamp, elapsed_s=events[-2].elapsed_s
    )
    figures = summarise(events)
    assert (figures.joined, figures.finished, figures.games, figures.ended_reason) == (4, 2, 1, "drained")
    assert [step.max_p2p_rtt_ms for step in figures.threshold_history] == [150, 250]


def test_nothing_that_stands_in_a_log_of_version_1_is_lost():
    path = LOGS / "v1" / "events.jsonl"
    raw = [msgspec.json.decode(line) for line in path.read_bytes().split(b"\n")[:-1]]
    for line, event in zip(raw, read_events(path), strict=True):
        if isinstance(event, ev.UnknownEvent):
            continue
        assert _holds(msgspec.to_builtins(event), line), line


def _holds(understood: Any, written: Any) -> bool:
    """Whether everything that was written is there; fields that came later may stand beside it, at any depth."""
    if isinstance(written, dict):
        return isinstance(understood, dict) and all(
            key in understood and _holds(understood[key], value) for key, value in written.items()
        )
    if isinstance(written, list):
        same_length = isinstance(understood, list) and len(understood) == len(written)
        return same_length and all(map(_holds, understood, written))
    return bool(understood == written)


def test_steps_are_taken_one_after_the_other():
    steps = {
        1: lambda event: event | {"path": [*event.get("path", []), "1→2"]},
        2: lambda event: event | {"path": [*event["path"], "2→3"]},
    }
    assert upgrades.upgrade({"n": 1}, 1, steps=steps, current=3) == {"n": 1, "path": ["1→2", "2→3"]}
    assert upgrades.upgrade({"path": []}, 2, steps=steps, current=3) == {"path": ["2→3"]}
    assert upgrades.upgrade({"n": 1}, 3, steps=steps, current=3) == {"n": 1}
    assert upgrades.upgrade({"n": 1}, 9, steps=steps, current=3) == {"n": 1}


def test_an_old_log_is_read_through_the_steps(tmp_path, monkeypatch):
    def rename(event: dict) -> dict:
        if event["event_type"] == "someone_came":
            return event | {"event_type": "participant_joined", "subject_id": event["who"]}
        return event

    monkeypatch.setitem(upgrades.STEPS, ev.SCHEMA_VERSION, rename)
    monkeypatch.setattr(follower, "SCHEMA_VERSION", ev.SCHEMA_VERSION + 1)
    monkeypatch.setattr(
        follower, "upgrade", lambda event, version: upgrades.upgrade(event, version, current=ev.SCHEMA_VERSION + 1)
    )
    path = tmp_path / "events.jsonl"
    path.write_text(
        f'{{"event_type":"run_started","run_id":"r","schema_version":{ev.SCHEMA_VERSION}}}\n'
        '{"event_type":"someone_came","who":"ana"}\n{"event_type":"someone_came"}\n{"event_type":"waitroom_entered",'
        '"subject_id":"ana","scene_id":"s"}\n'
    )
    log = Follower(path)
    assert [type(event) for event in log.poll()] == [ev.RunStarted, ev.ParticipantJoined, ev.WaitroomEntered]
    [(number, problem)] = log.bad_lines
    assert number == 3
    assert "who" in problem


def test_a_log_of_a_newer_program_opens_as_far_as_it_is_understood(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(
        '{"event_type":"run_started","run_id":"r","schema_version":99,"new":1}\n'
        '{"event_type":"participant_joined","subject_id":"ana"}\n{"event_type":"teleported","subject_id":"ana"}\n'
    )
    types = [type(event) for event in read_events(path)]
    assert types == [ev.RunStarted, ev.ParticipantJoined, ev.UnknownEvent]


@pytest.mark.parametrize("version", ["0", "-3", '"two"', "null", "true"])
def test_a_version_that_is_none_does_not_stop_reading(tmp_path, version):
    path = tmp_path / "events.jsonl"
    path.write_text(
        f'{{"event_type":"run_started","run_id":"r","schema_version":{version}}}\n'
        '{"event_type":"participant_joined","subject_id":"ana"}\n'
    )
    assert isinstance(read_events(path)[-1], ev.ParticipantJoined)
