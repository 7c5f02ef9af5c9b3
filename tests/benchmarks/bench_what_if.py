"""What asking "what if" costs: one re-enactment, and the model of pairs, each beside reading the same run.

`python -m tests.benchmarks.bench_what_if [PARTICIPANTS]` prints the table. The run is a simulated one of the quick
start with a limit of 100 ms; it is re-enacted under that limit, where every pair was measured, and under 80 ms, where
most have to be estimated. Reading is what has to be done once, whatever is asked.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.analysis.what_if.recorded_run import Run, maker, open_run
from core.analysis.what_if.sweep import enact
from core.analysis.what_if.worlds import Knowledge, World
from core.experiment.loader import load_experiment
from core.rehearsal.simulate import Plan, Simulation, with_threshold
from tests.benchmarks.table import Row, show

ROUNDS = 3
LIMIT_MS, STRICTER_MS = 100, 80
MOST = 6.0  # times reading the run, which is what somebody who asks is ready to wait for again and again


def made(folder: Path, participants: int) -> Path:
    """A run's directory."""
    loaded = with_threshold(load_experiment("quick_start"), LIMIT_MS)
    plan = Plan(participants=participants, seed=3, start_unix_s=1_795_000_000.0)
    simulation = Simulation(loaded, folder, plan, "bench")
    simulation.run()
    return simulation.files.directory.path


def rows(folder: Path, participants: int = 2_000) -> list[Row]:
    """The rows of the table; best of ROUNDS, since other programs only ever add."""
    path = made(folder, participants)
    run = open_run(path)
    reading_s = best_s(lambda: open_run(path))
    own_s = best_s(lambda: again(run, LIMIT_MS))
    fitting_s = best_s(lambda: Knowledge(run.script).model)
    stricter_s = best_s(lambda: again(run, STRICTER_MS))
    who = f"{participants:,} people, {len(run.knowledge.measured):,} pairs"
    return [
        Row(f"{who} re-enacted as they were (baseline: reading)", own_s, reading_s, "s", most=MOST, of_ratio=True),
        Row(f"{who} re-enacted under {STRICTER_MS} ms, pairs estimated", stricter_s, reading_s, "s"),
        Row(f"{who}: the model, and its error on pairs held back", fitting_s, reading_s, "s", most=MOST, of_ratio=True),
    ]


def again(run: Run, limit_ms: int) -> None:
    """One re-enactment."""
    enact(run, World(run.knowledge, 1), maker(run, "", None), limit_ms)


def best_s(work: Callable[[], object]) -> float:
    """Of ROUNDS."""
    spent_s = []
    for _ in range(ROUNDS):
        began_s = time.perf_counter()
        work()
        spent_s.append(time.perf_counter() - began_s)
    return min(spent_s)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as where:
        show(rows(Path(where), int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
