"""One run as the console sees it: its log, followed, and folded into projections.

Owns how far the log was read and what time it is in the run. Live and recorded runs are the same to it; a recorded one
merely stops growing. Must not draw, and must not ask the engine anything.
"""

from __future__ import annotations

import time
from pathlib import Path

from app.replay import Replay
from core.projections.shown import ShownRun
from core.projections.veil import Veil
from core.runlog.follower import Follower
from core.runlog.logged_events import LoggedEvents
from core.runlog.run_directory import RunDirectory

BUDGET_S = 0.004


class RunView:
    """`shown` are the projections; `poll` brings them up to date; `goes_on` False stops the clock at the last event.

    With a `veil` everything is folded with pseudonyms and without anybody's own words. `replay` is there for a run that
    is looked at, not for the one that is run from here.
    """

    def __init__(self, run: RunDirectory, *, goes_on: bool, veil: Veil | None = None) -> None:
        self.run = run
        self.goes_on = goes_on
        self.veil = veil
        self._follower = Follower(run.events_path)
        self._seen_as = None if veil is None else veil.event
        self.shown = ShownRun(LoggedEvents(self._follower, self._seen_as))
        self.replay = None if goes_on else Replay(self.shown, self._follower, self._seen_as)
        self._last_timestamp: float | None = None

    @property
    def path(self) -> Path:
        """The run's directory."""
        return self.run.path

    @property
    def bad_line_count(self) -> int:
        """How many lines of the log could not be read as events."""
        return self._follower.bad_line_count

    def poll(self, budget_s: float = BUDGET_S) -> bool:
        """Read and fold for about `budget_s` seconds; whether there is more to read. Raises LogReadError."""
        stop_s = time.perf_counter() + budget_s
        while True:
            events = self._follower.poll(0.0)
            if self._seen_as is not None:
                events = list(map(self._seen_as, events))
            if self.replay is None:
                self.shown.replay(events, self._follower.places)
            else:
                self.replay.take(events, self._follower.places)
            if events:
                self._last_timestamp = events[-1].timestamp
            if self._follower.caught_up:
                return False
            if time.perf_counter() >= stop_s:
                return True

    def now_elapsed_s(self) -> float:
        """Seconds since the run started; of a run that is over, up to its last event.

        Reckoned from the newest event, so that a clock that was set right since the start moves nothing in the chart.
        """
        last_s = self.shown.run.last_elapsed_s
        if not self.goes_on or self.shown.run.state == "ended" or self._last_timestamp is None:
            return last_s
        return last_s + max(0.0, time.time() - self._last_timestamp)
