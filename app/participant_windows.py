"""Test participants: processes of `main.py participants` that belong to this console.

Owns starting and ending them. Must not import QtWebEngine: it lives in those processes only.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import IO, Any

from app.engine_process import MAIN
from app.running_engine import how_it_ended

END_WITHIN_S = 5.0
LAST_WORDS_BYTES = 2_000


class ParticipantWindows:
    """`tell(sentence)` is called for a process that ended otherwise than by its windows being closed."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._processes: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []

    def open(self, number: int, url: str, *, autoplay: bool = False) -> None:
        """`number` more pages of `url`. Raises OSError if the process cannot be started."""
        command = [sys.executable, str(MAIN), "participants", str(number), "--url", url]
        words = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the process
        process = subprocess.Popen(
            [*command, "--autoplay"] if autoplay else command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            **_own_group(),
        )
        self._processes.append((process, words))

    def check(self) -> None:
        """Called often: tell of those that ended badly."""
        for process, words in [entry for entry in self._processes if entry[0].poll() is not None]:
            self._processes.remove((process, words))
            if process.returncode != 0:
                how = how_it_ended(process.returncode)
                self._tell(f"The test participants' windows ended ({how}). {_last_line(words)}".strip())
            words.close()

    async def close_all(self) -> None:
        """End them in order; those that will not are killed."""
        entries, self._processes = self._processes, []
        for process, _ in entries:
            _ask_to_end(process)
        for process, words in entries:
            try:
                await asyncio.to_thread(process.wait, END_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)
            words.close()


def _own_group() -> dict[str, Any]:
    """A Ctrl-C in the console's terminal is the console's to answer."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _ask_to_end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        process.terminate()


def _last_line(words: IO[bytes]) -> str:
    size = words.seek(0, 2)
    words.seek(max(0, size - LAST_WORDS_BYTES))
    lines = words.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("greenroom: ") if lines else ""
