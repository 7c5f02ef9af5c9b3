"""`engine.json`: where the running engine can be found, and whether it still runs.

Owns that file: written by the engine, readable by its owner only, read by consoles. Must not import the server: a
console reads it before anything heavy is loaded.
"""

from __future__ import annotations

import http.client
import socket
import urllib.error
import urllib.request
from pathlib import Path

import msgspec
import psutil

from core.runlog.files import replace_file

ENGINE_FILE = "engine.json"
ANSWER_WITHIN_S = 1.0
# A lab's proxy, set for the whole machine, would be asked for this machine's own addresses, too.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class EngineFile(msgspec.Struct, kw_only=True):
    """A running engine. `token` opens its console namespace; `instance` tells it from another one on the same port."""

    pid: int
    instance: str
    program_version: str
    schema_version: int
    host: str
    port: int
    address: str
    links: list[str]
    token: str
    logs_dir: str
    experiment: str
    started_at: float
    run_id: str | None = None
    run_dir: str | None = None


class Health(msgspec.Struct, kw_only=True):
    """What `/healthz` answers."""

    ok: bool
    program: str
    program_version: str
    instance: str
    state: str
    run_id: str | None = None


def path_in(logs_dir: Path) -> Path:
    """Where the file is."""
    return logs_dir / ENGINE_FILE


def write(logs_dir: Path, engine: EngineFile) -> None:
    """Write it, for its owner's eyes only (on Windows the user's own folder protects it). Raises OSError."""
    replace_file(path_in(logs_dir), msgspec.json.format(msgspec.json.encode(engine)) + b"\n", mode=0o600)


def read(logs_dir: Path) -> EngineFile | None:
    """The file, or None if there is none or it cannot be read as one."""
    try:
        return msgspec.json.decode(path_in(logs_dir).read_bytes(), type=EngineFile)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def remove(logs_dir: Path, instance: str) -> None:
    """Take the file away if it is this engine's own."""
    current = read(logs_dir)
    if current is not None and current.instance == instance:
        path_in(logs_dir).unlink(missing_ok=True)


def ask_health(engine: EngineFile, timeout_s: float | None = None) -> Health | None:
    """Ask the engine at that address how it is; None if nobody answers there, or not as a Greenroom engine. Blocks."""
    try:
        # The address is made by our own engine and is always http on this machine.
        with _direct.open(f"{engine.address}/healthz", timeout=timeout_s or ANSWER_WITHIN_S) as answer:
            return msgspec.json.decode(answer.read(10_000), type=Health)
    except (OSError, urllib.error.URLError, http.client.HTTPException, msgspec.DecodeError):
        return None


def find_running(logs_dir: Path) -> EngineFile | None:
    """The engine that runs on this logs folder; None if the file is missing or stale. Blocks for up to a second."""
    engine = read(logs_dir)
    if engine is None or not psutil.pid_exists(engine.pid):
        return None
    health = ask_health(engine)
    return engine if health is not None and health.instance == engine.instance else None


def find_silent(logs_dir: Path) -> EngineFile | None:
    """The engine of this logs folder that is there but has not answered just now: it was stopped, or has no time.

    For whom `find_running` found nothing; None if the file is missing or stale. Blocks for up to two seconds.
    """
    engine = read(logs_dir)
    if engine is None or not psutil.pid_exists(engine.pid):
        return None
    host, _, port = engine.address.rpartition("//")[2].rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWER_WITHIN_S).close()
    except TimeoutError:
        return engine  # more wait at its door than the system lets in
    except (OSError, ValueError):
        return None
    health = ask_health(engine)
    return engine if health is None or health.instance == engine.instance else None
