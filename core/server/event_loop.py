"""The event loop of a process of ours without a window: which kind, its collector, how it is told to stop.

Owns what `main.py serve` and `main.py bots` share. Must not know what runs in the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any


def run(main: Coroutine[Any, Any, None]) -> None:
    """On uvloop where there is one (not on Windows), else on asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def tune_collector() -> None:
    """Collect rarely, and never what was loaded at the start: 1.4 times the events a second (DESIGN §6)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


@contextlib.contextmanager
def signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and a polite kill call `stop`. Windows has no loop signal handlers: there Ctrl-C is an exception, which
    ends things in order on its way out, and SIGTERM does not exist.
    """
    loop = asyncio.get_running_loop()
    names = () if sys.platform == "win32" else (signal.SIGINT, signal.SIGTERM)
    for name in names:
        loop.add_signal_handler(name, stop)
    try:
        yield
    finally:
        for name in names:
            loop.remove_signal_handler(name)
