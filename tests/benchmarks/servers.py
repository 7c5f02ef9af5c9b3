"""The two servers that the benchmarks compare, each in a process of its own, and what both need of the machine.

Owns starting and ending them. Must not measure.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.engine_client import EngineClient
from core.server import engine_file
from tests.end_to_end.stage import end_engine_of, serve
from tests.json_process import ROOT, JsonProcess

EXPERIMENT = """
name: bench
scenes:
  - {id: task, kind: game, duration_s: 60}
matching: {max_p2p_rtt_ms: %s}
timeouts: {reconnect_s: 1}
"""
POLITE = () if sys.platform == "win32" else ("nice", "-n", "5")


@dataclass(frozen=True)
class Server:
    """A server under load. `run_dir` is the engine's."""

    url: str
    process: psutil.Process
    logs_dir: Path | None = None

    @property
    def memory_bytes(self) -> int:
        """Resident memory."""
        return int(self.process.memory_info().rss)

    @property
    def cpu_s(self) -> float:
        """Processor time used so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    @property
    def connections(self) -> int:
        """Open connections of the server, not counting the socket it listens on."""
        return sum(c.status == psutil.CONN_ESTABLISHED for c in self.process.net_connections("tcp"))

    async def pause_matching(self) -> None:
        """Everybody stays in the waitroom. Nothing for the bare server, which is told when it starts."""
        if self.logs_dir is None:
            return
        file = engine_file.read(self.logs_dir)
        assert file is not None
        operator = EngineClient(file, "bench", on_state=lambda _state: None, on_lost=lambda: None)
        await operator.connect()
        await operator.ask("pause_matching", paused=True)
        await operator.close()


@contextlib.contextmanager
def engine(folder: Path, *, probes: bool = True, experiment_text: str = "") -> Iterator[Server]:
    """`main.py serve` with a run under way: two play at once, or are probed first and held to a limit; or another
    experiment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    experiment, logs_dir = folder / "bench.yaml", folder / "logs"
    experiment.write_text(experiment_text or EXPERIMENT % ("150" if probes else "null"), encoding="utf-8")
    where = ("--host", "127.0.0.1", "--port", "0", "--logs-dir", str(logs_dir))
    with serve(str(experiment), "--start", *where) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            process.stdout.readline()
            yield Server(url, psutil.Process(process.pid), logs_dir)
        finally:
            end_engine_of(logs_dir)


@contextlib.contextmanager
def bare(*, probes: bool = False, only_wait: bool = False) -> Iterator[Server]:
    """The bare server."""
    options = [*(["--probes"] if probes else []), *(["--only-wait"] if only_wait else [])]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.bare_server", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        yield Server(process.stdout.readline().strip(), psutil.Process(process.pid))
        process.stdin.close()


@contextlib.contextmanager
def crowd(server: Server) -> Iterator[JsonProcess]:
    """Participants for it."""
    with JsonProcess("tests.benchmarks.load", [server.url], prefix=POLITE) as people:
        yield people


def need_open_files(count: int) -> None:
    """Allow this process and those it starts so many open files; skip with the reason where that cannot be had."""
    if sys.platform == "win32":
        pytest.skip("Windows cannot say how many sockets a process may open")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        pytest.skip(f"this user may open {hard} files at most (`ulimit -Hn`); {count} are needed")
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def quantile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def asked(crowd_process: JsonProcess, what: str, *, timeout_s: float = 120.0, **fields: Any) -> dict[str, Any]:
    """Ask the crowd; RuntimeError if anything was refused."""
    answer: dict[str, Any] = crowd_process.ask(what, timeout_s=timeout_s, **fields)
    if answer.get("refusals"):
        raise RuntimeError(f"{what}: {answer['refusals'][:3]}")
    return answer
