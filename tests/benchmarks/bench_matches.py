"""How soon people are matched, and how many a second, beside a bare python-socketio server sending the same messages.

`python -m tests.benchmarks.bench_matches [ROUNDS]` prints the figures; `pytest tests/benchmarks/bench_matches.py`
checks the goals of issue 3. Engine, bare server and participants are processes of their own; engine and bare server are
measured in turns, so that whatever else the machine does falls on both. Participants answer at once.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.benchmarks.servers import asked, bare, crowd, engine, need_open_files, quantile
from tests.benchmarks.table import Row, show

ROUNDS = 3
PEOPLE, ARRIVALS_PER_S = 200, 20.0
BURST = 1_000
WITHIN_S = 30.0
MEDIAN_GOAL, P99_GOAL, RATE_GOAL = 1.5, 2.0, 0.7
SAME_LENGTH = 0.1  # the bare server's messages are as long as the engine's, within this share


class Round(NamedTuple):
    """One run of the engine, one of the bare server, the same people arriving in the same way."""

    ours: dict[str, Any]
    plain: dict[str, Any]


def rounds(folder: Path, count: int, *, probes: bool, people: int, per_s: float | None) -> Iterator[Round]:
    """In turns; nobody may be lost on either."""
    need_open_files(people + 500)
    for number in range(count):
        answers = []
        for server in (engine(folder / f"{probes}-{people}-{number}", probes=probes), bare(probes=probes)):
            with ExitStack() as stack:
                load = stack.enter_context(crowd(stack.enter_context(server)))
                answers.append(asked(load, "play", people=people, per_s=per_s, within_s=WITHIN_S))
        ours, plain = answers
        assert abs(ours["received_bytes"] / plain["received_bytes"] - 1) < SAME_LENGTH, (
            "these are not the same messages"
        )
        yield Round(ours, plain)


def latency_rows(folder: Path, count: int, *, probes: bool) -> list[Row]:
    """From the later join of a pair to the later of its two game views; median of the rounds. The goal of
    issue 3 is for pairs that are probed.
    """
    median_goal, p99_goal = (MEDIAN_GOAL, P99_GOAL) if probes else (None, None)
    done = list(rounds(folder, count, probes=probes, people=PEOPLE, per_s=ARRIVALS_PER_S))
    what = f"last join to matched, {PEOPLE} at {ARRIVALS_PER_S:g}/s, {'probed' if probes else 'no probes'}"
    return [
        Row(f"{what}: median", *_of(done, statistics.median), "ms", most=median_goal, of_ratio=True),
        Row(f"{what}: p99", *_of(done, lambda values: quantile(values, 0.99)), "ms", most=p99_goal, of_ratio=True),
        Row(f"{what}: lost", sum(each.ours["lost"] for each in done), None, "people", most=0),
    ]


def _of(done: list[Round], figure: Any) -> tuple[float, float]:
    """(ours, the bare server's), ms: the median of the rounds' figures, so that one disturbed round decides nothing."""
    return (
        1000 * statistics.median(figure(each.ours["matched_s"]) for each in done),
        1000 * statistics.median(figure(each.plain["matched_s"]) for each in done),
    )


def burst_rows(folder: Path, count: int, *, probes: bool) -> list[Row]:
    """All join in the same moment: matches a second until the last is matched."""
    done = list(rounds(folder, count, probes=probes, people=BURST, per_s=None))
    ours, plain = (
        statistics.median(len(answer["matched_s"]) / answer["over_all_s"] for answer in side)
        for side in zip(*done, strict=True)
    )
    what = f"burst of {BURST}, {'probed' if probes else 'no probes'}"
    return [
        Row(f"{what}: matches/s", ours, plain, "/s", least=RATE_GOAL, of_ratio=True),
        Row(f"{what}: lost", sum(each.ours["lost"] for each in done), None, "people", most=0),
    ]


def rows(folder: Path, count: int = ROUNDS) -> list[Row]:
    """For the table."""
    both = (False, True)
    latencies = [row for probes in both for row in latency_rows(folder, count, probes=probes)]
    return latencies + [row for probes in both for row in burst_rows(folder, count, probes=probes)]


@pytest.mark.benchmark
def test_matches_come_nearly_as_fast_as_messages_can_be_forwarded(tmp_path: Path) -> None:
    for row in rows(tmp_path):
        assert row.met, row


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        show(rows(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))


if __name__ == "__main__":
    main()
