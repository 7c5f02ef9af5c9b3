"""Starting the engine as a process that outlives the console.

Owns the command, the file its words go to, the wait until it answers, and the sentence if it does not. Must not talk to
it (see engine_client.py) and must not import Qt.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from app import exits
from app.exits import Failure
from app.running_engine import LOOK_EVERY_S, ChildEngine, ChildProcess, how_it_ended
from core.server import engine_file

MAIN = Path(__file__).resolve().parent.parent / "main.py"
LOG_NAME = "engine.log"
LOG_LIMIT_BYTES = 1_000_000
START_WITHIN_S = 60.0  # far more than any but a starved machine takes; one that ends says so at once


def command_for(experiment: Path, logs_dir: Path, port: int | None) -> list[str]:
    """The command line of an engine; `port` None stands for what the experiment file says."""
    command = [sys.executable, str(MAIN), "serve", str(experiment), "--logs-dir", str(logs_dir)]
    return command if port is None else [*command, "--port", str(port)]


async def start(command: Sequence[str], logs_dir: Path) -> ChildEngine:
    """Start an engine and wait until it answers. Raises Failure with its exit code, its sentence and all it said.

    Called off, it ends the engine: nobody would know of it, and it would keep its port.
    """
    process = _spawn(command, logs_dir)
    try:
        return await _answering(process, logs_dir)
    except asyncio.CancelledError:
        process.kill()
        raise


async def _answering(process: ChildProcess, logs_dir: Path) -> ChildEngine:
    deadline_s = time.monotonic() + START_WITHIN_S
    while True:
        code = process.exit_code()
        if code is not None:
            raise _ended(process, code)
        file = await asyncio.to_thread(engine_file.find_running, logs_dir)
        if file is not None and _is_of(file.pid, process.pid):
            return ChildEngine(file, process)
        if time.monotonic() >= deadline_s:
            process.kill()
            raise Failure(
                exits.UNEXPECTED,
                f"The engine was started but did not answer within {START_WITHIN_S:g} s, and was ended. What it said "
                f"is in {logs_dir / LOG_NAME}.",
                process.words(),
            )
        await asyncio.sleep(LOOK_EVERY_S)


def _spawn(command: Sequence[str], logs_dir: Path) -> ChildProcess:
    """Detached: neither the end of this program nor a Ctrl-C in its terminal reaches it."""
    log_path = logs_dir / LOG_NAME
    try:
        logs_dir.mkdir(parents=True, exist_ok=True)
        if log_path.exists() and log_path.stat().st_size > LOG_LIMIT_BYTES:
            log_path.unlink()
        with log_path.open("ab") as log:
            log.write(time.strftime("--- engine started by a console, %Y-%m-%d %H:%M:%S\n").encode())
            log.flush()
            log_start = log.tell()
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **_detached()
            )
    except OSError as error:
        raise Failure(
            exits.LOGS_FOLDER,
            f"The logs folder {logs_dir} cannot be written: {error.strerror or error}. Free some space, allow this "
            "user to write there, or choose another one with --logs-dir.",
        ) from error
    return ChildProcess(process, log_path, log_start)


def _detached() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _is_of(engine_pid: int, started_pid: int) -> bool:
    """Whether the engine is what was started; on Windows a virtual environment's python.exe starts the real one."""
    if engine_pid == started_pid:
        return True
    try:
        return psutil.Process(engine_pid).ppid() == started_pid
    except psutil.Error:
        return False


def _ended(process: ChildProcess, code: int) -> Failure:
    """The sentence it ended with (all after its last `greenroom:`), or that there was none."""
    words = process.words()
    _, prefix, sentence = words.rpartition(exits.PREFIX)
    if code > 0 and prefix and not sentence.startswith(exits.WARNING):
        return Failure(code, sentence.strip(), words)
    return Failure(
        code if code > 0 else exits.UNEXPECTED,
        f"The engine ended while it was starting: {how_it_ended(code)}.",
        words,
    )
