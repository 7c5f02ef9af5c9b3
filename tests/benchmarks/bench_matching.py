"""What one arrival costs in a large waitroom where nobody fits, beside a plain scan of everybody who waits.

`python -m tests.benchmarks.bench_matching [WAITING]` prints the figures; `pytest tests/benchmarks/bench_matching.py`
checks the bound that issue 3 sets: at most 1 ms an arrival with 10,000 waiting.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import NamedTuple

import pytest

from core.clock import VirtualClock
from core.matching.game_manager import GameManager
from core.matching.matchmaker import LatencyFIFOMatchmaker, MatchCandidate

ROUNDS = 200


class Cost(NamedTuple):
    """Milliseconds an arrival, medians."""

    arrival_ms: float
    scan_ms: float


def measure(waiting: int) -> Cost:
    """Far-away people wait; near ones arrive one by one and fit nobody."""
    clock = VirtualClock()
    manager = GameManager(LatencyFIFOMatchmaker(100.0, 100), clock=clock)
    far = [MatchCandidate(f"far-{number}", 90.0 + number % 50) for number in range(waiting)]
    for candidate in far:
        manager.enter(candidate)
    clock.advance(0)
    arrivals, scans = [], []
    for number in range(ROUNDS):
        near = MatchCandidate(f"near-{number}", 60.0)
        began = time.perf_counter()
        manager.enter(near)
        clock.advance(0)
        arrivals.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        fitting = [c for c in far if c.rtt_ms is None or c.rtt_ms + 60.0 <= 100.0]
        scans.append((time.perf_counter() - began) * 1000)
        assert fitting == []
        manager.leave(near.subject_id, "left")
    assert len(manager.waitroom) == waiting
    return Cost(statistics.median(arrivals), statistics.median(scans))


@pytest.mark.benchmark
def test_an_arrival_costs_what_is_tried_not_who_is_there() -> None:
    small, large = measure(1_000), measure(10_000)
    assert large.arrival_ms <= 1.0, large
    assert large.arrival_ms <= 3 * small.arrival_ms, (small, large)
    assert large.arrival_ms < large.scan_ms, large


def main() -> None:
    """Print the figures."""
    waiting = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    cost = measure(waiting)
    print(
        f"one arrival, {waiting} waiting, nobody fits: {cost.arrival_ms:.3f} ms, "
        f"{cost.arrival_ms / cost.scan_ms:.3f} × a plain scan ({cost.scan_ms:.3f} ms)"
    )


if __name__ == "__main__":
    main()
