"""Going through a recorded run: to a moment, from event to event, and on by itself.

Owns where the run is seen and how fast it goes on. Must not draw, nor fold anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

from app.run_view import RunView
from core.projections.shown import ShownRun
from widgets.time_track import Moment

_LOOK_AGAIN_S = 1e-6


class Player:
    """`speed` is how many seconds of the run go by in one; 0: it stands still. Asked for several moments before it
    comes to go to one, it goes to the last of them.
    """

    def __init__(self, view: RunView, clock: Callable[[], float] = time.perf_counter) -> None:
        assert view.replay is not None
        self.view, self.replay = view, view.replay
        self.speed = 0
        self._clock = clock
        self._at = clock()
        self._wanted_s: float | None = None

    def want(self, elapsed_s: float) -> None:
        """See this moment, with the next `move`."""
        self._wanted_s = elapsed_s

    @property
    def wants(self) -> bool:
        """Whether another moment is to be seen."""
        return self._wanted_s is not None or self.speed > 0

    def play(self, speed: int) -> None:
        """Go on at this speed; from the start, if the end is seen."""
        if speed and not self.speed and self.view.moment_s is None:
            self.want(0.0)
        self.speed, self._at = speed, self._clock()

    def step(self, step: int) -> None:
        """To the next (1) or previous (-1) time at which anything happened."""
        now_s = self.view.now_elapsed_s() if self._wanted_s is None else self._wanted_s
        count = self.replay.count_at(now_s)
        if step > 0:
            self.want(self.replay.time_of(count + 1))
        elif self.replay.time_of(count) < now_s:
            self.want(self.replay.time_of(count))
        else:
            self.want(self.replay.time_of(self.replay.count_at(now_s - _LOOK_AGAIN_S)))

    def move(self) -> None:
        """Go where it was wanted, or on by as much time as has gone by. Raises LogReadError."""
        now = self._clock()
        passed_s, self._at = now - self._at, now
        wanted_s, self._wanted_s = self._wanted_s, None
        if wanted_s is None and self.speed and self.view.moment_s is not None:
            wanted_s = self.view.moment_s + passed_s * self.speed
        if wanted_s is not None:
            self.view.see(wanted_s)
        if self.view.moment_s is None:
            self.speed = 0

    def moments(self) -> list[Moment]:
        """Alerts, notes and changes of the limit in all that was read."""
        return moments_of(self.replay.newest)


def moments_of(shown: ShownRun) -> list[Moment]:
    """In order of time."""
    marked = [Moment(mark.elapsed_s, mark.kind, mark.text) for mark in shown.time_marks.marks]
    steps = shown.run.threshold_steps
    changes = [
        Moment(at_s, "limit", f"RTT limit: {_limit(before)} → {_limit(after)}")
        for (_, before), (at_s, after) in pairwise(steps)
    ]
    return sorted([*marked, *changes])


def _limit(limit_ms: int | None) -> str:
    return "no limit" if limit_ms is None else f"{limit_ms} ms"
