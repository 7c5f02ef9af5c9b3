"""`python -m pytest tests/benchmarks`: everything that has a goal, in one table, each beside its baseline.

Takes about ten minutes. Must not run unless named (conftest.py).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks import (
    bench_busy_rtt,
    bench_compare,
    bench_crowd,
    bench_export,
    bench_first_paint,
    bench_log_writes,
    bench_matches,
    bench_matching,
    bench_panels,
    bench_probe_time,
    bench_replay,
    bench_runs,
    bench_simulator,
    bench_waitroom,
    bench_what_if,
)
from tests.benchmarks.table import Row


def one_arrival(_folder: Path) -> list[Row]:
    """bench_matching's, as a row."""
    cost = bench_matching.measure(10_000)
    return [
        Row("an arrival, 10,000 waiting, nobody fits (baseline: a scan)", cost.arrival_ms, cost.scan_ms, "ms", most=1.0)
    ]


def simulation(folder: Path) -> list[Row]:
    """bench_simulator's, as a row."""
    folder.mkdir(exist_ok=True)
    cost = bench_simulator.measure_alone(100_000, 150, folder)
    what = "100,000 simulated, RTT 20 to 120 ms, limit 150 ms (baseline: encoding and writing their events)"
    return [Row(what, cost.simulated_s, cost.bare_s, "s", most=60.0)]


@pytest.mark.benchmark
@pytest.mark.parametrize(
    "rows",
    [
        bench_matches.rows,
        bench_crowd.rows,
        one_arrival,
        bench_log_writes.rows,
        simulation,
        bench_replay.rows,
        bench_runs.rows,
        bench_compare.rows,
        bench_what_if.rows,
        bench_export.rows,
        bench_first_paint.rows,
        bench_panels.rows,
        bench_waitroom.rows,
        bench_busy_rtt.rows,
        bench_probe_time.rows,
    ],
    ids=[
        "matches",
        "crowd",
        "matching",
        "log_writes",
        "simulation",
        "replay",
        "runs",
        "compare",
        "what_if",
        "export",
        "first_paint",
        "panels",
        "waitroom",
        "busy_rtt",
        "probe_time",
    ],
)
def test_the_goals_are_met(rows: Callable[[Path], list[Row]], tmp_path: Path, table: list[Row]) -> None:
    measured = rows(tmp_path)
    table += measured
    assert [row for row in measured if not row.met] == []
