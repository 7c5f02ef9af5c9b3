"""Memory that a crowd took and left behind, given back to the system.

Owns how this process gets its memory and when what is free of it goes back. Must not know who the crowd was.

Python's own allocator gives memory back by the megabyte (3.10 and later), and after 5,000 people hardly one is wholly
free. The C library's gives it back by the page, but only when it is asked to. It is as fast here
(`tests/benchmarks/bench_crowd.py`). Elsewhere than with glibc nothing is done.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import sys
from collections.abc import Callable
from typing import Any

ALLOCATOR = "PYTHONMALLOC"  # read by Python when it starts
FEW = 50  # people who are not worth the trouble
LEFT_OVER = 10  # a crowd has gone when fewer than one in so many is still here
# How many looks that find it gone, one after the other, come before tidying up: soon, and when what was kept for a
# while (sockets that close slowly, timers of connections) is gone, too, on a busy machine at the last of them.
SOON, LATER, LAST = 2, 15, 30
SPARES = 300  # more than uvloop or asyncio keep of a kind
A_MOMENT_S = 0.1
KEPT_APART, OF_EACH = range(24, 1033, 16), 7
LOOK_EVERY_S = 1.0


def is_glibc() -> bool:
    """Whether this process runs on the one C library that can be asked."""
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (AttributeError, ValueError, OSError):  # no such call (Windows), or no such name (macOS, musl)
        return False


def start_again_by_the_page() -> None:
    """Start this process anew, under the same id, with memory by the page; nothing where it has that or cannot.

    Only for the first moment of a process that is all ours.
    """
    if is_glibc() and ALLOCATOR not in os.environ:
        again = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, again, {**os.environ, ALLOCATOR: "malloc"})  # noqa: S606 -- this very program


class Reserve:
    """Memory that stays taken, so that what the C library keeps for itself lies where nothing could go back anyway.

    glibc keeps the last few freed chunks of each small size apart for the next use (malloc/malloc.c, "tcache": 7 of
    each of 64 sizes for each thread). After a crowd each of them lies on a page of its own, which then cannot go back.
    These are as many, got from it while the process was small, and lie together; `exchange` has them kept instead. To
    be used in one thread.
    """

    def __init__(self) -> None:
        self._c = ctypes.CDLL(None)
        self._c.malloc.restype, self._c.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
        self._c.free.restype, self._c.free.argtypes = None, [ctypes.c_void_p]
        self._chunks = self._take()

    def exchange(self) -> None:
        """Then `malloc_trim` reaches what was kept."""
        kept = self._take()
        for chunk in (*self._chunks, *kept):
            self._c.free(chunk)
        self._chunks = self._take()

    def _take(self) -> list[int]:
        return [self._c.malloc(size) for size in KEPT_APART for _ in range(OF_EACH)]


def give_back(reserve: Reserve | None = None) -> None:
    """Give every free page back to the system, a moment from now. Call inside the running loop."""
    loop = asyncio.get_running_loop()
    loop.call_later(A_MOMENT_S, _give_back, _spares(loop), reserve)


def _spares(loop: asyncio.AbstractEventLoop) -> list[list[Any]]:
    """The loop and asyncio keep some hundred used handles and such for the next use: the last of a crowd, each on a
    page of its own. These are they, and before them as many others that lie in gaps between what is there to stay:
    let go of in this order, the others are what is kept.
    """
    spares: list[list[Any]] = []
    for make in (lambda: loop.call_soon(int), lambda: loop.call_later(60, int), lambda: iter(loop.create_future())):
        scattered, others = ([make() for _ in range(SPARES)] for _ in range(2))
        spares += others, scattered
    for timer in spares[2] + spares[3]:
        timer.cancel()
    return spares


def _give_back(spares: list[list[Any]], reserve: Reserve | None) -> None:
    for each in spares:
        each.clear()
    gc.collect()  # empties the interpreter's own lists of spares, too
    shrink(*tables_of_loop())
    if reserve is not None:
        reserve.exchange()
    if is_glibc():
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))


def tables_of_loop() -> list[set[Any]]:
    """Where uvloop notes its timers and asyncio its tasks: half a megabyte and a quarter of one after 5,000 people."""
    tasks = getattr(asyncio.tasks, "_all_tasks", None) or getattr(asyncio.tasks, "_scheduled_tasks", None)
    inside = (
        *gc.get_referents(asyncio.get_running_loop()),
        *gc.get_referents(vars(tasks) if tasks is not None else None),
    )
    return [each for each in inside if type(each) is set]


def shrink(*tables: dict[Any, Any] | set[Any]) -> None:
    """Have tables that were full once take the room of what they hold: none does so by itself when it empties."""
    for table in tables:
        held: Any = table.copy()
        table.clear()
        table.update(held)


class Tidying:
    """Tidies up once a crowd has gone. `put_away()` keeps those who are gone for good in little memory."""

    def __init__(self, put_away: Callable[[], None], give_back: Callable[[Reserve | None], None] = give_back) -> None:
        self._put_away, self._give_back = put_away, give_back
        self._reserve = Reserve() if is_glibc() else None
        self._most = self._looks = 0

    def look(self, here: int) -> None:
        """To be called now and then with how many are here, those included whose place is kept for them."""
        self._most = max(self._most, here)
        gone = self._most > FEW and here * LEFT_OVER <= self._most
        self._looks = self._looks + 1 if gone else 0
        if self._looks in (SOON, LATER, LAST):
            self._put_away()
            self._give_back(self._reserve)
        if self._looks == LAST:
            self._most, self._looks = here, 0
