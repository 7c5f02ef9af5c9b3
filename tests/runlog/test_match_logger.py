"""The files that say who was put together."""

from __future__ import annotations

import dataclasses
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from core import events as ev
from core.clock import VirtualClock
from core.runlog import files
from core.runlog.event_logger import EventLogger, LogWriteError
from core.runlog.match_logger import MATCH_LOGS_DIR, MatchAssignment, MatchAssignmentLogger
from tests.waiting import PATIENCE_S


@dataclass
class Candidate:
    subject_id: str
    rtt_ms: float | None = None


class FIFOMatchmaker:
    """Stands for any matchmaker class."""


class Aggregator:
    def __init__(self, path: Path | None = None) -> None:
        self.calls: list[tuple[str, dict]] = []
        self.path = path
        self.lines_then = 0

    def log_activity(self, event_type, details):
        self.calls.append((event_type, details))
        self.lines_then = len(self.path.read_bytes().splitlines()) if self.path else 0


PAIR = [Candidate("ana", 21.5), Candidate("bo")]


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_match_is_one_line_of_its_scenes_file(tmp_path):
    logger = MatchAssignmentLogger(match_logs_dir=tmp_path / "match_logs", clock=VirtualClock(start_unix_s=5.0))
    assignment = logger.log_match("play", "game1", PAIR, "FIFOMatchmaker", p2p_rtt_ms=88.25, max_p2p_rtt_ms=150)
    expected = {
        "timestamp": 5.0,
        "scene_id": "play",
        "game_id": "game1",
        "participants": [{"subject_id": "ana", "rtt_ms": 21.5}, {"subject_id": "bo", "rtt_ms": None}],
        "matchmaker_class": "FIFOMatchmaker",
        "p2p_rtt_ms": 88.25,
        "max_p2p_rtt_ms": 150,
        "forced": False,
    }
    assert lines(tmp_path / "match_logs" / "play_matches.jsonl") == [expected]
    assert dataclasses.asdict(assignment) == expected
    with pytest.raises(dataclasses.FrozenInstanceError):
        assignment.game_id = "other"


def test_an_assignment_needs_only_what_every_match_has():
    assignment = MatchAssignment(1.0, "play", "game1", [{"subject_id": "ana", "rtt_ms": None}], "FIFOMatchmaker")
    assert (assignment.p2p_rtt_ms, assignment.max_p2p_rtt_ms, assignment.forced) == (None, None, False)
    assert MATCH_LOGS_DIR == "data/match_logs"


def test_matches_are_appended_and_scenes_kept_apart(tmp_path):
    for game_id in ("g1", "g2"):
        logger = MatchAssignmentLogger(match_logs_dir=str(tmp_path))
        logger.log_match("one", game_id, PAIR, FIFOMatchmaker, timestamp=9.0)
    logger.log_match("two", "g3", PAIR, FIFOMatchmaker(), forced=True)
    assert [(line["game_id"], line["timestamp"]) for line in lines(tmp_path / "one_matches.jsonl")] == [
        ("g1", 9.0),
        ("g2", 9.0),
    ]
    [line] = lines(tmp_path / "two_matches.jsonl")
    assert (line["matchmaker_class"], line["forced"]) == ("FIFOMatchmaker", True)


def test_candidates_may_be_dicts_or_the_events_own(tmp_path):
    logger = MatchAssignmentLogger(match_logs_dir=tmp_path)
    assignment = logger.log_match(
        "play", "g", [{"subject_id": "ana", "rtt_ms": 3.0}, {"subject_id": "bo"}, ev.MatchedParticipant("cy", 4.0)], "X"
    )
    assert [person["rtt_ms"] for person in assignment.participants] == [3.0, None, 4.0]


def test_the_aggregator_hears_of_it_once_it_is_written(tmp_path):
    aggregator = Aggregator(tmp_path / "play_matches.jsonl")
    MatchAssignmentLogger(aggregator, tmp_path).log_match("play", "game1", PAIR, "FIFOMatchmaker", p2p_rtt_ms=88.25)
    assert aggregator.calls == [
        (
            "match_formed",
            {
                "game_id": "game1",
                "subjects": ["ana", "bo"],
                "rtts_ms": {"ana": 21.5, "bo": None},
                "matchmaker": "FIFOMatchmaker",
                "scene_id": "play",
                "p2p_rtt_ms": 88.25,
            },
        )
    ]
    assert aggregator.lines_then == 1


@pytest.mark.parametrize(
    ("scene_id", "file_name"),
    [
        ("play", "play_matches.jsonl"),
        ("Play-2.b_c", "Play-2.b_c_matches.jsonl"),
        ("../../etc/passwd", "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd_matches.jsonl"),
        ("a\\b:c", "a%5Cb%3Ac_matches.jsonl"),
        ("nul\0", "nul%00_matches.jsonl"),
        (".hidden", "%2Ehidden_matches.jsonl"),
        ("CON.x", "CON%2Ex_matches.jsonl"),
        ("Küche", "K%C3%BCche_matches.jsonl"),
        ("\ud800", "%ED%A0%80_matches.jsonl"),
    ],
)
def test_a_scene_id_is_never_a_path(tmp_path, scene_id, file_name):
    logger = MatchAssignmentLogger(match_logs_dir=tmp_path / "in")
    path = logger.path_for(scene_id)
    assert path == tmp_path / "in" / file_name
    path.touch()  # a name the system takes


def test_long_scene_ids_get_files_of_their_own(tmp_path):
    logger = MatchAssignmentLogger(match_logs_dir=tmp_path)
    for last in "ab":
        logger.log_match("x" * 500 + last, "g", PAIR, "F")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("scene_id", ["", None, 3])
def test_a_scene_without_a_name_is_refused(tmp_path, scene_id):
    with pytest.raises(ValueError, match="A scene id must be text"):
        MatchAssignmentLogger(match_logs_dir=tmp_path).log_match(scene_id, "g", PAIR, "F")
    assert list(tmp_path.iterdir()) == []


def test_a_torn_line_is_closed_not_written_into(tmp_path):
    (tmp_path / "play_matches.jsonl").write_bytes(b'{"timestamp":')
    MatchAssignmentLogger(match_logs_dir=tmp_path).log_match("play", "g", PAIR, "F")
    torn, line = (tmp_path / "play_matches.jsonl").read_bytes().splitlines()
    assert torn == b'{"timestamp":'
    assert json.loads(line)["game_id"] == "g"


def test_a_line_that_cannot_be_written_stops_the_match(tmp_path):
    aggregator = Aggregator()
    logger = MatchAssignmentLogger(aggregator, tmp_path)
    (tmp_path / "play_matches.jsonl").mkdir()
    with pytest.raises(LogWriteError, match=r"play_matches\.jsonl"):
        logger.log_match("play", "g", PAIR, "F")
    assert aggregator.calls == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said(tmp_path):
    (tmp_path / "play_matches.jsonl").symlink_to("/dev/full")
    with pytest.raises(LogWriteError, match="the disk is full"):
        MatchAssignmentLogger(match_logs_dir=tmp_path).log_match("play", "g", PAIR, "F")


def test_a_folder_that_cannot_be_made_is_said_at_once(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LogWriteError, match="a file stands where a folder"):
        MatchAssignmentLogger(match_logs_dir=tmp_path / "file" / "x")


def test_a_line_is_on_disk_when_log_match_returns(tmp_path, monkeypatch):
    forced = []
    monkeypatch.setattr(files, "sync_to_disk", lambda fd: forced.append(os.fstat(fd).st_size))
    MatchAssignmentLogger(match_logs_dir=tmp_path).log_match("play", "g", PAIR, "F")
    assert forced == [(tmp_path / "play_matches.jsonl").stat().st_size]


def test_the_event_logs_writer_forces_the_line_to_disk_before_the_matchs_event(tmp_path, monkeypatch):
    forced, on_disk = [], threading.Event()

    def force(fd: int) -> None:
        assert threading.current_thread() is not threading.main_thread()
        forced.append((os.fstat(fd).st_ino, os.fstat(fd).st_size))
        if os.fstat(fd).st_ino == log.path.stat().st_ino:
            on_disk.set()

    log = EventLogger(tmp_path / "events.jsonl")
    logger = MatchAssignmentLogger(match_logs_dir=tmp_path / "matches", force_later=log.force_too)
    monkeypatch.setattr(files, "sync_to_disk", force)
    logger.log_match("play", "g", PAIR, "F")
    assert forced == []
    log.append(ev.MatchFormed(game_id="g", scene_id="play", participants=[]))
    assert on_disk.wait(PATIENCE_S)  # without closing, and without waiting for the second that other events have
    assert forced == [(path.stat().st_ino, path.stat().st_size) for path in (logger.path_for("play"), log.path)]
    log.close()


def test_a_line_that_cannot_be_forced_to_disk_stops_the_log(tmp_path, monkeypatch):
    log = EventLogger(tmp_path / "events.jsonl")
    logger = MatchAssignmentLogger(match_logs_dir=tmp_path / "matches", force_later=log.force_too)
    logger.log_match("play", "g", PAIR, "F")

    def fail(fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files, "sync_to_disk", fail)
    log.append(ev.MatchFormed(game_id="g", scene_id="play", participants=[]))
    with pytest.raises(LogWriteError, match=r"play_matches\.jsonl"):
        log.close()
