"""Time as the rest of core sees it: what the clock says, and being called later.

Owns the one door to time, so that matching runs unchanged on the wall clock, on a test's fake clock and on the
simulator's virtual one. Must not know anything of participants, sockets or logs.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol

SHORTEST_S = 0.001  # what a loop that counts in milliseconds does not round to nothing


class Timer(Protocol):
    """A call that was asked for and can still be called off."""

    def cancel(self) -> None:
        """Call it off; harmless if it already happened."""


class Clock(Protocol):
    """Where time comes from and how to be woken by it."""

    def time(self) -> float:
        """Unix time in seconds."""

    def monotonic(self) -> float:
        """Seconds on a clock that never steps back; only differences mean anything."""

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` once, not before `delay_s` seconds have passed; `0` means in the next turn."""


class SystemClock:
    """The machine's clocks, with deadlines kept by the running asyncio loop."""

    def time(self) -> float:
        """Unix time in seconds."""
        return time.time()

    def monotonic(self) -> float:
        """`time.monotonic()`, the clock asyncio's own deadlines use."""
        return time.monotonic()

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """As `Clock.call_later`; must be called from inside the running loop."""
        loop = asyncio.get_running_loop()
        if delay_s <= 0:
            return loop.call_soon(callback)
        return _Deadline(loop, time.monotonic() + delay_s, callback)


class _Deadline:
    """A timer of a loop, rung again if it rang early.

    Loops count in milliseconds and round; whoever looks at the clock when called, to see whether a rest is over, would
    find that it is not, and nobody would call again.
    """

    __slots__ = ("_callback", "_due_s", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, due_s: float, callback: Callable[[], None]) -> None:
        self._loop, self._due_s = loop, due_s
        self._callback: Callable[[], None] | None = callback
        self._timer: asyncio.TimerHandle | None = loop.call_later(due_s - time.monotonic(), self._ring)

    def cancel(self) -> None:
        """Call it off; harmless if it already happened."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._callback = None

    def _ring(self) -> None:
        early_s = self._due_s - time.monotonic()
        if early_s > 0:
            self._timer = self._loop.call_later(max(early_s, SHORTEST_S), self._ring)
            return
        callback, self._timer, self._callback = self._callback, None, None
        if callback is not None:
            callback()


class _Due:
    """One entry of a virtual clock's agenda; `callback` is None once it was called or called off.

    It is let go of then, because whoever asked often holds this, and the callback holds them.
    """

    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Call it off; harmless if it already happened."""
        self.callback = None


class VirtualClock:
    """A clock that moves only when told to: for tests and for simulation.

    `advance` runs everything due on the way, in order of its due time and then of its asking, with the clock standing
    at each due time in turn.
    """

    def __init__(self, start_unix_s: float = 1_700_000_000.0) -> None:
        self._start_unix_s = start_unix_s
        self._now_s = 0.0
        self._agenda: list[tuple[float, int, _Due]] = []
        self._order = itertools.count()

    def time(self) -> float:
        """Unix time in seconds."""
        return self._start_unix_s + self._now_s

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._now_s

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """As `Clock.call_later`."""
        due = _Due(callback)
        due_s = self._now_s + delay_s if delay_s > 0 else self._now_s
        heapq.heappush(self._agenda, (due_s, next(self._order), due))
        return due

    def advance(self, seconds: float = 0.0) -> None:
        """Move on by `seconds`, running what falls due; `0` runs what is due now."""
        end_s, agenda = self._now_s + seconds, self._agenda
        while agenda and agenda[0][0] <= end_s:
            due_s, _, due = heapq.heappop(agenda)
            callback, due.callback = due.callback, None
            if callback is not None:
                self._now_s = due_s  # nothing on the agenda is older than the clock
                callback()
        self._now_s = end_s

    def next_due_s(self) -> float | None:
        """When the next call falls due, in seconds of `monotonic`; None if there is none."""
        while self._agenda and self._agenda[0][2].callback is None:
            heapq.heappop(self._agenda)
        return self._agenda[0][0] if self._agenda else None
