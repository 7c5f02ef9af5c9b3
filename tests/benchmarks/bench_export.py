"""What a run's tables cost, beside decoding its log's lines, and the memory an export takes, beside the log's size.

`python -m tests.benchmarks.bench_export [EVENTS]` prints the figures; `pytest tests/benchmarks/bench_export.py` checks
loose bounds. The run is a simulated one, so that its mix of events is a real session's. Memory is read from /proc.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from core.analysis.tables.run_tables import load_run
from core.experiment.loader import load_experiment
from core.rehearsal.crowd import CrowdSettings, RttRange
from core.rehearsal.simulate import Plan, Simulation
from core.runlog.lines import decode_event
from tests.benchmarks.table import Row

ROUNDS = 3
BUFFERS_BYTES = 20_000_000  # of pyarrow's writers, whatever the size of the log
EVENTS_EACH = 14  # of a simulated participant, about
ROOT = Path(__file__).resolve().parents[2]
_EXPORT = """
import sys
from pathlib import Path
from core.analysis.exporting.export import Wanted, export_runs
def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
def export(run, folder):
    export_runs([Path(run)], Path(folder), Wanted(sys.argv[1], replace=True))
export("tests/runlog/logs/v1", sys.argv[3])  # what pyarrow takes for itself, 100 MB of it, is not the run's
before = peak()
export(sys.argv[2], sys.argv[3])
print(peak() - before)
"""


class Cost(NamedTuple):
    """Seconds, medians of the rounds. `quick_s`: without anybody's reasons for not having played."""

    events: int
    decode_s: float
    quick_s: float
    tables_s: float


def simulated(events: int, folder: Path) -> Path:
    """The directory of a simulated run of about so many events."""
    plan = Plan(participants=events // EVENTS_EACH, crowd=CrowdSettings(rtt_ms=RttRange(20, 200)), seed=3)
    simulation = Simulation(load_experiment("quick_start"), folder, plan, "bench")
    simulation.run()
    return simulation.files.directory.path


def measure(run: Path) -> Cost:
    """Decode the run's lines, and make its tables, in turns."""
    lines = (run / "events.jsonl").read_bytes().splitlines()
    rounds = [
        (
            _seconds(lambda: [None for line in lines if decode_event(line) is None]),
            _seconds(lambda: load_run(run, reasons=False)),
            _seconds(lambda: load_run(run)),
        )
        for _ in range(ROUNDS)
    ]
    return Cost(len(lines), *map(statistics.median, zip(*rounds, strict=True)))


def memory_bytes(run: Path, folder: Path, form: str) -> int:
    """What an export of everything takes at most, above the program without a run, in a process of its own."""
    command = [sys.executable, "-c", _EXPORT, form, str(run), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout)


def rows(folder: Path) -> list[Row]:
    """For the table of goals."""
    folder.mkdir(exist_ok=True)
    cost = measure(simulated(100_000, folder))
    what = f"tables of {cost.events:,} events (baseline: decoding their lines)"
    return [
        Row(what, cost.quick_s, cost.decode_s, "s", most=5.0, of_ratio=True),
        Row("the same with why each never played", cost.tables_s, cost.decode_s, "s"),
    ]


def _seconds(work: Callable[[], object]) -> float:
    """Of the processor: what else the machine does is no part of it."""
    began_s = time.process_time()
    work()
    return time.process_time() - began_s


@pytest.mark.benchmark
def test_tables_cost_little_more_than_reading(tmp_path):
    cost = measure(simulated(20_000, tmp_path))
    assert cost.quick_s < 8 * cost.decode_s, cost
    assert cost.tables_s < 15 * cost.decode_s, cost


@pytest.mark.benchmark
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_does_not_hold_the_log_in_memory(tmp_path, form):
    run = simulated(200_000, tmp_path)
    log_bytes = (run / "events.jsonl").stat().st_size
    assert memory_bytes(run, tmp_path / form, form) < 1.5 * log_bytes + BUFFERS_BYTES


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as directory:
        run = simulated(count, Path(directory))
        cost, log_bytes = measure(run), (run / "events.jsonl").stat().st_size
        print(f"{cost.events:,} events, {log_bytes / 1e6:.0f} MB")
        print(f"decoding {cost.decode_s:6.2f} s")
        print(f"tables   {cost.quick_s:6.2f} s, {cost.quick_s / cost.decode_s:.2f} × decoding")
        print(f"with why {cost.tables_s:6.2f} s, {cost.tables_s / cost.decode_s:.2f} × decoding")
        for form in ("csv", "parquet"):
            began_s = time.perf_counter()
            taken = memory_bytes(run, Path(directory) / form, form)
            print(f"{form:<8} {time.perf_counter() - began_s:6.1f} s, memory {taken / log_bytes:.2f} × the log")


if __name__ == "__main__":
    main()
