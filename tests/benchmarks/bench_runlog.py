"""What writing an event and reading it back cost, each beside the bare system call or loop it cannot beat.

`python -m tests.benchmarks.bench_runlog [EVENTS]` prints the figures; `pytest tests/benchmarks/bench_runlog.py` checks
loose bounds on the ratios, which hold on a busy machine, too. Ratios, because both sides run on the same machine at the
same time, in turns.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from core import events as ev
from core.runlog import files
from core.runlog.event_logger import EventLogger
from core.runlog.follower import read_events

ROUNDS = 5


class Cost(NamedTuple):
    """Microseconds an event, medians over the rounds."""

    append_us: float
    raw_write_us: float
    follow_us: float
    bare_loop_us: float


def measure(count: int, directory: Path) -> Cost:
    """Write and read `count` events in each round."""
    path, raw_path = directory / "events.jsonl", directory / "raw.jsonl"
    rounds = []
    for _ in range(ROUNDS):
        events = [ev.ServerRttMeasured(subject_id=f"p{n}", rtt_ms=20.5, sample_ms=21.25) for n in range(count)]
        with EventLogger(path) as logger:
            logger.append(ev.RunStarted(run_id="bench"))
            append_us = _us_each(count, lambda logger=logger, events=events: _append_all(logger, events))
        lines = path.read_bytes().splitlines(keepends=True)[1:]
        fd = files.open_append(raw_path, truncate=True)
        raw_write_us = _us_each(count, lambda fd=fd, lines=lines: _write_all(fd, lines))
        os.close(fd)
        follow_us = _us_each(count, lambda: read_events(path))
        bare_loop_us = _us_each(count, lambda: _count_lines(path))
        rounds.append((append_us, raw_write_us, follow_us, bare_loop_us))
    return Cost(*map(statistics.median, zip(*rounds, strict=True)))


def _us_each(count: int, work: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    work()
    return (time.perf_counter() - start_s) / count * 1e6


def _append_all(logger: EventLogger, events: list[ev.ServerRttMeasured]) -> None:
    for event in events:
        logger.append(event)


def _write_all(fd: int, lines: list[bytes]) -> None:
    for line in lines:
        os.write(fd, line)


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


@pytest.mark.benchmark
def test_the_log_costs_little_more_than_the_system_call(tmp_path):
    cost = measure(10_000, tmp_path)
    assert cost.append_us < 10 * cost.raw_write_us, cost
    assert cost.follow_us < 30 * cost.bare_loop_us, cost


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as directory:
        cost = measure(count, Path(directory))
    print(f"append  {cost.append_us:5.2f} µs an event, {cost.append_us / cost.raw_write_us:4.1f} × a bare os.write")
    print(f"follow  {cost.follow_us:5.2f} µs an event, {cost.follow_us / cost.bare_loop_us:4.1f} × a bare line loop")


if __name__ == "__main__":
    main()
