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

MANY_SOCKETS = 20_000


def run(main: Coroutine[Any, Any, None]) -> None:
    """On uvloop where there is one (not on Windows), else on asyncio's own loop."""
    with contextlib.closing(main):  # Ctrl-C may come before it has begun
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


def allow_many_sockets() -> None:
    """Let this process open as many sockets as the system lets it ask for; many begin with 256 or 1,024."""
    if sys.platform == "win32":  # has no such limit
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_SOCKETS if hard == resource.RLIM_INFINITY else min(MANY_SOCKETS, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    with contextlib.suppress(ValueError, OSError):  # macOS may promise more than it gives: then it stays as it was
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


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
