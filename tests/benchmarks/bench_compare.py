"""How long it takes to compare 12 runs of 100,000 events, from files to figures with intervals.

`python -m tests.benchmarks.bench_compare [RUNS]` prints the table. The runs are one simulated session, written as often
as wanted; processes are started anew each time, as the command does. They import this module, as the command's import
main.py, so what makes the runs is imported late. The baseline is decoding the same lines to events and letting them
go, one after the other in one process, which no reader could do without.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.comparisons import compared
from core.runlog.lines import decode_event
from tests.benchmarks.table import Row, show

RUNS = 12
EVENTS = 100_000
PARTICIPANTS = 6_300  # bring about so many events
ROUNDS = 3


def make_runs(folder: Path, count: int, participants: int = PARTICIPANTS) -> list[Path]:
    """The same log in `count` directories."""
    from core.experiment.loader import load_experiment
    from core.rehearsal.simulate import Plan, Simulation

    plan = Plan(participants=participants, seed=3, start_unix_s=1_795_000_000.0)
    simulation = Simulation(load_experiment("quick_start"), folder / "made", plan, "bench")
    simulation.run()
    lines = simulation.files.directory.events_path.read_bytes().splitlines(keepends=True)
    log = b"".join([*lines[: EVENTS - 1], lines[-1]])
    runs = []
    for number in range(count):
        run = folder / f"run_{number}"
        run.mkdir()
        (run / "events.jsonl").write_bytes(log)
        runs.append(run)
    return runs


def rows(folder: Path, count: int = RUNS, participants: int = PARTICIPANTS) -> list[Row]:
    """The row of the table; best of ROUNDS, since other programs only ever add."""
    runs = make_runs(folder, count, participants)
    compared_s, decoded_s = float("inf"), float("inf")
    for _ in range(ROUNDS):
        compared_s = min(compared_s, _seconds(lambda: compared(runs)))
        decoded_s = min(decoded_s, _seconds(lambda: _decode_all(runs)))
    what = f"comparing {count} runs of {EVENTS:,} events (baseline: decoding their lines)"
    return [Row(what, compared_s, decoded_s, "s", most=3.0)]


def _decode_all(runs: list[Path]) -> None:
    for run in runs:
        with (run / "events.jsonl").open("rb") as file:
            for line in file:
                decode_event(line)


def _seconds(work: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    with tempfile.TemporaryDirectory() as directory:
        show(rows(Path(directory), count))


if __name__ == "__main__":
    main()
