"""`main.py serve`: what is checked before the engine runs in this process, and what its failures are called.

Owns turning the engine's errors into sentences and exit codes. Must not import Qt.
"""

from __future__ import annotations

from pathlib import Path

from app import exits, preflight
from app.exits import Failure
from app.version import program_version


def run(
    experiment: str,
    *,
    logs_dir: Path | None,
    host: str | None,
    port: int | None,
    start: bool,
    duration_s: float | None,
) -> int:
    """Run the engine until it is told to stop; None stands for what the experiment file says. Raises Failure."""
    loaded = preflight.load(experiment)
    settings = loaded.experiment
    version = program_version()
    logs_dir = Path(settings.logging.logs_dir) if logs_dir is None else logs_dir
    host = settings.server.host if host is None else host
    port = settings.server.port if port is None else port
    preflight.check_no_other_engine(logs_dir, version)
    if warning := preflight.check_network(loaded):
        exits.warn(warning)

    from core.experiment.problems import ExperimentError
    from core.runlog.run_directory import RunDirectoryError
    from core.server.serve import serve
    from core.server.service import PortTaken
    from core.server.wire import Refused

    try:
        serve(
            loaded,
            logs_dir,
            host=host,
            port=port,
            start=start,
            duration_s=duration_s,
            program_version=version,
            given_as=str(loaded.path),
        )
    except ExperimentError as error:
        raise Failure(exits.EXPERIMENT, str(error)) from error
    except PortTaken as error:
        raise preflight.port_taken(host, port, str(error)) from error
    except RunDirectoryError as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    except Refused as error:
        raise Failure(exits.UNEXPECTED, str(error)) from error
    return exits.FINE
