"""What a simulated participant costs, beside encoding and writing the same events and nothing else.

`python -m tests.benchmarks.bench_simulator [PARTICIPANTS] [LOW:HIGH]` prints the figures; `pytest
tests/benchmarks/bench_simulator.py` checks loose bounds that hold on a busy machine, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from core.experiment.loader import load_experiment
from core.rehearsal.crowd import CrowdSettings, RttRange
from core.rehearsal.simulate import Plan, Simulation, with_threshold
from core.runlog import files
from core.runlog.follower import read_events
from core.server import event_loop

ROOT = Path(__file__).resolve().parents[2]
USUAL = RttRange(20, 120)
THRESHOLDS = (None, 150)  # None: nobody is measured


class Cost(NamedTuple):
    """Of one simulation. `bare_s`: encoding and writing its events, without anything that leads to them."""

    participants: int
    events: int
    probes: int
    simulated_s: float
    bare_s: float

    def as_text(self) -> str:
        """For a terminal."""
        each = f"{self.events / self.participants:.1f} events and {self.probes / self.participants:.2f} probes each"
        return (
            f"{self.participants / self.simulated_s:6.0f} participants/s, 100,000 in "
            f"{100_000 * self.simulated_s / self.participants:4.0f} s ({each}); "
            f"{self.simulated_s / self.bare_s:.1f} × a bare msgspec encode and write of the same events"
        )


def measure(participants: int, max_p2p_rtt_ms: int | None, directory: Path, rtt_ms: RttRange = USUAL) -> Cost:
    """Simulate the quick start with that many people, then write its log's events again."""
    loaded = with_threshold(load_experiment("quick_start"), max_p2p_rtt_ms)
    plan = Plan(participants=participants, crowd=CrowdSettings(rtt_ms=rtt_ms), seed=3)
    simulation = Simulation(loaded, directory, plan, "bench")
    began_s = time.perf_counter()
    simulation.run()
    simulated_s = time.perf_counter() - began_s
    events = read_events(simulation.files.directory.events_path)
    probes = sum(type(event).__name__ == "ProbeStarted" for event in events)
    encode = msgspec.json.Encoder().encode
    fd = files.open_append(directory / "bare.jsonl", truncate=True)
    began_s = time.perf_counter()
    for event in events:
        os.write(fd, encode(event) + b"\n")
    bare_s = time.perf_counter() - began_s
    os.close(fd)
    return Cost(participants, len(events), probes, simulated_s, bare_s)


@pytest.mark.benchmark
def test_the_cost_of_a_participant_does_not_grow_with_their_number(tmp_path):
    few, many = (measure(number, 150, tmp_path) for number in (500, 4000))
    assert many.simulated_s / many.participants < 2 * few.simulated_s / few.participants, (few, many)
    assert many.simulated_s < 60 * many.bare_s, many


def measure_alone(participants: int, max_p2p_rtt_ms: int, directory: Path) -> Cost:
    """The same in a process of its own, with the garbage collector set as `main.py simulate` sets it."""
    code = (
        "import sys, msgspec, pathlib\n"
        "from core.server import event_loop\n"
        "from tests.benchmarks.bench_simulator import measure\n"
        "event_loop.tune_collector()\n"
        f"cost = measure({participants}, {max_p2p_rtt_ms}, pathlib.Path(sys.argv[1]))\n"
        "sys.stdout.buffer.write(msgspec.json.encode(cost))\n"
    )
    command = [sys.executable, "-c", code, str(directory)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return Cost(*msgspec.json.decode(done.stdout))


def main() -> None:
    """Print the figures."""
    participants = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    low_ms, _, high_ms = (sys.argv[2] if len(sys.argv) > 2 else f"{USUAL.low_ms}:{USUAL.high_ms}").partition(":")
    event_loop.tune_collector()
    for max_p2p_rtt_ms in THRESHOLDS:
        with tempfile.TemporaryDirectory() as directory:
            cost = measure(participants, max_p2p_rtt_ms, Path(directory), RttRange(float(low_ms), float(high_ms)))
        limit = "no threshold  " if max_p2p_rtt_ms is None else f"{max_p2p_rtt_ms} ms threshold"
        print(f"{limit}  {cost.as_text()}", flush=True)


if __name__ == "__main__":
    main()
