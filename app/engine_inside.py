"""`--in-process`: the engine inside the console's own loop.

Owns its start and its stop there. Must not be imported before the first paint: it brings the whole server.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from app import exits, preflight
from app.exits import Failure
from app.tasks import Tasks
from app.version import program_version
from core.experiment.loader import ExperimentError, LoadedExperiment
from core.runlog.run_directory import RunDirectoryError
from core.server import engine_file
from core.server.service import PortTaken, Service


class InsideEngine:
    """A RunningEngine whose process is this one: the session ends with the window."""

    outlives_console = False

    def __init__(self, service: Service, file: engine_file.EngineFile, stopping: asyncio.Task[None]) -> None:
        self.file = file
        self._service, self._stopping = service, stopping

    def alive(self) -> bool:
        """Until it was told to shut down and has."""
        return not self._stopping.done()

    def how_it_ended(self) -> str:
        """It has no exit code."""
        return "it stopped inside this window's process"

    def words(self) -> str:
        """They went to this program's own stderr."""
        return ""

    def let_go(self) -> None:
        """Nothing is held."""


async def start(loaded: LoadedExperiment, logs_dir: Path, port: int | None, tasks: Tasks) -> InsideEngine:
    """Start it. Raises Failure."""
    version = program_version()
    preflight.check_no_other_engine(logs_dir, version)
    preflight.check_network(loaded)
    settings = loaded.experiment.server
    port = settings.port if port is None else port
    try:
        service = Service(
            loaded, logs_dir, host=settings.host, port=port, program_version=version, given_as=str(loaded.path)
        )
        await service.start()
    except ExperimentError as error:
        raise Failure(exits.EXPERIMENT, str(error)) from error
    except PortTaken as error:
        raise preflight.port_taken(settings.host, port, str(error)) from error
    except RunDirectoryError as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    stopping = tasks.spawn(_stop_when_told(service), "the engine's end")
    file = engine_file.read(logs_dir)
    if file is None or file.instance != service.instance:
        stopping.cancel()
        raise Failure(
            exits.LOGS_FOLDER, f"{engine_file.path_in(logs_dir)} could not be written. Choose another folder."
        )
    return InsideEngine(service, file, stopping)


async def _stop_when_told(service: Service) -> None:
    """Until it is called off or told: then everything is closed in order."""
    try:
        await service.stopped.wait()
    finally:
        await service.stop()
