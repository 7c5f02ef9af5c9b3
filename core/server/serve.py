"""`main.py serve`: the engine as a process of its own.

Owns what belongs to the process and not to the engine: its end by a signal or the time
limit, and what is printed. Must not import Qt.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

from core.experiment.loader import LoadedExperiment
from core.server import event_loop
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
    resume: str = "",
) -> None:
    """Run the engine until it is shut down, a signal comes, or `duration_s` after a run that `start` began, or that
    `resume` names and goes on.

    Raises PortTaken, RunDirectoryError, ExperimentError, Refused (the run could not be started or gone on with).
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")

    async def main() -> None:
        service = Service(loaded, logs_dir, host=host, port=port, program_version=program_version, given_as=given_as)
        await service.start()
        try:
            await _live(service, start=start, resume=resume, duration_s=duration_s)
        finally:
            await service.stop()

    event_loop.run(main())


async def _live(service: Service, *, start: bool, resume: str, duration_s: float | None) -> None:
    if start:
        await service.start_run(by="command line")
    elif resume:
        await service.resume_run(by="command line", run_id=resume)
    for link in service.links:
        print(f"Participants join at {link}", flush=True)
    if start or resume:
        print(f"Run {service.state()['run_dir']}", flush=True)
    event_loop.allow_many_sockets()
    event_loop.tune_collector()
    with event_loop.signals(service.stopped.set), contextlib.suppress(TimeoutError):
        await asyncio.wait_for(service.stopped.wait(), duration_s)
    engine = service.engine
    if engine is not None and not engine.over:
        with contextlib.suppress(Refused):
            engine.end_now("duration" if duration_s is not None and not service.stopped.is_set() else "stopped", by="")
