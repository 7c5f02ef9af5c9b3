"""`main.py serve`: the engine as a process of its own.

Owns what belongs to the process and not to the engine: the event loop's kind, the collector, signals, the time limit,
and what is printed. Must not import Qt.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from core.experiment.loader import LoadedExperiment
from core.server.service import Service
from core.server.wire import Refused


def serve(
    loaded: LoadedExperiment,
    logs_dir: Path,
    *,
    host: str,
    port: int,
    start: bool,
    duration_s: float | None,
    program_version: str,
    given_as: str,
) -> None:
    """Run the engine until it is shut down, a signal comes, or `duration_s` after a run that `start` began.

    Raises PortTaken, RunDirectoryError, ExperimentError, Refused (the run could not be started).
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")

    async def main() -> None:
        service = Service(loaded, logs_dir, host=host, port=port, program_version=program_version, given_as=given_as)
        await service.start()
        try:
            await _live(service, start=start, duration_s=duration_s)
        finally:
            await service.stop()

    _run(main())


async def _live(service: Service, *, start: bool, duration_s: float | None) -> None:
    for link in service.links:
        print(f"Participants join at {link}", flush=True)
    if start:
        await service.start_run(by="command line")
        print(f"Run {service.state()['run_dir']}", flush=True)
    _tune_collector()
    with _signals(service.stopped.set), contextlib.suppress(TimeoutError):
        await asyncio.wait_for(service.stopped.wait(), duration_s)
    engine = service.engine
    if engine is not None and not engine.over:
        with contextlib.suppress(Refused):
            engine.end_now("duration" if duration_s is not None and not service.stopped.is_set() else "stopped", by="")


def _tune_collector() -> None:
    """Collect rarely, and never what was loaded at the start: 1.4 times the events a second (DESIGN §6)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Any:
    """Ctrl-C and a polite kill end the run in order. Windows has no loop signal handlers: there Ctrl-C is an exception,
    which ends the run on its way out, and SIGTERM does not exist.
    """
    loop = asyncio.get_running_loop()
    names = () if sys.platform == "win32" else (signal.SIGINT, signal.SIGTERM)
    for name in names:
        loop.add_signal_handler(name, stop)
    try:
        yield
    finally:
        for name in names:
            loop.remove_signal_handler(name)


def _run(main: Coroutine[Any, Any, None]) -> None:
    """On uvloop where there is one (not on Windows), else on asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)
