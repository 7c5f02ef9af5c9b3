"""One run as the console sees it: its log, followed, and folded into projections.

Owns how far the log was read and what time it is in the run. Live and recorded runs are the same to it; a recorded one
merely stops growing. Must not draw, and must not ask the engine anything.
"""

from __future__ import annotations

import time
from pathlib import Path

from app import log_problems
from app.replay import Replay
from core.analysis.tables.measured_probe import MeasuredProbe, decode_without_answers
from core.events import ProbeCompleted
from core.projections.shown import ShownRun
from core.projections.veil import Veil
from core.runlog.follower import Follower
from core.runlog.logged_events import LoggedEvents
from core.runlog.run_directory import RunDirectory
from widgets import collecting

BUDGET_S = 0.004
BYTES_PER_EVENT = 250  # of most logs
SILENT_FOR_S = 15.0  # an engine writes how it is every few seconds
FORGOTTEN_AFTER_S = 12 * 3600.0
TORN_AFTER_S = 1.0  # until then it may be a line that is just being written


class RunView:
    """`shown` are the projections; `poll` brings them up to date; `goes_on` False stops the clock at the last event.

    With a `veil` everything is folded with pseudonyms and without anybody's own words. `replay` is there for a run that
    is looked at, not for the one that is run from here; ``moment_s` is the earlier
    moment that is seen of it, None: the end.
    """

    def __init__(self, run: RunDirectory, *, goes_on: bool, veil: Veil | None = None) -> None:
        self.run = run
        self.goes_on = goes_on
        self.veil = veil
        self._follower = Follower(run.events_path, decode_without_answers)
        self._seen_as = None if veil is None else veil.event
        self.shown = ShownRun(LoggedEvents(self._follower, self._seen_as), {MeasuredProbe: ProbeCompleted})
        self.replay = None if goes_on else Replay(self.shown, self._follower, self._seen_as, self._expected_events())
        self.moment_s: float | None = None
        self._last_at_s: float | None = None  # when the newest event was written, by `time.monotonic`
        self._set_aside = False
        self._torn = (0, 0.0)  # bytes after the last newline, and since when

    @property
    def path(self) -> Path:
        """The run's directory."""
        return self.run.path

    @property
    def bad_line_count(self) -> int:
        """How many lines of the log could not be read as events."""
        return self._follower.bad_line_count

    @property
    def outdated(self) -> bool:
        """Whether the log was begun anew, so that what was folded is no more of this run."""
        return self._follower.started_over > 0

    @property
    def read_to_end(self) -> bool:
        """Whether all that there is was read."""
        return self._follower.caught_up

    def read_share(self) -> float:
        """How much of the log was read, 0 to 1."""
        try:
            size = self.run.events_path.stat().st_size
        except OSError:
            return 1.0
        return min(1.0, self._follower.offset / size) if size else 1.0

    def broke_off(self) -> bool:
        """Whether nobody writes it any more, it has no end, and people may still wait for it to go on."""
        run = (self.shown if self.replay is None else self.replay.newest).run
        if run.started_at is None or run.simulated or run.state == "ended":
            return False
        return SILENT_FOR_S < time.time() - run.started_at - run.last_elapsed_s < FORGOTTEN_AFTER_S

    def _expected_events(self) -> int:
        try:
            return self.run.events_path.stat().st_size // BYTES_PER_EVENT
        except OSError:
            return 0

    def see(self, elapsed_s: float) -> None:
        """The run as it was at this moment; at the end, what is yet to come is seen, too. Raises LogReadError."""
        if self.replay is None:
            return
        if elapsed_s >= self.replay.end_s:
            self.replay.go_to(len(self.replay))
            self.moment_s = None
        else:
            self.replay.go_to(self.replay.count_at(elapsed_s))
            self.moment_s = max(0.0, elapsed_s)

    def wrong(self) -> log_problems.Problems:
        """What is wrong with the log, as far as it was read."""
        newest = self.shown if self.replay is None else self.replay.newest
        torn_bytes, since_s = self._torn
        torn = torn_bytes if time.monotonic() - since_s >= TORN_AFTER_S else 0
        return log_problems.of(self._follower, newest, torn, self.replay is not None and self.replay.gave_up)

    def poll(self, budget_s: float = BUDGET_S) -> bool:
        """Read and fold for about `budget_s` seconds; whether there is more to read. Raises LogReadError."""
        with collecting.paused():
            more = self._poll(time.perf_counter() + budget_s)
        if not more and not self._set_aside:
            self._set_aside = True
            collecting.set_aside()
        elif more and self.replay is not None:
            collecting.set_aside()  # or the collector would look at all that was just made, as soon as it may again
        return more

    def catch_up(self, budget_s: float = BUDGET_S) -> bool:
        """Fold for about so long what no panel has asked for yet; whether there is more of it."""
        if self.replay is None or not self.replay.lags:
            return False
        stop_s = time.perf_counter() + budget_s
        while self.replay.catch_up() and time.perf_counter() < stop_s:
            pass
        collecting.set_aside()
        return self.replay.lags

    def _poll(self, stop_s: float) -> bool:
        while True:
            events = self._follower.poll(0.0)
            if self._seen_as is not None:
                events = list(map(self._seen_as, events))
            if self.replay is None:
                self.shown.replay(events, self._follower.places)
            else:
                self.replay.take(events, self._follower.places)
            if events:
                self._last_at_s = time.monotonic() - max(0.0, time.time() - events[-1].timestamp)
            if self._follower.caught_up:
                if self._follower.torn_bytes != self._torn[0]:
                    self._torn = (self._follower.torn_bytes, time.monotonic())
                return False
            if time.perf_counter() >= stop_s:
                return True

    def now_elapsed_s(self) -> float:
        """Seconds since the run started; of a run that is over, up to its last event.

        Reckoned from the newest event, so that a clock that was set right moves nothing in the chart.
        """
        if self.moment_s is not None:
            return self.moment_s
        last_s = self.shown.run.last_elapsed_s
        if not self.goes_on or self.shown.run.state == "ended" or self._last_at_s is None:
            return last_s
        return last_s + time.monotonic() - self._last_at_s
