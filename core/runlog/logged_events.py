"""The log as the place where single events are found again: nothing is kept twice.

Owns reading one line again, and a few that were read lately. Must not follow the log nor fold anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.events import Event
from core.projections.kept import KeptEvents
from core.runlog.files import LogReadError
from core.runlog.follower import Follower

CACHED: Final = 1_000


class LoggedEvents(KeptEvents):
    """Places are numbers of events in the log; `seen_as` is what the console makes of an event before it folds it."""

    def __init__(self, follower: Follower, seen_as: Callable[[Event], Event] | None = None) -> None:
        super().__init__()
        self._follower, self._seen_as = follower, seen_as
        self._read: dict[int, Event] = {}

    def keep(self, event: Event) -> int:
        """Where it stands: whoever folds has said so (`place`)."""
        return self.place

    def get(self, place: int) -> Event | None:
        """Read it again; None if that cannot be done any more."""
        known = self._read.get(place)
        if known is not None:
            return known
        try:
            event = self._follower.event_at(place)
        except LogReadError:
            return None
        if event is not None:
            event = event if self._seen_as is None else self._seen_as(event)
            if len(self._read) >= CACHED:
                self._read.clear()
            self._read[place] = event
        return event
