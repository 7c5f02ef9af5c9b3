"""The short way through a log comes to the figures of the long one, whatever the log is like."""

from __future__ import annotations

import json
import random
from pathlib import Path

import msgspec
import pytest

from core import events as ev
from core.analysis.runs import quick_summary
from core.analysis.runs.quick_summary import ListFigures, QuickSummary
from core.analysis.summary import summarise
from core.clock import VirtualClock
from core.runlog import follower as following
from core.runlog.event_logger import EventLogger
from core.runlog.files import LogReadError
from core.runlog.follower import Follower
from tests.projections.stories import busy_session
from tests.runlog import stories

_encode = msgspec.json.Encoder().encode


def lines_of(events: list[ev.Event]) -> list[bytes]:
    return [_encode(event) + b"\n" for event in events]


def story(tmp_path) -> list[bytes]:
    """One of every type of event."""
    path, clock = tmp_path / "story.jsonl", VirtualClock(stories.START_UNIX_S)
    with EventLogger(path, clock=clock) as logger:
        stories.write(logger, clock)
    return path.read_bytes().splitlines(keepends=True)


def session() -> list[bytes]:
    return lines_of(busy_session().events)


def quick(path) -> ListFigures:
    summary = QuickSummary(path)
    assert summary.read()
    return summary.figures()


def the_long_way(path) -> ListFigures:
    """By Follower and summarise."""
    follower = Follower(path)
    found = summarise(follower.poll())
    names = [name for name in ListFigures.__struct_fields__ if hasattr(found, name)]
    return ListFigures(
        **{name: getattr(found, name) for name in names},
        thresholds=[step.max_p2p_rtt_ms for step in found.threshold_history],
        bad_lines=follower.bad_line_count,
        problems=[f"line {number}: {problem}" for number, problem in follower.bad_lines[:3]],
        torn_bytes=follower.torn_bytes,
    )


def spoilt(lines: list[bytes], how: str) -> bytes:
    """A log as it should not be."""
    middle = len(lines) // 2
    whole = b"".join(lines)
    probe = next(line for line in lines if b'"probe_completed"' in line)
    big = json.dumps(
        {"event_type": "game_data", "game_id": "g", "scene_id": "s", "subject_id": "p", "data": "x" * 10**7}
    )
    without = {key: value for key, value in json.loads(probe).items() if key != "rtt_ms"}
    return {
        "whole": whole,
        "empty": b"",
        "torn": whole[:-40],
        "one byte short": whole[:-1],
        "cut at its beginning": whole[70:],
        "two lines in one": b"".join([*lines[:middle], lines[middle].rstrip(), *lines[middle:]]),
        "blank lines": b"\n\n".join(lines) + b"  \n\n",
        "Windows' ends of lines": whole.replace(b"\n", b"\r\n"),
        "a byte order mark": b"\xef\xbb\xbf" + whole,
        "nonsense": b"".join([*lines[:3], b"%PDF-1.7 \x00\xff\n", b"[1, 2]\n", b"null\n", *lines[3:]]),
        "bytes that are no text": whole.replace(b'"subject_id":"', b'"subject_id":"\xff', 1),
        "foreign": b'{"level": "info"}\n' * 50,
        "unknown types": b'{"event_type":"tea_served","reason":7,"elapsed_s":9999}\n' + whole,
        "JSON with blanks": b"".join(json.dumps(json.loads(line)).encode() + b"\n" for line in lines),
        "10 MB in a line": b"".join([*lines[:5], big.encode(), b"\n", *lines[5:]]),
        "a bad run_started": b'{"event_type":"run_started"}\n' + whole,
        "a probe without its figure": json.dumps(without).encode() + b"\n" + whole,
        "nested too deeply": b'{"event_type":"game_data","data":' + b"[" * 5000 + b"\n" + whole,
        "twice": whole + whole,
    }[how]


@pytest.mark.parametrize("log", [story, lambda _: session()], ids=["every type", "a busy session"])
@pytest.mark.parametrize(
    "how",
    [
        "whole", "empty", "torn", "one byte short", "cut at its beginning", "two lines in one", "blank lines",
        "Windows' ends of lines", "a byte order mark", "nonsense", "bytes that are no text", "foreign", "unknown types",
        "JSON with blanks", "10 MB in a line", "a bad run_started", "a probe without its figure", "nested too deeply",
        "twice",
    ],
)  # fmt: skip
def test_it_counts_as_the_long_way_does(tmp_path, log, how):
    path = tmp_path / "events.jsonl"
    path.write_bytes(spoilt(log(tmp_path), how))
    assert quick(path) == the_long_way(path)


@pytest.mark.parametrize("log", sorted((Path(stories.__file__).parent / "logs").glob("*/events.jsonl")), ids=str)
def test_logs_of_every_version_that_shipped_count_alike(log):
    assert quick(log) == the_long_way(log)
    assert quick(log).matches


@pytest.mark.parametrize("seed", range(5))
def test_a_log_read_while_it_grows_has_the_same_figures(tmp_path, monkeypatch, seed):
    monkeypatch.setattr(quick_summary, "_BLOCK_BYTES", 700)
    whole, path, chance = b"".join(session()), tmp_path / "events.jsonl", random.Random(seed)
    summary = QuickSummary(path)
    assert summary.read()  # not there yet
    written = 0
    with path.open("ab", buffering=0) as file:
        while written < len(whole):
            piece = whole[written : written + chance.randrange(1, 4000)]
            file.write(piece)
            written += len(piece)
            assert summary.read()
            if chance.random() < 0.05:
                assert summary.figures() == the_long_way(path)
    assert summary.figures() == the_long_way(path)


def test_a_log_that_is_written_anew_is_read_anew(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(session()))
    summary = QuickSummary(path)
    summary.read()
    path.write_bytes(b"".join(story(tmp_path)))
    summary.read()
    assert summary.figures() == the_long_way(path)
    path.unlink()
    summary.read()
    assert summary.figures() == ListFigures()


def test_a_log_of_another_version_is_upgraded_first(tmp_path, monkeypatch):
    def joined_was_came(event: dict[str, object], _version: int) -> dict[str, object]:
        return event | {"event_type": "participant_joined"} if event["event_type"] == "participant_came" else event

    monkeypatch.setattr(following, "upgrade", joined_was_came)
    path = tmp_path / "events.jsonl"
    old = b"".join(session()).replace(b'"participant_joined"', b'"participant_came"')
    path.write_bytes(old.replace(b'"schema_version":1', b'"schema_version":0') + b"nonsense\n{")
    assert quick(path) == the_long_way(path)
    path.write_bytes(old.replace(b'"schema_version":1', b'"schema_version":3') + b"nonsense\n{")
    found = quick(path)
    assert found == the_long_way(path)
    assert found.joined
    assert (found.bad_lines, found.torn_bytes) == (1, 1)


def test_it_stops_when_it_is_told_and_goes_on_from_there(tmp_path, monkeypatch):
    monkeypatch.setattr(quick_summary, "_BLOCK_BYTES", 700)
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(session()))
    summary = QuickSummary(path)
    assert not summary.read(lambda: True)
    assert 0 < summary.offset < path.stat().st_size
    assert summary.read()
    assert summary.figures() == the_long_way(path)


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(LogReadError, match="Check that it"):
        QuickSummary(tmp_path).read()
