"""How long writing holds the engine's loop up, and how the log grows with the number of participants.

`python -m tests.benchmarks.bench_log_writes` prints the figures; `pytest tests/benchmarks/bench_log_writes.py` checks
the goals of issue 3. Writes are timed where they happen, in a loop that also forms matches, with the writer thread
forcing them to disk; the baseline is a bare `os.write`, beside a thread that forces the file to disk as often.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

import pytest

from core import events as ev
from core.runlog import files
from core.runlog.event_logger import EventLogger
from core.runlog.match_logger import MatchAssignmentLogger
from tests.benchmarks.servers import asked, crowd, engine, need_open_files, quantile
from tests.benchmarks.table import Row, show

EVENTS, EVENTS_A_MATCH, PAUSE_S = 4_000, 20, 0.0005
GOAL_MS = 5.0
CROWDS = (100, 200, 400)
EVENNESS = 1.1  # the largest crowd's bytes a participant, over the smallest's


class Candidate:
    """Somebody matched."""

    def __init__(self, subject_id: str) -> None:
        self.subject_id, self.rtt_ms = subject_id, 21.5


def append_s(folder: Path) -> list[float]:
    """Seconds each event's writing took: the event itself and, at a match, the line in the match file."""
    took = []
    pair = [Candidate("P001"), Candidate("P002")]
    with EventLogger(folder / "events.jsonl") as logger:
        matches = MatchAssignmentLogger(match_logs_dir=folder / "match_logs", force_later=logger.force_too)
        for number in range(EVENTS):
            began_s = time.perf_counter()
            if number % EVENTS_A_MATCH == 0:
                matches.log_match("task", f"game-{number}", pair, "FIFOMatchmaker")
                logger.append(ev.MatchFormed(game_id=f"game-{number}", scene_id="task", participants=[]))
            else:
                logger.append(ev.ServerRttMeasured(subject_id="P001", rtt_ms=20.5, sample_ms=21.25))
            took.append(time.perf_counter() - began_s)
            time.sleep(PAUSE_S)
    return took


def raw_s(folder: Path) -> list[float]:
    """Seconds each bare write took."""
    took, over = [], threading.Event()
    fd = files.open_append(folder / "raw.jsonl")

    def force() -> None:
        while not over.wait(EVENTS_A_MATCH * PAUSE_S):
            files.sync_to_disk(fd)

    forcing = threading.Thread(target=force)
    forcing.start()
    for _ in range(EVENTS):
        began_s = time.perf_counter()
        os.write(fd, b"x" * 160)
        took.append(time.perf_counter() - began_s)
        time.sleep(PAUSE_S)
    over.set()
    forcing.join()
    os.close(fd)
    return took


def bytes_each(folder: Path, people: int) -> float:
    """Bytes of events.jsonl a participant, from joining to being matched after a probe, then leaving."""
    need_open_files(people + 500)
    with engine(folder / str(people), probes=True) as server, crowd(server) as load:
        answer = asked(load, "play", people=people, per_s=float(people), within_s=30.0)
        assert answer["lost"] == 0
        assert server.logs_dir is not None
        return (server.logs_dir / "latest" / "events.jsonl").stat().st_size / people


def rows(folder: Path) -> list[Row]:
    """For the table."""
    ours, plain = (1000 * quantile(took, 0.99) for took in (append_s(folder), raw_s(folder)))
    few, *_, many = sizes = [bytes_each(folder, people) for people in CROWDS]
    what = "log, bytes a participant, at " + ", ".join(
        f"{people}: {size:.0f}" for people, size in zip(CROWDS, sizes, strict=True)
    )
    return [
        Row("an event's writing, p99 (baseline: os.write)", ours, plain, "ms", most=GOAL_MS),
        Row(what, many, few, "B", most=EVENNESS, of_ratio=True),
    ]


@pytest.mark.benchmark
def test_writing_holds_nobody_up_and_the_log_grows_with_the_people(tmp_path: Path) -> None:
    for row in rows(tmp_path):
        assert row.met, row


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        show(rows(Path(folder)))


if __name__ == "__main__":
    main()
