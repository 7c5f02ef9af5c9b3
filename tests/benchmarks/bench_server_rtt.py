"""Whether the console, while it draws, makes the server RTTs in the log longer: one run, with and without a console.

`python -m tests.benchmarks.bench_server_rtt [PARTICIPANTS [SECONDS]]` prints medians and their ratio;
`pytest tests/benchmarks/bench_server_rtt.py` checks the ratio against its goal. The run is served by `main.py serve`,
and everybody waits in the waitroom; a real console takes it up for a while and lets it go again, in turns, so that
whatever else the machine does falls on both.
`bench_busy_rtt` does so with a thousand people.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import socketio

from app.engine_client import EngineClient
from core.server import engine_file
from tests.end_to_end.stage import ConsoleProcess, end_engine_of, events_in, serve, write_experiment

ROUNDS = 6
SETTLE_S = 6.0  # newcomers are pinged more often at first
GOAL = 1.2


class Medians(NamedTuple):
    """Milliseconds, over all rounds; `samples` of each kind."""

    alone_ms: float
    drawing_ms: float
    alone_samples: int
    drawing_samples: int

    @property
    def ratio(self) -> float:
        return self.drawing_ms / self.alone_ms


async def join(url: str) -> socketio.AsyncClient:
    """A page's side of the server RTT: acknowledge at once."""
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    client.on("rtt_ping", lambda *_: None)
    client.on("*", lambda *_: None)
    await client.connect(url, transports=["websocket"])
    await client.call("join", {})
    await client.call("advance", {"scene_id": "hello"})
    return client


async def pause_matching(logs_dir: Path) -> None:
    """So that all stay in the waitroom, where each is a row that is drawn anew ten times a second."""
    file = engine_file.read(logs_dir)
    assert file is not None
    operator = EngineClient(file, "bench", on_state=lambda _state: None, on_lost=lambda: None)
    await operator.connect()
    await operator.ask("pause_matching", paused=True)
    await operator.close()


async def measure(folder: Path, participants: int, seconds: float) -> Medians:
    """Alone, with a console, alone, with a console, … each for `seconds`."""
    logs_dir = folder / "logs"
    arguments = [
        str(write_experiment(folder)),
        "--start",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--logs-dir",
        str(logs_dir),
    ]
    spans: list[tuple[bool, float, float]] = []
    with serve(*arguments) as engine:
        try:
            assert engine.stdout is not None
            url = (await asyncio.to_thread(engine.stdout.readline)).split()[-1]
            await asyncio.to_thread(engine.stdout.readline)
            await pause_matching(logs_dir)
            clients = [await join(url) for _ in range(participants)]
            await asyncio.sleep(SETTLE_S)
            for _ in range(ROUNDS):
                spans.append((False, *await span(seconds)))
                console = await asyncio.to_thread(open_console, folder, logs_dir)
                spans.append((True, *await span(seconds)))
                await asyncio.to_thread(console.close)
            for client in clients:
                await client.disconnect()
            measured = events_in(logs_dir / "latest", "server_rtt_measured")
        finally:
            end_engine_of(logs_dir)
    return medians(spans, measured)


def medians(spans: list[tuple[bool, float, float]], measured: list[dict[str, Any]]) -> Medians:
    """Of the events in these spans (with a console or not, start, end)."""
    samples: dict[bool, list[float]] = {False: [], True: []}
    for with_console, start, end in spans:
        samples[with_console] += [event["sample_ms"] for event in measured if start <= event["timestamp"] < end]
    alone, drawing = samples[False], samples[True]
    return Medians(statistics.median(alone), statistics.median(drawing), len(alone), len(drawing))


async def span(seconds: float) -> tuple[float, float]:
    """That long; its start and end as the log's timestamps count."""
    start = time.time()
    await asyncio.sleep(seconds)
    return start, time.time()


def open_console(folder: Path, logs_dir: Path) -> ConsoleProcess:
    """A console that shows the run; it lets go of it when it is closed."""
    console = ConsoleProcess(folder, "--logs-dir", str(logs_dir))
    console.wait_for(lambda shown: shown["run"] and shown["run"]["waitroom"])
    return console


@pytest.mark.benchmark
async def test_a_drawing_console_does_not_lengthen_server_rtts(tmp_path: Path):
    found = await measure(tmp_path, 100, 5.0)
    assert min(found.alone_samples, found.drawing_samples) > 300
    assert found.ratio <= GOAL, found


def main(arguments: list[str]) -> None:
    participants = int(arguments[0]) if arguments else 100
    seconds = float(arguments[1]) if len(arguments) > 1 else 5.0
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), participants, seconds))
    sys.stdout.write(
        f"server RTT in the log, median, {participants} participants\n"
        f"  serve alone           {found.alone_ms:.3f} ms  ({found.alone_samples} samples)\n"
        f"  while a console draws {found.drawing_ms:.3f} ms  ({found.drawing_samples} samples)\n"
        f"  ratio                 {found.ratio:.2f}  (goal: at most {GOAL})\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
