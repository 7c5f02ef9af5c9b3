"""Whether 5,000 people can wait on one engine: how soon each is answered, what each takes of memory and gives back.

`python -m tests.benchmarks.bench_crowd [PEOPLE]` prints the figures beside a bare python-socketio server's;
`pytest tests/benchmarks/bench_crowd.py` checks the goals of issue 3. Matching is paused, so that everybody stays in the
waitroom; what an arrival costs in a full one is in bench_matching.py.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.benchmarks.servers import Server, asked, bare, crowd, engine, need_open_files
from tests.benchmarks.table import Row, show

PEOPLE = 5_000
ARRIVALS_PER_S = 250.0
ASK_OVER_S = 10.0
GONE_WITHIN_S = 60.0
STILL_S = 20.0  # memory that has not shrunk for so long will not
GOAL_S, GOAL_KB, GOAL_GIVEN_BACK = 1.0, 40.0, 1.10


class Figures(NamedTuple):
    """`slowest_*_s`: from saying it to the answer; `*_mb`: resident memory of the server's process."""

    slowest_join_s: float
    slowest_answer_s: float
    empty_mb: float
    full_mb: float
    after_mb: float
    again_mb: float
    people: int

    @property
    def each_kb(self) -> float:
        """Above the empty server."""
        return (self.full_mb - self.empty_mb) * 1000 / self.people


def measure(server: Server, people: int) -> Figures:
    """They come, they all say something, they go, and as many others come."""
    asyncio.run(server.pause_matching())
    with crowd(server) as load:
        asked(load, "wait", people=20, per_s=100.0)  # what is loaded with the first page is not theirs
        asked(load, "leave")
        empty = _settled(server)
        joined = asked(load, "wait", people=people, per_s=ARRIVALS_PER_S, timeout_s=300.0)
        answers = asked(load, "ask_each", over_s=ASK_OVER_S)
        full = server.memory_bytes
        asked(load, "leave")
        after = _settled(server)
        asked(load, "wait", people=people, per_s=ARRIVALS_PER_S, timeout_s=300.0)
        again = server.memory_bytes
    slowest_s = max(joined["seated_s"]), max(answers["answered_s"])
    return Figures(*slowest_s, *(size / 1e6 for size in (empty, full, after, again)), people)


def _settled(server: Server) -> int:
    """Resident memory once everybody's connection has ended and it does not shrink any more."""
    deadline_s = time.monotonic() + GONE_WITHIN_S
    least, since_s = server.memory_bytes, time.monotonic()
    while time.monotonic() < deadline_s and (server.connections or time.monotonic() - since_s < STILL_S):
        time.sleep(0.2)
        if server.memory_bytes < 0.999 * least:
            least, since_s = server.memory_bytes, time.monotonic()
    return server.memory_bytes


def both(folder: Path, people: int) -> tuple[Figures, Figures]:
    """(engine, bare server)."""
    with bare(only_wait=True) as server:
        plain = measure(server, people)
    with engine(folder, probes=True) as server:
        ours = measure(server, people)
    return ours, plain


def rows(folder: Path, people: int = PEOPLE) -> list[Row]:
    """For the table."""
    need_open_files(people + 500)
    ours, plain = both(folder, people)
    crowd_of = f"{people} waiting"
    back, plain_back = ours.after_mb / ours.empty_mb, plain.after_mb / plain.empty_mb
    again, plain_again = ours.again_mb / ours.full_mb, plain.again_mb / plain.full_mb
    return [
        Row(f"{crowd_of}: slowest join", ours.slowest_join_s, plain.slowest_join_s, "s", most=GOAL_S),
        Row(f"{crowd_of}: slowest answer", ours.slowest_answer_s, plain.slowest_answer_s, "s", most=GOAL_S),
        Row(f"{crowd_of}: memory each", ours.each_kb, plain.each_kb, "kB", most=GOAL_KB),
        Row("memory when they have left, of empty", back, plain_back, "×", most=GOAL_GIVEN_BACK),
        Row("memory with as many more after them, of before", again, plain_again, "×", most=GOAL_GIVEN_BACK),
    ]


@pytest.mark.benchmark
def test_five_thousand_can_wait(tmp_path: Path) -> None:
    for row in rows(tmp_path):
        assert row.met, row


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        show(rows(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE))


if __name__ == "__main__":
    main()
