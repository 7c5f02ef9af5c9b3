"""What can be known to fail before a run is started: the experiment, the network, the port, another engine's presence.

Owns the checks, their sentences and their exit codes. Must not import Qt or the server: the console asks, too.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

from app import exits
from app.exits import Failure
from core.experiment.loader import ExperimentError, LoadedExperiment, load_experiment
from core.server import engine_file
from core.server.engine_file import EngineFile

if TYPE_CHECKING:
    from core.server.preflight import Check

PORTS_TRIED = 200


def load(name_or_path: str) -> LoadedExperiment:
    """The experiment, ready to run. Raises Failure with every problem of the file."""
    try:
        return load_experiment(name_or_path)
    except ExperimentError as error:
        raise Failure(exits.EXPERIMENT, str(error)) from error


def check_network(loaded: LoadedExperiment) -> str:
    """A warning if the network is of little use ("" if all is well). Raises Failure if probes could never work.

    WebRTC finds no way between two pages over loopback alone, not even on one computer.
    """
    from core.server.preflight_network import interfaces

    finding = interfaces(loaded.experiment.matching.max_p2p_rtt_ms)
    said = " ".join(part for part in (finding.sentence, finding.advice) if part)
    if finding.level == "stop":
        raise Failure(exits.NO_NETWORK, f"{said} The experiment is {loaded.path}.")
    return said if finding.level == "beware" else ""


def checks(loaded: LoadedExperiment, logs_dir: Path, host: str | None, port: int | None) -> list[Check]:
    """What to look at before this experiment runs there; None stands for what its file says. Blocks for up to 1 s."""
    from core.server.preflight import checks_for
    from core.server.preflight_shapes import Situation

    server = loaded.experiment.server
    engine = engine_file.find_running(logs_dir)
    situation = Situation(
        loaded,
        logs_dir,
        server.host if host is None else host,
        server.port if port is None else port,
        own_port=engine.port if engine is not None else None,
    )
    return checks_for(situation)


def check_no_other_engine(logs_dir: Path, program_version: str) -> None:
    """Raise Failure if an engine runs on this logs folder already: there is room for one."""
    running = engine_file.find_running(logs_dir)
    if running is None:
        silent = engine_file.find_silent(logs_dir)
        if silent is not None:
            raise Failure(exits.ENGINE_RUNNING, no_answer_from(silent))
        return
    if running.program_version != program_version:
        raise Failure(exits.ENGINE_RUNNING, other_version(running, program_version))
    raise Failure(
        exits.ENGINE_RUNNING,
        f"An engine already runs on the logs folder {logs_dir} (process {running.pid}, {running.address}). Open the "
        f"console on that folder to take it up, end it first, or give another folder with --logs-dir.",
    )


def no_answer_from(silent: EngineFile) -> str:
    """What is said of an engine that is there and stands still: another one beside it would write it off."""
    run = f", with {silent.run_id} under way or just over," if silent.run_id else ""
    return (
        f"An engine{run} is there on the logs folder {silent.logs_dir} (process {silent.pid}), but does not answer: it "
        "was stopped, or has no time. Wait until it goes on, end that process, or give another folder with --logs-dir."
    )


def other_version(running: EngineFile, program_version: str) -> str:
    """What is said of an engine this program does not understand."""
    return (
        f"An engine of Greenroom {running.program_version} (process {running.pid}) runs on the logs folder "
        f"{running.logs_dir}, and this is Greenroom {program_version}. End its run with that version's console, or "
        "give another folder with --logs-dir."
    )


def port_taken(host: str, port: int, problem: str) -> Failure:
    """The failure for a port that cannot be listened on, with one that can."""
    if not _is_free(host, 0):
        return Failure(exits.PORT_TAKEN, f"{problem} No port of {host} can be listened on: give another --host.")
    free = next_free_port(host, port)
    instead = f" Port {free} is free: --port {free} takes it." if free else " Give another one with --port."
    return Failure(exits.PORT_TAKEN, f"{problem} Another program, perhaps another Greenroom, may use it.{instead}")


def next_free_port(host: str, port: int) -> int | None:
    """The first port above `port` that can be listened on; None if there is none near."""
    for candidate in range(port + 1, min(port + 1 + PORTS_TRIED, 65_536)):
        if _is_free(host, candidate):
            return candidate
    return None


def _is_free(host: str, port: int) -> bool:
    """Try it out, and let go of it at once."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.bind((host, port))
    except OSError:
        return False
    return True
