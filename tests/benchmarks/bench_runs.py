"""How long a list of 500 runs of 2,000 events takes, read for the first time and from the summaries' cache.

`python -m tests.benchmarks.bench_runs [RUNS]` prints the table. The runs are one simulated session, cut to size and
written again and again. The baseline of the first is a bare loop over the lines of all logs, with each decoded to a
dict, as whoever has no such list would do it; of the second, asking the system for the size of every file.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from core.analysis.runs import run_index
from core.analysis.runs.run_index import RunIndex, cache_places
from core.experiment.loader import load_experiment
from core.rehearsal.simulate import Plan, Simulation
from core.runlog.run_directory import RunDirectory
from tests.benchmarks.table import Row, show

EVENTS = 2_000
ROUNDS = 3


def make_runs(folder: Path, count: int) -> list[RunDirectory]:
    """Runs of EVENTS events, ended in order, all in one folder."""
    plan = Plan(participants=200, seed=3, start_unix_s=1_795_000_000.0)
    simulation = Simulation(load_experiment("quick_start"), folder / "made", plan, "bench")
    simulation.run()
    lines = simulation.files.directory.events_path.read_bytes().splitlines(keepends=True)
    log = b"".join([*lines[: EVENTS - 1], lines[-1]])
    runs = []
    for number in range(count):
        run = RunDirectory(folder / "logs" / f"run_20261121_{number:06d}")
        run.path.mkdir(parents=True)
        run.events_path.write_bytes(log)
        run.write_manifest(experiment="quick_start", started_at=1_795_000_000.0, status="ended", reason="drained")
        run.data_dir.mkdir()
        runs.append(run)
    return runs


def rows(folder: Path, count: int = 500) -> list[Row]:
    """The rows of the table; best of ROUNDS, since other programs only ever add."""
    runs = make_runs(folder, count)
    logs = folder / "logs"
    settled, run_index._SETTLED_NS = run_index._SETTLED_NS, 0  # the logs were written a moment ago
    try:
        first_s, cold_s = map(min, zip(*(_looked(logs, anew=True) for _ in range(ROUNDS)), strict=True))
        bare_s = min(_seconds(lambda: _decode_all(runs)) for _ in range(ROUNDS))
        _, warm_s = map(min, zip(*(_looked(logs, anew=False) for _ in range(ROUNDS)), strict=True))
        sizes_s = min(_seconds(lambda: _ask_sizes(logs)) for _ in range(ROUNDS))
    finally:
        run_index._SETTLED_NS = settled
    what = f"{count} runs of {EVENTS:,} events"
    return [
        Row(f"{what}: first row", first_s, None, "s", most=0.15),
        Row(f"{what}: all rows, cold (baseline: every line to a dict)", cold_s, bare_s, "s", most=1.5),
        Row(f"{what}: all rows, from the cache (baseline: asking for sizes)", warm_s, sizes_s, "s", most=0.2),
    ]


def _looked(logs: Path, *, anew: bool) -> tuple[float, float]:
    """Seconds to the first line and to the last."""
    (place,) = cache_places(logs, None)
    if anew:
        place.unlink(missing_ok=True)
    gc.collect()
    start_s = time.perf_counter()
    lines = RunIndex([place]).lines([logs])
    next(lines)
    first_s = time.perf_counter() - start_s
    for _ in lines:
        pass
    return first_s, time.perf_counter() - start_s


def _decode_all(runs: list[RunDirectory]) -> None:
    decode = msgspec.json.Decoder().decode
    for run in runs:
        with run.events_path.open("rb") as file:
            for line in file:
                decode(line)


def _ask_sizes(logs: Path) -> None:
    for folder, _, names in os.walk(logs):
        for name in names:
            (Path(folder) / name).stat()


def _seconds(work: Callable[[], None]) -> float:
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as directory:
        show(rows(Path(directory), count))


if __name__ == "__main__":
    main()
