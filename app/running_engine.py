"""An engine that runs, however it came to run: started here, found running, or inside this very process.

Owns whether it is alive, how it ended and what it said. Must not talk to it (see engine_client.py) nor import Qt.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path
from typing import Protocol

import psutil

from core.server.engine_file import EngineFile

END_WITHIN_S = 10.0
LOOK_EVERY_S = 0.05
WORDS_LIMIT_BYTES = 1_000_000


class RunningEngine(Protocol):
    """`file` says where it is; `outlives_console` whether a run goes on without the window."""

    file: EngineFile
    outlives_console: bool

    def alive(self) -> bool:
        """Whether it is still there."""

    def how_it_ended(self) -> str:
        """In a few words, once it is gone."""

    def words(self) -> str:
        """What it wrote to stdout and stderr, as far as is known."""

    def let_go(self) -> None:
        """It will not be watched any longer."""


class FoundEngine:
    """One that somebody else started."""

    outlives_console = True

    def __init__(self, file: EngineFile) -> None:
        self.file = file

    def alive(self) -> bool:
        """Whether its process is there; a dead one that its parent has not fetched yet is gone."""
        try:
            return psutil.Process(self.file.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def how_it_ended(self) -> str:
        """Only a parent learns the exit code."""
        return "it was not started by this console, so why is not known"

    def words(self) -> str:
        """They went to wherever it was started."""
        return ""

    def let_go(self) -> None:
        """Nothing is held."""


class ChildProcess:
    """A process started here, whose output goes to a file."""

    def __init__(self, process: subprocess.Popen[bytes], log_path: Path, log_start: int) -> None:
        self._process = process
        self._log_path, self._log_start = log_path, log_start

    @property
    def pid(self) -> int:
        """Of what was started: on Windows a launcher, whose child the engine may be."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs; on POSIX the negative number of the signal that killed it."""
        return self._process.poll()

    def words(self) -> str:
        """What it wrote."""
        try:
            with self._log_path.open("rb") as log:
                log.seek(self._log_start)
                return log.read(WORDS_LIMIT_BYTES).decode("utf-8", "replace")
        except OSError:
            return ""

    def kill(self) -> None:
        """End it at once, and wait until it is gone: for one that does not answer."""
        self._process.kill()
        self._process.wait()

    def let_go(self) -> None:
        """It is meant to outlive this program; the interpreter need not warn of it."""
        if self._process.poll() is None:
            self._process.returncode = 0


class ChildEngine:
    """One that this console started, in a process of its own."""

    outlives_console = True

    def __init__(self, file: EngineFile, process: ChildProcess) -> None:
        self.file = file
        self._process = process

    def alive(self) -> bool:
        """Whether its process is there."""
        return self._process.exit_code() is None

    def how_it_ended(self) -> str:
        """Its exit code, in words."""
        return how_it_ended(self._process.exit_code())

    def words(self) -> str:
        """What it wrote."""
        return self._process.words()

    def let_go(self) -> None:
        """Let it run on."""
        self._process.let_go()


def how_it_ended(code: int | None) -> str:
    """An exit code in words."""
    if code is None:
        return "why is not known"
    return f"it was killed by signal {-code}" if code < 0 else f"exit code {code}"


async def wait_until_gone(engine: RunningEngine) -> bool:
    """Wait for an engine that was asked to shut down; False if it is still there after END_WITHIN_S."""
    deadline_s = time.monotonic() + END_WITHIN_S
    while engine.alive():
        if time.monotonic() >= deadline_s:
            return False
        await asyncio.sleep(LOOK_EVERY_S)
    return True
