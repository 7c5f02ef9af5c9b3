"""A run read bit by bit: the same whether it grows or is over, and never longer at a time than the window can bear."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.run_view import BUDGET_S, RunView
from app.ticker import Ticker
from core import events as ev
from core.clock import VirtualClock
from core.runlog.event_logger import EventLogger
from core.runlog.run_directory import RunDirectory


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    with EventLogger(logs_dir=tmp_path, run_id="run_20260131_142500") as logger:
        logger.append(ev.RunStarted(run_id="run_20260131_142500", group_size=2))
        for number in range(20_000):
            logger.append(ev.ParticipantJoined(subject_id=f"P{number}", token_sha256=""))
    return RunDirectory.open(tmp_path / "run_20260131_142500")


def test_a_long_run_is_read_in_pieces_to_the_same_end(run: RunDirectory):
    view = RunView(run, goes_on=False)
    pieces = 1
    while view.poll():
        pieces += 1
    assert pieces > 5
    assert len(view.shown.participants.people) == 20_000 and view.bad_line_count == 0


def test_a_piece_takes_about_its_budget(run: RunDirectory):
    view = RunView(run, goes_on=False)
    took_s = []
    more = True
    while more:
        start_s = time.thread_time()
        more = view.poll()
        took_s.append(time.thread_time() - start_s)
    assert sorted(took_s)[len(took_s) // 2] < 5 * BUDGET_S  # of a processor that others want, too


def test_a_run_that_is_over_has_no_later_time_than_its_last_event(run: RunDirectory):
    over, growing = RunView(run, goes_on=False), RunView(run, goes_on=True)
    for view in (over, growing):
        while view.poll():
            pass
    last_s = over.shown.run.last_elapsed_s
    assert over.now_elapsed_s() == last_s
    assert growing.now_elapsed_s() > last_s


def test_a_clock_that_is_set_moves_nothing(run: RunDirectory, monkeypatch):
    view = RunView(run, goes_on=True)
    while view.poll():
        pass
    before_s, right = view.now_elapsed_s(), time.time
    monkeypatch.setattr(time, "time", lambda: right() + 3600)
    assert before_s <= view.now_elapsed_s() < before_s + 60


def test_the_ticker_reads_on_at_once_while_there_is_more_and_draws_in_its_own_time(qtbot):
    left = [True] * 30 + [False] * 1_000
    drawn = []
    ticker = Ticker(lambda: left.pop(0), lambda: drawn.append(len(left)))
    with qtbot.waitSignal(ticker._more.timeout):
        ticker.start()
    qtbot.waitUntil(lambda: len(left) < 1_000)
    ticker.stop()
    assert len(drawn) < 10


@pytest.mark.parametrize(
    ("silent_s", "more", "broke_off"),
    [
        (0.0, [], False),
        (60.0, [], True),
        (60.0, [ev.RunEnded(reason="drained")], False),
        (13 * 3600.0, [], False),
    ],
    ids=["may still be written", "broke off", "ended", "long ago"],
)
def test_a_run_that_broke_off_a_while_ago_may_be_gone_on_with(
    tmp_path: Path, silent_s: float, more: list[ev.Event], broke_off: bool
):
    clock = VirtualClock(time.time() - silent_s)
    with EventLogger(logs_dir=tmp_path, run_id="run", clock=clock) as logger:
        for event in (ev.RunStarted(run_id="run"), ev.ParticipantJoined(subject_id="a"), *more):
            logger.append(event)
    view = RunView(RunDirectory.open(tmp_path / "run"), goes_on=False)
    while view.poll():
        pass
    assert view.broke_off() == broke_off
