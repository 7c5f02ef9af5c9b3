"""Whether a console that draws a thousand people and 20,000 probes makes the server RTTs in the log longer.

`python -m tests.benchmarks.bench_busy_rtt [SECONDS [ROUNDS]]` prints the rows. One run, served by `main.py serve`, with
everybody in a waitroom; in turns no console looks at it, a console of 1920 × 1080 shows it with every panel in view and
draws what changes (two hundred pings a second are answered), and one paints all of it anew ten times a second, needed
or not, which no console does: that has no goal. Whatever else the machine does falls on all three.

Whose RTTs are looked at are fifty more participants in a process of their own. The thousand share one, which is kept
behind everything else that the machine has to do: in a lab their computers are out of its way.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.benchmarks.bench_server_rtt import GOAL, SETTLE_S, open_console, span
from tests.benchmarks.servers import asked, crowd, engine, need_open_files, quantile
from tests.benchmarks.table import Row, show
from tests.end_to_end.stage import events_in
from tests.json_process import JsonProcess

PEOPLE, WITNESSES = 1_000, 50
PROBES_AT_LEAST = 20_000
ARRIVALS_PER_S = 10.0  # each comes with 21 probes, and other programs may be busy, too
# 23 groups of 43, in each of which everybody is probed with everybody else, come to 20,769 probes. Their game ends as
# soon as it has begun, and then all are let into another waitroom, where matching is paused.
EXPERIMENT = """
name: bench
scenes:
  - {id: first, kind: game, duration_s: 60}
  - {id: pause, kind: page, text: Soon it goes on.}
  - {id: second, kind: game, duration_s: 60}
matching: {group_size: 43, max_p2p_rtt_ms: 150}
timeouts: {wait_s: null, reconnect_s: 1}
"""
ALONE, DRAWING, PAINTING = WAYS = ("alone", "drawing", "painting all")
OPENING_S = 4.0  # the log is read and all is drawn for the first time
PAINT_EVERY_MS = 100


class Span(NamedTuple):
    """Some seconds of the run, by the log's timestamps: which way, and the console's share of one processor."""

    way: str
    start: float
    end: float
    console_share: float = 0.0


class Measured(NamedTuple):
    """Server RTTs in ms by way, the console's share of one processor by way, and what there was to draw."""

    rtt_ms: dict[str, list[float]]
    console_share: dict[str, float]
    people: int
    probes: int


def measure(folder: Path, seconds: float = 10.0, rounds: int = 4, people: int = PEOPLE) -> Measured:
    """Each way for so many seconds, in so many rounds."""
    with (
        engine(folder, experiment_text=EXPERIMENT) as server,
        crowd(server) as load,
        JsonProcess("tests.benchmarks.load", [server.url]) as witnesses,
    ):
        assert server.logs_dir is not None
        asked(load, "play_through", people=people, per_s=ARRIVALS_PER_S, timeout_s=300.0)
        asyncio.run(server.pause_matching())
        asked(load, "go_on", within_s=60.0)
        subjects = set(asked(witnesses, "wait", people=WITNESSES, per_s=50.0)["subjects"])
        time.sleep(SETTLE_S)
        spans = [_span(way, folder, server.logs_dir, seconds) for _ in range(rounds) for way in WAYS]
        log = events_in(server.logs_dir / "latest", "server_rtt_measured", "probe_completed")
    measured = [event for event in log if event.get("subject_id") in subjects]
    return Measured(
        {way: _samples_ms(measured, [span for span in spans if span.way == way]) for way in WAYS},
        {way: statistics.median(span.console_share for span in spans if span.way == way) for way in WAYS},
        people,
        sum(event["event_type"] == "probe_completed" for event in log),
    )


def _span(way: str, folder: Path, logs_dir: Path, seconds: float) -> Span:
    if way == ALONE:
        return Span(way, *asyncio.run(span(seconds)))
    console = open_console(folder, logs_dir)
    console.ask("resize", width=1920, height=1080)
    if way == PAINTING:
        console.ask("repaint", every_ms=PAINT_EVERY_MS)
    time.sleep(OPENING_S)
    process = psutil.Process(console.process.pid)
    used_s = sum(process.cpu_times()[:2])
    start, end = asyncio.run(span(seconds))
    share = (sum(process.cpu_times()[:2]) - used_s) / seconds
    console.close()
    return Span(way, start, end, share)


def _samples_ms(measured: list[dict[str, float]], spans: list[Span]) -> list[float]:
    return [e["sample_ms"] for e in measured if any(span.start <= e["timestamp"] < span.end for span in spans)]


def rows(folder: Path, seconds: float = 10.0, rounds: int = 4) -> list[Row]:
    """For the table."""
    need_open_files(PEOPLE + WITNESSES + 500)
    found = measure(folder, seconds, rounds)
    if found.probes < PROBES_AT_LEAST:
        raise RuntimeError(f"only {found.probes} probes")
    alone_ms = found.rtt_ms[ALONE]
    made = []
    for way, what, most in ((DRAWING, "draws what has changed", GOAL), (PAINTING, "paints everything", None)):
        said = (
            f"server RTT, {found.people:,} waiting, {found.probes:,} probes, while a console {what} with "
            f"{found.console_share[way]:.0%} of a processor (baseline: without a console)"
        )
        rtt_ms = found.rtt_ms[way]
        medians = statistics.median(rtt_ms), statistics.median(alone_ms)
        made += [
            Row(f"{said}, median", *medians, "ms", most=most, of_ratio=True),
            Row("the same, 95th percentile", quantile(rtt_ms, 0.95), quantile(alone_ms, 0.95), "ms"),
        ]
    return made


def main(arguments: list[str]) -> None:
    seconds = float(arguments[0]) if arguments else 10.0
    rounds = int(arguments[1]) if len(arguments) > 1 else 4
    with tempfile.TemporaryDirectory() as folder:
        show(rows(Path(folder), seconds, rounds))


if __name__ == "__main__":
    main(sys.argv[1:])
