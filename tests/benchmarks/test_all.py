"""`python -m pytest tests/benchmarks`: everything that issue 3 sets a goal for, in one table, each beside its baseline.

Takes about six minutes. Must not run unless named (conftest.py).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks import bench_crowd, bench_log_writes, bench_matches, bench_matching
from tests.benchmarks.table import Row


def one_arrival(_folder: Path) -> list[Row]:
    """bench_matching's, as a row."""
    cost = bench_matching.measure(10_000)
    return [
        Row("an arrival, 10,000 waiting, nobody fits (baseline: a scan)", cost.arrival_ms, cost.scan_ms, "ms", most=1.0)
    ]


@pytest.mark.benchmark
@pytest.mark.parametrize(
    "rows",
    [bench_matches.rows, bench_crowd.rows, one_arrival, bench_log_writes.rows],
    ids=["matches", "crowd", "matching", "log_writes"],
)
def test_the_goals_are_met(rows: Callable[[Path], list[Row]], tmp_path: Path, table: list[Row]) -> None:
    measured = rows(tmp_path)
    table += measured
    assert [row for row in measured if not row.met] == []
