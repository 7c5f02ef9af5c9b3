"""The one way through: an event is written, then folded, and only then shown to the pages it concerns.

Owns the run's log, the two folds the engine goes by, and the stop when the log cannot be written. Must not decide
anything.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable
from typing import Any

from core import events as ev
from core.clock import CalledTooLate, Clock
from core.projections.base import Projection
from core.projections.participants import ParticipantsProjection
from core.projections.run import RunProjection
from core.runlog.event_logger import EventLogger, LogWriteError
from core.runlog.match_logger import MatchAssignmentLogger

log = logging.getLogger(__name__)

# After these, a participant's page has something else to show. By type: whose.
SHOWN: dict[type[ev.Event], Callable[[Any], Iterable[str]]] = {
    ev.ParticipantReconnected: lambda event: (event.subject_id,),
    ev.SceneEntered: lambda event: (event.subject_id,),
    ev.WaitroomEntered: lambda event: (event.subject_id,),
    ev.ProbeStarted: lambda event: (event.subject_a, event.subject_b),
    ev.MatchRejected: lambda event: event.subjects,
    ev.GameStarted: lambda event: event.subjects,
    ev.ParticipantFinished: lambda event: (event.subject_id,),
    ev.ParticipantLeft: lambda event: (event.subject_id,),
}


class RunStopped(CalledTooLate):
    """The log could not be written, so the run is over and nothing more is done in its name.

    A deadline that meets a stopped run ends quietly: the stop was reported.
    """


class Recorder:
    """Writes and folds. `show(subject_id)` is called in the next turn for everybody an event concerns.

    `over`: the run has ended, in order or not. `problem` says why it had to stop; it is empty as long as it need not.
    `on_stop()` is called once, when it must.
    """

    def __init__(
        self,
        logger: EventLogger,
        clock: Clock,
        folds: Iterable[Any],
        show: Callable[[str], None],
        on_stop: Callable[[], None],
    ) -> None:
        self.people = ParticipantsProjection()
        self.run = RunProjection()
        self.problem, self.over = "", False
        self._logger, self._clock, self._show, self._on_stop = logger, clock, show, on_stop
        self._folds = tuple(folds)
        self._takers = _Takers(lambda: (self.people, self.run, *self._folds))
        self._touched: dict[str, None] = {}

    def fold(self, fold: Any) -> None:
        """One more to be given every event from now on."""
        self._folds = (*self._folds, fold)
        self._takers.clear()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run began."""
        return self._logger.elapsed_s

    def take_up(self, events: Iterable[ev.Event]) -> None:
        """Fold what an engine before this one wrote."""
        for event in events:
            self.run.last_elapsed_s = event.elapsed_s
            for fold in self._takers[type(event)]:
                fold(event)

    def record(self, event: ev.Event) -> ev.Event:
        """Write an event and fold it. Raises RunStopped if that cannot be done, now or since earlier."""
        if self.problem:
            raise RunStopped(self.problem)
        try:
            self._logger.append(event)
            self.run.last_elapsed_s = event.elapsed_s
            for fold in self._takers[type(event)]:
                fold(event)
        except LogWriteError as problem:
            self.stop(str(problem))
            raise RunStopped(self.problem) from problem
        whose = SHOWN.get(type(event))
        if whose is not None:
            self._touch(whose(event))
        elif type(event) is ev.RunEnded:
            self.over = True
        return event

    def stop(self, problem: str) -> None:
        """The run cannot be recorded any more: nobody goes on unrecorded.

        That is said in the log itself where it still can be, as when only the match file failed.
        """
        if not self.problem:
            with contextlib.suppress(LogWriteError):
                self._logger.append(ev.AlertRaised(alert="log_write_failed", text=problem, severity="error"))
        self.problem, self.over = problem, True
        log.error("the run stops: %s", problem)
        self._on_stop()

    def _touch(self, concerned: Iterable[str]) -> None:
        touched = self._touched
        if not touched:
            self._clock.call_later(0, self._show_touched)
        for subject_id in concerned:
            touched[subject_id] = None

    def _show_touched(self) -> None:
        touched, self._touched = self._touched, {}
        for subject_id in touched:
            self._show(subject_id)


class _Takers(dict[type[ev.Event], list[Callable[[ev.Event], None]]]):
    """What folds events of a type: found when the first of them comes."""

    def __init__(self, folds: Callable[[], Iterable[Any]]) -> None:
        super().__init__()
        self._folds = folds

    def __missing__(self, event_type: type[ev.Event]) -> list[Callable[[ev.Event], None]]:
        found = (_taker(fold, event_type) for fold in self._folds())
        self[event_type] = takers = [taker for taker in found if taker is not None]
        return takers


def _taker(fold: Any, event_type: type[ev.Event]) -> Callable[[ev.Event], None] | None:
    """What folds an event of this type. Where only the count of versions comes on top of that, it is left out: no panel
    draws from here. How long the run lasts, `record` tells it for all types.
    """
    if not fold.takes(event_type) or (isinstance(fold, RunProjection) and fold.folds_of(event_type) is None):
        return None
    plain: Callable[[ev.Event], None] | None = None
    if type(fold).apply is Projection.apply:
        plain = fold.folds_of(event_type)
    return plain or fold.apply


class RecordedMatches:
    """The match logger, with a failed write stopping the run as a failed event does."""

    def __init__(self, logger: MatchAssignmentLogger, stop: Callable[[str], None]) -> None:
        self._logger, self._stop = logger, stop

    def log_match(self, *args: Any, **kwargs: Any) -> object:
        """As `MatchAssignmentLogger.log_match`."""
        try:
            return self._logger.log_match(*args, **kwargs)
        except LogWriteError as problem:
            self._stop(str(problem))
            raise RunStopped(str(problem)) from problem
