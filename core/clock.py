"""Time as the rest of core sees it: what the clock says, being called later, and how exactly a time is told.

Owns the one door to time, so that matching runs unchanged on the wall clock, on a test's fake clock and on the
simulator's virtual one. Must not know anything of participants, sockets or logs.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Protocol

log = logging.getLogger(__name__)

SHORTEST_S = 0.001  # what a loop that counts in milliseconds does not round to nothing
AGAIN_AFTER_SLEEP_S = 10.0  # longer than any page takes to be back
TOO_LATE = "called too late: %s"
_ROUNDED_BELOW = 1e9


def rounded(time: float, parts: int) -> float:
    """A time to the nearest of so many `parts` of its unit, ties upwards: what lies beyond says nothing in a log.

    `round` writes a number out and reads it again, which takes several times as long.
    """
    return (time * parts + 0.5) // 1 / parts if time < _ROUNDED_BELOW else time


def all_rounded(times: Iterable[float], parts: int) -> list[float]:
    """Each as `rounded`."""
    return [(time * parts + 0.5) // 1 / parts if time < _ROUNDED_BELOW else time for time in times]


class CalledTooLate(Exception):
    """There is nothing left to do, and whoever has to know does: raised to a clock that called, it ends quietly."""


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
    """The machine's clocks, with deadlines kept by the running asyncio loop.

    Whoever learns that this process stood still says so with `woke`: what was asked for before falls due only once its
    time, or `AGAIN_AFTER_SLEEP_S` of it, has passed again. Nobody could be heard from in the meantime. That is given
    once in twice that time: a process that stands still again and again keeps its deadlines all the same.
    """

    def __init__(self) -> None:
        self.woke_s = -math.inf

    def woke(self) -> None:
        """The process goes on from here; the computer slept, or had no time for it."""
        now_s = time.monotonic()
        if now_s - self.woke_s >= 2 * AGAIN_AFTER_SLEEP_S:
            self.woke_s = now_s

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
            return loop.call_soon(_ring, callback)
        return _Deadline(self, loop, delay_s, callback)


class _Deadline:
    """A timer of a loop, rung again if it rang early.

    Loops count in milliseconds and round; whoever looks at the clock when called, to see whether a rest is over, would
    find that it is not, and nobody would call again.
    """

    __slots__ = ("_asked_s", "_callback", "_clock", "_delay_s", "_loop", "_timer")

    def __init__(
        self, clock: SystemClock, loop: asyncio.AbstractEventLoop, delay_s: float, callback: Callable[[], None]
    ) -> None:
        self._clock, self._loop, self._delay_s = clock, loop, delay_s
        self._asked_s = time.monotonic()
        self._callback: Callable[[], None] | None = callback
        self._timer: asyncio.TimerHandle | None = loop.call_later(delay_s, self._ring)

    def cancel(self) -> None:
        """Call it off; harmless if it already happened."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._callback = None

    def _due_s(self) -> float:
        due_s, woke_s = self._asked_s + self._delay_s, self._clock.woke_s
        if self._asked_s < woke_s:
            return max(due_s, woke_s + min(self._delay_s, AGAIN_AFTER_SLEEP_S))
        return due_s

    def _ring(self) -> None:
        early_s = self._due_s() - time.monotonic()
        if early_s > 0:
            self._timer = self._loop.call_later(max(early_s, SHORTEST_S), self._ring)
            return
        callback, self._timer, self._callback = self._callback, None, None
        if callback is not None:
            _ring(callback)


def _ring(callback: Callable[[], None]) -> None:
    try:
        callback()
    except CalledTooLate as late:
        log.debug(TOO_LATE, late)


class _Due:
    """What is to be called. None once it was, or was called off: it is let go of then, because whoever asked often
    holds this, and the callback holds them.
    """

    __slots__ = ("callback",)  # and no `__init__`: that would be a call of ours for each timer
    callback: Callable[[], None] | None

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
        # By when it falls due, in the order of asking. Most is asked for the time it is, and so needs no sorting in.
        self._agenda: dict[float, list[_Due]] = {}
        self._times_s: list[float] = []  # a heap of the agenda's keys

    def time(self) -> float:
        """Unix time in seconds."""
        return self._start_unix_s + self._now_s

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._now_s

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """As `Clock.call_later`."""
        due = _Due()
        due.callback = callback
        due_s = self._now_s + delay_s if delay_s > 0 else self._now_s
        also_due = self._agenda.get(due_s)
        if also_due is not None:
            also_due.append(due)
        else:
            self._agenda[due_s] = [due]
            heappush(self._times_s, due_s)
        return due

    def advance(self, seconds: float = 0.0) -> None:
        """Move on by `seconds`, running what falls due; `0` runs what is due now."""
        end_s, times_s, agenda = self._now_s + seconds, self._times_s, self._agenda
        while times_s and times_s[0] <= end_s:
            self._now_s = due_s = times_s[0]  # nothing on the agenda is older than the clock
            for due in agenda[due_s]:  # and what is put behind them meanwhile
                callback, due.callback = due.callback, None
                if callback is None:
                    continue
                try:
                    callback()
                except CalledTooLate as late:
                    log.debug(TOO_LATE, late)
            if agenda.pop(due_s, None) is not None:  # unless a call that fell due moved the clock on by itself
                heappop(times_s)
        self._now_s = end_s

    def next_due_s(self) -> float | None:
        """When the next call falls due, in seconds of `monotonic`; None if there is none."""
        times_s = self._times_s
        while times_s and all(due.callback is None for due in self._agenda[times_s[0]]):
            del self._agenda[heappop(times_s)]
        return times_s[0] if times_s else None
