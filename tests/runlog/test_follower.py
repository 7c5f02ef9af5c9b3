"""Reading a log while it grows, after it broke, and whatever stands in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as ev
from core.clock import VirtualClock
from core.runlog.event_logger import EventLogger
from core.runlog.files import LogReadError
from core.runlog.follower import Follower, read_events
from tests.runlog import stories

JOINED = b'{"event_type":"participant_joined","seq":1,"timestamp":2.0,"elapsed_s":3.0,"subject_id":"ana"}'


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "events.jsonl"
    clock = VirtualClock()
    with EventLogger(path, clock=clock) as logger:
        stories.write(logger, clock)
    return path.read_bytes()


def written(path: Path, content: bytes) -> Follower:
    path.write_bytes(content)
    return Follower(path)


def test_from_every_byte_a_log_can_be_taken_up_again(tmp_path, whole):
    path = tmp_path / "events.jsonl"
    expected = written(path, whole).poll()
    assert len(expected) == len(stories.session())
    for cut in range(len(whole) + 1):
        follower = written(path, whole[:cut])
        before = follower.poll()
        assert len(before) == whole[:cut].count(b"\n")
        assert follower.offset == whole[:cut].rfind(b"\n") + 1
        assert follower.torn_bytes == cut - follower.offset
        assert follower.caught_up
        with path.open("ab") as file:
            file.write(whole[cut:])
        assert before + follower.poll() == expected
        assert follower.bad_lines == []
        assert follower.offset == len(whole)


def test_a_log_that_is_not_there_yet(tmp_path):
    follower = Follower(str(tmp_path / "events.jsonl"))
    assert not follower.caught_up
    assert follower.poll() == []
    assert follower.caught_up
    follower.path.write_bytes(JOINED + b"\n")
    assert [event.seq for event in follower.poll()] == [1]
    assert follower.poll() == []


def test_follower_and_logger_side_by_side(tmp_path):
    with EventLogger(logs_dir=tmp_path, run_id="r") as logger:
        follower = Follower(logger.path)
        for n in range(50):
            event = logger.append(ev.ParticipantJoined(subject_id=f"p{n}"))
            assert follower.poll() == [event]


def test_a_budget_of_no_time_still_takes_a_line_and_never_loses_one(tmp_path, whole, monkeypatch):
    monkeypatch.setattr("core.runlog.follower._BLOCK_BYTES", 10)
    follower = written(tmp_path / "events.jsonl", whole)
    taken = []
    while not follower.caught_up:
        some = follower.poll(budget_s=0.0)
        assert len(some) <= 1
        taken += some
    assert taken == read_events(follower.path)


def test_types_of_a_newer_program_are_kept_by_name(tmp_path):
    line = b'{"event_type":"coffee_served","seq":7,"timestamp":2.5,"elapsed_s":1.5,"cups":[1,{"a":null}]}\n'
    follower = written(tmp_path / "x", line + b'{"event_type":"unknown"}\n')
    assert follower.poll() == [
        ev.UnknownEvent(name="coffee_served", seq=7, timestamp=2.5, elapsed_s=1.5),
        ev.UnknownEvent(name="unknown"),
    ]
    assert follower.bad_lines == []


def test_fields_of_a_newer_program_are_passed_over(tmp_path):
    [event] = written(tmp_path / "x", JOINED[:-1] + b',"shoe_size":43}\n').poll()
    assert event == ev.ParticipantJoined(subject_id="ana", seq=1, timestamp=2.0, elapsed_s=3.0)


@pytest.mark.parametrize(
    "broken",
    [
        b"garbage",
        b"\x00\x00\x00\x00",
        b"\xff\xfe\x00",
        b"[1, 2]",
        b"null",
        b"{}",
        b'{"event_type": 3}',
        b'{"event_type": "participant_joined", "seq": 1}',
        b'{"event_type": "participant_joined", "subject_id": 5}',
        b'{"event_type": "nobody_knows", "seq": "first"}',
        b'{"event_type": "nobody_knows"',
        b'{"event_type": "page_completed", "subject_id": "a", "scene_id": "s", "data": ' + b"[" * 100_000,
        JOINED + JOINED,
    ],
)
@pytest.mark.parametrize("start", [b"", b'{"event_type":"run_started","run_id":"r","schema_version":1}\n'])
def test_a_broken_line_is_counted_and_hides_nothing(tmp_path, broken, start):
    follower = written(tmp_path / "x", start + JOINED + b"\n" + broken + b"\n" + JOINED + b"\n")
    assert [type(event) for event in follower.poll()][-2:] == [ev.ParticipantJoined, ev.ParticipantJoined]
    [(number, problem)] = follower.bad_lines
    assert number == start.count(b"\n") + 2
    assert 0 < len(problem) < 300


def test_a_byte_order_mark_and_other_line_ends_are_tolerated(tmp_path):
    follower = written(tmp_path / "x", b"\xef\xbb\xbf" + JOINED + b"\r\n\r\n \n" + JOINED + b"\n")
    assert len(follower.poll()) == 2
    assert follower.bad_lines == []


def test_lines_of_a_megabyte(tmp_path):
    text = "ü" * 500_000
    with EventLogger(tmp_path / "x.jsonl") as logger:
        for _ in range(3):
            logger.append(ev.PageCompleted(subject_id="a", scene_id="s", data=text))
    follower = Follower(logger.path)
    assert [event.data == text for event in follower.poll()] == [True, True, True]


def test_of_endless_garbage_only_the_first_lines_are_kept_but_all_are_counted(tmp_path):
    follower = written(tmp_path / "x", b"?\n" * 3000)
    assert follower.poll() == []
    assert (len(follower.bad_lines), follower.bad_line_count) == (1000, 3000)


def test_a_log_that_was_cleared_is_read_from_its_start(tmp_path):
    follower = written(tmp_path / "x", (JOINED + b"\n") * 3)
    assert len(follower.poll()) == 3
    follower.path.write_bytes(JOINED + b"\n")
    assert len(follower.poll()) == 1
    assert "shorter" in follower.bad_lines[0][1]


def test_a_log_that_cannot_be_read_says_so_and_is_tried_again(tmp_path):
    path = tmp_path / "events.jsonl"
    path.mkdir()
    follower = Follower(path)
    with pytest.raises(LogReadError, match=r"Could not read .*events\.jsonl"):
        follower.poll()
    path.rmdir()
    path.write_bytes(JOINED + b"\n")
    assert len(follower.poll()) == 1


def test_read_events_wants_a_file(tmp_path):
    with pytest.raises(LogReadError, match="There is no log at"):
        read_events(tmp_path / "events.jsonl")


@given(content=st.binary(max_size=2000), cut=st.integers(0, 2000))
def test_whatever_bytes_stand_in_a_log_reading_goes_on(tmp_path_factory, content, cut):
    path = tmp_path_factory.getbasetemp() / "garbage.jsonl"
    follower = written(path, content[:cut])
    follower.poll()
    with path.open("ab") as file:
        file.write(content[cut:] + b"\n" + JOINED + b"\n")
    assert isinstance(follower.poll()[-1], ev.ParticipantJoined)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=20,
)


@given(data=json_values, subject_id=st.text())
def test_whatever_a_page_sends_reads_back_the_same(tmp_path_factory, data, subject_id):
    path = tmp_path_factory.getbasetemp() / "page.jsonl"
    with EventLogger(path, fsync=False) as logger:
        event = logger.append(ev.PageCompleted(subject_id=subject_id, scene_id="s", data=data))
        as_dict = logger.log("page", {"data": data, "subject_id": subject_id})
    assert read_events(path)[0] == event
    assert json.loads(path.read_bytes().split(b"\n")[1])["data"] == as_dict["data"]
