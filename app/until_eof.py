"""Leaving once whoever started this process has gone, or says so: its standard input is closed then.

Owns the waiting for that, which works on every system alike. Must not make anything of what it reads.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable


def call_at_eof(stop: Callable[[], None]) -> None:
    """Call `stop`, from a thread of its own, once standard input has ended; at once where there is none."""
    threading.Thread(target=_wait, args=(stop,), name="until eof", daemon=True).start()


def _wait(stop: Callable[[], None]) -> None:
    # Past Python's buffer: a thread that holds its lock at the interpreter's end would abort the program.
    while sys.stdin is not None and os.read(sys.stdin.fileno(), 4096):
        pass
    stop()
