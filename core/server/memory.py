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
SPARES = 300  # more than uvloop, asyncio or aiohttp keep of a kind
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
    """Memory that stays taken, so that what is kept for the next use lies where nothing could go back anyway.

    Libraries keep the last few things they let go of for the next use: uvloop, asyncio and aiohttp some hundred
    objects of a kind, glibc 7 chunks of each of 64 small sizes for each thread (malloc/malloc.c, "tcache"). After a
    crowd each of them lies on a page of its own, which then cannot go back. Here are as many, got while the process was
    small, so that they lie together; in an exchange these are kept instead. To be made and used in the loop's thread.
    """

    def __init__(self) -> None:
        self._c = ctypes.CDLL(None)
        self._c.malloc.restype, self._c.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
        self._c.free.restype, self._c.free.argtypes = None, [ctypes.c_void_p]
        self._objects = spare_objects()
        self._chunks = self._take_chunks()

    def exchange_objects(self, kept: list[Any]) -> None:
        """`kept` is what `spare_objects` gave a moment ago: what was kept until then."""
        self._objects.clear()
        kept.clear()
        self._objects = spare_objects()

    def exchange_chunks(self) -> None:
        """Then `malloc_trim` reaches what was kept."""
        kept = self._take_chunks()
        for chunk in (*self._chunks, *kept):
            self._c.free(chunk)
        self._chunks = self._take_chunks()

    def _take_chunks(self) -> list[int]:
        return [self._c.malloc(size) for size in KEPT_APART for _ in range(OF_EACH)]


def spare_objects() -> list[Any]:
    """More of each kind than is kept of it: used handles, timers, waits and requests. In the running loop."""
    from aiohttp.http_parser import RawRequestMessage  # slow, and main.py imports this module

    loop = asyncio.get_running_loop()
    timers = [loop.call_later(60, int) for _ in range(SPARES)]
    for timer in timers:
        timer.cancel()
    handles = [loop.call_soon(int) for _ in range(SPARES)]
    waits = [iter(loop.create_future()) for _ in range(SPARES)]
    request: tuple[Any, ...] = ("GET", "/", None, None, (), False, None, False, False, None)
    return [*timers, *handles, *waits, *(RawRequestMessage(*request) for _ in range(SPARES))]


def give_back(reserve: Reserve | None = None) -> None:
    """Give every free page back to the system, a moment from now. Call inside the running loop."""
    kept = [] if reserve is None else spare_objects()
    asyncio.get_running_loop().call_later(A_MOMENT_S, _give_back, kept, reserve)


def _give_back(kept: list[Any], reserve: Reserve | None) -> None:
    if reserve is not None:
        reserve.exchange_objects(kept)
    forget_names()
    gc.collect()  # empties the interpreter's own lists of spares, too
    shrink(*tables_of_loop())
    if reserve is not None:
        reserve.exchange_chunks()
    if is_glibc():
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))


def forget_names() -> None:
    """Empty the interpreter's cache of attributes, which holds the name it was asked for last in each of 4096 places.

    engine.io puts the name of a method together anew for each connection, and the place goes by where the name lies
    (Objects/typeobject.c, MCACHE_HASH_METHOD): hundreds of pages stayed for one such name each.
    """
    clear = getattr(sys, "_clear_internal_caches", None) or getattr(sys, "_clear_type_cache", None)
    if clear is not None:
        clear()


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

    def __init__(self, put_away: Callable[[], None], give_back: Callable[[], None] = give_back) -> None:
        self._put_away, self._give_back = put_away, give_back
        self._most = self._looks = 0

    def look(self, here: int) -> None:
        """To be called now and then with how many are here, those included whose place is kept for them."""
        self._most = max(self._most, here)
        gone = self._most > FEW and here * LEFT_OVER <= self._most
        self._looks = self._looks + 1 if gone else 0
        if self._looks in (SOON, LATER, LAST):
            self._put_away()
            self._give_back()
        if self._looks == LAST:
            self._most, self._looks = here, 0
