"""The operator is called when a rule of the experiment file says so, once, and the call ends by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core import events as ev
from core.experiment.experiment import Alerts
from core.runlog.event_logger import LogWriteError
from core.server.recorder import RunStopped
from core.server.wire import Refused
from tests.matching.playbook import Playbook

OFF: dict[str, Any] = {
    "waiting_s": None, "rejected_share": None, "probe_failure_share": None, "nobody_matchable": None,
    "loop_lag_ms": None, "disk_free_mb": None,
}  # fmt: skip


def book_with(folder: Path, rules: dict[str, Any], **settings: Any) -> Playbook:
    """Only these rules are on."""
    return Playbook(folder, alerts=Alerts(**{**OFF, **rules}), **settings)


def beat(book: Playbook, seconds: float = 5.0, **health: Any) -> None:
    """Time passes, and the engine reports its health, as it does every few seconds."""
    for _ in range(round(seconds / 5)):
        book.wait(5)
        book.engine.record(ev.EngineHealth(**{"loop_lag_ms": 1.0, **health}))
        book.turn()


def told(book: Playbook) -> list[tuple[str, str]]:
    """What was raised and cleared, in order."""
    return [
        ("raised" if isinstance(event, ev.AlertRaised) else "cleared", event.alert)
        for event in book.log
        if isinstance(event, ev.AlertRaised | ev.AlertCleared)
    ]


def test_somebody_waits_too_long_and_then_does_not(tmp_path: Path):
    book = book_with(tmp_path, {"waiting_s": 60.0})
    book.arrive("a")
    beat(book, 60)
    assert told(book) == []
    beat(book)
    raised = book.last(ev.AlertRaised)
    assert (raised.text, raised.subjects) == ("a has waited longer than 1:00.", ["a"])
    beat(book, 120)
    assert told(book) == [("raised", "waiting_long")]
    book.arrive("b")
    book.measure("a", "b", 40.0)
    beat(book)
    assert told(book) == [("raised", "waiting_long"), ("cleared", "waiting_long")]


def test_it_is_said_again_only_when_twice_as_many_wait(tmp_path: Path):
    book = book_with(tmp_path, {"waiting_s": 60.0})
    book.engine.pause_matching(True, by="maria")
    for subject_id in "abcde":
        book.arrive(subject_id)
        beat(book, 10)
    beat(book, 100)
    assert [event.text for event in book.all(ev.AlertRaised)] == [
        "a has waited longer than 1:00.",
        "a and b have waited longer than 1:00.",
        "4 people have waited longer than 1:00.",
    ]


def test_too_many_rejections_call_once_and_end_with_some_room(tmp_path: Path):
    book = book_with(tmp_path, {"rejected_share": 0.5, "at_least": 4, "window_s": 100.0})

    def reject(number: int) -> None:
        book.arrive(f"a{number}", f"b{number}")
        book.measure(f"a{number}", f"b{number}", 200.0)
        book.leave(f"a{number}")
        book.leave(f"b{number}")

    for number in range(3):
        reject(number)
    beat(book)
    assert told(book) == []
    reject(3)
    beat(book)
    assert told(book) == [("raised", "rejections")]
    assert book.last(ev.AlertRaised).text == (
        "100 % of 4 proposed groups were rejected in the last 1:40 (limit 100 ms)."
    )
    for number in range(4, 8):
        book.arrive(f"a{number}", f"b{number}")
        book.measure(f"a{number}", f"b{number}", 20.0)
    beat(book, 30)
    assert told(book) == [("raised", "rejections")], "half of them is no longer too many, but hardly less"
    book.arrive("y", "z")
    book.measure("y", "z", 20.0)
    book.arrive("w", "x")
    book.measure("w", "x", 20.0)
    book.arrive("u", "v")
    book.measure("u", "v", 20.0)
    beat(book)
    assert told(book)[-1] == ("cleared", "rejections")


def test_probes_that_measure_nothing_call(tmp_path: Path):
    book = book_with(tmp_path, {"probe_failure_share": 0.3, "at_least": 2, "window_s": 60.0}, retries=0)
    for pair in ("ab", "cd"):
        book.arrive(*pair)
        book.fail(*pair)
        for subject_id in pair:
            book.leave(subject_id)
    beat(book)
    assert book.last(ev.AlertRaised).text == "100 % of 2 probes measured nothing in the last 1:00."
    beat(book, 65)
    assert told(book) == [("raised", "probe_failures"), ("cleared", "probe_failures")]


def test_nobody_matchable_says_which_limit_would_do_and_ends_with_it(tmp_path: Path):
    book = book_with(tmp_path, {"nobody_matchable": 3})
    book.arrive("a", "b")
    book.measure("a", "b", 180.0)
    beat(book)
    assert told(book) == []
    book.arrive("c")
    book.measure("a", "c", 140.5)
    book.turn()
    book.measure("b", "c", 160.0)
    beat(book)
    assert book.last(ev.AlertRaised).text == (
        "Nobody of the 3 who wait can be matched at 100 ms: all pairs are too slow. At 141 ms a group could play."
    )
    beat(book, 60)
    book.threshold(141)
    beat(book)
    assert told(book) == [("raised", "nobody_matchable"), ("cleared", "nobody_matchable")]
    assert book.groups() == [{"a", "c"}]


def test_one_held_up_moment_is_no_alarm_but_two_are(tmp_path: Path):
    book = book_with(tmp_path, {"loop_lag_ms": 100})
    beat(book, loop_lag_ms=500.0)
    beat(book)
    assert told(book) == []
    beat(book, 10, loop_lag_ms=300.0)
    assert told(book) == [("raised", "engine_lag")]
    beat(book, 60, loop_lag_ms=90.0)
    assert told(book) == [("raised", "engine_lag")], "just under the limit is not yet over"
    beat(book, 30)
    assert told(book) == [("raised", "engine_lag"), ("cleared", "engine_lag")]


def test_an_engine_that_stood_still_is_told_for_minutes_and_each_time(tmp_path: Path):
    book = book_with(tmp_path, {"loop_lag_ms": 200})
    for _ in range(2):
        beat(book, loop_lag_ms=40_000.0)
        assert book.last(ev.AlertRaised).text.startswith("The engine stood still for 0:40:")
    assert told(book) == [("raised", "engine_stood_still")] * 2
    beat(book, 295)
    assert len(told(book)) == 2
    beat(book, 10)
    assert told(book)[2:] == [("cleared", "engine_stood_still")]


def test_a_disk_that_fills_up_calls(tmp_path: Path):
    book = book_with(tmp_path, {"disk_free_mb": 500})
    for free in (600, 499, 505, 499, 620, 630):
        beat(book, 15, disk_free_bytes=free * 10**6)
    assert told(book) == [("raised", "disk"), ("cleared", "disk")]
    assert book.last(ev.AlertRaised).text.startswith("Only 499 MB are left")


def test_an_alert_that_stopped_at_once_is_kept_for_a_moment(tmp_path: Path):
    book = book_with(tmp_path, {"waiting_s": 60.0})
    book.arrive("a")
    beat(book, 65)
    book.leave("a")
    beat(book, 10)
    assert told(book) == [("raised", "waiting_long")]
    beat(book, 15)
    assert told(book)[-1] == ("cleared", "waiting_long")


def test_acknowledging_is_in_the_log_and_refused_when_there_is_nothing_to_acknowledge(tmp_path: Path):
    book = book_with(tmp_path, {"waiting_s": 60.0})
    book.arrive("a")
    with pytest.raises(Refused, match="there is no alert 'waiting_long' any more"):
        book.engine.operator.acknowledge_alert("waiting_long", by="maria")
    beat(book, 65)
    book.engine.operator.acknowledge_alert("waiting_long", by="maria")
    assert book.last(ev.AlertAcknowledged).by == "maria"
    assert book.engine.alerts.worst() is None
    with pytest.raises(Refused, match="maria has acknowledged it already"):
        book.engine.operator.acknowledge_alert("waiting_long", by="jo")


def test_with_every_rule_off_nothing_calls(tmp_path: Path):
    book = book_with(tmp_path, {})
    book.arrive("a", "b")
    book.measure("a", "b", 500.0)
    beat(book, 300, loop_lag_ms=5_000.0, disk_free_bytes=1)
    assert told(book) == []


def test_a_match_file_that_cannot_be_written_is_said_in_the_log(tmp_path: Path, monkeypatch, caplog):
    book = book_with(tmp_path, {})
    book.arrive("a", "b")

    def fails(*_: Any, **__: Any) -> None:
        raise LogWriteError("the match file is gone")

    monkeypatch.setattr("core.runlog.match_logger.MatchAssignmentLogger.log_match", fails)
    with pytest.raises(RunStopped):
        book.measure("a", "b", 40.0)
    raised = book.last(ev.AlertRaised)
    assert (raised.alert, raised.severity, raised.text) == ("log_write_failed", "error", "the match file is gone")
    assert "the match file is gone" in caplog.text
