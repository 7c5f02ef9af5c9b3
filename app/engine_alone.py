"""`main.py serve`: what is checked before the engine runs in this process, and what its failures are called.

Owns turning the engine's errors into sentences and exit codes. Must not import Qt.
"""

from __future__ import annotations

from pathlib import Path

from app import ctrl_c, exits, preflight
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
    resume: Path | None = None,
) -> int:
    """Run the engine until it is told to stop; None stands for what the experiment file says, or the run that it is to
    go on with. Raises Failure.
    """
    loaded = preflight.load(experiment)
    settings = loaded.experiment
    version = program_version()
    run_id = ""
    if resume is not None:
        run_id, logs_dir, port = _interrupted(resume, logs_dir, port)
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

    ctrl_c.as_usual()
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
            resume=run_id,
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


def _interrupted(run: Path, logs_dir: Path | None, port: int | None) -> tuple[str, Path, int | None]:
    """The name of the run to go on with, its logs folder, and the port behind which people's pages look for it."""
    from core.runlog.files import LogReadError
    from core.runlog.run_directory import RunDirectory, RunDirectoryError
    from core.server.interrupted import port_of

    try:
        directory = RunDirectory.open(run)
        port = port_of(directory) if port is None else port
    except (RunDirectoryError, LogReadError) as error:
        raise Failure(exits.LOGS_FOLDER, str(error)) from error
    folder = directory.path.parent
    if logs_dir is not None and logs_dir.resolve() != folder:
        raise Failure(
            exits.LOGS_FOLDER, f"{directory.run_id} lies in {folder}, not in {logs_dir}. Leave --logs-dir out."
        )
    return directory.run_id, folder, port
